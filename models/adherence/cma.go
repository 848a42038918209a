package adherence

import "math"

// Measure is one of the continuous measures of medication availability, CMA1 to CMA9.
type Measure int

// The measures, numbered as by Dima and Dediu.
const (
	CMA1 Measure = 1 + iota
	CMA2
	CMA3
	CMA4
	CMA5
	CMA6
	CMA7
	CMA8
	CMA9
)

// Engine computes measures of one patient after the other; it keeps memory between patients, so every
// goroutine has its own.
type Engine struct {
	Windows Windows
	Carry   Carry
	scratch []use
}

// CMA returns a measure of a patient, NaN when it has no value. Events are sorted by day. False when the
// observation window leaves the follow-up window.
func (e *Engine) CMA(m Measure, events []Event) (float64, bool) {
	followUp, observation, ok := e.Windows.of(events[0].Day)
	if !ok {
		return math.NaN(), false
	}
	return e.measure(m, within(events, followUp), followUp.End, observation), true
}

// measure computes a measure from the events of the follow-up window, which ends on end.
func (e *Engine) measure(m Measure, followed []Event, end Day, observation Span) float64 {
	inside := within(followed, observation)
	switch m {
	case CMA1, CMA3:
		return capped(m == CMA3, supplyBetween(inside))
	case CMA2, CMA4:
		return capped(m == CMA4, supplyToEnd(inside, observation.End))
	case CMA5:
		return e.useBetween(inside, observation.End)
	case CMA6:
		return e.useToEnd(inside, observation.End)
	case CMA7, CMA8:
		return e.available(m, followed, observation)
	case CMA9:
		return e.spread(followed, end, observation)
	}
	return math.NaN()
}

// capped leaves NaN as it is.
func capped(is bool, value float64) float64 {
	if is && value > 1 {
		return 1
	}
	return value
}

func supplyBetween(events []Event) float64 {
	if len(events) < 2 {
		return math.NaN()
	}
	last := len(events) - 1
	return ratio(sumSupply(events[:last]), events[last].Day-events[0].Day)
}

func supplyToEnd(events []Event, end Day) float64 {
	if len(events) == 0 {
		return math.NaN()
	}
	return ratio(sumSupply(events), end-events[0].Day)
}

func (e *Engine) useBetween(events []Event, end Day) float64 {
	if len(events) < 2 {
		return math.NaN()
	}
	last := len(events) - 1
	e.scratch = e.Carry.uses(events, end, e.scratch[:0])
	return ratio(sumUse(e.scratch[:last]), events[last].Day-events[0].Day)
}

func (e *Engine) useToEnd(events []Event, end Day) float64 {
	if len(events) == 0 {
		return math.NaN()
	}
	e.scratch = e.Carry.uses(events, end, e.scratch[:0])
	return ratio(sumUse(e.scratch), end-events[0].Day)
}

// available is the share of days that are not in a gap, CMA7 in the whole observation window and CMA8 from
// the day that the earlier supply ends. Gaps lie at the end of the interval of their event; the days
// before the first event ever are a gap too.
func (e *Engine) available(m Measure, followed []Event, observation Span) float64 {
	for len(followed) > 0 && followed[len(followed)-1].Day > observation.End {
		followed = followed[:len(followed)-1]
	}
	if len(followed) == 0 || observation.Length() == 0 {
		return math.NaN()
	}
	e.scratch = e.Carry.uses(followed, observation.End, e.scratch[:0])
	start, end := float64(observation.Start), float64(observation.End)
	if m == CMA8 {
		start = max(start, supplyEndBefore(e.scratch, observation.Start))
		if start >= end {
			return 1
		}
	}
	missing := max(0, float64(followed[0].Day)-start)
	for _, u := range e.scratch {
		next := float64(u.start) + u.interval
		missing += max(0, next-max(next-u.gap, start))
	}
	return (end - start - missing) / (end - start)
}

// supplyEndBefore is the day on which the supply of the last event before a day ends.
func supplyEndBefore(uses []use, day Day) float64 {
	end := math.Inf(-1)
	for _, u := range uses {
		if u.start >= day {
			break
		}
		end = float64(u.start) + u.supply + u.carried
	}
	return end
}

// spread is CMA9: the used share of every interval, averaged over the days of the observation window.
func (e *Engine) spread(followed []Event, end Day, observation Span) float64 {
	if len(followed) == 0 || followed[0].Day > observation.End || observation.Length() == 0 {
		return math.NaN()
	}
	e.scratch = e.Carry.uses(followed, end, e.scratch[:0])
	sum := 0.0
	for _, u := range e.scratch {
		from := max(float64(u.start), float64(observation.Start))
		to := min(float64(u.start)+u.interval, float64(observation.End))
		if to > from {
			sum += (1 - u.gap/u.interval) * (to - from)
		}
	}
	return sum / float64(observation.Length())
}

func sumSupply(events []Event) float64 {
	sum := 0.0
	for _, e := range events {
		sum += e.Supply
	}
	return sum
}

func sumUse(uses []use) float64 {
	sum := 0.0
	for _, u := range uses {
		sum += u.interval - u.gap
	}
	return sum
}

// ratio is missing over no days.
func ratio(days float64, of Day) float64 {
	if of <= 0 {
		return math.NaN()
	}
	return days / float64(of)
}
