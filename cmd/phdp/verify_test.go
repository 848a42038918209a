package main

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"phdp/transform"
	"phdp/transform/lake"
)

// wholeLake makes a lake of 40 chat records in two batches: each has a row and, when its number is even, a
// finding; 5 and 6 became nothing.
func wholeLake(t *testing.T, dir string, spoil func(*transform.Batch)) {
	t.Helper()
	l, err := lake.Open(t.Context(), lake.Config{Dir: filepath.Join(dir, "lake"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for from := int64(0); from < 40; from += 20 {
		b := &transform.Batch{Ranges: []transform.Range{{Topic: "chats.t", Start: from, End: from + 20}}, Parts: []*transform.Rows{{}}}
		rows := b.Parts[0]
		for o := from; o < from+20; o++ {
			at := transform.Origin{Topic: "chats.t", Offset: o, EventID: fmt.Sprint("e", o), EventAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), PatientKey: fmt.Sprintf("%032x", o%7)}
			if o != 5 && o != 6 {
				rows.Chats = append(rows.Chats, transform.ChatRow{Origin: at, Text: "好的"})
			}
			if o%2 == 0 && o != 6 {
				rows.Findings = append(rows.Findings, transform.FindingRow{Origin: at, Concept: "headache"})
			}
		}
		if spoil != nil {
			spoil(b)
		}
		if err := l.Append(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
}

func dataFilesOf(t *testing.T, dir, table string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "lake", table, "data", "*", "*.parquet"))
	if err != nil || len(files) != 2 {
		t.Fatalf("%d files, %v; want 2", len(files), err)
	}
	return files
}

func TestVerifyNamesWhatIsWrong(t *testing.T) {
	catalogue := func(t *testing.T, dir, statement string) {
		db, err := sql.Open("sqlite", filepath.Join(dir, "lake", "catalog.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	repeat := func(b *transform.Batch) {
		rows := b.Parts[0]
		rows.Findings = append(rows.Findings, rows.Findings[0])
	}
	stray := func(b *transform.Batch) {
		row := b.Parts[0].Chats[0]
		row.Topic = "other.t"
		b.Parts[0].Chats = append(b.Parts[0].Chats, row)
	}
	cases := []struct {
		name  string
		spoil func(*transform.Batch)
		harm  func(t *testing.T, dir string)
		want  []string // "" when all is well
	}{
		{"all is well", nil, nil, nil},
		{"a file is gone", nil, func(t *testing.T, dir string) {
			for _, f := range dataFilesOf(t, dir, "chats") {
				if err := os.Remove(f); err != nil {
					t.Fatal(err)
				}
			}
		}, []string{"does not exist", "table chats: holds 0 rows of chats.t/0 and has taken 38", "chats.t/0: 19 records missing, the first is offset 1"}},
		{"a table that is not the only one lost a file", nil, func(t *testing.T, dir string) {
			for _, f := range dataFilesOf(t, dir, "findings") {
				if err := os.Remove(f); err != nil {
					t.Fatal(err)
				}
			}
		}, []string{"table findings: holds 0 rows of chats.t/0 and has taken 19"}},
		{"a file was cut off", nil, func(t *testing.T, dir string) {
			if err := os.Truncate(dataFilesOf(t, dir, "chats")[0], 100); err != nil {
				t.Fatal(err)
			}
		}, []string{"has 100 bytes, the manifest says"}},
		{"a file was replaced by another", nil, func(t *testing.T, dir string) {
			files := dataFilesOf(t, dir, "findings")
			if err := os.Rename(files[0], files[1]); err != nil {
				t.Fatal(err)
			}
		}, []string{"table findings: findings/data/"}},
		{"nobody knows why a record has no row", nil, func(t *testing.T, dir string) { catalogue(t, dir, "delete from phdp_absent") },
			[]string{"chats.t/0: 2 records missing, the first is offset 5"}},
		{"a row is there twice", repeat, nil, []string{"chats.t/0: 2 records are twice in a table, the first is offset 0 in findings"}},
		{"a row of a record that was never offered", stray, nil, []string{"table chats: 2 rows come from records that the lake has not been offered"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			wholeLake(t, dir, c.spoil)
			if c.harm != nil {
				c.harm(t, dir)
			}
			out, errs, code := phdp(t, "lake", "verify", "--data-dir", dir)
			if len(c.want) == 0 && (code != 0 || !strings.Contains(out, "40 records are accounted for") || !strings.Contains(out, "chats.t/0: 2 became nothing")) {
				t.Errorf("exit %d: %s%s", code, out, errs)
			}
			for _, want := range c.want {
				if code != 1 || !strings.Contains(errs, want) {
					t.Errorf("exit %d, no %q in: %s", code, want, errs)
				}
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "verify-*")); len(left) != 0 {
				t.Errorf("scratch files are left: %v", left)
			}
		})
	}
}

// A folder without a lake is not a lake that is sound, and looking makes none.
func TestVerifyWantsALake(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "misspelt")
	if out, errs, code := phdp(t, "lake", "verify", "--data-dir", dir); code != 1 || !strings.Contains(errs, "there is none in --data-dir") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder was made: %v", err)
	}
}

// An erasure is no loss: its records are known to be gone, and each table knows how many rows went.
func TestVerifyAfterAnErasure(t *testing.T) {
	dir := t.TempDir()
	wholeLake(t, dir, nil)
	l, err := lake.Open(t.Context(), lake.Config{Dir: filepath.Join(dir, "lake"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := l.Erase(t.Context(), []string{fmt.Sprintf("%032x", 3)}); err != nil {
		t.Fatal(err)
	}
	out, errs, code := phdp(t, "lake", "verify", "--data-dir", dir)
	if code != 0 || !strings.Contains(out, "chats.t/0: 2 became nothing, 6 were erased") || !strings.Contains(out, "nothing is wrong") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}
