package access

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

var noon = time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)

func TestAccounts(t *testing.T) {
	dir := t.TempDir()
	here, err := OpenAccounts(dir)
	if err != nil {
		t.Fatal(err)
	}
	there, err := OpenAccounts(dir) // as another process
	if err != nil {
		t.Fatal(err)
	}
	if err := here.Add(Identity{Name: "anna", Roles: []Role{Analyst}}, "a long enough one", noon); err != nil {
		t.Fatal(err)
	}
	one, err := there.Verify("anna", "a long enough one")
	if err != nil || one.Name != "anna" || !one.May(RunSQL) || one.May(SeeAudit) {
		t.Errorf("got %v, %v", one.Identity, err)
	}
	for name, password := range map[string]string{"anna": "a long enough two", "nobody": "nobody has this password", "": ""} {
		if _, err := there.Verify(name, password); !errors.Is(err, ErrNoAccount) {
			t.Errorf("%q gets in with %q: %v", name, password, err)
		}
	}
	if err := there.SetDisabled("anna", true, noon); err != nil {
		t.Fatal(err)
	}
	if _, err := here.Verify("anna", "a long enough one"); !errors.Is(err, ErrNoAccount) {
		t.Errorf("a disabled account gets in: %v", err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "accounts.json"))
	if err != nil || bytes.Contains(data, []byte("long enough")) || !bytes.Contains(data, []byte("$argon2id$v=19$m=65536,t=3,p=2$")) {
		t.Errorf("the file keeps passwords in another way: %v", err)
	}
	if info, err := os.Stat(filepath.Join(dir, "accounts.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the accounts: %v", info.Mode())
	}
}

func TestAccountsThatCannotBe(t *testing.T) {
	accounts, err := OpenAccounts(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for want, c := range map[string]struct {
		who      Identity
		password string
	}{
		"needs a role":          {Identity{Name: "a"}, "a long enough one"},
		"unknown role":          {Identity{Name: "a", Roles: []Role{"king"}}, "a long enough one"},
		"cannot be joined":      {Identity{Name: "a", Roles: []Role{Pharma, Analyst}, Lines: []string{"htn"}}, "a long enough one"},
		"lines or products":     {Identity{Name: "a", Roles: []Role{Pharma}}, "a long enough one"},
		"staff ids of its team": {Identity{Name: "a", Roles: []Role{Ops}}, "a long enough one"},
		"12 characters":         {Identity{Name: "a", Roles: []Role{Analyst}}, "short"},
		"lower-case":            {Identity{Name: "A b", Roles: []Role{Analyst}}, "a long enough one"},
	} {
		if err := accounts.Add(c.who, c.password, noon); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestAuditChain(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "audit.jsonl")
	var logs [3]*Audit // as three processes
	for i := range logs {
		var err error
		if logs[i], err = OpenAudit(dir, func() time.Time { return noon }); err != nil {
			t.Fatal(err)
		}
	}
	var all sync.WaitGroup
	for _, log := range logs {
		all.Go(func() {
			for range 20 {
				if err := log.Append(Row{Who: "anna", Act: "view", Object: "patient 4f2a"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	last, err := logs[0].Verify("")
	if err != nil || last.Seq != 60 {
		t.Fatalf("row %d, %v; want 60 whole rows", last.Seq, err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(whole), "\n"), "\n")
	without := func(i int) string { return strings.Join(append(append([]string{}, lines[:i]...), lines[i+1:]...), "") }
	for name, c := range map[string]struct{ text, expect, says string }{
		"a word changed":     {strings.Replace(string(whole), "4f2a", "0000", 1), "", "was changed"},
		"a row removed":      {without(30), "", "broken"},
		"the first removed":  {without(0), "", "broken"},
		"two rows swapped":   {lines[1] + lines[0] + strings.Join(lines[2:], ""), "", "broken"},
		"the end cut off":    {strings.Join(lines[:50], ""), last.Hash, "cut off"},
		"half a row":         {string(whole)[:len(whole)-20], "", "cut off"},
		"everything removed": {"", last.Hash, "cut off"},
	} {
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := logs[1].Verify(c.expect); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want %q", name, err, c.says)
		}
	}
}

func TestLimiterPausesAndForgets(t *testing.T) {
	now := noon
	l := NewLimiter(func() time.Time { return now })
	for range 4 {
		l.Fail("name:anna", 1)
	}
	if l.Wait("name:anna") > 0 {
		t.Error("four failures pause")
	}
	if !l.Fail("name:anna", 1) || l.Wait("name:ben", "name:anna") != firstPause {
		t.Errorf("after five failures the pause is %v", l.Wait("name:anna"))
	}
	now = now.Add(firstPause)
	if l.Fail("name:anna", 1); l.Wait("name:anna") != 2*firstPause {
		t.Errorf("after six failures the pause is %v", l.Wait("name:anna"))
	}
	for range 20 {
		l.Fail("name:anna", 1)
	}
	if l.Wait("name:anna") != longPause {
		t.Errorf("the longest pause is %v", l.Wait("name:anna"))
	}
	now = now.Add(2 * forgetting)
	if l.Fail("name:anna", 1); l.Wait("name:anna") > 0 {
		t.Error("old failures are not forgotten")
	}
}
