package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// listFile is a JSON file that holds a list and that other processes may replace. The zero value has not been read.
// Its users hold their own lock around every call.
type listFile[T any] struct {
	path string
	read os.FileInfo // of the file that was read, nil for none
}

// refresh reads the file when it is another one than before and hands the list on; a missing file holds none.
func (f *listFile[T]) refresh(keep func([]T)) error {
	info, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		f.read = nil
		keep(nil)
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", f.path, err)
	}
	if f.read != nil && os.SameFile(f.read, info) && f.read.ModTime().Equal(info.ModTime()) {
		return nil
	}
	data, err := os.ReadFile(f.path)
	if err != nil {
		return fmt.Errorf("read %s: %w", f.path, err)
	}
	var all []T
	if err := json.Unmarshal(data, &all); err != nil {
		return fmt.Errorf("read %s: %w", f.path, err)
	}
	f.read = info
	keep(all)
	return nil
}

// change replaces the file by what fn makes of its list, beside every other process that does. The next refresh
// reads it again, also when fn failed.
func (f *listFile[T]) change(keep func([]T), fn func() ([]T, error)) error {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return fmt.Errorf("change %s: %w", f.path, err)
	}
	unlock, err := lockFile(f.path + ".lock")
	if err != nil {
		return err
	}
	defer unlock()
	f.read = nil
	if err := f.refresh(keep); err != nil {
		return err
	}
	f.read = nil
	all, err := fn()
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("change %s: %w", f.path, err)
	}
	if err := os.WriteFile(f.path+".new", data, 0o600); err != nil {
		return fmt.Errorf("change %s: %w", f.path, err)
	}
	return os.Rename(f.path+".new", f.path)
}
