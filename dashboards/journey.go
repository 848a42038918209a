package dashboards

import (
	"context"
	"database/sql"
	"strconv"
)

// lostPageSize is how many people a page of the lost list shows.
const lostPageSize = 25

var journeyParams = []param{lineParam, withinParam, compareParam(journeyComparisons), {name: "lost", valid: (*warehouse).hasStep}, pageParam}

// pageParam is the number of a page of a list, from 1.
var pageParam = param{name: "page", fallback: "1", valid: func(_ *warehouse, v string) bool {
	n, err := strconv.Atoi(v)
	return err == nil && n >= 1 && n <= 100000
}}

// funnelStep is a step of the funnel: how many reached it, and what was lost since the step before.
type funnelStep struct {
	LineCode string
	No       int64 `api:"plain"`
	Code     string
	People   int64
	Median   sql.NullFloat64 // days since the step before

	First    bool
	Lost     int64
	Previous rate // of those who reached the step before
	Start    rate // of those who reached the first step
	Width    float64
	Other    *otherStep
}

// lostPerson is somebody who reached a step and not the next.
type lostPerson struct {
	ID, LineCode, LastStep, LastStepDate string
	DaysLost                             int64
	StageCode, Owner, LastContact        string
	Contactable                          bool
	all                                  int64 // people on the whole list
}

// pager is where a list stands.
type pager struct {
	Page, Pages, From, To int
	Total                 int64
}

type journeyData struct {
	Within  choice
	Compare choice
	Note    string // what the funnel is compared with
	Funnel  []funnelStep
	Reading string
	Lines   figure // conversion of each line, step by step
	Lost    []lostPerson
	LostAt  string
	Pager   pager
	Segment string // address of the same people on the segment page
}

func (s *Server) journey(ctx context.Context, rq *request) (view, error) {
	t := s.render.texts[rq.lang]
	funnels, err := readFunnels(ctx, rq, rq.state.Get("line"))
	if err != nil {
		return view{}, err
	}
	r := report{rq: rq, t: t}
	r.chooseComparison(journeyComparisons)
	data := journeyData{Within: rq.chooseWithin(t), Compare: r.Choices[0], Funnel: funnels[""], LostAt: rq.state.Get("lost")}
	data.Reading = readFunnel(data.Funnel, t)
	if !rq.totals {
		data.Reading += t.get("journey.click")
	}
	data.Lines = conversionFigure(rq, funnels, t)
	if err := data.compare(ctx, rq, t); err != nil {
		return view{}, err
	}
	if rq.totals {
		data.LostAt = ""
	}
	if data.LostAt != "" {
		if err := s.audit(rq, "list", "lost at "+data.LostAt, "line="+rq.state.Get("line")); err != nil {
			return view{}, err
		}
		err = data.readLost(ctx, rq)
	}
	return view{Page: "journey", Title: t.get("journey.title"), Data: data}, err
}

// readFunnels reads the funnel of a line, or of all, and by line; that of all of them has no name.
func readFunnels(ctx context.Context, rq *request, line string) (map[string][]funnelStep, error) {
	steps, err := query(ctx, rq.wh, "journey.Funnel", args{"line": line}, func(x *funnelStep) []any {
		return []any{nullText{&x.LineCode}, &x.No, &x.Code, &x.People, &x.Median}
	})
	if err != nil {
		return nil, err
	}
	funnels := map[string][]funnelStep{}
	for _, x := range steps {
		if rq.guardCounts(&x.People); x.People == hiddenCount {
			x.Median.Valid = false
		}
		funnels[x.LineCode] = append(funnels[x.LineCode], x)
	}
	for code := range funnels {
		convert(funnels[code])
	}
	return funnels, nil
}

// convert fills in what follows from the counts of a funnel's steps.
func convert(steps []funnelStep) {
	for i := range steps {
		steps[i].Start = rate{steps[i].People, steps[0].People}
		steps[i].Width = steps[i].Start.Value()
		if i == 0 {
			steps[i].First = true
			continue
		}
		steps[i].Previous = rate{steps[i].People, steps[i-1].People}
		steps[i].Lost = less(steps[i-1].People, steps[i].People)
	}
}

// Before is the width of the bar of the step before, which shows what was lost.
func (x funnelStep) Before() string {
	if !x.Start.Known() || x.Lost == hiddenCount {
		return "0"
	}
	return formatDecimal(100*float64(x.People+x.Lost)/float64(x.Start.N), 2)
}

// readFunnel says in a sentence where most people are lost.
func readFunnel(steps []funnelStep, t texts) string {
	if len(steps) < 2 {
		return ""
	}
	worst := 1
	for i := range steps {
		if i > 0 && steps[i].Lost > steps[worst].Lost {
			worst = i
		}
	}
	last := steps[len(steps)-1]
	return t.get("journey.reading", formatInt(steps[0].People), t.word("step", last.Code), formatRate(last.Start),
		t.word("step", steps[worst].Code), formatInt(steps[worst].Lost))
}

func conversionFigure(rq *request, funnels map[string][]funnelStep, t texts) figure {
	f := figure{ID: "lines", Title: t.get("journey.lines"), Definition: t.definition("conversion"), SQL: sqlText("journey.Funnel"), Chart: chart{Kind: "steps", Unit: "percent"},
		Table: table{Head: []string{t.get("col.line"), t.get("col.step"), t.get("col.people"), t.get("col.from_first"), t.get("col.interval"), t.get("col.from_previous"), t.get("col.median_days")}, Text: 2}}
	for _, x := range rq.wh.Steps {
		f.Chart.Categories = append(f.Chart.Categories, t.word("step", x.Code))
	}
	best, worst := "", ""
	var bestRate, worstRate rate
	for _, l := range rq.wh.Lines {
		steps := funnels[l.Code]
		if len(steps) == 0 {
			continue
		}
		name := t.name(l.NameZH, l.NameEN)
		one := chartLine{Name: name, Values: make([]*float64, len(rq.wh.Steps)), Counts: make([]string, len(rq.wh.Steps))}
		for i, x := range steps {
			if i < len(one.Values) {
				one.point(i, x)
			}
			f.Table.compared(x.Start.estimate(), name, t.word("step", x.Code))
			f.Table.Rows = append(f.Table.Rows, []string{name, t.word("step", x.Code), formatInt(x.People), formatShare(x.Start), formatInterval(x.Start), formatRate(x.Previous), formatDays(x.Median)})
		}
		f.Chart.Series = append(f.Chart.Series, one)
		last := steps[len(steps)-1].Start
		if !last.Known() {
			continue
		}
		if best == "" || last.Value() > bestRate.Value() {
			best, bestRate = name, last
		}
		if worst == "" || last.Value() < worstRate.Value() {
			worst, worstRate = name, last
		}
	}
	f.Reading = t.get("journey.lines.reading", best, formatRate(bestRate), worst, formatRate(worstRate))
	if best == worst {
		f.Reading = t.get("journey.line.reading", best, formatRate(bestRate))
	}
	if len(f.Chart.Series) == 0 {
		f.Empty = t.get("empty.filter")
	}
	return f
}

// point draws the share of those who entered that reached a step.
func (l *chartLine) point(i int, x funnelStep) {
	l.Counts[i] = formatInt(x.People) + "/" + formatInt(x.Start.N)
	if x.Start.Known() {
		l.Values[i] = value(x.Start.Value())
	}
}

func formatDays(d sql.NullFloat64) string {
	if !d.Valid {
		return "–"
	}
	return formatDecimal(d.Float64, 0)
}

func (d *journeyData) readLost(ctx context.Context, rq *request) error {
	page, _ := strconv.Atoi(rq.state.Get("page")) // checked when the state was read
	people, err := query(ctx, rq.wh, "journey.Lost", args{"line": rq.state.Get("line"), "step": d.LostAt, "limit": lostPageSize, "offset": (page - 1) * lostPageSize},
		func(x *lostPerson) []any {
			return []any{&x.ID, &x.LineCode, &x.LastStep, &x.LastStepDate, &x.DaysLost, &x.StageCode, &x.Owner, &x.LastContact, &x.Contactable, &x.all}
		})
	if err != nil {
		return err
	}
	d.Lost = people
	if len(people) > 0 {
		d.Pager = newPager(page, lostPageSize, len(people), people[0].all)
	}
	target := state{params: segmentParams, values: map[string][]string{"line": {rq.state.Get("line")}, "lost": {d.LostAt}}}
	d.Segment = target.Query()
	return nil
}

// TotalText is the size of the whole list.
func (p pager) TotalText() string { return formatInt(p.Total) }

func newPager(page, size, shown int, total int64) pager {
	p := pager{Page: page, Pages: int((total + int64(size) - 1) / int64(size)), Total: total}
	if shown > 0 {
		p.From, p.To = (page-1)*size+1, (page-1)*size+shown
	}
	return p
}

// nullText scans a text that may be missing into an empty string.
type nullText struct{ to *string }

// Scan implements sql.Scanner.
func (n nullText) Scan(value any) error {
	var text sql.NullString
	if err := text.Scan(value); err != nil {
		return err
	}
	*n.to = text.String
	return nil
}
