package generate

import (
	"math"
	"testing"
	"time"
)

// The truth of an experiment is what the same people do in both arms: more days with medicine under the programme,
// not one day more or less under the other wording.
func TestPlantedEffect(t *testing.T) {
	g, err := New(Config{Patients: 3000, Months: 18, Seed: 5, Lines: defaultLines(t), Only: []string{"bc", "htn"},
		End: time.Date(2026, 6, 30, 0, 0, 0, 0, shanghai)})
	if err != nil {
		t.Fatal(err)
	}
	type sums struct{ people, treated, sum, squares float64 }
	effects := map[string]*sums{}
	for _, a := range g.Truth().Assignments {
		s := effects[a.Experiment]
		if s == nil {
			s = &sums{}
			effects[a.Experiment] = s
		}
		s.people++
		gain := float64(a.CoveredDays-a.OtherCoveredDays) / float64(max(1, a.AfterDays))
		if a.Arm == "control" {
			gain = -gain
		} else {
			s.treated++
		}
		s.sum += gain
		s.squares += gain * gain
	}
	for name, s := range effects {
		mean := s.sum / s.people
		t.Logf("%s: %v people, effect %.4f, standard error %.4f", name, s.people, mean, math.Sqrt((s.squares/s.people-mean*mean)/s.people))
		if share := s.treated / s.people; share < 0.42 || share > 0.58 {
			t.Errorf("%s: %.2f are treated", name, share)
		}
	}
	if s := effects["icbt_22w"]; s == nil || s.sum/s.people < 0.08 {
		t.Errorf("the programme has no effect: %+v", s)
	}
	if s := effects["reminder_wording"]; s == nil || s.people < 100 || s.squares != 0 {
		t.Errorf("the wording has an effect: %+v", s)
	}
}
