package generate

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"phdp/ingest"
)

// reader reads records as a stranger would: it knows the format and the product table, nothing of lives.
type reader struct {
	g       *Generator
	parent  map[wireID]wireID
	events  map[string]wire
	perID   map[wireID][]wire
	drugOf  map[string]string
	packDay map[string]float64
}

func readAll(g *Generator) *reader {
	r := &reader{g: g, parent: map[wireID]wireID{}, events: map[string]wire{}, drugOf: map[string]string{}, packDay: map[string]float64{}}
	for _, d := range g.drugs {
		for _, name := range append(d.names, d.Code) {
			r.drugOf[name] = d.Code
		}
	}
	for _, p := range g.products {
		r.drugOf[p.SKU], r.packDay[p.SKU] = p.Drug, p.PackDays
	}
	for rec := range g.Records() {
		var w wire
		if json.Unmarshal(rec.Value, &w) != nil || w.fault(rec) != "" {
			continue
		}
		if _, isRepeat := r.events[w.EventID]; isRepeat {
			continue
		}
		r.events[w.EventID] = w
		r.root(w.Patient)
	}
	r.joinAll()
	r.perID = map[wireID][]wire{}
	for _, w := range r.events {
		root := r.root(w.Patient)
		r.perID[root] = append(r.perID[root], w)
	}
	return r
}

// joinAll follows the links, except to what is linked to the accounts of two people and joins nobody.
func (r *reader) joinAll() {
	users := map[wireID]map[wireID]bool{}
	for _, w := range r.events {
		for _, link := range w.Links {
			if users[link] == nil {
				users[link] = map[wireID]bool{}
			}
			if w.Patient.Kind == "wecom" {
				users[link][w.Patient] = true
			}
		}
	}
	for _, w := range r.events {
		for _, link := range w.Links {
			if len(users[link]) < 2 {
				r.join(w.Patient, link)
			}
		}
	}
}

func (r *reader) root(id wireID) wireID {
	if id.Kind == "phone" {
		id.ID = strings.TrimPrefix(id.ID, "+86 ")
	}
	up, ok := r.parent[id]
	if !ok {
		r.parent[id] = id
		return id
	}
	if up == id {
		return id
	}
	top := r.root(up)
	r.parent[id] = top
	return top
}

func (r *reader) join(a, b wireID) { r.parent[r.root(a)] = r.root(b) }

func localDay(at time.Time) int { return dayOf(at.UnixMilli()) }

// fills are the drug lines of one person that were paid or dispensed and not undone.
func (r *reader) fills(events []wire) []supplied {
	undone := map[string]bool{}
	for _, w := range events {
		for _, item := range w.Items {
			if w.Type == "prescription.returned" || w.Type == "prescription.cancelled" {
				undone[item.ClaimID] = true
			}
		}
	}
	var fills []supplied
	for _, w := range events {
		if w.Type != "prescription.paid" && w.Type != "prescription.dispensed" {
			continue
		}
		for _, item := range w.Items {
			name := item.SKU
			if name == "" {
				name = item.Drug
			}
			code, ok := r.drugOf[name]
			if !ok || undone[item.ClaimID] {
				continue
			}
			days := item.DaysSupply
			if days == 0 {
				days = item.Quantity * r.packDay[item.SKU]
			}
			drug := slices.IndexFunc(r.g.drugs, func(d drugInfo) bool { return d.Code == code })
			fills = append(fills, supplied{drug: drug, day: localDay(w.At), days: int(days)})
		}
	}
	return fills
}

// journey walks the funnel over records; the last step uses the interval form of the shift, not the days.
func (r *reader) journey(events []wire) []Step {
	fills := r.fills(events)
	slices.SortFunc(fills, func(a, b supplied) int { return a.day - b.day })
	firstOf := func(kind string, from int) int {
		first := noDay
		for _, w := range events {
			if day := localDay(w.At); w.Type == kind && day >= from {
				first = min(first, day)
			}
		}
		return first
	}
	var steps []Step
	reach := func(code string, day int) bool {
		if day != noDay {
			steps = append(steps, Step{StepCode: code, ReachedDate: Date(day)})
		}
		return day != noDay
	}
	day := 0
	for _, s := range [][2]string{{"lead", "activity.lead"}, {"friend", "activity.add_friend"}, {"profile", "activity.submit_form"},
		{"first_visit", "activity.first_visit"}, {"prescription", "prescription.prescribed"}} {
		if day = firstOf(s[1], day); !reach(s[0], day) {
			return steps
		}
	}
	first, second := noDay, noDay
	for _, f := range fills {
		if f.day >= day && first == noDay {
			first = f.day
		}
		if first != noDay && f.day > first {
			second = min(second, f.day)
		}
	}
	if !reach("first_fill", first) || !reach("second_fill", second) {
		return steps
	}
	reach("six_months", r.coveredFrom(fills, max(first+180, second)))
	return steps
}

func (r *reader) coveredFrom(fills []supplied, from int) int {
	day := noDay
	end := map[int]int{}
	for _, f := range fills {
		start := max(f.day, end[f.drug])
		end[f.drug] = start + f.days
		if end[f.drug] > from {
			day = min(day, max(start, from))
		}
	}
	if day > r.g.endDay {
		return noDay
	}
	return day
}

// The truth is found again in the records by a reader that knows the format only: who is one person, their
// fills, the funnel, and what was planted and told.
func TestTruthIsInTheRecords(t *testing.T) {
	g := newGenerator(t, 500, 12, 21)
	truth := g.Truth()
	r := readAll(g)
	rootOf := make(map[int]wireID)
	people := map[wireID]int{}
	identifiers := 0
	shared := sharedIdentifiers(truth.Persons)
	for _, p := range truth.Persons {
		if shared[p.ID] {
			continue
		}
		root := r.root(wireID{p.Kind, string(p.ID)})
		if before, ok := rootOf[p.PersonNo]; ok && before != root {
			t.Fatalf("person %d is two people in the records", p.PersonNo)
		}
		if other, ok := people[root]; ok && other != p.PersonNo {
			t.Fatalf("persons %d and %d are one in the records", other, p.PersonNo)
		}
		rootOf[p.PersonNo], people[root] = root, p.PersonNo
		identifiers++
	}
	if len(people) != 500 || len(r.perID) != 500 || len(r.parent) != identifiers {
		t.Fatalf("%d people in the truth, %d in the records; %d and %d identifiers", len(people), len(r.perID), identifiers, len(r.parent))
	}
	if len(shared) < 5 {
		t.Errorf("%d identifiers are shared", len(shared))
	}
	checkJourneys(t, r, truth, rootOf)
	checkFills(t, r, truth, rootOf)
	checkPatients(t, r, truth, rootOf)
	checkRatios(t, r, truth, rootOf)
	for _, p := range truth.Planted {
		if !strings.Contains(r.events[p.EventID].Text, p.Value) {
			t.Errorf("%s %s is not in its event", p.Kind, p.EventID)
		}
	}
	if len(truth.Planted) == 0 {
		t.Error("nothing planted")
	}
}

// sharedIdentifiers are those of more than one person.
func sharedIdentifiers(persons []Identity) map[ingest.PatientID]bool {
	owners, shared := map[ingest.PatientID]int{}, map[ingest.PatientID]bool{}
	for _, p := range persons {
		if no, ok := owners[p.ID]; ok && no != p.PersonNo {
			shared[p.ID] = true
		}
		owners[p.ID] = p.PersonNo
	}
	return shared
}

func checkJourneys(t *testing.T, r *reader, truth Truth, rootOf map[int]wireID) {
	t.Helper()
	want := map[int][]Step{}
	for _, s := range truth.Journey {
		want[s.PersonNo] = append(want[s.PersonNo], Step{StepCode: s.StepCode, ReachedDate: s.ReachedDate})
	}
	deepest := 0
	for no, root := range rootOf {
		got := r.journey(r.perID[root])
		if !slices.Equal(got, want[no]) {
			t.Errorf("person %d: %v in the records, %v in the truth", no, got, want[no])
		}
		deepest = max(deepest, len(got))
	}
	if deepest != 8 {
		t.Errorf("nobody reaches step 8, the deepest is %d", deepest)
	}
}

func checkFills(t *testing.T, r *reader, truth Truth, rootOf map[int]wireID) {
	t.Helper()
	want := map[int][]supplied{}
	claims := map[string]bool{}
	undone := 0
	for _, f := range truth.Fills {
		if claims[f.ClaimID] {
			t.Fatalf("claim %s is there twice", f.ClaimID)
		}
		claims[f.ClaimID] = true
		if f.Undone {
			undone++
			continue
		}
		drug := slices.IndexFunc(r.g.drugs, func(d drugInfo) bool { return d.Code == f.Drug })
		want[f.PersonNo] = append(want[f.PersonNo], supplied{drug: drug, day: int(f.Date), days: f.DaysSupply})
	}
	order := func(a, b supplied) int {
		return (a.day-b.day)*1_000_000 + (a.drug-b.drug)*1000 + a.days - b.days
	}
	for no, root := range rootOf {
		got := r.fills(r.perID[root])
		slices.SortFunc(got, order)
		slices.SortFunc(want[no], order)
		if !slices.Equal(got, want[no]) {
			t.Errorf("person %d: fills %v in the records, %v in the truth", no, got, want[no])
		}
	}
	if undone == 0 {
		t.Error("no fill is undone")
	}
}

func checkPatients(t *testing.T, r *reader, truth Truth, rootOf map[int]wireID) {
	t.Helper()
	for _, p := range truth.Patients {
		events := r.perID[rootOf[p.PersonNo]]
		first, last := math.MaxInt, 0
		consent, consentAt := "missing", time.Time{}
		sex, owner, exit := "", "", noDay
		isRemoved, isRefused := false, false
		for _, w := range events {
			day := localDay(w.At)
			first, last = min(first, day), max(last, day)
			if w.Attributes["sex"] != "" {
				sex = w.Attributes["sex"]
			}
			if w.Type == "activity.consent" && w.Attributes["purpose"] == "service" && w.At.After(consentAt) {
				before := consent
				consent, consentAt = map[string]string{"true": "granted", "false": "refused"}[w.Attributes["granted"]], w.At
				if consent == "refused" && (before == "granted" || before == "withdrawn") {
					consent = "withdrawn"
				}
			}
			if w.Type == "activity.add_friend" {
				owner = w.StaffID
			}
			isRemoved = isRemoved || w.Type == "activity.del_friend"
			isRefused = isRefused || w.Attributes["purpose"] == "contact" && w.Attributes["granted"] == "false"
			if w.Type == "activity.died" || w.Type == "activity.left_programme" {
				exit = day
			}
		}
		if Date(first) != p.FirstContact || Date(last) != p.LastContact || sex != p.Sex {
			t.Errorf("person %d: %s to %s, sex %q in the records, %+v in the truth", p.PersonNo, Date(first), Date(last), sex, p)
		}
		if (consent == "granted") != (p.Consent == "granted") || (consent == "missing") != (p.Consent == "missing") {
			t.Errorf("person %d: consent %s in the records, %s in the truth", p.PersonNo, consent, p.Consent)
		}
		if isRemoved {
			owner = ""
		}
		if owner != p.Owner || (isRemoved || isRefused) != p.DoNotContact {
			t.Errorf("person %d: owner %q, removed %v, refused %v in the records, %+v in the truth", p.PersonNo, owner, isRemoved, isRefused, p)
		}
		if exit != noDay && last > exit {
			t.Errorf("person %d has events after the end", p.PersonNo)
		}
	}
}

// checkRatios computes adherence from the records by intervals and compares every row.
func checkRatios(t *testing.T, r *reader, truth Truth, rootOf map[int]wireID) {
	t.Helper()
	rows := 0
	for _, a := range truth.Adherence {
		events := r.perID[rootOf[a.PersonNo]]
		end := int(a.PeriodEnd)
		for _, w := range events {
			if w.Type == "activity.died" || w.Type == "activity.left_programme" {
				end = min(end, localDay(w.At))
			}
		}
		var supply []supplied
		for _, f := range r.fills(events) {
			for _, i := range r.g.drugs[f.drug].ingredients {
				if r.g.drugs[i].Class == a.DrugClass && f.day >= int(a.PeriodStart) && f.day <= end {
					supply = append(supply, supplied{i, f.day, f.days})
				}
			}
		}
		slices.SortFunc(supply, func(x, y supplied) int { return x.day - y.day })
		covered, next := map[int]bool{}, map[int]int{}
		dates := map[int]bool{}
		for _, s := range supply {
			dates[s.day] = true
			start := max(s.day, next[s.drug])
			next[s.drug] = start + s.days
			for day := start; day < start+s.days && day <= end; day++ {
				covered[day] = true
			}
		}
		days := end - supply[0].day + 1
		isEligible := len(dates) >= 2 && days >= 91
		if len(covered) != a.CoveredDays || days != a.TreatmentDays || isEligible != a.IsEligible ||
			a.IsAdherent != (isEligible && len(covered)*100 >= 80*days) {
			t.Errorf("%+v, but the records say %d of %d days", a, len(covered), days)
		}
		rows++
	}
	if rows < 300 {
		t.Errorf("only %d rows of adherence", rows)
	}
}

// The days of the oracle against the closed form of the shift, over random fills of one drug.
func TestOracleAgreesWithTheClosedForm(t *testing.T) {
	l := newGenerator(t, 1, 1, 1).newLife()
	for range 2000 {
		var supply []supplied
		for range l.between(1, 8) {
			supply = append(supply, supplied{drug: 1, day: l.between(0, 200), days: l.between(1, 60)})
		}
		end := 260
		r, ok := adherence(supply, 0, end, 0, 0.8)
		slices.SortFunc(supply, func(a, b supplied) int { return a.day - b.day })
		covered, stock := 0, 0
		for _, s := range supply {
			start := max(s.day, stock)
			stock = start + s.days
			covered += max(0, min(stock, end+1)-start)
		}
		if !ok || r.covered != covered || r.treatment != end-supply[0].day+1 {
			t.Fatalf("%v: %d of %d days, want %d of %d", supply, r.covered, r.treatment, covered, end-supply[0].day+1)
		}
	}
}

// Worked by hand. Days 0 to 99; fills of 30 days on day 0, 20 (starts on 30) and 80 cover 0-59 and 80-99:
// 80 of 100 days. Another drug on day 60 covers 60-79. A person who leaves on day 89 has 90 days.
func TestOracleByHand(t *testing.T) {
	three := []supplied{{1, 0, 30}, {1, 20, 30}, {1, 80, 30}}
	cases := []struct {
		name   string
		supply []supplied
		exit   int
		want   ratio
	}{
		{"early refill moves on, the end is cut", three, 0, ratio{80, 100, true, true}},
		{"two drugs do not move each other", append([]supplied{{2, 60, 20}}, three...), 0, ratio{100, 100, true, true}},
		{"death after the period changes nothing", three, 150, ratio{80, 100, true, true}},
		{"less than 91 days", three, 89, ratio{70, 90, false, false}},
		{"one date only", []supplied{{1, 0, 30}, {1, 0, 30}}, 0, ratio{60, 100, false, false}},
		{"a fill before the period does not count", []supplied{{1, -5, 90}, {1, 3, 30}, {1, 40, 30}}, 0, ratio{60, 97, true, false}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, ok := adherence(c.supply, 0, 99, c.exit, 0.8)
			if !ok || got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

// A combination counts in the class of each ingredient, and with the same days when nothing else is taken.
func TestCombinationCountsForItsIngredients(t *testing.T) {
	truth := newGenerator(t, 1500, 12, 4).Truth()
	drugs := map[int]map[string]bool{}
	for _, f := range truth.Fills {
		if drugs[f.PersonNo] == nil {
			drugs[f.PersonNo] = map[string]bool{}
		}
		drugs[f.PersonNo][f.Drug] = true
	}
	byClass := map[int]map[string]int{}
	for _, a := range truth.Adherence {
		if a.PeriodCode == "r365" && len(drugs[a.PersonNo]) == 1 && drugs[a.PersonNo]["valsartan_amlodipine"] {
			if byClass[a.PersonNo] == nil {
				byClass[a.PersonNo] = map[string]int{}
			}
			byClass[a.PersonNo][a.DrugClass] = a.CoveredDays
		}
	}
	if len(byClass) == 0 {
		t.Error("nobody takes the combination alone")
	}
	for no, classes := range byClass {
		if len(classes) != 2 || classes["htn_arb"] == 0 || classes["htn_arb"] != classes["htn_ccb"] {
			t.Errorf("person %d: covered days by class %v", no, classes)
		}
	}
}
