package ingest

import (
	"strings"
	"testing"
)

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
		{"on hold, it was prescribed", []string{`"active"`, `"on-hold"`}, []string{"prescribed" + body}, refusedAs("", "")},
		{"completed", []string{`"active"`, `"completed"`}, []string{"prescribed" + body}, refusedAs("", "")},
		{"cancelled", []string{`"active"`, `"cancelled"`}, []string{"cancelled" + body}, refusedAs("", "")},
		{"stopped", []string{`"active"`, `"stopped"`}, []string{"cancelled" + body}, refusedAs("", "")},
		{"unknown", []string{`"active"`, `"unknown"`}, []string{"prescription_unknown 2025-01-01T00:00:00 hospital:p1 hospital"}, refusedAs("", "")},
		{"a proposal is no prescription", []string{`"intent":"order"`, `"intent":"proposal"`}, []string{"prescription_proposal 2025-01-01T00:00:00 hospital:p1 hospital"}, refusedAs("", "")},
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
		{"prepared is no fill", []string{`"completed"`, `"preparation"`}, []string{"dispense_preparation 2025-01-02T10:20:00 hospital:p1 hospital"}, refusedAs("", "")},
		{"on hold is no fill", []string{`"completed"`, `"on-hold"`}, []string{"dispense_on_hold 2025-01-02T10:20:00 hospital:p1 hospital"}, refusedAs("", "")},
		{"declined is no fill", []string{`"completed"`, `"declined"`}, []string{"dispense_declined 2025-01-02T10:20:00 hospital:p1 hospital"}, refusedAs("", "")},
		{"unknown is no fill", []string{`"completed"`, `"unknown"`}, []string{"dispense_unknown 2025-01-02T10:20:00 hospital:p1 hospital"}, refusedAs("", "")},
		{"cancelled", []string{`"completed"`, `"cancelled"`}, []string{"cancelled" + handed}, refusedAs("", "")},
		{"stopped", []string{`"completed"`, `"stopped"`}, []string{"cancelled" + handed}, refusedAs("", "")},
		{"handed over counts, not prepared", []string{`"whenHandedOver"`, `"whenPrepared":"2025-01-01","whenHandedOver"`}, []string{"dispensed" + handed}, refusedAs("", "")},
		{"R5", []string{`"medicationCodeableConcept":{`, `"medication":{"concept":{`, `"subject"`, `"x":1},"subject"`}, nil, refusedAs(ReasonFHIRR5, "medication")},
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

// An NDJSON export is read line by line: a resource of R5 is refused with its reason, and the others stay.
func TestFHIRFile(t *testing.T) {
	r5 := replaced(t, replaced(t, dispenseJSON, `"medicationCodeableConcept":{`, `"medication":{"concept":{`), `"subject"`, `"x":1},"subject"`)
	bundle := `{"resourceType":"Bundle","entry":[{"resource":` + replaced(t, dispenseJSON, `"md1"`, `"md2"`) + `}]}`
	path := written(t, "export.ndjson", strings.Join([]string{requestJSON, r5, dispenseJSON, bundle}, "\n"))
	file, err := OpenNDJSON(path)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for rec, err := range file.Records() {
		if err != nil {
			t.Fatal(err)
		}
		events, err := all(DecodeFHIR, rec)
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, events[0].Type)
	}
	want := "prescribed, reject: fhir_r5 at medication: a resource of FHIR R5, R4 is read, dispensed, dispensed"
	if strings.Join(got, ", ") != want {
		t.Errorf("got %s", strings.Join(got, ", "))
	}
}
