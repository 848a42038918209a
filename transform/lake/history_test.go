package lake

import (
	"strings"
	"testing"
	"time"

	"phdp/ingest"
)

func TestCommitsTellWhatEachAddedAndRemoved(t *testing.T) {
	l := open(t, t.TempDir())
	appendAll(t, l, chats(0, 0, 24), chats(0, 24, 34), chats(0, 34, 44))
	if _, err := l.Compact(t.Context(), CompactOptions{MinFiles: 2}); err != nil {
		t.Fatal(err)
	}
	all, err := l.Commits(t.Context(), "chats")
	if err != nil || len(all) != 4 {
		t.Fatalf("%d commits, %v; want 4", len(all), err)
	}
	first, last := all[0], all[3]
	if first.Operation != "append" || first.AddedRows != 24 || first.AddedFiles != 1 || first.RemovedRows != 0 || first.Rows != 24 || first.IsCurrent {
		t.Errorf("first commit %+v", first)
	}
	if last.AddedFiles != 1 || last.RemovedFiles != 2 || last.AddedRows != 20 || last.RemovedRows != 20 || last.Rows != 44 || last.Files != 2 || !last.IsCurrent {
		t.Errorf("compaction %+v, want two files into one, 44 rows in 2 files", last)
	}
	if time.Since(last.At) > time.Hour {
		t.Errorf("compaction was at %v", last.At)
	}
	at, err := l.Reached(t.Context(), "chats")
	if err != nil || at[ingest.Partition{Topic: "phdp.chats"}] != 44 {
		t.Errorf("reached %v, %v", at, err)
	}
}

func TestFilesTellTheirPartitionAndSort(t *testing.T) {
	l := open(t, t.TempDir())
	appendAll(t, l, chats(0, 0, 24), chats(0, 24, 34), chats(0, 34, 44))
	if _, err := l.Compact(t.Context(), CompactOptions{MinFiles: 2}); err != nil {
		t.Fatal(err)
	}
	files, err := l.Files(t.Context(), "chats")
	if err != nil || len(files) != 2 {
		t.Fatalf("%d files, %v; want 2", len(files), err)
	}
	day := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	one, two := files[0], files[1]
	if one.Rows != 24 || one.IsSorted || one.Partition != "event_at_day=2026-01-01" || one.Covers(day) || !strings.HasPrefix(one.Path, "chats/data/event_at_day=2026-01-01/") {
		t.Errorf("first file %+v", one)
	}
	if two.Rows != 20 || !two.IsSorted || !two.Covers(day) || !two.Oldest.Equal(day) || !two.Newest.Equal(day.Add(19*time.Hour)) || two.Bytes == 0 {
		t.Errorf("second file %+v, want 20 sorted rows of the second day", two)
	}
	if _, err := l.Files(t.Context(), "chat"); err == nil || !strings.Contains(err.Error(), "chats, findings") {
		t.Errorf("an unknown table: %v, want the names there are", err)
	}
}
