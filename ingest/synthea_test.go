package ingest

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// order is a record of medications for an invented patient, changed by the case.
const orderJSON = `{"table":"medications","newest":"2024-01-01T12:00:00Z","row":{"START":"2023-01-01T08:00:00Z","STOP":"2023-04-01T08:00:00Z","PATIENT":"p-syn-1","ENCOUNTER":"e-syn-1","CODE":"314076","DESCRIPTION":"lisinopril 10 MG Oral Tablet","DISPENSES":"3"}}`

const personJSON = `{"table":"patients","newest":"2024-01-01T12:00:00Z","first":"2020-02-02T02:02:02Z","row":{"Id":"p-syn-1","BIRTHDATE":"1951-03-04","DEATHDATE":"2023-02-10","GENDER":"F"}}`

func TestSyntheaFills(t *testing.T) {
	for _, c := range []struct {
		name, old, with string
		days            float64
		want            string // days of the fills
	}{
		// 2023-01-01 to 2023-04-01 are 90 days, a third is 30.
		{"with an end", "", "", 30, "2023-01-01 2023-01-31 2023-03-02"},
		// 61 days are three times 20 days and 8 hours; from 08:00 the third falls on the midnight of 11 February.
		{"rounded", `2023-04-01T08:00:00Z","PATIENT`, `2023-03-03T08:00:00Z","PATIENT`, 20, "2023-01-01 2023-01-21 2023-02-11"},
		{"one fill", `"3"`, `"1"`, 90, "2023-01-01"},
		{"without an end, up to the newest date", `"STOP":"2023-04-01T08:00:00Z",`, ``, 30, "2023-01-01 2023-01-31 2023-03-02"},
		{"cut at the newest date", `2024-01-01T12:00:00Z`, `2023-02-01T00:00:00Z`, 30, "2023-01-01 2023-01-31"},
		// A fill on the day of death counts, Synthea gives no hour.
		{"cut at death", `"newest"`, `"death":"2023-01-31","newest"`, 30, "2023-01-01 2023-01-31"},
		{"cut before the day", `"newest"`, `"death":"2023-01-30","newest"`, 30, "2023-01-01"},
		{"of no time", `2023-04-01T08:00:00Z`, `2023-01-01T08:00:00Z`, 1, "2023-01-01"},
		{"more fills than days", `2023-04-01T08:00:00Z`, `2023-01-03T08:00:00Z`, 1, "2023-01-01 2023-01-02"},
		{"dates without hours", `"2023-01-01T08:00:00Z","STOP":"2023-04-01T08:00:00Z"`, `"2023-01-01","STOP":"2023-04-01"`, 30, "2023-01-01 2023-01-31 2023-03-02"},
	} {
		t.Run(c.name, func(t *testing.T) {
			value := orderJSON
			if c.old != "" {
				value = replaced(t, orderJSON, c.old, c.with)
			}
			events, err := all(DecodeSynthea, &Record{Value: []byte(value)})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range events {
				got = append(got, e.At.Format(time.DateOnly))
				if days := *e.Prescription.Items[0].DaysSupply; days != c.days {
					t.Errorf("%v days, want %v", days, c.days)
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got %v, want %s", got, c.want)
			}
		})
	}
}

func TestSyntheaOrder(t *testing.T) {
	events, err := all(DecodeSynthea, &Record{Value: []byte(orderJSON)})
	if err != nil {
		t.Fatal(err)
	}
	order := hashID("synthea order", "p-syn-1", "e-syn-1", "314076", "2023-01-01T08:00:00Z", "0")
	want := &Event{
		ID: order + "-2", Type: "dispensed", At: time.Date(2023, 1, 31, 8, 0, 0, 0, time.UTC), Source: "synthea",
		Patient: Identifier{KindSynthea, "p-syn-1"},
		Prescription: &Prescription{OrderID: order, RxID: order, Channel: "pharmacy", Items: []Item{
			{ClaimID: order + "-2", Drug: "lisinopril", Quantity: 1, DaysSupply: ptr(30)},
		}},
	}
	if !reflect.DeepEqual(events[1], want) {
		t.Errorf("got %+v %+v", events[1], events[1].Prescription)
	}
	again, _ := all(DecodeSynthea, &Record{Value: []byte(replaced(t, orderJSON, `"newest"`, `"repeat":1,"newest"`))})
	if again[0].ID == events[0].ID {
		t.Error("two equal orders have one id")
	}
}

func TestSyntheaPatient(t *testing.T) {
	events, err := all(DecodeSynthea, &Record{Value: []byte(personJSON)})
	if err != nil || len(events) != 2 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	profile, died := events[0], events[1]
	want := map[string]string{"sex": "female", "birth_year": "1951"}
	if profile.Type != "profile" || !reflect.DeepEqual(profile.Activity.Attributes, want) {
		t.Errorf("profile: %+v %+v", profile, profile.Activity)
	}
	if got := profile.At.Format(time.RFC3339); got != "2020-02-02T02:02:02Z" {
		t.Errorf("profile at %s", got)
	}
	if got := died.At.Format(time.DateOnly); died.Type != "died" || died.Activity == nil || got != "2023-02-10" {
		t.Errorf("died: %+v", died)
	}
}

func TestDecodeSyntheaRejects(t *testing.T) {
	for _, c := range []struct{ name, example, old, with, reason, field string }{
		{"no table", orderJSON, `"table":"medications",`, ``, ReasonMissingField, "table"},
		{"another table", orderJSON, `medications`, `allergies`, ReasonBadValue, "table"},
		{"no patient", orderJSON, `"PATIENT":"p-syn-1",`, ``, ReasonMissingField, "row.PATIENT"},
		{"no start", orderJSON, `"START":"2023-01-01T08:00:00Z",`, ``, ReasonMissingField, "row.START"},
		{"start of no time", orderJSON, `2023-01-01T08:00:00Z`, `soon`, ReasonBadTime, "row.START"},
		{"start after death", orderJSON, `"newest"`, `"death":"2022-12-31","newest"`, ReasonBadTime, "row.START"},
		{"stop before start", orderJSON, `2023-04-01T08`, `2022-04-01T08`, ReasonBadTime, "row.STOP"},
		{"no description", orderJSON, `"DESCRIPTION":"lisinopril 10 MG Oral Tablet",`, ``, ReasonMissingField, "row.DESCRIPTION"},
		{"no dispenses", orderJSON, `,"DISPENSES":"3"`, ``, ReasonBadValue, "row.DISPENSES"},
		{"0 dispenses", orderJSON, `"3"`, `"0"`, ReasonBadValue, "row.DISPENSES"},
		{"endless dispenses", orderJSON, `"3"`, `"10001"`, ReasonBadValue, "row.DISPENSES"},
		{"no newest", orderJSON, `"newest":"2024-01-01T12:00:00Z",`, ``, ReasonMissingField, "newest"},
		{"death of no time", orderJSON, `"newest"`, `"death":"x","newest"`, ReasonBadTime, "death"},
		{"no id", personJSON, `"Id":"p-syn-1",`, ``, ReasonMissingField, "row.Id"},
		{"no first", personJSON, `"first":"2020-02-02T02:02:02Z",`, ``, ReasonMissingField, "first"},
		{"gender", personJSON, `"F"`, `"X"`, ReasonBadValue, "row.GENDER"},
		{"birth date", personJSON, `1951-03-04`, `51-03-04`, ReasonBadTime, "row.BIRTHDATE"},
		{"death date", personJSON, `2023-02-10`, `10/02/2023`, ReasonBadTime, "row.DEATHDATE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			value := replaced(t, c.example, c.old, c.with)
			wantReject(t, DecodeSynthea, &Record{Value: []byte(value)}, c.reason, c.field)
		})
	}
}

func TestDrugName(t *testing.T) {
	for description, want := range map[string]string{
		"Loratadine 5 MG Chewable Tablet":                                                 "loratadine",
		"NDA020800 0.3 ML Epinephrine 1 MG/ML Auto-Injector":                              "epinephrine",
		"Acetaminophen 325 MG / Oxycodone Hydrochloride 10 MG Oral Tablet [Percocet]":     "acetaminophen_oxycodone_hydrochloride",
		"1 ML medroxyPROGESTERone acetate 150 MG/ML Injection":                            "medroxyprogesterone_acetate",
		"120 ACTUAT Fluticasone propionate 0.044 MG/ACTUAT Metered Dose Inhaler":          "fluticasone_propionate",
		"24 HR Metformin hydrochloride 500 MG Extended Release Oral Tablet":               "metformin_hydrochloride",
		"NuvaRing 0.12/0.015 MG per 24HR 21 Day Vaginal Ring":                             "nuvaring",
		"insulin human, isophane 70 UNT/ML / insulin, regular, human 30 UNT/ML Injection": "insulin_human_isophane_insulin_regular_human",
		"ferrous sulfate 325 MG Oral Tablet":                                              "ferrous_sulfate",
		"二甲双胍":                                                                            "rxnorm_123",
		"5 MG":                                                                            "rxnorm_123",
		"Aspirin [Brand] Tablet":                                                          "aspirin",
		"[Brand]":                                                                         "brand",
	} {
		if got := drugName(description, "123"); got != want {
			t.Errorf("%q: got %s, want %s", description, got, want)
		}
	}
}

// writeExport writes a small export of invented people.
func writeExport(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	patientsCSV    = "Id,BIRTHDATE,DEATHDATE,SSN,FIRST,GENDER\np1,1950-01-01,2023-02-15,999-00-0001,Ann,F\np2,1990-01-01,,999-00-0002,Bob,M\n"
	medicationsCSV = "START,STOP,PATIENT,PAYER,ENCOUNTER,CODE,DESCRIPTION,DISPENSES\n" +
		"2023-01-01T08:00:00Z,,p1,x,e1,1,Aspirin 81 MG Oral Tablet,174\n" +
		"2023-01-01T08:00:00Z,,p1,x,e1,1,Aspirin 81 MG Oral Tablet,174\n" +
		"2023-03-01T08:00:00Z,,p1,x,e2,1,Aspirin 81 MG Oral Tablet,1\n"
	encountersCSV = "Id,START,STOP,PATIENT\ne1,2022-12-01T08:00:00Z,2022-12-01T09:00:00Z,p1\ne3,2023-06-01T08:00:00Z,2023-06-01T09:00:00Z,p2\n"
)

func TestOpenSynthea(t *testing.T) {
	dir := writeExport(t, map[string]string{
		"patients.csv": patientsCSV, "medications.csv": medicationsCSV, "encounters.csv": encountersCSV,
	})
	export, err := OpenSynthea(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	ids := map[string]bool{}
	offset := int64(0)
	for rec, err := range export.Records() {
		if err != nil {
			t.Fatal(err)
		}
		if rec.Offset != offset || rec.Topic != export.Topic() || rec.Time.Format(time.RFC3339) != "2023-06-01T09:00:00Z" {
			t.Errorf("record %d at %+v, %v", offset, rec.Position, rec.Time)
		}
		if strings.Contains(string(rec.Value), "999-00") || strings.Contains(string(rec.Value), "Ann") {
			t.Error("a record holds more of the person than it needs")
		}
		offset++
		events, err := all(DecodeSynthea, rec)
		for _, e := range events {
			got = append(got, string(e.Patient.Value)+" "+e.Type+" "+e.At.Format(time.DateOnly))
			ids[e.ID] = true
		}
		if err != nil {
			got = append(got, err.Error())
		}
	}
	fills := "p1 dispensed 2023-01-01\np1 dispensed 2023-01-31\n"
	want := "p1 profile 2022-12-01\np1 died 2023-02-15\np2 profile 2023-06-01\n" + fills + fills +
		"reject: bad_time at row.START: after the death of the patient or the end of the export"
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	if len(ids) != 7 {
		t.Errorf("%d ids of 7 events: two equal orders are two orders", len(ids))
	}
	same, err := OpenSynthea(writeExport(t, map[string]string{
		"patients.csv": patientsCSV, "medications.csv": medicationsCSV, "encounters.csv": encountersCSV,
	}))
	if err != nil || same.Topic() != export.Topic() {
		t.Errorf("the same export elsewhere is another source: %v", err)
	}
}

func TestOpenSyntheaFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
	}{
		{"no medications", map[string]string{"patients.csv": patientsCSV}},
		{"no patients", map[string]string{"medications.csv": medicationsCSV}},
		{"no header", map[string]string{"patients.csv": "", "medications.csv": medicationsCSV}},
		{"no column", map[string]string{"patients.csv": "Id\np1\n", "medications.csv": medicationsCSV}},
		{"no date", map[string]string{"patients.csv": patientsCSV, "medications.csv": strings.SplitAfter(medicationsCSV, "\n")[0]}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := OpenSynthea(writeExport(t, c.files))
			if err == nil {
				t.Fatal("opened")
			}
			if strings.Contains(err.Error(), "p1") {
				t.Errorf("the error holds a patient: %v", err)
			}
		})
	}
	short := fmt.Sprint(patientsCSV, "p3\n")
	export, err := OpenSynthea(writeExport(t, map[string]string{"patients.csv": short, "medications.csv": medicationsCSV}))
	if err != nil {
		t.Fatalf("a short row: %v", err)
	}
	records := 0
	for rec, err := range export.Records() {
		if err != nil {
			t.Fatal(err)
		}
		if records == 2 && strings.Contains(string(rec.Value), "GENDER") {
			t.Error("a short row has a column of the row before")
		}
		records++
	}
	if records != 6 {
		t.Errorf("%d records, want 3 patients and 3 medications", records)
	}
}
