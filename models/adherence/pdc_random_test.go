package adherence

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// person is a random patient.
type person struct {
	period Period
	fills  []Claim
	stays  []Span
}

func randomPerson(r *rand.Rand) person {
	p := person{period: Period{1000, Day(1000 + r.IntN(400)), NoDay, NoDay}}
	if r.IntN(4) == 0 {
		p.period.Death = Day(950 + r.IntN(500))
	}
	if r.IntN(4) == 0 {
		p.period.Disenrolment = Day(950 + r.IntN(500))
	}
	drugs := []Claim{{Drug: "a"}, {Drug: "b", Ingredients: []string{"b"}}, {Drug: "a/b", Ingredients: []string{"a", "b"}}}
	day := Day(850 + r.IntN(200))
	for i := range r.IntN(12) {
		f := drugs[r.IntN(1+r.IntN(len(drugs)))]
		f.ID, f.Day, f.Supply, f.HasSupply = fmt.Sprint(i), day, 1+r.IntN(70), true
		p.fills = append(p.fills, f)
		day += Day(r.IntN(3) * r.IntN(50))
	}
	for range r.IntN(4) {
		start := Day(900 + r.IntN(500))
		p.stays = append(p.stays, Span{start, start + Day(r.IntN(25))})
	}
	r.Shuffle(len(p.fills), func(i, j int) { p.fills[i], p.fills[j] = p.fills[j], p.fills[i] })
	return p
}

// dayByDay counts covered and treatment days by living through them: every day the fills of the day come
// into the cupboard and one day of each stock is used, but not in hospital.
func dayByDay(s PDCSettings, p person) (covered, days int, ok bool) {
	end := p.period.End
	if p.period.Death != NoDay && p.period.Death < end {
		end = p.period.Death
	}
	if p.period.Disenrolment != NoDay && p.period.Disenrolment < end {
		end = p.period.Disenrolment
	}
	start, isStarted := p.period.Start, s.Index == "period_start"
	cupboard := map[string]int{} // days left of a stock
	for day := Day(850); day <= end; day++ {
		if delivered := stow(s, p, day, cupboard); delivered && day >= p.period.Start && !isStarted {
			start, isStarted = day, true
		}
		if s.Inpatient == "cms" && slices.ContainsFunc(p.stays, func(x Span) bool { return day >= x.Start && day < x.End }) {
			continue
		}
		has := false
		for stock, left := range cupboard {
			has = true
			if left == 1 {
				delete(cupboard, stock)
			} else {
				cupboard[stock]--
			}
		}
		if isStarted && day >= start {
			days++
			if has {
				covered++
			}
		}
	}
	return covered, days, isStarted && start <= end
}

// stow puts the fills of a day into the cupboard; false when there are none that count.
func stow(s PDCSettings, p person, day Day, cupboard map[string]int) bool {
	var arrived map[string]int
	for _, f := range p.fills {
		if f.Day != day || day < p.period.Start && !s.CarryIn {
			continue
		}
		if arrived == nil {
			arrived = map[string]int{}
		}
		for _, stock := range stocksOf(s, f) {
			if s.SameDay == "longest" {
				arrived[stock] = max(arrived[stock], f.Supply)
			} else {
				arrived[stock] += f.Supply
			}
		}
	}
	for stock, supply := range arrived {
		switch s.Shift {
		case "class":
			cupboard[""] += supply
		case "none": // side by side: the longest reach counts
			cupboard[stock] = max(cupboard[stock], supply)
		default:
			cupboard[stock] += supply
		}
	}
	return arrived != nil
}

func stocksOf(s PDCSettings, f Claim) []string {
	if s.Shift == "class" || len(f.Ingredients) == 0 {
		return []string{f.Drug}
	}
	return f.Ingredients
}

func everySetting() (all []PDCSettings) {
	for _, shift := range []string{"drug", "class", "none"} {
		for _, sameDay := range []string{"stack", "longest"} {
			for _, carryIn := range []bool{false, true} {
				for _, inpatient := range []string{"none", "cms"} {
					for _, index := range []string{"first_fill", "period_start"} {
						s := DefaultPDC()
						s.Shift, s.SameDay, s.CarryIn, s.Inpatient, s.Index = shift, sameDay, carryIn, inpatient, index
						all = append(all, s)
					}
				}
			}
		}
	}
	return all
}

func TestRandomPatientsDayByDay(t *testing.T) {
	people := 10000
	if testing.Short() {
		people = 500
	}
	for _, s := range everySetting() {
		t.Run(fmt.Sprintf("%s %s %v %s %s", s.Shift, s.SameDay, s.CarryIn, s.Inpatient, s.Index), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(3, 5))
			for range people {
				p := randomPerson(r)
				covered, days, ok := dayByDay(s, p)
				got := s.Compute(p.period, p.fills, MergeStays(slices.Clone(p.stays)))
				if ok != (got.Start != NoDay) || got.CoveredDays != covered || got.TreatmentDays != days {
					t.Fatalf("%+v: got %d of %d, day by day %d of %d (%v)", p, got.CoveredDays, got.TreatmentDays, covered, days, ok)
				}
			}
		})
	}
}

func TestPropertiesOfPDC(t *testing.T) {
	for _, s := range everySetting() {
		r := rand.New(rand.NewPCG(11, 13))
		for range 1000 {
			p := randomPerson(r)
			if len(p.fills) == 0 {
				continue
			}
			stays := MergeStays(slices.Clone(p.stays))
			before := s.Compute(p.period, p.fills, stays)
			if got := s.Compute(shiftPeriod(p.period, 37), shiftFills(p.fills, 37), shiftStays(stays, 37)); got.CoveredDays != before.CoveredDays ||
				got.TreatmentDays != before.TreatmentDays || got.Reason != before.Reason {
				t.Fatalf("%+v %+v: another start of the calendar changes %+v to %+v", s, p, before, got)
			}
			more := slices.Clone(p.fills)
			more[r.IntN(len(more))].Supply += 1 + r.IntN(30)
			if got := s.Compute(p.period, more, stays); got.CoveredDays < before.CoveredDays {
				t.Fatalf("%+v %+v: more supply lowers %d to %d", s, p, before.CoveredDays, got.CoveredDays)
			}
			if s.SameDay != "stack" {
				continue
			}
			if got := s.Compute(p.period, splitFill(p.fills, r), stays); got != before {
				t.Fatalf("%+v %+v: a fill in two changes %+v to %+v", s, p, before, got)
			}
		}
	}
}

func shiftPeriod(p Period, days Day) Period {
	for _, d := range []*Day{&p.Start, &p.End, &p.Death, &p.Disenrolment} {
		if *d != NoDay {
			*d += days
		}
	}
	return p
}

func shiftFills(fills []Claim, days Day) []Claim {
	fills = slices.Clone(fills)
	for i := range fills {
		fills[i].Day += days
	}
	return fills
}

func shiftStays(stays []Span, days Day) []Span {
	stays = slices.Clone(stays)
	for i := range stays {
		stays[i].Start, stays[i].End = stays[i].Start+days, stays[i].End+days
	}
	return stays
}

// splitFill hands one fill over in two parts on the same day.
func splitFill(fills []Claim, r *rand.Rand) []Claim {
	fills = slices.Clone(fills)
	i := r.IntN(len(fills))
	part := fills[i]
	part.Supply = r.IntN(part.Supply + 1)
	fills[i].Supply -= part.Supply
	return append(fills, part)
}
