package generate

import (
	"slices"

	"phdp/pipelines/lines"
)

// addJourney walks the funnel of the line: a step counts when all earlier ones were reached, on its own
// first day that is not before theirs.
func (t *Truth) addJourney(l *life) {
	previous, before := 0, ""
	firstFill := noDay
	for _, step := range l.g.lines[l.p.line].Funnel.Steps {
		if step.Event == before {
			previous++ // a second fill needs a later day than the first
		}
		day := l.reached(step, previous, firstFill)
		if day == noDay {
			return
		}
		if step.Event == "fill" && step.Nth == 1 {
			firstFill = day
		}
		previous, before = day, step.Event
		t.Journey = append(t.Journey, Step{PersonNo: int(l.p.no), StepCode: step.Code, ReachedDate: Date(day)})
	}
}

// reached returns the day of a step on or after the day of the one before, or noDay.
func (l *life) reached(step lines.FunnelStep, previous, firstFill int) int {
	switch step.Event {
	case "fill":
		return l.nthFill(step.Nth, previous)
	case "covered_day":
		if firstFill == noDay {
			return noDay
		}
		return firstCovered(l.allSupply(), max(firstFill+step.AfterDays, previous), l.g.endDay)
	}
	first := noDay
	for i := range l.events {
		e := &l.events[i]
		if e.fault == sound && kindNames[e.kind] == step.Event && dayOf(e.at) >= previous {
			first = min(first, dayOf(e.at))
		}
	}
	return first
}

// nthFill is the first day from previous on that is at least the nth day with a fill that was not undone.
func (l *life) nthFill(nth, previous int) int {
	var days []int
	for _, f := range l.truth.fills {
		if !f.undone && !slices.Contains(days, f.day) {
			days = append(days, f.day)
		}
	}
	slices.Sort(days)
	for i, day := range days {
		if i+1 >= nth && day >= previous {
			return day
		}
	}
	return noDay
}

// allSupply is the whole supply of the person by drug.
func (l *life) allSupply() []supplied {
	var supply []supplied
	for _, f := range l.truth.fills {
		if !f.undone {
			supply = append(supply, supplied{drug: l.g.products[f.product].drug, day: f.day, days: f.days})
		}
	}
	return supply
}
