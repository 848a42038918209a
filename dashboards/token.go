package dashboards

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"phdp/dashboards/access"
)

// tokenPath begins the addresses at which tokens count; pages are for people who sign in.
const tokenPath = "/api/"

// pauseError tells somebody to wait before the next request.
type pauseError struct{ wait time.Duration }

func (p pauseError) Error() string { return "too many requests" }

// tokenOf is the token that a request brings, as a bearer token or as the password of basic authentication,
// which is all that some spreadsheets can send.
func tokenOf(r *http.Request) (text string, found bool) {
	if !strings.HasPrefix(r.URL.Path, tokenPath) {
		return "", false
	}
	if kind, text, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(kind, "Bearer") {
		return strings.TrimSpace(text), true
	}
	_, text, found = r.BasicAuth()
	return text, found
}

// identifyToken tells for whom a token stands. Guessing is slowed down per address, asking is bounded per token,
// and the first request after a while is noted in the audit log as a sign-in is.
func (s *Server) identifyToken(text, from string) (access.Identity, error) {
	byAddress := "token from:" + from
	if wait := s.limiter.Wait(byAddress); wait > 0 {
		return access.Identity{}, pauseError{wait}
	}
	if s.cfg.Access.Tokens == nil {
		return access.Identity{}, errSignIn
	}
	who, err := s.cfg.Access.Tokens.Identify(text, s.cfg.Now())
	if errors.Is(err, access.ErrNoToken) {
		paused := s.limiter.Fail(byAddress, 10)
		row := access.Row{From: from, Act: "token_failed", Detail: map[bool]string{true: "paused"}[paused]}
		return access.Identity{}, errors.Join(errSignIn, s.cfg.Access.Audit.Append(row))
	}
	if err != nil {
		return access.Identity{}, err
	}
	wait, first := s.budgets.Take(who.Token)
	if wait > 0 {
		return access.Identity{}, pauseError{wait}
	}
	if first {
		err = s.cfg.Access.Audit.Append(access.Row{Who: who.Name, Roles: who.RoleNames(), From: from, Token: who.Token, Act: "sign_in", Detail: "token"})
	}
	return who, err
}
