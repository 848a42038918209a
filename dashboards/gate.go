package dashboards

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"phdp/dashboards/access"
)

// Access says who may use the pages and how they sign in.
type Access struct {
	// Local lets everybody who reaches the server in, with every right; for the loopback address only.
	Local bool
	// Accounts are the local accounts. It may be nil when OIDC is there.
	Accounts *access.Accounts
	// Tokens let programs in under the rules of an account. It may be nil.
	Tokens *access.Tokens
	// OIDC signs people in at a provider. It may be nil.
	OIDC *OIDC
	// Audit gets every view of a person, every statement, every export and every sign-in. It is never nil.
	Audit *access.Audit
	// Hosts are the names under which the server is reached, beside addresses and localhost.
	Hosts []string
	// Secure says that people reach the server over TLS, so that cookies travel over nothing else.
	Secure bool
}

// check says what is missing, or nil.
func (a *Access) check() error {
	switch {
	case a == nil || a.Audit == nil:
		return errors.New("dashboards: Config needs Access with an Audit")
	case !a.Local && a.Accounts == nil && a.OIDC == nil:
		return errors.New("dashboards: Access needs accounts, a provider or Local")
	}
	return nil
}

// tryCookie remembers the role that the owner of the machine tries; it can only take rights away.
const tryCookie = "phdp_try"

// errSignIn makes the edge ask for a sign-in, errForbidden makes it answer 403.
var (
	errSignIn    = errors.New("sign-in needed")
	errForbidden = errors.New("no right")
)

func (s *Server) sessionCookie() string {
	if s.cfg.Access.Secure {
		return "__Host-phdp_session"
	}
	return "phdp_session"
}

// identify tells who asks.
func (s *Server) identify(r *http.Request) (access.Identity, error) {
	if s.cfg.Access.Local {
		return localIdentity(r), nil
	}
	if text, ok := tokenOf(r); ok {
		return s.identifyToken(text, clientOf(r))
	}
	cookie, err := r.Cookie(s.sessionCookie())
	if err != nil {
		return access.Identity{}, errSignIn
	}
	session, ok := s.sessions.Get(cookie.Value)
	if !ok {
		return access.Identity{}, errSignIn
	}
	if !session.Local {
		return session.Who, nil
	}
	account, err := s.cfg.Access.Accounts.Get(session.Who.Name)
	if errors.Is(err, access.ErrNoAccount) || err == nil && account.Changed.After(session.Started) {
		s.sessions.End(cookie.Value)
		return access.Identity{}, errSignIn
	}
	return account.Identity, err
}

// localIdentity is the owner of the machine: every right, or the role that is tried.
func localIdentity(r *http.Request) access.Identity {
	who := access.Identity{Name: "local", Roles: []access.Role{access.Admin, access.Analyst, access.OpsLead, access.DPO}}
	if cookie, err := r.Cookie(tryCookie); err == nil && slices.Contains(access.Roles(), access.Role(cookie.Value)) {
		who.Roles = []access.Role{access.Role(cookie.Value)}
	}
	return who
}

// limitTrial gives a tried role the limits that a real account of it would have: two lines, one team.
func limitTrial(who access.Identity, w *warehouse) access.Identity {
	switch {
	case len(who.Roles) != 1:
	case who.Roles[0] == access.Pharma:
		for _, l := range w.Lines[:min(2, len(w.Lines))] {
			who.Lines = append(who.Lines, l.Code)
		}
	case who.Roles[0] == access.Ops:
		who.Staff = []string{w.BusiestStaff}
	}
	return who
}

// audit writes a row about a request; what it describes must not happen when it fails.
func (s *Server) audit(rq *request, act, object, detail string) error {
	if rq.isRehearsal {
		return nil
	}
	return s.cfg.Access.Audit.Append(access.Row{Who: rq.who.Name, Roles: rq.who.RoleNames(), From: clientOf(rq.Request), Token: rq.who.Token, Act: act, Object: object, Detail: detail})
}

// clientOf is the address that a request comes from, without its port.
func clientOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// hostAllowed refuses names that the server does not know: a page of somebody else's whose name was pointed at
// this machine (DNS rebinding) carries such a name, and could read everything as if it were ours.
func hostAllowed(host string, known []string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.TrimSuffix(strings.Trim(name, "[]"), "."))
	return name == "localhost" || net.ParseIP(name) != nil || slices.Contains(known, name)
}

// checkHost answers 421 to a request for a name that is not ours. Health and metrics tell nothing about people
// and are asked for by machines under many names.
func checkHost(known []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" && r.URL.Path != "/metrics" && !hostAllowed(r.Host, known) {
			http.Error(w, "This name is not known here. Start PHDP with --host or --public-url and the name that people use.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// signInData is what the sign-in page shows.
type signInData struct {
	Next     string
	Name     string
	Problem  string
	Password bool // there are local accounts
	Provider bool // there is a provider
}

// open makes a handler that needs neither a sign-in nor a warehouse.
func (s *Server) open(name string, fn func(http.ResponseWriter, *request) error) http.Handler {
	return s.metrics.count(name, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rq := &request{Request: r, lang: preference(w, r, "lang", languages), theme: preference(w, r, "theme", themes)}
		s.edge(w, rq, fn(w, rq))
	}))
}

func (s *Server) signInPage(w http.ResponseWriter, rq *request) error {
	if _, err := s.identify(rq.Request); err == nil {
		http.Redirect(w, rq.Request, localPath(rq.URL.Query().Get("next")), http.StatusSeeOther)
		return nil
	}
	return s.showSignIn(w, rq, signInData{Next: localPath(rq.URL.Query().Get("next"))}, http.StatusOK)
}

func (s *Server) showSignIn(w http.ResponseWriter, rq *request, data signInData, status int) error {
	data.Password, data.Provider = s.cfg.Access.Accounts != nil, s.cfg.Access.OIDC != nil
	rq.state = state{params: []param{{name: "next", fallback: "/home"}}, values: map[string][]string{"next": {data.Next}}}
	rq.URL = &url.URL{Path: "/sign-in"}
	return s.write(w, rq, view{Page: "sign_in", Title: s.render.texts[rq.lang].get("sign_in.title"), Data: data, Status: status})
}

// signIn checks a name and a password. Guessing is slowed down per name and per address, and neither the page
// nor the time that it takes tells whether a name exists.
func (s *Server) signIn(w http.ResponseWriter, rq *request) error {
	rq.Body = http.MaxBytesReader(w, rq.Body, 8<<10)
	if err := rq.ParseForm(); err != nil || s.cfg.Access.Accounts == nil {
		return badRequest{"sign-in: no form"}
	}
	name, t := strings.ToLower(strings.TrimSpace(rq.PostForm.Get("name"))), s.render.texts[rq.lang]
	data := signInData{Next: localPath(rq.PostForm.Get("next")), Name: name[:min(64, len(name))]}
	byName, byAddress := "name:"+data.Name, "from:"+clientOf(rq.Request)
	if wait := s.limiter.Wait(byName, byAddress); wait > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(int(wait.Seconds())+1))
		data.Problem = t.get("sign_in.wait", int(wait.Seconds())+1)
		return s.showSignIn(w, rq, data, http.StatusTooManyRequests)
	}
	account, err := s.cfg.Access.Accounts.Verify(name, rq.PostForm.Get("password"))
	rq.who = access.Identity{Name: data.Name}
	if errors.Is(err, access.ErrNoAccount) {
		locked := s.limiter.Fail(byName, 1)
		locked = s.limiter.Fail(byAddress, 10) || locked
		if err := s.audit(rq, "sign_in_failed", "", map[bool]string{true: "paused"}[locked]); err != nil {
			return err
		}
		data.Problem = t.get("sign_in.wrong")
		return s.showSignIn(w, rq, data, http.StatusUnauthorized)
	}
	if err != nil {
		return err
	}
	s.limiter.Forget(byName)
	return s.begin(w, rq, account.Identity, true, data.Next)
}

// begin starts a session under a new id and leads to the page that was asked for.
func (s *Server) begin(w http.ResponseWriter, rq *request, who access.Identity, local bool, next string) error {
	rq.who = who
	if err := s.audit(rq, "sign_in", "", map[bool]string{true: "password", false: "provider"}[local]); err != nil {
		return err
	}
	if old, err := rq.Cookie(s.sessionCookie()); err == nil {
		s.sessions.End(old.Value)
	}
	http.SetCookie(w, s.cookie(s.sessionCookie(), s.sessions.Start(who, local), 0))
	http.Redirect(w, rq.Request, next, http.StatusSeeOther)
	return nil
}

func (s *Server) cookie(name, value string, age time.Duration) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: int(age.Seconds()), HttpOnly: true, Secure: s.cfg.Access.Secure, SameSite: http.SameSiteLaxMode}
}

func (s *Server) signOut(w http.ResponseWriter, rq *request) error {
	if cookie, err := rq.Cookie(s.sessionCookie()); err == nil {
		if session, ok := s.sessions.Get(cookie.Value); ok {
			rq.who = session.Who
			if err := s.audit(rq, "sign_out", "", ""); err != nil {
				return err
			}
		}
		s.sessions.End(cookie.Value)
	}
	http.SetCookie(w, s.cookie(s.sessionCookie(), "", -time.Second))
	http.Redirect(w, rq.Request, "/sign-in", http.StatusSeeOther)
	return nil
}

// tryRole lets the owner of the machine see the pages as a role does; an empty role gives all rights back.
func (s *Server) tryRole(w http.ResponseWriter, rq *request) error {
	if !s.cfg.Access.Local {
		return errNotFound
	}
	rq.Body = http.MaxBytesReader(w, rq.Body, 1<<10)
	if err := rq.ParseForm(); err != nil {
		return badRequest{"role: no form"}
	}
	role := rq.PostForm.Get("role")
	age := 24 * time.Hour
	if !slices.Contains(access.Roles(), access.Role(role)) {
		role, age = "", -time.Second
	}
	http.SetCookie(w, s.cookie(tryCookie, role, age))
	http.Redirect(w, rq.Request, "/home", http.StatusSeeOther)
	return nil
}

// localPath keeps a redirect on this server.
func localPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/home"
	}
	return next
}
