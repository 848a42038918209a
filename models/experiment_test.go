package models

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"phdp/models/adherence"
)

// invented is a patient of an invented experiment.
type invented struct {
	before, after float64
	time          int
	isStopped     bool
}

// TestExperiments makes 240 experiments by chance, half of them with a planted effect of 0.12 on the share of covered
// days and half the hazard of stopping. The numbers are those of a plain computation, the planted effects are found,
// and where there is none about one experiment in twenty finds one.
func TestExperiments(t *testing.T) {
	random := rand.New(rand.NewPCG(22, 6))
	rows := table{header: []string{"experiment_code", "patient_id", "arm", "before_ratio", "after_ratio", "time_days", "is_stopped"}}
	arms := map[string]*[2][]invented{}
	for n := range 240 {
		effect := 0.12 * float64(n%2)
		code := fmt.Sprintf("x%03d", n)
		arms[code] = &[2][]invented{}
		for i := range 160 {
			arm := random.IntN(2)
			p := inventPatient(random, effect*float64(arm))
			arms[code][arm] = append(arms[code][arm], p)
			rows.rows = append(rows.rows, []string{code, fmt.Sprint(code, "-", i), []string{"control", "treatment"}[arm],
				fmt.Sprint(p.before), fmt.Sprint(p.after), fmt.Sprint(p.time), fmt.Sprint(p.isStopped)})
		}
	}
	x := newBench(t, map[string]table{"fct_experiment_patients": rows})
	x.run("fct_experiment_results", true)
	got := map[string][]float64{}
	for _, row := range x.query("fct_experiment_results", "experiment_code", "measure_code", "control_count", "treatment_count",
		"difference", "lower_difference", "upper_difference", "p_value") {
		got[row[0]+" "+row[1]] = floats(t, row[2:])
	}
	found := map[string]int{}
	for code, a := range arms {
		for measure, want := range plainResults(t, a) {
			g := got[code+" "+measure]
			if len(g) != 6 || !slices.EqualFunc(g, want, same) {
				t.Fatalf("%s %s: got %v, want %v", code, measure, g, want)
			}
			planted := map[bool]string{false: "none ", true: "planted "}[code[3]%2 == 1]
			if want[5] < 0.05 {
				found[planted+measure]++
			}
			if g[3] <= 0.12 && 0.12 <= g[4] {
				found["covers "+planted+measure]++
			}
		}
	}
	for _, measure := range []string{"after_ratio", "change_ratio", "persistence_days"} {
		t.Logf("%s: found in %d of 120 with an effect and in %d of 120 without", measure, found["planted "+measure], found["none "+measure])
		if found["planted "+measure] < 100 || found["none "+measure] < 1 || found["none "+measure] > 15 {
			t.Errorf("%s: found in %d of 120 with an effect, in %d of 120 without", measure, found["planted "+measure], found["none "+measure])
		}
	}
	for _, measure := range []string{"after_ratio", "change_ratio"} {
		if n := found["covers planted "+measure]; n < 105 || n > 119 {
			t.Errorf("%s: %d of 120 intervals hold the effect, want about 114", measure, n)
		}
	}
}

// inventPatient draws a patient whose share after goes with the share before, so that the change says more than the
// outcome; effect makes the share larger and stopping rarer.
func inventPatient(random *rand.Rand, effect float64) invented {
	p := invented{before: 0.2 + 0.6*random.Float64()}
	p.after = p.before + effect + 0.12*random.NormFloat64()
	hazard := 0.012
	if effect > 0 {
		hazard /= 2
	}
	stop, last := int(random.ExpFloat64()/hazard), 60+random.IntN(300)
	p.time, p.isStopped = min(stop, last), stop <= last
	return p
}

// plainResults are counts, difference, interval and p of the outcomes, computed plainly.
func plainResults(t *testing.T, arms *[2][]invented) map[string][]float64 {
	t.Helper()
	results := map[string][]float64{}
	for measure, value := range map[string]func(invented) float64{
		"after_ratio":  func(p invented) float64 { return p.after },
		"change_ratio": func(p invented) float64 { return p.after - p.before },
	} {
		var mean, variance [2]float64
		for arm, people := range arms {
			for _, p := range people {
				mean[arm] += value(p) / float64(len(people))
			}
			for _, p := range people {
				variance[arm] += math.Pow(value(p)-mean[arm], 2) / float64(len(people)-1) / float64(len(people))
			}
		}
		results[measure] = plainRow(arms, mean[1]-mean[0], math.Sqrt(variance[0]+variance[1]))
	}
	var subjects [2][]adherence.Subject
	var mean, variance [2]float64
	for arm, people := range arms {
		for _, p := range people {
			subjects[arm] = append(subjects[arm], adherence.Subject{Time: float64(p.time), Event: p.isStopped})
		}
		curve := adherence.KaplanMeier(subjects[arm], adherence.Log)
		mean[arm] = curve.RestrictedMean(180)
		for _, s := range curve.Steps {
			if rest := mean[arm] - curve.RestrictedMean(min(180, s.Time)); s.Events > 0 && rest > 1e-12 {
				variance[arm] += rest * rest * float64(s.Events) / float64(s.AtRisk*(s.AtRisk-s.Events))
			}
		}
	}
	test, err := adherence.LogRank(subjects[:])
	if err != nil {
		t.Fatal(err)
	}
	results["persistence_days"] = plainRow(arms, mean[1]-mean[0], math.Sqrt(variance[0]+variance[1]))
	results["persistence_days"][5] = test.P
	return results
}

func plainRow(arms *[2][]invented, difference, stdErr float64) []float64 {
	const z = 1.959963984540054
	return []float64{float64(len(arms[0])), float64(len(arms[1])), difference, difference - z*stdErr, difference + z*stdErr,
		math.Erfc(math.Abs(difference) / stdErr / math.Sqrt2)}
}
