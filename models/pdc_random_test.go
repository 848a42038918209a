package models

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// rules are the settings of adherence that the day-by-day oracle knows.
type rules struct {
	shift, sameDay string
	carryIn        bool
	inpatient      string
	index          string
}

func (r rules) row() []string {
	return []string{r.shift, r.sameDay, fmt.Sprint(r.carryIn), r.inpatient, r.index, "2", "91"}
}

// patient is what the oracle sees; days are counted from the epoch of the test.
type patient struct {
	id         string
	fills      []fill
	died, left int // 0: never
	stays      [][2]int
}

type fill struct {
	day, supply int
	drug        string
}

// Drugs of the random patients: ab is a combination of a and b, which are of class x; c is of class y.
// ac has an ingredient in each class.
var ingredientsOf = map[string]map[string][]string{
	"a": {"x": {"a"}}, "b": {"x": {"b"}}, "c": {"y": {"c"}}, "ab": {"x": {"a", "b"}}, "ac": {"x": {"a"}, "y": {"c"}},
}

var epoch = day("2024-06-01")

const asOfDay = 668 // 2026-03-31

func TestRandomPDCAgainstDayByDay(t *testing.T) {
	checkRandomPDC(t, rules{"drug", "stack", false, "none", "first_fill"}, 2000)
	for i, r := range []rules{
		{"class", "stack", false, "none", "first_fill"}, {"none", "stack", false, "none", "first_fill"},
		{"drug", "longest", false, "none", "first_fill"}, {"drug", "stack", true, "none", "first_fill"},
		{"drug", "stack", true, "none", "fixed"}, {"drug", "stack", false, "cms", "first_fill"},
		{"class", "longest", true, "cms", "fixed"}, {"none", "longest", true, "cms", "first_fill"},
	} {
		t.Run(fmt.Sprint(i, r), func(t *testing.T) { checkRandomPDC(t, r, 300) })
	}
}

func checkRandomPDC(t *testing.T, r rules, patients int) {
	t.Helper()
	random := rand.New(rand.NewPCG(7, 11))
	fills := table{header: strings.Split("patient_id,source,event_id,ordinal,event_at,event_date,drug_code,days_supply,topic,offset,reason", ",")}
	events := table{header: strings.Split("patient_id,source,event_id,event_at,event_date,activity_type", ",")}
	var people []patient
	for i := range patients {
		p := randomPatient(random, fmt.Sprintf("p%05d", i))
		people = append(people, p)
		fills.rows, events.rows = append(fills.rows, p.fillRows()...), append(events.rows, p.eventRows()...)
	}
	x := newBench(t, map[string]table{
		"int_fills__judged": fills, "int_activities__events": events,
		"ref.adherence_settings": {strings.Split("shift,same_day,carry_in,inpatient,index_date,min_fill_dates,min_treatment_days", ","), [][]string{r.row()}},
		"ref.drugs": {[]string{"drug_code", "drug_class_code", "ingredients"}, [][]string{
			{"a", "x", "a"}, {"b", "x", ""}, {"c", "y", "c"}, {"ab", "x", "a;b"}, {"ac", "x", "a; c"}}},
		"ref.drug_classes": {[]string{"drug_class_code", "adherence_threshold"}, [][]string{{"x", "0.8"}, {"y", "0.9"}}},
	})
	x.run("fct_adherence", true)
	got := map[string]string{}
	for _, row := range x.query("fct_adherence", "patient_id", "drug_class_code", "period_code", "treatment_start", "treatment_end",
		"fill_count", "fill_date_count", "covered_days", "treatment_days", "is_eligible", "is_adherent", "pdc_ratio") {
		got[strings.Join(row[:3], " ")] = strings.Join(row[3:11], " ")
	}
	want := map[string]string{}
	for _, p := range people {
		for _, class := range []string{"x", "y"} {
			for code, span := range periodsOf(t, x) {
				if value, ok := oracle(r, p, class, span); ok {
					want[p.id+" "+class+" "+code] = value
				}
			}
		}
	}
	wrong := 0
	for _, key := range sortedUnique(append(sortedKeys(got), sortedKeys(want)...)) {
		if got[key] != want[key] {
			if wrong++; wrong <= 3 {
				t.Errorf("%v %s: got %q, want %q", r, key, got[key], want[key])
			}
		}
	}
	t.Logf("%v: %d patients, %d measures, %d differ", r, patients, len(want), wrong)
}

// periods are read once per bench; they have a test of their own.
func periodsOf(t testing.TB, x *bench) map[string][2]int {
	if x.periods == nil {
		x.periods = map[string][2]int{}
		for _, row := range x.query("int_adherence__periods", "period_code", "period_start", "period_end") {
			x.periods[row[0]] = [2]int{dayNumber(row[1]), dayNumber(row[2])}
		}
	}
	return x.periods
}

// oracle walks through the days: medicine of a pool arrives, one day of it is used on every day outside
// hospital, and a day is covered when any pool had some.
func oracle(r rules, p patient, class string, span [2]int) (string, bool) {
	end := span[1]
	for _, exit := range []int{p.died, p.left} {
		if exit > 0 {
			end = min(end, exit)
		}
	}
	arrivals := map[int]map[string]int{} // day → pool → supply
	longest := map[[2]string]int{}
	start, first, count, from := span[0], 0, 0, end+1
	dates := map[int]bool{}
	for i, f := range p.fills {
		ingredients := ingredientsOf[f.drug][class]
		if ingredients == nil || f.day > end || (f.day < span[0] && !r.carryIn) {
			continue
		}
		if f.day >= span[0] {
			count++
			dates[f.day] = true
			if first == 0 || f.day < first {
				first = f.day
			}
		}
		from = min(from, f.day)
		stocks := ingredients
		if r.shift == "class" {
			stocks = []string{f.drug}
		}
		for _, stock := range stocks {
			pool := stock
			switch r.shift {
			case "class":
				pool = "class"
			case "none":
				pool = fmt.Sprint(stock, f.day)
			}
			if arrivals[f.day] == nil {
				arrivals[f.day] = map[string]int{}
			}
			supply := f.supply
			if r.sameDay == "longest" {
				key := [2]string{fmt.Sprint(f.day), stock}
				supply = max(0, f.supply-longest[key])
				longest[key] = max(longest[key], f.supply)
			}
			arrivals[f.day][pool] += supply
		}
		_ = i
	}
	if r.index == "first_fill" {
		start = first
	}
	if from > end || (r.index == "first_fill" && first == 0) || start > end {
		return "", false
	}
	pools := map[string]int{}
	covered, days := 0, 0
	for d := min(from, start); d <= end; d++ {
		for pool, supply := range arrivals[d] {
			pools[pool] += supply
		}
		if r.inpatient == "cms" && p.isStay(d) {
			continue
		}
		isCovered := false
		for pool, left := range pools {
			if left > 0 {
				isCovered = true
				pools[pool] = left - 1
			} else {
				delete(pools, pool)
			}
		}
		if d >= start {
			days++
			if isCovered {
				covered++
			}
		}
	}
	threshold := map[string]int{"x": 80, "y": 90}[class]
	eligible := len(dates) >= 2 && end-start+1 >= 91
	adherent := ""
	if eligible {
		adherent = fmt.Sprint(covered*100 >= threshold*days)
	}
	return fmt.Sprint(dayText(start), " ", dayText(end), " ", count, " ", len(dates), " ", covered, " ", days, " ", eligible, " ", adherent), true
}

func (p patient) isStay(d int) bool {
	return slices.ContainsFunc(p.stays, func(s [2]int) bool { return s[0] <= d && d < s[1] })
}

func randomPatient(random *rand.Rand, id string) patient {
	p := patient{id: id}
	drugs := []string{"a", "a", "b", "ab", "c", "ac"}
	day := random.IntN(500)
	for range 1 + random.IntN(14) {
		p.fills = append(p.fills, fill{day, 1 + random.IntN(60), drugs[random.IntN(len(drugs))]})
		if random.IntN(5) > 0 {
			day += random.IntN(60)
		}
		if day > asOfDay {
			break
		}
	}
	if random.IntN(6) == 0 {
		p.died = 300 + random.IntN(360)
	}
	if random.IntN(6) == 0 {
		p.left = 300 + random.IntN(360)
	}
	for range random.IntN(4) {
		admit := random.IntN(640)
		p.stays = append(p.stays, [2]int{admit, admit + random.IntN(25)})
	}
	p.stays = disjoint(p.stays)
	return p
}

// disjoint keeps the stays that do not touch the ones kept before, so that each discharge has one admission.
func disjoint(stays [][2]int) [][2]int {
	slices.SortFunc(stays, func(a, b [2]int) int { return a[0] - b[0] })
	var kept [][2]int
	for _, s := range stays {
		if len(kept) == 0 || s[0] > kept[len(kept)-1][1] {
			kept = append(kept, s)
		}
	}
	return kept
}

func (p patient) fillRows() [][]string {
	var rows [][]string
	for i, f := range p.fills {
		date := dayText(f.day)
		rows = append(rows, []string{p.id, "s", fmt.Sprint(p.id, "-", i), "0", date + " 04:00:00+00", date, f.drug, fmt.Sprint(f.supply), "t", fmt.Sprint(i), ""})
	}
	return rows
}

func (p patient) eventRows() [][]string {
	var rows [][]string
	add := func(kind string, d int, hour string) {
		rows = append(rows, []string{p.id, "s", fmt.Sprint(p.id, kind, d), dayText(d) + " " + hour + ":00:00+00", dayText(d), kind})
	}
	if p.died > 0 {
		add("died", p.died, "04")
	}
	if p.left > 0 {
		add("left_programme", p.left, "04")
	}
	for _, s := range p.stays {
		add("admitted", s[0], "01")
		add("discharged", s[1], "03")
	}
	return rows
}

func dayText(d int) string { return epoch.AddDate(0, 0, d).Format(time.DateOnly) }

func dayNumber(text string) int { return int(day(text).Sub(epoch).Hours() / 24) }
