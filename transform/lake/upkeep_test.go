package lake

import (
	"os"
	"sync"
	"testing"
	"time"

	"phdp/ingest"
	"phdp/transform"
)

func appendAll(t *testing.T, l *Lake, batches ...*transform.Batch) {
	t.Helper()
	for _, b := range batches {
		if err := l.Append(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
}

func filesOf(t *testing.T, l *Lake) []string {
	t.Helper()
	all, err := l.Snapshots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all[0].Files
}

func TestCompactKeepsRowsAndOffsets(t *testing.T) {
	l := open(t, t.TempDir())
	for o := int64(0); o < 200; o += 10 {
		appendAll(t, l, chats(0, o, o+10), chats(1, o, o+10))
	}
	before := filesOf(t, l)
	done, err := l.Compact(t.Context(), CompactOptions{MinFiles: 2})
	if err != nil {
		t.Fatal(err)
	}
	after := filesOf(t, l)
	if len(done) != 1 || done[0].Before != len(before) || done[0].After != len(after) || len(after) != 9 || done[0].Rows != 400 {
		t.Errorf("compacted %+v; %d files before, %d after, want 9 (one a day)", done, len(before), len(after))
	}
	for p := range int32(2) {
		count, distinct, low, high := offsetsIn(t, l, p)
		if count != 200 || distinct != 200 || low != 0 || high != 199 {
			t.Errorf("partition %d: rows %d, distinct %d, %d to %d", p, count, distinct, low, high)
		}
	}
	next, err := l.Offsets(t.Context())
	if err != nil || next[ingest.Partition{Topic: "phdp.chats"}] != 200 {
		t.Errorf("next offset %v (%v), want 200", next, err)
	}
	if again, err := l.Compact(t.Context(), CompactOptions{MinFiles: 2}); err != nil || len(again) != 0 {
		t.Errorf("compacted again: %+v, %v", again, err)
	}
}

func TestCompactLeavesOpenDays(t *testing.T) {
	l := open(t, t.TempDir())
	appendAll(t, l, chats(0, 0, 30), chats(0, 30, 60))
	if _, err := l.Compact(t.Context(), CompactOptions{MinFiles: 2, Before: time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)}); err != nil {
		t.Fatal(err)
	}
	if n := len(filesOf(t, l)); n != 4 { // days 1 to 3 in 2 + 2 files; only day 2 has two and is open
		t.Errorf("%d files, want 4", n)
	}
}

func TestExpireLeavesAGraceForReaders(t *testing.T) {
	l := open(t, t.TempDir())
	appendAll(t, l, chats(0, 0, 10), chats(0, 10, 20))
	planned := filesOf(t, l)
	if _, err := l.Compact(t.Context(), CompactOptions{MinFiles: 2}); err != nil {
		t.Fatal(err)
	}
	exist := func() (n int) {
		for _, f := range planned {
			if _, err := os.Stat(f); err == nil {
				n++
			}
		}
		return n
	}
	if err := l.Expire(t.Context(), time.Now(), time.Hour); err != nil {
		t.Fatal(err)
	}
	if exist() != len(planned) {
		t.Errorf("%d of %d planned files are left within the grace", exist(), len(planned))
	}
	if err := l.Expire(t.Context(), time.Now().Add(2*time.Hour), time.Hour); err != nil {
		t.Fatal(err)
	}
	if exist() != 0 {
		t.Errorf("%d planned files are left after the grace", exist())
	}
	if count, distinct, _, _ := offsetsIn(t, l, 0); count != 20 || distinct != 20 {
		t.Errorf("rows %d, distinct %d after expiry, want 20", count, distinct)
	}
}

func TestSweepDeletesOnlyWhatNobodyKnows(t *testing.T) {
	l := open(t, t.TempDir())
	appendAll(t, l, chats(0, 0, 10))
	left, err := l.tables[0].write(l.dir+"/chats/data", chats(0, 10, 20).Parts, func(*transform.Origin) bool { return true }, spans{})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := l.Sweep(t.Context(), time.Hour); err != nil || n != 0 {
		t.Errorf("swept %d young files, %v", n, err)
	}
	if n, err := l.Sweep(t.Context(), 0); err != nil || n != len(left) {
		t.Errorf("swept %d files, %v; want %d", n, err, len(left))
	}
	if count, _, _, _ := offsetsIn(t, l, 0); count != 10 {
		t.Errorf("%d rows, want 10", count)
	}
}

// Compaction and appends in the same process and in another, at once.
func TestCompactBesideWriters(t *testing.T) {
	dir := t.TempDir()
	l, other := open(t, dir), open(t, dir)
	var all sync.WaitGroup
	write := func(l *Lake, p int32) {
		for o := int64(0); o < 150; o += 10 {
			if err := l.Append(t.Context(), chats(p, o, o+10)); err != nil {
				t.Error(err)
			}
		}
	}
	all.Go(func() { write(l, 0) })
	all.Go(func() { write(other, 1) })
	all.Go(func() {
		for range 6 {
			if _, err := l.Compact(t.Context(), CompactOptions{MinFiles: 2}); err != nil {
				t.Error(err)
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	all.Wait()
	for p := range int32(2) {
		count, distinct, low, high := offsetsIn(t, l, p)
		if count != 150 || distinct != 150 || low != 0 || high != 149 {
			t.Errorf("partition %d: rows %d, distinct %d, %d to %d", p, count, distinct, low, high)
		}
	}
}
