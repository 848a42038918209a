package main

import (
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"phdp/sql/duckdb"
)

// Two builds of the same lake for the same day agree in every table to the last digit, however many threads share the work.
func TestBuildsAgreeToTheLastDigit(t *testing.T) {
	one, four := t.TempDir(), t.TempDir()
	if _, errs, code := phdp(t, "generate", "--patients", "1500", "--months", "12", "--seed", "5", "--end", "2026-10-31", "--to", "lake", "--data-dir", one); code != 0 {
		t.Fatalf("phdp generate: exit code %d: %s", code, errs)
	}
	if err := os.CopyFS(four, os.DirFS(one)); err != nil {
		t.Fatal(err)
	}
	db, err := duckdb.OpenMemory()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for threads, dir := range map[int]string{1: one, 4: four} {
		path := buildWith(t, dir, threads)
		if _, err := db.Exec(fmt.Sprintf("attach %s as threads%d (read_only)", literal(path), threads)); err != nil {
			t.Fatal(err)
		}
	}
	tables := textsOf(t, db, "select table_name from duckdb_tables() where database_name = 'threads1' and schema_name = 'main' order by 1")
	if len(tables) < 60 {
		t.Fatalf("%d tables are too few to mean something", len(tables))
	}
	for _, table := range tables {
		var lacks, extra int
		if err := db.QueryRow(fmt.Sprintf(`select (select count(*) from (from threads1.%[1]s except all from threads4.%[1]s)),
			(select count(*) from (from threads4.%[1]s except all from threads1.%[1]s))`, table)).Scan(&lacks, &extra); err != nil {
			t.Fatal(err)
		}
		if lacks+extra > 0 {
			t.Errorf("%s: %d rows of one thread and %d of four are not in the other", table, lacks, extra)
		}
	}
}

// buildWith builds the warehouse of a data folder and returns its path.
func buildWith(t *testing.T, dir string, threads int) string {
	t.Helper()
	a := &app{dir: dir, log: slog.New(slog.DiscardHandler)}
	l, err := a.openLake(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	w, err := a.warehouse(l)
	if err != nil {
		t.Fatal(err)
	}
	w.Create = func(path string) (*sql.DB, error) { return duckdb.Open(path, duckdb.Options{Threads: threads}) }
	if _, err := w.Build(t.Context(), time.Date(2026, 10, 31, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	path, err := filepath.EvalSymlinks(w.PublishedLink())
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// textsOf are the values of a statement's one column.
func textsOf(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		out = append(out, text)
	}
	return out
}
