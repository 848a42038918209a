package models

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var cookbookHeader = regexp.MustCompile(`^-- title_zh: \S.*\n-- title_en: \S.*\n-- question: \S.*[.?]\n`)

// TestCookbook runs every query of the cookbook on a warehouse and reads all of its rows.
func TestCookbook(t *testing.T) {
	files, err := filepath.Glob("../sql/cookbook/*.sql")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d queries in the cookbook: %v", len(files), err)
	}
	db := openDuckDB(t)
	if _, err := Build(context.Background(), db, smallLake(t), smallRefs, Options{AsOf: day("2026-03-31"), BuildID: "b1"}); err != nil {
		t.Fatal(err)
	}
	filled := 0
	for _, file := range files {
		query, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !cookbookHeader.Match(query) {
			t.Errorf("%s: the header is not title_zh, title_en, question", file)
		}
		rows, err := db.Query(string(query))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		n := 0
		for rows.Next() {
			n++
		}
		if err := rows.Err(); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if n > 0 {
			filled++
		}
		rows.Close()
	}
	t.Logf("%d queries, %d with rows", len(files), filled)
}
