package lake

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Snapshot is one table at one moment: the files that make it up and what they hold.
type Snapshot struct {
	Table  string
	ID     int64 // 0 when the table is empty
	Files  []string
	Rows   int64
	Bytes  int64
	Newest time.Time // latest event_at, zero when the table is empty
}

// Snapshots returns the current snapshot of every table, in the order of Names.
func (l *Lake) Snapshots(ctx context.Context) ([]Snapshot, error) {
	var all []Snapshot
	for _, t := range l.tables {
		s, err := l.snapshot(ctx, t)
		if err != nil {
			return nil, fmt.Errorf("read snapshot of lake table %s: %w", t.name, err)
		}
		all = append(all, s)
	}
	return all, nil
}

func (l *Lake) snapshot(ctx context.Context, t *table) (Snapshot, error) {
	s := Snapshot{Table: t.name}
	tbl, err := l.load(ctx, t.name)
	if err != nil || tbl.CurrentSnapshot() == nil {
		return s, err
	}
	s.ID = tbl.CurrentSnapshot().SnapshotID
	files, err := dataFiles(ctx, tbl)
	if err != nil {
		return s, err
	}
	for _, f := range files {
		s.Rows += f.Count()
		s.Bytes += f.FileSizeBytes()
		if at := newestOf(tbl, f); at.After(s.Newest) {
			s.Newest = at
		}
	}
	s.Files = paths(files)
	slices.Sort(s.Files)
	return s, nil
}
