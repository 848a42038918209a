package dashboards

import (
	"context"
	"math"
	"strings"
)

// homeComparisons are what the cards can be compared with.
var homeComparisons = []string{"prev", "yoy", "line", "segment"}

var homeParams = []param{lineParam, withinParam, compareParam(homeComparisons)}

// lineParam is the filter by disease line that most pages have.
var lineParam = param{name: "line", valid: (*warehouse).hasLine}

// kpiSpec says how a card of the home page is shown. Its numbers come from the query of its axis.
type kpiSpec struct {
	code string
	def  string
	unit string // percent, ratio, yuan
	good int    // 1: a rise is good, -1: a fall is good, 0: neither
	link string
}

// axes are the four outcomes in the order in which the page shows them, with their query and cards.
var axes = []struct {
	code, query string
	cards       []kpiSpec
}{
	{"safety", "home.Safety", []kpiSpec{
		{"reaction", "reaction", "percent", -1, "/segments?g=any:ae_reported"},
		{"bp_crisis", "bp_crisis", "percent", -1, "/segments?line=htn"},
		{"low_glucose", "low_glucose", "percent", -1, "/segments?line=dm"}}},
	{"effectiveness", "home.Effectiveness", []kpiSpec{
		{"bp_control", "bp_control", "percent", 1, "/segments?line=htn"},
		{"hba1c_control", "hba1c_control", "percent", 1, "/segments?line=dm"},
		{"pain_better", "pain_better", "percent", 1, "/segments?line=onfh"}}},
	{"adherence", "home.Adherence", []kpiSpec{
		{"pdc", "pdc", "ratio", 1, "/adherence"},
		{"adherent", "adherent", "percent", 1, "/adherence"},
		{"supplied", "supplied", "percent", 1, "/journey"}}},
	{"economy", "home.Economy", []kpiSpec{
		{"spend_per_buyer", "spend_per_buyer", "yuan", 0, "/journey"},
		{"price_per_day", "price_per_day", "yuan", -1, "/adherence"},
		{"repurchase", "repurchase", "percent", 1, "/journey"}}},
}

// kpiPoint is a numerator and denominator of a month, or of now.
type kpiPoint struct {
	Code, Period           string
	Numerator, Denominator float64
}

func (p kpiPoint) value() float64 {
	if p.Denominator == 0 || p.hidden() {
		return 0
	}
	return p.Numerator / p.Denominator
}

// hidden tells whether the numerator must not be shown.
func (p kpiPoint) hidden() bool { return p.Numerator < 0 }

// protectPoints protects the counts of cards: both counts of a share, and the cases of a mean, which then has two
// decimals, or whole yuan. A point whose cases are hidden is left out.
func protectPoints(points []kpiPoint) []kpiPoint {
	units := map[string]string{}
	for _, axis := range axes {
		for _, card := range axis.cards {
			units[card.code] = card.unit
		}
	}
	var kept []kpiPoint
	for _, p := range points {
		cases := protectCount(int64(p.Denominator))
		if cases == hiddenCount {
			continue
		}
		switch unit := units[p.Code]; unit {
		case "percent":
			p.Numerator = float64(protectCount(int64(p.Numerator)))
		case "yuan":
			p.Numerator = math.Round(p.value()) * float64(cases)
		default:
			p.Numerator = math.Round(100*p.value()) / 100 * float64(cases)
		}
		p.Denominator = float64(cases)
		kept = append(kept, p)
	}
	return kept
}

// kpi is one card.
type kpi struct {
	Code       string
	Definition definition
	Unit       string
	Known      bool
	Value      string
	Count      string // numerator and denominator in words of the card's unit
	HasDelta   bool   // the last two complete months are there
	Delta      string // the last complete month against the one before, "" when they are alike
	Mood       string // good, bad, even
	Link       string
	Spark      spark      `api:"-"`
	Points     []kpiPoint // what the card is drawn from; the period is a month or now
	Table      table
	Interval   string // of a percentage that is known
	Other      *otherValue
}

// axis is one of the four outcomes with its cards.
type axis struct {
	Code  string
	Cards []kpi
}

type homeData struct {
	Within  choice
	Compare choice
	Axes    []axis
	Sources []source
	Rejects rejects
}

type rejects struct{ Rejected, Fills, FailedChecks, Checks int64 }

func (s *Server) home(ctx context.Context, rq *request) (view, error) {
	t := s.render.texts[rq.lang]
	data := homeData{}
	r := report{rq: rq, t: t}
	r.from = r.asOf()
	r.chooseComparison(homeComparisons)
	data.Within, data.Compare = rq.chooseWithin(t), r.Choices[0]
	for _, spec := range axes {
		points, err := rq.wh.points(ctx, spec.query, rq.state.Get("line"))
		if err != nil {
			return view{}, err
		}
		one := axis{Code: spec.code}
		for _, card := range spec.cards {
			shown := newKPI(card, points, t)
			var err error
			if shown.Other, err = rq.otherKPI(ctx, spec.query, card, points, t); err != nil {
				return view{}, err
			}
			one.Cards = append(one.Cards, shown)
		}
		data.Axes = append(data.Axes, one)
	}
	var err error
	if data.Sources, err = query(ctx, rq.wh, "home.Sources", nil, func(x *source) []any { return []any{&x.Name, &x.Rows, &x.Newest} }); err != nil {
		return view{}, err
	}
	all, err := query(ctx, rq.wh, "home.Rejects", nil, func(x *rejects) []any { return []any{&x.Rejected, &x.Fills, &x.FailedChecks, &x.Checks} })
	if err != nil {
		return view{}, err
	}
	data.Rejects = all[0]
	rq.guardCounts(&data.Rejects.Rejected, &data.Rejects.Fills)
	for i := range data.Sources {
		rq.guardCounts(&data.Sources[i].Rows)
	}
	return view{Page: "home", Title: t.get("home.title"), Data: data}, nil
}

// points returns the numbers behind the cards of an axis.
func (w *warehouse) points(ctx context.Context, name, lineCode string) ([]kpiPoint, error) {
	points, err := query(ctx, w, name, args{"line": lineCode}, func(p *kpiPoint) []any {
		return []any{&p.Code, &p.Period, &p.Numerator, &p.Denominator}
	})
	if w.totals {
		points = protectPoints(points)
	}
	return points, err
}

// newKPI makes a card from the points of its code.
func newKPI(spec kpiSpec, points []kpiPoint, t texts) kpi {
	card := kpi{Code: spec.code, Definition: t.definition(spec.def), Unit: spec.unit, Link: spec.link,
		Table: table{Head: heads(spec, t), Text: 1}}
	var months []kpiPoint
	for _, p := range points {
		switch {
		case p.Code != spec.code || p.Denominator == 0:
			continue
		case p.Period == "now":
			card.Known = true
			card.Value = formatUnit(p.value(), spec.unit)
			if p.hidden() {
				card.Value = "–"
			} else if spec.unit == "percent" {
				card.Interval = formatInterval(rate{int64(p.Numerator), int64(p.Denominator)})
			}
			card.Count = t.get("kpi.count."+spec.code, formatCount(p.Numerator, spec.unit), formatInt(int64(p.Denominator)))
		case p.hidden():
			card.Table.Rows = append(card.Table.Rows, append([]string{p.Period, "–"}, tail(p, spec)...))
		default:
			months = append(months, p)
			card.Table.Rows = append(card.Table.Rows, append([]string{p.Period, formatUnit(p.value(), spec.unit)}, tail(p, spec)...))
		}
		card.Points = append(card.Points, p)
	}
	if n := len(months); n >= 2 {
		card.HasDelta = true
		card.Delta, card.Mood = delta(months[n-2].value(), months[n-1].value(), spec)
	}
	card.Spark = newSpark(months)
	return card
}

// tail is what stands behind a value in the table of a card: the interval of a percentage, and both counts.
func tail(p kpiPoint, spec kpiSpec) []string {
	counts := []string{formatCount(p.Numerator, spec.unit), formatInt(int64(p.Denominator))}
	if spec.unit != "percent" {
		return counts
	}
	if p.hidden() {
		return append([]string{"–"}, counts...)
	}
	return append([]string{formatInterval(rate{int64(p.Numerator), int64(p.Denominator)})}, counts...)
}

// heads are the headings of the table of a card.
func heads(spec kpiSpec, t texts) []string {
	all := []string{t.get("col.month"), t.get("kpi." + spec.code)}
	if spec.unit == "percent" {
		all = append(all, t.get("col.interval"))
	}
	return append(all, t.get("col.numerator"), t.get("col.denominator"))
}

// delta writes the change from one month to the next and says whether it is a good one.
func delta(before, after float64, spec kpiSpec) (text, mood string) {
	change := after - before
	text = formatUnit(change, spec.unit)
	if spec.unit == "percent" {
		text = formatDecimal(100*change, 1)
	}
	if strings.Trim(text, "-0.¥") == "" {
		return "", "even"
	}
	direction := -1
	if change > 0 {
		text, direction = "+"+text, 1
	}
	switch direction * spec.good {
	case 1:
		return text, "good"
	case -1:
		return text, "bad"
	}
	return text, "even"
}

func formatUnit(x float64, unit string) string {
	switch unit {
	case "percent":
		return formatPercent(x)
	case "yuan":
		if x < 0 {
			return "-" + formatUnit(-x, unit)
		}
		if x >= 100 {
			return "¥" + formatInt(int64(x+0.5))
		}
		return "¥" + formatDecimal(x, 2)
	}
	return formatDecimal(x, 3)
}

func formatCount(x float64, unit string) string {
	if x < 0 {
		return formatInt(hiddenCount)
	}
	if unit == "ratio" {
		return formatDecimal(x, 1)
	}
	return formatInt(int64(x + 0.5))
}
