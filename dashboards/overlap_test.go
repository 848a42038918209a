package dashboards

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// Combinations of three segments hold who they should by plain conditions on people, and a combination leads to its people.
func TestOverlapOfSegments(t *testing.T) {
	f := newFixture(t, 400)
	f.keepSegments(map[string]string{"女性": "?g=all:sex_female", "高血压": "?line=htn", "有条件": "?g=none:sex_female&line=htn"})
	doc := f.page("/overlap?s=女性&s=高血压&s=有条件&s=女性")
	in := []string{"list_contains(tags, 'sex_female')", "line_code = 'htn'", "line_code = 'htn' and not list_contains(tags, 'sex_female')"}
	for i, where := range in {
		if got, want := text(doc, fmt.Sprintf("#set-%d b", i+1)), formatInt(int64(f.number("select count(*) from dim_patients where "+where))); got != want || want == "0" {
			t.Errorf("segment %d: %s people, want %s", i+1, got, want)
		}
	}
	want := map[string]string{}
	for mask, name := range map[int]string{1: "只在 女性", 3: "女性 且 高血压", 6: "高血压 且 有条件"} {
		where := "true"
		for i, condition := range in {
			where += fmt.Sprintf(" and coalesce(%s, false) = %v", condition, mask>>i&1 == 1)
		}
		want[name] = formatInt(int64(f.number("select count(*) from dim_patients where " + where)))
	}
	rows := 0
	link := ""
	doc.Find("#overlap table tbody tr").Each(func(_ int, row *goquery.Selection) {
		rows++
		name := row.Find("th").Text()
		if got := row.Find("td").Eq(1).Text(); got != want[name] || want[name] == "0" {
			t.Errorf("%s: %s people, want %s", name, got, want[name])
		}
		if name == "女性 且 高血压" {
			link, _ = row.Find("a").Attr("href")
		}
	})
	if rows != len(want) {
		t.Errorf("%d combinations, want %d", rows, len(want))
	}
	list := f.page(strings.TrimSuffix(link, "#list"))
	if got := list.Find("#list .pager").Text(); !strings.Contains(got, want["女性 且 高血压"]) {
		t.Errorf("the list of %s people says %q", want["女性 且 高血压"], got)
	}
	first, _ := list.Find("#list tbody a.id").First().Attr("href")
	if n := f.number("select count(*) from dim_patients where line_code = 'htn' and list_contains(tags, 'sex_female') and patient_id = ?", strings.TrimPrefix(first, "/patients/")); n != 1 {
		t.Errorf("%s is on the list and should not be", first)
	}
}

// The rules of an account hold, readers of totals have no such page, and what is not there is told.
func TestOverlapFollowsTheRules(t *testing.T) {
	p := newPeople(t, 400)
	p.keepSegments(map[string]string{"女性": "?g=all:sex_female", "男性": "?g=none:sex_female", "糖尿病": "?line=dm"})
	doc := parse(t, p.as("limited").get("/overlap?s=女性&s=男性&s=糖尿病", http.StatusOK))
	if got, want := text(doc, "#set-1 b"), formatInt(int64(p.number("select count(*) from dim_patients where line_code = 'htn' and list_contains(tags, 'sex_female')"))); got != want {
		t.Errorf("a reader of one line counts %s, want %s", got, want)
	}
	if doc.Find("#set-3").Length() != 0 || !strings.Contains(text(doc, "p.notice.warn"), "糖尿病") {
		t.Error("a segment of another line is counted, or not told")
	}
	p.as("pharma").get("/overlap?s=女性&s=男性", http.StatusForbidden)
	seven := "/overlap"
	for i := range 7 {
		name := fmt.Sprint("s", i)
		p.keepSegments(map[string]string{name: fmt.Sprintf("?age_min=%d", 20+i)})
		seven += "?&"[min(i, 1):][:1] + "s=" + name
	}
	if doc := parse(t, p.as("analyst").get(seven, http.StatusOK)); doc.Find("[id^=set-]").Length() != mostCompared || !strings.Contains(text(doc, "p.notice.warn"), "s6") {
		t.Error("seven segments are compared, or the seventh is not told")
	}
}
