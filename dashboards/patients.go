package dashboards

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	searchLimit      = 50
	timelinePageSize = 30
)

// idPattern is what a pseudonym may be made of.
var idPattern = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)

var patientsParams = []param{lineParam, {name: "q", valid: func(_ *warehouse, v string) bool { return idPattern.MatchString(v) }}}

var patientParams = []param{{name: "kind", valid: func(_ *warehouse, v string) bool {
	return v == "chat" || v == "prescription" || v == "activity" || v == "measurement"
}}, pageParam}

// foundPatient is a row of the patient list.
type foundPatient struct {
	ID, LineCode, StageCode, Owner string
	TagCount                       int64
	LastContact                    string
	all                            int64 // that were found
}

type patientsData struct {
	Found []foundPatient
	Total int64
}

// patients lists people by the first characters of their id.
func (s *Server) patients(ctx context.Context, rq *request) (view, error) {
	data := patientsData{}
	err := s.audit(rq, "list", "patients", "line="+rq.state.Get("line")+" prefix="+rq.state.Get("q"))
	if err != nil {
		return view{}, err
	}
	data.Found, err = query(ctx, rq.wh, "patients.Search", args{"prefix": rq.state.Get("q"), "line": rq.state.Get("line"), "limit": searchLimit},
		func(x *foundPatient) []any {
			return []any{&x.ID, &x.LineCode, &x.StageCode, &x.Owner, &x.TagCount, &x.LastContact, &x.all}
		})
	if len(data.Found) > 0 {
		data.Total = data.Found[0].all
	}
	return view{Page: "patients", Title: s.render.texts[rq.lang].get("patients.title"), Data: data}, err
}

// person is the head of a patient's page.
type person struct {
	ID, LineCode, Sex               string
	Age, BirthYear                  sql.NullInt64
	CityTier, Channel, Owner, Stage string
	FirstContact, LastContact       string
	Keys                            int64
	HasConsent, DoNotContact        bool
	LastCovered                     string
	DaysLeft                        sql.NullInt64 // from as_of to the last covered day; negative when it is past
}

// heldTag is a tag that the person carries.
type heldTag struct {
	ID, NameZH, Family, Rule, Since string
	Evidence                        int64
	Confidence                      float64
}

// heldFamily is the tags of one family.
type heldFamily struct {
	Code string
	Tags []heldTag
}

// classAdherence is the adherence of the person to one drug class over the three rolling periods.
type classAdherence struct {
	Code, NameZH, NameEN string
	Threshold            float64
	Periods              []periodAdherence
}

// periodAdherence is the adherence of one period.
type periodAdherence struct {
	Period                  string
	Fills, Covered, Treated int64
	PDC                     float64
	Eligible, Adherent      bool
	Reason                  string
}

// happening is a row of the timeline.
type happening struct {
	At, Kind, Title, Detail, Staff string
	all                            int64 // that happened
}

// reachedStep is a step of the journey that the person reached.
type reachedStep struct{ Code, Date string }

type patientData struct {
	Person   person
	Families []heldFamily
	Classes  []classAdherence
	Supply   figure
	Measures []figure
	Timeline []happening
	Pager    pager
	Kinds    []string
	Steps    []reachedStep
}

// patient is the page of one person.
func (s *Server) patient(ctx context.Context, rq *request) (view, error) {
	t := s.render.texts[rq.lang]
	id := rq.PathValue("id")
	if !idPattern.MatchString(id) {
		return view{}, errNotFound
	}
	a := args{"patient": id}
	people, err := query(ctx, rq.wh, "patients.Header", a, func(x *person) []any {
		return []any{&x.ID, &x.LineCode, &x.Sex, &x.Age, &x.BirthYear, &x.CityTier, &x.Channel, &x.Owner, &x.Stage, &x.FirstContact, &x.LastContact,
			&x.Keys, &x.HasConsent, &x.DoNotContact, &x.LastCovered, &x.DaysLeft}
	})
	if err != nil {
		return view{}, err
	}
	if len(people) == 0 {
		return view{}, errNotFound
	}
	if err := s.audit(rq, "view", "patient "+id, rq.state.Get("kind")); err != nil {
		return view{}, err
	}
	data := patientData{Person: people[0], Kinds: []string{"chat", "prescription", "activity", "measurement"}}
	for _, read := range []func(context.Context, *request, args, texts) error{data.readTags, data.readAdherence, data.readSupply, data.readMeasures, data.readTimeline} {
		if err := read(ctx, rq, a, t); err != nil {
			return view{}, err
		}
	}
	data.Steps, err = query(ctx, rq.wh, "patients.Journey", a, func(x *reachedStep) []any { return []any{&x.Code, &x.Date} })
	return view{Page: "patient", Nav: "patients", Title: t.get("patient.title", shortID(id)), Data: data}, err
}

func (d *patientData) readTags(ctx context.Context, rq *request, a args, _ texts) error {
	tags, err := query(ctx, rq.wh, "patients.Tags", a, func(x *heldTag) []any {
		return []any{&x.ID, &x.NameZH, &x.Family, &x.Rule, &x.Since, &x.Evidence, &x.Confidence}
	})
	for _, one := range tags {
		if one.Since == rq.wh.AsOf { // a measure of the day, which says nothing about when it began
			one.Since = ""
		}
		if len(d.Families) == 0 || d.Families[len(d.Families)-1].Code != one.Family {
			d.Families = append(d.Families, heldFamily{Code: one.Family})
		}
		last := &d.Families[len(d.Families)-1]
		last.Tags = append(last.Tags, one)
	}
	return err
}

func (d *patientData) readAdherence(ctx context.Context, rq *request, a args, _ texts) error {
	type row struct {
		classAdherence
		periodAdherence
	}
	rows, err := query(ctx, rq.wh, "patients.Adherence", a, func(x *row) []any {
		return []any{&x.Code, &x.NameZH, &x.NameEN, &x.Threshold, &x.Period, &x.Fills, &x.Covered, &x.Treated, &x.PDC, &x.Eligible, &x.Adherent, &x.Reason}
	})
	for _, x := range rows {
		if len(d.Classes) == 0 || d.Classes[len(d.Classes)-1].Code != x.Code {
			d.Classes = append(d.Classes, x.classAdherence)
		}
		last := &d.Classes[len(d.Classes)-1]
		last.Periods = append(last.Periods, x.periodAdherence)
	}
	return err
}

func (d *patientData) readSupply(ctx context.Context, rq *request, a args, t texts) error {
	type fill struct {
		Date, DrugZH, DrugCode, ClassCode, ClassZH, ClassEN, Channel string
		Days                                                         int64
		Start, End                                                   string
		Amount                                                       int64
	}
	fills, err := query(ctx, rq.wh, "patients.Fills", a, func(x *fill) []any {
		return []any{&x.Date, &x.DrugZH, &x.DrugCode, &x.ClassCode, &x.ClassZH, &x.ClassEN, &x.Channel, &x.Days, &x.Start, &x.End, &x.Amount}
	})
	f := figure{ID: "supply", Title: t.get("patient.supply"), Definition: t.definition("supply"), Chart: chart{Kind: "supply", Unit: "days"}, Small: true,
		Table: table{Head: []string{t.get("col.class"), t.get("col.drug"), t.get("col.fill_date"), t.get("col.supply_start"), t.get("col.supply_end"), t.get("col.channel"), t.get("col.days"), t.get("col.amount")}, Text: 6}}
	first := rq.wh.AsOf
	for _, x := range fills {
		name := t.name(x.ClassZH, x.ClassEN)
		if n := len(f.Chart.Categories); n == 0 || f.Chart.Categories[n-1] != name {
			f.Chart.Categories = append(f.Chart.Categories, name)
		}
		first = min(first, x.Start)
		f.Chart.Spans = append(f.Chart.Spans, chartSpan{Row: len(f.Chart.Categories) - 1, Start: x.Start, End: x.End, Label: t.name(x.DrugZH, x.DrugCode)})
		f.Table.Rows = append(f.Table.Rows, []string{name, t.name(x.DrugZH, x.DrugCode), x.Date, x.Start, x.End, t.word("channel", x.Channel), formatInt(x.Days), "¥" + formatDecimal(float64(x.Amount)/100, 2)})
	}
	f.Chart.Range = []string{first, rq.wh.AsOf}
	f.Reading = t.get("patient.supply.reading", len(fills), d.Person.LastCovered)
	if len(fills) == 0 {
		f.Empty = t.get("patient.no_fills")
	}
	d.Supply = f
	return err
}

// goals are the ranges that a measurement should lie in, for the shaded band of its chart.
var goals = map[string]chartBand{
	"bp_systolic": {90, 140}, "bp_diastolic": {60, 90}, "hba1c": {4, 7}, "glucose": {4.4, 7}, "heart_rate": {60, 100}, "ldl": {0, 2.6}, "vas": {0, 3}, "harris": {80, 100},
}

func (d *patientData) readMeasures(ctx context.Context, rq *request, a args, t texts) error {
	type reading struct {
		At, Kind           string
		Value              float64
		Unit, Context, Via string
	}
	readings, err := query(ctx, rq.wh, "patients.Measurements", a, func(x *reading) []any {
		return []any{&x.At, &x.Kind, &x.Value, &x.Unit, &x.Context, &x.Via}
	})
	kind := ""
	for _, x := range readings {
		if x.Kind != kind {
			kind = x.Kind
			f := figure{ID: "m-" + kind, Title: t.word("measure", kind), Definition: t.definition("measurement"), Small: true, Chart: chart{Kind: "points", Unit: x.Unit, Series: []chartLine{{Name: t.word("measure", kind)}}},
				Table: table{Head: []string{t.get("col.time"), t.get("col.context"), t.get("col.via"), t.get("col.value")}, Text: 3}}
			if goal, ok := goals[kind]; ok {
				f.Chart.Bands = []chartBand{goal}
			}
			d.Measures = append(d.Measures, f)
		}
		f := &d.Measures[len(d.Measures)-1]
		f.Chart.Series[0].Points = append(f.Chart.Series[0].Points, chartPoint{At: x.At, Value: x.Value})
		f.Table.Rows = append(f.Table.Rows, []string{x.At, t.word("context", x.Context), t.word("via", x.Via), strconv.FormatFloat(x.Value, 'f', -1, 64) + " " + x.Unit})
		f.Reading = t.get("patient.measure.reading", len(f.Table.Rows), x.At[:10], strconv.FormatFloat(x.Value, 'f', -1, 64)+" "+x.Unit)
	}
	return err
}

func (d *patientData) readTimeline(ctx context.Context, rq *request, a args, t texts) error {
	page, _ := strconv.Atoi(rq.state.Get("page")) // checked when the state was read
	var err error
	d.Timeline, err = query(ctx, rq.wh, "patients.Timeline", args{"patient": a["patient"], "kind": rq.state.Get("kind"), "limit": timelinePageSize, "offset": (page - 1) * timelinePageSize},
		func(x *happening) []any { return []any{&x.At, &x.Kind, &x.Title, &x.Detail, &x.Staff, &x.all} })
	for i := range d.Timeline {
		d.Timeline[i].Detail = readAttributes(d.Timeline[i].Detail, t)
	}
	if len(d.Timeline) > 0 {
		d.Pager = newPager(page, timelinePageSize, len(d.Timeline), d.Timeline[0].all)
	}
	return err
}

// attributeValue writes a code of an attribute as a word where the language has one.
func attributeValue(t texts, name, value string) string {
	for _, prefix := range []string{"value." + name, name, map[string]string{"channel": "first_channel"}[name]} {
		if text := t.word(prefix, value); text != value {
			return text
		}
	}
	return value
}

// readAttributes writes the attributes of an activity, a JSON object of strings, as words; any other text stays.
func readAttributes(detail string, t texts) string {
	attributes := map[string]string{}
	if !strings.HasPrefix(detail, "{") || json.Unmarshal([]byte(detail), &attributes) != nil {
		return detail
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		parts = append(parts, t.word("attribute", name)+": "+attributeValue(t, name, attributes[name]))
	}
	return strings.Join(parts, " · ")
}
