package dashboards

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/xuri/excelize/v2"

	"phdp/dashboards/access"
)

// The same list in three kinds of file holds the same people.
func TestAllKindsOfAListAgree(t *testing.T) {
	f := newFixture(t, 400)
	query := "?line=htn&g=any:adh_low,barrier_price&purpose=refill_reminder"
	text, _ := f.get("/segments/list.csv"+query, http.StatusOK)
	var want []string
	for _, line := range strings.Split(strings.TrimSpace(text), "\r\n")[1:] {
		want = append(want, strings.Trim(strings.SplitN(line, ",", 2)[0], `"`))
	}
	body, header := f.get("/segments/list.xlsx"+query, http.StatusOK)
	book, err := excelize.OpenReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := book.GetRows("list")
	if err != nil || len(rows) != len(want)+1 || len(want) == 0 {
		t.Fatalf("%d rows in the workbook (%v), want %d", len(rows), err, len(want)+1)
	}
	if about, err := book.GetRows("manifest"); err != nil || !strings.Contains(strings.Join(about[6], " "), "refill_reminder") {
		t.Errorf("manifest sheet %v (%v)", about, err)
	}
	if name := header.Get("Content-Disposition"); !strings.HasSuffix(name, `.xlsx"`) {
		t.Errorf("file name %s", name)
	}
	data, _ := f.get("/segments/list.parquet"+query, http.StatusOK)
	people, err := parquet.Read[listRow](bytes.NewReader([]byte(data)), int64(len(data)))
	if err != nil || len(people) != len(want) {
		t.Fatalf("%d rows in the Parquet file (%v), want %d", len(people), err, len(want))
	}
	for i, id := range want {
		if rows[i+1][0] != id || people[i].PatientCode != id {
			t.Fatalf("row %d: %s in the CSV, %s in the workbook, %s in Parquet", i, id, rows[i+1][0], people[i].PatientCode)
		}
	}
	f.get("/segments/list.xlsx?line=gout&purpose=follow_up", http.StatusBadRequest)
	f.get("/segments/list.csv?purpose=curiosity", http.StatusBadRequest)
}

func TestWorkbookRunsNoFormula(t *testing.T) {
	book := excelize.NewFile()
	defer book.Close()
	if err := writeBook(book, []listRow{{PatientCode: "=1+1", Tags: "@SUM(A1)", Reason: "+x"}}, manifest{Segment: "=2"}); err != nil {
		t.Fatal(err)
	}
	for sheet, cells := range map[string]map[string]string{"list": {"A2": "'=1+1", "E2": "'@SUM(A1)", "H2": "'+x"}, "manifest": {"B1": "'=2"}} {
		for cell, want := range cells {
			if got, err := book.GetCellValue(sheet, cell); err != nil || got != want {
				t.Errorf("%s!%s: %q (%v), want %q", sheet, cell, got, err, want)
			}
			if formula, _ := book.GetCellFormula(sheet, cell); formula != "" {
				t.Errorf("%s!%s is a formula", sheet, cell)
			}
		}
	}
}

func TestSavedSegmentsHaveOwnersAndVersions(t *testing.T) {
	p := newPeople(t, 60)
	anna, ben := p.as("analyst"), p.as("ops_lead")
	save := func(r reader, query string, status int) {
		t.Helper()
		r.fetch(http.MethodPost, "/segments/saved", url.Values{"name": {"高血压低依从"}, "query": {query}}, status)
	}
	save(anna, "?line=htn&g=all:adh_low", http.StatusSeeOther)
	save(anna, "?line=htn&g=all:adh_low", http.StatusSeeOther) // the same is no new version
	save(anna, "?line=htn&g=any:adh_low,smoker", http.StatusSeeOther)
	save(ben, "?line=dm", http.StatusBadRequest)
	save(anna, "?line=gout", http.StatusBadRequest)
	p.as("pharma").fetch(http.MethodPost, "/segments/saved", url.Values{"name": {"x"}}, http.StatusForbidden)
	doc := parse(t, ben.get("/segments", http.StatusOK))
	row := doc.Find("#saved ~ .overlap tbody tr")
	if row.Length() != 1 || !strings.Contains(row.Text(), "analyst") || text(doc, "#saved ~ .overlap td.num") != "2" {
		t.Errorf("saved: %q", row.Text())
	}
	if href, _ := row.Find("a").Attr("href"); href != "/segments?line=htn&g=any:adh_low,smoker" {
		t.Errorf("leads to %s", href)
	}
}

// What people saw and took is in the log before they have it, without anything that names a patient otherwise.
func TestAuditRows(t *testing.T) {
	p := newPeople(t, 120)
	r := p.as("analyst")
	var id string
	if err := p.db.QueryRow("select patient_id from dim_patients limit 1").Scan(&id); err != nil {
		t.Fatal(err)
	}
	r.get("/patients/"+id, http.StatusOK)
	r.get("/journey?line=htn&lost=second_fill", http.StatusOK)
	r.get("/segments?line=htn", http.StatusOK)
	r.get("/segments/list.csv?line=htn&purpose=follow_up", http.StatusOK)
	r.run("select count(*) from dim_patients where patient_id = '" + id + "' and age > 63")
	r.run("select * from '/etc/passwd.csv'")
	r.get("/admin", http.StatusForbidden)
	rows, err := p.audit.Last(100)
	if err != nil {
		t.Fatal(err)
	}
	acts := map[string]access.Row{}
	for _, row := range rows {
		acts[row.Act+" "+strings.Fields(row.Object + " -")[0]] = row
		if row.Who != "analyst" || row.Roles != "analyst" && row.Act != "sign_in" || row.From == "" {
			t.Errorf("row %+v does not say who", row)
		}
	}
	for want, detail := range map[string]string{"view patient": "", "list lost": "line=htn", "list segment": "shown=20", "export segment": "purpose=follow_up", "refused GET": ""} {
		if row, ok := acts[want]; !ok || !strings.Contains(row.Detail, detail) {
			t.Errorf("%s: %+v", want, row)
		}
	}
	all, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	for _, never := range []string{"'" + id, "> 63", "/etc/passwd"} {
		if strings.Contains(string(all), never) {
			t.Errorf("the log holds %q", never)
		}
	}
	if !strings.Contains(string(all), "patient_id = ? and age") || !strings.Contains(string(all), "query_refused") {
		t.Errorf("statements are not in the log: %s", all)
	}
	if _, err := p.audit.Verify(""); err != nil {
		t.Error(err)
	}
}

// When the log cannot be written, nothing is shown.
func TestNothingIsShownWithoutAudit(t *testing.T) {
	p := newPeople(t, 60)
	r := p.as("analyst")
	var id string
	if err := p.db.QueryRow("select patient_id from dim_patients limit 1").Scan(&id); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(filepath.Join(p.dir, "audit.jsonl")), os.Mkdir(filepath.Join(p.dir, "audit.jsonl"), 0o700)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/patients/" + id, "/patients", "/segments", "/segments/list.csv?purpose=follow_up", "/segments/list.parquet?purpose=follow_up"} {
		if body := r.get(path, http.StatusInternalServerError); strings.Contains(body, "pharm_lin") {
			t.Errorf("%s shows people", path)
		}
	}
}
