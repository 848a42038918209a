package adherence

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// PDCSettings are the rules of the proportion of days covered.
type PDCSettings struct {
	Shift           string // drug, class or none: whose earlier supply an early fill waits for
	SameDay         string // stack or longest: what fills of one drug on one day add up to
	CarryIn         bool   // fills before the period count
	Inpatient       string // none or cms: whether days in hospital leave the count
	Index           string // first_fill or period_start: where the treatment period starts
	MinFillDates    int
	MinDays         int // of the treatment period
	ThresholdPoints int // covered days per 10,000 that make a patient adherent
}

// DefaultPDC are the rules of the Pharmacy Quality Alliance.
func DefaultPDC() PDCSettings {
	return PDCSettings{Shift: "drug", SameDay: "stack", Inpatient: "none", Index: "first_fill",
		MinFillDates: 2, MinDays: 91, ThresholdPoints: 8000}
}

// Period is a measurement period of a patient, ends inclusive; Death and Disenrolment may be NoDay.
type Period struct{ Start, End, Death, Disenrolment Day }

// PDC is the result for one patient and period. Start is NoDay when there is no treatment period.
type PDC struct {
	Start, End    Day
	FillDates     int
	CoveredDays   int
	TreatmentDays int
	Eligible      bool
	Adherent      bool // only when eligible
	Reason        string
}

// Ratio is covered days per treatment day, NaN without treatment days.
func (p PDC) Ratio() float64 {
	if p.TreatmentDays == 0 {
		return math.NaN()
	}
	return float64(p.CoveredDays) / float64(p.TreatmentDays)
}

// MergeStays sorts hospital stays and joins those that touch. The discharge day, End, is not a stay day.
func MergeStays(stays []Span) []Span {
	slices.SortFunc(stays, func(a, b Span) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End)) })
	var merged []Span
	for _, s := range stays {
		last := len(merged) - 1
		switch {
		case s.End <= s.Start:
		case last >= 0 && s.Start <= merged[last].End:
			merged[last].End = max(merged[last].End, s.End)
		default:
			merged = append(merged, s)
		}
	}
	return merged
}

// Compute measures one patient in one period from the fills that count (see Judge) and merged stays.
func (s PDCSettings) Compute(period Period, fills []Claim, stays []Span) PDC {
	if s.Inpatient != "cms" {
		stays = nil
	}
	result := PDC{Start: period.Start, End: period.End}
	for _, exit := range []Day{period.Death, period.Disenrolment} {
		if exit != NoDay {
			result.End = min(result.End, exit)
		}
	}
	var counted []Claim
	first, dates := NoDay, map[Day]bool{}
	for _, f := range fills {
		if f.Day > result.End || f.Day < period.Start && !s.CarryIn {
			continue
		}
		counted = append(counted, f)
		if f.Day >= period.Start {
			dates[f.Day] = true
			if first == NoDay || f.Day < first {
				first = f.Day
			}
		}
	}
	if s.Index != "period_start" {
		result.Start = first
	}
	if result.Start == NoDay || result.Start > result.End {
		return PDC{Start: NoDay, End: NoDay, Reason: "no fill in the period"}
	}
	result.FillDates = len(dates)
	from, to := position(result.Start, stays), position(result.End+1, stays)
	result.TreatmentDays = to - from
	result.CoveredDays = unionLength(s.supplied(counted, stays), from, to)
	s.judge(&result)
	return result
}

// judge says whether the patient counts and is adherent, in integers so that 80 of 100 days are enough.
func (s PDCSettings) judge(p *PDC) {
	span := int(p.End-p.Start) + 1
	switch {
	case p.FillDates < s.MinFillDates:
		p.Reason = fmt.Sprintf("fewer than %d fill dates", s.MinFillDates)
	case span < s.MinDays:
		p.Reason = fmt.Sprintf("treatment period %d < %d", span, s.MinDays)
	case p.TreatmentDays == 0:
		p.Reason = "every day in hospital"
	default:
		p.Eligible = true
		p.Adherent = p.CoveredDays*10000 >= s.ThresholdPoints*p.TreatmentDays
	}
}

// position is a day on the patient's calendar without stay days: supply that a stay would have used moves
// behind it by itself.
func position(day Day, stays []Span) int {
	at := int(day)
	for _, s := range stays {
		if s.Start >= day {
			break
		}
		at -= int(min(s.End, day) - s.Start)
	}
	return at
}

// dose is supply of one stock that arrives at a position.
type dose struct {
	stock  string
	at     int
	day    Day
	supply int
}

type reach struct{ from, to int }

// supplied returns the stretches that are covered, shifted by the settings and not yet cut to the period.
func (s PDCSettings) supplied(fills []Claim, stays []Span) []reach {
	doses := s.doses(fills, stays)
	if s.Shift == "class" {
		slices.SortStableFunc(doses, func(a, b dose) int { return cmp.Compare(a.day, b.day) })
	}
	reaches := make([]reach, 0, len(doses))
	stockEnd := math.MinInt
	for i, d := range doses {
		if i > 0 && s.Shift == "drug" && doses[i-1].stock != d.stock || s.Shift == "none" {
			stockEnd = math.MinInt
		}
		from := max(d.at, stockEnd)
		stockEnd = from + d.supply
		reaches = append(reaches, reach{from, stockEnd})
	}
	return reaches
}

// doses are the fills by stock and day: a combination product is a dose of each of its ingredients, under
// shift = class one of the product.
func (s PDCSettings) doses(fills []Claim, stays []Span) []dose {
	var doses []dose
	for _, f := range fills {
		stocks := f.Ingredients
		if s.Shift == "class" || len(stocks) == 0 {
			stocks = []string{f.Drug}
		}
		for i, stock := range stocks {
			if !slices.Contains(stocks[:i], stock) {
				doses = append(doses, dose{stock, position(f.Day, stays), f.Day, f.Supply})
			}
		}
	}
	slices.SortStableFunc(doses, func(a, b dose) int { return cmp.Or(cmp.Compare(a.stock, b.stock), cmp.Compare(a.day, b.day)) })
	days := doses[:0]
	for _, d := range doses {
		last := len(days) - 1
		switch {
		case last < 0 || days[last].stock != d.stock || days[last].day != d.day:
			days = append(days, d)
		case s.SameDay == "longest":
			days[last].supply = max(days[last].supply, d.supply)
		default:
			days[last].supply += d.supply
		}
	}
	return days
}

// unionLength is how much of [from, to) the stretches cover.
func unionLength(reaches []reach, from, to int) int {
	slices.SortFunc(reaches, func(a, b reach) int { return cmp.Compare(a.from, b.from) })
	covered := 0
	for _, r := range reaches {
		r.from, r.to = max(r.from, from), min(r.to, to)
		if r.to > r.from {
			covered += r.to - r.from
			from = r.to
		}
	}
	return covered
}
