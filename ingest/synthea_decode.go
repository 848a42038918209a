package ingest

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Rules of the expansion of an order into fills (docs/formats/synthea.md).
const (
	day              = 24 * time.Hour
	openOrderStep    = 30 * day // between fills of an order without an end
	maxDispenses     = 10_000
	syntheaChannel   = "pharmacy"
	maxDrugNameBytes = 64
)

// DecodeSynthea reads one record of a Synthea source. A row of patients gives an activity profile, and an
// activity died where there is a DEATHDATE; a row of medications gives one dispensed prescription event
// per fill, up to the death of the patient and the newest date of the export.
func DecodeSynthea(rec *Record, emit func(*Event)) error {
	events, reject := decodeSynthea(rec.Value)
	if reject != nil {
		return reject
	}
	for _, event := range events {
		emit(event)
	}
	return nil
}

func decodeSynthea(value []byte) ([]*Event, *Reject) {
	if _, reject := inspect(value); reject != nil {
		return nil, reject
	}
	var wire syntheaRow
	if reject := unmarshal(value, &wire); reject != nil {
		return nil, reject
	}
	switch wire.Table {
	case tablePatients:
		return wire.patient()
	case tableMedications:
		return wire.fills()
	}
	return nil, oneOf("table", wire.Table)
}

// patient makes the events of a row of patients.
func (w *syntheaRow) patient() ([]*Event, *Reject) {
	if reject := required("row.Id", w.Row.ID); reject != nil {
		return nil, reject
	}
	at, reject := syntheaTime("first", w.First)
	if reject != nil {
		return nil, reject
	}
	attributes, reject := w.Row.profile()
	if reject != nil {
		return nil, reject
	}
	profile := syntheaEvent(w.Row.ID, hashID("synthea patient", w.Row.ID)+"-profile", "profile", at)
	profile.Activity = &Activity{Attributes: attributes}
	if w.Row.DeathDate == "" {
		return []*Event{profile}, nil
	}
	death, reject := syntheaTime("row.DEATHDATE", w.Row.DeathDate)
	if reject != nil {
		return nil, reject
	}
	died := syntheaEvent(w.Row.ID, hashID("synthea patient", w.Row.ID)+"-died", "died", death)
	died.Activity = &Activity{}
	return []*Event{profile, died}, nil
}

// profile reads sex and year of birth; either may be absent.
func (c *syntheaColumns) profile() (map[string]string, *Reject) {
	attributes := map[string]string{}
	switch c.Gender {
	case "M":
		attributes["sex"] = "male"
	case "F":
		attributes["sex"] = "female"
	case "":
	default:
		return nil, badValue("row.GENDER", "not M or F")
	}
	if c.BirthDate != "" {
		born, reject := syntheaTime("row.BIRTHDATE", c.BirthDate)
		if reject != nil {
			return nil, reject
		}
		attributes["birth_year"] = strconv.Itoa(born.Year())
	}
	return attributes, nil
}

// fills makes the events of a row of medications.
func (w *syntheaRow) fills() ([]*Event, *Reject) {
	plan, reject := w.plan()
	if reject != nil {
		return nil, reject
	}
	order := w.Row.orderID(w.Repeat)
	drug := drugName(w.Row.Description, w.Row.Code)
	var events []*Event
	for k := range plan.fills {
		at := plan.start.Add(time.Duration(k) * plan.step)
		if at.After(plan.end) {
			break
		}
		id := order + "-" + strconv.Itoa(k+1)
		daysSupply := plan.daysSupply
		event := syntheaEvent(w.Row.Patient, id, Dispensed, at)
		event.Prescription = &Prescription{
			OrderID: order, RxID: order, Channel: syntheaChannel,
			Items: []Item{{ClaimID: id, Drug: drug, Quantity: 1, DaysSupply: &daysSupply}},
		}
		events = append(events, event)
	}
	return events, nil
}

// fillPlan is when an order is filled: at most fills times, a step apart, from start, not after end.
type fillPlan struct {
	start, end time.Time
	fills      int
	step       time.Duration
	daysSupply float64
}

// plan reads the dates and the number of dispenses of an order.
func (w *syntheaRow) plan() (fillPlan, *Reject) {
	row := &w.Row
	start, badStart := syntheaTime("row.START", row.Start)
	reject := first(required("row.PATIENT", row.Patient), optional("row.ENCOUNTER", row.Encounter),
		optional("row.CODE", row.Code), required("row.DESCRIPTION", row.Description), badStart)
	if reject != nil {
		return fillPlan{}, reject
	}
	end, reject := w.end()
	if reject != nil {
		return fillPlan{}, reject
	}
	if start.After(end) {
		return fillPlan{}, &Reject{ReasonBadTime, "row.START", "after the death of the patient or the end of the export"}
	}
	fills, err := strconv.Atoi(row.Dispenses)
	if err != nil || fills < 1 || fills > maxDispenses {
		return fillPlan{}, badValue("row.DISPENSES", "not a whole number from 1 to 10000")
	}
	plan := fillPlan{start: start, end: end, fills: fills, step: openOrderStep, daysSupply: openOrderStep.Hours() / 24}
	if row.Stop == "" {
		return plan, nil
	}
	return plan.spread(row.Stop)
}

// spread divides the time of an order with an end evenly among its fills. Where that would be less than
// a day each, there are as many fills as days, and at least one.
func (p fillPlan) spread(stop string) (fillPlan, *Reject) {
	stopped, reject := syntheaTime("row.STOP", stop)
	if reject != nil {
		return p, reject
	}
	span := stopped.Sub(p.start)
	if span < 0 {
		return p, &Reject{ReasonBadTime, "row.STOP", "before START"}
	}
	p.fills = min(p.fills, max(1, int(span/day)))
	p.step = max(day, span/time.Duration(p.fills))
	p.daysSupply = math.Round(p.step.Hours() / 24)
	return p, nil
}

// end is the last moment at which the patient can have fetched anything: the newest time of the export,
// or the end of the day of death.
func (w *syntheaRow) end() (time.Time, *Reject) {
	end, reject := syntheaTime("newest", w.Newest)
	if reject != nil || w.Death == "" {
		return end, reject
	}
	death, reject := syntheaTime("death", w.Death)
	if reject != nil {
		return end, reject
	}
	if dayEnd := death.Truncate(day).Add(day - 1); dayEnd.Before(end) {
		return dayEnd, nil
	}
	return end, nil
}

func syntheaEvent(patient, id, kind string, at time.Time) *Event {
	return &Event{
		ID: id, Type: kind, At: at, Source: sourceSynthea,
		Patient: Identifier{Kind: KindSynthea, Value: PatientID(patient)},
	}
}

// syntheaTime reads RFC 3339 or a day; both occur, by table and by version of Synthea.
func syntheaTime(field, value string) (time.Time, *Reject) {
	if len(value) == len(time.DateOnly) {
		value += "T00:00:00Z"
	}
	return instant(field, value)
}

// drugName makes a stable name from the description of a clinical drug in RxNorm: the ingredients, in
// lower case, joined by "_", without strengths, forms and brands. "Amoxicillin 250 MG / Clavulanate 125
// MG Oral Tablet" is amoxicillin_clavulanate. Where no name is left, it is rxnorm_ and the code.
func drugName(description, code string) string {
	if bracket := strings.IndexByte(description, '['); bracket > 0 {
		description = description[:bracket]
	}
	var words []string
	for _, part := range strings.Split(strings.ToLower(description), " / ") {
		words = append(words, ingredient(strings.Fields(part))...)
	}
	name := strings.Join(words, "_")
	if name == "" {
		name = "rxnorm_" + plainWord(code)
	}
	return name[:min(len(name), maxDrugNameBytes)]
}

// ingredient returns the words between the amount that may stand in front and the strength that follows.
func ingredient(fields []string) []string {
	var words []string
	for i, field := range fields {
		isAmount := field[0] >= '0' && field[0] <= '9'
		switch {
		case isAmount && len(words) > 0:
			return words
		case isAmount, strings.HasPrefix(field, "nda0"):
		case i > 0 && len(words) == 0 && isPackUnit(field):
		default:
			if word := plainWord(field); word != "" {
				words = append(words, word)
			}
		}
	}
	return words
}

func isPackUnit(field string) bool {
	switch field {
	case "ml", "mg", "hr", "actuat", "unt", "mcg", "day":
		return true
	}
	return false
}

// plainWord keeps the ASCII letters and digits of a word in lower case.
func plainWord(field string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(field))
}
