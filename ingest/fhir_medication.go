package ingest

import (
	"encoding/json"
	"strings"
	"time"
)

// fhirMedication is a MedicationRequest or a MedicationDispense of R4. Medication is where R5 has the
// drug; notes, texts and practitioners are not read.
type fhirMedication struct {
	fhirHead
	Status     scalar          `json:"status"`
	Intent     scalar          `json:"intent"`
	Medication json.RawMessage `json:"medication"`
	Concept    fhirConcept     `json:"medicationCodeableConcept"`
	MedRef     fhirReference   `json:"medicationReference"`
	Subject    fhirReference   `json:"subject"`
	Meta       struct {
		VersionID   scalar `json:"versionId"`
		LastUpdated scalar `json:"lastUpdated"`
	} `json:"meta"`
	Contained []struct {
		ResourceType scalar      `json:"resourceType"`
		ID           scalar      `json:"id"`
		Code         fhirConcept `json:"code"`
	} `json:"contained"`
	ReasonCode      []fhirConcept   `json:"reasonCode"`
	AuthoredOn      scalar          `json:"authoredOn"`
	Authorizing     []fhirReference `json:"authorizingPrescription"`
	Quantity        fhirQuantity    `json:"quantity"`
	DaysSupply      fhirQuantity    `json:"daysSupply"`
	WhenPrepared    scalar          `json:"whenPrepared"`
	WhenHandedOver  scalar          `json:"whenHandedOver"`
	DispenseRequest struct {
		Quantity               fhirQuantity `json:"quantity"`
		ExpectedSupplyDuration fhirQuantity `json:"expectedSupplyDuration"`
	} `json:"dispenseRequest"`
}

// check looks at what both kinds need.
func (m *fhirMedication) check(kind string) *Reject {
	if reject := first(m.ID.required("id"), m.Status.required("status"), m.Intent.optional("intent"),
		m.Meta.VersionID.optional("meta.versionId"), m.Meta.LastUpdated.optional("meta.lastUpdated"),
		m.Subject.Reference.optional("subject.reference"), m.Subject.Identifier.Value.optional("subject.identifier.value"),
		count("reasonCode", len(m.ReasonCode)), count("authorizingPrescription", len(m.Authorizing))); reject != nil {
		return reject
	}
	if m.Subject.patient() == "" {
		return missing("subject.reference")
	}
	if kind == "MedicationRequest" {
		return m.Intent.required("intent")
	}
	return nil
}

// id names the event of a state of the resource: a resource that is sent again is the same event, another
// status or version is another.
func (m *fhirMedication) id() string {
	version := firstOf(m.Meta.VersionID, m.Meta.LastUpdated)
	return hashID("fhir", m.ResourceType, string(m.ID), string(m.Status), string(version))
}

func (m *fhirMedication) event(kind string, at time.Time) *Event {
	return &Event{
		ID: m.id(), Type: kind, At: at, Source: sourceFHIR,
		Patient: Identifier{Kind: KindHospital, Value: PatientID(m.Subject.patient())},
	}
}

// activity is the event of a state that neither gives nor takes medicine.
func (m *fhirMedication) activity(kind string, at time.Time) *Event {
	event := m.event(kind, at)
	event.Activity = &Activity{Channel: KindHospital}
	return event
}

// request makes the event of a MedicationRequest. Proposals and plans are no prescriptions.
func (m *fhirMedication) request(item Item) ([]*Event, *Reject) {
	at, reject := m.AuthoredOn.platformTime("authoredOn")
	if reject != nil {
		return nil, reject
	}
	kind := Prescribed
	switch m.Status {
	case "active", "on-hold", "completed":
	case "cancelled", "stopped", "entered-in-error":
		kind = Cancelled
	case "draft", "unknown":
		return []*Event{m.activity("prescription_"+string(m.Status), at)}, nil
	default:
		return nil, badValue("status", "none of the values that it may have")
	}
	switch m.Intent {
	case "order", "original-order", "reflex-order", "filler-order", "instance-order":
	case "proposal", "plan", "option":
		return []*Event{m.activity("prescription_"+string(m.Intent), at)}, nil
	default:
		return nil, badValue("intent", "none of the values that it may have")
	}
	event := m.event(kind, at)
	event.Prescription = &Prescription{RxID: string(m.ID), Channel: KindHospital, ICD10: m.diagnoses(), Items: []Item{item}}
	return []*Event{event}, nil
}

// dispense makes the events of a MedicationDispense: only a completed one gives medicine.
func (m *fhirMedication) dispense(item Item) ([]*Event, *Reject) {
	value, field := m.WhenHandedOver, "whenHandedOver"
	if value == "" && m.WhenPrepared != "" {
		value, field = m.WhenPrepared, "whenPrepared"
	}
	if value == "" && m.Status != "completed" {
		value, field = m.Meta.LastUpdated, "meta.lastUpdated"
	}
	at, reject := value.platformTime(field)
	if reject != nil {
		return nil, reject
	}
	kind := Dispensed
	switch m.Status {
	case "completed":
	case "cancelled", "stopped", "entered-in-error":
		kind = Cancelled
	case "preparation", "in-progress", "on-hold", "declined", "unknown":
		return []*Event{m.activity("dispense_"+codeWord(string(m.Status)), at)}, nil
	default:
		return nil, badValue("status", "none of the values that it may have")
	}
	rx := ""
	if len(m.Authorizing) > 0 {
		if reject := m.Authorizing[0].Reference.optional("authorizingPrescription[0].reference"); reject != nil {
			return nil, reject
		}
		rx = m.Authorizing[0].last()
	}
	event := m.event(kind, at)
	event.Prescription = &Prescription{OrderID: string(m.ID), RxID: rx, Channel: KindHospital, Items: []Item{item}}
	events := []*Event{event}
	if kind == Dispensed && field == "whenPrepared" {
		flag := m.activity("dispense_date_prepared", at)
		flag.ID += "-flag"
		events = append(events, flag)
	}
	return events, nil
}

// diagnoses are the codes of ICD-10 among the reasons.
func (m *fhirMedication) diagnoses() []string {
	var codes []string
	for _, reason := range m.ReasonCode {
		for _, coding := range reason.Coding {
			if strings.Contains(strings.ToLower(string(coding.System)), "icd-10") && coding.Code.required("") == nil {
				codes = append(codes, string(coding.Code))
			}
		}
	}
	return codes
}

// item makes the drug line. A quantity in tablets is no number of packs: it counts as one pack, which is
// right where the days of supply are there, and a dispense in tablets without them is refused.
func (m *fhirMedication) item(medications fhirMedications) (Item, *Reject) {
	quantity, days, field, daysField := m.Quantity, m.DaysSupply, "quantity", "daysSupply"
	if m.ResourceType == "MedicationRequest" {
		quantity, days = m.DispenseRequest.Quantity, m.DispenseRequest.ExpectedSupplyDuration
		field, daysField = "dispenseRequest.quantity", "dispenseRequest.expectedSupplyDuration"
	}
	item, reject := m.drug(medications)
	if reject != nil {
		return item, reject
	}
	number, badNumber := quantity.Value.number(field+".value", maxQuantity)
	supply, badDays := days.days(daysField)
	if reject := first(badNumber, badDays, quantity.Unit.optional(field+".unit")); reject != nil {
		return item, reject
	}
	item.ClaimID, item.Quantity, item.DaysSupply = hashID("fhir claim", m.ResourceType, string(m.ID)), 1, supply
	switch {
	case number != nil && isPack(quantity.Unit):
		item.Quantity = *number
	case supply == nil && m.ResourceType == "MedicationDispense" && m.Status == "completed":
		return item, &Reject{ReasonMissingField, daysField, "required when the quantity is not in packs"}
	}
	return item, nil
}

// drug finds the code and the name: in the resource, in the medication that it refers to, or in the
// reference itself.
func (m *fhirMedication) drug(medications fhirMedications) (Item, *Reject) {
	concept, field := m.Concept, "medicationCodeableConcept"
	if len(concept.Coding) == 0 && concept.Text == "" && m.MedRef.Reference+m.MedRef.Display != "" {
		concept, field = m.referred(medications), "medicationReference"
	}
	var item Item
	for _, coding := range concept.Coding {
		if reject := first(coding.Code.optional("code"), coding.Display.optional("display")); reject != nil {
			return item, reject.nested(field + ".coding[0]")
		}
		if item.SKU == "" {
			item.SKU = string(coding.Code)
		}
		if item.Drug == "" {
			item.Drug = string(coding.Display)
		}
	}
	if item.Drug == "" {
		item.Drug = string(concept.Text)
	}
	if reject := concept.Text.optional(field + ".text"); reject != nil {
		return item, reject
	}
	if item.SKU == "" && item.Drug == "" {
		return item, missing(field)
	}
	return item, nil
}

// referred is the concept of the medication that is referred to.
func (m *fhirMedication) referred(medications fhirMedications) fhirConcept {
	id := m.MedRef.last()
	for _, inner := range m.Contained {
		if inner.ResourceType == "Medication" && string(inner.ID) == id {
			return inner.Code
		}
	}
	if concept, isThere := medications[id]; isThere {
		return concept
	}
	return fhirConcept{Text: firstOf(m.MedRef.Display, scalar(id))}
}

// days reads a duration in days, weeks or months of 30 days.
func (q *fhirQuantity) days(field string) (*float64, *Reject) {
	number, reject := q.Value.number(field+".value", maxDaysSupply)
	if reject != nil || number == nil {
		return nil, reject
	}
	switch firstOf(q.Code, q.Unit, "d") {
	case "d", "day", "days", "天", "日":
	case "wk", "week", "weeks", "周":
		*number *= 7
	case "mo", "month", "months", "月":
		*number *= 30
	default:
		return nil, badValue(field+".unit", "not days, weeks or months")
	}
	return number, above0(field+".value", number, maxDaysSupply)
}

// isPack says whether a quantity in this unit is a number of packs.
func isPack(unit scalar) bool {
	switch strings.ToLower(string(unit)) {
	case "盒", "瓶", "包", "袋装", "box", "boxes", "pack", "packs", "bottle", "bottles":
		return true
	}
	return false
}
