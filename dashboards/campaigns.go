package dashboards

import (
	"context"
	"math"
)

func campaignsPage() reportPage {
	return reportPage{name: "campaigns", whole: "segment.whole", fill: campaigns, params: []param{lineParam}, compare: []string{"line"}}
}

// lift is what a campaign brought of a measure, in a day.
type lift struct {
	Campaign, Measure, Start, End string
	Days                          int64
	PerDay, Before                number
}

// total is how much the campaign brought in all; before is what as many days before it brought.
func (x lift) total(perDay number) int64 { return int64(math.Round(perDay.Float64 * float64(x.Days))) }

func campaigns(ctx context.Context, r *report) error {
	r.chooseLine()
	if open, err := r.needs(ctx, "fct_campaigns"); err != nil || !open {
		return err
	}
	rows, err := query(ctx, r.rq.wh, "campaigns.Lift", r.argsOf("campaigns.Lift"), func(x *lift) []any {
		return []any{&x.Campaign, &x.Measure, &x.Start, &x.End, &x.Days, &x.PerDay, &x.Before}
	})
	if err != nil {
		return err
	}
	shown := map[string]bool{} // campaigns whose orders may be shown
	for _, x := range rows {
		if x.Measure == "orders" {
			shown[x.Campaign] = !r.rq.totals || x.total(x.PerDay) >= smallCount && int64(math.Round(x.Before.Float64*28)) >= smallCount
		}
	}
	for _, measure := range []string{"orders", "buyers", "leads", "sales_fen"} {
		r.liftFigure(rows, measure, shown)
	}
	return nil
}

// guarded are the numbers of a day that may be shown: for readers of totals they are made of protected counts.
func (x lift) guarded(rq *request, shown bool) (during, before number) {
	switch {
	case !shown:
		return number{}, number{}
	case !rq.totals || x.Measure == "sales_fen":
		return x.PerDay, x.Before
	}
	return protectedPerDay(x.PerDay, x.Days), protectedPerDay(x.Before, 28)
}

func protectedPerDay(perDay number, days int64) number {
	n := protectCount(int64(math.Round(perDay.Float64 * float64(days))))
	if n == hiddenCount || days == 0 {
		return number{}
	}
	return number{Float64: float64(n) / float64(days), Valid: true}
}

func (r *report) liftFigure(rows []lift, measure string, shown map[string]bool) {
	f := r.figure(measure, "campaigns."+measure, "lift", "campaigns.Lift", "col.campaign", "campaigns.days", "campaigns.during", "campaigns.before", "campaigns.lift")
	if measure == "sales_fen" {
		f.ID = "sales"
	}
	f.Table.Text = 2
	f.Chart = chart{Kind: "grouped", Unit: "count", Names: [2]string{"", r.t.get("campaigns.per_day")}, Series: []chartLine{{Name: r.t.get("campaigns.before")}, {Name: r.t.get("campaigns.during")}}}
	for _, x := range rows {
		if x.Measure != measure {
			continue
		}
		during, before := x.guarded(r.rq, shown[x.Campaign])
		if measure == "sales_fen" {
			during.Float64, before.Float64 = math.Round(during.Float64/100), math.Round(before.Float64/100)
		}
		gain := liftOf(during, before)
		name := r.campaignName(x.Campaign)
		f.Chart.Categories = append(f.Chart.Categories, name)
		f.Chart.Series[0].Values, f.Chart.Series[1].Values = append(f.Chart.Series[0].Values, rounded(before)), append(f.Chart.Series[1].Values, rounded(during))
		f.Table.compared(gain, name)
		f.Table.Rows = append(f.Table.Rows, []string{name, x.Start + " – " + x.End, decimal(during, 1), decimal(before, 1), gain.Text})
		if len(f.Table.Rows) == 1 {
			f.Reading = r.t.get("campaigns.reading", name, decimal(during, 1), decimal(before, 1), gain.Text)
			r.stat(f.ID, "campaigns."+measure, gain.Text, r.t.get("campaigns.stat", name, decimal(during, 1), decimal(before, 1)), "lift")
			r.compared(gain)
			r.Stats[len(r.Stats)-1].about = x.Campaign
		}
	}
	r.add(f)
}

// liftOf is how much more a day brought than a day before; it has no interval, because the same people order again.
func liftOf(during, before number) estimate {
	if !during.Valid || !before.Valid || before.Float64 <= 0 {
		return estimate{Text: "–"}
	}
	e := estimate{Value: number{Float64: during.Float64/before.Float64 - 1, Valid: true}}
	e.Text = formatDecimal(100*e.Value.Float64, 0) + "%"
	if e.Value.Float64 >= 0 {
		e.Text = "+" + e.Text
	}
	return e
}

// campaignName is the year and the campaign, as in 2026 618.
func (r *report) campaignName(code string) string {
	if len(code) > 5 {
		return code[:4] + " " + r.t.word("campaign", code[5:])
	}
	return code
}
