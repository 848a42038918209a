package models

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestWorkedExamplesOfPDC runs 37 examples, worked by hand or published, through the models. Examples with
// the same settings share a database; each example is a patient and a measurement period of its own.
func TestWorkedExamplesOfPDC(t *testing.T) {
	expected := readTestTable(t, "testdata/pdc/pdc_examples_expected.csv")
	fills := readTestTable(t, "testdata/pdc/pdc_examples_fills.csv")
	groups := map[string][]map[string]string{}
	for _, e := range records(expected) {
		key := strings.Join([]string{e["shift"], e["same_day"], strings.ToLower(e["carry_in"]), e["inpatient_rule"], e["index"], "2", "91"}, ",")
		groups[key] = append(groups[key], e)
	}
	seen := 0
	for _, key := range sortedKeys(groups) {
		seen += len(groups[key])
		checkExamples(t, key, groups[key], records(fills))
	}
	if seen != 37 {
		t.Errorf("%d examples, want 37", seen)
	}
}

func checkExamples(t *testing.T, settings string, examples, fills []map[string]string) {
	t.Helper()
	given := exampleTables(examples, fills)
	given["ref.adherence_settings"] = table{
		strings.Split("shift,same_day,carry_in,inpatient,index_date,min_fill_dates,min_treatment_days", ","),
		[][]string{strings.Split(settings, ",")},
	}
	x := newBench(t, given)
	x.run("fct_adherence", true)
	x.run("fct_rejected_fills", true)
	got := map[string][]string{}
	for _, r := range x.query("fct_adherence where patient_id = period_code", "patient_id", "treatment_start", "treatment_end",
		"fill_date_count", "covered_days", "treatment_days", "pdc_ratio", "is_eligible", "is_adherent", "ineligible_reason") {
		got[r[0]] = r[1:]
	}
	rejected := map[string][]string{}
	for _, r := range x.query("fct_rejected_fills", "patient_id", "claim_id", "reason") {
		rejected[r[0]] = append(rejected[r[0]], r[1]+":"+r[2])
	}
	for _, e := range examples {
		name := e["example"]
		want := []string{e["treatment_start"], e["treatment_end"], e["n_fill_dates"], e["covered_days"], e["denominator_days"], e["pdc"],
			strings.ToLower(e["eligible"]), strings.ToLower(e["adherent"]), reasonCode(e["reason"])}
		if g := got[name]; len(g) > 0 {
			ratio, _ := strconv.ParseFloat(g[5], 64)
			g[5] = fmt.Sprintf("%.10f", ratio)
		}
		if !slices.Equal(got[name], want) {
			t.Errorf("%s: got %v, want %v (%s)", name, got[name], want, e["note"])
		}
		var wantRejected []string
		if e["rejected_claims"] != "" {
			wantRejected = strings.Split(e["rejected_claims"], ";")
		}
		slices.Sort(wantRejected)
		slices.Sort(rejected[name])
		if !slices.Equal(rejected[name], wantRejected) {
			t.Errorf("%s: rejected %v, want %v", name, rejected[name], wantRejected)
		}
	}
}

// reasonCode is the code of the models for a reason in words.
func reasonCode(words string) string {
	switch {
	case strings.HasPrefix(words, "fewer than 2"):
		return "few_fill_dates"
	case strings.HasPrefix(words, "treatment period"):
		return "short_treatment"
	}
	return words
}

// exampleTables makes prescription items, activities and reference tables of the examples.
func exampleTables(examples, fills []map[string]string) map[string]table {
	items := table{header: strings.Split("source,event_id,ordinal,topic,partition,offset,event_at,event_date,patient_key,event_type,claim_id,drug_code,quantity,days_supply", ",")}
	events := table{header: strings.Split("patient_id,source,event_id,event_at,event_date,activity_type", ",")}
	keys := table{header: []string{"patient_key", "patient_id"}}
	periods := table{header: []string{"period_code", "period_start", "period_end"}}
	drugs := table{header: []string{"drug_code", "drug_class_code", "ingredients"}}
	classes := table{[]string{"drug_class_code", "line_code", "adherence_threshold"}, [][]string{{"x", "htn", "0.8"}}}
	known := map[string]bool{}
	for _, e := range examples {
		name := e["example"]
		keys.rows = append(keys.rows, []string{name, name})
		periods.rows = append(periods.rows, []string{name, e["period_start"], e["period_end"]})
		for column, activity := range map[string]string{"death": "died", "disenrolment": "left_programme",
			"inpatient_admit": "admitted", "inpatient_discharge": "discharged"} {
			if e[column] != "" {
				events.rows = append(events.rows, []string{name, "s", name + column, e[column] + " 04:00:00+00", e[column], activity})
			}
		}
		for i, f := range fills {
			if f["example"] != name {
				continue
			}
			kind := "paid"
			if f["status"] == "reversed" {
				kind = "cancelled"
			}
			items.rows = append(items.rows, []string{"s", fmt.Sprint("e", i), "0", "t", "0", fmt.Sprint(i), f["fill_date"] + " 04:00:00+00",
				f["fill_date"], name, kind, f["claim_id"], f["drug"], "1", f["days_supply"]})
			if !known[f["drug"]] {
				known[f["drug"]] = true
				drugs.rows = append(drugs.rows, []string{f["drug"], "x", strings.ReplaceAll(f["ingredients"], "|", ";")})
			}
		}
	}
	return map[string]table{
		"stg_prescriptions__items": items, "int_activities__events": events, "int_identity__components": keys,
		"int_adherence__periods": periods, "ref.drugs": drugs, "ref.drug_classes": classes,
	}
}

func readTestTable(t testing.TB, path string) table {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return parseTable(t, string(text))
}

// records are the rows of a table by column name.
func records(tb table) []map[string]string {
	var list []map[string]string
	for _, row := range tb.rows {
		r := map[string]string{}
		for i, name := range tb.header {
			r[name] = row[i]
		}
		list = append(list, r)
	}
	return list
}
