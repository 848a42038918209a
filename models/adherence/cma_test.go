package adherence

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// testData opens a file of the test data folder, PHDP_TESTDATA.
func testData(t testing.TB, parts ...string) string {
	t.Helper()
	folder := os.Getenv("PHDP_TESTDATA")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared", "data")
	}
	text, err := os.ReadFile(filepath.Join(append([]string{folder}, parts...)...))
	if err != nil {
		t.Skipf("no test data, set PHDP_TESTDATA: %v", err)
	}
	return string(text)
}

// medEvents is AdhereR's example data with our column names.
func medEvents(t testing.TB) string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(testData(t, "prescriptions", "med_events.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("row,patient_id,DATE,date,daily_dose,drug,days_supply\n")
	for _, row := range rows[1:] {
		b.WriteString(strings.Join(row, ",") + "\n")
	}
	return b.String()
}

func readPatients(t testing.TB, text string) *Patients {
	t.Helper()
	patients, rejects, err := ReadEvents(strings.NewReader(text), "events.csv", EventNeeds{})
	if err != nil || len(rejects) > 0 {
		t.Fatalf("%v, %d rejects", err, len(rejects))
	}
	return patients
}

func inDays(fuStart, fu, owStart, ow int) Windows {
	return Windows{fuStart, fu, Days, owStart, ow, Days}
}

// The means over patients with a value, and the numbers of patients without one, are those of AdhereR 0.8.1.
func TestMeasuresAgreeWithAdhereR(t *testing.T) {
	patients := readPatients(t, medEvents(t))
	want := []struct {
		mean    string
		missing int
	}{
		{"0.8861058128", 4}, {"0.8112107469", 1}, {"0.7107510630", 4}, {"0.7114289079", 1}, {"0.6776406978", 4},
		{"0.6539386824", 1}, {"0.5886301370", 0}, {"0.5712572704", 0}, {"0.6023195162", 0},
	}
	engine := Engine{Windows: inDays(0, 730, 182, 365)}
	for m := CMA1; m <= CMA9; m++ {
		sum, count := 0.0, 0
		for i := range patients.Len() {
			value, ok := engine.CMA(m, patients.Events(i))
			if !ok {
				t.Fatal("window refused")
			}
			if !math.IsNaN(value) {
				sum, count = sum+value, count+1
			}
		}
		w := want[m-1]
		if got := fmt.Sprintf("%.10f", sum/float64(count)); got != w.mean || patients.Len()-count != w.missing {
			t.Errorf("CMA%d: mean %s with %d missing, want %s with %d", m, got, patients.Len()-count, w.mean, w.missing)
		}
	}
}
