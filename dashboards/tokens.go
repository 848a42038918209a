package dashboards

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"phdp/dashboards/access"
)

// tokenDays are the lives that a token may be given on the page.
var tokenDays = []int{30, 90, 365}

// tokensData is what the page of tokens shows.
type tokensData struct {
	Open    bool // the reader has an account that tokens can stand for
	Tokens  []shownToken
	Scopes  []access.Scope // that the reader's roles reach
	Days    []int
	Text    string `api:"-"` // of a new token; shown once
	Problem string
}

// shownToken is a token without its hash.
type shownToken struct {
	ID, Name, Account, Scopes, State string
	Created, Expires                 time.Time
	Mine                             bool // the reader may end it
}

// tokens shows the tokens of the reader's account.
func (s *Server) tokens(_ context.Context, rq *request) (view, error) {
	data, err := s.readTokens(rq, rq.who.Name)
	return view{Page: "tokens", Title: s.render.texts[rq.lang].get("tokens.title"), Data: data}, err
}

// readTokens are the tokens of an account, or all of them for "", newest first.
func (s *Server) readTokens(rq *request, account string) (tokensData, error) {
	data := tokensData{Days: tokenDays}
	keep := s.cfg.Access.Tokens
	if keep == nil || s.cfg.Access.Local {
		return data, nil
	}
	all, err := keep.List()
	if err != nil {
		return data, err
	}
	slices.Reverse(all)
	for _, one := range all {
		if account != "" && one.Account != account {
			continue
		}
		state := one.State(s.cfg.Now())
		data.Tokens = append(data.Tokens, shownToken{ID: one.ID, Name: one.Name, Account: one.Account, Scopes: one.ScopeNames(), State: state, Created: one.Created, Expires: one.Expires,
			Mine: state == "active" && s.mayEnd(rq, one)})
	}
	data.Open = !strings.Contains(rq.who.Name, ":") // who signs in at a provider has no account here
	for _, scope := range access.Scopes() {
		if slices.ContainsFunc([]access.Right{access.SeeTotals, access.SeeData, access.SeePatients, access.RunSQL, access.Export, access.SeeAudit}, func(r access.Right) bool { return scope.Gives(r) && rq.who.May(r) }) {
			data.Scopes = append(data.Scopes, scope)
		}
	}
	return data, nil
}

// mayEnd tells whether the reader may end a token: their own, or any for an administrator.
func (s *Server) mayEnd(rq *request, one access.Token) bool {
	return one.Account == rq.who.Name || slices.Contains(rq.who.Roles, access.Admin)
}

// makeToken makes a token of the reader's account and shows its text, this once.
func (s *Server) makeToken(_ context.Context, w http.ResponseWriter, rq *request) error {
	rq.Body = http.MaxBytesReader(w, rq.Body, 8<<10)
	if err := rq.ParseForm(); err != nil || s.cfg.Access.Tokens == nil || s.cfg.Access.Local {
		return badRequest{"token: no form"}
	}
	one := access.Token{Name: strings.TrimSpace(rq.PostForm.Get("name")), Account: rq.who.Name}
	for _, scope := range rq.PostForm["scope"] {
		one.Scopes = append(one.Scopes, access.Scope(scope))
	}
	days, _ := strconv.Atoi(rq.PostForm.Get("days")) // 0 is refused below
	if err := s.audit(rq, "make_token", "", "scopes="+one.ScopeNames()); err != nil {
		return err
	}
	_, text, problem := s.cfg.Access.Tokens.Add(one, time.Duration(days)*24*time.Hour, s.cfg.Now())
	data, err := s.readTokens(rq, rq.who.Name)
	if err != nil {
		return err
	}
	t := s.render.texts[rq.lang]
	status := http.StatusOK
	if data.Text = text; problem != nil {
		data.Problem, status = t.get("tokens.problem"), http.StatusBadRequest
	}
	rq.state = state{}
	return s.write(w, rq, view{Page: "tokens", Title: t.get("tokens.title"), Data: data, Status: status})
}

// endToken ends a token and leads back.
func (s *Server) endToken(_ context.Context, w http.ResponseWriter, rq *request) error {
	keep := s.cfg.Access.Tokens
	if keep == nil {
		return errNotFound
	}
	all, err := keep.List()
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(one access.Token) bool { return one.ID == rq.PathValue("id") })
	if at < 0 || !s.mayEnd(rq, all[at]) {
		return errNotFound
	}
	if err := s.audit(rq, "end_token", all[at].ID, "account="+all[at].Account); err != nil {
		return err
	}
	if err := keep.Revoke(all[at].ID); err != nil {
		return err
	}
	back := "/tokens"
	if all[at].Account != rq.who.Name {
		back = "/admin#tokens"
	}
	http.Redirect(w, rq.Request, back, http.StatusSeeOther)
	return nil
}
