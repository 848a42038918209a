// Package pipelines holds the runnable flows: a stream of records into the lake, an import of files, a
// build of the warehouse, and the demo that chains them. It knows stages by what they do and is handed
// the adapters (Kafka, lake, DuckDB) by cmd/phdp.
package pipelines

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
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
	FlushBytes int64         // size of the records in a batch, default 32 MiB and at most half the budget
	FlushAge   time.Duration // oldest record in a batch, default 5 s
	Window     Window        // events outside are dead letters
	Now        func() time.Time
	Log        *slog.Logger
	Counters   Counters
}

// Letter is a dead letter: the record as it came and why it was refused.
type Letter struct {
	Record ingest.Record
	Reject *ingest.Reject
}

// chunk is a transformed piece of one partition.
type chunk struct {
	at      transform.Range
	rows    transform.Rows
	letters []Letter
	bytes   int64
	events  int64
	share   int64 // of the budget
}

const (
	fetchRecords  = 2000
	pieceBytes    = 1 << 20         // of a chunk
	finishTimeout = 8 * time.Second // for what is being committed when the assignment ends

	publishPatience = 2 * time.Minute // with brokers that do not take dead letters
)

// Run reads until ctx ends or the source does. What was read is then committed; a failure stops the run
// with its batch uncommitted, so that the next run reads it again.
func (s *Stream) Run(ctx context.Context) error {
	if s.Budget == 0 {
		s.Budget = 256 << 20
	}
	if s.FlushBytes == 0 {
		s.FlushBytes = 32 << 20
	}
	s.FlushBytes = min(s.FlushBytes, max(1, s.Budget/2)) // one batch fills while another is committed
	if s.FlushAge == 0 {
		s.FlushAge = 5 * time.Second
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	s.Window = s.Window.orDefault(s.Source)
	return s.Source.Run(ctx, s.work)
}

// work serves one assignment: a reader per partition, one batcher.
func (s *Stream) work(ctx context.Context, a ingest.Assignment) error {
	from, err := s.Sink.Offsets(ctx)
	if err != nil {
		return fmt.Errorf("look up where to read on: %w", err)
	}
	group, reading := errgroup.WithContext(ctx)
	chunks := make(chan *chunk, len(a.Partitions)+1)
	open := newBudget(s.Budget) // nothing is open between assignments
	var readers sync.WaitGroup
	for _, p := range a.Partitions {
		start, known := from[p]
		if !known {
			start = -1
		}
		readers.Add(1)
		group.Go(func() error {
			defer readers.Done()
			return s.read(reading, &part{a: a, partition: p, from: start, budget: open, out: chunks})
		})
	}
	go func() { readers.Wait(); close(chunks) }()
	group.Go(func() error { return s.batch(reading, a, open, chunks) })
	err = group.Wait()
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		s.Log.Warn("batch not committed before its assignment ended; its records will be read again", "error", err)
		return nil
	}
	return err
}

// part is one partition that is read.
type part struct {
	a         ingest.Assignment
	partition ingest.Partition
	from      int64 // next offset, < 0 for the oldest there is
	budget    *budget
	out       chan<- *chunk
}

// read turns one partition into chunks until it ends or ctx does.
func (s *Stream) read(ctx context.Context, p *part) error {
	r, err := p.a.Open(p.partition, p.from)
	if err != nil {
		return err
	}
	defer r.Close()
	worker := &worker{stream: s, decode: s.Decode(p.partition.Topic)}
	for {
		records, err := r.Fetch(ctx, fetchRecords)
		if errors.Is(err, io.EOF) || ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if p.from < 0 {
			p.from = records[0].Offset
		}
		for len(records) > 0 {
			n, bytes := piece(records)
			if !p.pass(ctx, worker, records[:n], bytes) {
				return nil
			}
			records = records[n:]
		}
	}
}

// pass hands one chunk to the batcher; false when ctx ended first.
func (p *part) pass(ctx context.Context, w *worker, records []ingest.Record, bytes int64) bool {
	share, err := p.budget.take(ctx, bytes)
	if err != nil {
		return false
	}
	c := w.chunk(records)
	c.share = share
	c.at = transform.Range{Topic: p.partition.Topic, Partition: p.partition.ID, Start: p.from, End: records[len(records)-1].Offset + 1}
	p.from = c.at.End
	select {
	case p.out <- c:
		return true
	case <-ctx.Done():
		return false
	}
}

// worker decodes and transforms; it reuses its buffers.
type worker struct {
	stream *Stream
	decode ingest.Decode
	events []*ingest.Event
	dense  density // of the last chunk
}

func (w *worker) chunk(records []ingest.Record) *chunk {
	c := &chunk{rows: w.dense.room(len(records))}
	now := w.stream.Now()
	for i := range records {
		rec := &records[i]
		c.bytes += int64(len(rec.Value))
		if reject := w.read(rec, now); reject != nil {
			filed := *rec
			filed.Time = w.stream.Window.clamp(rec.Time, now)
			w.stream.Transform.AppendReject(&c.rows, &filed, reject)
			c.letters = append(c.letters, Letter{*rec, reject})
			continue
		}
		for _, e := range w.events {
			w.stream.Transform.Append(&c.rows, rec.Position, e)
		}
		c.events += int64(len(w.events))
	}
	w.dense = densityOf(&c.rows, len(records))
	n := &w.stream.Counters
	n.Records.Add(int64(len(records)))
	n.Events.Add(c.events)
	n.Rejects.Add(int64(len(c.letters)))
	n.Rows.Add(int64(c.rows.Len()))
	n.Bytes.Add(c.bytes)
	return c
}

// read decodes a record into w.events, or says why it is refused.
func (w *worker) read(rec *ingest.Record, now time.Time) *ingest.Reject {
	w.events = w.events[:0]
	if err := w.decode(rec, func(e *ingest.Event) { w.events = append(w.events, e) }); err != nil {
		return asReject(err)
	}
	return w.stream.Window.check(w.events, now)
}

func asReject(err error) *ingest.Reject {
	var reject *ingest.Reject
	if errors.As(err, &reject) {
		return reject
	}
	return &ingest.Reject{Reason: "undecodable", Detail: "decoder failed"} // its text may quote the payload
}

// batch gathers chunks and commits them. One commit runs while the next batch fills; when both are full
// the readers wait.
func (s *Stream) batch(ctx context.Context, a ingest.Assignment, b *budget, chunks <-chan *chunk) error {
	open := newPending()
	committing := make(chan error, 1)
	committing <- nil // nothing in flight
	tick := time.NewTicker(s.FlushAge / 5)
	defer tick.Stop()
	lasting, cancel := outlive(ctx, finishTimeout)
	defer cancel()
	flush := func() error {
		if err := <-committing; err != nil {
			committing <- err
			return err
		}
		full := open
		open = newPending()
		go func() {
			err := s.commit(lasting, a, full)
			b.give(full.share)
			committing <- err
		}()
		return nil
	}
	for {
		isDue := false
		select {
		case c, more := <-chunks:
			if !more {
				if !open.empty() {
					if err := flush(); err != nil {
						return err
					}
				}
				return <-committing
			}
			open.add(c)
			isDue = open.share >= s.FlushBytes
		case <-tick.C:
			isDue = !open.empty() && time.Since(open.since) >= s.FlushAge
		}
		if isDue {
			if err := flush(); err != nil {
				return err
			}
		}
	}
}

// outlive returns a context that goes on for a while after ctx has ended, so that a commit is not cut
// short and does not hold up the end either.
func outlive(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return lasting, func() { stop(); cancel() }
}

// publish tries until the dead letters are taken: a broker that restarts is no reason to stop.
func (s *Stream) publish(ctx context.Context, letters []Letter) error {
	if s.Rejected == nil || len(letters) == 0 {
		return nil
	}
	started := time.Now()
	for try := 0; ; try++ {
		err := s.Rejected(ctx, letters)
		if err == nil {
			return nil
		}
		if err = fmt.Errorf("publish %d dead letters: %w", len(letters), err); time.Since(started) > publishPatience {
			return err
		}
		if try == 0 {
			s.Log.Warn("dead letters not published, trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(min(5*time.Second, 100*time.Millisecond<<min(try, 10))):
		}
	}
}

func (s *Stream) commit(ctx context.Context, a ingest.Assignment, p *pending) error {
	started := time.Now()
	batch := p.batch()
	if err := s.publish(ctx, p.letters); err != nil {
		return err
	}
	if err := s.Sink.Append(ctx, batch); err != nil {
		return err
	}
	s.Counters.Committed.Add(p.records)
	s.Counters.Batches.Add(1)
	if a.Reached != nil {
		a.Reached(p.ends())
	}
	s.Log.Info("batch committed", "records", p.records, "rows", batch.Len(), "rejected", len(p.letters),
		"bytes", p.bytes, "partitions", len(batch.Ranges), "elapsed_ms", time.Since(started).Milliseconds())
	return nil
}
