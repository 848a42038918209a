package dashboards

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// journeyComparisons are what the funnel can be compared with. The page has no period, so there is no earlier one.
var journeyComparisons = []string{"line", "segment"}

// otherStep is the same step of the line that the funnel is compared with. The differences are those of the two shares,
// in percentage points with their interval.
type otherStep struct {
	Label                   string
	People                  int64
	Start, Previous         rate
	StartLess, PreviousLess string
}

// X is where the share of those who entered stands on the bar of the step.
func (x otherStep) X() string { return formatDecimal(100*x.Start.Value(), 2) }

// compare sets the funnel of another line beside that of the page, step by step.
func (d *journeyData) compare(ctx context.Context, rq *request, t texts) error {
	kind, code, _ := strings.Cut(rq.state.Get("cmp"), ":")
	if kind == "" {
		return nil
	}
	if kind == "segment" {
		return d.compareSegment(ctx, rq, code, t)
	}
	funnels, err := readFunnels(ctx, rq, code)
	if err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	other, label := funnels[""], rq.wh.lineName(code, t)
	c := comparison{Kind: kind, Code: code, Label: label, row: label}
	d.Note = t.get("compare.note", label)
	if rq.state.Get("line") == "" {
		d.Note += t.get("compare.part")
	}
	d.compareSteps(other, label, t)
	d.compareLines(other, c, t)
	return nil
}

// compareSegment sets the funnels of another segment beside those of the page.
func (d *journeyData) compareSegment(ctx context.Context, rq *request, label string, t texts) error {
	there := *rq
	there.wh = rq.beside
	funnels, err := readFunnels(ctx, &there, rq.state.Get("line"))
	if err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	d.Note = rq.besideNote(t)
	d.compareSteps(funnels[""], label, t)
	if beside := conversionFigure(&there, funnels, t); d.Lines.Empty == "" {
		d.Lines.compare(&beside, comparison{Kind: "segment", Code: label, Label: label}, t)
	}
	return nil
}

// compareSteps gives each step of the funnel the same step of another, and says where they differ most.
func (d *journeyData) compareSteps(other []funnelStep, label string, t texts) {
	largest, reading := 0.0, ""
	for i := range d.Funnel {
		x := &d.Funnel[i]
		at := slices.IndexFunc(other, func(y funnelStep) bool { return y.Code == x.Code })
		if at < 0 {
			continue
		}
		y := other[at]
		x.Other = &otherStep{Label: label, People: y.People, Start: y.Start, Previous: y.Previous}
		if x.First || y.First {
			continue
		}
		x.Other.StartLess = pointsLess(x.Start.estimate(), y.Start.estimate(), t)
		x.Other.PreviousLess = pointsLess(x.Previous.estimate(), y.Previous.estimate(), t)
		points, interval := x.Previous.estimate().less(y.Previous.estimate())
		if gap := max(x.Previous.Value()-y.Previous.Value(), y.Previous.Value()-x.Previous.Value()); points != "–" && gap > largest {
			largest, reading = gap, t.get("journey.cmp.reading", label, t.word("step", x.Code), points, interval)
		}
	}
	d.Reading += reading
}

// pointsLess writes how much more one share is than another, with the interval; nothing when one of them is unknown.
func pointsLess(a, b estimate, t texts) string {
	points, interval := a.less(b)
	if points == "–" {
		return ""
	}
	return strings.TrimSuffix(t.get("compare.points", points)+" "+interval, " –")
}

// compareLines sets every step of each line beside the same step of the other line, and draws the other line.
func (d *journeyData) compareLines(other []funnelStep, c comparison, t texts) {
	f := &d.Lines
	if f.Empty != "" || len(other) == 0 {
		return
	}
	line := chartLine{Name: c.Label, Values: make([]*float64, len(f.Chart.Categories)), Counts: make([]string, len(f.Chart.Categories))}
	beside := figure{}
	for _, one := range f.Chart.Series {
		for _, x := range other {
			beside.Table.compared(x.Start.estimate(), one.Name, t.word("step", x.Code))
		}
	}
	for i, x := range other {
		if i < len(line.Values) {
			line.point(i, x)
		}
	}
	drawn := slices.ContainsFunc(f.Chart.Series, func(one chartLine) bool { return one.Name == c.Label })
	f.compare(&beside, c, t)
	if !drawn {
		f.Chart.Series = append(f.Chart.Series, line)
	}
}
