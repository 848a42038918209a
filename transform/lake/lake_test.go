package lake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"phdp/ingest"
	"phdp/transform"
)

// today is two months after the first rows of chats, so that they are not history yet.
var today = time.Date(2026, 2, 20, 0, 0, 0, 0, time.UTC)

func open(t *testing.T, dir string) *Lake {
	t.Helper()
	l, err := Open(t.Context(), Config{Dir: dir, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return today }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// chats makes one chat row for every offset in [start, end), an hour apart.
func chats(partition int32, start, end int64) *transform.Batch {
	b := &transform.Batch{Ranges: []transform.Range{{Topic: "phdp.chats", Partition: partition, Start: start, End: end}}}
	rows := new(transform.Rows)
	b.Parts = []*transform.Rows{rows}
	for o := start; o < end; o++ {
		rows.Chats = append(rows.Chats, transform.ChatRow{Text: "好的", Origin: transform.Origin{
			Topic: "phdp.chats", Partition: partition, Offset: o, EventID: fmt.Sprint("e", o),
			EventAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(o) * time.Hour),
		}})
	}
	return b
}

// offsetsIn reads the offsets of a partition with DuckDB, from the files of the current snapshot.
func offsetsIn(t *testing.T, l *Lake, partition int32) (count, distinct, low, high int64) {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all, err := l.Snapshots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(all[0].Files) == 0 {
		return 0, 0, 0, 0
	}
	files := "['" + strings.Join(all[0].Files, "','") + "']"
	err = db.QueryRow(`select count(*), count(distinct "offset"), min("offset"), max("offset") from read_parquet(`+files+`) where "partition" = ?`, partition).
		Scan(&count, &distinct, &low, &high)
	if err != nil {
		t.Fatal(err)
	}
	return count, distinct, low, high
}

func TestAppendOnce(t *testing.T) {
	cases := []struct {
		name    string
		batches []*transform.Batch
		want    int64 // rows 0..want-1, each once
	}{
		{"one batch", []*transform.Batch{chats(0, 0, 50)}, 50},
		{"the same batch twice", []*transform.Batch{chats(0, 0, 50), chats(0, 0, 50)}, 50},
		{"a batch that overlaps", []*transform.Batch{chats(0, 0, 50), chats(0, 30, 80)}, 80},
		{"an older owner's batch inside", []*transform.Batch{chats(0, 0, 80), chats(0, 10, 20)}, 80},
		{"batches in order", []*transform.Batch{chats(0, 0, 10), chats(0, 10, 30), chats(0, 30, 31)}, 31},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			l := open(t, t.TempDir())
			for _, b := range c.batches {
				if err := l.Append(t.Context(), b); err != nil {
					t.Fatal(err)
				}
			}
			count, distinct, low, high := offsetsIn(t, l, 0)
			if count != c.want || distinct != c.want || low != 0 || high != c.want-1 {
				t.Errorf("rows %d, distinct %d, from %d to %d; want 0 to %d once each", count, distinct, low, high, c.want-1)
			}
			next, err := l.Offsets(t.Context())
			if err != nil || next[ingest.Partition{Topic: "phdp.chats"}] != c.want {
				t.Errorf("next offset %v (%v), want %d", next, err, c.want)
			}
		})
	}
}

func TestAppendRefusesAGap(t *testing.T) {
	l := open(t, t.TempDir())
	if err := l.Append(t.Context(), chats(0, 0, 10)); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(t.Context(), chats(0, 11, 20)); !errors.Is(err, transform.ErrGap) {
		t.Fatalf("append after a gap: %v, want transform.ErrGap", err)
	}
	if count, _, _, high := offsetsIn(t, l, 0); count != 10 || high != 9 {
		t.Errorf("%d rows up to %d after a refused batch, want 10 up to 9", count, high)
	}
}

// Four owners append overlapping batches of the same partitions at once, as after lost sessions.
func TestAppendFromManyOwners(t *testing.T) {
	dir := t.TempDir()
	var owners sync.WaitGroup
	for range 4 {
		l := open(t, dir)
		owners.Go(func() {
			for start := int64(0); start < 60; start += 20 {
				for p := range int32(2) {
					if err := l.Append(context.Background(), chats(p, start, start+25)); err != nil {
						t.Errorf("append %d/%d: %v", p, start, err)
					}
				}
			}
		})
	}
	owners.Wait()
	l := open(t, dir)
	for p := range int32(2) {
		count, distinct, low, high := offsetsIn(t, l, p)
		if count != 65 || distinct != 65 || low != 0 || high != 64 {
			t.Errorf("partition %d: rows %d, distinct %d, %d to %d; want 0 to 64 once each", p, count, distinct, low, high)
		}
	}
	if orphans := orphansOf(t, l); orphans != 0 {
		t.Errorf("%d data files that no snapshot knows", orphans)
	}
}

// Some tables committed and the process died: the next start reads again from the lowest table.
func TestOffsetsAfterAHalfCommit(t *testing.T) {
	l := open(t, t.TempDir())
	if err := l.Append(t.Context(), chats(0, 0, 10)); err != nil {
		t.Fatal(err)
	}
	if err := l.appendTo(t.Context(), l.tables[0], chats(0, 10, 20)); err != nil {
		t.Fatal(err)
	}
	next, err := l.Offsets(t.Context())
	if err != nil || next[ingest.Partition{Topic: "phdp.chats"}] != 10 {
		t.Fatalf("next offset %v (%v), want 10", next, err)
	}
	if err := l.Append(t.Context(), chats(0, 10, 30)); err != nil {
		t.Fatal(err)
	}
	if count, distinct, _, _ := offsetsIn(t, l, 0); count != 30 || distinct != 30 {
		t.Errorf("rows %d, distinct %d; want 30", count, distinct)
	}
}

func TestEmptyBatchMovesOffsets(t *testing.T) {
	l := open(t, t.TempDir())
	empty := &transform.Batch{Ranges: []transform.Range{{Topic: "phdp.chats", Partition: 3, Start: 100, End: 105}}}
	if err := l.Append(t.Context(), empty); err != nil {
		t.Fatal(err)
	}
	next, err := l.Offsets(t.Context())
	if err != nil || next[ingest.Partition{Topic: "phdp.chats", ID: 3}] != 105 {
		t.Errorf("next offset %v (%v), want 105", next, err)
	}
}

func TestSnapshotTellsRowsAndNewest(t *testing.T) {
	l := open(t, t.TempDir())
	if err := l.Append(t.Context(), chats(0, 0, 50)); err != nil {
		t.Fatal(err)
	}
	all, err := l.Snapshots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := time.Date(2026, 1, 3, 1, 0, 0, 0, time.UTC)
	if s := all[0]; s.Rows != 50 || len(s.Files) != 3 || !s.Newest.Equal(want) || s.ID == 0 {
		t.Errorf("snapshot %d rows, %d files, newest %v; want 50, 3, %v", s.Rows, len(s.Files), s.Newest, want)
	}
	if s := all[1]; s.Rows != 0 || s.ID != 0 {
		t.Errorf("empty table has %d rows, snapshot %d", s.Rows, s.ID)
	}
}

func TestDayOf(t *testing.T) {
	for at, want := range map[string]int32{"1970-01-01T00:00:00Z": 0, "1969-12-31T23:59:59Z": -1, "1970-01-02T07:59:59+08:00": 0, "2026-01-01T00:00:00Z": 20454} {
		parsed, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := dayOf(parsed); got != want {
			t.Errorf("dayOf(%s) = %d, want %d", at, got, want)
		}
	}
}

func orphansOf(t *testing.T, l *Lake) int {
	t.Helper()
	known := map[string]bool{}
	all, err := l.Snapshots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		for _, f := range s.Files {
			known[f] = true
		}
	}
	orphans := 0
	err = filepath.WalkDir(l.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".parquet" && !known[path] {
			orphans++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return orphans
}
