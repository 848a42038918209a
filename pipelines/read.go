package pipelines

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"phdp/ingest"
	"phdp/transform"
)

const (
	fetchRecords = 2000
	pieceBytes   = 1 << 20 // of a chunk
)

// chunk is a transformed piece of one partition.
type chunk struct {
	at      transform.Range
	newest  time.Time // of its records
	rows    *transform.Rows
	spare   *sync.Pool // that the rows go back to
	letters []Letter
	bytes   int64
	events  int64
	share   int64 // of the budget
}

// part is one partition that is read.
type part struct {
	a         ingest.Assignment
	partition ingest.Partition
	from      int64      // next offset, < 0 for the oldest there is
	spare     *sync.Pool // of *transform.Rows that are empty, of this topic
	budget    *budget
	gate      *gate
	out       chan<- *chunk
}

// read turns one partition into chunks until it ends or ctx does.
func (s *Stream) read(ctx context.Context, p *part) error {
	r, err := p.a.Open(p.partition, p.from)
	if err != nil {
		return err
	}
	defer r.Close()
	worker := &worker{stream: s, decode: s.Decode(p.partition.Topic), spare: p.spare}
	for {
		open, ok := p.gate.pass(ctx)
		if !ok {
			return nil
		}
		records, err := r.Fetch(open, fetchRecords)
		if errors.Is(err, io.EOF) || ctx.Err() != nil {
			return nil
		}
		if err != nil && open.Err() != nil {
			continue // on hold
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
	c.newest = records[len(records)-1].Time
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
	spare  *sync.Pool
	events []*ingest.Event
	dense  density // of the last chunk
}

func (w *worker) chunk(records []ingest.Record) *chunk {
	c := &chunk{rows: w.spare.Get().(*transform.Rows), spare: w.spare}
	w.dense.room(c.rows, len(records))
	now := w.stream.Now()
	for i := range records {
		rec := &records[i]
		c.bytes += int64(len(rec.Value))
		if reject := w.read(rec, now); reject != nil {
			filed := *rec
			filed.Time = w.stream.Window.clamp(rec.Time, now)
			w.stream.Transform.AppendReject(c.rows, &filed, reject)
			c.letters = append(c.letters, Letter{*rec, reject, c.rows.DeadLetters[len(c.rows.DeadLetters)-1].Payload})
			continue
		}
		for _, e := range w.events {
			w.stream.Transform.Append(c.rows, rec.Position, e)
		}
		c.events += int64(len(w.events))
	}
	w.dense = densityOf(c.rows, len(records))
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
	return w.stream.Window.Check(w.events, now)
}

func asReject(err error) *ingest.Reject {
	var reject *ingest.Reject
	if errors.As(err, &reject) {
		return reject
	}
	return &ingest.Reject{Reason: "undecodable", Detail: "decoder failed"} // its text may quote the payload
}
