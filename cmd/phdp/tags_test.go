package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

const twoDialogues = `{"id":"d1","utterances":[{"i":0,"speaker":"doctor","text":"有没有发烧？"},{"i":1,"speaker":"patient","text":"没有，血压150/95，怕副作用"}]}

{"id":"d2","utterances":[]}
`

const twoFindings = `{"id":"d1","symptoms":[{"name":"发热","status":"absent"}],"utterances":[` +
	`{"i":0,"speaker":"doctor","symptoms":[{"name":"发热","status":"absent","mention":"发烧","start":3,"end":5}],"findings":[]},` +
	`{"i":1,"speaker":"patient","symptoms":[],"findings":[{"concept":"side_effect","kind":"barrier","status":"present","mention":"怕副作用","start":12,"end":16}]}],` +
	`"measurements":[{"kind":"blood_pressure","value":"150/95","unit":"mmHg","i":1}],"tags":["barrier_side_effect"]}
{"id":"d2","symptoms":[],"utterances":[],"measurements":[],"tags":[]}
`

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTagsFlags(t *testing.T) {
	var c tagsCommand
	parser, err := kong.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"run --in a --out b --catalogue c --rules", "check", "score a b", "train --in a --out b"} {
		if _, err := parser.Parse(strings.Fields(line)); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	if parser, err = kong.New(&tagsCommand{}); err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"run", "--in", "a"}); err == nil {
		t.Error("run without --out was accepted")
	}
}

func TestTagsRun(t *testing.T) {
	for _, rules := range []bool{true, false} {
		out := filepath.Join(t.TempDir(), "findings.ndjson")
		command := tagsRunCommand{In: writeFile(t, "dialogues.ndjson", twoDialogues), Out: out, Rules: rules}
		if err := command.Run(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != twoFindings {
			t.Errorf("rules %v: got\n%swant\n%s", rules, got, twoFindings)
		}
	}
}

func TestTagsRunTellsTheLine(t *testing.T) {
	cases := map[string]string{
		"{\"id\":\"d1\"}\n{": ":2: is no JSON object",
		`{"id":7}`:           ":1: field id must be a string",
	}
	for text, want := range cases {
		command := tagsRunCommand{In: writeFile(t, "dialogues.ndjson", text), Out: filepath.Join(t.TempDir(), "out"), Rules: true}
		err := command.Run(context.Background(), nil)
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestTagsCheck(t *testing.T) {
	if err := (&tagsCheckCommand{}).Run(nil); err != nil {
		t.Error(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tags.tsv"), []byte("id\tname\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := (&tagsCheckCommand{Catalogue: dir}).Run(nil)
	if err == nil || !strings.Contains(err.Error(), "tags.tsv:1") {
		t.Errorf("got %v, want file and line", err)
	}
}

func TestTagsScore(t *testing.T) {
	gold, found := writeFile(t, "gold.ndjson", twoFindings), writeFile(t, "found.ndjson", twoFindings)
	if err := (&tagsScoreCommand{Gold: gold, Pred: found}).Run(context.Background(), nil); err != nil {
		t.Error(err)
	}
}
