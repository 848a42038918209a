package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"github.com/apache/iceberg-go"
	icetable "github.com/apache/iceberg-go/table"
	"github.com/parquet-go/parquet-go"

	"phdp/ingest"
)

// Audit is what one table promises about itself, and what of its files does not hold it.
type Audit struct {
	Table      string
	Files      []string
	Rows       int64 // that the manifests promise
	Partitions map[ingest.Partition]Promise
	Faults     []string
}

// Promise is what a table says of one partition: it was offered every record from Start on and before Next, and
// holds Rows of them. IsCounted is false for partitions that were first read before rows were counted; Start
// and Rows are 0 then.
type Promise struct {
	Start, Next, Rows int64
	IsCounted         bool
}

// Audit reads what every table promises and looks at each file of the current snapshots: it exists, it has
// the size and, in its footer, the rows that the manifest says, and no delete file belongs to it.
func (l *Lake) Audit(ctx context.Context) ([]Audit, error) {
	var all []Audit
	for _, t := range l.tables {
		tbl, err := l.load(ctx, t.name)
		if err != nil {
			return nil, err
		}
		a := Audit{Table: t.name, Partitions: promises(tbl)}
		if s := tbl.CurrentSnapshot(); s != nil && s.Summary != nil && deleteFiles(s.Summary.Properties) {
			a.Faults = append(a.Faults, "has delete files, which PHDP never writes and its readers do not see")
		}
		files, err := dataFiles(ctx, tbl)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			a.Faults = append(a.Faults, "cannot list its files: a manifest is missing")
		case err != nil:
			return nil, fmt.Errorf("list files of lake table %s: %w", t.name, err)
		}
		if err := l.inspect(ctx, &a, files); err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

func promises(tbl *icetable.Table) map[ingest.Partition]Promise {
	open := ledgers(tbl)
	all := map[ingest.Partition]Promise{}
	for p, next := range reached(tbl) {
		of, ok := open[p]
		all[p] = Promise{Start: of.Start, Next: next, Rows: of.Taken - of.Erased, IsCounted: ok}
	}
	return all
}

func deleteFiles(summary iceberg.Properties) bool {
	n := summary["total-delete-files"]
	return n != "" && n != "0"
}

// inspect looks at the files; those that are broken are left out of a.Files, so that the rest can be read.
func (l *Lake) inspect(ctx context.Context, a *Audit, files []iceberg.DataFile) error {
	var mu sync.Mutex
	err := inParallel(len(files), func(i int) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		path := paths(files[i : i+1])[0]
		fault := inspect(path, files[i])
		mu.Lock()
		defer mu.Unlock()
		a.Rows += files[i].Count()
		if fault == "" {
			a.Files = append(a.Files, path)
			return nil
		}
		if below, err := filepath.Rel(l.dir, path); err == nil {
			path = below
		}
		a.Faults = append(a.Faults, path+" "+fault)
		return nil
	})
	return err
}

// inspect says what is wrong with a file, "" when nothing is.
func inspect(path string, promised iceberg.DataFile) string {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "does not exist"
	case err != nil:
		return "cannot be read: " + errors.Unwrap(err).Error()
	case info.Size() != promised.FileSizeBytes():
		return fmt.Sprintf("has %d bytes, the manifest says %d", info.Size(), promised.FileSizeBytes())
	}
	file, err := os.Open(path)
	if err != nil {
		return "cannot be opened"
	}
	defer file.Close()
	footer, err := parquet.OpenFile(file, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return "is not a Parquet file"
	}
	if footer.NumRows() != promised.Count() {
		return fmt.Sprintf("has %d rows, the manifest says %d", footer.NumRows(), promised.Count())
	}
	return ""
}

// Spread returns, over all tables, the partitions with the lowest Start, the lowest Next (what every table
// has) and the highest Next (what some table has).
func Spread(all []Audit) map[ingest.Partition]Between {
	spread := map[ingest.Partition]Between{}
	for _, a := range all {
		for p, of := range a.Partitions {
			b, ok := spread[p]
			if !ok {
				b = Between{Start: of.Start, All: of.Next, Some: of.Next, IsCounted: true}
			}
			b.Start, b.All, b.Some = min(b.Start, of.Start), min(b.All, of.Next), max(b.Some, of.Next)
			b.IsCounted = b.IsCounted && of.IsCounted
			b.tables++
			spread[p] = b
		}
	}
	for p, b := range maps.All(spread) {
		if b.tables < len(all) { // some table has not seen it at all
			b.All = b.Start
			spread[p] = b
		}
	}
	return spread
}

// Between is how far the tables have come in one partition.
type Between struct {
	Start, All, Some int64
	IsCounted        bool
	tables           int
}
