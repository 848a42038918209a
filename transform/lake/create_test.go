package lake

import (
	"context"
	"log/slog"
	"testing"

	"golang.org/x/sync/errgroup"
)

// Several owners that open a new lake at once all get it.
func TestManyOwnersOpenANewLake(t *testing.T) {
	dir := t.TempDir()
	var group errgroup.Group
	for range 6 {
		group.Go(func() error {
			l, err := Open(context.Background(), Config{Dir: dir, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				return err
			}
			return l.Close()
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}

// A table whose maker died before it had its partitions by day gets them at the next start.
func TestHalfMadeTableIsCompleted(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	if err := l.catalog.DropTable(t.Context(), ident("chats")); err != nil {
		t.Fatal(err)
	}
	if err := l.createByMonth(t.Context(), l.tables[0]); err != nil {
		t.Fatal(err)
	}
	again := open(t, dir)
	appendAll(t, again, chats(0, 0, 10))
	tbl, err := again.load(t.Context(), "chats")
	if err != nil || tbl.Metadata().PartitionSpecByID(daySpec) == nil {
		t.Errorf("%v, specification by day %v", err, tbl.Metadata().PartitionSpecs())
	}
}
