package dashboards

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// Somebody makes a token on the page, sees its text once, uses it, and ends it; nobody else can, but an administrator.
func TestTokensAreMadeShownOnceAndEnded(t *testing.T) {
	p := newPeople(t, 60)
	analyst := p.as("analyst")
	body, _ := analyst.fetch(http.MethodPost, "/tokens", url.Values{"name": {"notebook"}, "days": {"30"}, "scope": {"read:pages", "read:sql"}}, http.StatusOK)
	doc := parse(t, body)
	secret, id := text(doc, "#token-text"), text(doc, "tbody th code")
	if !strings.HasPrefix(secret, "phdp_") || id == "" {
		t.Fatalf("the page shows the token %q with the id %q", secret, id)
	}
	if strings.Contains(analyst.get("/tokens", http.StatusOK), secret) {
		t.Error("the text of a token is shown twice")
	}
	program := program{p, secret}
	if response, _ := program.ask(http.MethodGet, apiRoot+"/adherence", ""); response.StatusCode != http.StatusOK {
		t.Errorf("the token answers %d", response.StatusCode)
	}
	p.as("ops_lead").fetch(http.MethodPost, "/tokens/"+id+"/end", nil, http.StatusNotFound)
	if !strings.Contains(p.as("admin").get("/admin", http.StatusOK), `action="/tokens/`+id+`/end"`) {
		t.Error("an administrator cannot end the token")
	}
	analyst.fetch(http.MethodPost, "/tokens/"+id+"/end", nil, http.StatusSeeOther)
	if response, _ := program.ask(http.MethodGet, apiRoot+"/adherence", ""); response.StatusCode != http.StatusUnauthorized {
		t.Errorf("an ended token answers %d", response.StatusCode)
	}
	rows, err := p.audit.Last(20)
	if err != nil {
		t.Fatal(err)
	}
	acts := ""
	for _, row := range rows {
		acts += row.Act + " "
	}
	if !strings.Contains(acts, "make_token") || !strings.Contains(acts, "end_token") {
		t.Errorf("the audit log holds %s", acts)
	}
}

func TestTokensThatCannotBeMade(t *testing.T) {
	p := newPeople(t, 60)
	pharma := p.as("pharma")
	for name, form := range map[string]url.Values{
		"no scope":                {"name": {"x"}, "days": {"30"}},
		"no name":                 {"days": {"30"}, "scope": {"read:pages"}},
		"a scope out of reach":    {"name": {"x"}, "days": {"30"}, "scope": {"read:sql"}},
		"a life beyond the limit": {"name": {"x"}, "days": {"4000"}, "scope": {"read:pages"}},
	} {
		body, _ := pharma.fetch(http.MethodPost, "/tokens", form, http.StatusBadRequest)
		if doc := parse(t, body); doc.Find("#problem").Length() != 1 || doc.Find("#token-text").Length() != 0 {
			t.Errorf("%s: the page does not tell the problem", name)
		}
	}
	if doc := parse(t, pharma.get("/tokens", http.StatusOK)); doc.Find("input[value='read:people']").Length() != 0 || doc.Find("input[value='read:pages']").Length() != 1 {
		t.Error("scopes are offered that the role does not reach")
	}
	if doc := newFixture(t, 60).page("/tokens"); doc.Find("form.tokens-form").Length() != 0 {
		t.Error("the machine of the owner offers tokens")
	}
}

// The page of administration tells how far the data lies behind and who waits to be erased, as the measures say.
func TestAdministrationShowsThePipeline(t *testing.T) {
	doc := newFixture(t, 60).page("/admin")
	if got := rowOf(doc.Find("section[aria-labelledby=lag] tbody tr"), zh(t, "source.links")); len(got) < 4 || got[2] != "12.0" { // 31 March 21:00 to 1 April 9:00
		t.Errorf("links lie behind by %v", got)
	}
	if got := text(doc, "#waiting"); !strings.Contains(got, zh(t, "admin.elsewhere")) {
		t.Errorf("without the process that reads the lake: %q", got)
	}
	registry := prometheus.NewRegistry()
	m, err := newMetrics(registry)
	if err != nil {
		t.Fatal(err)
	}
	people := prometheus.NewGauge(prometheus.GaugeOpts{Name: "phdp_erasure_requests_waiting"})
	oldest := prometheus.NewGauge(prometheus.GaugeOpts{Name: "phdp_erasure_oldest_request_timestamp_seconds"})
	people.Set(3)
	oldest.Set(1775000000)
	registry.MustRegister(people, oldest)
	if got, err := m.waiting(); err != nil || got == nil || got.People != 3 || got.Oldest.Unix() != 1775000000 {
		t.Errorf("waiting: %+v (%v)", got, err)
	}
}
