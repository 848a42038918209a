package models

import (
	"io/fs"
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
	if difference := caseDifference(t, files, model, file); difference != "" {
		t.Error(difference)
	}
}

// caseDifference runs a case with the SQL of fsys and says how the table differs from the wanted one.
func caseDifference(t testing.TB, fsys fs.FS, model, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	archive := txtar.Parse(text)
	comment := strings.TrimSpace(string(archive.Comment))
	if len(comment) < 20 {
		t.Error("the case does not say what it shows")
	}
	given := map[string]table{}
	for _, f := range archive.Files {
		given[strings.TrimSuffix(strings.TrimPrefix(f.Name, "given/"), ".csv")] = parseTable(t, string(f.Data))
	}
	want, ok := given["want"]
	if !ok {
		t.Fatal("no want.csv")
	}
	delete(given, "want")
	x := newBenchFrom(t, fsys, given)
	if err := x.tryRun(model, false); err != nil {
		return err.Error()
	}
	if g, w := lines(x.query(x.place(model), want.header...)), lines(want.rows); !slices.Equal(g, w) {
		return comment + "\n" + strings.Join(want.header, ",") + "\ngot\n" + strings.Join(g, "\n") + "\nwant\n" + strings.Join(w, "\n")
	}
	return ""
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
