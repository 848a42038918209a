package generate

import (
	"iter"
	"slices"
	"time"

	"phdp/ingest"
)

// Record is one value for a topic. Records that arrive later may have happened earlier.
type Record struct {
	Stream ingest.Stream
	Key    []byte    // the patient's identifier in the source
	Value  []byte    // canonical JSON, or bytes that are broken on purpose
	At     time.Time // arrival, in the order of Records
}

// Records yields the records of all patients in order of arrival. The slices are the caller's to keep.
// Each call lives the lives anew: first all of them, 48 bytes an event, then a sort, then each record is
// written out as it is asked for.
func (g *Generator) Records() iter.Seq[Record] {
	return func(yield func(Record) bool) {
		w := writer{g: g}
		var events []event
		w.people, events = g.population()
		slices.SortFunc(events, compare)
		for i := range events {
			if !yield(w.record(&events[i])) {
				return
			}
		}
	}
}

// population lives all the lives; person no n is at index n-1.
func (g *Generator) population() ([]person, []event) {
	people := make([]person, g.cfg.Patients)
	days := g.endDay - g.firstDay + 1
	events := make([]event, 0, g.cfg.Patients*days*135/365+1024)
	l := g.newLife()
	for i := range people {
		l.live(uint32(i + 1))
		people[i] = l.p
		events = append(events, l.events...)
	}
	return people, events
}

// Stats counts what Records yields.
type Stats struct {
	Persons  int
	Events   map[ingest.Stream]int // sound records without the repeats
	Records  map[ingest.Stream]int // all records
	Repeated int
	Late     int            // sound records that arrive a day or more after they happened
	Broken   map[string]int // by reason
}

// Stats lives the lives and counts, without writing anything out.
func (g *Generator) Stats() Stats {
	s := newStats()
	l := g.newLife()
	for no := 1; no <= g.cfg.Patients; no++ {
		l.live(uint32(no))
		s.add(l.events)
	}
	return s
}

func newStats() Stats {
	return Stats{Events: map[ingest.Stream]int{}, Records: map[ingest.Stream]int{}, Broken: map[string]int{}}
}

func (s *Stats) add(events []event) {
	s.Persons++
	var sounds, all [3]int
	for i := range events {
		e := &events[i]
		n := streamIndex(e.kind)
		all[n]++
		switch {
		case e.fault == sound:
			sounds[n]++
			if e.isLate() {
				s.Late++
			}
		case e.fault == repeated:
			s.Repeated++
		default:
			s.Broken[faultNames[e.fault]]++
		}
	}
	for i, stream := range streams {
		s.Events[stream] += sounds[i]
		s.Records[stream] += all[i]
	}
}

var streams = [3]ingest.Stream{ingest.Chats, ingest.Prescriptions, ingest.Activities}

func streamIndex(k kind) int {
	switch {
	case k <= chatRecall:
		return 0
	case k <= rxCancelled:
		return 1
	}
	return 2
}
