package dashboards

import "context"

func firstFillPage() reportPage {
	return reportPage{name: "firstfill", fill: firstFill, people: unfilledPeople,
		compare: []string{"prev", "yoy", "line"},
		params:  []param{lineParam, periodParam, oneOf("split", "line", "line", "first_channel"), oneOf("status", "", "pending", "abandoned")}}
}

func firstFill(ctx context.Context, r *report) error {
	if r.rq.totals { // a split by channel would be too many totals of the same people
		r.dropFilters("status", "split")
	}
	r.chooseLine()
	r.choosePeriod()
	if !r.rq.totals {
		r.choose("split", "filter.split", "", "split", "line", "first_channel")
	}
	if err := r.survival(ctx, "firstfill"); err != nil {
		return err
	}
	if r.rq.totals {
		return nil
	}
	return r.fillStates(ctx)
}

// fillStates shows by channel what became of first prescriptions.
func (r *report) fillStates(ctx context.Context) error {
	type channel struct {
		Code   string
		People int64
		States [4]int64
	}
	channels, err := query(ctx, r.rq.wh, "firstfill.States", r.argsOf("firstfill.States"), func(x *channel) []any {
		return []any{&x.Code, &x.People, &x.States[0], &x.States[1], &x.States[2], &x.States[3]}
	})
	if err != nil {
		return err
	}
	f := r.figure("states", "firstfill.states", "first_fill", "firstfill.States", "col.channel", "col.people", "fill_status.filled", "fill_status.late", "fill_status.pending", "fill_status.abandoned", "firstfill.lost")
	f.Wide = true
	f.Chart = chart{Kind: "stacked", Unit: "count", Names: [2]string{"", r.t.get("col.people")}}
	codes := []string{"filled", "late", "pending", "abandoned"}
	for _, code := range codes {
		f.Chart.Series = append(f.Chart.Series, chartLine{Name: r.t.get("fill_status." + code)})
	}
	var lost, decided, pending int64
	for _, x := range channels {
		f.Chart.Categories = append(f.Chart.Categories, r.t.word("channel", x.Code))
		row := []string{r.t.word("channel", x.Code), formatInt(x.People)}
		for i, n := range x.States {
			f.Chart.Series[i].Values = append(f.Chart.Series[i].Values, value(float64(n)))
			row = append(row, formatInt(n))
		}
		gone := rate{x.States[3], x.People - x.States[2]}
		lost, decided, pending = lost+gone.K, decided+gone.N, pending+x.States[2]
		f.Table.Rows = append(f.Table.Rows, append(row, formatRate(gone)))
	}
	f.Reading = r.t.get("firstfill.states.reading", formatRate(rate{lost, decided}), formatInt(pending))
	r.add(f)
	if lost+pending > 0 {
		r.Links = []option{{Value: "/firstfill" + r.rq.state.With("status", "pending") + "#list", Label: r.t.get("firstfill.show.pending", formatInt(pending))},
			{Value: "/firstfill" + r.rq.state.With("status", "abandoned") + "#list", Label: r.t.get("firstfill.show.abandoned", formatInt(lost))}}
	}
	return nil
}

func unfilledPeople(ctx context.Context, r *report, part listPart) (listing, error) {
	if r.args["status"] == "" {
		return listing{}, nil
	}
	return r.readList(ctx, "firstfill.People", part, "firstfill.list")
}
