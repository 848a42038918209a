package lake

import (
	"os"
	"testing"
	"time"
)

// A reader that planned with a snapshot just before the next one was seen finds its files for the whole
// grace, and a snapshot that was current at the limit stays.
func TestExpireNeverCutsAReader(t *testing.T) {
	const grace = time.Hour
	l := open(t, t.TempDir())
	appendAll(t, l, chats(0, 0, 10), chats(0, 10, 20))
	planned := filesOf(t, l)
	if _, err := l.Compact(t.Context(), CompactOptions{MinFiles: 2}); err != nil {
		t.Fatal(err)
	}
	commits, err := l.Commits(t.Context(), "chats")
	if err != nil {
		t.Fatal(err)
	}
	compacted := commits[len(commits)-1]
	time.Sleep(5 * time.Millisecond)
	appendAll(t, l, chats(0, 20, 21))
	cases := []struct {
		name string
		now  time.Time // of the expiry
		want bool      // the reader's files are there
	}{
		{"when the next was stamped", compacted.At.Add(grace), true},
		{"half a minute later", compacted.At.Add(grace + 30*time.Second), true},
		{"after the slack", compacted.At.Add(grace + expirySlack + time.Millisecond), false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if err := l.Expire(t.Context(), c.now, grace); err != nil {
				t.Fatal(err)
			}
			for _, path := range planned {
				if _, err := os.Stat(path); (err == nil) != c.want {
					t.Errorf("%v", err)
				}
			}
			left, err := l.Commits(t.Context(), "chats")
			if err != nil || left[len(left)-2].ID != compacted.ID {
				t.Errorf("the snapshot that was current at the limit is gone: %+v, %v", left, err)
			}
		})
	}
}

// However many commits there are, a table keeps few snapshots; and a reader that planned before a compaction finds
// its files all the same, even after a sweep.
func TestManyCommitsLeaveFewSnapshots(t *testing.T) {
	l := open(t, t.TempDir())
	commit := func(from, to int64) {
		t.Helper()
		for o := from; o < to; o++ {
			if err := l.appendTo(t.Context(), l.tables[0], chats(0, o, o+1)); err != nil {
				t.Fatal(err)
			}
		}
	}
	commit(0, 10)
	planned := filesOf(t, l)
	if _, err := l.Compact(t.Context(), CompactOptions{MinFiles: 2}); err != nil {
		t.Fatal(err)
	}
	const last = 10 + 3*thinAbove
	commit(10, last)
	left, err := l.Commits(t.Context(), "chats")
	if err != nil || len(left) > thinAbove+1 {
		t.Errorf("%d snapshots of %d commits, %v", len(left), last, err)
	}
	if _, err := l.Sweep(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	for _, path := range planned {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("a reader loses a file: %v", err)
		}
	}
	if count, distinct, low, high := offsetsIn(t, l, 0); count != last || distinct != last || low != 0 || high != last-1 {
		t.Errorf("%d rows, %d offsets from %d to %d, want %d", count, distinct, low, high, last)
	}
}

// A file that another process has written and not committed yet is there when it commits, even if it is
// swept meanwhile.
func TestSweepWaitsForACommitOfAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	l, other := open(t, dir), open(t, dir)
	swept := make(chan error, 1)
	other.sync = func(path string) error { // between writing and committing
		if err := syncPath(path); err != nil {
			return err
		}
		select {
		case swept <- nil:
			go func() {
				n, err := l.Sweep(t.Context(), 0)
				if n != 0 {
					t.Errorf("%d files of a running commit were swept", n)
				}
				swept <- err
			}()
			time.Sleep(50 * time.Millisecond) // enough for a sweep that does not wait
		default:
		}
		return nil
	}
	if err := other.appendTo(t.Context(), other.tables[0], chats(0, 0, 10)); err != nil {
		t.Fatal(err)
	}
	<-swept
	if err := <-swept; err != nil {
		t.Fatal(err)
	}
	if count, _, _, _ := offsetsIn(t, l, 0); count != 10 {
		t.Errorf("%d rows, want 10", count)
	}
}
