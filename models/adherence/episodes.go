package adherence

import (
	"fmt"
	"math"
)

// GapUnit is the unit of a permissible gap.
type GapUnit string

// The units of a permissible gap: percent is of the supply before the gap, a month is 30 days and a year 365.
const (
	GapDays    GapUnit = "days"
	GapPercent GapUnit = "percent"
	GapMonths  GapUnit = "months"
	GapYears   GapUnit = "years"
)

// EpisodeSettings say when one treatment episode ends and the next begins.
type EpisodeSettings struct {
	Gap          float64 // permissible gap
	Unit         GapUnit
	CarryOver    bool // supply that is left moves to the next event
	OnDrugChange bool // another drug opens an episode
	OnDoseChange bool // another daily dose opens an episode
	AppendGap    bool // an episode that a gap ended is longer by the permissible gap
}

// Check says what is wrong with the settings.
func (s EpisodeSettings) Check() error {
	switch s.Unit {
	case GapDays, GapPercent, GapMonths, GapYears:
	default:
		return fmt.Errorf("the gap unit is not one of days, percent, months, years")
	}
	if s.Gap < 0 || math.IsNaN(s.Gap) || s.Gap > 1e6 {
		return fmt.Errorf("the permissible gap is not a number from 0 to 1,000,000")
	}
	return nil
}

// permissible is the permissible gap in days behind an event.
func (s EpisodeSettings) permissible(supply float64) float64 {
	switch s.Unit {
	case GapPercent:
		return s.Gap / 100 * supply
	case GapMonths:
		return s.Gap * 30
	case GapYears:
		return s.Gap * 365
	}
	return s.Gap
}

// Episode is a stretch of treatment that no gap beyond the permissible one interrupts.
type Episode struct {
	Start    Day
	Duration float64 // days to the end of the supply
	EndGap   float64 // days without medicine after its last event
}

// End is the day on which the episode ends.
func (e Episode) End() Day { return e.Start + Day(math.Floor(e.Duration)) }

// Episodes cuts the follow-up window of a patient into treatment episodes. An episode ends when the gap is
// longer than the permissible one; the last one also when it is as long, and else at the end of the window.
func (e *Engine) Episodes(s EpisodeSettings, events []Event) []Episode {
	followUp, _, _ := e.Windows.of(events[0].Day)
	events = within(events, followUp)
	if s.CarryOver {
		e.scratch = e.Carry.uses(events, followUp.End, e.scratch[:0])
	} else {
		e.scratch = apart(events, followUp.End, e.scratch[:0])
	}
	var episodes []Episode
	first := 0
	for i, u := range e.scratch {
		last := i == len(e.scratch)-1
		limit := s.permissible(events[i].Supply)
		isCut := u.gap > limit || last && u.gap >= limit
		if !isCut && !last && !s.changes(events[i], events[i+1]) {
			continue
		}
		episode := Episode{Start: events[first].Day, EndGap: u.gap}
		episode.Duration = float64(u.start-episode.Start) + u.interval
		if isCut || !last {
			episode.Duration -= u.gap
		}
		if isCut && s.AppendGap {
			episode.Duration += limit
		}
		episodes = append(episodes, episode)
		first = i + 1
	}
	return episodes
}

// changes says whether the next event opens an episode whatever the gap.
func (s EpisodeSettings) changes(from, to Event) bool {
	return s.OnDrugChange && from.Drug != to.Drug || s.OnDoseChange && from.Dose != to.Dose
}

// WindowValue is a measure in one window of a patient.
type WindowValue struct {
	Window
	Value float64 // NaN when there is none
}

// Window is a numbered stretch of days.
type Window struct {
	Number int
	Span
}

// PerEpisode computes a measure in the part of every treatment episode that lies in the observation window.
// Each episode is a follow-up and observation window of its own, so nothing is carried into it.
func (e *Engine) PerEpisode(m Measure, s EpisodeSettings, events []Event) []WindowValue {
	_, observation, ok := e.Windows.of(events[0].Day)
	if !ok {
		return nil
	}
	var values []WindowValue
	for i, episode := range e.Episodes(s, events) {
		span := Span{max(episode.Start, observation.Start), min(episode.End(), observation.End)}
		if span.End <= span.Start {
			continue
		}
		value := e.measure(m, within(events, span), span.End, span)
		values = append(values, WindowValue{Window{i + 1, span}, value})
	}
	return values
}
