package models

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"phdp/models/adherence"
)

// randomSupply builds the random patients with lines of disease and the given marts.
func randomSupply(t *testing.T, patients int, marts ...string) (*bench, []patient) {
	t.Helper()
	x, people := randomBench(t, files, rules{"drug", "stack", false, "none", "first_fill"}, patients)
	x.exec("update ref.drugs set line_code = 'htn'")
	x.exec("update ref.drug_classes set line_code = 'htn'")
	x.exec("update int_fills__judged set drug_line_code = 'htn'")
	for _, m := range marts {
		x.run(m, true)
	}
	return x, people
}

// TestCMAAgainstTheEngine compares the nine measures of random patients with those of the Go engine, which
// is tested against AdhereR.
func TestCMAAgainstTheEngine(t *testing.T) {
	x, people := randomSupply(t, 800, "fct_cma")
	got := map[string][]float64{}
	for _, row := range x.query("fct_cma", "patient_id", "drug_class_code", "window_code", "cma1", "cma2", "cma3", "cma4", "cma5", "cma6", "cma7", "cma8", "cma9") {
		got[strings.Join(row[:3], " ")] = floats(t, row[3:])
	}
	compared := 0
	for _, p := range people {
		for _, class := range []string{"x", "y"} {
			for code, days := range map[string]int{"r180": 180, "r365": 365} {
				events := supplyEvents(p, class)
				key := p.id + " " + class + " " + code
				if len(events) == 0 {
					if got[key] != nil {
						t.Fatalf("%s: %v without a fill", key, got[key])
					}
					continue
				}
				first := int(events[0].Day)
				engine := adherence.Engine{Windows: adherence.Windows{
					FollowUpDuration: asOfDay - first, FollowUpUnit: adherence.Days,
					ObservationStart: asOfDay - days - first, ObservationDuration: days, ObservationUnit: adherence.Days}}
				for i := range 9 {
					want, ok := engine.CMA(adherence.Measure(i+1), events)
					if len(got[key]) < 9 || !ok || !same(got[key][i], want) {
						t.Fatalf("%s: CMA%d of %v is %v, want %v", key, i+1, events, got[key], want)
					}
					compared++
				}
			}
		}
	}
	t.Logf("%d patients, %d measures compared", len(people), compared)
}

func supplyEvents(p patient, class string) []adherence.Event {
	var events []adherence.Event
	for _, f := range p.fills {
		if ingredientsOf[f.drug][class] != nil && f.day <= asOfDay {
			events = append(events, adherence.Event{Day: adherence.Day(f.day), Supply: float64(f.supply)})
		}
	}
	return events
}

// TestPDCOfDrugsAndLines compares the proportion of days covered of single drugs and of the whole line.
func TestPDCOfDrugsAndLines(t *testing.T) {
	x, people := randomSupply(t, 700, "fct_adherence_by_drug", "fct_adherence_by_line")
	columns := []string{"patient_id", "period_code", "treatment_start", "treatment_end", "fill_date_count", "covered_days", "treatment_days", "is_eligible", "is_adherent"}
	got := map[string]string{}
	for _, row := range x.query("fct_adherence_by_line", columns...) {
		got[row[0]+" line "+row[1]] = strings.Join(row[2:], " ")
	}
	for _, row := range x.query("fct_adherence_by_drug", append([]string{"drug_code"}, columns...)...) {
		got[row[1]+" "+row[0]+" "+row[2]] = strings.Join(row[3:], " ")
	}
	compared := 0
	for _, p := range people {
		for unit, stocks := range map[string][]string{"line": {"a", "b", "c"}, "a": {"a"}, "b": {"b"}, "c": {"c"}} {
			for code, days := range map[string]int{"r90": 90, "r180": 180, "r365": 365} {
				key := p.id + " " + unit + " " + code
				if want := pdcOf(p, stocks, unit == "c", asOfDay-days+1); got[key] != want {
					t.Fatalf("%s: got %q, want %q", key, got[key], want)
				}
				compared++
			}
		}
	}
	t.Logf("%d patients, %d periods compared", len(people), compared)
}

// pdcOf measures the fills of some ingredients with the Go engine; the class of c asks for 0.9.
func pdcOf(p patient, stocks []string, isStrict bool, start int) string {
	var claims []adherence.Claim
	for i, f := range p.fills {
		var counted []string
		for _, class := range []string{"x", "y"} {
			for _, s := range ingredientsOf[f.drug][class] {
				if slices.Contains(stocks, s) {
					counted = append(counted, s)
				}
			}
		}
		if counted != nil {
			claims = append(claims, adherence.Claim{ID: fmt.Sprint(i), Day: adherence.Day(f.day), Drug: f.drug, Ingredients: counted, Supply: f.supply, HasSupply: true})
		}
	}
	s := adherence.DefaultPDC()
	if isStrict {
		s.ThresholdPoints = 9000
	}
	got := s.Compute(adherence.Period{Start: adherence.Day(start), End: asOfDay, Death: exitDay(p.died), Disenrolment: exitDay(p.left)}, claims, nil)
	if got.Start == adherence.NoDay {
		return ""
	}
	adherent := ""
	if got.Eligible {
		adherent = fmt.Sprint(got.Adherent)
	}
	return fmt.Sprint(dayText(int(got.Start)), " ", dayText(int(got.End)), " ", got.FillDates, " ", got.CoveredDays, " ", got.TreatmentDays, " ", got.Eligible, " ", adherent)
}

// TestDrugErasAgainstTheEngine compares eras of random patients.
func TestDrugErasAgainstTheEngine(t *testing.T) {
	x, people := randomSupply(t, 800, "fct_drug_eras")
	got := map[string][]string{}
	for _, row := range x.query("fct_drug_eras", "patient_id", "drug_code", "era_start_date", "era_end_date", "exposure_count") {
		got[row[0]] = append(got[row[0]], strings.Join(row[1:], " "))
	}
	for _, p := range people {
		var exposures []adherence.Exposure
		for _, f := range p.fills {
			for _, class := range []string{"x", "y"} {
				for _, s := range ingredientsOf[f.drug][class] {
					exposures = append(exposures, adherence.Exposure{Drug: s, Start: adherence.Day(f.day), End: adherence.Day(f.day + f.supply - 1)})
				}
			}
		}
		var want []string
		for _, e := range adherence.Eras(exposures, 30) {
			want = append(want, fmt.Sprint(e.Drug, " ", dayText(int(e.Start)), " ", dayText(int(e.End)), " ", e.Exposures))
		}
		slices.Sort(want)
		slices.Sort(got[p.id])
		if !slices.Equal(got[p.id], want) {
			t.Fatalf("%s: got %v, want %v", p.id, got[p.id], want)
		}
	}
}
