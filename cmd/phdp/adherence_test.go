package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// runAdherence runs 'phdp adherence' with these arguments.
func runAdherence(t *testing.T, args ...string) error {
	t.Helper()
	var c struct {
		Adherence adherenceCommand `cmd:""`
	}
	parser, err := kong.New(&c, kong.Writers(io.Discard, io.Discard), kong.Exit(func(int) {}))
	if err != nil {
		t.Fatal(err)
	}
	command, err := parser.Parse(append([]string{"adherence"}, args...))
	if err != nil {
		return err
	}
	return command.Run()
}

// given writes an input file and returns its path.
func given(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// result runs a command with --out and --rejects and returns both files.
func result(t *testing.T, args ...string) (out, rejects string) {
	t.Helper()
	o, r := filepath.Join(t.TempDir(), "out.csv"), filepath.Join(t.TempDir(), "rejects.csv")
	if err := runAdherence(t, append(args, "--out", o, "--rejects", r)...); err != nil {
		t.Fatal(err)
	}
	return content(t, o), content(t, r)
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const fewEvents = `note,patient_id,date,days_supply,drug,daily_dose
x,p1,2024-01-01,20,a,1
x,p2,2024-01-31,30,a,1
x,"bad, patient",2024-02-30,30,a,1
x,p1,2024-02-20,20,b,1
`

func TestAdherenceOfEvents(t *testing.T) {
	events := given(t, "events.csv", fewEvents)
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		// p1 has medicine on 20 + 20 of 100 days and p2 on 30.
		{"cma", []string{"cma", "--measure", "cma7", "--fu-duration", "100", "--ow-duration", "100"},
			"patient_id,measure,value\np1,cma7,0.400000000000000\np2,cma7,0.300000000000000\n"},
		// p1 has its second fill 50 days after the first; p2 has no second fill.
		{"a missing value", []string{"cma", "--measure", "cma1", "--fu-duration", "100", "--ow-duration", "100"},
			"patient_id,measure,value\np1,cma1,0.400000000000000\np2,cma1,\n"},
		// One month from 31 January is 1 March: 30 days, all supplied; for p1 20 of 31.
		{"months", []string{"cma", "--measure", "cma7", "--fu-duration", "1", "--fu-unit", "months", "--ow-duration", "1", "--ow-unit", "months"},
			"patient_id,measure,value\np1,cma7,0.645161290322581\np2,cma7,1.000000000000000\n"},
		{"episodes", []string{"episodes", "--gap", "25", "--fu-duration", "100"},
			"patient_id,episode,start,end,duration_days,end_gap_days\np1,1,2024-01-01,2024-01-21,20,30\np1,2,2024-02-20,2024-03-11,20,30\np2,1,2024-01-31,2024-03-01,30,70\n"},
		{"sliding", []string{"sliding", "--window", "50", "--step", "50", "--fu-duration", "100", "--ow-duration", "100"},
			"patient_id,measure,window,start,end,value\np1,cma7,1,2024-01-01,2024-02-20,0.400000000000000\np1,cma7,2,2024-02-20,2024-04-10,0.400000000000000\n" +
				"p2,cma7,1,2024-01-31,2024-03-21,0.600000000000000\np2,cma7,2,2024-03-21,2024-05-10,0.000000000000000\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, rejects := result(t, append(c.args, "--events", events)...)
			if out != c.want {
				t.Errorf("got\n%swant\n%s", out, c.want)
			}
			if !strings.Contains(rejects, "\n\"bad, patient\",,"+events+",4,date,bad_date,") {
				t.Errorf("rejects\n%s", rejects)
			}
		})
	}
}

// The 37 worked examples, each with its own settings, through files.
func TestWorkedExamplesThroughFiles(t *testing.T) {
	folder := filepath.Join("..", "..", "models", "testdata", "pdc")
	fills := readCSV(t, content(t, filepath.Join(folder, "pdc_examples_fills.csv")))
	for _, e := range readCSV(t, content(t, filepath.Join(folder, "pdc_examples_expected.csv"))) {
		name := e["example"]
		t.Run(name, func(t *testing.T) {
			text := "patient_id,claim_id,fill_date,drug,days_supply,status,ingredients\n"
			for _, f := range fills {
				if f["example"] == name {
					text += strings.Join([]string{name, f["claim_id"], f["fill_date"], f["drug"], f["days_supply"], f["status"], strings.ReplaceAll(f["ingredients"], "|", ";")}, ",") + "\n"
				}
			}
			people := "patient_id,period_start,period_end,death_date,disenrolment_date\n" +
				strings.Join([]string{name, e["period_start"], e["period_end"], e["death"], e["disenrolment"]}, ",") + "\n"
			stays := "patient_id,admit_date,discharge_date\n"
			if e["inpatient_admit"] != "" {
				stays += name + "," + e["inpatient_admit"] + "," + e["inpatient_discharge"] + "\n"
			}
			args := []string{"pdc", "--fills", given(t, "f.csv", text), "--patients", given(t, "p.csv", people), "--stays", given(t, "s.csv", stays),
				"--shift", e["shift"], "--same-day", e["same_day"], "--inpatient", e["inpatient_rule"],
				"--index", strings.ReplaceAll(e["index"], "fixed", "period_start"), "--carry-in=" + strings.ToLower(e["carry_in"])}
			out, rejects := result(t, args...)
			got := readCSV(t, out)
			want := fmt.Sprint(e["treatment_start"], e["treatment_end"], e["n_fill_dates"], e["covered_days"], e["denominator_days"], e["pdc"],
				strings.ToLower(e["eligible"]), strings.ToLower(e["adherent"]), e["reason"])
			if len(got) != 1 {
				t.Fatalf("%d rows:\n%s", len(got), out)
			}
			g := got[0]
			ratio := ""
			if _, err := fmt.Sscan(g["pdc_ratio"], new(float64)); err == nil {
				var value float64
				fmt.Sscan(g["pdc_ratio"], &value)
				ratio = fmt.Sprintf("%.10f", value)
			}
			if text := fmt.Sprint(g["treatment_start"], g["treatment_end"], g["fill_dates"], g["covered_days"], g["treatment_days"], ratio,
				g["is_eligible"], g["is_adherent"], g["reason"]); text != want {
				t.Errorf("got %s, want %s", text, want)
			}
			for _, part := range strings.FieldsFunc(e["rejected_claims"], func(r rune) bool { return r == ';' }) {
				claim, reason, _ := strings.Cut(part, ":")
				if !strings.Contains(rejects, name+","+claim+",") || !strings.Contains(rejects, ","+reason+",") {
					t.Errorf("no reject %s in\n%s", part, rejects)
				}
			}
		})
	}
}

func TestPeriodsWithoutAResult(t *testing.T) {
	fills := given(t, "f.csv", "patient_id,claim_id,fill_date,drug,days_supply,status\n1,a,2024-01-01,x,400,paid\n2,b,2024-01-01,x,30,prescribed\n"+
		"3,c,2024-01-01,x,30,lost\n4,d,2024-01-01,x,30,paid\n5,e,2024-01-01,x,30,paid\n")
	people := given(t, "p.csv", "patient_id,period_start,period_end\n1,2024-01-01,2024-06-30\n2,2024-01-01,2024-06-30\n3,2024-01-01,2024-06-30\n4,2024-01-01,2024-01-30\n")
	out, rejects := result(t, "pdc", "--fills", fills, "--patients", people)
	if want := "patient_id,treatment_start,treatment_end,fill_dates,covered_days,treatment_days,pdc_ratio,is_eligible,is_adherent,reason\n" +
		"1,,,,,,,false,,no fill in the period\n2,,,,,,,false,,no fill in the period\n" +
		"4,2024-01-01,2024-01-30,1,30,30,1.000000000000000,false,,fewer than 2 fill dates\n"; out != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
	for _, want := range []string{"1,a,%s,2,,implausible_supply,", "2,b,%s,3,status,not_filled,", "3,,%s,4,status,unknown_status,", "5,,%s,,patient_id,no_period,"} {
		if want = fmt.Sprintf(want, fills); !strings.Contains(rejects, want) {
			t.Errorf("no %q in\n%s", want, rejects)
		}
	}
}

func readCSV(t *testing.T, text string) (list []map[string]string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		r := map[string]string{}
		for i, name := range rows[0] {
			r[name] = row[i]
		}
		list = append(list, r)
	}
	return list
}

func TestCurvesThroughFiles(t *testing.T) {
	times := given(t, "t.csv", "patient_id,time,event,arm\n1,1,1,a\n2,2,0,a\n3,3,1,b\n4,400,0,b\n5,soon,1,b\n")
	curve, tests := filepath.Join(t.TempDir(), "c.csv"), filepath.Join(t.TempDir(), "tests.csv")
	out, rejects := result(t, "km", "--times", times, "--group", "arm", "--conf", "plain", "--curve", curve, "--tests", tests)
	// a: 1/2 from 1 on, so 1 + 364/2; b: 1/2 from 3 on, so 3 + 362/2.
	if want := "group,n,events,median,median_lower,median_upper,rmst365\na,2,1,1.000000000000000,1.000000000000000,,183.000000000000000\n" +
		"b,2,1,3.000000000000000,3.000000000000000,,184.000000000000000\n"; out != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
	if !strings.Contains(rejects, "5,,"+times+",6,time,bad_time,") {
		t.Errorf("rejects\n%s", rejects)
	}
	if want := "a,1,2,1,0,0.500000000000000,0.353553390593274,0.000000000000000,1.000000000000000\n"; !strings.Contains(content(t, curve), want) {
		t.Errorf("no %sin\n%s", want, content(t, curve))
	}
	// At 1, a has 2 of 4 at risk: expected 1/2, variance 1/4; at 3 nobody of a. (1 - 1/2)^2 / (1/4) = 1.
	if want := "test,chisq,df,p\narm,1.000000000000000,1,0.317310507862914\n"; content(t, tests) != want {
		t.Errorf("got %swant %s", content(t, tests), want)
	}
}

func TestErasThroughFiles(t *testing.T) {
	exposures := given(t, "x.csv", "patient_id,drug,start_date,end_date\n1,b,2024-01-01,2024-01-10\n2,a,2024-01-01,\n1,b,2024-02-09,2024-02-20\n1,b,2024-03-23,2024-03-30\n")
	out, _ := result(t, "eras", "--exposures", exposures)
	if want := "patient_id,drug,era_start,era_end,exposures\n1,b,2024-01-01,2024-02-20,2\n1,b,2024-03-23,2024-03-30,1\n2,a,2024-01-01,2024-01-02,1\n"; out != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
}

func TestMistakesOfAdherence(t *testing.T) {
	events := given(t, "events.csv", "patient_id,date,days_supply\n1,2024-01-01,30\n")
	short := given(t, "short.csv", "patient_id,date\n1,2024-01-01\n")
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"missing column", []string{"cma", "--events", short}, "short.csv, line 1, column days_supply: the column is missing; add it or rename one of: patient_id, date"},
		{"a setting without its column", []string{"cma", "--events", events, "--carry-only-same-drug"}, "column drug: the column is missing"},
		{"window outside", []string{"cma", "--events", events, "--fu-duration", "100", "--ow-start", "50", "--ow-duration", "51"}, "make the follow-up longer"},
		{"unknown measure", []string{"cma", "--events", events, "--measure", "cma10"}, "must be one of"},
		{"empty file", []string{"cma", "--events", given(t, "none.csv", "")}, "the file is empty"},
		{"open quotation mark", []string{"cma", "--events", given(t, "q.csv", "patient_id,date,days_supply\n\"1,2024-01-01,30\n")}, "q.csv, line 2: a quotation mark is never closed"},
		{"stays", []string{"pdc", "--fills", events, "--patients", events, "--inpatient", "cms"}, "add --stays FILE"},
		{"group", []string{"km", "--times", given(t, "t.csv", "patient_id,time,event\n1,2,1\n"), "--group", "sex"}, "column sex: the column is missing"},
		{"negative gap", []string{"episodes", "--events", events, "--gap=-1"}, "permissible gap"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := runAdherence(t, c.args...); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
