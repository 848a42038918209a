package ingest

import "testing"

const (
	requestJSON  = `{"resourceType":"MedicationRequest","id":"mr1","status":"active","intent":"order","medicationCodeableConcept":{"coding":[{"system":"urn:phdp:drug","code":"D-TAM-20","display":"他莫昔芬 20mg"}]},"subject":{"reference":"Patient/p1"},"authoredOn":"2025-01-01","reasonCode":[{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"C50.9"}]}],"dosageInstruction":[{"text":"每日一次 每次20mg","timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"d"}}}],"dispenseRequest":{"validityPeriod":{"start":"2025-01-01","end":"2025-03-31"},"numberOfRepeatsAllowed":2,"quantity":{"value":30},"expectedSupplyDuration":{"value":30,"unit":"d","system":"http://unitsofmeasure.org","code":"d"}}}`
	dispenseJSON = `{"resourceType":"MedicationDispense","id":"md1","status":"completed","medicationCodeableConcept":{"coding":[{"system":"urn:phdp:drug","code":"D-TAM-20"}]},"subject":{"reference":"Patient/p1"},"authorizingPrescription":[{"reference":"MedicationRequest/mr1"}],"quantity":{"value":30,"unit":"片"},"daysSupply":{"value":30,"unit":"d","system":"http://unitsofmeasure.org","code":"d"},"whenHandedOver":"2025-01-02T10:20:00+08:00"}`
)

func TestDecodeFHIRRequest(t *testing.T) {
	claim := hashID("fhir claim", "MedicationRequest", "mr1")
	body := " 2025-01-01T00:00:00 hospital:p1 hospital order= rx=mr1 icd=C50.9 | " + claim + " D-TAM-20 他莫昔芬 20mg x1 30d 0"
	checkFormat(t, DecodeFHIR, requestJSON, []formatCase{
		{"prescribed; tablets are no packs", nil, []string{"prescribed" + body}, refusedAs("", "")},
		{"entered in error", []string{`"active"`, `"entered-in-error"`}, []string{"cancelled" + body}, refusedAs("", "")},
		{"a plan is no prescription", []string{`"intent":"order"`, `"intent":"plan"`}, []string{"prescription_plan 2025-01-01T00:00:00 hospital:p1 hospital"}, refusedAs("", "")},
		{"draft", []string{`"active"`, `"draft"`}, []string{"prescription_draft 2025-01-01T00:00:00 hospital:p1 hospital"}, refusedAs("", "")},
		{"R5", []string{`"medicationCodeableConcept":{`, `"medication":{"concept":{`, `"subject"`, `"x":1},"subject"`}, nil, refusedAs(ReasonFHIRR5, "medication")},
		{"status of R5", []string{`"active"`, `"ended"`}, nil, refusedAs(ReasonBadValue, "status")},
		{"no intent", []string{`"intent":"order",`, ``}, nil, refusedAs(ReasonMissingField, "intent")},
		{"nobody", []string{`"subject":{"reference":"Patient/p1"},`, ``}, nil, refusedAs(ReasonMissingField, "subject.reference")},
		{"no drug", []string{`"medicationCodeableConcept"`, `"x"`}, nil, refusedAs(ReasonMissingField, "medicationCodeableConcept")},
		{"another resource", []string{`MedicationRequest`, `Observation`}, nil, refusedAs(ReasonUnknownType, "resourceType")},
		{"supply in moons", []string{`"unit":"d","system":"http://unitsofmeasure.org","code":"d"`, `"unit":"moon"`}, nil, refusedAs(ReasonBadValue, "dispenseRequest.expectedSupplyDuration.unit")},
	})
}

func TestDecodeFHIRDispense(t *testing.T) {
	line := " | " + hashID("fhir claim", "MedicationDispense", "md1") + " D-TAM-20  x1 30d 0"
	handed := " 2025-01-02T10:20:00 hospital:p1 hospital order=md1 rx=mr1" + line
	medication := []string{`"medicationCodeableConcept":{"coding":[{"system":"urn:phdp:drug","code":"D-TAM-20"}]}`, `"medicationReference":{"reference":"#m"},"contained":[{"resourceType":"Medication","id":"m","code":{"coding":[{"code":"D-TAM-20"}]}}]`}
	bundle := func(resource string) []string {
		return []string{resource, `{"resourceType":"Bundle","type":"batch-response","entry":[{"resource":{"resourceType":"Patient","id":"p1","name":[{"text":"张三"}]}},{"response":{"status":"204"}},{"resource":` + resource + `},{"resource":` + resource + `}]}`}
	}
	checkFormat(t, DecodeFHIR, dispenseJSON, []formatCase{
		{"handed over", nil, []string{"dispensed" + handed}, refusedAs("", "")},
		{"only prepared, with a flag", []string{`whenHandedOver`, `whenPrepared`}, []string{"dispensed" + handed, "dispense_date_prepared 2025-01-02T10:20:00 hospital:p1 hospital"}, refusedAs("", "")},
		{"not completed is no fill", []string{`"completed"`, `"in-progress"`}, []string{"dispense_in_progress 2025-01-02T10:20:00 hospital:p1 hospital"}, refusedAs("", "")},
		{"entered in error undoes it", []string{`"completed"`, `"entered-in-error"`}, []string{"cancelled" + handed}, refusedAs("", "")},
		{"packs are packs", []string{`"value":30,"unit":"片"`, `"value":2,"unit":"盒"`}, []string{"dispensed 2025-01-02T10:20:00 hospital:p1 hospital order=md1 rx=mr1 | " + hashID("fhir claim", "MedicationDispense", "md1") + " D-TAM-20  x2 30d 0"}, refusedAs("", "")},
		{"weeks", []string{`"daysSupply":{"value":30,"unit":"d","system":"http://unitsofmeasure.org","code":"d"}`, `"daysSupply":{"value":4,"code":"wk"}`}, []string{"dispensed 2025-01-02T10:20:00 hospital:p1 hospital order=md1 rx=mr1 | " + hashID("fhir claim", "MedicationDispense", "md1") + " D-TAM-20  x1 28d 0"}, refusedAs("", "")},
		{"medication in the resource", medication, []string{"dispensed" + handed}, refusedAs("", "")},
		{"bundle, with a repeat in it", bundle(dispenseJSON), []string{"dispensed" + handed}, refusedAs("", "")},
		{"tablets without days", []string{`"daysSupply"`, `"x"`}, nil, refusedAs(ReasonMissingField, "daysSupply")},
		{"no time", []string{`whenHandedOver`, `when`}, nil, refusedAs(ReasonMissingField, "whenHandedOver")},
		{"bundle of nothing", []string{dispenseJSON, `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient"}}]}`}, nil, refusedAs(ReasonUnknownType, "entry")},
		{"bundle with R5 in it", []string{dispenseJSON, `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"MedicationDispense","id":"x","medication":{}}}]}`}, nil, refusedAs(ReasonFHIRR5, "entry[0].resource.medication")},
	})
}
