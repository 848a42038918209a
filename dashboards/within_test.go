package dashboards

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// keepSegments saves invented definitions by name.
func (f fixture) keepSegments(definitions map[string]string) {
	f.t.Helper()
	for name, text := range definitions {
		if err := f.server.saved.save(savedQuery{Name: name, Owner: "amy", Query: text}); err != nil {
			f.t.Fatal(err)
		}
	}
}

// women are the people of the segment that the tests save, found without the builder's statement.
const women = "(select patient_id from dim_patients where list_contains(tags, 'sex_female'))"

// A page that is limited to a segment counts its people and nobody else, and beside another segment it shows what the page of
// that one shows.
func TestPagesOfASegment(t *testing.T) {
	f := newFixture(t, 400)
	f.keepSegments(map[string]string{"女性": "?g=all:sex_female", "高血压": "?line=htn"})
	const women, htn = "女性", "高血压"
	inside := " and patient_id in (select patient_id from dim_patients where list_contains(tags, 'sex_female'))"
	want := formatInt(int64(f.number("select count(*) from fct_adherence where period_code = 'r180' and is_eligible" + inside)))
	doc := f.page("/adherence?segment=" + women + "&cmp=segment:" + htn)
	if got := text(doc, "#counted b"); got != want || want == "0" {
		t.Errorf("/adherence counts %s pairs of the segment, by hand %s", got, want)
	}
	if got := doc.Find("#f-segment option[selected]").Text(); got != women {
		t.Errorf("the select shows %q", got)
	}
	other := f.page("/adherence?line=htn")
	if got, want := text(doc, "#adherent .other > b"), text(other, "#adherent b"); got == "" || !strings.HasPrefix(got, want) {
		t.Errorf("beside stands %q, the page of the other segment shows %q", got, want)
	}
	people := formatInt(int64(f.number("select count(distinct patient_id) from fct_journey where step_no = 1" + inside)))
	if got := text(f.page("/journey?segment="+women), "table.funnel tbody tr td.num b"); !strings.Contains(got, people) {
		t.Errorf("/journey begins with %q, by hand %s", got, people)
	}
	for _, p := range []string{"/home", "/persistence"} {
		doc := f.page(p + "?segment=" + women + "&cmp=segment:" + htn)
		if doc.Find(".other, .kpi-other").Length() == 0 {
			t.Errorf("%s shows nothing beside it", p)
		}
	}
}

// Every page of reports either opens limited to a segment, with nothing closed, or says that it cannot be limited.
func TestEveryReportKnowsSegmentsOrSaysThatItDoesNot(t *testing.T) {
	f := newFixture(t, 400)
	f.keepSegments(map[string]string{"女性": "?g=all:sex_female"})
	for _, p := range reports() {
		doc := f.page("/" + p.name + "?segment=女性&cmp=segment:女性")
		told, warned := strings.Contains(doc.Find(".scope").Text(), "不按已存人群筛选") || strings.Contains(doc.Find(".scope").Text(), "不能按已存人群筛选"), doc.Find("p.notice.warn").Length() > 0
		offered := doc.Find("#f-segment").Length() == 1
		if isWhole := p.whole != ""; told != isWhole || warned != isWhole || offered == isWhole {
			t.Errorf("/%s: told %v, warned %v, offered %v", p.name, told, warned, offered)
		}
		if strings.Contains(doc.Text(), "不能按你的权限范围拆分") {
			t.Errorf("/%s is closed", p.name)
		}
	}
}

// A segment is found under the reader's rules; one that is gone, or of which a part is not the reader's, is told; readers
// of totals have none.
func TestSegmentsOfPagesFollowTheRules(t *testing.T) {
	p := newPeople(t, 400)
	p.keepSegments(map[string]string{"女性": "?g=all:sex_female", "糖尿病": "?line=dm"})
	want := formatInt(int64(p.number("select count(*) from fct_adherence where period_code = 'r180' and is_eligible and line_code = 'htn' and patient_id in " + women)))
	limited := p.as("limited")
	if got := text(parse(t, limited.get("/adherence?segment=女性", http.StatusOK)), "#counted b"); got != want || want == "0" {
		t.Errorf("a reader of one line sees %s pairs of the segment, want %s", got, want)
	}
	all := formatInt(int64(p.number("select count(*) from fct_adherence where period_code = 'r180' and is_eligible and line_code = 'htn'")))
	for _, name := range []string{"糖尿病", "没有这个", "' or true --"} {
		doc := parse(t, limited.get("/adherence?segment="+url.QueryEscape(name), http.StatusOK))
		if got := text(doc, "#counted b"); got != all || doc.Find("p.notice.warn").Length() == 0 {
			t.Errorf("%s: %s pairs, want all %s and a notice", name, got, all)
		}
	}
	doc := parse(t, p.as("pharma").get("/adherence?segment=女性&cmp=segment:女性", http.StatusOK))
	if doc.Find("#f-segment").Length() != 0 || doc.Find("p.notice.warn").Length() == 0 || strings.Contains(doc.Text(), "人群：") || doc.Find(".other").Length() != 0 {
		t.Error("a reader of totals is offered a segment")
	}
}

// Segments that nobody reads make room; one that is read stays open until it is given back.
func TestOpenSegmentsMakeRoom(t *testing.T) {
	w, err := openWarehouse(t.Context(), openReadOnly, writeWarehouse(t, 60))
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	open := func(stage string) (*warehouse, func()) {
		one, done, err := w.within(t.Context(), Config{OpenViews: openViews}, segmentDefinition{Stage: stage})
		if err != nil {
			t.Fatal(err)
		}
		return one, done
	}
	first, done := open("first")
	for _, stage := range []string{"a", "b", "c", "d", "e"} {
		_, done := open(stage)
		done()
	}
	if err := first.db.Ping(); err != nil || len(w.segments.all) != keptSegments {
		t.Errorf("%d are open, and the one that is read: %v", len(w.segments.all), err)
	}
	again, done2 := open("first")
	if again != first {
		t.Error("a segment that is open was opened again")
	}
	done()
	done2()
	for _, stage := range []string{"f", "g", "h", "i"} {
		_, done := open(stage)
		done()
	}
	if first.db.Ping() == nil {
		t.Error("a segment that nobody reads stays open for ever")
	}
}
