package models

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"phdp/models/adherence"
)

// TestSurvivalAgainstTheEngine measures random follow-up times with the models and with the Go engine, which is
// tested with published tables: curve, intervals, median, restricted mean and log-rank agree to 9 digits.
func TestSurvivalAgainstTheEngine(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 9))
	rows := table{header: strings.Split("measure_code,line_code,drug_class_code,grace_days,segment_by,segment,time_days,patient_count,event_count", ",")}
	groups := map[string][]adherence.Subject{} // line and segment
	for n, size := range []int{1, 2, 3, 8, 40, 400} {
		for _, sex := range []string{"female", "male"} {
			counts := map[int][2]int{}
			for range size {
				s := adherence.Subject{Time: float64(random.IntN(30 + 15*size)), Event: random.IntN(3) > 0}
				groups[fmt.Sprint(n, sex)] = append(groups[fmt.Sprint(n, sex)], s)
				c := counts[int(s.Time)]
				c[0]++
				if s.Event {
					c[1]++
				}
				counts[int(s.Time)] = c
			}
			for day, c := range counts {
				rows.rows = append(rows.rows, []string{"persistence", fmt.Sprint(n), "", "60", "sex", sex, fmt.Sprint(day), fmt.Sprint(c[0]), fmt.Sprint(c[1])})
			}
		}
	}
	for _, day := range []int{10, 20} { // a curve at exactly one half, and the only segment of its line
		groups["9female"] = append(groups["9female"], adherence.Subject{Time: float64(day), Event: true})
		rows.rows = append(rows.rows, []string{"persistence", "9", "", "60", "sex", "female", fmt.Sprint(day), "1", "1"})
	}
	x := newBench(t, map[string]table{"fct_survival_counts": rows})
	for _, name := range []string{"fct_survival_curve", "fct_survival_summary", "fct_survival_tests"} {
		x.run(name, true)
	}
	want := map[string][]float64{}
	for key, subjects := range groups {
		addCurve(want, key, subjects)
	}
	for n := range 6 {
		addTest(want, n, groups[fmt.Sprint(n, "female")], groups[fmt.Sprint(n, "male")])
	}
	want["test 9female"] = []float64{math.NaN(), math.NaN()}
	got := map[string][]float64{}
	for _, row := range x.query("fct_survival_curve", "line_code", "segment", "time_days", "at_risk_count", "event_count", "censored_count", "survival_ratio",
		"std_err", "lower_ratio", "upper_ratio", "lower_plain_ratio", "upper_plain_ratio", "lower_loglog_ratio", "upper_loglog_ratio") {
		got["curve "+row[0]+row[1]+" "+row[2]] = floats(t, row[3:])
	}
	for _, row := range x.query("fct_survival_summary", "line_code", "segment", "patient_count", "event_count", "median_days", "median_lower_days", "median_upper_days", "rmst365_days") {
		got["summary "+row[0]+row[1]] = floats(t, row[2:])
	}
	for _, row := range x.query("fct_survival_tests", "line_code", "segment", "chi_square", "p_value") {
		got["test "+row[0]+row[1]] = floats(t, row[2:])
	}
	if len(got) != len(want) || len(want) < 300 {
		t.Errorf("%d results, want %d", len(got), len(want))
	}
	for key, values := range want {
		for i, w := range values {
			if g := got[key]; len(g) <= i || !same(g[i], w) {
				t.Fatalf("%s: got %v, want %v", key, got[key], values)
			}
		}
	}
	t.Logf("%d curves, steps and tests compared", len(want))
}

func addCurve(want map[string][]float64, key string, subjects []adherence.Subject) {
	curve := adherence.KaplanMeier(subjects, adherence.Log)
	plain, loglog := adherence.KaplanMeier(subjects, adherence.Plain), adherence.KaplanMeier(subjects, adherence.LogLog)
	for i, s := range curve.Steps {
		want[fmt.Sprint("curve ", key, " ", s.Time)] = []float64{float64(s.AtRisk), float64(s.Events), float64(s.Censored), s.Survival, s.StdErr,
			s.Lower, s.Upper, plain.Steps[i].Lower, plain.Steps[i].Upper, loglog.Steps[i].Lower, loglog.Steps[i].Upper}
	}
	median, lower, upper := curve.Median()
	want["summary "+key] = []float64{float64(curve.Subjects), float64(curve.Events), median, lower, upper, curve.RestrictedMean(365)}
}

func addTest(want map[string][]float64, n int, female, male []adherence.Subject) {
	values := []float64{math.NaN(), math.NaN()}
	if test, err := adherence.LogRank([][]adherence.Subject{female, male}); err == nil {
		values = []float64{test.ChiSquare, test.P}
	}
	want[fmt.Sprint("test ", n, "female")], want[fmt.Sprint("test ", n, "male")] = values, values
}

// floats reads numbers; an empty cell is NaN.
func floats(t *testing.T, cells []string) []float64 {
	t.Helper()
	list := make([]float64, len(cells))
	for i, c := range cells {
		if c == "" {
			list[i] = math.NaN()
			continue
		}
		var err error
		if list[i], err = strconv.ParseFloat(c, 64); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

func same(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= 1e-9*max(1, math.Abs(b))
}

// TestPersistenceDayByDay lets random patients live day by day: treatment stops when the days in a row without
// medicine are more than the permissible gap.
func TestPersistenceDayByDay(t *testing.T) {
	x, people := randomBench(t, files, rules{"drug", "stack", false, "none", "first_fill"}, 1000)
	x.exec("update ref.drugs set line_code = 'htn'")
	x.exec("update ref.drug_classes set line_code = 'htn'")
	x.exec("update int_fills__judged set drug_line_code = 'htn'")
	x.run("int_persistence__courses", true)
	got := map[string]string{}
	for _, row := range x.query("int_persistence__courses", "patient_id", "drug_class_code", "grace_days", "index_date", "stop_date", "next_start_date") {
		got[strings.Join(row[:3], " ")] = strings.Join(row[3:], " ")
	}
	compared := 0
	for _, p := range people {
		for _, class := range []string{"", "x", "y"} {
			for _, grace := range []int{30, 60, 90} {
				key := fmt.Sprintf("%s %s %d", p.id, class, grace)
				if want := livedPersistence(p, class, grace); got[key] != want {
					t.Fatalf("%s: got %q, want %q for %+v", key, got[key], want, p)
				}
				compared++
			}
		}
	}
	t.Logf("%d courses compared", compared)
}

// livedPersistence walks through the days of a patient. Every fill of an ingredient that is in stock waits.
func livedPersistence(p patient, class string, grace int) string {
	last := asOfDay
	for _, exit := range []int{p.died, p.left} {
		if exit > 0 {
			last = min(last, exit)
		}
	}
	covered := map[int]bool{}
	ends := map[string]int{} // ingredient → first day without
	for _, f := range p.fills {
		start := f.day
		var stocks []string
		for _, c := range []string{"x", "y"} {
			stocks = append(stocks, ingredientsOf[f.drug][c]...)
		}
		for _, s := range stocks {
			start = max(start, ends[s])
		}
		for _, s := range stocks { // what an ingredient has in stock ends by itself, whatever its partner does
			ends[s] = max(ends[s], f.day) + f.supply
		}
		if class == "" || ingredientsOf[f.drug][class] != nil {
			for d := range f.supply {
				covered[start+d] = true
			}
		}
	}
	index, stop, gap := -1, -1, 0
	for d := 0; d <= last; d++ {
		switch {
		case covered[d] && stop >= 0:
			return fmt.Sprint(dayText(index), " ", dayText(stop), " ", dayText(d))
		case covered[d]:
			if index < 0 {
				index = d
			}
			gap = 0
		case index >= 0:
			if gap++; gap > grace && stop < 0 {
				stop = d - gap
			}
		}
	}
	switch {
	case index < 0:
		return ""
	case stop < 0:
		return dayText(index) + "  "
	}
	return fmt.Sprint(dayText(index), " ", dayText(stop), " ")
}
