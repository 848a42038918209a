package dashboards

import (
	"context"
	"math"
	"slices"
	"strconv"
)

// riskDays are the days at which the number at risk stands under the curves of a page.
func riskDays(page string) []int64 {
	if page == "firstfill" {
		return []int64{0, 7, 14, 30, 60, 90}
	}
	return []int64{0, 90, 180, 270, 365, 540, 720}
}

// survivalGroup is a curve in a few numbers.
type survivalGroup struct {
	Code                    string
	People, Events          int64
	Median, Lower, Upper    number // days
	Half, Year              number // share on therapy after 180 and 365 days
	HalfRisk, YearRisk      int64
	Expected, ChiSquare     number // log-rank against the other groups
	HalfLow, HalfHigh       number
	YearLow, YearHigh, Back number // Back is the share of the stopped who filled again
}

// P is the chance of a larger difference between the group and the others if there is none.
func (g survivalGroup) P() number {
	if !g.ChiSquare.Valid {
		return number{}
	}
	return number{Float64: math.Erfc(math.Sqrt(g.ChiSquare.Float64 / 2)), Valid: true}
}

// survivalQuery is the statement of every page of curves.
const survivalQuery = "survival.Curves"

// survivalPoint is a curve on a day.
type survivalPoint struct {
	Code          string
	Day           int64
	Share         number
	Lower, Upper  number
	AtRisk, Start int64
}

// survival fills a page of curves: the numbers of everybody together, the curves of the groups, and their test.
func (r *report) survival(ctx context.Context, page string) error {
	split := r.args["split"]
	r.args["page"], r.args["split"] = page, "all"
	if page == "firstfill" {
		r.args["class"], r.args["grace"] = "", "0"
	}
	whole, _, err := r.survivalGroups(ctx)
	if err != nil {
		return err
	}
	if len(whole) == 0 {
		r.add(figure{ID: "curve", Title: r.t.get(page + ".curve"), Definition: r.t.definition("kaplan_meier"), Wide: true})
		return nil
	}
	r.survivalStats(page, whole[0])
	r.args["split"] = split
	groups, points, err := r.survivalGroups(ctx)
	if err != nil {
		return err
	}
	r.survivalCurves(page, groups, points)
	r.survivalTable(page, groups)
	return nil
}

// survivalGroups reads the curves, each with its numbers, and their points.
func (r *report) survivalGroups(ctx context.Context) ([]survivalGroup, []survivalPoint, error) {
	type row struct {
		survivalGroup
		survivalPoint
	}
	rows, err := query(ctx, r.rq.wh, survivalQuery, r.argsOf(survivalQuery), func(x *row) []any {
		g, p := &x.survivalGroup, &x.survivalPoint
		return []any{&g.Code, &g.People, &g.Events, &g.Median, &g.Lower, &g.Upper, &g.Half, &g.HalfLow, &g.HalfHigh, &g.HalfRisk, &g.Year, &g.YearLow, &g.YearHigh, &g.YearRisk, &g.Back, &g.Expected, &g.ChiSquare,
			&p.Day, &p.Share, &p.Lower, &p.Upper, &p.AtRisk}
	})
	var groups []survivalGroup
	var points []survivalPoint
	for _, x := range rows {
		g, p := x.survivalGroup, x.survivalPoint
		p.Code, p.Start = g.Code, g.People
		if n := len(points); n == 0 || points[n-1].Code != p.Code {
			if g.guard(r.rq); !r.rq.hides(g.People) {
				groups = append(groups, g)
			}
		}
		points = append(points, p)
	}
	return groups, points, err
}

// guard protects the numbers of a group for readers of totals. Intervals and tests are made of exact counts, so
// these readers do not get them.
func (g *survivalGroup) guard(rq *request) {
	if !rq.totals {
		return
	}
	g.Half, g.Year = rq.guardCurve(g.Half, g.People), rq.guardCurve(g.Year, g.People)
	rq.guardCounts(&g.People, &g.Events, &g.HalfRisk, &g.YearRisk)
	g.HalfLow, g.HalfHigh, g.YearLow, g.YearHigh, g.Lower, g.Upper, g.Expected, g.ChiSquare, g.Back = number{}, number{}, number{}, number{}, number{}, number{}, number{}, number{}, number{}
	if g.Events == hiddenCount {
		g.Median = number{}
	}
	if g.HalfRisk == hiddenCount {
		g.Half = number{}
	}
	if g.YearRisk == hiddenCount {
		g.Year = number{}
	}
}

func (r *report) survivalStats(page string, g survivalGroup) {
	r.stat("people", "survival.people", formatInt(g.People), r.t.get(page+".events", formatRate(rate{g.Events, g.People})), "")
	median := r.t.get("survival.interval", span(g.Lower, g.Upper))
	switch {
	case !g.Median.Valid:
		median = r.t.get("survival.no_median")
	case r.rq.totals:
		median = ""
	}
	r.stat("median", page+".median", days(g.Median, r.t), median, "kaplan_meier")
	r.compared(estimate{Value: g.Median, Text: days(g.Median, r.t), Days: true})
	r.stat("half", page+".half", percent(g.Half), r.followed(g.HalfLow, g.HalfHigh, g.HalfRisk), "kaplan_meier")
	r.compared(shareEstimate(g.Half, g.HalfLow, g.HalfHigh))
	r.stat("year", page+".year", percent(g.Year), r.followed(g.YearLow, g.YearHigh, g.YearRisk), "kaplan_meier")
	r.compared(shareEstimate(g.Year, g.YearLow, g.YearHigh))
}

// followed is what stands under a share of a curve: its interval, where the reader may have it, and the number at risk.
func (r *report) followed(lower, upper number, atRisk int64) string {
	if !lower.Valid {
		return r.t.get("survival.followed", formatInt(atRisk))
	}
	return r.t.get("survival.at_risk", between(lower, upper), formatInt(atRisk))
}

func days(x number, t texts) string {
	if !x.Valid {
		return "–"
	}
	return t.get("survival.days", formatDecimal(x.Float64, 0))
}

func percent(x number) string {
	if !x.Valid {
		return "–"
	}
	return formatPercent(x.Float64)
}

// groupName is the name of a group of the split.
func (r *report) groupName(code string) string {
	switch r.args["split"] {
	case "line":
		return r.rq.wh.lineName(code, r.t)
	case "class":
		return r.rq.wh.className(code, r.t)
	}
	if code == "" {
		return r.t.get("unknown")
	}
	return r.t.word("first_channel", code)
}

// shownCurves is how many curves one can tell apart; the table has all groups.
const shownCurves = 6

func (r *report) survivalCurves(page string, groups []survivalGroup, points []survivalPoint) {
	f := r.figure("curve", page+".curve", "kaplan_meier", survivalQuery, "col.group", "col.day", page+".share", "col.interval", "col.at_risk")
	f.Wide, f.Table.Text = true, 1
	f.Chart = chart{Kind: "survival", Unit: "percent", Names: [2]string{r.t.get(page + ".axis"), ""}}
	under := riskDays(page)
	f.Under = &table{Head: []string{r.t.get("col.at_risk")}, Text: 1}
	for _, day := range under {
		f.Under.Head = append(f.Under.Head, r.t.get("survival.days", day))
	}
	largest := slices.Clone(groups)
	slices.SortStableFunc(largest, func(a, b survivalGroup) int { return int(b.People - a.People) })
	shown := map[string]int{}
	for i, g := range largest[:min(shownCurves, len(largest))] {
		shown[g.Code] = i
		f.Chart.Series = append(f.Chart.Series, chartLine{Name: r.groupName(g.Code)})
		f.Under.Rows = append(f.Under.Rows, append([]string{r.groupName(g.Code)}, make([]string, len(under))...))
	}
	last := int64(0)
	for _, p := range points {
		last = max(last, p.Day)
		share := r.rq.guardCurve(p.Share, p.Start)
		if r.rq.guardCounts(&p.AtRisk); r.rq.totals {
			if p.Lower, p.Upper = (number{}), (number{}); p.AtRisk == hiddenCount {
				share = number{}
			}
		}
		i, ok := shown[p.Code]
		if !ok {
			continue
		}
		if at := slices.Index(under, p.Day); at >= 0 {
			f.Under.Rows[i][at+1] = formatInt(p.AtRisk)
			f.Table.compared(shareEstimate(share, p.Lower, p.Upper), r.groupName(p.Code), formatInt(p.Day))
			f.Table.Rows = append(f.Table.Rows, []string{r.groupName(p.Code), formatInt(p.Day), percent(share), between(p.Lower, p.Upper), formatInt(p.AtRisk)})
		}
		if page != "persistence" || p.Day%10 == 0 {
			r.curvePoint(&f.Chart, i, p, share)
		}
	}
	f.Under.trim(under, last)
	f.Reading = r.curveReading(page, groups)
	r.add(f)
}

// shareEstimate is a share of a curve with its interval.
func shareEstimate(share, lower, upper number) estimate {
	return estimate{Value: share, Low: lower, High: upper, Text: percent(share)}
}

// trim takes away the days under the curves that nobody has reached.
func (t *table) trim(days []int64, last int64) {
	for len(t.Head) > 2 && days[len(t.Head)-2] > last {
		t.Head = t.Head[:len(t.Head)-1]
		for i := range t.Rows {
			t.Rows[i] = t.Rows[i][:len(t.Head)]
		}
	}
}

// curvePoint adds a day to a curve; a click on it leads to those whose time ended in that month.
func (r *report) curvePoint(c *chart, i int, p survivalPoint, share number) {
	if i == 0 || len(c.Categories) <= len(c.Series[i].Values) {
		if at := strconv.FormatInt(p.Day, 10); !slices.Contains(c.Categories, at) {
			c.Categories = append(c.Categories, at)
			if !r.rq.totals && r.Page == "persistence" {
				c.Links = append(c.Links, "/"+r.Page+r.rq.state.With("month", strconv.FormatInt(p.Day/30, 10))+"#list")
			}
		}
	}
	line := &c.Series[i]
	line.Values, line.Lower, line.Upper = append(line.Values, pointer(share)), append(line.Lower, pointer(p.Lower)), append(line.Upper, pointer(p.Upper))
	line.Counts = append(line.Counts, "n="+formatInt(p.AtRisk))
}

func between(lower, upper number) string {
	if !lower.Valid || !upper.Valid {
		return "–"
	}
	return formatDecimal(100*lower.Float64, 1) + "–" + formatPercent(upper.Float64)
}

// span writes an interval of days; a limit that the curve never reaches is open.
func span(lower, upper number) string {
	switch {
	case lower.Valid && upper.Valid:
		return decimal(lower, 0) + "–" + decimal(upper, 0)
	case lower.Valid:
		return "≥" + decimal(lower, 0)
	}
	return "–"
}

// curveReading names the groups that stay longest and shortest at half a year.
func (r *report) curveReading(page string, groups []survivalGroup) string {
	known := slices.DeleteFunc(slices.Clone(groups), func(g survivalGroup) bool { return !g.Half.Valid })
	if len(known) == 0 {
		return r.t.get("survival.short")
	}
	slices.SortStableFunc(known, func(a, b survivalGroup) int { return -1 + 2*b2i(a.Half.Float64 < b.Half.Float64) })
	best, worst := known[0], known[len(known)-1]
	if len(known) == 1 {
		return r.t.get(page+".reading.one", r.groupName(best.Code), percent(best.Half))
	}
	return r.t.get(page+".reading", r.groupName(best.Code), percent(best.Half), r.groupName(worst.Code), percent(worst.Half))
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// survivalTable lists the groups with their medians, and whether they differ from the others.
func (r *report) survivalTable(page string, groups []survivalGroup) {
	f := r.figure("groups", page+".groups", "log_rank", survivalQuery, "split."+r.args["split"].(string), "col.people", page+".col.events", page+".median", "col.interval", page+".half", page+".year", "col.expected", "col.chi_square", "col.p")
	f.Wide = true
	different := 0
	for _, g := range groups {
		p := "–"
		if x := g.P(); x.Valid {
			if p = formatDecimal(x.Float64, 4); x.Float64 < 0.0001 {
				p = "<0.0001"
			}
			different += b2i(x.Float64 < 0.05/float64(max(1, len(groups))))
		}
		f.Table.compared(shareEstimate(g.Half, g.HalfLow, g.HalfHigh), r.groupName(g.Code))
		f.Table.Rows = append(f.Table.Rows, []string{r.groupName(g.Code), formatInt(g.People), formatInt(g.Events), decimal(g.Median, 0), span(g.Lower, g.Upper),
			percent(g.Half), percent(g.Year), decimal(g.Expected, 1), decimal(g.ChiSquare, 2), p})
	}
	f.Reading = r.t.get("survival.test", different, len(groups))
	if r.rq.totals {
		f.Reading = r.t.get("survival.no_test")
	}
	r.add(f)
}
