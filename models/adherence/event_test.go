package adherence

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func TestRowsOfAPatientMayStandAnywhere(t *testing.T) {
	patients, rejects, err := ReadEvents(strings.NewReader("drug,date,patient_id,days_supply\nx,2024-01-05,b,1\ny,2024-01-02,a,2\n"+
		"x,2024-01-05,a,3\n,2024-01-01,b,4\ny,2024-01-05,a,5\nx,bad,c,1\nx,2024-01-01,c,1\nx,2024-01-01,,1\nx,2024-01-01,d\nx,2024-01-01,e,0\n"), "e.csv", EventNeeds{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range patients.Len() {
		for _, e := range patients.Events(i) {
			got = append(got, fmt.Sprint(patients.ID(i), int(e.Day-dayOf("2024-01-01")), e.Supply))
		}
	}
	// Events of one day keep the order of the file: 3 before 5.
	if want := "[b0 4 b4 1 a1 2 a4 3 a4 5]"; strings.ReplaceAll(fmt.Sprint(got), "  ", " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
	var reasons []string
	for _, r := range rejects {
		reasons = append(reasons, fmt.Sprintf("%s:%d:%s:%s", r.Patient, r.Line, r.Field, r.Reason))
	}
	if want := "c:7:date:bad_date :9:patient_id:no_patient_id d:10::wrong_field_count e:11:days_supply:bad_days_supply"; strings.Join(reasons, " ") != want {
		t.Errorf("got %v", reasons)
	}
}

func TestManyEventsOfOneDayKeepTheirOrder(t *testing.T) {
	text := "patient_id,date,days_supply\n"
	for i := range 200 {
		text += fmt.Sprintf("a,2024-01-%02d,%d\n", 2-i%2, i+1)
	}
	events := readPatients(t, text).Events(0)
	for i, e := range events[1:] {
		if e.Day == events[i].Day && e.Supply < events[i].Supply {
			t.Fatalf("event %v comes behind %v", e, events[i])
		}
	}
}

// More patients than fit in a chunk come out once each, in the order of the file.
func TestWriteParallelKeepsTheOrder(t *testing.T) {
	var got, want bytes.Buffer
	err := WriteParallel(&got, 10000, func() func([]byte, int) []byte {
		return func(to []byte, i int) []byte { return fmt.Appendln(to, i) }
	})
	for i := range 10000 {
		fmt.Fprintln(&want, i)
	}
	if err != nil || !bytes.Equal(got.Bytes(), want.Bytes()) {
		t.Errorf("%v; %d bytes, want %d", err, got.Len(), want.Len())
	}
}
