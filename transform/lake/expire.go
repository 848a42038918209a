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

// expirySlack is added to every grace: a snapshot is stamped before its commit is seen, so that a reader may
// have planned with the one before a while after the stamp.
const expirySlack = time.Minute

// Expire forgets snapshots that were superseded more than grace (and a minute) ago and deletes the files that
// only they used. A reader that planned less than grace ago still finds its files.
func (l *Lake) Expire(ctx context.Context, now time.Time, grace time.Duration) error {
	for _, t := range l.tables {
		if err := l.expireTable(ctx, t, now.Add(-grace-expirySlack)); err != nil {
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
	for _, s := range tbl.Metadata().Snapshots() {
		if s.TimestampMs <= limit.UnixMilli() {
			keep = max(keep, s.TimestampMs)
		}
	}
	_, err = l.expireThose(ctx, tbl, func(s icetable.Snapshot) bool { return s.TimestampMs < keep })
	return err
}

// expireAllButCurrent forgets every snapshot but the current one. The caller holds the table.
func (l *Lake) expireAllButCurrent(ctx context.Context, t *table) (*icetable.Table, error) {
	tbl, err := l.load(ctx, t.name)
	if err != nil {
		return nil, err
	}
	return l.expireThose(ctx, tbl, func(icetable.Snapshot) bool { return true })
}

// expireThose forgets some snapshots, never the current one, and deletes the files that only they used. It
// names them: the library's own way goes by their age at the moment when it looks at the clock.
func (l *Lake) expireThose(ctx context.Context, tbl *icetable.Table, is func(icetable.Snapshot) bool) (*icetable.Table, error) {
	ids := forgettable(tbl, is)
	if err := l.dropSnapshots(ctx, tbl, ids); err != nil || len(ids) == 0 {
		return tbl, err
	}
	after, err := l.catalog.LoadTable(ctx, tbl.Identifier())
	if err != nil {
		return nil, err
	}
	return after, deleteUnused(ctx, tbl, after)
}

// A table with more than thinAbove snapshots forgets all that are superseded but the thinTo newest and those that
// a rewrite superseded.
const (
	thinAbove = 64
	thinTo    = 16
)

// thin forgets snapshots to which the next one only adds: what their readers need is in that one too, so no data
// file goes; the manifest lists that go are swept later. Each snapshot costs every later commit its time, as the
// table's metadata is read and written whole. The caller holds the table; a failure is left to the next commit.
func (l *Lake) thin(ctx context.Context, tbl *icetable.Table) {
	all := tbl.Metadata().Snapshots()
	if len(all) <= thinAbove {
		return
	}
	isAddedTo := map[int64]bool{}
	for _, s := range all {
		if s.ParentSnapshotID != nil && s.Summary != nil && s.Summary.Operation == icetable.OpAppend {
			isAddedTo[*s.ParentSnapshotID] = true
		}
	}
	newest := all[len(all)-thinTo].SequenceNumber
	ids := forgettable(tbl, func(s icetable.Snapshot) bool { return isAddedTo[s.SnapshotID] && s.SequenceNumber < newest })
	if err := l.dropSnapshots(ctx, tbl, ids); err != nil {
		l.log.Debug("snapshots not thinned, trying again later", "error", err)
	}
}

// forgettable lists the ids of the snapshots that is holds for, never the current one.
func forgettable(tbl *icetable.Table, is func(icetable.Snapshot) bool) (ids []int64) {
	for _, s := range tbl.Metadata().Snapshots() {
		if s.SnapshotID != tbl.CurrentSnapshot().SnapshotID && is(s) {
			ids = append(ids, s.SnapshotID)
		}
	}
	return ids
}

// dropSnapshots takes snapshots out of the table's metadata, if it still stands at the current snapshot of tbl.
func (l *Lake) dropSnapshots(ctx context.Context, tbl *icetable.Table, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	_, _, err := l.catalog.CommitTable(ctx, tbl.Identifier(),
		[]icetable.Requirement{icetable.AssertRefSnapshotID(icetable.MainBranch, &tbl.CurrentSnapshot().SnapshotID)},
		[]icetable.Update{icetable.NewRemoveSnapshotsUpdate(ids, false)})
	return err
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
