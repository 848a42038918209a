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
func (g *Generator) Records() iter.Seq[Record] { return g.RecordsOf(0, 1) }

// RecordsOf is Records for every parts-th person, beginning with person part+1. All parts together have the records
// of all people, each part in order of arrival; they can be made at the same time.
func (g *Generator) RecordsOf(part, parts int) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		w := writer{g: g}
		var events []event
		w.people, events = g.population(part, parts)
		slices.SortFunc(events, compare)
		for i := range events {
			if !yield(w.record(&events[i])) {
				return
			}
		}
	}
}

// population lives the lives of a part of the people; person no n is at index n-1.
func (g *Generator) population(part, parts int) ([]person, []event) {
	people := make([]person, g.cfg.Patients)
	days := g.endDay - g.firstDay + 1
	each := g.cfg.ActiveShare*float64(days)*135/365 + 10*(1-g.cfg.ActiveShare)
	events := make([]event, 0, int(each*float64(g.cfg.Patients/parts))+1024)
	l := g.newLife()
	for i := part; i < len(people); i += parts {
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
