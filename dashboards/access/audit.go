package access

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Row is an act in the audit log. Object and Detail name pages, pseudonyms, hashes and counts: never message
// text, an argument of a statement or a name of a patient.
type Row struct {
	Seq    int64     `json:"seq"`
	At     time.Time `json:"at"`
	Who    string    `json:"who"`
	Roles  string    `json:"roles"`
	From   string    `json:"from,omitempty"`   // address of the client
	Token  string    `json:"token,omitempty"`  // id of the token that a program came with
	Act    string    `json:"act"`              // sign_in, view, list, query, export, refused, …
	Object string    `json:"object,omitempty"` // what it was done to
	Detail string    `json:"detail,omitempty"`
	Prev   string    `json:"prev"` // hash of the row before, "" in the first row
	Hash   string    `json:"hash"` // SHA-256 of the row with an empty Hash
}

func (r Row) sum() (string, error) {
	r.Hash = ""
	data, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("write audit row: %w", err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

// Audit is an append-only file of rows. Several processes may append to it.
type Audit struct {
	path string
	now  func() time.Time

	mu   sync.Mutex
	size int64 // of the file after the last row
	last Row
}

// OpenAudit returns the log of a folder, which it makes.
func OpenAudit(dir string, now func() time.Time) (*Audit, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open audit log: %w", err)
	}
	return &Audit{path: filepath.Join(dir, "audit.jsonl"), now: now, size: -1}, nil
}

// Append writes a row and returns when it is on the disk. What is audited must not happen when it fails.
func (a *Audit) Append(row Row) (err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	unlock, err := lockFile(a.path + ".lock")
	if err != nil {
		return fmt.Errorf("write audit row: %w", err)
	}
	defer unlock()
	file, err := os.OpenFile(a.path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("write audit row: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := a.catchUp(file); err != nil {
		return err
	}
	row.Seq, row.At, row.Prev = a.last.Seq+1, a.now().UTC().Round(time.Millisecond), a.last.Hash
	if row.Hash, err = row.sum(); err != nil {
		return err
	}
	data, err := json.Marshal(row)
	if err != nil {
		return fmt.Errorf("write audit row: %w", err)
	}
	if _, err := file.Write(append(data, '\n')); err != nil {
		a.size = -1
		return fmt.Errorf("write audit row: %w", err)
	}
	a.size, a.last = a.size+int64(len(data))+1, row
	if err := file.Sync(); err != nil {
		return fmt.Errorf("write audit row: %w", err)
	}
	return nil
}

// catchUp reads the last row when somebody else has written since.
func (a *Audit) catchUp(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("read audit log: %w", err)
	}
	if info.Size() == a.size {
		return nil
	}
	var last Row
	if err := eachRow(file, func(r Row) error { last = r; return nil }); err != nil {
		return err
	}
	a.size, a.last = info.Size(), last
	return nil
}

// eachRow calls fn with every row of a log. A line that is cut off, as by a full disk, is an error.
func eachRow(from io.Reader, fn func(Row) error) error {
	lines := bufio.NewReader(from)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read audit log: line %d is cut off", n)
		}
		var row Row
		if err := json.Unmarshal(line, &row); err != nil {
			return fmt.Errorf("read audit log: line %d is not a row", n)
		}
		if err := fn(row); err != nil {
			return err
		}
	}
}

// Each calls fn with every row, oldest first. A log that does not exist has none.
func (a *Audit) Each(fn func(Row) error) error {
	file, err := os.Open(a.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read audit log: %w", err)
	}
	defer file.Close()
	return eachRow(file, fn)
}

// Last returns the newest rows, newest first, at most so many.
func (a *Audit) Last(count int) ([]Row, error) {
	var rows []Row
	err := a.Each(func(r Row) error {
		rows = append(rows, r)
		if len(rows) > 2*count {
			rows = append(rows[:0], rows[len(rows)-count:]...)
		}
		return nil
	})
	if len(rows) > count {
		rows = rows[len(rows)-count:]
	}
	for i, j := 0, len(rows)-1; i < j; i, j = i+1, j-1 {
		rows[i], rows[j] = rows[j], rows[i]
	}
	return rows, err
}

// Verify checks the chain from the first row to the last and returns the last one, whose hash is worth writing
// down elsewhere: only against such a note is a cut at the end found. When expect is not empty, one of the rows
// must have that hash.
func (a *Audit) Verify(expect string) (Row, error) {
	var last Row
	found := expect == ""
	err := a.Each(func(r Row) error {
		sum, err := r.sum()
		switch {
		case err != nil:
			return err
		case r.Seq != last.Seq+1 || r.Prev != last.Hash:
			return fmt.Errorf("audit log: the chain is broken before row %d: a row was removed, added or moved", r.Seq)
		case sum != r.Hash:
			return fmt.Errorf("audit log: row %d was changed", r.Seq)
		}
		last, found = r, found || r.Hash == expect
		return nil
	})
	if err == nil && !found {
		err = fmt.Errorf("audit log: no row has the noted hash: rows were cut off at the end or all were written anew")
	}
	return last, err
}
