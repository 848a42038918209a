package pipelines

import (
	"context"
	"database/sql"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"phdp/sql/duckdb"
	"phdp/sql/schema"
	"phdp/transform"
)

// TestBuildsFollowEachOther publishes builds of an empty lake: the first, none when nothing is new, a full one, one that
// stands alone and the one after it, and one whose state is damaged.
func TestBuildsFollowEachOther(t *testing.T) {
	catalogue, err := transform.DefaultCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)
	w := &Warehouse{
		Dir: t.TempDir(), Catalogue: catalogue, Log: slog.New(slog.DiscardHandler),
		Now:    func() time.Time { now = now.Add(time.Second); return now },
		Create: func(path string) (*sql.DB, error) { return duckdb.Open(path, duckdb.Options{Threads: 2}) },
		Lake: func(context.Context) ([]LakeTable, error) {
			var tables []LakeTable
			for name := range schema.Tables() {
				tables = append(tables, LakeTable{Name: name})
			}
			return tables, nil
		},
	}
	build := func(what string, wantNew bool) {
		t.Helper()
		before, _ := w.Published()
		report, err := w.Build(t.Context(), time.Time{})
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		after, err := w.Published()
		if err != nil {
			t.Fatal(err)
		}
		if report.IsCurrent == wantNew || (after != before) != wantNew {
			t.Errorf("%s: current is %v and the warehouse is new is %v, want it new: %v", what, report.IsCurrent, after != before, wantNew)
		}
	}
	build("first build", true)
	build("nothing new", false)
	w.Full = true
	build("full", true)
	w.Full = false
	build("nothing new after a full build", false)
	w.Alone = true
	build("alone", true)
	w.Alone = false
	build("after one that stood alone", true)
	if err := os.WriteFile(filepath.Join(w.Dir, stateName), []byte("no database"), 0o600); err != nil {
		t.Fatal(err)
	}
	build("with a damaged state", true)
	build("nothing new with a new state", false)
	if left, _ := filepath.Glob(filepath.Join(w.Dir, "*.tmp*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
