package lake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/apache/iceberg-go"
	icetable "github.com/apache/iceberg-go/table"
)

// CompactOptions says which files of a partition (a day, or a month of history) are worth a rewrite.
type CompactOptions struct {
	MinFiles     int       // so many files of a partition are rewritten into one; 2 or more
	OpenMinFiles int       // the same for partitions that are not over at Before, 0 for 32
	MaxBytes     int64     // of the files that are rewritten into one; 0 for 256 MiB
	Before       time.Time // partitions that ended before are over; zero: all are
}

// Compacted is what a compaction did to one table.
type Compacted struct {
	Table         string
	Partitions    int
	Before, After int // files
	Rows          int
}

// SweepAge is how old a file has to be before a sweep takes it for lost: longer than any commit.
const SweepAge = 24 * time.Hour

// partsPerCommit bounds what one commit rewrites, and so what a lost race costs.
const partsPerCommit = 100

// Compact rewrites the small files of each partition that has many into one, ordered by patient. A file that
// is much larger than all smaller ones together stays, so that late events, a few at a time, do not have a
// whole day written again and again; what is left per partition is a few files. Rows do not change.
// The old files stay until Expire, for readers that have planned with them.
func (l *Lake) Compact(ctx context.Context, o CompactOptions) ([]Compacted, error) {
	if o.MinFiles < 2 {
		return nil, errors.New("compact lake: a partition needs at least 2 files to be rewritten")
	}
	if o.OpenMinFiles == 0 {
		o.OpenMinFiles = 32
	}
	o.OpenMinFiles = max(o.OpenMinFiles, o.MinFiles)
	if o.MaxBytes == 0 {
		o.MaxBytes = 256 << 20
	}
	var done []Compacted
	for _, t := range l.tables {
		c, err := l.compactTable(ctx, t, o)
		if err != nil {
			return done, fmt.Errorf("compact lake table %s: %w", t.name, err)
		}
		if c.Partitions > 0 {
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
	for some := range slices.Chunk(worthwhile(tbl, files, o), partsPerCommit) {
		err := l.compactParts(ctx, t, tbl, some, &c)
		if errors.Is(err, errMoved) {
			continue // another compaction or an erasure was faster: the next one looks again
		}
		if err != nil {
			return c, err
		}
	}
	return c, nil
}

// part is files of one partition that become one file.
type part struct {
	span  span
	files []iceberg.DataFile
}

func worthwhile(tbl *icetable.Table, files []iceberg.DataFile, o CompactOptions) []part {
	bySpan := map[span][]iceberg.DataFile{}
	for _, f := range files {
		s := spanOf(tbl, f)
		bySpan[s] = append(bySpan[s], f)
	}
	var parts []part
	for s, files := range bySpan {
		least := o.MinFiles
		if isOpen := !o.Before.IsZero() && s.end().After(o.Before); isOpen {
			least = o.OpenMinFiles
		}
		for _, some := range tiers(files, iceberg.DataFile.FileSizeBytes, least, o.MaxBytes) {
			parts = append(parts, part{s, some})
		}
	}
	slices.SortFunc(parts, func(a, b part) int { return a.span.compare(b.span) })
	return parts
}

// muchLarger is how many times larger than all smaller files of its tier together a file is that stays as it is.
const muchLarger = 4

// tiers chooses the files of one partition that are rewritten together: from the smallest on as many as
// make no more than most bytes and are not much larger than the others, then the next. A tier has at least so
// many files, or is full.
func tiers[F any](files []F, size func(F) int64, least int, most int64) [][]F {
	slices.SortFunc(files, func(a, b F) int { return cmp.Compare(size(a), size(b)) })
	var chosen [][]F
	var tier []F
	var bytes int64
	end := func() {
		if isFull := len(tier) > 1 && bytes >= most/2; isFull || len(tier) >= least {
			chosen = append(chosen, tier)
		}
		tier, bytes = nil, 0
	}
	for _, f := range files {
		if size := size(f); len(tier) > 0 && (bytes+size > most || size > muchLarger*bytes) {
			end()
		}
		tier, bytes = append(tier, f), bytes+size(f)
	}
	end()
	return chosen
}

// spanOf reads the partition from the file's bounds: all its rows are of one.
func spanOf(tbl *icetable.Table, f iceberg.DataFile) span {
	newest := newestOf(tbl, f)
	if f.SpecID() == monthSpec {
		return span{true, monthOf(newest)}
	}
	return span{false, dayOf(newest)}
}

// newestOf is the latest event_at in a file; zero when the file does not say.
func newestOf(tbl *icetable.Table, f iceberg.DataFile) time.Time {
	return timeOf(tbl, f.UpperBoundValues())
}

func sources(files []iceberg.DataFile) []source {
	all := make([]source, len(files))
	for i, path := range paths(files) {
		all[i] = source{path, isSorted(files[i])}
	}
	return all
}

// compactParts writes the new files first, then swaps them in with one commit.
func (l *Lake) compactParts(ctx context.Context, t *table, tbl *icetable.Table, parts []part, c *Compacted) error {
	merged := make([]spanFile, 0, len(parts))
	var old []iceberg.DataFile
	rows := 0
	for _, p := range parts {
		if err := ctx.Err(); err != nil {
			remove(merged)
			return err
		}
		file, n, err := t.merge(ctx, dataDir(tbl), p.span, sources(p.files))
		if err != nil {
			remove(merged)
			return l.orMoved(ctx, t, p.files, err)
		}
		merged, old, rows = append(merged, file), append(old, p.files...), rows+n
	}
	promised := 0
	for _, f := range old {
		promised += int(f.Count())
	}
	if promised != rows {
		remove(merged)
		return fmt.Errorf("the files promise %d rows and hold %d", promised, rows)
	}
	if err := l.swap(ctx, t, old, merged, nil); err != nil {
		remove(merged)
		return err
	}
	c.Partitions, c.Before, c.After, c.Rows = c.Partitions+len(parts), c.Before+len(old), c.After+len(merged), c.Rows+rows
	return nil
}

// orMoved turns the failure to read a file into errMoved when the file is not the table's any more.
func (l *Lake) orMoved(ctx context.Context, t *table, files []iceberg.DataFile, failed error) error {
	if !errors.Is(failed, fs.ErrNotExist) {
		return failed
	}
	tbl, err := l.load(ctx, t.name)
	if err != nil {
		return errors.Join(failed, err)
	}
	if err := haveAll(ctx, tbl, files); err != nil {
		return err
	}
	return failed
}

// errMoved says that a file that was to be replaced is not the table's any more.
var errMoved = errors.New("files were replaced by another commit")

// swap replaces files by others, and sets what props returns, which may be nil. Appends in between do not
// matter; a file that is gone (another compaction, an erasure) makes it fail with errMoved, and nothing is
// changed.
func (l *Lake) swap(ctx context.Context, t *table, old []iceberg.DataFile, added []spanFile, props func(*icetable.Table) iceberg.Properties) error {
	if err := l.settle(added); err != nil {
		return err
	}
	t.committing.Lock()
	defer t.committing.Unlock()
	var last error
	for try := range 10 {
		tbl, err := l.load(ctx, t.name)
		if err != nil {
			return err
		}
		if err := haveAll(ctx, tbl, old); err != nil {
			return err
		}
		if last = replace(ctx, tbl, old, added, props); last == nil {
			return nil
		}
		if err := pause(ctx, time.Duration(try+1)*20*time.Millisecond); err != nil {
			return errors.Join(err, last)
		}
	}
	return fmt.Errorf("commit: %w", last)
}

func replace(ctx context.Context, tbl *icetable.Table, old []iceberg.DataFile, added []spanFile, props func(*icetable.Table) iceberg.Properties) error {
	described, err := describe(ctx, tbl, added)
	if err != nil {
		return err
	}
	tx := tbl.NewTransaction()
	if err := tx.ReplaceFiles(ctx, old, described, nil, nil); err != nil {
		return fmt.Errorf("replace files: %w", err)
	}
	if props != nil {
		if err := tx.SetProperties(props(tbl)); err != nil {
			return fmt.Errorf("set properties: %w", err)
		}
	}
	_, err = tx.Commit(ctx)
	return err
}

// haveAll makes sure that the files are still the table's.
func haveAll(ctx context.Context, tbl *icetable.Table, old []iceberg.DataFile) error {
	files, err := dataFiles(ctx, tbl)
	if err != nil {
		return err
	}
	live := map[string]bool{}
	for _, f := range files {
		live[f.FilePath()] = true
	}
	for _, f := range old {
		if !live[f.FilePath()] {
			return errMoved
		}
	}
	return nil
}

// Sweep deletes files under the tables' folders that no snapshot knows and that are older than age: what
// a process that died left behind. It returns how many. It takes turns with the writers of each table, so that
// files of an append that is not committed yet are safe at any age; those of a compaction or an erasure,
// which are written while others commit, are safe until they are older than age, and not committed then.
func (l *Lake) Sweep(ctx context.Context, age time.Duration) (int, error) {
	swept := 0
	for _, t := range l.tables {
		n, err := l.sweepTable(ctx, t, age)
		if swept += n; err != nil {
			return swept, fmt.Errorf("sweep lake table %s: %w", t.name, err)
		}
	}
	return swept, nil
}

func (l *Lake) sweepTable(ctx context.Context, t *table, age time.Duration) (int, error) {
	t.committing.Lock()
	defer t.committing.Unlock()
	tbl, err := l.load(ctx, t.name)
	if err != nil {
		return 0, err
	}
	result, err := tbl.DeleteOrphanFiles(ctx, icetable.WithFilesOlderThan(age))
	return len(result.DeletedFiles), err
}

func describe(ctx context.Context, tbl *icetable.Table, files []spanFile) ([]iceberg.DataFile, error) {
	disk, err := tbl.FS(ctx)
	if err != nil {
		return nil, err
	}
	described := make([]iceberg.DataFile, len(files))
	err = inParallel(len(files), func(i int) error {
		spec, err := files[i].span.spec(tbl)
		if err != nil {
			return err
		}
		order := icetable.UnsortedSortOrderID
		if files[i].isSorted {
			order = tbl.SortOrder().OrderID()
		}
		described[i], err = icetable.FileToDataFile(ctx, disk, "file://"+files[i].path, tbl.Schema(), spec, order, tbl.Properties())
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
