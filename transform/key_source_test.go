package transform

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"phdp/ingest"
)

func TestReadSecrets(t *testing.T) {
	one, two := strings.Repeat("0a", KeyBytes), strings.Repeat("0b", KeyBytes)
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte("# of 2026\n"+one+"\n\n"+two+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name   string
		source KeySource
		want   int
		fails  string
	}{
		{"file of two", KeySource{File: file}, 2, ""},
		{"environment before file", KeySource{File: file, Value: two}, 1, ""},
		{"command before file", KeySource{File: file, Command: "echo " + one}, 1, ""},
		{"command that fails", KeySource{Command: "echo " + one + "; exit 3"}, 0, "exit status 3"},
		{"command that prints none", KeySource{Command: "true"}, 0, "64 hex digits"},
		{"environment that is cut short", KeySource{Value: one[1:]}, 0, "64 hex digits"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := ReadSecrets(context.Background(), c.source)
			if c.fails != "" {
				if err == nil || !strings.Contains(err.Error(), c.fails) || strings.Contains(err.Error(), one[:8]) {
					t.Errorf("error %v", err)
				}
				return
			}
			if err != nil || len(got) != c.want || strings.Contains(fmt.Sprintf("%v %#v %s", got, got, got), "10 10") {
				t.Errorf("%d keys, %v", len(got), err)
			}
		})
	}
	if _, err := ReadSecrets(context.Background(), KeySource{File: file + "x"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestOlderKeys(t *testing.T) {
	old, now := Secrets{[]byte(strings.Repeat("a", 32))}, Secrets{[]byte(strings.Repeat("a", 32)), []byte(strings.Repeat("b", 32))}
	before, err := NewKeys(old)
	if err != nil {
		t.Fatal(err)
	}
	after, err := NewKeys(now)
	if err != nil {
		t.Fatal(err)
	}
	id := ingest.Identifier{Kind: "wecom", Value: "wmSYN01"}
	if got := after.Pseudonyms(id); len(got) != 2 || got[1] != before.Pseudonym(id) || got[0] != after.Pseudonym(id) || got[0] == got[1] {
		t.Errorf("pseudonyms %v", got)
	}
	if text, err := after.Open(before.seal([]byte("letter"))); err != nil || string(text) != "letter" {
		t.Errorf("a letter of before: %q, %v", text, err)
	}
	if _, err := before.Open(after.seal([]byte("letter"))); err == nil {
		t.Error("the older key opens a newer letter")
	}
	if before.ID() == after.ID() {
		t.Error("two keys have one id")
	}
}
