package lake

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/apache/iceberg-go"
	icetable "github.com/apache/iceberg-go/table"
)

// CompactOptions says which days are worth a rewrite.
type CompactOptions struct {
	MinFiles int       // a day with at least this many files is rewritten; 2 or more
	MaxBytes int64     // days above this size are left as they are, 0 for 256 MiB
	Before   time.Time // only days that ended before; zero for all
}

// Compacted is what a compaction did to one table.
type Compacted struct {
	Table         string
	Days          int
	Before, After int // files
	Rows          int
}

// SweepAge is how old a file has to be before a sweep takes it for lost: longer than any commit.
const SweepAge = 24 * time.Hour

// daysPerCommit bounds what one commit rewrites, and so what a lost race costs.
const daysPerCommit = 100

// Compact rewrites each day that has many files into one file, ordered by patient. Rows do not change.
// The old files stay until Expire, for readers that have planned with them.
func (l *Lake) Compact(ctx context.Context, o CompactOptions) ([]Compacted, error) {
	if o.MinFiles < 2 {
		return nil, errors.New("compact lake: a day needs at least 2 files to be rewritten")
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 256 << 20
	}
	var done []Compacted
	for _, t := range l.tables {
		c, err := l.compactTable(ctx, t, o)
		if err != nil {
			return done, fmt.Errorf("compact lake table %s: %w", t.name, err)
		}
		if c.Days > 0 {
			done = append(done, c)
		}
	}
	return done, nil
}

func (l *Lake) compactTable(ctx context.Context, t *table, o CompactOptions) (Compacted, error) {
	c := Compacted{Table: t.name}
	tbl, err := l.load(ctx, t.name)
	if err != nil {
		return c, err
	}
	files, err := dataFiles(ctx, tbl)
	if err != nil {
		return c, err
	}
	days := worthwhile(tbl, files, o)
	for part := range slices.Chunk(days, daysPerCommit) {
		if err := l.compactDays(ctx, t, tbl, part, &c); err != nil {
			return c, err
		}
	}
	return c, nil
}

// smallDay is one day and its files.
type smallDay struct {
	day   int32
	files []iceberg.DataFile
	bytes int64
}

func worthwhile(tbl *icetable.Table, files []iceberg.DataFile, o CompactOptions) []smallDay {
	byDay := map[int32]*smallDay{}
	for _, f := range files {
		day := dayOfFile(tbl, f)
		if byDay[day] == nil {
			byDay[day] = &smallDay{day: day}
		}
		byDay[day].files = append(byDay[day].files, f)
		byDay[day].bytes += f.FileSizeBytes()
	}
	var days []smallDay
	for _, d := range byDay {
		isClosed := o.Before.IsZero() || d.day < dayOf(o.Before)
		if len(d.files) >= o.MinFiles && d.bytes <= o.MaxBytes && isClosed {
			days = append(days, *d)
		}
	}
	slices.SortFunc(days, func(a, b smallDay) int { return int(a.day - b.day) })
	return days
}

// dayOfFile reads the day from the file's bounds: all its rows are of one day.
func dayOfFile(tbl *icetable.Table, f iceberg.DataFile) int32 {
	eventAt, _ := tbl.Schema().FindFieldByName("event_at") // every table has it, see createTable
	bound := f.UpperBoundValues()[eventAt.ID]
	if len(bound) != 8 {
		return 0
	}
	return dayOf(time.UnixMicro(int64(binary.LittleEndian.Uint64(bound))))
}

// compactDays writes the new files first, then swaps them in with one commit.
func (l *Lake) compactDays(ctx context.Context, t *table, tbl *icetable.Table, days []smallDay, c *Compacted) error {
	var merged []dayFile
	var old []iceberg.DataFile
	rows := 0
	for _, d := range days {
		if err := ctx.Err(); err != nil {
			remove(merged)
			return err
		}
		file, n, err := t.merge(dataDir(tbl), d.day, paths(d.files))
		if err != nil {
			remove(merged)
			return err
		}
		merged, old, rows = append(merged, file), append(old, d.files...), rows+n
	}
	if err := l.swap(ctx, t, old, merged, rows); err != nil {
		remove(merged)
		return err
	}
	c.Days, c.Before, c.After, c.Rows = c.Days+len(days), c.Before+len(old), c.After+len(merged), c.Rows+rows
	return nil
}

// swap replaces files by others that hold the same rows. Appends in between do not matter; a file that
// is gone (another compaction, an erasure) makes it fail, and nothing is changed.
func (l *Lake) swap(ctx context.Context, t *table, old []iceberg.DataFile, merged []dayFile, rows int) error {
	counted := 0
	for _, f := range old {
		counted += int(f.Count())
	}
	if counted != rows {
		return fmt.Errorf("the files promise %d rows and hold %d", counted, rows)
	}
	t.committing.Lock()
	defer t.committing.Unlock()
	var last error
	for try := range 10 {
		tbl, err := l.load(ctx, t.name)
		if err != nil {
			return err
		}
		added, err := describe(ctx, tbl, merged)
		if err != nil {
			return err
		}
		tx := tbl.NewTransaction()
		if err := tx.ReplaceFiles(ctx, old, added, nil, nil); err != nil {
			return fmt.Errorf("replace files: %w", err)
		}
		if _, last = tx.Commit(ctx); last == nil {
			return nil
		}
		if err := pause(ctx, time.Duration(try+1)*20*time.Millisecond); err != nil {
			return err
		}
	}
	return fmt.Errorf("commit: %w", last)
}

// Expire forgets snapshots that were superseded more than grace ago and deletes the files that only they
// used. A reader that planned less than grace ago still finds its files.
func (l *Lake) Expire(ctx context.Context, now time.Time, grace time.Duration) error {
	for _, t := range l.tables {
		if err := l.expireTable(ctx, t, now.Add(-grace)); err != nil {
			return fmt.Errorf("expire snapshots of lake table %s: %w", t.name, err)
		}
	}
	return nil
}

func (l *Lake) expireTable(ctx context.Context, t *table, limit time.Time) error {
	t.committing.Lock()
	defer t.committing.Unlock()
	tbl, err := l.load(ctx, t.name)
	if err != nil {
		return err
	}
	// What was current at the limit stays; everything before it was superseded at or before the limit.
	keep := int64(0)
	expired := 0
	for _, s := range tbl.Metadata().Snapshots() {
		if s.TimestampMs <= limit.UnixMilli() {
			keep = max(keep, s.TimestampMs)
		}
	}
	for _, s := range tbl.Metadata().Snapshots() {
		if s.TimestampMs < keep {
			expired++
		}
	}
	if expired == 0 {
		return nil
	}
	tx := tbl.NewTransaction()
	age := time.Since(time.UnixMilli(keep))
	if err := tx.ExpireSnapshots(icetable.WithOlderThan(age), icetable.WithRetainLast(1)); err != nil {
		return err
	}
	_, err = tx.Commit(ctx)
	return err
}

// Sweep deletes files under the tables' folders that no snapshot knows and that are older than age: what
// a process that died left behind. It returns how many.
func (l *Lake) Sweep(ctx context.Context, age time.Duration) (int, error) {
	swept := 0
	for _, t := range l.tables {
		tbl, err := l.load(ctx, t.name)
		if err != nil {
			return swept, err
		}
		result, err := tbl.DeleteOrphanFiles(ctx, icetable.WithFilesOlderThan(age))
		if err != nil {
			return swept, fmt.Errorf("sweep lake table %s: %w", t.name, err)
		}
		swept += len(result.DeletedFiles)
	}
	return swept, nil
}

func describe(ctx context.Context, tbl *icetable.Table, files []dayFile) ([]iceberg.DataFile, error) {
	fs, err := tbl.FS(ctx)
	if err != nil {
		return nil, err
	}
	described := make([]iceberg.DataFile, len(files))
	err = inParallel(len(files), func(i int) (err error) {
		described[i], err = icetable.FileToDataFile(ctx, fs, "file://"+files[i].path, tbl.Schema(), tbl.Spec(), 0, tbl.Properties())
		if err != nil {
			return errors.Join(fmt.Errorf("describe data file: %w", err), missing(files[i].path))
		}
		return nil
	})
	return described, err
}

func missing(path string) error {
	_, err := os.Stat(path)
	return err
}

func paths(files []iceberg.DataFile) []string {
	all := make([]string, len(files))
	for i, f := range files {
		all[i] = strings.TrimPrefix(f.FilePath(), "file://")
	}
	return all
}

// dataFiles lists the files of the current snapshot; delete files are an error, we never write any.
func dataFiles(ctx context.Context, tbl *icetable.Table) ([]iceberg.DataFile, error) {
	if tbl.CurrentSnapshot() == nil {
		return nil, nil
	}
	tasks, err := tbl.Scan(icetable.WithSnapshotID(tbl.CurrentSnapshot().SnapshotID)).PlanFiles(ctx)
	if err != nil {
		return nil, err
	}
	files := make([]iceberg.DataFile, 0, len(tasks))
	for _, task := range tasks {
		if len(task.DeleteFiles)+len(task.EqualityDeleteFiles)+len(task.DeletionVectorFiles) > 0 {
			return nil, fmt.Errorf("delete files are not supported: %s", task.File.FilePath())
		}
		files = append(files, task.File)
	}
	return files, nil
}
