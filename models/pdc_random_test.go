package models

import (
	"fmt"
	"io/fs"
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
	measures, differences := comparePDC(t, files, r, patients)
	for _, d := range differences[:min(3, len(differences))] {
		t.Errorf("%v %s", r, d)
	}
	t.Logf("%v: %d patients, %d measures, %d differ", r, patients, measures, len(differences))
}

// TestOracleSeesFaults breaks a rule of the models and expects the oracle to disagree.
func TestOracleSeesFaults(t *testing.T) {
	plain := rules{"drug", "stack", false, "none", "first_fill"}
	cms := rules{"drug", "longest", true, "cms", "first_fill"}
	for name, tc := range map[string]struct {
		rules          rules
		file, old, new string
	}{
		"a fill on the first day of the period": {plain, "windows", "min(d.fill_date) filter (where d.fill_date >= e", "min(d.fill_date) filter (where d.fill_date > e"},
		"a fill on the last day":                {plain, "windows", "d.fill_date <= e.treatment_end", "d.fill_date < e.treatment_end"},
		"a treatment period of one day":         {plain, "windows", "where i.treatment_start <= i", "where i.treatment_start < i"},
		"death":                                 {plain, "windows", "coalesce(x.died_date, q.period_end)", "q.period_end"},
		"the last day counts":                   {plain, "windows", "i.treatment_end) + 1 -", "i.treatment_end) -"},
		"a combination counts twice":            {plain, "doses", "join int_drugs__targets as t on t.drug_code = f.drug_code", "join (select drug_code, drug_class_code, min(ingredient) as ingredient from int_drugs__targets group by all) as t on t.drug_code = f.drug_code"},
		"the shift cascades":                    {plain, "supply", "then supply_to_here + max(position - (supply_to_here - supply)) over (", "then supply + max(position) over ("},
		"supply is cut at the end":              {plain, "supply", "least(supply_end, end_position)", "supply_end"},
		"overlaps count once":                   {plain, "covered_days", "greatest(from_position, coalesce(covered_before, from_position))", "from_position"},
		"stay days leave the denominator":       {cms, "windows", "+ 1 - coalesce(e.days, 0)", "+ 1"},
		"every stay moves supply":               {cms, "doses", "sum(least(s.stay_end_date", "max(least(s.stay_end_date"},
		"the longest of a day":                  {cms, "supply", "then max(d.days_supply)", "then min(d.days_supply)"},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := broken(t, "intermediate/int_adherence__"+tc.file+".sql", tc.old, tc.new)
			if _, differences := comparePDC(t, fsys, tc.rules, 120); len(differences) == 0 {
				t.Error("the oracle did not see the fault")
			}
		})
	}
}

// comparePDC builds random patients with the SQL of fsys and returns how many measures there are and which
// of them the oracle counts otherwise.
func comparePDC(t *testing.T, fsys fs.FS, r rules, patients int) (measures int, differences []string) {
	t.Helper()
	x, people := randomBench(t, fsys, r, patients)
	x.run("fct_adherence", true)
	got := map[string]string{}
	for _, row := range x.query("fct_adherence", "patient_id", "drug_class_code", "period_code", "treatment_start", "treatment_end",
		"fill_count", "fill_date_count", "covered_days", "treatment_days", "is_eligible", "is_adherent") {
		got[strings.Join(row[:3], " ")] = strings.Join(row[3:], " ")
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
	for _, key := range sortedUnique(append(sortedKeys(got), sortedKeys(want)...)) {
		if got[key] != want[key] {
			differences = append(differences, fmt.Sprintf("%s: got %q, want %q", key, got[key], want[key]))
		}
	}
	return len(want), differences
}

// randomBench holds the fills and stays of random patients; the same number gives the same patients.
func randomBench(t *testing.T, fsys fs.FS, r rules, patients int) (*bench, []patient) {
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
	return newBenchFrom(t, fsys, map[string]table{
		"int_fills__judged": fills, "int_activities__events": events,
		"ref.adherence_settings": {strings.Split("shift,same_day,carry_in,inpatient,index_date,min_fill_dates,min_treatment_days", ","), [][]string{r.row()}},
		"ref.drugs": {[]string{"drug_code", "drug_class_code", "ingredients"}, [][]string{
			{"a", "x", "a"}, {"b", "x", ""}, {"c", "y", "c"}, {"ab", "x", "a;b"}, {"ac", "x", "a; c"}}},
		"ref.drug_classes": {[]string{"drug_class_code", "adherence_threshold"}, [][]string{{"x", "0.8"}, {"y", "0.9"}}},
	}), people
}

// periodsOf reads the measurement periods once per bench; they have a test of their own.
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
// hospital, and a day is covered when any pool had some. ok is false without a counted fill.
func oracle(r rules, p patient, class string, span [2]int) (value string, ok bool) {
	end := span[1]
	for _, exit := range []int{p.died, p.left} {
		if exit > 0 {
			end = min(end, exit)
		}
	}
	var counted []fill
	dates := map[int]bool{}
	from, start, fills := end+1, end+1, 0
	for _, f := range p.fills {
		if ingredientsOf[f.drug][class] == nil || f.day > end || (f.day < span[0] && !r.carryIn) {
			continue
		}
		counted = append(counted, f)
		from = min(from, f.day)
		if f.day >= span[0] {
			fills++
			dates[f.day] = true
			start = min(start, f.day)
		}
	}
	if r.index == "fixed" {
		start = span[0]
	}
	if len(counted) == 0 || start > end {
		return "", false
	}
	covered, days := walk(r, p, arrivals(r, counted, class), min(from, start), start, end)
	threshold := map[string]int{"x": 80, "y": 90}[class]
	eligible := len(dates) >= 2 && end-start+1 >= 91 && days > 0
	adherent := ""
	if eligible {
		adherent = fmt.Sprint(covered*100 >= threshold*days)
	}
	return fmt.Sprint(dayText(start), " ", dayText(end), " ", fills, " ", len(dates), " ", covered, " ", days, " ", eligible, " ", adherent), true
}

// arrivals returns day → pool → days of supply. Supply of one pool is used one after the other.
func arrivals(r rules, fills []fill, class string) map[int]map[string]int {
	byDay := map[int]map[string]int{}
	longest := map[string]int{}
	for _, f := range fills {
		stocks := ingredientsOf[f.drug][class]
		if r.shift == "class" {
			stocks = []string{f.drug}
		}
		for _, stock := range stocks {
			pool := map[string]string{"drug": stock, "class": "class", "none": fmt.Sprint(stock, f.day)}[r.shift]
			supply := f.supply
			if r.sameDay == "longest" {
				key := fmt.Sprint(stock, f.day)
				supply = max(0, f.supply-longest[key])
				longest[key] = max(longest[key], f.supply)
			}
			if byDay[f.day] == nil {
				byDay[f.day] = map[string]int{}
			}
			byDay[f.day][pool] += supply
		}
	}
	return byDay
}

// walk counts the days of [start, end] that are covered and those that count, from the first arrival on.
func walk(r rules, p patient, byDay map[int]map[string]int, from, start, end int) (covered, days int) {
	pools := map[string]int{}
	for d := from; d <= end; d++ {
		for pool, supply := range byDay[d] {
			pools[pool] += supply
		}
		if r.inpatient == "cms" && p.isStay(d) {
			continue
		}
		isCovered := false
		for pool, left := range pools {
			isCovered = isCovered || left > 0
			if left > 1 {
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
	return covered, days
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
