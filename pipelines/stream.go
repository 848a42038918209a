// Package pipelines holds the runnable flows: a stream of records into the lake, an import of files, a
// build of the warehouse, and the demo that chains them. It knows stages by what they do and is handed
// the adapters (Kafka, lake, DuckDB) by cmd/phdp.
package pipelines

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"phdp/ingest"
	"phdp/transform"
)

// Source hands out partitions to read; Kafka and a set of files are the two there are.
type Source interface {
	Run(ctx context.Context, work func(context.Context, ingest.Assignment) error) error
}

// Sink keeps batches exactly once and knows how far it is. The lake is one, a buffer in tests another.
// When Append returns nil the rows of the batch are used for others: a sink copies what it keeps.
type Sink interface {
	Offsets(ctx context.Context) (map[ingest.Partition]int64, error)
	Append(ctx context.Context, batch *transform.Batch) error
}

// Counters are the running totals of a stream; all only grow.
type Counters struct {
	Records, Events, Rejects, Rows, Bytes, Committed, Batches atomic.Int64
}

// Stream reads records, decodes and transforms them, and commits them to the sink in batches.
type Stream struct {
	Source    Source
	Sink      Sink
	Decode    func(topic string) ingest.Decode // the wire format of a topic
	Transform *transform.Transformer
	// Rejected publishes records that could not become events, before their batch is committed; nil: only
	// the table keeps them.
	Rejected func(ctx context.Context, letters []Letter) error
	// Budget bounds the bytes of records that are read and not yet committed, over all partitions;
	// default 256 MiB. Readers wait when it is used up.
	Budget     int64
	FlushBytes int64         // size of the records in a batch, default 24 MiB and at most half the budget
	FlushAge   time.Duration // oldest record in a batch, default 5 s
	Window     Window        // events outside are dead letters
	// Hold stops reading while it is true; what was read is committed. Nil: never.
	Hold func() bool
	// Committed is told of each commit, one at a time; nil: nobody wants to know.
	Committed func(Commit)
	Now       func() time.Time
	Log       *slog.Logger
	Counters  Counters
}

// Letter is a dead letter: the record as it came and why it was refused.
type Letter struct {
	Record ingest.Record
	Reject *ingest.Reject
	Sealed []byte // the record's value as the table keeps it, readable with the data key
}

// Run reads until ctx ends or the source does. What was read is then committed; a failure stops the run
// with its batch uncommitted, so that the next run reads it again.
func (s *Stream) Run(ctx context.Context) error {
	if s.Budget == 0 {
		s.Budget = 256 << 20
	}
	if s.FlushBytes == 0 {
		s.FlushBytes = 24 << 20
	}
	s.FlushBytes = min(s.FlushBytes, max(1, s.Budget/2)) // one batch fills while another is committed
	if s.FlushAge == 0 {
		s.FlushAge = 5 * time.Second
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	_, ofFiles := s.Source.(Files)
	s.Window = s.Window.OrDefault(ofFiles)
	return s.Source.Run(ctx, s.work)
}

// work serves one assignment. When the sink turns out to stand elsewhere than this process believed, because
// another owner or a restored copy moved it, reading begins again where it stands. A gap that is there from
// the start is a loss, and stops the run.
func (s *Stream) work(ctx context.Context, a ingest.Assignment) error {
	for {
		from, err := s.Sink.Offsets(ctx)
		if err != nil {
			return fmt.Errorf("look up where to read on: %w", err)
		}
		before := s.Counters.Batches.Load()
		if err = s.attempt(ctx, a, from); !errors.Is(err, transform.ErrGap) {
			return err
		}
		if ctx.Err() != nil {
			s.Log.Warn("batch of a stale owner refused; its records are read by the next", "error", err)
			return nil
		}
		now, lookErr := s.Sink.Offsets(ctx)
		if lookErr != nil {
			return fmt.Errorf("look up where to read on: %w", errors.Join(lookErr, err))
		}
		if before == s.Counters.Batches.Load() && maps.Equal(from, now) {
			return err
		}
		s.Log.Warn("the lake stands elsewhere than was believed; reading from where it stands", "error", err)
	}
}

// attempt reads from the given offsets: a reader per partition, one batcher.
func (s *Stream) attempt(ctx context.Context, a ingest.Assignment, from map[ingest.Partition]int64) error {
	group, reading := errgroup.WithContext(ctx)
	chunks := make(chan *chunk, len(a.Partitions)+1)
	open := newBudget(s.Budget) // nothing is open between assignments
	gate := newGate(reading, s.Hold)
	spares := map[string]*sync.Pool{} // by topic, as rows of one topic are much alike
	var readers sync.WaitGroup
	for _, p := range a.Partitions {
		start, known := from[p]
		if !known {
			start = -1
		}
		if spares[p.Topic] == nil {
			spares[p.Topic] = &sync.Pool{New: func() any { return new(transform.Rows) }}
		}
		part := &part{a: a, partition: p, from: start, spare: spares[p.Topic], budget: open, gate: gate, out: chunks}
		readers.Add(1)
		group.Go(func() error {
			defer readers.Done()
			return s.read(reading, part)
		})
	}
	go func() { readers.Wait(); close(chunks) }()
	group.Go(func() error { return s.batch(reading, a, open, chunks) })
	err := group.Wait()
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		s.Log.Warn("batch not committed before its assignment ended; its records will be read again", "error", err)
		return nil
	}
	return err
}
