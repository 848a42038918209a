package models

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"phdp/models/adherence"
)

// measureNames are the columns of CMA1 to CMA9.
var measureNames = []string{"cma1", "cma2", "cma3", "cma4", "cma5", "cma6", "cma7", "cma8", "cma9"}

// TestCMAWindowsAgainstTheEngine compares sliding windows, episodes and lines of random patients with the Go engine,
// which is tested against AdhereR.
func TestCMAWindowsAgainstTheEngine(t *testing.T) {
	x, people := randomSupply(t, 500, "fct_cma_sliding", "fct_cma_by_episode", "fct_cma_by_line")
	got := map[string][]float64{}
	for _, row := range x.query("fct_cma_sliding", append([]string{"patient_id", "drug_class_code", "window_no"}, measureNames...)...) {
		got["sliding "+strings.Join(row[:3], " ")] = floats(t, row[3:])
	}
	for _, row := range x.query("fct_cma_by_episode", "patient_id", "drug_class_code", "episode_no", "start_date", "end_date", "cma1", "cma2", "cma5", "cma6") {
		got["episode "+strings.Join(row[:5], " ")] = floats(t, row[5:])
	}
	for _, row := range x.query("fct_cma_by_line", append([]string{"patient_id", "window_code"}, measureNames...)...) {
		got["line "+strings.Join(row[:2], " ")] = floats(t, row[2:])
	}
	want := map[string][]float64{}
	for _, p := range people {
		lines := map[string][][]float64{}
		for _, class := range []string{"x", "y"} {
			events := supplyEvents(p, class)
			if len(events) == 0 {
				continue
			}
			addSliding(want, p.id+" "+class, events)
			addEpisodes(want, p.id+" "+class, events)
			for code, days := range map[string]int{"r180": 180, "r365": 365} {
				lines[code] = append(lines[code], nineMeasures(events, days))
			}
		}
		for code, classes := range lines {
			want["line "+p.id+" "+code] = means(classes)
		}
	}
	for key, values := range want {
		for i, w := range values {
			if g := got[key]; len(g) != len(values) || !same(g[i], w) {
				t.Fatalf("%s: got %v, want %v", key, got[key], values)
			}
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d rows, want %d", len(got), len(want))
	}
	t.Logf("%d patients, %d windows, episodes and lines compared", len(people), len(want))
}

// engineFrom is an engine whose follow-up is from the first event to the business day.
func engineFrom(first adherence.Day, observation, days int) adherence.Engine {
	return adherence.Engine{Windows: adherence.Windows{FollowUpDuration: asOfDay - int(first), FollowUpUnit: adherence.Days,
		ObservationStart: observation - int(first), ObservationDuration: days, ObservationUnit: adherence.Days}}
}

func nineMeasures(events []adherence.Event, days int) []float64 {
	engine := engineFrom(events[0].Day, asOfDay-days, days)
	values := make([]float64, 9)
	for i := range values {
		values[i], _ = engine.CMA(adherence.Measure(i+1), events)
	}
	return values
}

// addSliding leaves out windows that end before the first fill: they have no row.
func addSliding(want map[string][]float64, who string, events []adherence.Event) {
	engine := engineFrom(events[0].Day, asOfDay-365, 365)
	for i := range 9 {
		values, _ := engine.Sliding(adherence.Measure(i+1), 90, 30, events)
		for _, v := range values {
			if key := fmt.Sprint("sliding ", who, " ", v.Number); events[0].Day <= v.End {
				want[key] = append(want[key], v.Value)
			}
		}
	}
}

// addEpisodes also checks that the measures that have no column are the ones that the header says.
func addEpisodes(want map[string][]float64, who string, events []adherence.Event) {
	engine := engineFrom(events[0].Day, int(events[0].Day), asOfDay-int(events[0].Day))
	settings := adherence.EpisodeSettings{Gap: 60, Unit: adherence.GapDays, CarryOver: true}
	all := make([][]adherence.WindowValue, 10)
	for m := 1; m <= 9; m++ {
		all[m] = engine.PerEpisode(adherence.Measure(m), settings, events)
	}
	for i, v := range all[1] {
		key := fmt.Sprint("episode ", who, " ", v.Number, " ", dayText(int(v.Start)), " ", dayText(int(v.End)))
		want[key] = []float64{v.Value, all[2][i].Value, all[5][i].Value, all[6][i].Value}
		for _, m := range []int{7, 8, 9} {
			if !same(all[m][i].Value, all[6][i].Value) {
				want[key+" differs"] = []float64{all[m][i].Value}
			}
		}
	}
}

// means are the means of the values that are there.
func means(classes [][]float64) []float64 {
	mean := make([]float64, len(classes[0]))
	for i := range mean {
		sum, n := 0.0, 0.0
		for _, values := range classes {
			if !math.IsNaN(values[i]) {
				sum += values[i]
				n++
			}
		}
		mean[i] = sum / n
	}
	return mean
}
