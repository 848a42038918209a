package adherence

import (
	"fmt"
	"slices"
)

// Span is a stretch of days. Events on both ends belong to it; its length in days is End - Start.
type Span struct{ Start, End Day }

// Length is the duration in days.
func (s Span) Length() int { return int(s.End - s.Start) }

// Windows say where the follow-up and the observation window of a patient lie: the first starts so long
// after the patient's first event, the second so long after the start of the first.
type Windows struct {
	FollowUpStart, FollowUpDuration       int
	FollowUpUnit                          Unit
	ObservationStart, ObservationDuration int
	ObservationUnit                       Unit
}

// Check says what is wrong with the windows for every patient.
func (w Windows) Check() error {
	units := []Unit{Days, Weeks, Months, Years}
	switch {
	case !slices.Contains(units, w.FollowUpUnit) || !slices.Contains(units, w.ObservationUnit):
		return fmt.Errorf("a window unit is not one of days, weeks, months, years")
	case w.FollowUpDuration <= 0 || w.ObservationDuration <= 0:
		return fmt.Errorf("a window has no days; its duration must be greater than 0")
	case w.FollowUpStart < 0 || w.ObservationStart < 0:
		return fmt.Errorf("a window starts before the first event; its start must be 0 or greater")
	case max(w.FollowUpStart, w.FollowUpDuration, w.ObservationStart, w.ObservationDuration) > 1_000_000:
		return fmt.Errorf("a window is longer than 1,000,000 units")
	case isFixed(w.FollowUpUnit) && isFixed(w.ObservationUnit):
		if _, _, ok := w.of(0); !ok {
			return fmt.Errorf("the observation window does not lie within the follow-up window; make the follow-up longer or the observation shorter")
		}
	}
	return nil
}

func isFixed(u Unit) bool { return u == Days || u == Weeks }

// of returns the windows of a patient; false when the observation window leaves the follow-up window.
func (w Windows) of(first Day) (followUp, observation Span, ok bool) {
	followUp.Start = first.Add(w.FollowUpStart, w.FollowUpUnit)
	followUp.End = followUp.Start.Add(w.FollowUpDuration, w.FollowUpUnit)
	observation.Start = followUp.Start.Add(w.ObservationStart, w.ObservationUnit)
	observation.End = observation.Start.Add(w.ObservationDuration, w.ObservationUnit)
	return followUp, observation, observation.End <= followUp.End
}

// within returns the events of a span.
func within(events []Event, s Span) []Event {
	from := 0
	for from < len(events) && events[from].Day < s.Start {
		from++
	}
	to := from
	for to < len(events) && events[to].Day <= s.End {
		to++
	}
	return events[from:to]
}
