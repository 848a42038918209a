package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestTokensOnTheCommandLine(t *testing.T) {
	folder := t.TempDir()
	dir := "--data-dir=" + folder
	add := []string{"tokens", "add", "anna", "--name", "nightly", "--scope", "read:pages"}
	id, secret := "", ""
	for _, c := range []struct {
		name, stdin string
		args        []string
		code        int
		says        string
	}{
		{"none yet", "", []string{"tokens", "list"}, 0, "no tokens"},
		{"of nobody", "", add, 1, "no such account"},
		{"account", "a long enough one\n", []string{"users", "add", "anna", "--role", "analyst"}, 0, "done"},
		{"no scope", "", add[:5], 2, "--scope"},
		{"unknown scope", "", append(add[:5:5], "--scope", "all"), 1, "unknown scope"},
		{"scope that the role lacks", "", append(add[:5:5], "--scope", "read:audit"), 1, "do not reach"},
		{"too long", "", append(add, "--days", "400"), 1, "366 days"},
		{"added", "", add, 0, "phdp_"},
		{"listed", "", []string{"tokens", "list"}, 0, "active   anna"},
		{"revoked", "", []string{"tokens", "revoke", "ID"}, 0, "revoked"},
		{"shown as revoked", "", []string{"tokens", "list"}, 0, "revoked  anna"},
		{"unknown", "", []string{"tokens", "revoke", "nothing"}, 1, "no such token"},
		{"audit", "", []string{"audit", "list"}, 0, "revoke_token"},
		{"whole", "", []string{"audit", "verify"}, 0, "3 rows, the chain is whole"},
	} {
		for i, arg := range c.args {
			if arg == "ID" {
				c.args[i] = id
			}
		}
		out, code := answered(t, c.stdin, slices.Concat(c.args, []string{dir})...)
		if code != c.code || !strings.Contains(out, c.says) || secret != "" && strings.Contains(out, secret) {
			t.Errorf("%s: code %d, %q; want %d and %q", c.name, code, out, c.code, c.says)
		}
		if c.name == "added" {
			id = regexp.MustCompile(`token (\S+) of`).FindStringSubmatch(out)[1]
			secret = regexp.MustCompile(`phdp_\S+`).FindString(out)
		}
	}
	for _, name := range []string{"tokens.json", "audit.jsonl"} {
		data, err := os.ReadFile(filepath.Join(folder, "access", name))
		if err != nil || strings.Contains(string(data), secret) {
			t.Errorf("%s has the text of the token: %v", name, err)
		}
	}
}
