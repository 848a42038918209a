package dashboards

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"phdp/dashboards/access"
)

// program is a program that came with a token, or with none.
type program struct {
	peopled
	token string
}

// program makes a token of an account with some scopes.
func (p peopled) program(account string, scopes ...access.Scope) program {
	p.t.Helper()
	_, text, err := p.tokens.Add(access.Token{Name: "test", Account: account, Scopes: scopes}, 24*time.Hour, *p.clock)
	if err != nil {
		p.t.Fatal(err)
	}
	return program{p, text}
}

// all makes a token with every scope that the account reaches.
func (p peopled) all(account string) program {
	p.t.Helper()
	one, err := p.accounts.Get(account)
	if err != nil {
		p.t.Fatal(err)
	}
	scopes := slices.DeleteFunc(access.Scopes(), func(s access.Scope) bool {
		return !slices.ContainsFunc([]access.Right{access.SeeTotals, access.SeePatients, access.Export, access.RunSQL, access.SeeData, access.SeeAudit}, func(r access.Right) bool { return s.Gives(r) && one.May(r) })
	})
	return p.program(account, scopes...)
}

// ask sends a request and returns the answer with its body read.
func (p program) ask(method, path, body string, headers ...string) (*http.Response, string) {
	p.t.Helper()
	rq, err := http.NewRequest(method, p.web.URL+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	if body != "" {
		rq.Header.Set("Content-Type", "application/json")
	}
	if p.token != "" {
		rq.Header.Set("Authorization", "Bearer "+p.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		rq.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(rq)
	if err != nil {
		p.t.Fatal(err)
	}
	text := readAll(p.t, response)
	return response, text
}

// problem asks for something that fails and returns what is told.
func (p program) problem(method, path, body string) problem {
	p.t.Helper()
	response, text := p.ask(method, path, body)
	var told problem
	if err := json.Unmarshal([]byte(text), &told); err != nil || response.Header.Get("Content-Type") != "application/problem+json" || told.Status != response.StatusCode || told.Title == "" {
		p.t.Fatalf("%s %s: status %d, no problem: %v in %.300s", method, path, response.StatusCode, err, text)
	}
	return told
}

// contract is the document of the API with its schemas compiled by a validator that knows nothing of how the
// document or the answers were made.
type contract struct {
	t        testing.TB
	compiler *jsonschema.Compiler
	paths    map[string]map[string]struct {
		Responses map[string]struct{ Content map[string]any }
		Body      map[string]any `json:"requestBody"`
	}
}

const contractURL = "https://phdp.invalid/openapi.json"

func newContract(t testing.TB, text string) contract {
	t.Helper()
	c := contract{t: t, compiler: jsonschema.NewCompiler()}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.compiler.AddResource(contractURL, document); err != nil {
		t.Fatal(err)
	}
	official, err := os.Open("testdata/openapi-3.1.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	defer official.Close()
	rules, err := jsonschema.UnmarshalJSON(official)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.compiler.AddResource("https://phdp.invalid/rules.json", rules); err != nil {
		t.Fatal(err)
	}
	schema, err := c.compiler.Compile("https://phdp.invalid/rules.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(document); err != nil {
		t.Fatalf("the document is no OpenAPI 3.1: %v", err)
	}
	if err := json.Unmarshal([]byte(text), &struct{ Paths any }{&c.paths}); err != nil {
		t.Fatal(err)
	}
	return c
}

// check compares a body with the schema at a place of the document.
func (c contract) check(t *testing.T, place, body string) {
	t.Helper()
	schema, err := c.compiler.Compile(contractURL + "#" + place)
	if err != nil {
		t.Fatalf("the schema at %s: %v", place, err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		t.Fatalf("no JSON: %v in %.200s", err, body)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%s: %v", place, err)
	}
}

// schemaAt is where the schema of a body is; pointer escapes names.
func schemaAt(path, method, more string, kind string) string {
	pointer := func(name string) string {
		return url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
	}
	return "/paths/" + pointer(path) + "/" + strings.ToLower(method) + "/" + more + "/content/" + pointer(kind) + "/schema"
}

// Every route of the document answers every kind of reader, and every answer is what the document says.
func TestEveryRouteAnswersAsTheDocumentSays(t *testing.T) {
	p := newPeople(t, 300)
	readers := map[string]program{"nobody": {p, ""}}
	for _, name := range []string{"analyst", "pharma", "ops_lead", "dpo"} {
		readers[name] = p.all(name)
	}
	_, text := readers["nobody"].ask(http.MethodGet, apiRoot+"/openapi.json", "")
	c := newContract(t, text)
	if len(c.paths) < 15 {
		t.Fatalf("the document has %d paths", len(c.paths))
	}
	answered := map[string]bool{}
	run, _ := readers["analyst"].startRun("select 1 as one")
	for path, methods := range c.paths {
		for method := range methods {
			for name, who := range readers {
				t.Run(name+" "+method+" "+path, func(t *testing.T) {
					if status := c.validate(t, who, method, path, strings.Replace(path, "{run}", run, 1)); status == http.StatusOK {
						answered[method+path] = true
					} else if want := map[bool]int{true: http.StatusUnauthorized, false: http.StatusForbidden}[name == "nobody"]; status != want && status != http.StatusNotFound {
						t.Errorf("status %d, want %d", status, want)
					}
				})
			}
			if !answered[method+path] && !strings.Contains(path, "/list.") && !strings.Contains(path, "{id}") { // some lists need a choice of the page's

				t.Errorf("%s %s answers nobody", method, path)
			}
		}
	}
}

// validate asks for an address and compares what is sent and what comes back with the document.
func (c contract) validate(t *testing.T, who program, method, path, address string) int {
	body, query := who.sent(path)
	if body != "" {
		c.check(t, schemaAt(path, method, "requestBody", "application/json"), body)
	}
	response, answer := who.ask(strings.ToUpper(method), address+query, body)
	if strings.Contains(answer, "argon2id") {
		t.Error("the answer has a password's hash")
	}
	kind := response.Header.Get("Content-Type")
	if response.StatusCode != http.StatusOK {
		c.check(t, "/components/responses/Problem/content/application~1problem+json/schema", answer)
		return response.StatusCode
	}
	kind, _, _ = strings.Cut(kind, ";")
	if _, known := c.paths[path][method].Responses["200"].Content[kind]; !known {
		t.Errorf("the answer has kind %q, which the document does not know", kind)
	} else if kind == kindJSON && !strings.HasSuffix(path, "manifest.json") {
		c.check(t, schemaAt(path, method, "responses/200", kind), answer)
	} else if len(answer) < 20 {
		t.Errorf("the file has %d bytes", len(answer))
	}
	return response.StatusCode
}

// sent is the body and the query of a request to a route.
func (p peopled) sent(path string) (body, query string) {
	someone := ""
	if err := p.db.QueryRow("select min(patient_id) from dim_patients where patient_id in (select patient_id from fct_fills)").Scan(&someone); err != nil {
		p.t.Fatal(err)
	}
	switch {
	case strings.HasSuffix(path, "/patients/one"):
		return `{"patient_id":"` + someone + `"}`, ""
	case strings.HasSuffix(path, "/patients/search"):
		return `{"line":"htn"}`, ""
	case strings.HasSuffix(path, "/sql"), strings.HasSuffix(path, "/sql/runs"):
		return `{"sql":"select line_code, count(*) as n, avg(1.5) as x, null as nothing from dim_patients group by all"}`, ""
	case strings.Contains(path, "/segments/"):
		return "", "?line=htn&purpose=refill_reminder"
	case strings.Contains(path, "/experiments/"):
		return "", "?arm=control&purpose=follow_up"
	case strings.Contains(path, "/outcomes/"):
		return "", "?kind=bp_systolic&purpose=follow_up"
	case strings.Contains(path, "/repurchase/"):
		return "", "?cohort=2026-01&purpose=follow_up"
	case strings.Contains(path, "/list."):
		return "", "?purpose=follow_up"
	case strings.HasSuffix(path, "/journey"):
		return "", "?lang=en"
	}
	return "", ""
}

// startRun starts a statement and returns its run.
func (p program) startRun(statement string) (string, string) {
	p.t.Helper()
	sent, _ := json.Marshal(runAsked{statement})
	response, body := p.ask(http.MethodPost, apiRoot+"/sql/runs", string(sent))
	if response.StatusCode != http.StatusOK {
		p.t.Fatalf("start: status %d: %s", response.StatusCode, body)
	}
	return strings.TrimPrefix(response.Header.Get("Location"), apiRoot+"/sql/runs/"), body
}
