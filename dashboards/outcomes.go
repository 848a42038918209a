package dashboards

import (
	"context"
)

// measureKinds are the measurements whose change is shown.
var measureKinds = []string{"bp_systolic", "bp_diastolic", "glucose", "hba1c", "ldl", "uacr", "vas", "harris", "tscore", "lvef", "egfr"}

func outcomesPage() reportPage {
	return reportPage{name: "outcomes", fill: outcomes, people: worsePeople, compare: []string{"yoy", "line"}, params: []param{lineParam, oneOf("kind", "", measureKinds...)}}
}

func outcomes(ctx context.Context, r *report) error {
	r.chooseLine()
	r.monthsOver(12)
	if r.rq.totals {
		r.dropFilters("kind")
	}
	if err := r.control(ctx); err != nil {
		return err
	}
	return r.changes(ctx)
}

// control shows month by month who is at goal.
func (r *report) control(ctx context.Context) error {
	type month struct {
		Goal, Month    string
		People, AtGoal int64
	}
	rows, err := query(ctx, r.rq.wh, "outcomes.Control", r.argsOf("outcomes.Control"), func(x *month) []any { return []any{&x.Goal, &x.Month, &x.People, &x.AtGoal} })
	if err != nil {
		return err
	}
	f := r.figure("control", "outcomes.control", "control", "outcomes.Control", "col.goal", "col.month", "outcomes.at_goal", "col.interval", "col.adherent", "col.counted")
	f.Wide, f.Table.Text = true, 2
	f.Table.Head[4] = r.t.get("outcomes.people_at_goal")
	f.Chart = chart{Kind: "lines", Unit: "percent"}
	goals, rates, latest := []string{}, map[[2]string]rate{}, map[string]rate{}
	months := map[string]bool{}
	for _, x := range rows {
		r.rq.guardCounts(&x.People, &x.AtGoal)
		m := rate{x.AtGoal, x.People}
		if r.rq.hides(x.People) {
			continue
		}
		if len(goals) == 0 || goals[len(goals)-1] != x.Goal {
			goals = append(goals, x.Goal)
		}
		rates[[2]string{x.Goal, x.Month}], latest[x.Goal], months[x.Month] = m, m, true
		f.Table.rate(m, []string{r.t.word("goal", x.Goal), x.Month})
	}
	f.Chart.Categories = sortedKeys(months)
	for _, goal := range goals {
		one := chartLine{Name: r.t.word("goal", goal)}
		for _, month := range f.Chart.Categories {
			m, at := rates[[2]string{goal, month}], (*float64)(nil)
			if m.Known() {
				at = value(m.Value())
			}
			one.Values, one.Counts = append(one.Values, at), append(one.Counts, formatInt(m.K)+"/"+formatInt(m.N))
		}
		f.Chart.Series = append(f.Chart.Series, one)
		m := latest[goal]
		r.rateStat("goal-"+goal, "goal."+goal, m, "control")
	}
	if n := len(f.Chart.Categories); n > 0 && len(goals) > 0 {
		f.Reading = r.t.get("outcomes.control.reading", f.Chart.Categories[n-1], r.t.word("goal", goals[0]), formatRate(latest[goals[0]]))
	}
	r.add(f)
	return nil
}

// change is what became of a kind of measurement.
type change struct {
	Kind                           string
	People                         int64
	First, Last, Change, HalfWidth number
	Improved, Better               int64
}

func (r *report) changes(ctx context.Context) error {
	rows, err := query(ctx, r.rq.wh, "outcomes.Change", r.argsOf("outcomes.Change"), func(x *change) []any {
		return []any{&x.Kind, &x.People, &x.First, &x.Last, &x.Change, &x.HalfWidth, &x.Improved, &x.Better}
	})
	if err != nil {
		return err
	}
	f := r.figure("change", "outcomes.change", "change", "outcomes.Change", "outcomes.kind", "outcomes.improved", "col.interval", "outcomes.better", "col.counted", "outcomes.first", "outcomes.last", "outcomes.difference", "outcomes.difference.interval")
	f.Wide = true
	var bars []rateRow
	best := rateRow{}
	for _, x := range rows {
		r.rq.guardCounts(&x.People, &x.Improved)
		if r.rq.hides(x.People) {
			continue
		}
		for _, mean := range []*number{&x.First, &x.Last, &x.Change} {
			mean.Float64 = r.rq.guardMean(mean.Float64, x.People)
		}
		width := "–"
		if x.HalfWidth.Valid && x.Change.Valid && !r.rq.totals {
			width = formatDecimal(x.Change.Float64-x.HalfWidth.Float64, 2) + " – " + formatDecimal(x.Change.Float64+x.HalfWidth.Float64, 2)
		}
		row := rateRow{Name: r.t.word("measure", x.Kind), Rate: rate{x.Improved, x.People}, More: []string{decimal(x.First, 2), decimal(x.Last, 2), decimal(x.Change, 2), width}}
		if !r.rq.totals {
			row.Link = "/outcomes" + r.rq.state.With("kind", x.Kind) + "#list"
			f.Table.Links = append(f.Table.Links, row.Link)
		}
		if row.Rate.Known() && (!best.Rate.Known() || row.Rate.Value() > best.Rate.Value()) {
			best = row
		}
		bars = append(bars, row)
	}
	f.rates(r.t.get("outcomes.improved"), bars)
	f.Reading = r.t.get("outcomes.change.reading", best.Name, formatRate(best.Rate))
	if !r.rq.totals {
		f.Reading += r.t.get("outcomes.change.click")
	}
	if !best.Rate.Known() {
		f.Reading = r.t.get("outcomes.change.none")
	}
	r.add(f)
	return nil
}

func worsePeople(ctx context.Context, r *report, part listPart) (listing, error) {
	if r.args["kind"] == "" {
		return listing{}, nil
	}
	l, err := r.readList(ctx, "outcomes.People", part, "outcomes.list")
	kind, _ := r.args["kind"].(string)
	l.Title = r.t.get("outcomes.list.of", r.t.word("measure", kind))
	return l, err
}
