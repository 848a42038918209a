package dashboards

import (
	"context"
	"strconv"
)

func persistencePage() reportPage {
	month := param{name: "month", valid: func(_ *warehouse, v string) bool {
		n, err := strconv.Atoi(v)
		return err == nil && n >= 0 && n <= 120
	}}
	return reportPage{name: "persistence", fill: persistence, people: stoppedPeople,
		compare: []string{"prev", "yoy", "line", "class"},
		params:  []param{lineParam, classParam, periodParam, oneOf("grace", "60", "30", "60", "90"), oneOf("split", "line", "line", "class", "first_channel"), month, oneOf("reason", "", stopReasons...)}}
}

var stopReasons = []string{"price", "side_effect", "no_effect", "forgot", "access", "feels_better", "fear", "surgery", "unknown"}

func persistence(ctx context.Context, r *report) error {
	if r.rq.totals { // a split by channel would be too many totals of the same people
		r.dropFilters("month", "reason")
		if r.args["split"] == "first_channel" {
			r.dropFilters("split")
		}
	}
	r.chooseLine()
	r.chooseClass()
	r.choosePeriod()
	r.choose("grace", "filter.grace", "", "grace", "30", "60", "90")
	splits := []string{"line", "class", "first_channel"}
	if r.rq.totals {
		splits = splits[:2]
	}
	r.choose("split", "filter.split", "", "split", splits...)
	if err := r.survival(ctx, "persistence"); err != nil {
		return err
	}
	return r.stopReasons(ctx)
}

// stopReasons shows why people stopped, as far as they said.
func (r *report) stopReasons(ctx context.Context) error {
	type reason struct {
		Code   string
		People int64
	}
	reasons, err := query(ctx, r.rq.wh, "persistence.Reasons", r.argsOf("persistence.Reasons"), func(x *reason) []any { return []any{&x.Code, &x.People} })
	if err != nil {
		return err
	}
	var total, unknown int64
	for i := range reasons {
		total += reasons[i].People
		if reasons[i].Code == "unknown" {
			unknown = reasons[i].People
		}
	}
	r.rq.guardCounts(&total, &unknown)
	var rows []rateRow
	for _, x := range reasons {
		r.rq.guardCounts(&x.People)
		if r.rq.hides(x.People) {
			continue
		}
		row := rateRow{Name: r.t.word("reason", x.Code), Rate: rate{x.People, total}}
		if !r.rq.totals {
			row.Link = "/persistence" + r.rq.state.With("reason", x.Code) + "#list"
		}
		rows = append(rows, row)
	}
	f := r.figure("reasons", "persistence.reasons", "stop_reason", "persistence.Reasons", "col.reason", "col.share", "col.interval", "col.people", "persistence.col.events")
	f.Wide = true
	f.rates(r.t.get("col.share"), rows)
	f.Reading = r.t.get("persistence.reasons.reading", formatInt(total), formatRate(rate{unknown, total}))
	r.add(f)
	return nil
}

func stoppedPeople(ctx context.Context, r *report, part listPart) (listing, error) {
	if r.args["month"] == "" && r.args["reason"] == "" {
		return listing{}, nil
	}
	return r.readList(ctx, "persistence.Stopped", part, "persistence.list")
}
