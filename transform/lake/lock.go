package lake

import (
	"os"
	"sync"
	"syscall"
)

// tableLock lets one writer at a time commit to a table: of this process by a mutex, of this machine by a
// lock on a file, which the system drops with its process. Offsets are table properties, and a commit of
// properties alone is not checked against the snapshot, so writers have to take turns. Where the file
// cannot be locked (another machine, an odd file system) the mutex alone is held.
type tableLock struct {
	mu   sync.Mutex
	path string
	file *os.File
}

// Lock waits for the turn.
func (l *tableLock) Lock() {
	l.mu.Lock()
	file, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		_ = file.Close()
		return
	}
	l.file = file
}

// Unlock ends the turn.
func (l *tableLock) Unlock() {
	if l.file != nil {
		_ = l.file.Close() // drops the lock
		l.file = nil
	}
	l.mu.Unlock()
}
