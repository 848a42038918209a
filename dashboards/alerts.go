package dashboards

import (
	"context"
	"strconv"

	"phdp/dashboards/access"
)

var (
	severities = []string{"high", "medium", "low"}
	alertCodes = []string{"adverse_reaction", "reading_open", "refill_overdue", "refill_due", "task_open", "no_contact"}
)

func alertsPage() reportPage {
	return reportPage{name: "alerts", right: access.SeePatients, fill: alerts, people: alertPeople,
		params: []param{lineParam, ownerParam, oneOf("severity", "", severities...), oneOf("alert", "", alertCodes...)}}
}

// alertKind is the open alerts of a kind and severity.
type alertKind struct {
	Code, Severity                    string
	Alerts, People, OverWeek, Unowned int64
	Median                            number
}

func alerts(ctx context.Context, r *report) error {
	r.chooseLine()
	r.chooseOwner()
	r.choose("severity", "filter.severity", "filter.any", "severity", severities...)
	r.choose("alert", "filter.alert", "filter.any", "alert", alertCodes...)
	kinds, err := query(ctx, r.rq.wh, "alerts.Counts", r.argsOf("alerts.Counts"), func(x *alertKind) []any {
		return []any{&x.Code, &x.Severity, &x.Alerts, &x.People, &x.Median, &x.OverWeek, &x.Unowned}
	})
	if err != nil {
		return err
	}
	counts := map[string]alertKind{}
	for _, x := range kinds {
		for _, key := range []string{"", x.Severity} {
			sum := counts[key]
			sum.Alerts, sum.OverWeek, sum.Unowned = sum.Alerts+x.Alerts, sum.OverWeek+x.OverWeek, sum.Unowned+x.Unowned
			counts[key] = sum
		}
	}
	for _, s := range severities {
		x := counts[s]
		r.stat(s, "alerts."+s, formatInt(x.Alerts), r.t.get("alerts.week", formatRate(rate{x.OverWeek, x.Alerts})), "alert")
	}
	r.stat("unowned", "alerts.unowned", formatInt(counts[""].Unowned), r.t.get("alerts.of", formatInt(counts[""].Alerts)), "")
	r.alertKinds(kinds, counts[""].Alerts)
	return r.alertAges(ctx)
}

func (r *report) alertKinds(kinds []alertKind, total int64) {
	f := r.figure("kinds", "alerts.kinds", "alert", "alerts.Counts", "col.alert", "col.severity", "col.count", "col.people", "col.median_days", "alerts.over_week")
	f.Table.Text = 2
	f.Chart = chart{Kind: "stacked", Unit: "count", Names: [2]string{"", r.t.get("col.count")}}
	place := map[string]int{}
	for _, code := range alertCodes {
		for _, x := range kinds {
			if _, ok := place[code]; x.Code == code && !ok {
				place[code] = len(f.Chart.Categories)
				f.Chart.Categories = append(f.Chart.Categories, r.t.word("alert", code))
				f.Chart.Links = append(f.Chart.Links, "/alerts"+r.rq.state.With("alert", code)+"#list")
			}
		}
	}
	most := alertKind{}
	for _, s := range severities {
		one := chartLine{Name: r.t.word("severity", s), Values: make([]*float64, len(f.Chart.Categories))}
		for _, x := range kinds {
			if x.Severity == s {
				one.Values[place[x.Code]] = value(float64(x.Alerts))
				f.Table.Rows = append(f.Table.Rows, []string{r.t.word("alert", x.Code), one.Name, formatInt(x.Alerts), formatInt(x.People), decimal(x.Median, 0), formatInt(x.OverWeek)})
				f.Table.Links = append(f.Table.Links, "/alerts"+r.rq.state.With("alert", x.Code)+"#list")
			}
			if x.Alerts > most.Alerts {
				most = x
			}
		}
		f.Chart.Series = append(f.Chart.Series, one)
	}
	f.Reading = r.t.get("alerts.kinds.reading", formatInt(total), r.t.word("alert", most.Code), formatInt(most.Alerts))
	r.add(f)
}

// alertAges shows for how many weeks alerts have been open.
func (r *report) alertAges(ctx context.Context) error {
	type age struct {
		Week   int64
		Counts [3]int64
	}
	ages, err := query(ctx, r.rq.wh, "alerts.Age", r.argsOf("alerts.Age"), func(x *age) []any { return []any{&x.Week, &x.Counts[0], &x.Counts[1], &x.Counts[2]} })
	if err != nil {
		return err
	}
	f := r.figure("age", "alerts.age", "alert", "alerts.Age", "col.weeks", "severity.high", "severity.medium", "severity.low")
	f.Chart = chart{Kind: "stacked", Unit: "count", Names: [2]string{"", r.t.get("col.count")}, Series: []chartLine{{Name: r.t.get("severity.high")}, {Name: r.t.get("severity.medium")}, {Name: r.t.get("severity.low")}}}
	var all, old int64
	for _, x := range ages {
		label := strconv.FormatInt(x.Week, 10)
		if x.Week == 8 {
			label = "8+"
		}
		f.Chart.Categories = append(f.Chart.Categories, label)
		row := []string{label}
		for i, n := range x.Counts {
			f.Chart.Series[i].Values = append(f.Chart.Series[i].Values, value(float64(n)))
			row = append(row, formatInt(n))
			if all += n; x.Week >= 4 {
				old += n
			}
		}
		f.Table.Rows = append(f.Table.Rows, row)
	}
	f.Reading = r.t.get("alerts.age.reading", formatRate(rate{old, all}))
	r.add(f)
	return nil
}

func alertPeople(ctx context.Context, r *report, part listPart) (listing, error) {
	return r.readList(ctx, "alerts.People", part, "alerts.list")
}
