package adherence

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestEras(t *testing.T) {
	for _, c := range []struct {
		name      string
		exposures []Exposure
		want      string
	}{
		{"30 days between end and start", []Exposure{{"a", 0, 10}, {"a", 40, 50}}, "a 0-50 2"},
		{"31 days between", []Exposure{{"a", 0, 10}, {"a", 41, 50}}, "a 0-10 1, a 41-50 1"},
		{"a short one inside a long one", []Exposure{{"a", 0, 100}, {"a", 5, 10}, {"a", 130, 140}}, "a 0-140 3"},
		{"drugs apart, in any order of rows", []Exposure{{"b", 20, 30}, {"a", 40, 50}, {"a", 0, 10}}, "a 0-50 2, b 20-30 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := erasText(Eras(c.exposures, 30)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func erasText(eras []Era) string {
	var list []string
	for _, e := range eras {
		list = append(list, fmt.Sprintf("%s %d-%d %d", e.Drug, e.Start, e.End, e.Exposures))
	}
	return strings.Join(list, ", ")
}

// Painting every exposure with the gap behind it on a calendar gives the eras as painted stretches.
func TestErasAgainstPaintedCalendar(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 43))
	for range 10000 {
		gap := r.IntN(40)
		var exposures []Exposure
		for range 1 + r.IntN(8) {
			start := Day(r.IntN(300))
			exposures = append(exposures, Exposure{"a", start, start + Day(r.IntN(30))})
		}
		var want []Era
		painted := func(day Day) bool {
			return slices.ContainsFunc(exposures, func(x Exposure) bool { return day >= x.Start && day <= x.End+Day(gap) })
		}
		for day := Day(0); day < 400; day++ {
			if painted(day) && !painted(day-1) || day > 0 && startsOnLastPaintedDay(exposures, day, gap) {
				want = append(want, Era{Drug: "a", Start: day})
			}
			for _, x := range exposures {
				if x.Start == day {
					last := &want[len(want)-1]
					last.End, last.Exposures = max(last.End, x.End), last.Exposures+1
				}
			}
		}
		if got := Eras(exposures, gap); !slices.Equal(got, want) {
			t.Fatalf("gap %d, %v: got %s, want %s", gap, exposures, erasText(got), erasText(want))
		}
	}
}

// startsOnLastPaintedDay is the case that a calendar of days cannot show: the day after the last painted
// day is a new era although both stretches touch.
func startsOnLastPaintedDay(exposures []Exposure, day Day, gap int) bool {
	starts, reached := false, Day(-1000)
	for _, x := range exposures {
		starts = starts || x.Start == day
		if x.Start < day {
			reached = max(reached, x.End+Day(gap))
		}
	}
	return starts && reached == day-1
}

// The exposures of 2,694 people of OHDSI's GiBleed data: joining any two neighbours until nothing changes
// gives the same eras.
func TestErasOfGiBleed(t *testing.T) {
	text := strings.NewReplacer("person_id", "patient_id", ",ingredient,", ",drug,").Replace(testData(t, "prescriptions", "gibleed_exposures.csv"))
	patients, rejects, err := ReadExposures(strings.NewReader(text), "gibleed.csv")
	if err != nil || len(rejects) > 0 || len(patients) == 0 {
		t.Fatal(err, len(rejects), len(patients))
	}
	eras := 0
	for _, p := range patients {
		got := Eras(p.Exposures, 30)
		eras += len(got)
		if want := joinNeighbours(p.Exposures, 30); !slices.Equal(got, want) {
			t.Fatalf("got %s, want %s", erasText(got), erasText(want))
		}
	}
	t.Logf("%d patients, %d eras", len(patients), eras)
}

func joinNeighbours(exposures []Exposure, gap Day) []Era {
	var eras []Era
	for _, x := range exposures {
		eras = append(eras, Era{x.Drug, x.Start, x.End, 1})
	}
	for joined := true; joined; {
		joined = false
		for i := 0; i < len(eras); i++ {
			for j := len(eras) - 1; j > i; j-- {
				a, b := eras[i], eras[j]
				if a.Drug == b.Drug && a.Start <= b.End+gap && b.Start <= a.End+gap {
					eras[i] = Era{a.Drug, min(a.Start, b.Start), max(a.End, b.End), a.Exposures + b.Exposures}
					eras = slices.Delete(eras, j, j+1)
					joined = true
				}
			}
		}
	}
	slices.SortFunc(eras, func(a, b Era) int { return cmp.Or(cmp.Compare(a.Drug, b.Drug), cmp.Compare(a.Start, b.Start)) })
	return eras
}
