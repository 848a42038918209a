package main

import (
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"phdp/transform/lake"
)

// Dead letters go when both their record and its refusal are old enough, and the lake still accounts for
// every record.
func TestOldDeadLettersAreRemoved(t *testing.T) {
	dir := t.TempDir()
	data, old := filepath.Join(dir, "data"), time.Now().AddDate(0, 0, -40)
	for name, text := range map[string]string{"old.ndjson": "{\"v\":1,\n{\"v\":2,\n{\"v\":3,\n", "new.ndjson": "{\"v\":4,\n{\"v\":5,\n"} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if name == "old.ndjson" { // its records are as old as the file
			if err := os.Chtimes(file, old, old); err != nil {
				t.Fatal(err)
			}
		}
		importFiles(t, data, "--no-build", "--format", "canonical", file)
	}
	drop := func(want, left int64) {
		t.Helper()
		l, err := lake.Open(t.Context(), lake.Config{Dir: filepath.Join(data, "lake"), Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		removed, err := dropLetters(t.Context(), l, filepath.Join(data, "lake"), time.Now().AddDate(0, 0, -30))
		if err != nil || removed != want {
			t.Errorf("%d removed, %v; want %d", removed, err, want)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if out, errs, code := phdp(t, "lake", "verify", "--data-dir", data); code != 0 || rowsIn(t, out, "deadletters") != left {
			t.Errorf("verify, want %d dead letters: %s%s", left, out, errs)
		}
	}
	drop(0, 5) // all were refused just now
	err := filepath.WalkDir(filepath.Join(data, "lake", "deadletters"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".parquet") {
			return err
		}
		return os.Chtimes(path, old, old)
	})
	if err != nil {
		t.Fatal(err)
	}
	drop(3, 2)
	drop(0, 2)
}
