package generate

import "phdp/ingest"

// fault says what is wrong with a record. Faults come after the life is lived, from draws of their own
// events, and never change it: a repeat is one more copy, a late record only arrives later, and a broken
// record is an extra one that copies the person and the time of a good one.
type fault uint8

const (
	sound fault = iota
	repeated
	badJSON
	missingPatient
	badTime
	unknownType
	missingEventID
	itemWithoutDrug
	badQuantity
	emptyText
	faults
)

var faultNames = [faults]string{"", "repeated", "bad_json", "missing_patient", "bad_time", "unknown_type",
	"missing_event_id", "item_without_drug", "bad_quantity", "empty_text"}

// settleFaults gives each event its arrival and adds the repeated and the broken records.
func (l *life) settleFaults() {
	closing := startOf(l.g.endDay + 1)
	for i := range len(l.events) {
		e := &l.events[i]
		e.arrive = min(e.at+int64(200+l.exp(4000)), closing-1)
		if room := closing - 1 - e.at; room > dayMS && l.chance(lateRate) {
			delay := dayMS + int64(l.rng.Float64()*9*dayMS)
			e.arrive = min(e.at+delay, closing-1)
		}
		if l.chance(repeatRate) {
			l.repeat(*e, closing)
		}
		if l.chance(brokenRate) {
			l.breakOne(l.events[i], closing)
		}
	}
}

// repeat sends a record again, minutes to two days later; at the very end of the window it follows at once.
func (l *life) repeat(e event, closing int64) {
	e.fault = repeated
	e.arrive = min(e.arrive+minuteMS+int64(l.rng.Float64()*2*dayMS), closing-1)
	l.events = append(l.events, e)
}

// breakOne adds a record that is wrong in one of the ways that its stream allows.
func (l *life) breakOne(e event, closing int64) {
	ways := []fault{badJSON, missingPatient, badTime, unknownType, missingEventID}
	switch e.kind.stream() {
	case ingest.Prescriptions:
		ways = append(ways, itemWithoutDrug, itemWithoutDrug, badQuantity)
	case ingest.Chats:
		ways = append(ways, emptyText)
	}
	e.fault = ways[l.rng.IntN(len(ways))]
	if e.fault == emptyText {
		e.kind = chatPatient
	}
	e.a, e.topic = brokenArguments(e)
	e.arrive = min(e.arrive+1, closing-1)
	e.seq = l.seq
	l.seq++
	l.events = append(l.events, e)
}

// brokenArguments keeps planted values out of broken records.
func brokenArguments(e event) (int32, uint16) {
	if e.kind.stream() == ingest.Chats {
		return 0, 0
	}
	return e.a, e.topic
}

// isLate tells whether a record arrives a day or more after it happened.
func (e *event) isLate() bool { return e.fault == sound && e.arrive-e.at >= dayMS }
