package access

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// openBoth opens the accounts and tokens of a folder, with an analyst of one line and an administrator in it.
func openBoth(t *testing.T, dir string) (*Accounts, *Tokens) {
	t.Helper()
	accounts, err := OpenAccounts(dir)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := OpenTokens(dir, accounts)
	if err != nil {
		t.Fatal(err)
	}
	return accounts, tokens
}

func TestTokens(t *testing.T) {
	dir := t.TempDir()
	accounts, tokens := openBoth(t, dir)
	if err := accounts.Add(Identity{Name: "anna", Roles: []Role{Analyst}, Lines: []string{"htn"}}, "a long enough one", noon); err != nil {
		t.Fatal(err)
	}
	one, text, err := tokens.Add(Token{Name: "nightly report", Account: "anna", Scopes: []Scope{ReadPages, ReadSQL}}, 24*time.Hour, noon)
	if err != nil {
		t.Fatal(err)
	}
	_, elsewhere := openBoth(t, dir) // as another process
	who, err := elsewhere.Identify(text, noon.Add(time.Hour))
	if err != nil || who.Name != "anna" || who.Token != one.ID || len(who.Lines) != 1 {
		t.Errorf("got %+v, %v", who, err)
	}
	for right, want := range map[Right]bool{SeeTotals: true, SeeData: true, RunSQL: true, SeePatients: false, Export: false, SeeAudit: false} {
		if who.May(right) != want {
			t.Errorf("right %d: %v, want %v", right, !want, want)
		}
	}
	for name, wrong := range map[string]string{"nothing": "", "a part": text[:len(text)-1], "the hash": one.Hash, "the id": one.ID, "other case": strings.ToLower(text)} {
		if _, err := tokens.Identify(wrong, noon); !errors.Is(err, ErrNoToken) {
			t.Errorf("%s gets in: %v", name, err)
		}
	}
	if _, err := tokens.Identify(text, noon.Add(24*time.Hour)); !errors.Is(err, ErrNoToken) {
		t.Errorf("a token that is over gets in: %v", err)
	}
	if err := accounts.SetDisabled("anna", true, noon); err != nil {
		t.Fatal(err)
	}
	if _, err := elsewhere.Identify(text, noon); !errors.Is(err, ErrNoToken) {
		t.Errorf("a token of a closed account gets in: %v", err)
	}
	if err := accounts.SetDisabled("anna", false, noon); err != nil {
		t.Fatal(err)
	}
	if err := elsewhere.Revoke(one.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := tokens.Identify(text, noon); !errors.Is(err, ErrNoToken) {
		t.Errorf("a revoked token gets in: %v", err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "tokens.json"))
	if err != nil || bytes.Contains(data, []byte(text[len(tokenPrefix):])) {
		t.Errorf("the file has the text of the token: %v", err)
	}
	if info, err := os.Stat(filepath.Join(dir, "tokens.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the tokens: %v", info.Mode())
	}
}

func TestTokensThatCannotBe(t *testing.T) {
	accounts, tokens := openBoth(t, t.TempDir())
	if err := accounts.Add(Identity{Name: "rx", Roles: []Role{Pharma}, Lines: []string{"htn"}}, "a long enough one", noon); err != nil {
		t.Fatal(err)
	}
	pages := []Scope{ReadPages}
	for want, c := range map[string]struct {
		one  Token
		life time.Duration
	}{
		"no such account":  {Token{Name: "x", Account: "nobody", Scopes: pages}, time.Hour},
		"1 to 60":          {Token{Account: "rx", Scopes: pages}, time.Hour},
		"366 days":         {Token{Name: "x", Account: "rx", Scopes: pages}, LongestToken + time.Hour},
		"up to 366":        {Token{Name: "x", Account: "rx", Scopes: pages}, 0},
		"needs a scope":    {Token{Name: "x", Account: "rx"}, time.Hour},
		"unknown scope":    {Token{Name: "x", Account: "rx", Scopes: []Scope{"write:all"}}, time.Hour},
		"do not reach":     {Token{Name: "x", Account: "rx", Scopes: []Scope{ReadPages, ReadSQL}}, time.Hour},
		`scope "read:peop`: {Token{Name: "x", Account: "rx", Scopes: []Scope{ReadPeople}}, time.Hour},
	} {
		if _, _, err := tokens.Add(c.one, c.life, noon); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// A right that no scope gives could be used by no token, and one that is forgotten here stays closed. To let identifiers
// leave is for plans alone, and never for a program that comes with a token; what goes out is a page for people.
func TestEveryRightHasAScope(t *testing.T) {
	for role, rights := range grants {
		for _, right := range rights {
			who := Identity{Roles: []Role{role}, Token: "x", Scopes: Scopes()}
			if closed := right == ReachPeople || right == SeeOutbox; who.May(right) == closed {
				t.Errorf("right %d of %s: the scopes are wrong", right, role)
			}
			if (Identity{Roles: []Role{role}, Token: "x"}).May(right) {
				t.Errorf("right %d of %s needs no scope", right, role)
			}
		}
	}
}

func TestBudgetsFillUpAgain(t *testing.T) {
	now := noon
	b := NewBudgets(func() time.Time { return now })
	for i := range budgetSize {
		if wait, first := b.Take("a"); wait > 0 || first != (i == 0) {
			t.Fatalf("request %d: wait %v, first %v", i, wait, first)
		}
	}
	if wait, _ := b.Take("a"); wait != budgetPause {
		t.Errorf("after the last: wait %v, want %v", wait, budgetPause)
	}
	if wait, _ := b.Take("b"); wait > 0 {
		t.Error("another key waits")
	}
	now = now.Add(2 * budgetPause)
	for i, want := range []bool{false, false, true} {
		if wait, _ := b.Take("a"); (wait > 0) != want {
			t.Errorf("request %d after two pauses: wait %v", i, wait)
		}
	}
	now = now.Add(2 * budgetIdle)
	if _, first := b.Take("a"); !first {
		t.Error("an idle key is not new again")
	}
}
