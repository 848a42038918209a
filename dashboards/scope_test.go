package dashboards

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// The rules of an account hold on the SQL page, on the pages and in exports alike.
func TestALimitedAnalystSeesOneLineEverywhere(t *testing.T) {
	p := newPeople(t, 400)
	r := p.as("limited")
	for table, where := range map[string]string{
		"dim_patients": "line_code = 'htn'", "fct_fills": "line_code = 'htn'", "fct_adherence": "line_code = 'htn'", "fct_journey": "line_code = 'htn'",
		"fct_patient_tags": "patient_id in (select patient_id from dim_patients where line_code = 'htn')",
		"fct_timeline":     "patient_id in (select patient_id from dim_patients where line_code = 'htn')",
		"fct_measurements": "patient_id in (select patient_id from dim_patients where line_code = 'htn')",
		"dim_lines":        "line_code = 'htn'", "dim_tags": "line_code in ('htn', 'all')",
	} {
		want := fmt.Sprint(int64(p.number("select count(*) from " + table + " where " + where)))
		if got := r.cell("select count(*) from %s", table); got != want || want == "0" {
			t.Errorf("%s: %s rows, want %s", table, got, want)
		}
	}
	want := formatInt(int64(p.number("select count(*) from dim_patients where line_code = 'htn'")))
	if got := text(parse(t, r.get("/segments", http.StatusOK)), "#members b"); got != want {
		t.Errorf("segment: %s people, want %s", got, want)
	}
	list := strings.Count(r.get("/segments/list.csv?purpose=follow_up", http.StatusOK), "\r\n") - 1
	if allowed := int(p.number("select count(*) from dim_patients where line_code = 'htn' and has_service_consent and not has_do_not_contact")); list != allowed {
		t.Errorf("export: %d people, want %d", list, allowed)
	}
	var other string
	if err := p.db.QueryRow("select patient_id from dim_patients where line_code = 'dm' limit 1").Scan(&other); err != nil {
		t.Fatal(err)
	}
	r.get("/patients/"+other, http.StatusNotFound)
	if got := text(parse(t, r.get("/adherence?line=dm", http.StatusOK)), "p.notice.warn"); got == "" {
		t.Error("a line that is not theirs must be told as unknown")
	}
	tagged := r.cell("select patient_count from dim_tags where tag_id = 'sex_female'")
	if mine := fmt.Sprint(int64(p.number("select count(*) from dim_patients where line_code = 'htn' and list_contains(tags, 'sex_female')"))); tagged != mine {
		t.Errorf("the catalogue counts %s people of others, want %s", tagged, mine)
	}
}

func TestATeamSeesItsPatients(t *testing.T) {
	p := newPeople(t, 400)
	r := p.as("ops")
	want := formatInt(int64(p.number("select count(*) from dim_patients where owner_staff_id = ?", teamOfOps)))
	if got := text(parse(t, r.get("/segments", http.StatusOK)), "#members b"); got != want || want == "0" {
		t.Errorf("%s people, want %s", got, want)
	}
	var other string
	if err := p.db.QueryRow("select patient_id from dim_patients where owner_staff_id <> ? limit 1", teamOfOps).Scan(&other); err != nil {
		t.Fatal(err)
	}
	r.get("/patients/"+other, http.StatusNotFound)
	counted := formatInt(int64(p.number("select count(*) from fct_adherence a join dim_patients p using (patient_id) where period_code = 'r180' and is_eligible and p.owner_staff_id = ?", teamOfOps)))
	if got := text(parse(t, r.get("/adherence", http.StatusOK)), "#counted b"); got != counted {
		t.Errorf("adherence counts %s, want %s", got, counted)
	}
}

func TestAProductSeesItsBuyersOnly(t *testing.T) {
	p := newPeople(t, 900)
	r := p.as("product")
	buyers := int64(p.number("select count(distinct patient_id) from fct_fills where drug_code = 'valsartan'"))
	if got := text(parse(t, r.get("/segments", http.StatusOK)), "#members b"); got != formatInt(protectCount(buyers)) {
		t.Errorf("%s people, want %s", got, formatInt(protectCount(buyers)))
	}
	pairs := int64(p.number("select count(*) from fct_adherence where period_code = 'r180' and is_eligible and drug_class_code = 'htn_arb' and patient_id in (select patient_id from fct_fills where drug_code = 'valsartan')"))
	if got := text(parse(t, r.get("/adherence", http.StatusOK)), "#counted b"); got != formatInt(protectCount(pairs)) {
		t.Errorf("adherence counts %s, want %s", got, formatInt(protectCount(pairs)))
	}
}

// What people wrote never reaches a scope without text, nor does a table that nobody has looked at.
func TestTextAndUnknownTablesStayClosed(t *testing.T) {
	p := newPeople(t, 60)
	c := scope{Lines: []string{"htn"}, NoText: true}
	w, err := openWarehouse(t.Context(), openReadOnly, writeWarehouse(t, 60))
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	scoped, err := w.scoped(t.Context(), Config{OpenViews: openViews}, c)
	if err != nil {
		t.Fatal(err)
	}
	var written int
	if err := scoped.db.QueryRow("select count(detail) from fct_timeline").Scan(&written); err != nil || written != 0 {
		t.Errorf("%d texts of people (%v)", written, err)
	}
	for _, closed := range []baseTable{{"main", "fct_staff_load", []string{"staff_id", "n"}}, {"main", "fct_daily", []string{"line_code", "n"}}} {
		if text := c.view(closed); text != "" {
			t.Errorf("%s is open: %s", closed.name, text)
		}
	}
	if p.number("select count(detail) from fct_timeline") == 0 {
		t.Error("the warehouse has no texts to hide")
	}
}
