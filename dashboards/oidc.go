package dashboards

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"phdp/dashboards/access"
)

// OIDCConfig says which OpenID Connect provider signs people in, and what its claims mean here.
type OIDCConfig struct {
	Issuer, ClientID, Secret string
	// RedirectURL is the address of /sign-in/callback as the browser sees it.
	RedirectURL string
	// RolesClaim is the claim with somebody's groups or roles, a text or a list of texts.
	RolesClaim string
	// Roles maps values of that claim to roles. Without an entry a value that is a role's own name counts.
	Roles map[string]access.Role
}

// OIDC signs people in with the authorization code flow, PKCE, state and nonce.
type OIDC struct {
	cfg      OIDCConfig
	provider *oidc.Provider
	verifier *oidc.IDTokenVerifier
	oauth    oauth2.Config
}

// NewOIDC reads the provider's description.
func NewOIDC(ctx context.Context, cfg OIDCConfig) (*OIDC, error) {
	provider, err := oidc.NewProvider(ctx, cfg.Issuer)
	if err != nil {
		return nil, fmt.Errorf("ask the sign-in provider %s: %w", cfg.Issuer, err)
	}
	return &OIDC{cfg: cfg, provider: provider, verifier: provider.Verifier(&oidc.Config{ClientID: cfg.ClientID}),
		oauth: oauth2.Config{ClientID: cfg.ClientID, ClientSecret: cfg.Secret, Endpoint: provider.Endpoint(), RedirectURL: cfg.RedirectURL,
			Scopes: []string{oidc.ScopeOpenID, "profile", "email"}}}, nil
}

// flight is a sign-in that has gone to the provider and not come back.
type flight struct {
	nonce, verifier, next string
	until                 time.Time
}

// flightLife is how long somebody may take at the provider; maxFlights bounds what is remembered.
const (
	flightLife = 10 * time.Minute
	maxFlights = 10_000
)

type oidcFlights struct {
	now func() time.Time
	mu  sync.Mutex
	all map[string]flight // by state
}

func newOIDCFlights(now func() time.Time) *oidcFlights {
	return &oidcFlights{now: now, all: map[string]flight{}}
}

func (f *oidcFlights) start(one flight) (state string, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for key, old := range f.all {
		if f.now().After(old.until) {
			delete(f.all, key)
		}
	}
	if len(f.all) >= maxFlights {
		return "", false
	}
	state, one.until = rand.Text(), f.now().Add(flightLife)
	f.all[state] = one
	return state, true
}

func (f *oidcFlights) take(state string) (flight, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	one, ok := f.all[state]
	delete(f.all, state)
	return one, ok && !f.now().After(one.until)
}

// stateCookie ties the answer of the provider to the browser that asked.
const stateCookie = "phdp_oidc_state"

func (s *Server) toProvider(w http.ResponseWriter, rq *request) error {
	p := s.cfg.Access.OIDC
	if p == nil {
		return errNotFound
	}
	one := flight{nonce: rand.Text(), verifier: oauth2.GenerateVerifier(), next: localPath(rq.URL.Query().Get("next"))}
	state, ok := s.flights.start(one)
	if !ok {
		return errors.New("too many sign-ins are under way")
	}
	http.SetCookie(w, s.cookie(stateCookie, state, flightLife))
	http.Redirect(w, rq.Request, p.oauth.AuthCodeURL(state, oidc.Nonce(one.nonce), oauth2.S256ChallengeOption(one.verifier)), http.StatusFound)
	return nil
}

func (s *Server) fromProvider(w http.ResponseWriter, rq *request) error {
	p := s.cfg.Access.OIDC
	if p == nil {
		return errNotFound
	}
	state := rq.URL.Query().Get("state")
	cookie, err := rq.Cookie(stateCookie)
	one, known := s.flights.take(state)
	if err != nil || !known || cookie.Value != state {
		return s.showSignIn(w, rq, signInData{Next: "/home", Problem: s.render.texts[rq.lang].get("sign_in.again")}, http.StatusBadRequest)
	}
	http.SetCookie(w, s.cookie(stateCookie, "", -time.Second))
	who, err := p.identity(rq.Context(), rq.URL.Query().Get("code"), one)
	if err != nil {
		s.log.Warn("sign-in at the provider failed", "error", err)
		rq.who = access.Identity{Name: "oidc"}
		if err := s.audit(rq, "sign_in_failed", "", "provider"); err != nil {
			return err
		}
		return s.showSignIn(w, rq, signInData{Next: one.next, Problem: s.render.texts[rq.lang].get("sign_in.refused")}, http.StatusForbidden)
	}
	return s.begin(w, rq, who, false, one.next)
}

// identity exchanges the code for an ID token, checks it and reads who it is about.
func (p *OIDC) identity(ctx context.Context, code string, one flight) (access.Identity, error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	tokens, err := p.oauth.Exchange(ctx, code, oauth2.VerifierOption(one.verifier))
	if err != nil {
		return access.Identity{}, errors.New("the code was not accepted") // the error may hold what the provider sent
	}
	raw, _ := tokens.Extra("id_token").(string)
	token, err := p.verifier.Verify(ctx, raw)
	if err != nil {
		return access.Identity{}, errors.New("the ID token is not valid")
	}
	if token.Nonce != one.nonce {
		return access.Identity{}, errors.New("the ID token is for another sign-in")
	}
	claims := map[string]any{}
	if err := token.Claims(&claims); err != nil {
		return access.Identity{}, errors.New("the ID token has no claims")
	}
	if _, there := claims[p.cfg.RolesClaim]; !there { // many providers tell it at the userinfo endpoint only
		info, err := p.provider.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
		if err != nil || info.Subject != token.Subject {
			return access.Identity{}, errors.New("the provider does not tell who it is")
		}
		if err := info.Claims(&claims); err != nil {
			return access.Identity{}, errors.New("the provider's answer has no claims")
		}
	}
	return p.whoIs(token.Subject, claims)
}

// whoIs makes an identity of claims. The rows come from phdp_lines, phdp_products and phdp_staff.
func (p *OIDC) whoIs(subject string, claims map[string]any) (access.Identity, error) {
	who := access.Identity{Name: "oidc:" + subject, Lines: listOf(claims["phdp_lines"]), Products: listOf(claims["phdp_products"]), Staff: listOf(claims["phdp_staff"])}
	for _, value := range listOf(claims[p.cfg.RolesClaim]) {
		role, ok := p.cfg.Roles[value]
		if !ok && len(p.cfg.Roles) == 0 {
			role = access.Role(value)
		}
		if slices.Contains(access.Roles(), role) && !slices.Contains(who.Roles, role) {
			who.Roles = append(who.Roles, role)
		}
	}
	return who, who.Check()
}

// listOf reads a claim that is a text or a list of texts.
func listOf(claim any) []string {
	switch c := claim.(type) {
	case string:
		return []string{c}
	case []any:
		var all []string
		for _, one := range c {
			if text, ok := one.(string); ok {
				all = append(all, text)
			}
		}
		return all
	}
	return nil
}
