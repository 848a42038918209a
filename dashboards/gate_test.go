package dashboards

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"phdp/dashboards/access"
)

const (
	testPassword = "correct horse battery"
	teamOfOps    = "pharm_lin"
)

// accounts of the tests; limited is an analyst with one line, limited_lead an ops_lead with one.
var people = []access.Identity{
	{Name: "analyst", Roles: []access.Role{access.Analyst}},
	{Name: "limited", Roles: []access.Role{access.Analyst}, Lines: []string{"htn"}},
	{Name: "pharma", Roles: []access.Role{access.Pharma}, Lines: []string{"bc", "dm", "htn", "onfh"}},
	{Name: "product", Roles: []access.Role{access.Pharma}, Products: []string{"SKU-VALSARTAN"}},
	{Name: "ops", Roles: []access.Role{access.Ops}, Staff: []string{teamOfOps}},
	{Name: "ops_lead", Roles: []access.Role{access.OpsLead}},
	{Name: "limited_lead", Roles: []access.Role{access.OpsLead}, Lines: []string{"htn"}},
	{Name: "admin", Roles: []access.Role{access.Admin}},
	{Name: "dpo", Roles: []access.Role{access.DPO}},
}

// peopled is a server with accounts.
type peopled struct {
	fixture
	accounts *access.Accounts
	tokens   *access.Tokens
	audit    *access.Audit
	clock    *time.Time
	dir      string // of the accounts and the log
}

func newPeople(t testing.TB, patients int) peopled {
	t.Helper()
	path, dir := writeWarehouse(t, patients), t.TempDir()
	clock := time.Date(2026, 4, 1, 9, 0, 0, 0, shanghai)
	p := peopled{clock: &clock, dir: dir}
	now := func() time.Time { return *p.clock }
	if err := os.WriteFile(filepath.Join(dir, "accounts.json"), accountsFile(t), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if p.accounts, err = access.OpenAccounts(dir); err != nil {
		t.Fatal(err)
	}
	if p.tokens, err = access.OpenTokens(dir, p.accounts); err != nil {
		t.Fatal(err)
	}
	if p.audit, err = access.OpenAudit(dir, now); err != nil {
		t.Fatal(err)
	}
	db, err := openReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	logs := &lockedBuffer{}
	server, err := New(Config{Open: openReadOnly, OpenViews: openViews, Current: published(path), Now: now, StateDir: dir,
		Log: slog.New(slog.NewTextHandler(logs, nil)), Access: &Access{Accounts: p.accounts, Tokens: p.tokens, Audit: p.audit}})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server.Handler())
	t.Cleanup(func() { web.Close(); server.Close() })
	p.fixture = fixture{t: t, web: web, db: db, logs: logs, server: server}
	return p
}

var accountsOnce struct {
	sync.Once
	data []byte
	err  error
}

// accountsFile makes the accounts once: hashing their passwords takes its time.
func accountsFile(t testing.TB) []byte {
	t.Helper()
	accountsOnce.Do(func() {
		dir := t.TempDir()
		accounts, err := access.OpenAccounts(dir)
		for _, one := range people {
			if err == nil {
				err = accounts.Add(one, testPassword, time.Date(2026, 4, 1, 8, 0, 0, 0, shanghai))
			}
		}
		if accountsOnce.err = err; err == nil {
			accountsOnce.data, accountsOnce.err = os.ReadFile(filepath.Join(dir, "accounts.json"))
		}
	})
	if accountsOnce.err != nil {
		t.Fatal(accountsOnce.err)
	}
	return accountsOnce.data
}

// stranger is a browser that nobody has signed in with.
func (p peopled) stranger() reader {
	p.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return reader{p.t, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, p.web.URL}
}

// as signs in.
func (p peopled) as(name string) reader {
	p.t.Helper()
	r := p.stranger()
	r.fetch(http.MethodPost, "/sign-in", url.Values{"name": {name}, "password": {testPassword}}, http.StatusSeeOther)
	return r
}

func readAll(t testing.TB, response *http.Response) string {
	t.Helper()
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func parse(t testing.TB, body string) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestPagesOfEachRole(t *testing.T) {
	p := newPeople(t, 300)
	var id string
	if err := p.db.QueryRow("select patient_id from dim_patients where owner_staff_id = ? limit 1", teamOfOps).Scan(&id); err != nil {
		t.Fatal(err)
	}
	const yes, no = http.StatusOK, http.StatusForbidden
	pages := []string{"/home", "/adherence", "/journey", "/segments", "/glossary", "/patients", "/patients/" + id, "/segments/list.csv?purpose=follow_up", "/segments/list.xlsx?purpose=follow_up", "/segments/list.parquet?purpose=follow_up", "/segments/manifest.json", "/sql", "/data", "/admin"}
	for name, want := range map[string][]int{
		"analyst":  {yes, yes, yes, yes, yes, yes, yes, yes, yes, yes, yes, yes, yes, no},
		"pharma":   {yes, yes, yes, yes, yes, no, no, no, no, no, no, no, no, no},
		"ops":      {yes, yes, yes, yes, yes, yes, yes, yes, yes, yes, yes, no, no, no},
		"ops_lead": {yes, yes, yes, yes, yes, yes, yes, yes, yes, yes, yes, no, yes, no},
		"admin":    {yes, yes, yes, yes, yes, no, no, no, no, no, no, no, yes, yes},
		"dpo":      {yes, yes, yes, yes, yes, no, no, no, no, no, no, no, yes, yes},
	} {
		t.Run(name, func(t *testing.T) {
			r := p.as(name)
			r.t = t
			for i, page := range pages {
				body := r.get(page, want[i])
				if want[i] == no && !strings.HasSuffix(page, id) && strings.Contains(body, id) {
					t.Errorf("%s: the refusal holds a patient", page)
				}
			}
			if want[11] == no {
				r.fetch(http.MethodPost, "/sql/runs", url.Values{"sql": {"select 1"}}, no)
			}
		})
	}
}

func TestNobodyGetsInWithoutASignIn(t *testing.T) {
	p := newPeople(t, 60)
	r := p.stranger()
	for _, path := range []string{"/home", "/patients", "/segments/list.csv", "/sql", "/data", "/admin", "/nowhere"} {
		_, header := r.fetch(http.MethodGet, path, nil, http.StatusSeeOther)
		if place := header.Get("Location"); place != "/sign-in?next="+url.QueryEscape(path) {
			t.Errorf("%s leads to %q", path, place)
		}
	}
	r.fetch(http.MethodPost, "/segments/saved", url.Values{"name": {"x"}}, http.StatusSeeOther)
	r.fetch(http.MethodPost, "/role", url.Values{"role": {"admin"}}, http.StatusNotFound)
	for _, evil := range []string{"https://example.org", "//example.org", "/\\example.org", ""} {
		if got := localPath(evil); got != "/home" {
			t.Errorf("next %q leads to %q", evil, got)
		}
	}
}

func TestSignInAndOut(t *testing.T) {
	p := newPeople(t, 60)
	r := p.stranger()
	_, header := r.fetch(http.MethodPost, "/sign-in", url.Values{"name": {" Analyst "}, "password": {testPassword}, "next": {"/journey?line=htn"}}, http.StatusSeeOther)
	cookie := header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("cookie %q lacks %s", cookie, want)
		}
	}
	if header.Get("Location") != "/journey?line=htn" {
		t.Errorf("leads to %q", header.Get("Location"))
	}
	_, second := r.fetch(http.MethodPost, "/sign-in", url.Values{"name": {"analyst"}, "password": {testPassword}}, http.StatusSeeOther)
	if second.Get("Set-Cookie") == cookie {
		t.Error("the session's id stays the same after another sign-in")
	}
	old := p.stranger()
	place, _ := url.Parse(p.web.URL)
	old.client.Jar.SetCookies(place, []*http.Cookie{{Name: "phdp_session", Value: strings.TrimPrefix(strings.Split(cookie, ";")[0], "phdp_session=")}})
	old.get("/home", http.StatusSeeOther)
	r.get("/home", http.StatusOK)
	r.fetch(http.MethodPost, "/sign-out", nil, http.StatusSeeOther)
	r.get("/home", http.StatusSeeOther)
}

func TestSessionsEnd(t *testing.T) {
	p := newPeople(t, 60)
	for name, c := range map[string]struct {
		wait  time.Duration
		times int
		want  int
	}{
		"used at once":           {time.Second, 1, http.StatusOK},
		"used now and then":      {20 * time.Minute, 3, http.StatusOK},
		"idle for half an hour":  {31 * time.Minute, 1, http.StatusSeeOther},
		"used for eleven hours":  {22 * time.Minute, 30, http.StatusOK},
		"used for half a day":    {25 * time.Minute, 30, http.StatusSeeOther},
		"idle for a whole night": {9 * time.Hour, 1, http.StatusSeeOther},
	} {
		r, got := p.as("analyst"), 0
		for range c.times {
			*p.clock = p.clock.Add(c.wait)
			response, err := r.client.Get(p.web.URL + "/glossary")
			if err != nil {
				t.Fatal(err)
			}
			readAll(t, response)
			got = response.StatusCode
		}
		if got != c.want {
			t.Errorf("%s: status %d, want %d", name, got, c.want)
		}
	}
}

func TestAChangedAccountEndsItsSessions(t *testing.T) {
	p := newPeople(t, 60)
	r, other := p.as("analyst"), p.as("ops_lead")
	*p.clock = p.clock.Add(time.Minute)
	if err := p.accounts.SetPassword("analyst", "another long password", *p.clock); err != nil {
		t.Fatal(err)
	}
	if err := p.accounts.SetDisabled("ops_lead", true, *p.clock); err != nil {
		t.Fatal(err)
	}
	r.get("/home", http.StatusSeeOther)
	other.get("/home", http.StatusSeeOther)
	p.stranger().fetch(http.MethodPost, "/sign-in", url.Values{"name": {"ops_lead"}, "password": {testPassword}}, http.StatusUnauthorized)
}

func TestGuessingIsSlowedDown(t *testing.T) {
	p := newPeople(t, 60)
	r := p.stranger()
	wrong := url.Values{"name": {"analyst"}, "password": {"a wrong password"}}
	for range 5 {
		r.fetch(http.MethodPost, "/sign-in", wrong, http.StatusUnauthorized)
	}
	right := url.Values{"name": {"analyst"}, "password": {testPassword}}
	_, header := r.fetch(http.MethodPost, "/sign-in", right, http.StatusTooManyRequests)
	if header.Get("Retry-After") == "" {
		t.Error("the pause is not told")
	}
	p.as("ops_lead") // somebody else is not held up
	*p.clock = p.clock.Add(31 * time.Second)
	r.fetch(http.MethodPost, "/sign-in", right, http.StatusSeeOther)
	unknown := parse(t, must(p.stranger().fetch(http.MethodPost, "/sign-in", url.Values{"name": {"no one"}, "password": {"x"}}, http.StatusUnauthorized)))
	if got := text(unknown, "#problem"); got != "账号或密码不正确。" {
		t.Errorf("an unknown name is told: %q", got)
	}
}

func must(body string, _ http.Header) string { return body }

func TestUnknownHostIsRefused(t *testing.T) {
	p := newPeople(t, 60)
	for host, want := range map[string]int{"evil.example:80": 421, "127.0.0.1": 200, "[::1]:8080": 200, "localhost:8080": 200, "LOCALHOST": 200, "10.0.0.7": 200, "127.0.0.1.evil.example": 421} {
		rq, _ := http.NewRequest(http.MethodGet, p.web.URL+"/sign-in", nil)
		rq.Host = host
		response, err := http.DefaultClient.Do(rq)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("host %s: status %d, want %d", host, response.StatusCode, want)
		}
	}
}

func TestEveryPostFromAnotherSiteIsRefused(t *testing.T) {
	p := newPeople(t, 60)
	r := p.as("analyst")
	for _, path := range []string{"/sign-in", "/sign-out", "/role", "/sql/runs", "/sql/runs/x/cancel", "/segments/saved", "/deliveries/acknowledge", "/deliveries/again"} {
		rq, _ := http.NewRequest(http.MethodPost, p.web.URL+path, nil)
		rq.Header.Set("Origin", "https://example.org")
		response, err := r.client.Do(rq)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusForbidden {
			t.Errorf("POST %s: status %d, want 403", path, response.StatusCode)
		}
	}
}

func TestTheLocalOwnerTriesRoles(t *testing.T) {
	f := newFixture(t, 300)
	jar, _ := cookiejar.New(nil)
	r := reader{t, &http.Client{Jar: jar}, f.web.URL}
	if got := text(parse(t, r.get("/home", http.StatusOK)), ".local b"); got != "本机模式：无需登录。" {
		t.Errorf("banner %q", got)
	}
	for role, forbidden := range map[string]string{"pharma": "/patients", "ops": "/sql", "admin": "/patients", "analyst": "/admin"} {
		if got := text(parse(t, must(r.fetch(http.MethodPost, "/role", url.Values{"role": {role}}, http.StatusOK))), ".pill[aria-pressed]"); got == "" {
			t.Errorf("%s is not marked", role)
		}
		r.get(forbidden, http.StatusForbidden)
	}
	r.fetch(http.MethodPost, "/role", url.Values{"role": {""}}, http.StatusOK)
	r.get("/sql", http.StatusOK)
}
