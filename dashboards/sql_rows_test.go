package dashboards

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// rowsOf asks for all kept rows of a run.
func (f fixture) rowsOf(id string, want int) [][]*string {
	f.t.Helper()
	body, header := f.get("/sql/runs/"+id+"/rows", want)
	if want != http.StatusOK {
		return nil
	}
	if kind := header.Get("Content-Type"); kind != "application/x-ndjson" {
		f.t.Errorf("rows come as %q", kind)
	}
	var all [][]*string
	lines := bufio.NewScanner(strings.NewReader(body))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var row []*string
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			f.t.Fatalf("line %d: %v", len(all), err)
		}
		all = append(all, row)
	}
	return all
}

// A statement without an order runs once: the page and all requests for its rows have the same 100,000 rows.
func TestAllRowsOfAResult(t *testing.T) {
	f := newFixture(t, 60)
	doc, id := f.run("select random() as x, i::varchar || chr(10) || '\"<b>' as words, case when i % 7 <> 0 then i end as n from range(100001) t(i)")
	rows := f.rowsOf(id, http.StatusOK)
	if len(rows) != 100_000 {
		t.Fatalf("%d rows, want 100000", len(rows))
	}
	for i, row := range rows {
		if *row[1] != fmt.Sprintf("%d\n\"<b>", i) || (row[2] == nil) != (i%7 == 0) || row[2] != nil && *row[2] != fmt.Sprint(i) {
			t.Fatalf("row %d is %q, null %v", i, *row[1], row[2] == nil)
		}
	}
	if got := doc.Find("#result tbody tr").Length(); got != 200 {
		t.Errorf("the page itself has %d rows, want 200", got)
	}
	if got, want := text(doc, "tbody tr:nth-child(200) td:nth-child(2)"), *rows[199][0]; got != want {
		t.Errorf("row 200 of the page is %s, and %s among all rows", got, want)
	}
	if got := text(doc, ".tools b"); got != "第 1–100,000 条，共 100,000+ 条" {
		t.Errorf("the page says %q", got)
	}
	if got := text(doc, ".notice"); !strings.Contains(got, "前 100,000 行") {
		t.Errorf("what is cut off is told as %q", got)
	}
	if again := f.rowsOf(id, http.StatusOK); *again[99_999][0] != *rows[99_999][0] {
		t.Error("asking again ran the statement again")
	}
}

// The rows are their owner's under the rules of then, and part of what the log says of the statement.
func TestRowsBelongToTheirOwner(t *testing.T) {
	p := newPeople(t, 60)
	analyst, limited := p.as("analyst"), p.as("limited")
	_, header := analyst.fetch(http.MethodPost, "/sql/runs", url.Values{"sql": {"select * from range(500)"}}, http.StatusOK)
	rows := "/sql/runs/" + header.Get("X-PHDP-Run") + "/rows"
	analyst.get(strings.TrimSuffix(rows, "/rows"), http.StatusOK) // by now it is over
	for range 2 {
		if got := strings.Count(analyst.get(rows, http.StatusOK), "\n"); got != 500 {
			t.Errorf("%d rows, want 500", got)
		}
	}
	limited.get(rows, http.StatusNotFound)
	p.as("ops").get(rows, http.StatusForbidden)
	p.stranger().get(rows, http.StatusSeeOther)
	log, err := p.audit.Last(100)
	if err != nil {
		t.Fatal(err)
	}
	acts := map[string]int{}
	for _, row := range log {
		acts[row.Act]++
	}
	if acts["query"] != 1 || acts["export"] != 0 || acts["refused"] != 1 {
		t.Errorf("the audit log has %v, want the statement once and one refusal", acts)
	}
}

func TestResultsThatFindNoRoom(t *testing.T) {
	f := newFixture(t, 60)
	f.server.runs.most, f.server.runs.room = 40_000, 60_000
	doc, large := f.run("select i, '" + strings.Repeat("x", 89) + "' from range(1000) t(i)") // 100 bytes and more a row
	rows := f.rowsOf(large, http.StatusOK)
	if len(rows) < 390 || len(rows) > 410 {
		t.Errorf("%d rows are kept of a large result", len(rows))
	}
	if got, want := text(doc, ".notice"), fmt.Sprintf("前 %d 行，共 1,000 行", len(rows)); !strings.Contains(got, want) {
		t.Errorf("a result that is cut off for its size is told as %q, want %q in it", got, want)
	}
	_, small := f.run("select 1")
	_, other := f.run("select i, '" + strings.Repeat("x", 89) + "' from range(300) t(i)") // 30 KB beside 40 KB
	f.rowsOf(large, http.StatusNotFound)
	if got := len(f.rowsOf(small, http.StatusOK)) + len(f.rowsOf(other, http.StatusOK)); got != 301 {
		t.Errorf("%d rows of the newer results, want 301", got)
	}
}

func TestRunsThatFailHaveNoRows(t *testing.T) {
	f := newFixture(t, 60)
	_, id := f.run("select cast('x' || i as integer) from range(100000) t(i)")
	f.rowsOf(id, http.StatusNotFound)
	response := f.post("/sql/runs", url.Values{"sql": {"select a.range from range(100000000) a, range(100000) b where (a.range * b.range) % 7 = 8"}}, map[string]string{"HX-Request": "true"})
	id = response.Header.Get("X-PHDP-Run")
	f.rowsOf(id, http.StatusNotFound) // not over
	f.post("/sql/runs/"+id+"/cancel", nil, nil)
	for end := time.Now().Add(10 * time.Second); f.page("/sql/runs/"+id).Find(".running").Length() > 0; {
		if time.Now().After(end) {
			t.Fatal("the statement still runs")
		}
	}
	f.rowsOf(id, http.StatusNotFound)
}

func TestASavedStatementThatIsNotThereIsTold(t *testing.T) {
	f := newFixture(t, 60)
	if saved := f.post("/sql/saved", url.Values{"name": {"mine"}, "sql": {"select 1"}}, nil); saved.StatusCode != http.StatusSeeOther {
		t.Fatal(saved.Status)
	}
	for address, want := range map[string]bool{"/sql?saved=gone": true, "/sql?saved=mine": false, "/sql": false} {
		doc := f.page(address)
		if got := strings.Contains(text(doc, "main .notice.warn"), "“gone”"); got != want {
			t.Errorf("%s: told %v, want %v", address, got, want)
		}
	}
	if got := text(f.page("/sql?saved=gone&lang=en"), "main .notice.warn"); !strings.Contains(got, "no saved query “gone”") {
		t.Errorf("in English %q", got)
	}
}
