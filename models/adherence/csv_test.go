package adherence

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// recordsOf reads a whole table; the reader hands out one byte at a time where slow is set.
func recordsOf(text string, slow bool) (records [][]string, err error) {
	var r io.Reader = strings.NewReader(text)
	if slow {
		r = iotest.OneByteReader(r)
	}
	t, err := openTable(r, "x.csv")
	if err != nil {
		return nil, err
	}
	for {
		more, err := t.read()
		if err != nil || !more {
			return records, err
		}
		var record []string
		for _, f := range t.fields {
			record = append(record, string(f))
		}
		records = append(records, record)
	}
}

func TestRecords(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"plain", "a,b\n1,2\n3,4\n", "[[1 2] [3 4]]"},
		{"no last line end", "a,b\n1,2", "[[1 2]]"},
		{"carriage returns and empty lines", "a,b\r\n\r\n1,2\r\n\r\n", "[[1 2]]"},
		{"quoted", "a,b\n\"x, \"\"y\"\"\",2\n,\"\"\n", `[[x, "y" 2] [ ]]`},
		{"a line end inside a field", "a,b\n\"1\n2\",3\n", "[[1\n2 3]]"},
		{"quoted at the end of the file", "a,b\n1,\"2\"", "[[1 2]]"},
	} {
		for _, slow := range []bool{false, true} {
			got, err := recordsOf(c.text, slow)
			if err != nil || fmt.Sprint(got) != c.want {
				t.Errorf("%s: got %v %v, want %s", c.name, got, err, c.want)
			}
		}
	}
}

func TestLinesOfFaults(t *testing.T) {
	_, err := recordsOf("a,b\n\"1\n2\",3\n4,x\"y\n", false)
	if f := new(FileError); !errors.As(err, &f) || f.Line != 4 {
		t.Errorf("got %v, want line 4", err)
	}
	if _, err := recordsOf("a\n"+strings.Repeat("x", 3<<20), false); err == nil || !strings.Contains(err.Error(), "line 2: a record is longer") {
		t.Errorf("got %v", err)
	}
	if _, err := openTable(iotest.ErrReader(errors.New("unplugged")), "x.csv"); err == nil || !strings.Contains(err.Error(), "read x.csv: unplugged") {
		t.Errorf("got %v", err)
	}
}

// What encoding/csv reads, our reader reads alike; nothing makes it panic.
func FuzzTable(f *testing.F) {
	for _, text := range []string{"a,b\n1,2\n", "a\n\"x\"\"y\"\n", "\"a\nb\",c\n1,\"\n\"\n", "a,b\n\n,\n", "a\"b\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fast, err := recordsOf(text, false)
		slow, slowErr := recordsOf(text, true)
		if fmt.Sprint(fast, err) != fmt.Sprint(slow, slowErr) {
			t.Fatalf("%v %v, byte by byte %v %v", fast, err, slow, slowErr)
		}
		r := csv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord = -1
		want, wantErr := r.ReadAll()
		if wantErr != nil || len(want) == 0 || strings.Contains(text, "\r") {
			return
		}
		if err != nil || !slices.EqualFunc(fast, want[1:], func(a, b []string) bool { return slices.Equal(a, b) }) {
			t.Fatalf("got %q %v, want %q", fast, err, want[1:])
		}
	})
}

func FuzzReaders(f *testing.F) {
	f.Add("patient_id,date,days_supply,drug,daily_dose\n1,2024-01-01,30,a,1\n1,2024-01-01,-1,a,x\n")
	f.Add("patient_id,claim_id,fill_date,drug,days_supply,status,ingredients\n1,c,2024-01-01,a,30,paid,a;b\n1,c,2024-01-02,a,-30,,\n")
	f.Add("patient_id,period_start,period_end,death_date\n1,2024-01-01,2024-12-31,\n")
	f.Add("patient_id,admit_date,discharge_date\n1,2024-01-01,\n1,9999-12-31,9999-12-31\n")
	f.Add("patient_id,time,event,arm\n1,2,1,a\n2,NaN,0,b\n")
	f.Add("patient_id,drug,start_date,end_date\n1,a,2024-01-01,2024-01-05\n")
	f.Fuzz(func(t *testing.T, text string) {
		open := func() io.Reader { return strings.NewReader(text) }
		if p, _, err := ReadEvents(open(), "x", EventNeeds{Drug: true, Dose: true}); err == nil {
			engine := Engine{Windows: inDays(0, 730, 182, 365), Carry: Carry{DosageChange: true}}
			for i := range p.Len() {
				for m := CMA1; m <= CMA9; m++ {
					engine.CMA(m, p.Events(i))
				}
				engine.Episodes(EpisodeSettings{Gap: 30, Unit: GapDays}, p.Events(i))
			}
		}
		stays, _, _, _ := ReadStays(open(), "x")
		members, _, _ := ReadMembers(open(), "x")
		if fills, _, err := ReadFills(open(), "x"); err == nil {
			for id := range fills.claims {
				claims, _, _ := fills.Of(id, MaxSupply)
				DefaultPDC().Compute(Period{0, 40000, NoDay, NoDay}, claims, stays[id])
			}
		}
		for _, m := range members {
			DefaultPDC().Compute(m.Period, nil, stays[m.Patient])
		}
		if times, _, err := ReadTimes(open(), "x", nil); err == nil {
			KaplanMeier(times.Subjects, LogLog).Median()
		}
		if patients, _, err := ReadExposures(open(), "x"); err == nil {
			for _, p := range patients {
				Eras(p.Exposures, 30)
			}
		}
	})
}
