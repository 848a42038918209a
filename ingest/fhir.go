package ingest

import (
	"encoding/json"
	"strings"
)

// fhirHead is what all resources have.
type fhirHead struct {
	ResourceType string `json:"resourceType"`
	ID           scalar `json:"id"`
}

// fhirBundle is a list of resources.
type fhirBundle struct {
	Entry []struct {
		Resource json.RawMessage `json:"resource"`
	} `json:"entry"`
}

// fhirConcept is a CodeableConcept.
type fhirConcept struct {
	Coding []struct {
		System  scalar `json:"system"`
		Code    scalar `json:"code"`
		Display scalar `json:"display"`
	} `json:"coding"`
	Text scalar `json:"text"`
}

// fhirReference points to another resource.
type fhirReference struct {
	Reference  scalar `json:"reference"`
	Display    scalar `json:"display"`
	Identifier struct {
		Value scalar `json:"value"`
	} `json:"identifier"`
}

// fhirQuantity is a number with a unit.
type fhirQuantity struct {
	Value scalar `json:"value"`
	Unit  scalar `json:"unit"`
	Code  scalar `json:"code"`
}

// fhirMedications are the Medication resources of a bundle or in another resource, by id.
type fhirMedications map[string]fhirConcept

// DecodeFHIR reads one FHIR R4 resource: a MedicationRequest, a MedicationDispense, or a Bundle with them
// (docs/formats/fhir.md). Other resources of a bundle are passed over. R5 is refused, with reason fhir_r5.
func DecodeFHIR(rec *Record, emit func(*Event)) error {
	events, reject := decodeFHIR(rec.Value)
	if reject != nil {
		return reject
	}
	for _, event := range events {
		emit(event)
	}
	return nil
}

func decodeFHIR(value []byte) ([]*Event, *Reject) {
	if _, reject := inspect(value); reject != nil {
		return nil, reject
	}
	var head fhirHead
	if reject := unmarshal(value, &head); reject != nil {
		return nil, reject
	}
	if reject := required("resourceType", head.ResourceType); reject != nil {
		return nil, reject
	}
	if head.ResourceType == "Bundle" {
		return bundleEvents(value)
	}
	return resourceEvents(head.ResourceType, value, nil)
}

// bundleEvents makes the events of a bundle. It stands or falls as a whole; one without any medication
// is refused, so that it is not lost without a word.
func bundleEvents(value []byte) ([]*Event, *Reject) {
	var bundle fhirBundle
	if reject := unmarshal(value, &bundle); reject != nil {
		return nil, reject
	}
	if reject := count("entry", len(bundle.Entry)); reject != nil {
		return nil, reject
	}
	medications := fhirMedications{}
	kinds := make([]string, len(bundle.Entry))
	for i, entry := range bundle.Entry {
		var head fhirHead
		if len(entry.Resource) == 0 || string(entry.Resource) == "null" {
			continue // an answer to a deletion has no resource
		}
		if reject := readResource(entry.Resource, &head, medications); reject != nil {
			return nil, reject.nested("resource").in("entry", i)
		}
		kinds[i] = head.ResourceType
	}
	var events []*Event
	ids := map[string]bool{}
	for i, entry := range bundle.Entry {
		if kinds[i] != "MedicationRequest" && kinds[i] != "MedicationDispense" {
			continue
		}
		made, reject := resourceEvents(kinds[i], entry.Resource, medications)
		if reject != nil {
			return nil, reject.nested("resource").in("entry", i)
		}
		for _, event := range made {
			if !ids[event.ID] {
				ids[event.ID] = true
				events = append(events, event)
			}
		}
	}
	if len(events) == 0 {
		return nil, &Reject{ReasonUnknownType, "entry", "no MedicationRequest or MedicationDispense"}
	}
	return events, nil
}

// readResource reads the head of a resource, and keeps it when it is a Medication.
func readResource(value []byte, head *fhirHead, medications fhirMedications) *Reject {
	if reject := checkValue(value); reject != nil {
		return reject
	}
	if reject := unmarshal(value, head); reject != nil {
		return reject
	}
	if head.ResourceType != "Medication" {
		return nil
	}
	var medication struct {
		Code fhirConcept `json:"code"`
	}
	if reject := unmarshal(value, &medication); reject != nil {
		return reject
	}
	medications[string(head.ID)] = medication.Code
	return nil
}

// resourceEvents makes the events of one resource.
func resourceEvents(kind string, value []byte, medications fhirMedications) ([]*Event, *Reject) {
	if kind != "MedicationRequest" && kind != "MedicationDispense" {
		return nil, &Reject{ReasonUnknownType, "resourceType", "no MedicationRequest or MedicationDispense"}
	}
	var wire fhirMedication
	if reject := unmarshal(value, &wire); reject != nil {
		return nil, reject
	}
	if len(wire.Medication) > 0 && string(wire.Medication) != "null" {
		return nil, &Reject{ReasonFHIRR5, "medication", "a resource of FHIR R5, R4 is read"}
	}
	if reject := wire.check(kind); reject != nil {
		return nil, reject
	}
	item, reject := wire.item(medications)
	if reject != nil {
		return nil, reject
	}
	if kind == "MedicationRequest" {
		return wire.request(item)
	}
	return wire.dispense(item)
}

// last is the id in a reference: behind the last "/", or behind the "#" of a contained resource.
func (r *fhirReference) last() string {
	name := string(r.Reference)
	if version := strings.Index(name, "/_history/"); version >= 0 {
		name = name[:version]
	}
	name = strings.TrimPrefix(name, "#")
	return name[strings.LastIndexByte(name, '/')+1:]
}

// patient is who a resource is about: the id of the reference, else the identifier in it.
func (r *fhirReference) patient() string {
	if id := r.last(); id != "" {
		return id
	}
	return string(r.Identifier.Value)
}
