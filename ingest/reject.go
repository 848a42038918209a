package ingest

import "strconv"

// Reasons of a Reject; they are also the values of the reason column of the dead letters.
const (
	ReasonBadJSON      = "bad_json"      // not JSON, a repeated name, nested too deep, or a value of another JSON type
	ReasonBadEncoding  = "bad_encoding"  // not UTF-8
	ReasonTombstone    = "tombstone"     // a record without a value
	ReasonTooLarge     = "too_large"     // a value, a text or a list above its limit
	ReasonWrongVersion = "wrong_version" // "v" is there and not a version that this decoder reads
	ReasonUnknownType  = "unknown_type"  // the event type is of no stream or no known type of its stream
	ReasonMissingField = "missing_field" // a required field is absent, null or empty
	ReasonBadTime      = "bad_time"      // not RFC 3339 with an offset, or outside 1900 to 2100
	ReasonBadValue     = "bad_value"     // a field with a value that it may not have
	ReasonFHIRR5       = "fhir_r5"       // a FHIR resource in the shape of R5
	ReasonNoPatient    = "no_patient"    // well formed, but about no one patient: a talk between staff
	ReasonOutOfWindow  = "out_of_window" // a time so far away that it must be wrong; found by the stream, not by a decoder
)

// Reasons returns all reasons of decoders, for counters that should show a zero.
func Reasons() []string {
	return []string{
		ReasonBadJSON, ReasonBadEncoding, ReasonTombstone, ReasonTooLarge, ReasonWrongVersion,
		ReasonUnknownType, ReasonMissingField, ReasonBadTime, ReasonBadValue, ReasonFHIRR5, ReasonNoPatient,
	}
}

// Reject says why a record could not become an event. Field is the JSON path of the field at fault
// ("items[0].sku"), "" for the record as a whole. Detail is a fixed sentence with at most a number of
// ours in it: neither ever holds a byte of the payload or an identifier.
type Reject struct {
	Reason string
	Field  string
	Detail string
}

// Error joins the parts into one line.
func (r *Reject) Error() string {
	text := "reject: " + r.Reason
	if r.Field != "" {
		text += " at " + r.Field
	}
	if r.Detail != "" {
		text += ": " + r.Detail
	}
	return text
}

// in puts the field of a reject under a parent: "sku" in "items" 0 becomes "items[0].sku".
func (r *Reject) in(parent string, index int) *Reject {
	r.Field = join(parent+"["+strconv.Itoa(index)+"]", r.Field)
	return r
}

// nested puts the field of a reject, if it is one, under a parent object: "id" becomes "patient.id".
func (r *Reject) nested(parent string) *Reject {
	if r == nil {
		return nil
	}
	r.Field = join(parent, r.Field)
	return r
}

func join(parent, field string) string {
	if parent == "" || field == "" {
		return parent + field
	}
	return parent + "." + field
}

func missing(field string) *Reject {
	return &Reject{ReasonMissingField, field, "required"}
}

func badValue(field, detail string) *Reject {
	return &Reject{ReasonBadValue, field, detail}
}

func tooLarge(field, unit string, limit int) *Reject {
	return &Reject{ReasonTooLarge, field, "more than " + strconv.Itoa(limit) + " " + unit}
}
