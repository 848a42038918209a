package pipelines

import (
	"time"

	"phdp/ingest"
)

// Window is the time in which events are believed. Its zero value is the default: from 1990-01-01 (files,
// which may hold the history of a lifetime: from 1900-01-01) until two days from now.
type Window struct {
	Oldest time.Time
	Newest time.Duration // after now; clocks of devices run ahead
}

// OrDefault fills in what is not set, for records of files or of a topic.
func (w Window) OrDefault(ofFiles bool) Window {
	if w.Oldest.IsZero() {
		w.Oldest = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)
		if ofFiles {
			w.Oldest = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)
		}
	}
	if w.Newest == 0 {
		w.Newest = 48 * time.Hour
	}
	return w
}

// Check returns a reject when any of a record's events is outside; the record is refused as a whole, so
// that it can be played again as a whole.
func (w Window) Check(events []*ingest.Event, now time.Time) *ingest.Reject {
	for _, e := range events {
		switch {
		case e.At.Before(w.Oldest):
			return &ingest.Reject{Reason: ingest.ReasonOutOfWindow, Field: "at", Detail: "older than the window allows"}
		case e.At.After(now.Add(w.Newest)):
			return &ingest.Reject{Reason: ingest.ReasonOutOfWindow, Field: "at", Detail: "later than the window allows"}
		}
	}
	return nil
}

// clamp moves a record's own time into the window: it is where its dead letter is filed, and producers
// may set it to anything.
func (w Window) clamp(at, now time.Time) time.Time {
	newest := now.Add(w.Newest)
	switch {
	case at.Before(w.Oldest):
		return w.Oldest
	case at.After(newest):
		return newest
	}
	return at
}
