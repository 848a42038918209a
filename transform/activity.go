package transform

import (
	"encoding/json"

	"phdp/ingest"
)

// keptAttributes are the facts of an activity that are stored. Every other attribute is dropped, so that
// nothing personal gets into the lake by a new field of a source.
var keptAttributes = map[string]bool{
	"add_way": true, "state": true, "sex": true, "birth_year": true, "city_tier": true, "relation": true, "purpose": true,
	"granted": true, "outcome": true, "reason": true, "task": true, "module": true, "content_id": true, "content_stage": true,
	"seconds": true, "points": true, "stage": true, "cause": true, "side": true, "smoking": true, "alcohol": true,
	"family_history": true, "menopause": true, "receptor": true, "allergy": true, "dose": true, "week": true, "arm": true, "experiment": true,
	"group": true, "role": true, "due_at": true, "template": true, "tags": true, "client_at": true,
}

// appendActivity adds the activity and its measurements.
func (t *Transformer) appendActivity(rows *Rows, o *Origin, ev *ingest.Event) {
	a := ev.Activity
	rows.Activities = append(rows.Activities, ActivityRow{
		Origin:       *o,
		ActivityType: ev.Type,
		StaffID:      a.StaffID,
		Channel:      t.cleaner.clean(a.Channel),
		Campaign:     t.cleaner.clean(a.Campaign),
		Attributes:   t.attributes(a.Attributes),
	})
	for i, m := range a.Measurements {
		r := normalMeasurement(m)
		rows.Measurements = append(rows.Measurements, MeasurementRow{
			Origin:  *o,
			Ordinal: int32(i),
			Kind:    r.Kind,
			Value:   r.Value,
			Unit:    r.Unit,
			Context: r.Context,
			Via:     "activity",
		})
	}
}

// attributes returns the kept attributes as a JSON object with sorted keys, values cleaned and redacted.
func (t *Transformer) attributes(all map[string]string) string {
	kept := make(map[string]string, len(all))
	for name, value := range all {
		if keptAttributes[name] {
			kept[name], _ = t.cleanAndRedact(value)
		}
	}
	if len(kept) == 0 {
		return "{}"
	}
	out, err := json.Marshal(kept) // sorts the keys; a map of strings cannot fail
	if err != nil {
		return "{}"
	}
	return string(out)
}
