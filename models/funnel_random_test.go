package models

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// way is a funnel as the scan of events sees it; the last step of each asks for a second fill.
type way struct {
	code    string
	isLoose bool
	window  int // 0: none
	steps   []string
}

var ways = []way{
	{"strict", false, 0, []string{"activity.a", "activity.b", "fill", "fill"}},
	{"strict30", false, 30, []string{"activity.a", "activity.b", "activity.b", "fill"}},
	{"loose", true, 0, []string{"activity.a", "activity.b", "activity.c", "activity.d"}},
	{"loose30", true, 30, []string{"activity.b", "activity.a", "fill"}},
}

// TestFunnelsByScan compares the steps that random patients reach with a scan over their events, one by one.
func TestFunnelsByScan(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 1))
	events := table{header: strings.Split("patient_id,line_code,event,event_date,nth", ",")}
	lived := map[string]map[string][]int{} // patient → event → days in order
	for i := range 600 {
		id := fmt.Sprintf("p%04d", i)
		lived[id] = map[string][]int{}
		for _, event := range []string{"activity.a", "activity.b", "activity.c", "activity.d", "fill"} {
			day := 400 + random.IntN(60)
			for n := range random.IntN(4) {
				lived[id][event] = append(lived[id][event], day)
				events.rows = append(events.rows, []string{id, "htn", event, dayText(day), fmt.Sprint(n + 1)})
				day += 1 + random.IntN(40)
			}
		}
	}
	funnels := table{header: strings.Split("funnel_code,line_code,is_loose,window_days", ",")}
	steps := table{header: strings.Split("funnel_code,line_code,step_no,step_code,event,nth", ",")}
	for _, w := range ways {
		funnels.rows = append(funnels.rows, []string{w.code, "htn", fmt.Sprint(w.isLoose), fmt.Sprint(w.window)})
		for i, event := range w.steps {
			steps.rows = append(steps.rows, []string{w.code, "htn", fmt.Sprint(i + 1), event, event, fmt.Sprint(w.nth(i))})
		}
	}
	x := newBench(t, map[string]table{"int_journey__events": events, "ref.funnels": funnels, "ref.funnel_steps": steps})
	x.run("fct_funnel_steps", false)
	got := map[string][]string{}
	for _, row := range x.query("(from fct_funnel_steps order by step_no)", "patient_id", "funnel_code", "reached_date") {
		got[row[0]+" "+row[1]] = append(got[row[0]+" "+row[1]], row[2])
	}
	compared := 0
	for id, of := range lived {
		for _, w := range ways {
			var want []string
			for _, day := range w.scan(of) {
				want = append(want, dayText(day))
			}
			if g := got[id+" "+w.code]; strings.Join(g, " ") != strings.Join(want, " ") {
				t.Fatalf("%s %s: got %v, want %v of %v", id, w.code, g, want, of)
			}
			compared += len(want)
		}
	}
	t.Logf("%d steps of %d patients compared", compared, len(lived))
}

// nth is which fill day a step asks for; other events count from the first.
func (w way) nth(step int) int {
	n := 0
	for _, event := range w.steps[:step+1] {
		if event == w.steps[step] && event == "fill" {
			n++
		}
	}
	return max(1, n)
}

// scan returns the days on which the steps are reached, as far as they are.
func (w way) scan(of map[string][]int) (reached []int) {
	for i, event := range w.steps {
		from := 0
		switch {
		case i > 0 && w.isLoose:
			from = reached[0]
		case i > 0 && event == w.steps[i-1]:
			from = reached[i-1] + 1
		case i > 0:
			from = reached[i-1]
		}
		day := -1
		for n, d := range of[event] {
			if n+1 >= w.nth(i) && d >= from && (i == 0 || w.window == 0 || d <= reached[0]+w.window) {
				day = d
				break
			}
		}
		if day < 0 {
			return reached
		}
		if i > 0 {
			day = max(day, reached[i-1])
		}
		reached = append(reached, day)
	}
	return reached
}
