package ingest

import (
	"slices"
	"strconv"
)

// wireActivity is an activity event in canonical JSON.
type wireActivity struct {
	wireEvent
	StaffID      string            `json:"staff_id"`
	Channel      string            `json:"channel"`
	Campaign     string            `json:"campaign"`
	Attributes   map[string]string `json:"attributes"`
	Measurements []wireMeasurement `json:"measurements"`
}

// wireMeasurement is one number.
type wireMeasurement struct {
	Kind    string   `json:"kind"`
	Value   *float64 `json:"value"`
	Unit    string   `json:"unit"`
	Context string   `json:"context"`
}

// attributeNames are the small facts that an activity may carry. Others are dropped here, so that a
// name or a telephone number that a source puts beside them goes no further.
var attributeNames = []string{
	"add_way", "alcohol", "allergy", "arm", "birth_year", "cause", "city_tier", "client_at", "content_id",
	"content_stage", "dose", "due_at", "experiment", "family_history", "granted", "group", "menopause", "module",
	"outcome", "points", "purpose", "reason", "receptor", "relation", "role", "seconds", "sex", "side",
	"smoking", "stage", "state", "tags", "task", "template", "week",
}

func decodeActivity(value []byte, kind string) (*Event, *Reject) {
	var wire wireActivity
	if reject := unmarshal(value, &wire); reject != nil {
		return nil, reject
	}
	if !isWord(kind) {
		return nil, &Reject{ReasonUnknownType, "type", "not a lower-case word after activity."}
	}
	event, reject := wire.event(kind)
	if reject == nil {
		reject = wire.check(kind)
	}
	if reject != nil {
		return nil, reject
	}
	event.Activity = wire.activity()
	return event, nil
}

func (w *wireActivity) check(kind string) *Reject {
	reject := first(
		optional("staff_id", w.StaffID), optional("channel", w.Channel), optional("campaign", w.Campaign),
		count("measurements", len(w.Measurements)))
	if reject != nil {
		return reject
	}
	if kind == "measurement" && len(w.Measurements) == 0 {
		return missing("measurements")
	}
	for i := range w.Measurements {
		if reject := w.Measurements[i].check(); reject != nil {
			return reject.in("measurements", i)
		}
	}
	return checkAttributes(w.Attributes)
}

func (w *wireMeasurement) check() *Reject {
	return first(word("kind", w.Kind), finite("value", w.Value),
		optional("unit", w.Unit), optional("context", w.Context))
}

// checkAttributes drops what is not kept or empty and checks the rest. Of several faults it reports the one whose
// name comes first, since a map has no order and the same record must always give the same reject.
func checkAttributes(attributes map[string]string) *Reject {
	var found *Reject
	for name, value := range attributes {
		if _, isKept := slices.BinarySearch(attributeNames, name); !isKept || value == "" {
			delete(attributes, name)
			continue
		}
		reject := checkAttribute(name, value)
		if reject != nil && (found == nil || reject.Field < found.Field) {
			found = reject
		}
	}
	return found.nested("attributes")
}

// checkAttribute holds the attributes that models count by to their values.
func checkAttribute(name, value string) *Reject {
	switch name {
	case "sex":
		return oneOf(name, value, "male", "female")
	case "city_tier":
		return oneOf(name, value, "1", "2", "3")
	case "granted":
		return oneOf(name, value, "true", "false")
	case "birth_year":
		year, err := strconv.Atoi(value)
		if err != nil || len(value) != 4 || year < 1900 || year > 2100 {
			return badValue(name, "not a year from 1900 to 2100")
		}
	}
	return optional(name, value)
}

func (w *wireActivity) activity() *Activity {
	activity := &Activity{StaffID: w.StaffID, Channel: w.Channel, Campaign: w.Campaign, Attributes: w.Attributes}
	if len(w.Attributes) == 0 {
		activity.Attributes = nil
	}
	for _, m := range w.Measurements {
		activity.Measurements = append(activity.Measurements,
			Measurement{Kind: m.Kind, Value: *m.Value, Unit: m.Unit, Context: m.Context})
	}
	return activity
}
