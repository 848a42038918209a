package adherence

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// Ten days of medicine on days 0, 20 and 100 of 200: gaps of 10, 70 and 90 days.
func threeFills() []Event {
	return []Event{{Day: 0, Drug: 1, Supply: 10, Dose: 1}, {Day: 20, Drug: 2, Supply: 10, Dose: 1}, {Day: 100, Drug: 2, Supply: 10, Dose: 2}}
}

func TestEpisodes(t *testing.T) {
	for _, c := range []struct {
		name   string
		s      EpisodeSettings
		events []Event
		want   string
	}{
		{"a longer gap cuts", EpisodeSettings{Gap: 30, Unit: GapDays}, threeFills(), "0+30/70 100+10/90"},
		{"a gap as long does not cut, but it ends the last", EpisodeSettings{Gap: 70, Unit: GapDays}, threeFills(), "0+110/90"},
		{"as long as the final gap ends it", EpisodeSettings{Gap: 90, Unit: GapDays}, threeFills(), "0+110/90"},
		{"a shorter final gap lets it go on", EpisodeSettings{Gap: 91, Unit: GapDays}, threeFills(), "0+200/90"},
		{"percent of the supply", EpisodeSettings{Gap: 99, Unit: GapPercent}, threeFills(), "0+10/10 20+10/70 100+10/90"},
		{"months have 30 days", EpisodeSettings{Gap: 3, Unit: GapMonths}, threeFills(), "0+110/90"},
		{"years have 365 days", EpisodeSettings{Gap: 1, Unit: GapYears}, threeFills(), "0+200/90"},
		{"another drug", EpisodeSettings{Gap: 91, Unit: GapDays, OnDrugChange: true}, threeFills(), "0+10/10 20+180/90"},
		{"another dose", EpisodeSettings{Gap: 91, Unit: GapDays, OnDoseChange: true}, threeFills(), "0+30/70 100+100/90"},
		{"the permissible gap appended", EpisodeSettings{Gap: 30, Unit: GapDays, AppendGap: true}, threeFills(), "0+60/70 100+40/90"},
		{"supply left over makes no gap", EpisodeSettings{Gap: 30, Unit: GapDays, OnDrugChange: true}, []Event{{Day: 0, Drug: 1, Supply: 20}, {Day: 5, Drug: 2, Supply: 10}},
			"0+5/0 5+10/185"},
		{"supply left over is lost", EpisodeSettings{Gap: 30, Unit: GapDays}, early(), "0+15/35 50+10/140"},
		{"supply left over is carried", EpisodeSettings{Gap: 30, Unit: GapDays, CarryOver: true}, early(), "0+60/140"},
	} {
		t.Run(c.name, func(t *testing.T) {
			engine := Engine{Windows: inDays(0, 200, 0, 200)}
			var got []string
			for _, e := range engine.Episodes(c.s, c.events) {
				got = append(got, fmt.Sprintf("%d+%v/%v", e.Start, e.Duration, e.EndGap))
			}
			if text := strings.Join(got, " "); text != c.want {
				t.Errorf("got %s, want %s", text, c.want)
			}
		})
	}
}

// Twenty days on day 0 and ten on day 5: apart they end on day 15, carried over on day 30; then day 50.
func early() []Event {
	return []Event{{Day: 0, Supply: 20}, {Day: 5, Supply: 10}, {Day: 50, Supply: 10}}
}

func TestDoseChangesWhatIsCarried(t *testing.T) {
	events := []Event{{Day: 0, Drug: 1, Supply: 30, Dose: 2}, {Day: 10, Drug: 1, Supply: 10, Dose: 1}}
	for _, c := range []struct {
		name  string
		carry Carry
		drug  int32
		want  float64
	}{
		{"20 days left are 20 days", Carry{}, 1, 40},
		{"half the dose makes 40 days of 20", Carry{DosageChange: true}, 1, 60},
		{"another drug carries nothing", Carry{OnlySameDrug: true}, 2, 20},
		{"with both the dose counts while the drug stays", Carry{OnlySameDrug: true, DosageChange: true}, 1, 60},
		{"with both another drug carries nothing", Carry{OnlySameDrug: true, DosageChange: true}, 2, 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			events[1].Drug = c.drug
			engine := Engine{Windows: inDays(0, 100, 0, 100), Carry: c.carry}
			if got, _ := engine.CMA(CMA7, events); math.Abs(got*100-c.want) > 1e-9 {
				t.Errorf("got %v days, want %v", got*100, c.want)
			}
		})
	}
}

func TestEdgesOfMeasures(t *testing.T) {
	for _, c := range []struct {
		name   string
		m      Measure
		events []Event
		want   float64
	}{
		{"CMA2 with the first fill on the last day is missing", CMA2, []Event{{Day: 0, Supply: 5}, {Day: 200, Supply: 10}}, math.NaN()},
		{"CMA1 with all fills on one day is missing", CMA1, []Event{{Day: 0, Supply: 5}, {Day: 150, Supply: 10}, {Day: 150, Supply: 10}}, math.NaN()},
		{"CMA7 with only earlier supply that reaches in", CMA7, []Event{{Day: 90, Supply: 60}}, 0.5},
		{"CMA7 with only earlier supply that ended", CMA7, []Event{{Day: 0, Supply: 60}}, 0},
		{"CMA8 when earlier supply covers the window is 1", CMA8, []Event{{Day: 0, Supply: 300}}, 1},
		{"CMA8 starts when the earlier supply ends", CMA8, []Event{{Day: 0, Supply: 150}, {Day: 175, Supply: 10}}, 0.2},
		{"CMA3 is at most 1", CMA3, []Event{{Day: 0, Supply: 5}, {Day: 110, Supply: 90}, {Day: 120, Supply: 10}}, 1},
		{"CMA9 spreads the supply", CMA9, []Event{{Day: 0, Supply: 75}, {Day: 150, Supply: 75}}, 0.5*0.5 + 0.5*0.3},
	} {
		t.Run(c.name, func(t *testing.T) {
			// The first event is on day 0 or the windows are moved to it.
			w := inDays(0, 400, int(100-c.events[0].Day), 100)
			engine := Engine{Windows: w}
			got, ok := engine.CMA(c.m, c.events)
			if !ok || math.IsNaN(got) != math.IsNaN(c.want) || math.Abs(got-c.want) > 1e-12 {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestSlidingWindows(t *testing.T) {
	engine := Engine{Windows: inDays(0, 200, 10, 100)}
	values, ok := engine.Sliding(CMA7, 30, 20, []Event{{Day: 0, Supply: 40}})
	want := []float64{1, 1.0 / 3, 0, 0} // floor((100-30)/20)+1 windows
	if whole, _ := engine.Sliding(CMA7, 100, 20, []Event{{Day: 0, Supply: 40}}); len(whole) != 1 || whole[0].Value != 0.3 {
		t.Errorf("a window as long as the observation: %+v", whole)
	}
	if !ok || len(values) != len(want) {
		t.Fatalf("%d windows, want %d", len(values), len(want))
	}
	for i, v := range values {
		if math.Abs(v.Value-want[i]) > 1e-12 || v.Number != i+1 || v.Start != Day(10+20*i) || v.End != v.Start+30 {
			t.Errorf("window %d: %+v, want %v", i, v, want[i])
		}
	}
}

func TestMeasurePerEpisode(t *testing.T) {
	engine := Engine{Windows: inDays(0, 200, 0, 150)}
	values := engine.PerEpisode(CMA6, EpisodeSettings{Gap: 30, Unit: GapDays}, threeFills())
	// 20 of 30 days, then 10 of 10.
	if len(values) != 2 || math.Abs(values[0].Value-2.0/3) > 1e-12 || values[1].Value != 1 || values[1].Start != 100 {
		t.Errorf("got %+v", values)
	}
}

// A month of observation fits into 29 days of follow-up from 31 January and 1 February 2023, not from 1 January.
func TestObservationOutsideTheFollowUp(t *testing.T) {
	engine := Engine{Windows: Windows{0, 29, Days, 0, 1, Months}}
	for day, want := range map[string]bool{"2023-01-31": true, "2023-01-01": false, "2023-02-01": true} {
		if _, ok := engine.CMA(CMA7, []Event{{Day: dayOf(day), Supply: 30}}); ok != want {
			t.Errorf("%s: %v", day, ok)
		}
	}
	if err := inDays(0, 100, 50, 51).Check(); err == nil {
		t.Error("a window outside is taken")
	}
}
