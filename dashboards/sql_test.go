package dashboards

import (
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// post sends a form as the page's own origin would.
func (f fixture) post(path string, form url.Values, header map[string]string) *http.Response {
	f.t.Helper()
	request, err := http.NewRequest(http.MethodPost, f.web.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		f.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, value := range header {
		request.Header.Set(name, value)
	}
	client := *f.web.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Do(request)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { response.Body.Close() })
	return response
}

// run starts a statement as htmx does and returns the result once it is over.
func (f fixture) run(statement string) (*goquery.Document, string) {
	f.t.Helper()
	response := f.post("/sql/runs", url.Values{"sql": {statement}}, map[string]string{"HX-Request": "true"})
	doc, err := goquery.NewDocumentFromReader(response.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	id := response.Header.Get("X-PHDP-Run")
	for end := time.Now().Add(10 * time.Second); doc.Find(".running").Length() > 0 && time.Now().Before(end); {
		doc = f.page("/sql/runs/" + id)
	}
	return doc, id
}

func TestSQLRuns(t *testing.T) {
	f := newFixture(t, 60)
	cases := []struct{ name, statement, selector, want string }{
		{"number", "select count(*) as n from dim_patients", "tbody td:nth-child(2)", "60"},
		{"null", "select null as x", "tbody .null", "null"},
		{"list", "select ['a', 'b'] as x", "tbody td:nth-child(2)", `["a","b"]`},
		{"decimal", "select 1.50::decimal(6, 2) as x", "tbody td:nth-child(2)", "1.5"},
		{"huge", "select sum(x)::hugeint from range(10) t(x)", "tbody td:nth-child(2)", "45"},
		{"date", "select date '2026-02-03' as x", "tbody td:nth-child(2)", "2026-02-03"},
		{"time with zone", "select timestamptz '2026-02-03 00:00:00+00' as x", "tbody td:nth-child(2)", "2026-02-03 08:00:00+08:00"},
		{"more than the page has", "select * from range(2500)", ".tools b", "第 1–2,500 条，共 2,500 条"},
		{"describe", "describe meta.builds", "tbody td:nth-child(2)", "build_id"},
		{"mistake", "select nothing_here from dim_patients", ".notice.bad pre", "nothing_here"},
		{"writing", "delete from dim_patients", ".notice.bad", "SELECT"},
		{"reading a file", "select * from read_csv('/etc/hostname')", ".notice.bad", "read_csv"},
		{"two statements", "select 1; select 2", ".notice.bad", "一条"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			doc, _ := f.run(c.statement)
			if got := text(doc, c.selector); !strings.Contains(got, c.want) || got == "" {
				html, _ := doc.Html()
				t.Errorf("%s: got %q, want %q in\n%.600s", c.selector, got, c.want, html)
			}
		})
	}
}

func TestSQLTextStaysOutOfAddressesAndLogs(t *testing.T) {
	f := newFixture(t, 60)
	response := f.post("/sql/runs", url.Values{"sql": {"select 'secret_word' as x"}}, nil)
	place := response.Header.Get("Location")
	if response.StatusCode != http.StatusSeeOther || strings.Contains(place, "secret") || !strings.HasPrefix(place, "/sql/runs/") {
		t.Fatalf("status %d to %q", response.StatusCode, place)
	}
	doc := f.page(place)
	if !strings.Contains(doc.Find("textarea").Text(), "secret_word") {
		t.Error("the page of the run must show its statement")
	}
	f.run("select secret_word from nowhere")
	if strings.Contains(f.logs.String(), "secret_word") {
		t.Error("the statement is in the log")
	}
	if !strings.Contains(f.logs.String(), "sql run finished") {
		t.Error("the run is not logged at all")
	}
}

func TestSQLCSV(t *testing.T) {
	f := newFixture(t, 60)
	_, id := f.run("select -1 as n, '=1' as s, null as z union all select 2, 'b', null order by n")
	body, _ := f.get("/sql/runs/"+id+"/result.csv", http.StatusOK)
	if want := "\ufeff\"n\",\"s\",\"z\"\r\n\"-1\",\"'=1\",\r\n\"2\",\"b\",\r\n"; body != want {
		t.Errorf("got %q, want %q", body, want)
	}
	f.get("/sql/runs/unknown/result.csv", http.StatusNotFound)
}

func TestSQLCancel(t *testing.T) {
	f := newFixture(t, 60)
	slow := "select count(*) from range(100000000) a, range(100000) b where (a.range * b.range) % 7 = 3"
	response := f.post("/sql/runs", url.Values{"sql": {slow}}, map[string]string{"HX-Request": "true"})
	first, _ := io.ReadAll(response.Body)
	if !strings.Contains(string(first), "/cancel") {
		t.Fatalf("a slow statement must offer to be cancelled: %.300s", first)
	}
	id := response.Header.Get("X-PHDP-Run")
	start := time.Now()
	f.post("/sql/runs/"+id+"/cancel", nil, map[string]string{"HX-Request": "true"})
	for {
		doc := f.page("/sql/runs/" + id)
		if doc.Find(".running").Length() == 0 {
			if got := text(doc, "#result .notice"); got != "已取消。" {
				t.Errorf("got %q", got)
			}
			return
		}
		if time.Since(start) > 10*time.Second {
			t.Fatal("the statement still runs")
		}
	}
}

func TestPostFromAnotherSiteIsRefused(t *testing.T) {
	f := newFixture(t, 60)
	for name, header := range map[string]map[string]string{
		"fetch metadata": {"Sec-Fetch-Site": "cross-site"},
		"origin":         {"Origin": "https://example.org"},
	} {
		if response := f.post("/sql/runs", url.Values{"sql": {"select 1"}}, header); response.StatusCode != http.StatusForbidden {
			t.Errorf("%s: status %d, want 403", name, response.StatusCode)
		}
	}
}

func TestSecurityHeaders(t *testing.T) {
	f := newFixture(t, 60)
	_, header := f.get("/home", http.StatusOK)
	policy := header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'self'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "Cache-Control": "no-store"} {
		if header.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, header.Get(name), want)
		}
	}
}

func TestMetricsAndHealth(t *testing.T) {
	f := newFixture(t, 60)
	f.get("/home", http.StatusOK)
	body, _ := f.get("/metrics", http.StatusOK)
	for _, want := range []string{`phdp_http_requests_total{code="200",page="home"} 1`, "phdp_warehouse_as_of_timestamp_seconds 1.7748864e+09", "phdp_warehouse_swaps_total 1"} {
		if !strings.Contains(body, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if health, _ := f.get("/healthz", http.StatusOK); !strings.Contains(health, `"ready":true`) {
		t.Errorf("health %s", health)
	}
}

// A temporary table would hide the real one on its connection; nobody gets that connection again.
func TestAStatementLeavesNothingBehind(t *testing.T) {
	db, err := openReadOnly(t.Context(), writeWarehouse(t, 50))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for range 5 {
		conn, drop, err := ownConnection(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.ExecContext(t.Context(), "create temp table dim_patients as select 1 as patient_id"); err != nil {
			t.Fatal(err)
		}
		drop()
		var n int
		if err := db.QueryRowContext(t.Context(), "select count(*) from dim_patients").Scan(&n); err != nil || n != 50 {
			t.Fatalf("%d patients (%v) after a temporary table, want 50", n, err)
		}
	}
}
