package pipelines

import (
	"context"

	"golang.org/x/sync/semaphore"

	"phdp/ingest"
)

// recordOverhead is what a record costs beside its key and value, so that empty records cost something too.
const recordOverhead = 100

// budget bounds the bytes of records that are read and not yet committed. Readers wait for a share before
// they decode; the share comes back when the batch with the record is committed.
type budget struct {
	size int64
	free *semaphore.Weighted
}

func newBudget(size int64) *budget {
	return &budget{size, semaphore.NewWeighted(size)}
}

// take waits until bytes are free and returns the share to give back. Records that are larger than the
// whole budget have to wait until they are alone.
func (b *budget) take(ctx context.Context, bytes int64) (share int64, err error) {
	share = min(bytes, b.size)
	return share, b.free.Acquire(ctx, share)
}

func (b *budget) give(share int64) { b.free.Release(share) }

func sizeOf(rec *ingest.Record) int64 {
	return int64(len(rec.Key)+len(rec.Value)) + recordOverhead
}

// piece returns how many of the records make one chunk, and their bytes: at least one record, else no
// more than pieceBytes.
func piece(records []ingest.Record) (n int, bytes int64) {
	for n < len(records) {
		size := sizeOf(&records[n])
		if n > 0 && bytes+size > pieceBytes {
			break
		}
		n, bytes = n+1, bytes+size
	}
	return n, bytes
}
