package dashboards

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"phdp/dashboards/access"
)

func TestATokenHasTheRightsOfItsScopesOnly(t *testing.T) {
	p := newPeople(t, 300)
	routes := []struct {
		path, body string
		right      access.Right
	}{
		{"/adherence", "", access.SeeTotals},
		{"/data", "", access.SeeData},
		{"/patients/search", `{"line":"htn"}`, access.SeePatients},
		{"/segments/list.csv?line=htn&purpose=refill_reminder", "", access.Export},
		{"/sql", `{"sql":"select 1 as one"}`, access.RunSQL},
		{"/admin", "", access.SeeAudit},
	}
	for _, scope := range []access.Scope{access.ReadPages, access.ReadPeople, access.ExportOut, access.ReadSQL} {
		who := p.program("analyst", scope)
		for _, r := range routes {
			method := map[bool]string{true: http.MethodGet, false: http.MethodPost}[r.body == ""]
			want := map[bool]int{true: http.StatusOK, false: http.StatusForbidden}[scope.Gives(r.right)]
			if response, body := who.ask(method, apiRoot+r.path, r.body); response.StatusCode != want {
				t.Errorf("%s at %s: status %d, want %d: %.200s", scope, r.path, response.StatusCode, want, body)
			}
		}
	}
	if response, _ := p.program("dpo", access.ReadAudit).ask(http.MethodGet, apiRoot+"/admin", ""); response.StatusCode != http.StatusOK {
		t.Errorf("read:audit at /admin: status %d", response.StatusCode)
	}
}

// A token without read:people is a reader of protected totals, and its statements see nothing that people wrote.
func TestATokenWithoutPeopleSeesProtectedTotals(t *testing.T) {
	p := newPeople(t, 300)
	type answer struct {
		Data struct {
			Size struct {
				Members *int64 `json:"members"`
			} `json:"size"`
			Preview []any `json:"preview"`
		} `json:"data"`
		Protected bool `json:"protected"`
	}
	truth := int64(p.number("select count(*) from dim_patients where line_code = 'htn'"))
	for name, c := range map[string]struct {
		who  program
		want int64
	}{"with people": {p.program("analyst", access.ReadPages, access.ReadPeople), truth}, "without": {p.program("analyst", access.ReadPages), truth/11*11 + 5}} {
		var got answer
		decode(t, c.who, "/segments?line=htn", &got)
		if got.Data.Size.Members == nil || *got.Data.Size.Members != c.want || got.Protected == (c.want == truth) || (len(got.Data.Preview) > 0) != (c.want == truth) {
			t.Errorf("%s: got %+v, want %d", name, got, c.want)
		}
	}
	statement := `{"sql":"select count(detail) as n from fct_timeline"}`
	_, with := p.program("analyst", access.ReadSQL, access.ReadPeople).ask(http.MethodPost, apiRoot+"/sql", statement)
	_, without := p.program("analyst", access.ReadSQL).ask(http.MethodPost, apiRoot+"/sql", statement)
	if strings.Contains(with, `"rows":[[0]]`) || !strings.Contains(without, `"rows":[[0]]`) {
		t.Errorf("with people %s; without %s", with, without)
	}
}

func TestTokensThatDoNotCount(t *testing.T) {
	p := newPeople(t, 60)
	good := p.program("analyst", access.ReadPages)
	over := p.program("analyst", access.ReadPages)
	list, err := p.tokens.List()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.tokens.Revoke(list[1].ID); err != nil {
		t.Fatal(err)
	}
	for name, who := range map[string]program{"none": {p, ""}, "wrong": {p, "phdp_wrong"}, "revoked": over, "id": {p, list[0].ID}} {
		if told := who.problem(http.MethodGet, apiRoot+"/home", ""); told.Status != http.StatusUnauthorized || told.Type != problemPrefix+"sign-in" {
			t.Errorf("%s: %+v", name, told)
		}
	}
	if response, _ := good.ask(http.MethodGet, apiRoot+"/home", ""); response.StatusCode != http.StatusOK {
		t.Errorf("a good token: status %d", response.StatusCode)
	}
	if response, _ := (program{p, ""}).ask(http.MethodGet, apiRoot+"/home", "", "Authorization", basic("anybody", good.token)); response.StatusCode != http.StatusOK {
		t.Errorf("the token as a password: status %d", response.StatusCode)
	}
	if body := must(p.stranger().fetch(http.MethodGet, "/home", nil, http.StatusSeeOther)); strings.Contains(body, "kpi") {
		t.Error("a stranger sees a page")
	}
	rq, _ := http.NewRequest(http.MethodGet, p.web.URL+"/home", nil)
	rq.Header.Set("Authorization", "Bearer "+good.token)
	if response, err := p.stranger().client.Do(rq); err != nil || response.StatusCode != http.StatusSeeOther {
		t.Errorf("a token opens a page: %v", response.StatusCode)
	}
	*p.clock = p.clock.Add(25 * time.Hour)
	if told := good.problem(http.MethodGet, apiRoot+"/home", ""); told.Status != http.StatusUnauthorized {
		t.Errorf("a token that is over: %+v", told)
	}
}

func TestGuessingTokensIsSlowedDown(t *testing.T) {
	p := newPeople(t, 60)
	good := p.program("analyst", access.ReadPages)
	for range 50 {
		program{p, "phdp_guess"}.ask(http.MethodGet, apiRoot+"/home", "")
	}
	response, _ := good.ask(http.MethodGet, apiRoot+"/home", "")
	if response.StatusCode != http.StatusTooManyRequests || response.Header.Get("Retry-After") == "" {
		t.Errorf("after 50 guesses: status %d", response.StatusCode)
	}
	*p.clock = p.clock.Add(time.Minute)
	if response, _ := good.ask(http.MethodGet, apiRoot+"/home", ""); response.StatusCode != http.StatusOK {
		t.Errorf("after the pause: status %d", response.StatusCode)
	}
	rows, err := p.audit.Last(200)
	if err != nil {
		t.Fatal(err)
	}
	acts := map[string]int{}
	for _, r := range rows {
		acts[r.Act]++
	}
	if acts["token_failed"] != 50 || acts["sign_in"] != 1 {
		t.Errorf("audit log: %v", acts)
	}
}

func TestATokenAsksOnlySoOften(t *testing.T) {
	p := newPeople(t, 60)
	who := p.program("analyst", access.ReadPages)
	status := 0
	for n := 0; n < 200 && status != http.StatusTooManyRequests; n++ {
		response, _ := who.ask(http.MethodGet, apiRoot+"/glossary", "")
		if status = response.StatusCode; status == http.StatusTooManyRequests && n != 120 {
			t.Errorf("request %d is one too many, want 120", n)
		}
	}
	if status != http.StatusTooManyRequests {
		t.Error("200 requests at once are not too many")
	}
	if response, _ := p.program("analyst", access.ReadPages).ask(http.MethodGet, apiRoot+"/glossary", ""); response.StatusCode != http.StatusOK {
		t.Errorf("another token: status %d", response.StatusCode)
	}
}
