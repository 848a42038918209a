package dashboards

import (
	"context"
	"slices"
	"strings"
	"time"
)

// estimate is the value of a point; a percentage has its interval.
func (p kpiPoint) estimate(unit string) estimate {
	switch {
	case p.hidden() || p.Denominator <= 0:
		return estimate{Text: "–"}
	case unit == "percent":
		return rate{int64(p.Numerator), int64(p.Denominator)}.estimate()
	}
	return estimate{Value: number{Float64: p.value(), Valid: true}, Text: formatUnit(p.value(), unit)}
}

// otherKPI is what a card is compared with: another line of disease or segment, or for the last whole month the month or the year
// before. It is nothing when nothing is asked for.
func (rq *request) otherKPI(ctx context.Context, query string, spec kpiSpec, points []kpiPoint, t texts) (*otherValue, error) {
	kind, code, _ := strings.Cut(rq.state.Get("cmp"), ":")
	if kind == "" {
		return nil, nil
	}
	if kind == "line" || kind == "segment" {
		wh, line, label := rq.wh, code, rq.wh.lineName(code, t)
		if kind == "segment" {
			wh, line, label = rq.beside, rq.state.Get("line"), code
		}
		others, err := wh.points(ctx, query, line)
		if err != nil {
			return nil, err
		}
		there := pointOf(others, spec.code, "now").estimate(spec.unit)
		return &otherValue{Label: label, Value: there.Text, Difference: spec.difference(pointOf(points, spec.code, "now").estimate(spec.unit), there, t)}, nil
	}
	last := ""
	for _, p := range points {
		if p.Code == spec.code && p.Period != "now" {
			last = max(last, p.Period)
		}
	}
	month, err := time.Parse("2006-01", last)
	if err != nil { // there is no month yet
		return &otherValue{Label: t.get("cmp." + kind), Value: "–"}, nil
	}
	before := month.AddDate(0, map[string]int{"prev": -1, "yoy": -12}[kind], 0).Format("2006-01")
	here, there := pointOf(points, spec.code, last).estimate(spec.unit), pointOf(points, spec.code, before).estimate(spec.unit)
	return &otherValue{Label: before + " → " + last, Value: there.Text + " → " + here.Text, Difference: spec.difference(here, there, t)}, nil
}

// pointOf is the point of a card and period; without one it has no cases.
func pointOf(points []kpiPoint, code, period string) kpiPoint {
	at := slices.IndexFunc(points, func(p kpiPoint) bool { return p.Code == code && p.Period == period })
	if at < 0 {
		return kpiPoint{}
	}
	return points[at]
}

// difference writes how much more the card has, in its unit, with the interval of a difference of percentages.
func (k kpiSpec) difference(here, there estimate, t texts) string {
	if !here.Value.Valid || !there.Value.Valid {
		return ""
	}
	if k.unit == "percent" {
		points, interval := here.less(there)
		return strings.TrimSuffix(t.get("compare.points", points)+" "+interval, " –")
	}
	d := here.Value.Float64 - there.Value.Float64
	if text := formatUnit(d, k.unit); d <= 0 || strings.Trim(text, "-0.¥") == "" {
		return text
	}
	return "+" + formatUnit(d, k.unit)
}
