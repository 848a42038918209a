package lake

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"phdp/ingest"
)

// refuse makes the catalogue refuse commits to the tables whose names end so, until the returned function
// is called: data files are then written and never committed.
func refuse(t *testing.T, dir string, tables ...string) (relent func()) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "catalog.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	when := "new.table_name in ('" + strings.Join(tables, "','") + "')"
	if _, err := db.Exec("create trigger refuse before update on iceberg_tables when " + when + " begin select raise(abort, 'commits are refused'); end"); err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := db.Exec("drop trigger refuse"); err != nil {
			t.Fatal(err)
		}
	}
}

// A commit that fails half-way leaves no row, no file and no moved offset in the tables that refused, and
// the same batch goes in later, each row once, also beside tables that had taken it.
func TestCommitThatFailsHalfWay(t *testing.T) {
	cases := []struct {
		name    string
		refused []string
	}{
		{"every table refuses", Names()},
		{"some tables have committed", []string{"chats", "links"}},
		{"the table with the rows has committed", []string{"findings", "deadletters"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			l := open(t, dir)
			appendAll(t, l, chats(0, 0, 10))
			relent := refuse(t, dir, c.refused...)
			if err := l.Append(t.Context(), chats(0, 10, 30)); err == nil || !strings.Contains(err.Error(), "refused") {
				t.Fatalf("append: %v, want the catalogue's refusal", err)
			}
			next, err := l.Offsets(t.Context())
			if err != nil || next[ingest.Partition{Topic: "phdp.chats"}] != 10 {
				t.Errorf("next offset %v (%v), want 10", next, err)
			}
			if n := orphansOf(t, l); n != 0 {
				t.Errorf("%d data files that no snapshot knows", n)
			}
			relent()
			appendAll(t, l, chats(0, 10, 25), chats(0, 25, 40))
			if count, distinct, low, high := offsetsIn(t, l, 0); count != 40 || distinct != 40 || low != 0 || high != 39 {
				t.Errorf("rows %d, distinct %d, %d to %d; want 0 to 39 once each", count, distinct, low, high)
			}
		})
	}
}

// What a process that died between writing and committing leaves behind is not seen by anybody.
func TestFilesWithoutACommitAreNotSeen(t *testing.T) {
	l := open(t, t.TempDir())
	appendAll(t, l, chats(0, 0, 10))
	tbl, err := l.load(t.Context(), "chats")
	if err != nil {
		t.Fatal(err)
	}
	left, err := l.tables[0].write(dataDir(tbl), chats(0, 10, 20).Parts, newIntake(nil).keep, spans{today.Add(-HistoryAfter)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left[0].path); err != nil {
		t.Fatal(err)
	}
	appendAll(t, l, chats(0, 10, 20))
	if count, distinct, _, _ := offsetsIn(t, l, 0); count != 20 || distinct != 20 {
		t.Errorf("rows %d, distinct %d; want 20", count, distinct)
	}
}
