package dashboards

import (
	"context"

	"phdp/dashboards/access"
)

// The band of patients that a care worker is meant to look after, and what the tools bear.
const (
	loadLow, loadHigh, loadMost = 500, 5000, 8000
)

func staffPage() reportPage {
	return reportPage{name: "staff", whole: "segment.whole", right: access.SeeData, fill: staff, compare: []string{"prev", "yoy"}}
}

// staffLoad is the load of a care worker.
type staffLoad struct {
	ID                                        string
	Patients, Buyers, Reachable, Alerts, High int64
	Band                                      string
}

func staff(ctx context.Context, r *report) error {
	if open, err := r.needs(ctx, "fct_staff_load", "fct_response_times"); err != nil || !open {
		return err
	}
	r.months(6)
	loads, err := query(ctx, r.rq.wh, "staff.Load", nil, func(x *staffLoad) []any {
		return []any{nullText{&x.ID}, &x.Patients, &x.Buyers, &x.Reachable, &x.Alerts, &x.High, &x.Band}
	})
	if err != nil {
		return err
	}
	r.loads(loads)
	if err := r.answerMonths(ctx); err != nil {
		return err
	}
	return r.answers(ctx)
}

func (r *report) loads(loads []staffLoad) {
	var cared, alone, alerts, workers, most int64
	for _, x := range loads {
		if x.ID == "" {
			alone += x.Patients
			continue
		}
		workers, cared, alerts, most = workers+1, cared+x.Patients, alerts+x.Alerts, max(most, x.Patients)
	}
	share := int64(0)
	if workers > 0 {
		share = cared / workers
	}
	r.rq.guardCounts(&cared, &alone, &alerts, &most, &share)
	r.stat("workers", "staff.workers", formatInt(workers), r.t.get("staff.workers.note", formatInt(cared)), "load")
	r.stat("each", "staff.each", formatInt(share), r.t.get("staff.each.note", formatInt(most), formatInt(loadLow), formatInt(loadHigh)), "load")
	r.stat("alone", "staff.alone", formatInt(alone), r.t.get("staff.alone.note"), "")
	r.stat("alerts", "staff.alerts", formatInt(alerts), r.t.get("staff.alerts.note"), "alert")
	f := r.figure("load", "staff.load", "load", "staff.Load", "col.owner", "col.people", "staff.buyers", "staff.reachable", "staff.alerts", "alerts.high", "staff.band")
	f.Chart = chart{Kind: "stacked", Unit: "count", Names: [2]string{"", r.t.get("col.people")}}
	one := chartLine{Name: r.t.get("col.people")}
	high := 0
	for _, x := range loads {
		name := x.ID
		if name == "" {
			name = r.t.get("owner.none")
		}
		high += b2i(x.ID != "" && x.Patients > loadHigh)
		r.rq.guardCounts(&x.Patients, &x.Buyers, &x.Reachable, &x.Alerts, &x.High)
		var at *float64
		if x.Patients != hiddenCount {
			at = value(float64(x.Patients))
		}
		f.Chart.Categories, one.Values = append(f.Chart.Categories, name), append(one.Values, at)
		f.Table.Rows = append(f.Table.Rows, []string{name, formatInt(x.Patients), formatInt(x.Buyers), formatInt(x.Reachable), formatInt(x.Alerts), formatInt(x.High), r.t.word("load_band", x.Band)})
	}
	f.Chart.Series = []chartLine{one}
	f.Reading = r.t.get("staff.load.reading", high, formatInt(loadHigh), formatInt(loadMost))
	r.add(f)
}

// answered is how quickly questions of a care worker or a month were answered.
type answered struct {
	Name            string
	Turns, Answered int64
	P50, P90        number
}

func (r *report) readAnswers(ctx context.Context, name string) ([]answered, error) {
	rows, err := query(ctx, r.rq.wh, name, r.argsOf(name), func(x *answered) []any { return []any{&x.Name, &x.Turns, &x.Answered, &x.P50, &x.P90} })
	for i := range rows {
		x := &rows[i]
		if r.rq.guardCounts(&x.Turns, &x.Answered); x.Answered == hiddenCount {
			x.P50, x.P90 = number{}, number{}
		}
	}
	return rows, err
}

func (r *report) answerMonths(ctx context.Context) error {
	months, err := r.readAnswers(ctx, "staff.Months")
	if err != nil {
		return err
	}
	f := r.figure("months", "staff.months", "response", "staff.Months", "col.month", "staff.p50", "staff.p90", "staff.answered_share", "staff.answered", "staff.turns")
	f.Chart = chart{Kind: "lines", Unit: "minutes", Names: [2]string{"", r.t.get("staff.minutes")}, Series: []chartLine{{Name: r.t.get("staff.p50")}, {Name: r.t.get("staff.p90")}}}
	for _, x := range months {
		f.Chart.Categories = append(f.Chart.Categories, x.Name)
		f.Chart.Series[0].Values = append(f.Chart.Series[0].Values, rounded(x.P50))
		f.Chart.Series[1].Values = append(f.Chart.Series[1].Values, rounded(x.P90))
		m := rate{x.Answered, x.Turns}
		f.Table.Rows = append(f.Table.Rows, []string{x.Name, decimal(x.P50, 0), decimal(x.P90, 0), formatShare(m), formatInt(m.K), formatInt(m.N)})
	}
	if n := len(months); n > 0 {
		f.Reading = r.t.get("staff.months.reading", months[n-1].Name, decimal(months[n-1].P50, 0), decimal(months[n-1].P90, 0))
	}
	r.add(f)
	return nil
}

func rounded(x number) *float64 {
	if !x.Valid {
		return nil
	}
	return value(float64(int64(x.Float64*10+0.5)) / 10)
}

func (r *report) answers(ctx context.Context) error {
	rows, err := r.readAnswers(ctx, "staff.Answers")
	if err != nil {
		return err
	}
	f := r.figure("answers", "staff.answers", "response", "staff.Answers", "col.owner", "staff.answered_share", "col.interval", "staff.answered", "staff.turns", "staff.p50", "staff.p90")
	f.Wide = true
	var bars []rateRow
	for _, x := range rows {
		bars = append(bars, rateRow{Name: x.Name, Rate: rate{x.Answered, x.Turns}, More: []string{decimal(x.P50, 0), decimal(x.P90, 0)}})
	}
	f.rates(r.t.get("staff.answered_share"), bars)
	f.Chart.Links = nil
	if len(rows) > 0 {
		f.Reading = r.t.get("staff.answers.reading", rows[0].Name, decimal(rows[0].P90, 0))
	}
	r.add(f)
	return nil
}
