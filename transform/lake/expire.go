package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	icetable "github.com/apache/iceberg-go/table"
)

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
	if err := tx.ExpireSnapshots(icetable.WithOlderThan(age), icetable.WithRetainLast(1), icetable.WithPostCommit(false)); err != nil {
		return err
	}
	after, err := tx.Commit(ctx)
	if err != nil {
		return err
	}
	return deleteUnused(ctx, tbl, after)
}

// deleteUnused deletes the files that snapshots of before used and none of after does. The library's own
// way stops at the first file that is gone already, which after a compaction there always is.
func deleteUnused(ctx context.Context, before, after *icetable.Table) error {
	was, err := used(ctx, before)
	if err != nil {
		return err
	}
	is, err := used(ctx, after)
	if err != nil {
		return err
	}
	for path := range was {
		if is[path] {
			continue
		}
		if err := os.Remove(strings.TrimPrefix(path, "file://")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err // the sweep takes what is left
		}
	}
	return nil
}

// used lists the files of all snapshots of a table: manifest lists, manifests and data.
func used(ctx context.Context, tbl *icetable.Table) (map[string]bool, error) {
	files, err := tbl.FS(ctx)
	if err != nil {
		return nil, err
	}
	all := map[string]bool{}
	for _, s := range tbl.Metadata().Snapshots() {
		all[s.ManifestList] = true
		manifests, err := s.Manifests(files)
		if err != nil {
			return nil, err
		}
		for _, m := range manifests {
			if all[m.FilePath()] {
				continue
			}
			all[m.FilePath()] = true
			for e, err := range m.Entries(files, true) {
				if err != nil {
					return nil, err
				}
				all[e.DataFile().FilePath()] = true
			}
		}
	}
	return all, nil
}
