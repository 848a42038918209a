package lake

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	icebergio "github.com/apache/iceberg-go/io"
)

// Every data file, its day's folder and the folders above are brought to the disk before the catalogue
// refers to them.
func TestDataFilesAreOnTheDiskBeforeTheirCommit(t *testing.T) {
	l := open(t, t.TempDir())
	var mu sync.Mutex
	var synced []string
	l.sync = func(path string) error {
		if n := len(filesOf(t, l)); n != 0 {
			t.Errorf("%s is brought to the disk after the commit of %d files", filepath.Base(path), n)
		}
		mu.Lock()
		defer mu.Unlock()
		synced = append(synced, path)
		return syncPath(path)
	}
	if err := l.appendTo(t.Context(), l.tables[0], chats(0, 0, 50)); err != nil {
		t.Fatal(err)
	}
	for _, file := range filesOf(t, l) {
		for _, path := range []string{file, filepath.Dir(file), filepath.Join(l.dir, "chats", "data"), filepath.Join(l.dir, "chats")} {
			if !slices.Contains(synced, path) {
				t.Errorf("%s was never brought to the disk", path)
			}
		}
	}
}

func TestFilesThatDoNotReachTheDiskAreNotCommitted(t *testing.T) {
	l := open(t, t.TempDir())
	appendAll(t, l, chats(0, 0, 10), chats(0, 10, 20))
	broken := errors.New("input/output error")
	l.sync = func(path string) error {
		if strings.HasSuffix(path, ".parquet") {
			return broken
		}
		return nil
	}
	if err := l.Append(t.Context(), chats(0, 20, 30)); !errors.Is(err, broken) {
		t.Errorf("append: %v, want the disk's error", err)
	}
	if _, err := l.Compact(t.Context(), CompactOptions{MinFiles: 2}); !errors.Is(err, broken) {
		t.Errorf("compact: %v, want the disk's error", err)
	}
	if count, distinct, _, high := offsetsIn(t, l, 0); count != 20 || distinct != 20 || high != 19 {
		t.Errorf("rows %d, distinct %d up to %d; want 20 up to 19", count, distinct, high)
	}
	if n := orphansOf(t, l); n != 0 {
		t.Errorf("%d data files that no snapshot knows", n)
	}
}

func TestIcebergFilesAreWrittenThrough(t *testing.T) {
	l := open(t, t.TempDir())
	fs, err := icebergio.LoadFS(t.Context(), nil, (&url.URL{Scheme: "file", Path: l.dir}).String())
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := fs.(durableFS); !ok {
		t.Fatalf("the library writes through %T", fs)
	}
	path := filepath.Join(t.TempDir(), "metadata", "00001.metadata.json")
	var synced []string
	d := durableFS{sync: func(path string) error { synced = append(synced, path); return nil }}
	if err := d.WriteFile(path, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if want := []string{path, filepath.Dir(path)}; !slices.Equal(synced, want) {
		t.Errorf("brought to the disk: %v, want %v", synced, want)
	}
	d.sync = func(string) error { return os.ErrInvalid }
	if err := d.WriteFile(path, []byte("{}")); !errors.Is(err, os.ErrInvalid) {
		t.Errorf("write: %v, want the disk's error", err)
	}
}
