package models

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
)

// openDuckDB returns an empty database in memory.
func openDuckDB(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", "?threads=2")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// emptyLake returns the lake's tables without files.
func emptyLake(t testing.TB) []Source {
	t.Helper()
	names, err := filepath.Glob("../sql/schema/*.sql")
	if err != nil || len(names) == 0 {
		t.Fatalf("no lake tables: %v", err)
	}
	var sources []Source
	for _, name := range names {
		ddl, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, Source{Name: strings.TrimSuffix(filepath.Base(name), ".sql"), DDL: string(ddl)})
	}
	return sources
}

func day(text string) time.Time {
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return d
}

func TestBuildOfAnEmptyLake(t *testing.T) {
	db := openDuckDB(t)
	report, err := Build(context.Background(), db, emptyLake(t), nil, Options{AsOf: day("2026-03-31"), BuildID: "b1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range report.Models {
		t.Log(m.Name, m.Rows, m.Elapsed)
	}
	t.Log(report.Elapsed)
}
