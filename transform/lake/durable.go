package lake

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	icebergio "github.com/apache/iceberg-go/io"
	"golang.org/x/sync/errgroup"
)

// A commit that is told to the reader of a topic must outlive a power cut. Data files, their folders and
// Iceberg's own files are therefore on the disk before the catalogue refers to them; the catalogue itself
// is SQLite in its safest mode.

// syncs is how many files are brought to the disk at once: waiting for a disk needs no core, and the file
// system writes its journal once for all that wait.
const syncs = 32

// settle brings files to the disk, and the names of the files in their folders.
func (l *Lake) settle(files []spanFile) error {
	folders := map[string]bool{}
	var group errgroup.Group
	group.SetLimit(syncs)
	for _, f := range files {
		for folder, up := filepath.Dir(f.path), 0; up < 3; folder, up = filepath.Dir(folder), up+1 {
			folders[folder] = true // the day's, data, the table's: any may be new
		}
		group.Go(func() error { return l.sync(f.path) })
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("bring data files to the disk: %w", err)
	}
	for folder := range folders {
		group.Go(func() error { return l.sync(folder) })
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("bring data folders to the disk: %w", err)
	}
	return nil
}

// syncPath brings one file, or the names in one folder, to the disk.
func syncPath(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// writeThrough makes the Iceberg library's manifests and metadata durable as it writes them. The library
// finds file systems by scheme in a registry of the process, so this is done once.
var writeThrough = sync.OnceFunc(func() {
	icebergio.Unregister("file")
	icebergio.Register("file", func(context.Context, *url.URL, map[string]string) (icebergio.IO, error) {
		return durableFS{sync: syncPath}, nil
	})
})

// durableFS is the local file system; what it wrote is on the disk when it is closed.
type durableFS struct {
	icebergio.LocalFS
	sync func(path string) error
}

// Create makes a file that is on the disk once Close has returned without an error.
func (d durableFS) Create(name string) (icebergio.FileWriter, error) {
	w, err := d.LocalFS.Create(name)
	if err != nil {
		return nil, err
	}
	file, isFile := w.(*os.File)
	if !isFile {
		return nil, errors.Join(fmt.Errorf("create %s: not a file of the local disk", name), w.Close())
	}
	return durableFile{file, d.sync}, nil
}

// WriteFile writes a file that is on the disk when it returns.
func (d durableFS) WriteFile(name string, content []byte) error {
	w, err := d.Create(name)
	if err != nil {
		return err
	}
	_, err = w.Write(content)
	return errors.Join(err, w.Close())
}

type durableFile struct {
	*os.File
	sync func(path string) error
}

// Close brings the file to the disk. The metadata file is the last that a commit writes, into the folder where the
// others are: with it their names come to the disk.
func (f durableFile) Close() error {
	err := f.File.Close()
	if err == nil {
		err = f.sync(f.Name())
	}
	if err == nil && strings.HasSuffix(f.Name(), ".metadata.json") {
		err = f.sync(filepath.Dir(f.Name()))
	}
	return err
}
