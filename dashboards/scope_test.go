package dashboards

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
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
	if allowed := int(p.number("select count(*) from dim_patients where line_code = 'htn' and " + mayBeContacted)); list != allowed {
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

// Every mart that tells the line is open to a reader of some lines, and shows these lines only.
func TestEveryMartWithALineIsCut(t *testing.T) {
	files, err := filepath.Glob("../models/marts/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d marts (%v)", len(files), err)
	}
	header := regexp.MustCompile(`(?m)^-- ([a-z0-9_]+): `)
	cut := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		table := baseTable{schema: "main", name: strings.TrimSuffix(filepath.Base(file), ".sql")}
		for _, match := range header.FindAllStringSubmatch(string(text), -1) {
			table.columns = append(table.columns, match[1])
		}
		if !table.has("line_code") {
			continue
		}
		cut++
		if view := (scope{Lines: []string{"htn"}}).view(table); !strings.Contains(view, "t.line_code in (from rules.lines)") {
			t.Errorf("%s is not cut by line: %q", table.name, view)
		}
	}
	if cut < 40 {
		t.Errorf("only %d marts tell the line", cut)
	}
}

// A reader of some lines gets the experiments of these lines: an analyst exactly what the people say, a partner bands.
func TestExperimentsOfOneLine(t *testing.T) {
	p := newPeople(t, 400)
	where := " from fct_experiment_patients where experiment_code = 'icbt_22w'"
	pharma := p.as("pharma")
	if doc := parse(t, p.as("limited").get("/experiments", http.StatusOK)); doc.Find("#effects").Length() != 0 || doc.Find("#balance .empty").Length() != 1 {
		t.Error("a line without an experiment shows one") // the experiments are of breast cancer, the account of hypertension
	}
	doc := parse(t, pharma.get("/experiments?experiment=icbt_22w&arm=treatment", http.StatusOK))
	for _, arm := range []string{"control", "treatment"} {
		if got, want := text(doc, "#"+arm+" b"), formatInt(protectCount(int64(p.number("select count(*)"+where+" and arm = '"+arm+"'")))); got != want {
			t.Errorf("%s: %s people, want %s", arm, got, want)
		}
	}
	if doc.Find("#list").Length() != 0 || strings.Contains(doc.Find("#effects").Text(), " – ") {
		t.Error("a partner sees people or an interval of exact counts")
	}
	if other := parse(t, pharma.get("/experiments?experiment=wording", http.StatusOK)); other.Find("#attendance").Length() != 0 {
		t.Error("an experiment without sessions shows attendance")
	}
}

// What is counted from the people agrees with the table of results, where the reader may see both.
func TestMeasuresOfPeopleAgreeWithPlainMeans(t *testing.T) {
	f := newFixture(t, 400)
	w := &warehouse{db: f.db}
	rows, err := query(t.Context(), w, "experiments.Measures", args{"experiment": "icbt_22w"}, func(x *experimentResult) []any {
		return []any{&x.Code, &x.Kind, &x.Control, &x.Treatment, &x.ControlMean, &x.TreatmentMean, &x.Difference, &x.Low, &x.High, &x.SMD, &x.VarianceRatio, &x.P}
	})
	if err != nil || len(rows) != 6 {
		t.Fatalf("%d rows (%v)", len(rows), err)
	}
	mean := func(what, arm string) float64 {
		return f.number("select avg(" + what + ") from fct_experiment_patients where experiment_code = 'icbt_22w' and arm = '" + arm + "'")
	}
	for _, x := range rows {
		what := map[string]string{"arms": "0", "age": "age", "female": "cast(is_female as int)", "before_ratio": "before_ratio", "after_ratio": "after_ratio", "change_ratio": "after_ratio - before_ratio"}[x.Code]
		if want := mean(what, "treatment") - mean(what, "control"); fmt.Sprintf("%.9f", x.Difference.Float64) != fmt.Sprintf("%.9f", want) {
			t.Errorf("%s: difference %v, want %v", x.Code, x.Difference.Float64, want)
		}
	}
	one := experimentResult{Kind: "arms", Control: 60, Treatment: 40} // z = 2
	if one.test(); formatDecimal(one.P.Float64, 4) != "0.0455" {
		t.Errorf("60 against 40: p = %v", one.P.Float64)
	}
	two := experimentResult{Kind: "outcome", Difference: number{Float64: 0.196, Valid: true}, Low: number{Float64: 0, Valid: true}, High: number{Float64: 0.392, Valid: true}} // z = 1.96
	if two.test(); formatDecimal(two.P.Float64, 3) != "0.050" {
		t.Errorf("an interval that ends at 0: p = %v", two.P.Float64)
	}
}
