package models

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"phdp/models/adherence"
)

// TestRandomPDCAgainstTheEngine measures the same random patients with the models and with the Go engine,
// which serves the command line. Both must agree in every column.
func TestRandomPDCAgainstTheEngine(t *testing.T) {
	for _, r := range []rules{
		{"drug", "stack", false, "none", "first_fill"}, {"drug", "stack", false, "cms", "first_fill"},
		{"class", "longest", true, "cms", "fixed"}, {"none", "longest", true, "cms", "first_fill"},
	} {
		x, people := randomBench(t, files, r, 600)
		people = append(people, inHospital)
		x.exec("insert into int_fills__judged (patient_id, source, event_id, ordinal, event_at, event_date, drug_code, days_supply, topic, \"offset\", reason)" +
			" select 'stay', 's', 'stay' || d, 0, timestamptz '2025-12-01 00:00:00+00', date '2024-06-01' + d, 'a', 30, 't', d, '' from (values (550), (580)) as v (d)")
		x.exec("insert into int_activities__events (patient_id, source, event_id, event_at, event_date, activity_type)" +
			" select 'stay', 's', 'stay', timestamptz '2025-10-01 00:00:00+00', date '2024-06-01' + 480, 'admitted'")
		x.run("fct_adherence", true)
		got := map[string]string{}
		for _, row := range x.query("fct_adherence", "patient_id", "drug_class_code", "period_code", "treatment_start", "treatment_end",
			"fill_date_count", "covered_days", "treatment_days", "is_eligible", "is_adherent") {
			got[strings.Join(row[:3], " ")] = strings.Join(row[3:], " ")
		}
		compared := 0
		for _, p := range people {
			for code, span := range periodsOf(t, x) {
				for _, class := range []string{"x", "y"} {
					key := p.id + " " + class + " " + code
					if want := byEngine(r, p, class, span); got[key] != want {
						t.Fatalf("%v %s: the models say %q, the engine %q", r, key, got[key], want)
					}
					compared++
				}
			}
		}
		t.Logf("%v: %d patients, %d periods compared", r, len(people), compared)
	}
}

// inHospital is in hospital over two whole measurement periods, with fills in both.
var inHospital = patient{id: "stay", fills: []fill{{550, 30, "a"}, {580, 30, "a"}}, stays: [][2]int{{480, asOfDay + 1}}}

// byEngine measures one patient with the Go engine; empty without a treatment period.
func byEngine(r rules, p patient, class string, span [2]int) string {
	s := adherence.DefaultPDC()
	s.Shift, s.SameDay, s.CarryIn, s.Inpatient, s.Index = r.shift, r.sameDay, r.carryIn, r.inpatient, r.index
	if r.index == "fixed" {
		s.Index = "period_start"
	}
	s.ThresholdPoints = map[string]int{"x": 8000, "y": 9000}[class]
	period := adherence.Period{Start: adherence.Day(span[0]), End: adherence.Day(span[1]), Death: exitDay(p.died), Disenrolment: exitDay(p.left)}
	var claims []adherence.Claim
	for i, f := range p.fills {
		if stocks := ingredientsOf[f.drug][class]; stocks != nil {
			claims = append(claims, adherence.Claim{ID: fmt.Sprint(i), Day: adherence.Day(f.day), Drug: f.drug, Ingredients: stocks, Supply: f.supply, HasSupply: true})
		}
	}
	counts := func(f adherence.Claim) bool {
		return f.Day <= min(period.End, exit(period.Death), exit(period.Disenrolment)) && (r.carryIn || f.Day >= period.Start)
	}
	if !slices.ContainsFunc(claims, counts) { // the warehouse has no row without a counted fill
		return ""
	}
	var stays []adherence.Span
	for _, y := range p.stays {
		stays = append(stays, adherence.Span{Start: adherence.Day(y[0]), End: adherence.Day(y[1])})
	}
	got := s.Compute(period, claims, adherence.MergeStays(stays))
	if got.Start == adherence.NoDay {
		return ""
	}
	adherent := ""
	if got.Eligible {
		adherent = fmt.Sprint(got.Adherent)
	}
	return fmt.Sprint(dayText(int(got.Start)), " ", dayText(int(got.End)), " ", got.FillDates, " ", got.CoveredDays, " ", got.TreatmentDays, " ", got.Eligible, " ", adherent)
}

func exitDay(d int) adherence.Day {
	if d == 0 {
		return adherence.NoDay
	}
	return adherence.Day(d)
}

// exit lets a missing exit never end the period.
func exit(d adherence.Day) adherence.Day {
	if d == adherence.NoDay {
		return 1 << 30
	}
	return d
}
