package lake

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apache/iceberg-go"
	icetable "github.com/apache/iceberg-go/table"

	"phdp/ingest"
)

// Commit is one snapshot that a table still remembers: what it added to and took from the one before.
type Commit struct {
	Table                     string
	ID                        int64
	At                        time.Time
	Operation                 string // append, replace (compaction), overwrite (erasure)
	AddedRows, AddedFiles     int64
	RemovedRows, RemovedFiles int64
	Rows, Files               int64 // of the table then
	IsCurrent                 bool
}

// Commits lists the snapshots of one table, or of all when name is "", oldest first.
func (l *Lake) Commits(ctx context.Context, name string) ([]Commit, error) {
	chosen, err := l.choose(name)
	if err != nil {
		return nil, err
	}
	var all []Commit
	for _, t := range chosen {
		tbl, err := l.load(ctx, t.name)
		if err != nil {
			return nil, err
		}
		for _, s := range tbl.Metadata().Snapshots() {
			c := Commit{Table: t.name, ID: s.SnapshotID, At: time.UnixMilli(s.TimestampMs).UTC()}
			if s.Summary != nil {
				c.Operation = string(s.Summary.Operation)
				c.count(s.Summary.Properties)
			}
			c.IsCurrent = s.SnapshotID == tbl.CurrentSnapshot().SnapshotID
			all = append(all, c)
		}
	}
	return all, nil
}

func (c *Commit) count(summary iceberg.Properties) {
	for key, to := range map[string]*int64{
		"added-records": &c.AddedRows, "added-data-files": &c.AddedFiles,
		"deleted-records": &c.RemovedRows, "deleted-data-files": &c.RemovedFiles,
		"total-records": &c.Rows, "total-data-files": &c.Files,
	} {
		*to, _ = strconv.ParseInt(summary[key], 10, 64) // a summary leaves out what is 0
	}
}

// File is one data file of a table's current snapshot.
type File struct {
	Table          string
	Path           string // below the lake's folder
	Partition      string // event_at_day=2026-01-01, or a month
	Rows, Bytes    int64
	Oldest, Newest time.Time // event_at
	IsSorted       bool      // by patient and time, as compaction leaves it
	start, end     time.Time // of the partition
}

// Covers tells whether the file's partition contains a day (UTC).
func (f *File) Covers(day time.Time) bool { return !day.Before(f.start) && day.Before(f.end) }

// Files lists the data files of one table, or of all when name is "", in the order of their partitions.
func (l *Lake) Files(ctx context.Context, name string) ([]File, error) {
	chosen, err := l.choose(name)
	if err != nil {
		return nil, err
	}
	var all []File
	for _, t := range chosen {
		tbl, err := l.load(ctx, t.name)
		if err != nil {
			return nil, err
		}
		files, err := dataFiles(ctx, tbl)
		if err != nil {
			return nil, fmt.Errorf("list files of lake table %s: %w", t.name, err)
		}
		first := len(all)
		for _, f := range files {
			all = append(all, l.file(t, tbl, f))
		}
		slices.SortFunc(all[first:], func(a, b File) int {
			return cmp.Or(a.start.Compare(b.start), a.end.Compare(b.end), strings.Compare(a.Path, b.Path))
		})
	}
	return all, nil
}

func (l *Lake) file(t *table, tbl *icetable.Table, f iceberg.DataFile) File {
	path := strings.TrimPrefix(f.FilePath(), "file://")
	if below, err := filepath.Rel(l.dir, path); err == nil {
		path = below
	}
	s := spanOf(tbl, f)
	return File{Table: t.name, Path: path, Partition: s.folder(), Rows: f.Count(), Bytes: f.FileSizeBytes(),
		Oldest: timeOf(tbl, f.LowerBoundValues()), Newest: newestOf(tbl, f),
		IsSorted: isSorted(f), start: s.start(), end: s.end()}
}

// isSorted tells whether a file says of itself that it is sorted, see patientOrder.
func isSorted(f iceberg.DataFile) bool {
	order := f.SortOrderID()
	return order != nil && *order != icetable.UnsortedSortOrderID
}

// choose finds a table by its name; "" is all of them.
func (l *Lake) choose(name string) ([]*table, error) {
	if name == "" {
		return l.tables, nil
	}
	for _, t := range l.tables {
		if t.name == name {
			return []*table{t}, nil
		}
	}
	return nil, fmt.Errorf("the lake has no table %q; it has %s", name, strings.Join(Names(), ", "))
}

// Reached returns the next offset of each partition that one table has seen.
func (l *Lake) Reached(ctx context.Context, name string) (map[ingest.Partition]int64, error) {
	tbl, err := l.load(ctx, name)
	if err != nil {
		return nil, err
	}
	return reached(tbl), nil
}

// timeOf is the bound of event_at among a file's lowest or highest values; zero when the file does not say.
func timeOf(tbl *icetable.Table, bounds map[int][]byte) time.Time {
	eventAt, _ := tbl.Schema().FindFieldByName("event_at") // every table has it, see createTable
	bound := bounds[eventAt.ID]
	if len(bound) != 8 {
		return time.Time{}
	}
	return time.UnixMicro(int64(binary.LittleEndian.Uint64(bound))).UTC()
}
