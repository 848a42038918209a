package dashboards

import (
	"context"
	"slices"
)

func contentPage() reportPage {
	return reportPage{name: "content", whole: "segment.whole", fill: content, compare: []string{"prev", "yoy", "line"}, params: []param{lineParam, oneOf("months", "6", "1", "3", "6", "12")}}
}

// reach is how often people of a stage read content that is made for a stage.
type reach struct {
	Content, Stage string
	Reads          int64
	OnTarget       bool
	Seconds        number
}

func content(ctx context.Context, r *report) error {
	r.chooseLine()
	r.choose("months", "filter.period", "", "months", "1", "3", "6", "12")
	r.chosenMonths()
	if open, err := r.needs(ctx, "fct_content_reach"); err != nil || !open {
		return err
	}
	rows, err := query(ctx, r.rq.wh, "content.Reach", r.argsOf("content.Reach"), func(x *reach) []any {
		return []any{&x.Content, &x.Stage, &x.Reads, &x.OnTarget, &x.Seconds}
	})
	if err != nil {
		return err
	}
	r.reachGrid(rows)
	return r.reachMonths(ctx)
}

func (r *report) reachGrid(rows []reach) {
	f := r.figure("reach", "content.reach", "content_target", "content.Reach", "content.made_for", "content.reader", "content.target", "col.count", "col.share", "content.seconds")
	f.Wide, f.Table.Text = true, 3
	f.Grid = &grid{Corner: r.t.get("content.corner")}
	kinds := []string{"early", "middle", "late"}
	for _, k := range kinds {
		f.Grid.Columns = append(f.Grid.Columns, r.t.word("value.content_stage", k))
	}
	var on, all int64
	sums, cells, stages := map[string]int64{}, map[[2]string]reach{}, []string{}
	for _, x := range rows {
		if all += x.Reads; x.OnTarget {
			on += x.Reads
		}
		sums[x.Stage] += x.Reads
		cells[[2]string{x.Stage, x.Content}] = x
		if !slices.Contains(stages, x.Stage) {
			stages = append(stages, x.Stage)
		}
	}
	sortStages(stages)
	for _, stage := range stages {
		n := sums[stage]
		if r.rq.guardCounts(&n); r.rq.hides(n) {
			continue
		}
		line := gridRow{Name: r.t.word("stage", stage), Note: "n=" + formatInt(n)}
		for _, k := range kinds {
			x, there := cells[[2]string{stage, k}]
			if r.rq.guardCounts(&x.Reads); r.rq.hides(x.Reads) {
				line.Cells = append(line.Cells, rateCell(rate{hiddenCount, n}))
				continue
			}
			if !there {
				line.Cells = append(line.Cells, gridCell{Text: "·"})
				continue
			}
			m, target := rate{x.Reads, n}, r.t.get("content.off")
			cell := rateCell(m)
			if x.OnTarget {
				target = r.t.get("content.on")
				cell.Text += " ✓"
			}
			line.Cells = append(line.Cells, cell)
			f.Table.compared(m.estimate(), r.t.word("value.content_stage", k), line.Name)
			f.Table.Rows = append(f.Table.Rows, []string{r.t.word("value.content_stage", k), line.Name, target, formatInt(x.Reads), formatShare(m), decimal(x.Seconds, 0)})
		}
		f.Grid.Rows = append(f.Grid.Rows, line)
	}
	r.rq.guardCounts(&on, &all)
	f.Reading = r.t.get("content.reach.reading", formatRate(rate{on, all}))
	r.stat("reads", "content.reads", formatInt(all), r.t.get("months."+r.rq.state.Get("months")), "")
	r.rateStat("on-target", "content.on_target", rate{on, all}, "content_target")
	r.add(f)
}

func (r *report) reachMonths(ctx context.Context) error {
	type month struct {
		Month     string
		Reads, On int64
	}
	months, err := query(ctx, r.rq.wh, "content.Months", r.argsOf("content.Months"), func(x *month) []any { return []any{&x.Month, &x.Reads, &x.On} })
	if err != nil {
		return err
	}
	f := r.figure("months", "content.months", "content_target", "content.Months", "col.month", "content.on_target", "col.interval", "content.on", "content.reads")
	f.Wide = true
	f.Chart = chart{Kind: "lines", Unit: "percent"}
	one := chartLine{Name: r.t.get("content.on_target")}
	for _, x := range months {
		r.rq.guardCounts(&x.Reads, &x.On)
		m, at := rate{x.On, x.Reads}, (*float64)(nil)
		if m.Known() {
			at = value(m.Value())
		}
		f.Chart.Categories, one.Values = append(f.Chart.Categories, x.Month), append(one.Values, at)
		one.Counts = append(one.Counts, formatInt(m.K)+"/"+formatInt(m.N))
		f.Table.rate(m, []string{x.Month})
		f.Reading = r.t.get("content.months.reading", x.Month, formatRate(m))
	}
	f.Chart.Series = []chartLine{one}
	r.add(f)
	return nil
}
