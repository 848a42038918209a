package adherence

import (
	"math"
	"slices"
)

// Subject is a follow-up time and whether it ended with the event (else it was censored).
type Subject struct {
	Time  float64
	Event bool
}

// Confidence is the scale on which an interval of a survival curve is symmetric.
type Confidence string

// The kinds of intervals, all with 95 % pointwise coverage.
const (
	Log    Confidence = "log"
	Plain  Confidence = "plain"
	LogLog Confidence = "log-log"
)

// Step is a point of a survival curve: what happened at a time and the curve just after it.
type Step struct {
	Time         float64
	AtRisk       int
	Events       int
	Censored     int
	Survival     float64
	StdErr       float64 // Greenwood's, NaN when the curve is at 0
	Lower, Upper float64 // 95 % interval, NaN where it is not defined
}

// Curve is the Kaplan-Meier estimate at every time at which something happened.
type Curve struct {
	Steps            []Step
	Subjects, Events int
}

const z95 = 1.959963984540054

// KaplanMeier estimates a survival curve. Someone censored at the time of an event was at risk of it.
func KaplanMeier(subjects []Subject, kind Confidence) Curve {
	subjects = slices.Clone(subjects)
	slices.SortFunc(subjects, func(a, b Subject) int { return compareTime(a.Time, b.Time) })
	curve := Curve{Subjects: len(subjects)}
	survival, greenwood := 1.0, 0.0
	for i := 0; i < len(subjects); {
		s := Step{Time: subjects[i].Time, AtRisk: len(subjects) - i}
		for ; i < len(subjects) && subjects[i].Time == s.Time; i++ {
			if subjects[i].Event {
				s.Events++
			} else {
				s.Censored++
			}
		}
		curve.Events += s.Events
		n, d := float64(s.AtRisk), float64(s.Events)
		if s.Events > 0 {
			survival *= (n - d) / n
			greenwood += d / (n * (n - d))
		}
		s.Survival, s.StdErr = survival, survival*math.Sqrt(greenwood)
		s.Lower, s.Upper = interval(survival, math.Sqrt(greenwood), kind)
		curve.Steps = append(curve.Steps, s)
	}
	return curve
}

func compareTime(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// interval is the 95 % interval of survival s, where se is the standard error of log s.
func interval(s, se float64, kind Confidence) (lower, upper float64) {
	switch {
	case s == 0:
		return math.NaN(), math.NaN()
	case kind == Plain:
		return max(0, s-z95*se*s), min(1, s+z95*se*s)
	case kind == LogLog && s == 1:
		return math.NaN(), math.NaN()
	case kind == LogLog:
		width := z95 * se / math.Log(s)
		middle := math.Log(-math.Log(s))
		return math.Exp(-math.Exp(middle - width)), math.Exp(-math.Exp(middle + width))
	}
	return math.Exp(math.Log(s) - z95*se), min(1, math.Exp(math.Log(s)+z95*se))
}

// Median is the time at which half have had the event, with its 95 % interval; NaN where a curve never
// gets there. Where a curve stays at exactly one half, the median is the middle of that stretch.
func (c Curve) Median() (median, lower, upper float64) {
	return c.half(func(s Step) float64 { return s.Survival }),
		c.half(func(s Step) float64 { return s.Lower }),
		c.half(func(s Step) float64 { return s.Upper })
}

func (c Curve) half(height func(Step) float64) float64 {
	const tolerance = 1.4901161193847656e-08 // square root of the rounding unit
	for i, s := range c.Steps {
		y := height(s)
		if !(y < 0.5+tolerance) {
			continue
		}
		if math.Abs(y-0.5) < tolerance {
			for _, later := range c.Steps[i+1:] {
				if height(later) < y {
					return (s.Time + later.Time) / 2
				}
			}
		}
		return s.Time
	}
	return math.NaN()
}

// RestrictedMean is the mean time without the event up to a horizon, the area under the curve. Behind its
// last time the curve goes on flat. NaN without subjects.
func (c Curve) RestrictedMean(horizon float64) float64 {
	if c.Subjects == 0 {
		return math.NaN()
	}
	area, before, survival := 0.0, 0.0, 1.0
	for _, s := range c.Steps {
		if s.Time >= horizon {
			break
		}
		area += survival * (s.Time - before)
		before, survival = s.Time, s.Survival
	}
	return area + survival*(horizon-before)
}
