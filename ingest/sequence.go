package ingest

import (
	"context"
	"io"
	"iter"
)

// sequence is the Reader of a source that ends, such as a file.
type sequence struct {
	next func() (*Record, error, bool)
	stop func()
	from int64
}

// NewReader makes a Reader of the records of a file source that stand at offset from and behind it
// (from < 0 means all). It reads and drops the records before: a file has no index.
func NewReader(records iter.Seq2[*Record, error], from int64) Reader {
	next, stop := iter.Pull2(records)
	return &sequence{next: next, stop: stop, from: from}
}

// Fetch returns up to max records, and io.EOF when there are no more.
func (s *sequence) Fetch(ctx context.Context, max int) ([]Record, error) {
	var batch []Record
	for len(batch) < max {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rec, err, isThere := s.next()
		if err != nil {
			return nil, err
		}
		if !isThere {
			break
		}
		if rec.Offset >= s.from {
			batch = append(batch, *rec)
		}
	}
	if len(batch) == 0 && max > 0 {
		return nil, io.EOF
	}
	return batch, nil
}

// Close ends the reading and closes the file.
func (s *sequence) Close() error {
	s.stop()
	return nil
}
