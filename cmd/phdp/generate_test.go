package main

import (
	"log/slog"
	"testing"
)

// Straight into the lake every record counts, those that are refused too, and the same settings count once.
func TestGenerateToTheLakeCountsOnce(t *testing.T) {
	a := &app{dir: t.TempDir(), log: slog.New(slog.DiscardHandler)}
	c := &generateCommand{Patients: 60, Months: 4, Seed: 1, End: "2026-06-30", Active: 0.5, To: "lake"}
	if err := c.Run(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	g, err := newGenerator(population{c.Patients, c.Months, c.Seed, c.End}, nil, c.Active)
	if err != nil {
		t.Fatal(err)
	}
	want := int64(0)
	for _, n := range g.Stats().Records {
		want += int64(n)
	}
	records, rows := contentOf(t, a)
	if records != want || rows["deadletters"] == 0 {
		t.Errorf("the lake stands at %d records with %d dead letters, the generator has %d", records, rows["deadletters"], want)
	}
	if err := c.Run(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	_, again := contentOf(t, a)
	for table, n := range rows {
		if again[table] != n {
			t.Errorf("%s: %d rows after the same settings again, %d before", table, again[table], n)
		}
	}
}

// contentOf is how many records the lake stands at, and its rows by table.
func contentOf(t *testing.T, a *app) (records int64, rows map[string]int64) {
	t.Helper()
	l, err := a.openLake(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	offsets, err := l.Offsets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, next := range offsets {
		records += next
	}
	tables, err := lakeTables(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	rows = map[string]int64{}
	for _, table := range tables {
		rows[table.Name] = table.Rows
	}
	return records, rows
}
