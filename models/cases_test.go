package models

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestCases runs testdata/<model>/<case>.txtar: the model alone on the given tables, compared with the
// columns of want.csv. Tables that are not given are empty; the order of rows does not matter.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	covered := map[string]bool{}
	for _, file := range files {
		model := filepath.Base(filepath.Dir(file))
		covered[model] = true
		t.Run(model+"/"+strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { runCase(t, model, file) })
	}
	models, err := List()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range models {
		if !covered[m.Name] {
			t.Errorf("%s has no case in testdata", m.Name)
		}
	}
}

func runCase(t *testing.T, model, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	archive := txtar.Parse(text)
	if len(strings.TrimSpace(string(archive.Comment))) < 20 {
		t.Error("the case does not say what it shows")
	}
	given := map[string]table{}
	var want *table
	for _, f := range archive.Files {
		tb := parseTable(t, string(f.Data))
		if f.Name == "want.csv" {
			want = &tb
			continue
		}
		given[strings.TrimSuffix(strings.TrimPrefix(f.Name, "given/"), ".csv")] = tb
	}
	if want == nil {
		t.Fatal("no want.csv")
	}
	x := newBench(t, given)
	x.run(model, false)
	got := x.query(x.place(model), want.header...)
	if g, w := lines(got), lines(want.rows); !slices.Equal(g, w) {
		t.Errorf("%s\n%s\ngot\n%s\nwant\n%s", strings.TrimSpace(string(archive.Comment)), strings.Join(want.header, ","),
			strings.Join(g, "\n"), strings.Join(w, "\n"))
	}
}

// lines writes rows as sorted lines.
func lines(rows [][]string) []string {
	list := make([]string, len(rows))
	for i, r := range rows {
		list[i] = strings.Join(r, ",")
	}
	slices.Sort(list)
	return list
}
