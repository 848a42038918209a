package dashboards

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"

	"phdp/dashboards/access"
)

// claims is the provider's memory with what it says about a person.
type claims struct {
	*storage.Storage
	says map[string]any
}

// SetUserinfoFromToken adds the claims to those of the provider.
func (c *claims) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, token, subject, origin string) error {
	if err := c.Storage.SetUserinfoFromToken(ctx, info, token, subject, origin); err != nil {
		return err
	}
	for name, value := range c.says {
		info.AppendClaims(name, value)
	}
	return nil
}

// newProvider starts a real OpenID Connect provider and a server that signs people in there.
func newProvider(t *testing.T, says map[string]any, edit func(*OIDCConfig)) (*httptest.Server, *access.Audit) {
	t.Helper()
	var place http.Handler = http.NotFoundHandler()
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { place.ServeHTTP(w, r) }))
	t.Cleanup(provider.Close)
	web := httptest.NewServer(nil)
	t.Cleanup(web.Close)
	client := storage.WebClient("phdp", "secret of the client", web.URL+"/sign-in/callback")
	memory := &claims{storage.NewStorageWithClients(storage.NewUserStore(provider.URL), map[string]*storage.Client{"phdp": client}), says}
	storage.RegisterClients(client)
	place = exampleop.SetupServer(provider.URL, memory, slog.New(slog.DiscardHandler), false)

	cfg := OIDCConfig{Issuer: provider.URL, ClientID: "phdp", Secret: "secret of the client", RedirectURL: web.URL + "/sign-in/callback",
		RolesClaim: "groups", Roles: map[string]access.Role{"phdp-analysts": access.Analyst, "phdp-partners": access.Pharma}}
	if edit != nil {
		edit(&cfg)
	}
	sign, err := NewOIDC(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	audit, err := access.OpenAudit(t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	server, err := New(Config{Open: openReadOnly, OpenViews: openViews, Current: published(writeWarehouse(t, 120)), StateDir: t.TempDir(),
		Log: slog.New(slog.DiscardHandler), Access: &Access{OIDC: sign, Audit: audit}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	web.Config.Handler = server.Handler()
	return web, audit
}

// signInThere goes through the provider's own login page and returns where the browser ends.
func signInThere(t *testing.T, web *httptest.Server, next string) (reader, *http.Response, string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	r := reader{t, &http.Client{Jar: jar}, web.URL}
	response, err := r.client.Get(web.URL + "/sign-in/provider?next=" + url.QueryEscape(next))
	if err != nil {
		t.Fatal(err)
	}
	form := parse(t, readAll(t, response)).Find("form")
	id, _ := form.Find("input[name=id]").Attr("value")
	action := *response.Request.URL
	action.Path, action.RawQuery = "/login/username", ""
	response, err = r.client.PostForm(action.String(), url.Values{"id": {id}, "username": {"test-user2"}, "password": {"verysecure"}})
	if err != nil {
		t.Fatal(err)
	}
	return r, response, readAll(t, response)
}

func TestSignInAtAProvider(t *testing.T) {
	web, audit := newProvider(t, map[string]any{"groups": []string{"staff", "phdp-analysts"}, "phdp_lines": []string{"htn"}}, nil)
	r, response, body := signInThere(t, web, "/adherence?line=htn")
	if response.StatusCode != http.StatusOK || response.Request.URL.RequestURI() != "/adherence?line=htn" {
		t.Fatalf("status %d at %s: %.300s", response.StatusCode, response.Request.URL, body)
	}
	r.get("/sql", http.StatusOK)
	if got := r.cell("select count(distinct line_code) from dim_patients"); got != "1" {
		t.Errorf("%s lines are seen, want 1", got)
	}
	rows, err := audit.Last(100)
	if err != nil || !strings.HasPrefix(rows[len(rows)-1].Who, "oidc:") || rows[len(rows)-1].Act != "sign_in" {
		t.Errorf("first row %+v (%v)", rows[len(rows)-1], err)
	}
}

func TestProvidersAnswersThatAreRefused(t *testing.T) {
	for name, says := range map[string]map[string]any{
		"no role here":          {"groups": []string{"staff"}},
		"no claim":              {},
		"partner of no line":    {"groups": []string{"phdp-partners"}},
		"a role by its name":    {"groups": []string{"analyst"}},
		"claim of another kind": {"groups": map[string]any{"phdp-analysts": true}},
	} {
		t.Run(name, func(t *testing.T) {
			web, _ := newProvider(t, says, nil)
			r, response, body := signInThere(t, web, "/home")
			if response.StatusCode != http.StatusForbidden || text(parse(t, body), "#problem") == "" {
				t.Errorf("status %d", response.StatusCode)
			}
			r.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			r.get("/home", http.StatusSeeOther)
		})
	}
}

// An answer that this browser did not ask for, or that comes twice, signs nobody in.
func TestForeignAnswersAreRefused(t *testing.T) {
	web, _ := newProvider(t, map[string]any{"groups": []string{"phdp-analysts"}}, nil)
	jar, _ := cookiejar.New(nil)
	r := reader{t, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, web.URL}
	r.get("/sign-in/callback?state=made-up&code=x", http.StatusBadRequest)
	_, header := r.fetch(http.MethodGet, "/sign-in/provider", nil, http.StatusFound)
	place, err := url.Parse(header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	for _, need := range []string{"state", "nonce", "code_challenge"} {
		if place.Query().Get(need) == "" {
			t.Errorf("the address of the provider lacks %s", need)
		}
	}
	other := reader{t, &http.Client{CheckRedirect: r.client.CheckRedirect}, web.URL}
	other.get("/sign-in/callback?code=x&state="+place.Query().Get("state"), http.StatusBadRequest)
	r.get("/sign-in/callback?code=x&state="+place.Query().Get("state"), http.StatusBadRequest) // it was used up
}
