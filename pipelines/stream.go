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
	Rejected   func(ctx context.Context, letters []Letter) error
	FlushBytes int64         // size of the records in a batch, default 64 MiB
	FlushAge   time.Duration // oldest record in a batch, default 5 s
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
}

const (
	fetchRecords  = 2000
	finishTimeout = 15 * time.Second
)

// Run reads until ctx ends or the source does. What was read is then committed; a failure stops the run
// with its batch uncommitted, so that the next run reads it again.
func (s *Stream) Run(ctx context.Context) error {
	if s.FlushBytes == 0 {
		s.FlushBytes = 64 << 20
	}
	if s.FlushAge == 0 {
		s.FlushAge = 5 * time.Second
	}
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
	var readers sync.WaitGroup
	for _, p := range a.Partitions {
		start, known := from[p]
		if !known {
			start = -1
		}
		readers.Add(1)
		group.Go(func() error {
			defer readers.Done()
			return s.read(reading, a, p, start, chunks)
		})
	}
	go func() { readers.Wait(); close(chunks) }()
	group.Go(func() error { return s.batch(reading, a, chunks) })
	return group.Wait()
}

// read turns one partition into chunks until it ends or ctx does.
func (s *Stream) read(ctx context.Context, a ingest.Assignment, p ingest.Partition, from int64, out chan<- *chunk) error {
	r, err := a.Open(p, from)
	if err != nil {
		return err
	}
	defer r.Close()
	worker := &worker{stream: s, decode: s.Decode(p.Topic)}
	for {
		records, err := r.Fetch(ctx, fetchRecords)
		if errors.Is(err, io.EOF) || ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if from < 0 {
			from = records[0].Offset
		}
		c := worker.chunk(records)
		c.at = transform.Range{Topic: p.Topic, Partition: p.ID, Start: from, End: records[len(records)-1].Offset + 1}
		from = c.at.End
		select {
		case out <- c:
		case <-ctx.Done():
			return nil
		}
	}
}

// worker decodes and transforms; it reuses its event buffer between records.
type worker struct {
	stream *Stream
	decode ingest.Decode
	events []*ingest.Event
}

func (w *worker) chunk(records []ingest.Record) *chunk {
	c := &chunk{}
	for i := range records {
		rec := &records[i]
		c.bytes += int64(len(rec.Value))
		w.events = w.events[:0]
		err := w.decode(rec, func(e *ingest.Event) { w.events = append(w.events, e) })
		if err != nil {
			reject := asReject(err)
			w.stream.Transform.AppendReject(&c.rows, rec, reject)
			c.letters = append(c.letters, Letter{*rec, reject})
			continue
		}
		for _, e := range w.events {
			w.stream.Transform.Append(&c.rows, rec.Position, e)
		}
		c.events += int64(len(w.events))
	}
	n := &w.stream.Counters
	n.Records.Add(int64(len(records)))
	n.Events.Add(c.events)
	n.Rejects.Add(int64(len(c.letters)))
	n.Rows.Add(int64(c.rows.Len()))
	n.Bytes.Add(c.bytes)
	return c
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
func (s *Stream) batch(ctx context.Context, a ingest.Assignment, chunks <-chan *chunk) error {
	open := newPending()
	committing := make(chan error, 1)
	committing <- nil // nothing in flight
	tick := time.NewTicker(s.FlushAge / 5)
	defer tick.Stop()
	flush := func(ctx context.Context) error {
		if err := <-committing; err != nil {
			committing <- err
			return err
		}
		full := open
		open = newPending()
		go func() { committing <- s.commit(ctx, a, full) }()
		return nil
	}
	for {
		select {
		case c, more := <-chunks:
			if !more {
				return s.finish(ctx, flush, open, committing)
			}
			open.add(c)
			if open.bytes >= s.FlushBytes {
				if err := flush(context.WithoutCancel(ctx)); err != nil {
					return err
				}
			}
		case <-tick.C:
			if !open.empty() && time.Since(open.since) >= s.FlushAge {
				if err := flush(context.WithoutCancel(ctx)); err != nil {
					return err
				}
			}
		}
	}
}

// finish commits what is left. When the run was stopped that happens on a context of its own, which gives
// the commit a bounded time instead of cutting it short.
func (s *Stream) finish(ctx context.Context, flush func(context.Context) error, open *pending, committing chan error) error {
	if ctx.Err() != nil {
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTimeout)
		defer cancel()
		ctx = bounded
	}
	if !open.empty() {
		if err := flush(ctx); err != nil {
			return err
		}
	}
	return <-committing
}

func (s *Stream) commit(ctx context.Context, a ingest.Assignment, p *pending) error {
	started := time.Now()
	batch := p.batch()
	if s.Rejected != nil && len(p.letters) > 0 {
		if err := s.Rejected(ctx, p.letters); err != nil {
			return fmt.Errorf("publish %d dead letters: %w", len(p.letters), err)
		}
	}
	if err := s.Sink.Append(ctx, batch); err != nil {
		return err
	}
	s.Counters.Committed.Add(p.records)
	s.Counters.Batches.Add(1)
	if a.Reached != nil {
		a.Reached(p.ends())
	}
	s.Log.Info("batch committed", "records", p.records, "rows", batch.Rows.Len(), "rejected", len(p.letters),
		"bytes", p.bytes, "partitions", len(batch.Ranges), "elapsed_ms", time.Since(started).Milliseconds())
	return nil
}
