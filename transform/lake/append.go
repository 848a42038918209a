package lake

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apache/iceberg-go"
	icetable "github.com/apache/iceberg-go/table"
	"golang.org/x/sync/errgroup"

	"phdp/ingest"
	"phdp/transform"
)

// offsetProperty is the prefix of the table properties that hold offsets: offsetProperty + topic + "." +
// partition = the next offset that the table has not seen. Properties survive compaction and expiry.
const offsetProperty = "phdp.offset."

// Offsets returns the next offset to read for each partition: the lowest that any table has reached.
// Partitions that some table has never seen are absent: they start at their oldest record.
func (l *Lake) Offsets(ctx context.Context) (map[ingest.Partition]int64, error) {
	next := map[ingest.Partition]int64{}
	seen := map[ingest.Partition]int{}
	for _, t := range l.tables {
		tbl, err := l.load(ctx, t.name)
		if err != nil {
			return nil, err
		}
		for p, offset := range reached(tbl) {
			if low, ok := next[p]; !ok || offset < low {
				next[p] = offset
			}
			seen[p]++
		}
	}
	maps.DeleteFunc(next, func(p ingest.Partition, _ int64) bool { return seen[p] < len(l.tables) })
	return next, nil
}

func reached(tbl *icetable.Table) map[ingest.Partition]int64 {
	offsets := map[ingest.Partition]int64{}
	for key, value := range tbl.Properties() {
		p, ok := partitionOf(key, offsetProperty)
		if offset, err := strconv.ParseInt(value, 10, 64); ok && err == nil {
			offsets[p] = offset
		}
	}
	return offsets
}

// Append commits a batch to every table, each in one transaction of data files and offsets. Records
// that a table has already are left out of it, so a batch may be appended again, by this process or
// another, without harm. transform.ErrGap: nothing was appended to the table that is behind.
func (l *Lake) Append(ctx context.Context, batch *transform.Batch) error {
	if err := l.note(ctx, nothings(batch)); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, t := range l.tables {
		group.Go(func() error {
			if err := l.appendTo(ctx, t, batch); err != nil {
				return fmt.Errorf("append to lake table %s: %w", t.name, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// appendTo writes the table's files once and commits them; when another writer has moved the table's
// offsets in between, the files are thrown away and written again for what is still missing.
func (l *Lake) appendTo(ctx context.Context, t *table, batch *transform.Batch) error {
	const tries = 10
	t.committing.Lock()
	defer t.committing.Unlock()
	var files []spanFile
	var floors, taken map[ingest.Partition]int64
	var last error
	for try := range tries {
		tbl, now, missing, err := l.standing(ctx, t, batch)
		if err != nil {
			discard(ctx, tbl, files)
			return errors.Join(err, last)
		}
		if !missing { // another owner has it all, or an earlier try succeeded after all
			discard(ctx, tbl, files)
			return nil
		}
		if try == 0 || !maps.Equal(now, floors) {
			discard(ctx, tbl, files)
			floors = now
			in := newIntake(floors)
			if files, err = t.write(dataDir(tbl), batch.Parts, in.keep, spans{l.now().Add(-HistoryAfter)}); err != nil {
				return err
			}
			taken = in.rows()
			if err := l.settle(files); err != nil {
				discard(context.WithoutCancel(ctx), tbl, files)
				return err
			}
		}
		var after *icetable.Table
		if after, last = commit(ctx, tbl, files, batch, taken); last == nil {
			l.thin(ctx, after)
			return nil
		}
		if err := pause(ctx, time.Duration(try+1)*20*time.Millisecond); err != nil {
			break
		}
	}
	// The last commit may have reached the catalogue although it reported an error.
	tbl, _, missing, err := l.standing(context.WithoutCancel(ctx), t, batch)
	if err == nil && !missing {
		return nil
	}
	discard(context.WithoutCancel(ctx), tbl, files)
	return fmt.Errorf("commit: %w", errors.Join(last, err))
}

// standing loads the table and tells what it still needs of the batch; tbl is nil when it cannot be loaded.
func (l *Lake) standing(ctx context.Context, t *table, batch *transform.Batch) (tbl *icetable.Table, floors map[ingest.Partition]int64, missing bool, err error) {
	if tbl, err = l.load(ctx, t.name); err != nil {
		return nil, nil, false, err
	}
	floors, missing, err = floorsOf(tbl, batch)
	return tbl, floors, missing, err
}

// discard deletes files that the table does not refer to. A commit that reported an error may have
// succeeded, so each is looked up first; when that is not possible they stay for the sweep.
func discard(ctx context.Context, tbl *icetable.Table, files []spanFile) {
	if len(files) == 0 || tbl == nil {
		return
	}
	listed, err := dataFiles(ctx, tbl)
	if err != nil {
		return
	}
	live := map[string]bool{}
	for _, path := range paths(listed) {
		live[path] = true
	}
	remove(slices.DeleteFunc(slices.Clone(files), func(f spanFile) bool { return live[f.path] }))
}

// floorsOf tells from which offset on the table still needs each range of the batch.
func floorsOf(tbl *icetable.Table, batch *transform.Batch) (floors map[ingest.Partition]int64, missing bool, err error) {
	floors = map[ingest.Partition]int64{}
	at := reached(tbl)
	for _, r := range batch.Ranges {
		p := ingest.Partition{Topic: r.Topic, ID: r.Partition}
		floor, known := at[p]
		if known && floor < r.Start {
			return nil, false, fmt.Errorf("%w: %s/%d is at %d, the batch starts at %d", transform.ErrGap, r.Topic, r.Partition, floor, r.Start)
		}
		if !known {
			floor = r.Start
		}
		floors[p] = floor
		missing = missing || floor < r.End || !known
	}
	return floors, missing, nil
}

func commit(ctx context.Context, tbl *icetable.Table, files []spanFile, batch *transform.Batch, taken map[ingest.Partition]int64) (*icetable.Table, error) {
	added, err := describe(ctx, tbl, files)
	if err != nil {
		return nil, err
	}
	tx := tbl.NewTransaction()
	if err := tx.AddDataFiles(ctx, added, nil, icetable.WithoutDuplicateCheck()); err != nil {
		return nil, fmt.Errorf("add data files: %w", err)
	}
	props := offsetsAfter(tbl, batch)
	maps.Copy(props, ledgersAfter(tbl, batch, taken))
	if err := tx.SetProperties(props); err != nil {
		return nil, fmt.Errorf("set offsets: %w", err)
	}
	return tx.Commit(ctx)
}

// offsetsAfter never takes an offset back: another writer may be ahead in one of the partitions.
func offsetsAfter(tbl *icetable.Table, batch *transform.Batch) iceberg.Properties {
	at := reached(tbl)
	props := iceberg.Properties{}
	for _, r := range batch.Ranges {
		p := ingest.Partition{Topic: r.Topic, ID: r.Partition}
		props[propertyOf(offsetProperty, p)] = strconv.FormatInt(max(r.End, at[p]), 10)
	}
	return props
}

func dataDir(tbl *icetable.Table) string {
	return filepath.Join(strings.TrimPrefix(tbl.Location(), "file://"), "data")
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
