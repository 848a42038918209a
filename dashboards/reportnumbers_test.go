package dashboards

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// count runs a statement that returns one whole number.
func (f fixture) count(statement string, values ...any) int64 {
	return int64(f.number(statement, values...))
}

// zh is a word of the pages' default language.
func zh(t testing.TB, key string) string {
	t.Helper()
	texts, err := loadTexts("zh-CN")
	if err != nil {
		t.Fatal(err)
	}
	return texts.get(key)
}

// rowWith is the row whose first cells are as given.
func rowWith(rows *goquery.Selection, cells ...string) []string {
	var found []string
	rows.EachWithBreak(func(_ int, row *goquery.Selection) bool {
		all := row.Children().Map(func(_ int, s *goquery.Selection) string { return strings.TrimSpace(s.Text()) })
		if len(all) >= len(cells) && strings.Join(all[:len(cells)], "|") == strings.Join(cells, "|") {
			found = all
		}
		return found == nil
	})
	return found
}

func TestStagesCountTasksAndMoves(t *testing.T) {
	f := newFixture(t, 300)
	doc := f.page("/stages?line=htn&months=12")
	where := " from fct_sop_tasks s join fct_stage_history h using (patient_id, stage_no) where s.line_code = 'htn' and s.stage_code = 'initiate' and due_to_date < date '2026-03-31' and h.from_date >= date '2025-04-01'"
	due, done := f.count("select count(*)"+where), f.count("select count(implemented_date)"+where)
	got := rowWith(doc.Find("#service .numbers tbody tr"), zh(t, "stage.initiate"), zh(t, "measure.implemented"))
	if len(got) < 6 || got[4] != formatInt(done) || got[5] != formatInt(due) || due == 0 {
		t.Errorf("implemented: %v, want %d of %d", got, done, due)
	}
	// moves, person by person: where everybody is on the first and the last day of each of the six months
	moves := map[string]int64{}
	rows, err := f.db.Query("select patient_id, stage_code, from_date, coalesce(to_date, date '9999-12-31') from fct_stage_history where line_code = 'htn'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	type stay struct {
		id, stage string
		from, to  time.Time
	}
	var stays []stay
	for rows.Next() {
		var s stay
		if err := rows.Scan(&s.id, &s.stage, &s.from, &s.to); err != nil {
			t.Fatal(err)
		}
		stays = append(stays, s)
	}
	on := func(id string, day time.Time) string {
		for _, s := range stays {
			if s.id == id && !day.Before(s.from) && !day.After(s.to) {
				return s.stage
			}
		}
		return ""
	}
	seen := map[string]bool{}
	for _, s := range stays {
		if seen[s.id] {
			continue
		}
		seen[s.id] = true
		for month := time.April; month < time.April+12; month++ {
			first := time.Date(2025, month, 1, 0, 0, 0, 0, time.UTC)
			if a, b := on(s.id, first), on(s.id, first.AddDate(0, 1, -1)); a != "" && b != "" {
				moves[a+">"+b]++
			}
		}
	}
	for _, pair := range [][2]string{{"initiate", "consolidate"}, {"lead", "lead"}, {"consolidate", "maintain"}} {
		got := rowWith(doc.Find("#moves .numbers tbody tr"), zh(t, "stage."+pair[0]), zh(t, "stage."+pair[1]))
		if want := moves[pair[0]+">"+pair[1]]; len(got) < 5 || got[4] != formatInt(want) || want == 0 {
			t.Errorf("%v: %v, want %d", pair, got, want)
		}
	}
	missed := f.count("select count(*) from fct_sop_tasks where status = 'missed' and stage_code = 'initiate' and line_code = 'htn'")
	list := f.page("/stages?line=htn&stage=initiate")
	if got := int64(list.Find("#list tbody tr").Length()); got != min(missed, listPageSize) || missed == 0 {
		t.Errorf("%d missed tasks are listed, want %d", got, min(missed, listPageSize))
	}
}

func TestTagsCountTheCatalogue(t *testing.T) {
	f := newFixture(t, 300)
	doc := f.page("/tags?line=htn&tag=eng_active_30d")
	if got := doc.Find("#catalogue tbody tr").Length(); int64(got) != f.count("select count(*) from dim_tags where line_code in ('htn', 'all')") {
		t.Errorf("%d tags", got)
	}
	people := f.count("select count(*) from dim_patients where line_code = 'htn'")
	with := f.count("select count(*) from dim_patients where line_code = 'htn' and list_contains(tags, 'eng_active_30d')")
	before := f.count("select count(*) from fct_patient_tag_history join dim_patients using (patient_id) where line_code = 'htn' and tag_id = 'eng_active_30d' and valid_from <= date '2025-12-31' and (valid_to is null or valid_to >= date '2025-12-31')")
	got := rowOf(doc.Find("#catalogue tbody tr"), f.tagName("eng_active_30d"))
	if len(got) < 9 || got[4] != formatInt(with) || got[5] != formatShare(rate{with, people}) || got[7] != formatInt(before) || got[8] != signed(with-before) || before == 0 {
		t.Errorf("%v, want %d of %d, before %d", got, with, people, before)
	}
	if last := doc.Find("#trend tbody tr").Last().Text(); !strings.Contains(last, "2026-03-31") || !strings.HasSuffix(strings.TrimSpace(last), formatInt(with)) {
		t.Errorf("the trend ends with %q", last)
	}
	if text(doc, "#list h2") == "" || int64(doc.Find("#list tbody tr").Length()) != min(with, listPageSize) {
		t.Error("the people with the tag are not listed")
	}
}

func (f fixture) tagName(id string) string {
	var name string
	if err := f.db.QueryRow("select name_zh from dim_tags where tag_id = ?", id).Scan(&name); err != nil {
		f.t.Fatal(err)
	}
	return name
}

func TestAlertsAndFollowupsCountTheWork(t *testing.T) {
	f := newFixture(t, 300)
	doc := f.page("/alerts?owner=pharm_lin&severity=medium")
	for _, s := range severities {
		if got, want := text(doc, "#"+s+" b"), f.count("select count(*) from fct_alerts where owner_staff_id = 'pharm_lin' and severity = ?", s); got != formatInt(want) || want == 0 {
			t.Errorf("%s: %s alerts, want %d", s, got, want)
		}
	}
	medium := f.count("select count(*) from fct_alerts where owner_staff_id = 'pharm_lin' and severity = 'medium'")
	if got := text(doc, "#list .pager span"); !strings.Contains(got, formatInt(medium)) {
		t.Errorf("the list shows %q, want %d", got, medium)
	}
	doc = f.page("/followups")
	for id, where := range map[string]string{
		"due":     "status = 'open' and due_to_date <= date '2026-04-01'",
		"overdue": "status = 'missed' and due_to_date >= date '2026-03-01'",
	} {
		if got, want := text(doc, "#"+id+" b"), f.count("select count(*) from fct_sop_tasks where "+where); got != formatInt(want) || want == 0 {
			t.Errorf("%s: %s tasks, want %d", id, got, want)
		}
	}
	body, _ := f.get("/followups/list.csv?purpose=follow_up", http.StatusOK)
	want := f.count("select count(*) from fct_sop_tasks s join dim_patients p using (patient_id) where (status = 'open' or status = 'missed' and due_to_date >= date '2026-03-01') and " + strings.ReplaceAll(mayBeContacted, "owner_staff_id", "p.owner_staff_id"))
	if got := int64(strings.Count(body, "\r\n") - 1); got != want || want == 0 {
		t.Errorf("the task list holds %d rows, want %d", got, want)
	}
}

func TestRepurchaseFollowsFirstBuyers(t *testing.T) {
	f := newFixture(t, 400)
	doc := f.page("/repurchase?line=htn&cohort=2025-10&after=2")
	firsts := "with firsts as (select patient_id, min(fill_date) as first_date from fct_fills where line_code = 'htn' group by 1) "
	size := f.count(firsts + "select count(*) from firsts where first_date between date '2025-10-01' and date '2025-10-31'")
	back := f.count(firsts + "select count(*) from firsts x where first_date between date '2025-10-01' and date '2025-10-31' and exists (select 1 from fct_fills f where f.line_code = 'htn' and f.patient_id = x.patient_id and f.fill_date between date '2025-12-01' and date '2025-12-31')")
	got := rowWith(doc.Find("#cohorts .numbers tbody tr"), "2025-10", "2")
	if len(got) < 6 || got[4] != formatInt(back) || got[5] != formatInt(size) || size == 0 {
		t.Errorf("%v, want %d of %d", got, back, size)
	}
	if rows := int64(doc.Find("#list tbody tr").Length()); rows != min(size-back, listPageSize) {
		t.Errorf("%d people are listed, want %d", rows, size-back)
	}
	people := f.count(firsts + "select count(*) from firsts where first_date + 90 <= date '2026-03-31' and first_date >= date '2025-04-01'")
	again := f.count(firsts + "select count(*) from firsts x where first_date + 90 <= date '2026-03-31' and first_date >= date '2025-04-01' and exists (select 1 from fct_fills f where f.line_code = 'htn' and f.patient_id = x.patient_id and f.fill_date > x.first_date and f.fill_date <= x.first_date + 90)")
	if got := text(doc, "#within-90 small"); !strings.HasPrefix(got, fmt.Sprintf("%d/%d ", again, people)) {
		t.Errorf("within 90 days: %q, want %d/%d", got, again, people)
	}
}

func TestFirstFillCurveAgreesWithTheDefinition(t *testing.T) {
	f := newFixture(t, 300)
	all := f.courses("select line_code, time_days, is_filled from fct_first_fills where line_code = 'htn'")
	doc := f.page("/firstfill?line=htn&status=abandoned")
	var drawn chart
	if err := json.Unmarshal([]byte(doc.Find("#curve script").Text()), &drawn); err != nil {
		t.Fatal(err)
	}
	for _, day := range []int{0, 3, 7, 30} {
		if want := 1 - survivalAt(all, day); math.Abs(*drawn.Series[0].Values[day]-want) > 1e-9 {
			t.Errorf("day %d: %v, want %v", day, *drawn.Series[0].Values[day], want)
		}
	}
	if got, want := text(doc, "#half b"), formatPercent(1-survivalAt(all, 7)); got != want {
		t.Errorf("within 7 days: %s, want %s", got, want)
	}
	if rows, want := int64(doc.Find("#list tbody tr").Length()), f.count("select count(*) from fct_first_fills where line_code = 'htn' and status = 'abandoned'"); rows != min(want, listPageSize) || want == 0 {
		t.Errorf("%d people are listed, want %d", rows, want)
	}
}

func TestOutcomesJudgeReadings(t *testing.T) {
	f := newFixture(t, 300)
	doc := f.page("/outcomes?kind=vas")
	people := f.count("select count(distinct patient_id) from fct_measurements where kind like 'bp_%' and event_at >= timestamptz '2026-03-01 00:00:00+08' and event_at < timestamptz '2026-04-01 00:00:00+08'")
	atGoal := f.count(`select count(*) from (select patient_id from fct_measurements where event_at >= timestamptz '2026-03-01 00:00:00+08' and event_at < timestamptz '2026-04-01 00:00:00+08' and kind like 'bp_%'
		group by 1 having coalesce(avg(value) filter (where kind = 'bp_systolic'), 100) between 90 and 134.999 and coalesce(avg(value) filter (where kind = 'bp_diastolic'), 70) between 60 and 84.999)`)
	got := rowWith(doc.Find("#control .numbers tbody tr"), zh(t, "goal.bp"), "2026-03")
	if len(got) < 6 || got[4] != formatInt(atGoal) || got[5] != formatInt(people) || people == 0 {
		t.Errorf("%v, want %d of %d", got, atGoal, people)
	}
	ends := "with ends as (select patient_id, first(value order by event_at) a, last(value order by event_at) b from fct_measurements where kind = 'vas' group by 1 having date_diff('second', min(event_at), max(event_at)) >= 60 * 86400) "
	n, better := f.count(ends+"select count(*) from ends"), f.count(ends+"select count(*) from ends where b < a")
	got = rowOf(doc.Find("#change .numbers tbody tr"), zh(t, "measure.vas"))
	if len(got) < 8 || got[3] != formatInt(better) || got[4] != formatInt(n) || got[7] != formatDecimal(f.number(ends+"select avg(b - a) from ends"), 2) {
		t.Errorf("%v, want %d of %d", got, better, n)
	}
	if rows, want := int64(doc.Find("#list tbody tr").Length()), f.count(ends+"select count(*) from ends where b > a"); rows != min(want, listPageSize) || want == 0 {
		t.Errorf("%d people got worse, want %d", rows, want)
	}
}

func TestPathsFollowPeople(t *testing.T) {
	f := newFixture(t, 300)
	for _, c := range []struct{ what, from, to, statement string }{
		{"stages", "onboard", "initiate", "select count(*) from fct_stage_history a join fct_stage_history b on b.patient_id = a.patient_id and a.stage_no = 2 and b.stage_no = 3 where a.stage_code = 'onboard' and b.stage_code = 'initiate'"},
		{"classes", "htn_arb", "htn_ccb", `select count(*) from (select patient_id, list(drug_class_code order by first_day, drug_class_code) as path from (select patient_id, drug_class_code, min(era_start_date) as first_day from fct_drug_eras group by all) group by 1) where path[1] = 'htn_arb' and path[2] = 'htn_ccb'`},
	} {
		doc := f.page("/paths?what=" + c.what)
		level, names := "2", [2]string{zh(t, "stage."+c.from), zh(t, "stage."+c.to)}
		if c.what == "classes" {
			level = "1"
			for i, code := range []string{c.from, c.to} {
				if err := f.db.QueryRow("select name_zh from dim_drug_classes where drug_class_code = ?", code).Scan(&names[i]); err != nil {
					t.Fatal(err)
				}
			}
		}
		got := rowWith(doc.Find("#paths tbody tr"), names[0], level, names[1])
		if want := f.count(c.statement); len(got) < 4 || got[3] != formatInt(want) || want == 0 {
			t.Errorf("%s: %v, want %d", c.what, got, want)
		}
	}
}

func TestResultPagesShowTheirTables(t *testing.T) {
	f := newFixture(t, 300)
	doc := f.page("/experiments?arm=treatment")
	if got, want := text(doc, "#treatment b"), f.count("select count(*) from fct_experiment_patients where experiment_code = 'icbt_22w' and arm = 'treatment'"); got != formatInt(want) || int64(doc.Find("#list tbody tr").Length()) != min(want, listPageSize) {
		t.Errorf("treatment arm: %s, want %d", got, want)
	}
	if doc.Find("p.notice:not(.quiet-note)").Length() != 1 {
		t.Error("a baseline out of balance must be told")
	}
	doc = f.page("/experiments?experiment=wording&arm=control")
	if got, want := text(doc, "#control b"), f.count("select count(*) from fct_experiment_patients where experiment_code = 'wording' and arm = 'control'"); got != formatInt(want) || want == 0 {
		t.Errorf("control arm of the other experiment: %s, want %d", got, want)
	}
	doc = f.page("/staff")
	if got, want := rowOf(doc.Find("#load tbody tr"), "pharm_lin"), f.count("select count(*) from dim_patients where owner_staff_id = 'pharm_lin'"); len(got) < 2 || got[1] != formatInt(want) {
		t.Errorf("load: %v, want %d", got, want)
	}
	doc = f.page("/content?line=dm&months=3")
	on := f.count("select sum(read_count) from fct_content_reach where line_code = 'dm' and is_on_target and month_start >= date '2026-01-01'")
	all := f.count("select sum(read_count) from fct_content_reach where line_code = 'dm' and month_start >= date '2026-01-01'")
	if got := text(doc, "#on-target small"); !strings.HasPrefix(got, formatInt(on)+"/"+formatInt(all)+" ") {
		t.Errorf("on target: %s, want %d/%d", got, on, all)
	}
	doc = f.page("/community?line=dm")
	silent := f.count("select count(*) from (select room_key from fct_community_monthly where line_code = 'dm' and month_start >= date '2026-02-01' group by 1 having max(month_start) < date '2026-03-01')")
	if got, want := text(doc, "#staffed small"), fmt.Sprintf("%d/%d ", f.count("select count(*) from fct_community_monthly where line_code = 'dm' and month_start = date '2026-03-01' and staff_message_count > 0"), f.count("select count(*) from fct_community_monthly where line_code = 'dm' and month_start = date '2026-03-01'")); !strings.HasPrefix(got, want) {
		t.Errorf("groups with the team: %q, want %q", got, want)
	}
	if got := doc.Find("#rooms-table tbody td:nth-child(3)").FilterFunction(func(_ int, s *goquery.Selection) bool { return s.Text() == zh(t, "community.state.silent") }).Length(); int64(got) != silent || silent == 0 {
		t.Errorf("%d groups are silent, want %d", got, silent)
	}
	if got := rowOf(doc.Find("#members tbody tr"), "2026-03"); len(got) < 7 || got[5] != formatInt(f.count("select sum(joined_count) from fct_group_members_monthly where line_code = 'dm' and month_start = date '2026-03-01'")) {
		t.Errorf("members: %v", got)
	}
	doc = f.page("/campaigns?line=htn")
	if got := rowOf(doc.Find("#orders tbody tr"), "2025 "+zh(t, "campaign.1111")); len(got) < 5 || got[2] != "3.0" || got[3] != "1.5" || got[4] != "+100%" {
		t.Errorf("orders: %v", got)
	}
}

// What left is on the page of exports with its purpose and who was dropped; its owner can take it again until it
// expires, nobody else can.
func TestExportsAreKeptUntilTheyExpire(t *testing.T) {
	p := newPeople(t, 150)
	analyst, lead, dpo := p.as("analyst"), p.as("ops_lead"), p.as("dpo")
	list := analyst.get("/followups/list.csv?purpose=follow_up", http.StatusOK)
	lead.get("/segments/list.xlsx?line=htn&purpose=education", http.StatusOK)
	doc := parse(t, analyst.get("/exports", http.StatusOK))
	link, _ := doc.Find("td a.btn").Attr("href")
	if rows := doc.Find("tbody tr").Length(); rows != 1 || link == "" || !strings.Contains(doc.Find("tbody").Text(), zh(t, "purpose.follow_up")) {
		t.Fatalf("%d exports are shown, the link is %q", rows, link)
	}
	if again := analyst.get(link, http.StatusOK); again != list {
		t.Error("the list is another when it is taken again")
	}
	lead.get(link, http.StatusNotFound)
	dpo.get(link, http.StatusForbidden)
	all := parse(t, dpo.get("/exports", http.StatusOK))
	if all.Find("tbody tr").Length() != 2 || all.Find("td a.btn").Length() != 0 {
		t.Errorf("the data protection officer sees %d exports and %d links", all.Find("tbody tr").Length(), all.Find("td a.btn").Length())
	}
	p.as("pharma").get("/exports", http.StatusForbidden)
	*p.clock = p.clock.Add(listLife + time.Minute)
	analyst, lead = p.as("analyst"), p.as("ops_lead")
	analyst.get(link, http.StatusNotFound)
	if doc := parse(t, lead.get("/exports", http.StatusOK)); doc.Find(".badge.warn").Length() != 1 || doc.Find("td a.btn").Length() != 0 {
		t.Error("an export that has expired must say so")
	}
	if kept := (keptExports{dir: p.dir + "/exports", now: func() time.Time { return *p.clock }}); true {
		left, err := kept.list()
		if err != nil || len(left) != 2 {
			t.Fatalf("%d records are left (%v)", len(left), err)
		}
		for _, one := range left {
			if err := copyFile(&strings.Builder{}, kept.path(one)); err == nil {
				t.Error("the file of an expired export is still there")
			}
		}
	}
}

// A list needs its purpose, whatever the page and the kind of file.
func TestListsNeedAPurpose(t *testing.T) {
	f := newFixture(t, 60)
	paths := []string{"/segments/list.csv?line=htn", "/segments/list.xlsx?line=htn", "/segments/list.parquet?line=htn"}
	for _, p := range reports() {
		if p.people != nil {
			paths = append(paths, "/"+p.name+"/list.csv", "/"+p.name+"/list.xlsx", "/"+p.name+"/list.csv?purpose=curiosity")
		}
	}
	for _, path := range paths {
		f.get(path, http.StatusBadRequest)
	}
}

// A disagreement is somebody who affirms and denies the same concept within 30 days, found here pair by pair.
func TestTuningFindsDisagreements(t *testing.T) {
	f := newFixture(t, 300)
	doc := f.page("/tuning?kind=reaction")
	for _, concept := range []string{"dizziness", "nausea"} {
		said := "fct_findings where kind = 'reaction' and speaker = 'patient' and subject = 'self' and status in ('present', 'absent') and concept = '" + concept + "'"
		torn := f.count("select count(distinct a.patient_id) from (from " + said + ") a join (from " + said + ") b on b.patient_id = a.patient_id and a.status <> b.status and b.event_at between a.event_at and a.event_at + interval 30 days" +
			" where not exists (select 1 from (from " + said + ") c where c.patient_id = a.patient_id and c.event_at > a.event_at and c.event_at < b.event_at)")
		people := f.count("select count(distinct patient_id) from " + said)
		if got := rowOf(doc.Find("#concepts tbody tr"), concept); len(got) < 6 || got[4] != formatInt(torn) || got[5] != formatInt(people) || people == 0 || torn == 0 {
			t.Errorf("%s: %v, want %d of %d", concept, got, torn, people)
		}
	}
	thin, people := f.count("select count(*) from fct_patient_tag_history where tag_id = 'smoker' and state = 'current' and evidence_count = 1"), f.count("select count(*) from fct_patient_tag_history where tag_id = 'smoker' and state = 'current'")
	if got := rowOf(f.page("/tuning").Find("#rules tbody tr"), f.tagName("smoker")); len(got) < 7 || got[5] != formatInt(thin) || got[6] != formatInt(people) || thin == 0 {
		t.Errorf("smoker: %v, want %d of %d", got, thin, people)
	}
	if response, err := f.web.Client().Get(f.web.URL + "/tags/tuning"); err != nil || response.Request.URL.Path != "/tuning" {
		t.Errorf("/tags/tuning leads elsewhere (%v)", err)
	}
}
