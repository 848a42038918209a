package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Scope is a part of an account's rights that a token hands on.
type Scope string

// The scopes. A token has the rights that both its account and its scopes give, and the row rules of its account.
const (
	ReadPages  Scope = "read:pages"  // totals and the state of the data
	ReadPeople Scope = "read:people" // rows of people; without it totals are protected
	ReadSQL    Scope = "read:sql"    // statements; what people wrote needs read:people too
	ExportOut  Scope = "export"      // lists of people as files
	ReadAudit  Scope = "read:audit"  // accounts and the audit log
)

var scopeGrants = map[Scope][]Right{
	ReadPages:  {SeeTotals, SeeData},
	ReadPeople: {SeePatients},
	ReadSQL:    {RunSQL},
	ExportOut:  {Export},
	ReadAudit:  {SeeAudit},
}

// Scopes returns all scopes in their order.
func Scopes() []Scope { return []Scope{ReadPages, ReadPeople, ReadSQL, ExportOut, ReadAudit} }

// How long a token may live, and what its text begins with, by which scanners of secrets find it.
const (
	LongestToken = 366 * 24 * time.Hour
	tokenPrefix  = "phdp_"
)

// ErrNoToken tells that there is no such token, that it is over, or that its account is closed.
var ErrNoToken = errors.New("no such token")

// Token lets a program in under the rules of an account. Its text is shown once and kept as a hash: it is 130
// random bits, so that a fast hash keeps it as well as a slow one would.
type Token struct {
	ID      string // names the token in lists and in the audit log
	Name    string // what it is for
	Account string
	Scopes  []Scope
	Hash    string // SHA-256 of the text, in hex
	Created time.Time
	Expires time.Time
	Revoked bool
}

// State is active, expired or revoked at a time.
func (t Token) State(now time.Time) string {
	switch {
	case t.Revoked:
		return "revoked"
	case !now.Before(t.Expires):
		return "expired"
	}
	return "active"
}

// ScopeNames writes the scopes for people.
func (t Token) ScopeNames() string {
	names := make([]string, len(t.Scopes))
	for i, s := range t.Scopes {
		names[i] = string(s)
	}
	return strings.Join(names, ",")
}

// Tokens are the personal access tokens of accounts. A file holds them, which several processes may change.
type Tokens struct {
	accounts *Accounts

	mu     sync.Mutex
	file   listFile[Token]
	all    []Token
	byHash map[string]Token
}

// OpenTokens opens the tokens of a folder whose accounts they belong to.
func OpenTokens(dir string, accounts *Accounts) (*Tokens, error) {
	t := &Tokens{file: listFile[Token]{path: filepath.Join(dir, "tokens.json")}, accounts: accounts}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t, t.refresh()
}

// refresh reads the tokens again when another process changed them. The caller holds the lock.
func (t *Tokens) refresh() error { return t.file.refresh(t.keep) }

func (t *Tokens) keep(all []Token) {
	t.all, t.byHash = all, make(map[string]Token, len(all))
	for _, one := range all {
		t.byHash[one.Hash] = one
	}
}

// Add makes a token of an account that is open and returns it with its text, which nobody can read again.
func (t *Tokens) Add(one Token, life time.Duration, now time.Time) (Token, string, error) {
	account, err := t.accounts.Get(one.Account)
	if err != nil {
		return Token{}, "", fmt.Errorf("token of account %q: %w", one.Account, err)
	}
	switch size := utf8.RuneCountInString(one.Name); {
	case size == 0 || size > 60 || strings.ContainsFunc(one.Name, func(r rune) bool { return r < ' ' }):
		return Token{}, "", errors.New("token: it needs a name of 1 to 60 characters that says what it is for")
	case life <= 0 || life > LongestToken:
		return Token{}, "", fmt.Errorf("token: it may live up to %d days", int(LongestToken/(24*time.Hour)))
	case len(one.Scopes) == 0:
		return Token{}, "", errors.New("token: it needs a scope")
	}
	for _, s := range one.Scopes {
		if !slices.Contains(Scopes(), s) {
			return Token{}, "", fmt.Errorf("token: unknown scope %q", s)
		}
		if !slices.ContainsFunc(scopeGrants[s], account.May) {
			return Token{}, "", fmt.Errorf("token: the roles of account %q do not reach scope %q", one.Account, s)
		}
	}
	text := tokenPrefix + rand.Text()
	one.ID, one.Hash = strings.ToLower(rand.Text()[:10]), hashToken(text)
	one.Created, one.Expires = now, now.Add(life)
	err = t.change(func() error { t.all = append(t.all, one); return nil })
	return one, text, err
}

// Revoke ends a token.
func (t *Tokens) Revoke(id string) error {
	return t.change(func() error {
		for i := range t.all {
			if t.all[i].ID == id {
				t.all[i].Revoked = true
				return nil
			}
		}
		return fmt.Errorf("token %q: %w", id, ErrNoToken)
	})
}

// List returns all tokens, oldest first.
func (t *Tokens) List() ([]Token, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	err := t.refresh()
	return slices.Clone(t.all), err
}

// Identify returns who a token's text stands for, as the account is now, or ErrNoToken.
func (t *Tokens) Identify(text string, now time.Time) (Identity, error) {
	t.mu.Lock()
	err := t.refresh()
	one, ok := t.byHash[hashToken(text)]
	t.mu.Unlock()
	if err != nil {
		return Identity{}, err
	}
	if !ok || one.State(now) != "active" {
		return Identity{}, ErrNoToken
	}
	account, err := t.accounts.Get(one.Account)
	if errors.Is(err, ErrNoAccount) {
		return Identity{}, ErrNoToken
	}
	who := account.Identity
	who.Token, who.Scopes = one.ID, one.Scopes
	return who, err
}

func (t *Tokens) change(fn func() error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.file.change(t.keep, func() ([]Token, error) {
		err := fn()
		return t.all, err
	})
}

func hashToken(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Gives tells whether a scope hands a right on.
func (s Scope) Gives(right Right) bool { return slices.Contains(scopeGrants[s], right) }
