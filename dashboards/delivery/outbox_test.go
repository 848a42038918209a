package delivery

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A second Outbox of the same process must leave the locks of the first alone: without them another process that closes
// the file would take the log from under it.
func TestTwoOutboxesOfOneProcess(t *testing.T) {
	if _, err := os.Stat("/proc/locks"); err != nil {
		t.Skip("the system does not list locks")
	}
	dir := t.TempDir()
	first, err := OpenOutbox(t.Context(), dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if locksOf(t, dir) == 0 {
		t.Skip("the locks of this file system are not listed")
	}
	second, err := OpenOutbox(t.Context(), dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Messages(t.Context(), Which{Limit: 1}); err != nil {
		t.Fatal(err)
	}
	if locksOf(t, dir) == 0 {
		t.Error("opening a second outbox dropped the locks of the first")
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	if locksOf(t, dir) == 0 {
		t.Error("closing a second outbox dropped the locks of the first")
	}
}

// locksOf counts the locks on the outbox of a folder.
func locksOf(t *testing.T, dir string) int {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, "outbox.db"))
	if err != nil {
		t.Fatal(err)
	}
	locks, err := os.ReadFile("/proc/locks")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(locks), fmt.Sprintf(":%d ", info.Sys().(*syscall.Stat_t).Ino))
}
