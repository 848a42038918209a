package dashboards

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

func TestParametersAreTextsOfTheStatement(t *testing.T) {
	cases := map[string]struct{ text, value, want, names string }{
		"a filter":           {"select $line", "htn", "select 'htn'", "line"},
		"twice":              {"select $a, $b, $a", "x", "select 'x', 'x', 'x'", "a b"},
		"a quote":            {"select $a", "x' or '1'='1", "select 'x'' or ''1''=''1'", "a"},
		"inside a text":      {"select '$a', \"$b\" -- $c", "x", "select '$a', \"$b\" -- $c", ""},
		"inside dollars":     {"select $q$ $a $q$", "x", "select $q$ $a $q$", ""},
		"a number is no one": {"select $1", "x", "select $1", ""},
	}
	for name, c := range cases {
		form := url.Values{}
		for _, p := range strings.Fields(c.names) {
			form.Set("p."+p, c.value)
		}
		all, missing := parametersOf(c.text, form)
		var names []string
		for _, p := range all {
			names = append(names, p.Name)
		}
		if got := fillIn(c.text, all); got != c.want || strings.Join(names, " ") != c.names || missing {
			t.Errorf("%s: %q with %v (missing %v), want %q with %s", name, got, names, missing, c.want, c.names)
		}
	}
}

// A statement with a parameter asks for it, runs with it, is saved, found by everybody, listed among the latest runs, and taken
// along in every format.
func TestSavedStatementsWithParameters(t *testing.T) {
	f := newFixture(t, 60)
	const text = "select count(*) as n from dim_patients where line_code = $line"
	if doc, id := f.run(text); id != "" || doc.Find(`.params input[name="p.line"]`).Length() != 1 {
		t.Error("a statement with a parameter ran without it")
	}
	saved := f.post("/sql/saved", url.Values{"name": {"每个病种"}, "sql": {text}}, nil)
	if saved.StatusCode != http.StatusSeeOther {
		t.Fatalf("saved: %s", saved.Status)
	}
	doc := f.page("/sql?saved=" + url.QueryEscape("每个病种"))
	if got := doc.Find("#sql-text").Text(); got != text || doc.Find(`.params input[name="p.line"]`).Length() != 1 {
		t.Errorf("the saved statement is shown as %q", got)
	}
	response := f.post("/sql/runs", url.Values{"sql": {text}, "p.line": {"htn"}}, map[string]string{"HX-Request": "true"})
	result, err := goquery.NewDocumentFromReader(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprint(int(f.number("select count(*) from dim_patients where line_code = 'htn'")))
	if got := firstText(result, "tbody td:nth-child(2)"); got != want {
		t.Errorf("with the parameter %q, want %s", got, want)
	}
	if value, _ := result.Find(`.params input[name="p.line"]`).Attr("value"); value != "htn" {
		t.Errorf("the value is shown as %q", value)
	}
	if got := f.page("/sql").Find(".history code").First().Text(); !strings.Contains(got, "where line_code = 'htn'") {
		t.Errorf("the latest run is %q", got)
	}
	id := response.Header.Get("X-PHDP-Run")
	for kind, begins := range map[string]string{"csv": "\ufeff", "xlsx": "PK", "parquet": "PAR1", "arrow": "\xff\xff\xff\xff"} {
		body, header := f.get("/sql/runs/"+id+"/result."+kind, http.StatusOK)
		if !strings.HasPrefix(body, begins) || !strings.Contains(header.Get("Content-Disposition"), "."+kind) {
			t.Errorf("%s begins with %q", kind, body[:min(8, len(body))])
		}
	}
	if refused := f.post("/sql/saved", url.Values{"name": {"x"}, "sql": {"drop table dim_patients"}}, nil); refused.StatusCode != http.StatusBadRequest {
		t.Errorf("a statement that may not run was saved: %s", refused.Status)
	}
	evil := f.post("/sql/runs", url.Values{"sql": {"select $a"}, "p.a": {"'; from read_text('/etc/passwd'); --"}}, map[string]string{"HX-Request": "true"})
	if told, err := goquery.NewDocumentFromReader(evil.Body); err != nil || !strings.Contains(told.Text(), "read_text") || strings.Contains(told.Text(), "root:") {
		t.Errorf("a value that looks like a statement is not a plain text (%v)", err)
	}
}

func firstText(doc *goquery.Document, selector string) string {
	return strings.TrimSpace(doc.Find(selector).First().Text())
}
