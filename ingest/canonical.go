package ingest

import "strings"

// sourceCanonical and the other source names are what Event.Source holds.
const (
	sourceCanonical = "canonical"
	sourceWeCom     = "wecom"
	sourceDialogue  = "dialogue"
	sourceSynthea   = "synthea"
	sourceYouzan    = "youzan"
	sourceJD        = "jd"
	sourceTaobao    = "taobao"
	sourceAlihealth = "alihealth"
	sourceFHIR      = "fhir"
	sourceSegment   = "segment"
	sourceCSV       = "csv"
)

// wireIdentifier is an identifier of a person in canonical JSON.
type wireIdentifier struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

// wireEvent is what all canonical events have. Numbers are pointers or floats, so that 1 and 1.0 are the
// same and an absent number is seen.
type wireEvent struct {
	V       *float64         `json:"v"`
	EventID string           `json:"event_id"`
	Type    string           `json:"type"`
	At      string           `json:"at"`
	Patient wireIdentifier   `json:"patient"`
	Links   []wireIdentifier `json:"links"`
	Line    string           `json:"line"`
}

// DecodeCanonical reads one canonical event, version 1 (docs/formats/canonical.md). It emits one event.
func DecodeCanonical(rec *Record, emit func(*Event)) error {
	event, reject := decodeCanonical(rec.Value)
	if reject != nil {
		return reject
	}
	emit(event)
	return nil
}

func decodeCanonical(value []byte) (*Event, *Reject) {
	found, reject := inspect(value)
	if reject != nil {
		return nil, reject
	}
	stream, kind, _ := strings.Cut(string(found.eventType), ".")
	switch stream {
	case "chat":
		return decodeChat(value, kind)
	case "prescription":
		return decodePrescription(value, kind)
	case "activity":
		return decodeActivity(value, kind)
	}
	var wire wireEvent
	if reject := unmarshal(value, &wire); reject != nil {
		return nil, reject
	}
	return nil, first(wire.version(), required("type", wire.Type),
		&Reject{ReasonUnknownType, "type", "not chat, prescription or activity"})
}

// event checks the common fields and makes the event; kind is the part of the type after the stream.
func (w *wireEvent) event(kind string) (*Event, *Reject) {
	at, badAt := instant("at", w.At)
	links, badLinks := identifiers(w.Links)
	reject := first(w.version(), required("event_id", w.EventID), badAt, w.Patient.check().nested("patient"),
		badLinks, w.checkLine())
	if reject != nil {
		return nil, reject
	}
	return &Event{
		ID: w.EventID, Type: kind, At: at, Line: w.Line, Source: sourceCanonical,
		Patient: w.Patient.identifier(), Links: links,
	}, nil
}

func (w *wireEvent) version() *Reject {
	if w.V == nil {
		return missing("v")
	}
	if *w.V != 1 {
		return &Reject{ReasonWrongVersion, "v", "only version 1 is read"}
	}
	return nil
}

func (w *wireEvent) checkLine() *Reject {
	if w.Line == "" {
		return nil
	}
	return word("line", w.Line)
}

func (w *wireIdentifier) check() *Reject {
	return first(word("kind", w.Kind), required("id", w.ID))
}

func (w *wireIdentifier) identifier() Identifier {
	return Identifier{Kind: w.Kind, Value: PatientID(w.ID)}
}

// identifiers checks the links of an event.
func identifiers(wires []wireIdentifier) ([]Identifier, *Reject) {
	if len(wires) == 0 {
		return nil, nil
	}
	if reject := count("links", len(wires)); reject != nil {
		return nil, reject
	}
	all := make([]Identifier, len(wires))
	for i := range wires {
		if reject := wires[i].check(); reject != nil {
			return nil, reject.in("links", i)
		}
		all[i] = wires[i].identifier()
	}
	return all, nil
}
