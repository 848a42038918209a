package models

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"phdp/models/adherence"
)

// TestLogRankAgainstTheEngine compares the log-rank test of one to nine segments with the Go engine on random times:
// with ties, with segments without an event, and with segments whom nobody else is beside.
func TestLogRankAgainstTheEngine(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 44))
	rows := table{header: strings.Split("measure_code,line_code,drug_class_code,grace_days,segment_by,segment,time_days,patient_count,event_count", ",")}
	want := map[string][]float64{}
	for n := range 300 {
		line := fmt.Sprint(n)
		groups := randomGroups(random)
		for g, subjects := range groups {
			counts := map[int][2]int{}
			for _, s := range subjects {
				c := counts[int(s.Time)]
				c[0]++
				if s.Event {
					c[1]++
				}
				counts[int(s.Time)] = c
			}
			for day, c := range counts {
				rows.rows = append(rows.rows, []string{"persistence", line, "", "60", "channel", fmt.Sprint("c", g), fmt.Sprint(day), fmt.Sprint(c[0]), fmt.Sprint(c[1])})
			}
		}
		want[line] = []float64{float64(len(groups)), math.NaN(), 0, math.NaN()}
		if test, err := adherence.LogRank(groups); err == nil {
			want[line] = []float64{float64(len(groups)), test.ChiSquare, float64(test.Freedom), test.P}
		}
	}
	x := newBench(t, map[string]table{"fct_survival_counts": rows})
	x.run("fct_survival_group_tests", true)
	freedoms := map[float64]int{}
	found := x.query("fct_survival_group_tests", "line_code", "segment_count", "chi_square", "degrees_of_freedom", "p_value")
	for _, row := range found {
		got := floats(t, row[1:])
		for i, w := range want[row[0]] {
			if !same(got[i], w) {
				t.Fatalf("line %s: got %v, want %v", row[0], got, want[row[0]])
			}
		}
		freedoms[got[2]]++
	}
	if len(found) != len(want) || len(freedoms) < 8 {
		t.Errorf("%d tests, want %d; degrees of freedom %v", len(found), len(want), freedoms)
	}
	t.Logf("%d tests compared, by degrees of freedom %v", len(found), freedoms)
}

// randomGroups are one to nine groups of one to forty subjects, some without an event, some long after the others.
func randomGroups(random *rand.Rand) [][]adherence.Subject {
	groups := make([][]adherence.Subject, 1+random.IntN(9))
	for g := range groups {
		span, from, share := 1+random.IntN(60), 0, random.Float64()
		switch random.IntN(8) {
		case 0:
			share = 0
		case 1:
			from = 100
		}
		for range 1 + random.IntN(40) {
			groups[g] = append(groups[g], adherence.Subject{Time: float64(from + random.IntN(span)), Event: random.Float64() < share})
		}
	}
	return groups
}
