package adherence

import (
	"math"
	"math/rand/v2"
	"testing"
)

func randomEvents(r *rand.Rand) []Event {
	events := []Event{{Day: Day(r.IntN(1000)), Drug: 1 + r.Int32N(2), Supply: float64(1 + r.IntN(60)), Dose: float64(1 + r.IntN(3))}}
	for range r.IntN(12) {
		e := events[len(events)-1]
		e.Day += Day(r.IntN(4) * r.IntN(40))
		e.Supply, e.Drug, e.Dose = float64(1+r.IntN(60)), 1+r.Int32N(2), float64(1+r.IntN(3))
		events = append(events, e)
	}
	return events
}

// living are the days that a patient goes through, one cupboard, one day of medicine used a day.
type living struct{ covered map[Day]bool }

// live fills the cupboard with each event and uses one day a day until end. Under sameDrug what is left
// goes out when another drug comes in.
func live(events []Event, end Day, sameDrug bool) living {
	covered := map[Day]bool{}
	left := 0.0
	for day := events[0].Day; day < end; day++ {
		for i, e := range events {
			if e.Day != day {
				continue
			}
			if sameDrug && i > 0 && events[i-1].Drug != e.Drug {
				left = 0
			}
			left += e.Supply
		}
		if left > 0 {
			covered[day] = true
			left--
		}
	}
	return living{covered}
}

func (l living) days(from, to Day) (n float64) {
	for day := from; day < to; day++ {
		if l.covered[day] {
			n++
		}
	}
	return n
}

// CMA5 to CMA8 are counts of days with medicine; the random patients live through them.
func TestMeasuresDayByDay(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 19))
	for _, sameDrug := range []bool{false, true} {
		for range 10000 {
			events := randomEvents(r)
			first := events[0].Day
			w := inDays(r.IntN(60), 300+r.IntN(400), r.IntN(100), 50+r.IntN(150))
			engine := Engine{Windows: w, Carry: Carry{OnlySameDrug: sameDrug}}
			fu, ow, _ := w.of(first)
			inside, followed := brute(events, ow.Start, ow.End), brute(events, fu.Start, ow.End)
			want := [4]float64{math.NaN(), math.NaN(), math.NaN(), math.NaN()}
			if n := len(inside); n > 0 {
				last := inside[n-1].Day
				l := live(inside, ow.End, sameDrug)
				if last > inside[0].Day {
					// What comes on the last day is not part of the span.
					want[0] = l.days(inside[0].Day, last) / float64(last-inside[0].Day)
				}
				if ow.End > inside[0].Day {
					want[1] = l.days(inside[0].Day, ow.End) / float64(ow.End-inside[0].Day)
				}
			}
			if len(followed) > 0 {
				l := live(followed, ow.End, sameDrug)
				want[2] = l.days(ow.Start, ow.End) / float64(ow.Length())
				earlier := brute(events, fu.Start, ow.Start-1)
				start := ow.Start
				if len(earlier) > 0 {
					// Alone at home from the last earlier event on, until the cupboard is empty.
					alone := live(earlier, ow.End, sameDrug)
					for start < ow.End && alone.covered[start] {
						start++
					}
				}
				want[3] = 1
				if start < ow.End {
					want[3] = l.days(start, ow.End) / float64(ow.End-start)
				}
			}
			for i, m := range []Measure{CMA5, CMA6, CMA7, CMA8} {
				got, _ := engine.CMA(m, events)
				if math.IsNaN(got) != math.IsNaN(want[i]) || math.Abs(got-want[i]) > 1e-12 {
					t.Fatalf("CMA%d same drug %v: got %v, lived %v: %+v %+v", m, sameDrug, got, want[i], w, events)
				}
			}
		}
	}
}

func brute(events []Event, from, to Day) (list []Event) {
	for _, e := range events {
		if e.Day >= from && e.Day <= to {
			list = append(list, e)
		}
	}
	return list
}

// With carry-over an episode is a walk through the days: it ends when the cupboard has been empty for
// longer than the permissible gap before the next event.
func TestEpisodesDayByDay(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 29))
	for range 10000 {
		events := randomEvents(r)
		engine := Engine{Windows: inDays(r.IntN(60), 100+r.IntN(500), 0, 1)}
		s := EpisodeSettings{Gap: float64(r.IntN(40)), Unit: GapDays, CarryOver: true, OnDrugChange: r.IntN(2) == 0}
		got := engine.Episodes(s, events)
		want := walkEpisodes(engine.Windows, s, events)
		if len(got) != len(want) {
			t.Fatalf("%+v %+v: got %v, want %v", s, events, got, want)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("%+v %+v: got %v, want %v", s, events, got, want)
			}
		}
	}
}

func walkEpisodes(w Windows, s EpisodeSettings, events []Event) (list []Episode) {
	fu, _, _ := w.of(events[0].Day)
	inside := brute(events, fu.Start, fu.End)
	left, empty, open := 0.0, 0.0, false
	var start Day
	drug := int32(0)
	for day := fu.Start; day <= fu.End; day++ {
		for i, e := range inside {
			if e.Day != day {
				continue
			}
			isNew := i > 0 && inside[i-1].Day == day
			gap := empty
			if isNew {
				gap = 0
			}
			if open && (gap > s.Gap || s.OnDrugChange && drug != e.Drug) {
				list = append(list, Episode{start, float64(day-start) - gap, gap})
				open = false
			}
			if !open {
				start, open = day, true
			}
			left, empty, drug = left+e.Supply, 0, e.Drug
		}
		switch {
		case day == fu.End:
		case left > 0:
			left--
		case open:
			empty++
		}
	}
	if open {
		last := Episode{start, float64(fu.End - start), empty}
		if empty >= s.Gap {
			last.Duration -= empty
		}
		list = append(list, last)
	}
	return list
}
