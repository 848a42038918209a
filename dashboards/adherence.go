package dashboards

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// segmentMinimum is the smallest group that the table of low adherence ranks.
const segmentMinimum = 20

var adherenceParams = []param{lineParam, {name: "class", valid: (*warehouse).hasClass},
	{name: "period", fallback: "r180", valid: func(_ *warehouse, v string) bool { return v == "r90" || v == "r180" || v == "r365" }},
	withinParam, compareParam(adherenceComparisons)}

// adherenceComparisons are what adherence can be compared with. There is no earlier rolling period: the period before is
// that of the trend, whose months look back 180 days.
var adherenceComparisons = []string{"prev", "line", "class", "segment"}

// adherenceSummary is what was measured in the period, and why not everybody counts.
type adherenceSummary struct {
	Pairs, Patients, Counted, Adherent int64
	MeanPDC, MedianPDC                 float64
	FewFills, ShortPeriod              int64
	Start, End                         string
}

// adherenceGroup is the adherence of a line or a drug class.
type adherenceGroup struct {
	Code, LineCode, NameZH, NameEN string
	Threshold                      float64
	Counted, Adherent              int64
	MeanPDC                        float64
}

// mean writes the mean PDC of a group whose size is shown.
func (g adherenceGroup) mean() string {
	if g.Counted <= 0 {
		return "–"
	}
	return formatDecimal(g.MeanPDC, 3)
}

// lowSegment is a row of the table of low adherence.
type lowSegment struct {
	LineCode, ClassCode, Dimension, Value string
	Counted, Adherent                     int64
	MeanPDC                               float64
}

type adherenceData struct {
	Summary                           adherenceSummary
	Trend, Histogram, ByLine, ByClass figure
	Segments                          []lowSegment
	Minimum                           int

	Within               choice
	Compare              choice
	Note                 string      // what it is compared with
	OtherMean, OtherRate *otherValue // of the mean PDC and of the share of adherent
}

// NotCounted is how many pairs are left out of the rates.
func (d adherenceData) NotCounted() int64 { return less(d.Summary.Pairs, d.Summary.Counted) }

func (s *Server) adherence(ctx context.Context, rq *request) (view, error) {
	t := s.render.texts[rq.lang]
	a := adherenceArgs(rq)
	data, err := measureAdherence(ctx, rq, t)
	if err != nil {
		return view{}, err
	}
	r := report{rq: rq, t: t}
	r.from = r.asOf()
	r.chooseComparison(adherenceComparisons)
	data.Within, data.Compare = rq.chooseWithin(t), r.Choices[0]
	if err := data.compare(ctx, rq, t); err != nil {
		return view{}, err
	}
	if rq.totals { // five partitions of every class would be too many totals of the same people
		return view{Page: "adherence", Title: t.get("adherence.title"), Data: data}, nil
	}
	a["min_count"], a["limit"] = segmentMinimum, 12
	data.Segments, err = query(ctx, rq.wh, "adherence.Segments", a, func(x *lowSegment) []any {
		return []any{&x.LineCode, &x.ClassCode, &x.Dimension, &x.Value, &x.Counted, &x.Adherent, &x.MeanPDC}
	})
	return view{Page: "adherence", Title: t.get("adherence.title"), Data: data}, err
}

func adherenceArgs(rq *request) args {
	return args{"line": rq.state.Get("line"), "class": rq.state.Get("class"), "period": rq.state.Get("period")}
}

// compare reads the page a second time, for another line or class, and sets both side by side.
func (d *adherenceData) compare(ctx context.Context, rq *request, t texts) error {
	kind, code, _ := strings.Cut(rq.state.Get("cmp"), ":")
	switch kind {
	case "":
		return nil
	case "prev":
		d.compareMonths(rq.state.Get("period") == "r180", t)
		return nil
	}
	if kind == "segment" {
		return d.compareSegment(ctx, rq, code, t)
	}
	other := *rq
	other.state = rq.state.set(kind, []string{code})
	c := comparison{Kind: kind, Code: code}
	if c.row = rq.wh.className(code, t); kind == "line" {
		c.row = rq.wh.lineName(code, t)
		if rq.state.Get("class") != "" { // a class belongs to one line
			other.state = other.state.set("class", nil)
		}
	} else if rq.state.Get("line") != "" {
		other.state = other.state.set("line", nil)
	}
	c.Label = c.row
	d.Note = t.get("compare.note", c.Label)
	if isPart := rq.state.Get("class") == "" && (kind == "class" && rq.wh.isOf(code, rq.state.Get("line")) || rq.state.Get("line") == ""); isPart {
		d.Note += t.get("compare.part")
	}
	there, err := measureAdherence(ctx, &other, t)
	if err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	b := d.compareSummary(there.Summary, c, t)
	d.Trend.compare(&there.Trend, c, t)
	groups, one := map[string]*figure{"line": &d.ByLine, "class": &d.ByClass}[kind], figure{}
	one.Table.compared(b, c.row) // all lines or classes beside the one
	groups.compare(&one, c, t)
	return nil
}

// compareSegment reads the page a second time for the people of another segment.
func (d *adherenceData) compareSegment(ctx context.Context, rq *request, label string, t texts) error {
	other := *rq
	other.wh = rq.beside
	there, err := measureAdherence(ctx, &other, t)
	if err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	c := comparison{Kind: "segment", Code: label, Label: label}
	d.Note = rq.besideNote(t)
	d.compareSummary(there.Summary, c, t)
	for _, pair := range [][2]*figure{{&d.Trend, &there.Trend}, {&d.ByLine, &there.ByLine}, {&d.ByClass, &there.ByClass}} {
		if pair[0].Empty == "" {
			pair[0].compare(pair[1], c, t)
		}
	}
	return nil
}

// compareSummary sets the two cards beside those of other people, and returns their share.
func (d *adherenceData) compareSummary(there adherenceSummary, c comparison, t texts) estimate {
	a, b := rate{d.Summary.Adherent, d.Summary.Counted}.estimate(), rate{there.Adherent, there.Counted}.estimate()
	d.OtherRate, d.OtherMean = &otherValue{Label: c.Label, Value: b.Text, Difference: pointsLess(a, b, t)}, &otherValue{Label: c.Label, Value: "–"}
	if d.OtherRate.Difference != "" {
		d.OtherMean.Difference = signedDecimal(d.Summary.MeanPDC-there.MeanPDC, 3)
	}
	if there.Counted > 0 {
		d.OtherMean.Value = formatDecimal(there.MeanPDC, 3) + " (n=" + formatInt(there.Counted) + ")"
	}
	return b
}

// compareMonths sets every month of the trend beside the month half a year before: their 180 days have no day in common.
// The cards get the last month and that before it when they are about 180 days too.
func (d *adherenceData) compareMonths(cards bool, t texts) {
	c := comparison{Kind: "prev", Label: t.get("cmp.prev"), months: 6}
	d.Note = t.get("adherence.cmp.prev")
	trend := d.Trend
	months, last := trend.Chart.Categories, len(trend.Chart.Categories)-1
	before := slices.IndexFunc(months, func(month string) bool { return c.later(month) == months[last] })
	if cards && before >= 0 {
		a, b := trend.Table.Estimates[last], trend.Table.Estimates[before]
		label := months[before] + " → " + months[last]
		d.OtherRate = &otherValue{Label: label, Value: b.Text + " → " + a.Text, Difference: pointsLess(a, b, t)}
		if means := trend.Chart.Series[0].Values; means[last] != nil && means[before] != nil {
			d.OtherMean = &otherValue{Label: label, Value: formatDecimal(*means[before], 3) + " → " + formatDecimal(*means[last], 3), Difference: signedDecimal(*means[last]-*means[before], 3)}
		}
	}
	d.Trend.compare(&trend, c, t)
}

// measureAdherence reads all of the page but the table of low adherence.
func measureAdherence(ctx context.Context, rq *request, t texts) (adherenceData, error) {
	a := adherenceArgs(rq)
	data := adherenceData{Minimum: segmentMinimum}
	summaries, err := query(ctx, rq.wh, "adherence.Summary", a, func(x *adherenceSummary) []any {
		return []any{&x.Pairs, &x.Patients, &x.Counted, &x.Adherent, &x.MeanPDC, &x.MedianPDC, &x.FewFills, &x.ShortPeriod, &x.Start, &x.End}
	})
	if err != nil {
		return data, err
	}
	data.Summary = summaries[0]
	x := &data.Summary
	rq.guardCounts(&x.Pairs, &x.Patients, &x.Counted, &x.Adherent, &x.FewFills, &x.ShortPeriod)
	x.MeanPDC, x.MedianPDC = rq.guardMean(x.MeanPDC, x.Counted), rq.guardMean(x.MedianPDC, x.Counted)
	if data.Trend, err = adherenceTrend(ctx, rq, a, t); err != nil {
		return data, err
	}
	if data.Histogram, err = adherenceHistogram(ctx, rq, a, t); err != nil {
		return data, err
	}
	return data, data.readGroups(ctx, rq, a, t)
}

// adherenceMonth is the adherence of the 180 days that end with a month.
type adherenceMonth struct {
	Month             string
	Counted, Adherent int64
	MeanPDC           float64
}

// row is the month in the table under the trend.
func (m adherenceMonth) row(r rate) []string {
	if !r.Known() {
		return []string{m.Month, "–", "–", "–", formatInt(m.Adherent), formatInt(m.Counted)}
	}
	return []string{m.Month, formatDecimal(m.MeanPDC, 3), formatPercent(r.Value()), formatInterval(r), formatInt(m.Adherent), formatInt(m.Counted)}
}

func adherenceTrend(ctx context.Context, rq *request, a args, t texts) (figure, error) {
	months, err := query(ctx, rq.wh, "adherence.Trend", a, func(m *adherenceMonth) []any { return []any{&m.Month, &m.Counted, &m.Adherent, &m.MeanPDC} })
	if err != nil {
		return figure{}, err
	}
	mean, share := chartLine{Name: t.get("adherence.mean")}, chartLine{Name: t.get("adherence.share")}
	f := figure{ID: "trend", Title: t.get("adherence.trend"), Definition: t.definition("pdc"), SQL: sqlText("adherence.Trend"),
		Table: table{Head: []string{t.get("col.month"), t.get("adherence.mean"), t.get("adherence.share"), t.get("col.interval"), t.get("col.adherent"), t.get("col.counted")}, Text: 1}}
	f.Chart = chart{Kind: "trend", Unit: "percent", Threshold: value(0.8)}
	var known []adherenceMonth
	for _, m := range months {
		rq.guardCounts(&m.Adherent, &m.Counted)
		m.MeanPDC = rq.guardMean(m.MeanPDC, m.Counted)
		r := rate{m.Adherent, m.Counted}
		f.Chart.Categories = append(f.Chart.Categories, m.Month)
		f.Table.Rows, f.Table.Keys, f.Table.Estimates = append(f.Table.Rows, m.row(r)), append(f.Table.Keys, m.Month), append(f.Table.Estimates, r.estimate())
		lower, upper := r.Wilson()
		point := [4]*float64{} // a month in which nobody counts has no point
		if r.Known() {
			known = append(known, m)
			point = [4]*float64{value(m.MeanPDC), value(r.Value()), value(lower), value(upper)}
		}
		mean.Values, share.Values = append(mean.Values, point[0]), append(share.Values, point[1])
		mean.Counts = append(mean.Counts, "n="+formatInt(m.Counted))
		share.Counts = append(share.Counts, formatInt(m.Adherent)+"/"+formatInt(m.Counted))
		share.Lower, share.Upper = append(share.Lower, point[2]), append(share.Upper, point[3])
	}
	f.Chart.Series = []chartLine{mean, share}
	if n := len(known); n > 0 {
		first, last := known[0], known[n-1]
		f.Reading = t.get("adherence.trend.reading", first.Month, formatDecimal(first.MeanPDC, 3), last.Month, formatDecimal(last.MeanPDC, 3), formatRate(rate{last.Adherent, last.Counted}))
	} else {
		f.Empty = t.get("empty.filter")
	}
	return f, nil
}

func adherenceHistogram(ctx context.Context, rq *request, a args, t texts) (figure, error) {
	type bin struct{ No, Count int64 }
	bins, err := query(ctx, rq.wh, "adherence.Histogram", a, func(b *bin) []any { return []any{&b.No, &b.Count} })
	if err != nil {
		return figure{}, err
	}
	f := figure{ID: "histogram", Title: t.get("adherence.histogram"), Definition: t.definition("pdc"), SQL: sqlText("adherence.Histogram"),
		Table: table{Head: []string{"PDC", t.get("col.pairs"), t.get("col.share")}, Text: 1}}
	f.Chart = chart{Kind: "bars", Unit: "count", Split: 16, Names: [2]string{"PDC", t.get("col.pairs")}}
	one := chartLine{Name: t.get("col.pairs")}
	var total, low int64
	for i, b := range bins {
		if rq.guardCounts(&bins[i].Count); bins[i].Count == hiddenCount {
			continue
		}
		total += bins[i].Count
		if b.No < 10 {
			low += bins[i].Count
		}
	}
	for _, b := range bins {
		label := fmt.Sprintf("%.2f–%.2f", float64(b.No)/20, float64(b.No+1)/20)
		f.Chart.Categories = append(f.Chart.Categories, label)
		one.Values = append(one.Values, map[bool]*float64{true: value(float64(b.Count))}[b.Count != hiddenCount])
		share := rate{b.Count, total}
		if rq.totals {
			share.N = 0 // nobody knows of how many
		}
		one.Counts = append(one.Counts, map[bool]string{true: formatRate(share), false: formatInt(b.Count)}[share.Known()])
		f.Table.Rows = append(f.Table.Rows, []string{label, formatInt(b.Count), formatShare(share)})
	}
	f.Chart.Series = []chartLine{one}
	f.Reading = t.get("adherence.histogram.reading", formatRate(rate{low, total}))
	if rq.totals { // what is hidden is missing in the sums
		f.Reading = t.get("adherence.histogram.totals")
	}
	if total == 0 {
		f.Empty = t.get("empty.filter")
	}
	return f, nil
}

func (d *adherenceData) readGroups(ctx context.Context, rq *request, a args, t texts) error {
	lines, err := query(ctx, rq.wh, "adherence.ByLine", a, func(x *adherenceGroup) []any {
		return []any{&x.Code, &x.NameZH, &x.NameEN, &x.Counted, &x.Adherent, &x.MeanPDC}
	})
	if err != nil {
		return err
	}
	classes, err := query(ctx, rq.wh, "adherence.ByDrugClass", a, func(x *adherenceGroup) []any {
		return []any{&x.Code, &x.LineCode, &x.NameZH, &x.NameEN, &x.Threshold, &x.Counted, &x.Adherent, &x.MeanPDC}
	})
	if err != nil {
		return err
	}
	for _, groups := range [][]adherenceGroup{lines, classes} {
		for i := range groups {
			g := &groups[i]
			rq.guardCounts(&g.Counted, &g.Adherent)
			g.MeanPDC = rq.guardMean(g.MeanPDC, g.Counted)
		}
	}
	to := func(name string) func(string) string {
		return func(code string) string { return "/adherence" + rq.state.With(name, code) }
	}
	d.ByLine = intervalFigure("by-line", t.get("adherence.by_line"), lines, to("line"), t)
	d.ByClass = intervalFigure("by-class", t.get("adherence.by_class"), classes, to("class"), t)
	d.ByLine.SQL, d.ByClass.SQL = sqlText("adherence.ByLine"), sqlText("adherence.ByDrugClass")
	return nil
}

// intervalFigure draws the adherent share of some groups with its Wilson interval.
func intervalFigure(id, title string, groups []adherenceGroup, link func(code string) string, t texts) figure {
	f := figure{ID: id, Title: title, Definition: t.definition("adherent"), Chart: chart{Kind: "intervals", Unit: "percent"},
		Table: table{Head: []string{t.get("col.group"), t.get("adherence.share"), t.get("col.interval"), t.get("col.adherent"), t.get("col.counted"), t.get("adherence.mean")}, Text: 1}}
	if len(groups) == 0 {
		f.Empty = t.get("empty.filter")
		return f
	}
	one := chartLine{Name: t.get("adherence.share")}
	lowest := 0
	for i, g := range groups {
		r := rate{g.Adherent, g.Counted}
		lower, upper := r.Wilson()
		name := t.name(g.NameZH, g.NameEN)
		if r.Known() { // a group that is hidden is in the table only
			f.Chart.Categories, f.Chart.Links = append(f.Chart.Categories, name), append(f.Chart.Links, link(g.Code))
			one.Values, one.Lower, one.Upper = append(one.Values, value(r.Value())), append(one.Lower, value(lower)), append(one.Upper, value(upper))
			one.Counts = append(one.Counts, formatInt(g.Adherent)+"/"+formatInt(g.Counted))
		}
		f.Table.compared(r.estimate(), name)
		f.Table.Rows = append(f.Table.Rows, []string{name, formatShare(r), formatInterval(r), formatInt(g.Adherent), formatInt(g.Counted), g.mean()})
		if first := (rate{groups[lowest].Adherent, groups[lowest].Counted}); r.Known() && (!first.Known() || r.Value() < first.Value()) {
			lowest = i
		}
	}
	f.Chart.Series = []chartLine{one}
	g := groups[lowest]
	r := rate{g.Adherent, g.Counted}
	f.Reading = t.get("adherence.groups.reading", t.name(g.NameZH, g.NameEN), formatRate(r), formatInterval(r))
	return f
}
