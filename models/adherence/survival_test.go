package adherence

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// Weeks of remission of 42 children with acute leukaemia (Freireich et al., Blood 1963; Gehan,
// Biometrika 1965); negative is censored.
var (
	mercaptopurine = []float64{6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35}
	placebo        = []float64{1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23}
)

func subjectsOf(times []float64) (list []Subject) {
	for _, t := range times {
		list = append(list, Subject{math.Abs(t), t > 0})
	}
	return list
}

func TestKaplanMeierOfPublishedTable(t *testing.T) {
	c := KaplanMeier(subjectsOf(mercaptopurine), Log)
	// Time, at risk, events, survival and Greenwood's standard error as in Kleinbaum & Klein and R's survival.
	want := []string{"6 21 3 0.857 0.0764", "7 17 1 0.807 0.0869", "10 15 1 0.753 0.0963", "13 12 1 0.690 0.1068",
		"16 11 1 0.627 0.1141", "22 7 1 0.538 0.1282", "23 6 1 0.448 0.1346"}
	var got []string
	censored := 0
	for _, s := range c.Steps {
		censored += s.Censored
		if s.Events > 0 {
			got = append(got, fmt.Sprintf("%v %d %d %.3f %.4f", s.Time, s.AtRisk, s.Events, s.Survival, s.StdErr))
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || c.Subjects != 21 || c.Events != 9 || censored != 12 {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, tc := range []struct {
		name  string
		times []float64
		kind  Confidence
		want  string
	}{
		{"6-MP", mercaptopurine, Log, "23 16 NaN"}, {"placebo", placebo, Log, "8 4 12"},
		{"exactly one half until the next event", []float64{1, 2, 3, 4}, Log, "2.5 1 NaN"},
		{"exactly one half to the end", []float64{1, 2, -3, -4}, Log, "2 1 NaN"},
	} {
		median, lower, upper := KaplanMeier(subjectsOf(tc.times), tc.kind).Median()
		if got := fmt.Sprint(median, lower, upper); got != tc.want {
			t.Errorf("%s: median %s, want %s", tc.name, got, tc.want)
		}
	}
}

func TestNobody(t *testing.T) {
	c := KaplanMeier(nil, Log)
	if median, _, _ := c.Median(); !math.IsNaN(median) || !math.IsNaN(c.RestrictedMean(365)) {
		t.Errorf("median %v, restricted mean %v of nobody", median, c.RestrictedMean(365))
	}
}

func TestKindsOfInterval(t *testing.T) {
	// After week 6 the survival is 6/7 with standard error of its logarithm sqrt(3/(21*18)).
	for kind, want := range map[Confidence]string{Log: "0.7198 1.0000", Plain: "0.7075 1.0000", LogLog: "0.6197 0.9516"} {
		s := KaplanMeier(subjectsOf(mercaptopurine), kind).Steps[0]
		if got := fmt.Sprintf("%.4f %.4f", s.Lower, s.Upper); got != want {
			t.Errorf("%s: %s, want %s", kind, got, want)
		}
	}
}

func TestLogRankOfPublishedTable(t *testing.T) {
	test, err := LogRank([][]Subject{subjectsOf(mercaptopurine), subjectsOf(placebo)})
	if err != nil || fmt.Sprintf("%.2f %d %.1e", test.ChiSquare, test.Freedom, test.P) != "16.79 1 4.2e-05" {
		t.Errorf("got %+v, %v", test, err)
	}
	if _, err := LogRank([][]Subject{subjectsOf(placebo)}); err == nil {
		t.Error("one group can be compared")
	}
}

// Three groups, the third a copy of the second: chi-square does not depend on the order of the groups.
func TestLogRankOfSeveralGroups(t *testing.T) {
	groups := [][]Subject{subjectsOf(mercaptopurine), subjectsOf(placebo), subjectsOf(placebo[5:])}
	a, err := LogRank(groups)
	b, err2 := LogRank([][]Subject{groups[2], groups[0], nil, groups[1]})
	if err != nil || err2 != nil || math.Abs(a.ChiSquare-b.ChiSquare) > 1e-9 || a.Freedom != 2 || b.Freedom != 2 {
		t.Errorf("%+v %+v %v %v", a, b, err, err2)
	}
}

// Quantiles of the chi-square distribution at 5 % from printed tables.
func TestChiSquareTail(t *testing.T) {
	for freedom, x := range map[int]float64{1: 3.841459, 2: 5.991465, 3: 7.814728, 4: 9.487729, 5: 11.070498, 9: 16.918978, 10: 18.307038} {
		if p := chiSquareTail(x, freedom); math.Abs(p-0.05) > 1e-7 {
			t.Errorf("%d degrees: %v", freedom, p)
		}
	}
}

// Without censoring the curve is the share that is left, and its area the mean of min(time, horizon).
func TestKaplanMeierWithoutCensoring(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 37))
	for range 500 {
		var subjects []Subject
		mean := 0.0
		for range 1 + r.IntN(40) {
			s := Subject{float64(r.IntN(60) * 10), true}
			subjects = append(subjects, s)
			mean += min(s.Time, 365)
		}
		n := float64(len(subjects))
		c := KaplanMeier(subjects, Log)
		if got := c.RestrictedMean(365); math.Abs(got-mean/n) > 1e-9 {
			t.Fatalf("restricted mean %v, want %v", got, mean/n)
		}
		for _, step := range c.Steps {
			left := 0.0
			for _, s := range subjects {
				if s.Time > step.Time {
					left++
				}
			}
			p := left / n
			if math.Abs(step.Survival-p) > 1e-12 || left > 0 && math.Abs(step.StdErr-math.Sqrt(p*(1-p)/n)) > 1e-12 {
				t.Fatalf("%+v: want survival %v", step, p)
			}
		}
	}
}
