package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// answered runs a command with text on its standard input.
func answered(t *testing.T, text string, args ...string) (string, int) {
	t.Helper()
	cmd := command(t.Context(), args...)
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(text), &out, &out
	_ = cmd.Run() // the exit code tells
	return out.String(), cmd.ProcessState.ExitCode()
}

func TestAccountsOnTheCommandLine(t *testing.T) {
	dir := "--data-dir=" + t.TempDir()
	for _, c := range []struct {
		name, stdin string
		args        []string
		code        int
		says        string
	}{
		{"none yet", "", []string{"users", "list"}, 0, "no accounts"},
		{"short password", "short\n", []string{"users", "add", "anna", "--role", "analyst"}, 1, "12 characters"},
		{"unknown role", "a long enough one\n", []string{"users", "add", "anna", "--role", "king"}, 1, "unknown role"},
		{"no role", "a long enough one\n", []string{"users", "add", "anna"}, 2, "--role"},
		{"added", "a long enough one\n", []string{"users", "add", "anna", "--role", "analyst", "--line", "htn"}, 0, "done"},
		{"twice", "a long enough one\n", []string{"users", "add", "anna", "--role", "analyst"}, 1, "exists already"},
		{"listed", "", []string{"users", "list"}, 0, "roles=analyst lines=htn"},
		{"another password", "another long one\n", []string{"users", "passwd", "anna"}, 0, "done"},
		{"disabled", "", []string{"users", "disable", "anna"}, 0, "done"},
		{"shown as disabled", "", []string{"users", "list"}, 0, "disabled"},
		{"of nobody", "", []string{"users", "disable", "nobody"}, 1, "no such account"},
		{"audit", "", []string{"audit", "list"}, 0, "disable_account"},
		{"whole", "", []string{"audit", "verify"}, 0, "3 rows, the chain is whole"},
		{"against a note", "", []string{"audit", "verify", "--expect", "0000"}, 1, "cut off"},
	} {
		out, code := answered(t, c.stdin, append(c.args, dir)...)
		if code != c.code || !strings.Contains(out, c.says) || strings.Contains(out, "long enough one") {
			t.Errorf("%s: code %d, %q; want %d and %q", c.name, code, out, c.code, c.says)
		}
	}
}

func TestAChangedAuditLogIsFound(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		answered(t, "a long enough one\n", "users", "add", "anna", "--role", "analyst", "--data-dir", dir)
		answered(t, "", "users", "disable", "anna", "--data-dir", dir)
	}
	path := filepath.Join(dir, "access", "audit.jsonl")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(data, []byte("account anna"), []byte("account ann"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := answered(t, "", "audit", "verify", "--data-dir", dir); code != 1 || !strings.Contains(out, "row 1 was changed") {
		t.Errorf("code %d, %q", code, out)
	}
}

// What others can reach does not start while nobody could sign in.
func TestOpenAddressesNeedAccounts(t *testing.T) {
	for _, command := range []string{"serve", "run"} {
		out, code := answered(t, "", command, "--addr", "0.0.0.0:0", "--data-dir", t.TempDir())
		if code != 1 || !strings.Contains(out, "phdp users add") || !strings.Contains(out, "127.0.0.1") {
			t.Errorf("%s: code %d, %q", command, code, out)
		}
	}
	out, code := answered(t, "", "serve", "--addr", "127.0.0.1:0", "--oidc-issuer", "http://127.0.0.1:1", "--data-dir", t.TempDir())
	if code != 1 || !strings.Contains(out, "--oidc-client-id") {
		t.Errorf("code %d, %q", code, out)
	}
}
