package dashboards

import (
	"context"
	"regexp"
	"strconv"
)

var monthForm = regexp.MustCompile(`^20\d\d-(0[1-9]|1[0-2])$`)

func repurchasePage() reportPage {
	return reportPage{name: "repurchase", fill: repurchase, people: notReturned, compare: []string{"yoy", "line"}, params: []param{lineParam,
		{name: "cohort", valid: func(_ *warehouse, v string) bool { return monthForm.MatchString(v) }},
		{name: "after", fallback: "1", valid: func(_ *warehouse, v string) bool { n, err := strconv.Atoi(v); return err == nil && n >= 1 && n <= 12 }}}}
}

func repurchase(ctx context.Context, r *report) error {
	r.chooseLine()
	r.months(12)
	if r.rq.totals {
		r.dropFilters("cohort", "after")
	}
	if err := r.again(ctx); err != nil {
		return err
	}
	if err := r.cohorts(ctx); err != nil {
		return err
	}
	return r.valueGrid(ctx)
}

// again shows second purchases by the month of the first.
func (r *report) again(ctx context.Context) error {
	type second struct {
		Month               string
		Days, People, Again int64
	}
	rows, err := query(ctx, r.rq.wh, "repurchase.Again", r.argsOf("repurchase.Again"), func(x *second) []any { return []any{&x.Month, &x.Days, &x.People, &x.Again} })
	if err != nil {
		return err
	}
	f := r.figure("again", "repurchase.again", "repurchase_days", "repurchase.Again", "col.month", "col.days", "col.share", "col.interval", "col.returned", "col.counted")
	f.Wide, f.Table.Text = true, 1
	f.Chart = chart{Kind: "lines", Unit: "percent"}
	sums, months := map[int64]rate{}, []string{}
	known := map[int64]map[string]rate{30: {}, 60: {}, 90: {}, 180: {}}
	for _, x := range rows {
		sum := sums[x.Days]
		sums[x.Days] = rate{sum.K + x.Again, sum.N + x.People}
		if len(months) == 0 || months[len(months)-1] != x.Month {
			months = append(months, x.Month)
		}
		r.rq.guardCounts(&x.People, &x.Again)
		m := rate{x.Again, x.People}
		if r.rq.hides(x.People) {
			continue
		}
		known[x.Days][x.Month] = m
		f.Table.rate(m, []string{x.Month, formatInt(x.Days)})
	}
	f.Chart.Categories = months
	for _, d := range []int64{30, 60, 90, 180} {
		one := chartLine{Name: r.t.get("repurchase.within", d)}
		for _, month := range months {
			m, at := known[d][month], (*float64)(nil)
			if m.Known() {
				at = value(m.Value())
			}
			one.Values, one.Counts = append(one.Values, at), append(one.Counts, formatInt(m.K)+"/"+formatInt(m.N))
		}
		f.Chart.Series = append(f.Chart.Series, one)
		sum := sums[d]
		r.rq.guardCounts(&sum.K, &sum.N)
		r.rateStat("within-"+strconv.FormatInt(d, 10), "repurchase.stat."+strconv.FormatInt(d, 10), sum, "repurchase_days")
		if d == 90 {
			f.Reading = r.t.get("repurchase.again.reading", formatRate(sum))
		}
	}
	r.add(f)
	return nil
}

// cohorts is the heatmap of first months by the months after.
func (r *report) cohorts(ctx context.Context) error {
	type cell struct {
		Cohort              string
		After, Size, Buyers int64
	}
	cells, err := query(ctx, r.rq.wh, "repurchase.Cohorts", r.argsOf("repurchase.Cohorts"), func(x *cell) []any { return []any{&x.Cohort, &x.After, &x.Size, &x.Buyers} })
	if err != nil {
		return err
	}
	f := r.figure("cohorts", "repurchase.cohorts", "cohort", "repurchase.Cohorts", "col.cohort", "col.months_after", "col.share", "col.interval", "col.returned", "col.counted")
	f.Wide = true
	f.Grid = &grid{Corner: r.t.get("col.cohort")}
	var next rate
	width := int64(0)
	for _, x := range cells {
		if x.After == 1 {
			next = rate{next.K + x.Buyers, next.N + x.Size}
		}
		width = max(width, x.After)
		r.rq.guardCounts(&x.Size, &x.Buyers)
		m := rate{x.Buyers, x.Size}
		if r.rq.hides(x.Size) {
			continue
		}
		if n := len(f.Grid.Rows); n == 0 || f.Grid.Rows[n-1].Name != x.Cohort {
			f.Grid.Rows = append(f.Grid.Rows, gridRow{Name: x.Cohort, Note: "n=" + formatInt(x.Size)})
		}
		one := rateCell(m)
		if !r.rq.totals {
			next := r.rq.state.set("cohort", []string{x.Cohort}).set("page", nil)
			one.Link = "/repurchase" + next.With("after", strconv.FormatInt(x.After, 10)) + "#list"
		}
		last := &f.Grid.Rows[len(f.Grid.Rows)-1]
		last.Cells = append(last.Cells, one)
		f.Table.rate(m, []string{x.Cohort, formatInt(x.After)})
	}
	for n := range width {
		f.Grid.Columns = append(f.Grid.Columns, "+"+strconv.FormatInt(n+1, 10))
	}
	r.rq.guardCounts(&next.K, &next.N)
	f.Reading = r.t.get("repurchase.cohorts.reading", formatRate(next))
	if !r.rq.totals {
		f.Reading += r.t.get("repurchase.cohorts.click")
	}
	r.add(f)
	return nil
}

// valueGrid is recency by frequency, from 1 to 5.
func (r *report) valueGrid(ctx context.Context) error {
	type score struct {
		Recency, Frequency, People int64
		Paid                       float64
	}
	scores, err := query(ctx, r.rq.wh, "repurchase.Grid", r.argsOf("repurchase.Grid"), func(x *score) []any { return []any{&x.Recency, &x.Frequency, &x.People, &x.Paid} })
	if err != nil {
		return err
	}
	f := r.figure("value", "repurchase.value", "rfm", "repurchase.Grid", "col.recency", "col.frequency", "col.people", "col.share", "col.paid")
	f.Wide, f.Table.Text = true, 2
	var total, best int64
	for _, x := range scores {
		total += x.People
		if x.Recency >= 4 && x.Frequency >= 4 {
			best += x.People
		}
	}
	r.rq.guardCounts(&total, &best)
	cells := map[[2]int64]gridCell{}
	for _, x := range scores {
		r.rq.guardCounts(&x.People)
		m, paid := rate{x.People, total}, "–"
		if x.People != hiddenCount {
			paid = "¥" + formatInt(int64(x.Paid/float64(max(1, x.People))+0.5))
		}
		if r.rq.totals {
			paid = "–" // a sum over exact people
		}
		one := gridCell{Text: formatInt(x.People), Note: formatShare(m)}
		if m.Known() {
			one.Shade = shade(min(1, 6*m.Value()))
		}
		if cells[[2]int64{x.Recency, x.Frequency}] = one; r.rq.hides(x.People) {
			continue
		}
		f.Table.Rows = append(f.Table.Rows, []string{formatInt(x.Recency), formatInt(x.Frequency), formatInt(x.People), formatShare(m), paid})
	}
	f.Grid = r.scoreGrid(cells)
	f.Reading = r.t.get("repurchase.value.reading", formatRate(rate{best, total}))
	r.add(f)
	return nil
}

// scoreGrid has the most recent buyers on top and the most frequent on the right.
func (r *report) scoreGrid(cells map[[2]int64]gridCell) *grid {
	g := &grid{Corner: r.t.get("repurchase.value.corner")}
	for n := int64(1); n <= 5; n++ {
		g.Columns = append(g.Columns, r.t.get("repurchase.frequency", n))
		line := gridRow{Name: r.t.get("repurchase.recency", 6-n)}
		for k := int64(1); k <= 5; k++ {
			one, there := cells[[2]int64{6 - n, k}]
			if !there {
				one = gridCell{Text: "·"}
				if r.rq.totals {
					one = gridCell{Text: formatInt(hiddenCount), Note: "–"}
				}
			}
			line.Cells = append(line.Cells, one)
		}
		g.Rows = append(g.Rows, line)
	}
	return g
}

func notReturned(ctx context.Context, r *report, part listPart) (listing, error) {
	if r.args["cohort"] == "" {
		return listing{}, nil
	}
	l, err := r.readList(ctx, "repurchase.People", part, "repurchase.list")
	l.Note = r.t.get("repurchase.list.of", r.args["cohort"], r.args["after"])
	return l, err
}
