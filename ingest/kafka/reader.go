package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"phdp/ingest"
)

const (
	silence  = 30 * time.Second       // without progress although there is more: the connection is made anew
	mostWait = 5 * time.Second        // between tries
	looks    = 4                      // at an offset beyond the log's end, before it is believed
	lookGap  = 500 * time.Millisecond // between them
)

// reader reads one partition. It has one fetch at a time in flight and keeps what the caller has not
// taken yet.
type reader struct {
	c         *Consumer
	partition ingest.Partition
	link      *link
	ready     []*kgo.Record // fetched, not handed out
	next      int64         // to fetch; < 0 for the oldest there is
	oldest    bool          // whether reading began at the oldest and nothing came yet
	beyond    int           // looks that found the log shorter than next
	tries     int           // since the last success
	progress  time.Time     // when next last moved, or the end was seen
	close     context.CancelFunc
	closed    context.Context
}

func (c *Consumer) open(p ingest.Partition, from int64, maxBytes int32) (ingest.Reader, error) {
	l, err := newLink(c.cfg, p, maxBytes)
	if err != nil {
		return nil, fmt.Errorf("read %s/%d: %w", p.Topic, p.ID, err)
	}
	r := &reader{c: c, partition: p, link: l, next: from, oldest: from < 0, progress: time.Now()}
	r.closed, r.close = context.WithCancel(context.Background())
	c.board.mark(p, func(m *PartitionStatus) { m.Position = from })
	return r, nil
}

// Fetch returns what the last fetch brought, up to max, and fetches again when that is used up. It
// retries transient errors for ever; the status shows them.
func (r *reader) Fetch(ctx context.Context, max int) ([]ingest.Record, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(r.closed, cancel)()
	for len(r.ready) == 0 {
		err := r.fetch(ctx)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err = explain(err); permanent(err) {
			r.c.board.mark(r.partition, func(m *PartitionStatus) { m.Err = err })
			return nil, fmt.Errorf("read %s/%d: %w", r.partition.Topic, r.partition.ID, err)
		}
		if err == nil {
			r.tries = 0
		} else if !r.wait(ctx, err) {
			return nil, ctx.Err()
		}
		if err := r.reopenIfSilent(); err != nil {
			return nil, err
		}
	}
	n := min(max, len(r.ready))
	records := make([]ingest.Record, n)
	for i, fetched := range r.ready[:n] {
		records[i] = r.record(fetched)
	}
	r.ready = r.ready[n:]
	r.c.board.mark(r.partition, func(m *PartitionStatus) { m.Position = records[n-1].Offset + 1 })
	return records, nil
}

// fetch asks the leader once and moves next; it may bring no records.
func (r *reader) fetch(ctx context.Context) error {
	if err := r.link.locate(ctx); err != nil {
		return err
	}
	if r.next < 0 {
		first, _, err := r.link.bounds(ctx)
		if err != nil {
			return err
		}
		r.next = first
	}
	got, next, err := r.link.fetch(ctx, r.next)
	if errors.Is(err, errOutOfRange) {
		return r.outOfRange(ctx)
	}
	if err != nil && len(got.Records) == 0 {
		return err // with records the error comes back at the next fetch
	}
	if next > r.next || next >= got.HighWatermark {
		r.progress = time.Now()
	}
	r.ready, r.next, r.beyond = got.Records, next, 0
	r.oldest = r.oldest && len(got.Records) == 0
	r.c.board.mark(r.partition, func(m *PartitionStatus) {
		m.HighWatermark, m.LogStart, m.Stable = got.HighWatermark, got.LogStartOffset, got.LastStableOffset
		m.Progress, m.Err = r.progress, nil
		if len(r.ready) == 0 {
			m.Position = r.next
		}
	})
	return nil
}

// outOfRange finds out what the broker has instead. A log that looks too short is looked at again: a new
// leader may need a moment to know its end.
func (r *reader) outOfRange(ctx context.Context) error {
	first, end, err := r.link.bounds(ctx)
	if err != nil {
		return err
	}
	switch {
	case r.next < first && r.oldest:
		r.next = first // retention was faster than the first fetch
		return nil
	case r.next < first:
		return fmt.Errorf("%w: offset %d is needed and the log now begins at %d, %d records are gone (retention?); restore them, or start a new lake",
			ErrOffsetGone, r.next, first, first-r.next)
	case r.next <= end:
		r.link.forget()
		return fmt.Errorf("broker does not give offset %d although it holds %d to %d", r.next, first, end)
	}
	if r.beyond++; r.beyond >= looks {
		return fmt.Errorf("%w: offset %d is needed and the log ends at %d (topic made again, or restored from an older copy?); restore it, or start a new lake",
			ErrOffsetGone, r.next, end)
	}
	pause(ctx, lookGap)
	r.link.forget()
	return nil
}

// wait sleeps after a transient error; false when ctx ended. The first try after an error is at once,
// with the partition's leader looked up again; only what outlasts it is trouble that the status shows.
func (r *reader) wait(ctx context.Context, err error) bool {
	r.link.forget()
	if r.tries++; r.tries == 1 {
		return true
	}
	r.c.board.mark(r.partition, func(m *PartitionStatus) {
		if m.Err == nil {
			r.c.cfg.Log.Warn("kafka partition is not read, trying again", "topic", r.partition.Topic, "partition", r.partition.ID, "error", err)
		}
		m.Err = fmt.Errorf("read %s/%d: %w", r.partition.Topic, r.partition.ID, err)
	})
	return pause(ctx, backoff(r.tries-2, mostWait))
}

// reopenIfSilent makes the connection anew when there has been no progress for long although the log
// goes on; open transactions are no silence.
func (r *reader) reopenIfSilent() error {
	if len(r.ready) > 0 || time.Since(r.progress) < r.link.silence {
		return nil
	}
	behind := true
	r.c.board.mark(r.partition, func(m *PartitionStatus) {
		if behind = m.Err != nil || r.next < m.Stable; behind {
			m.Reopened++
		}
	})
	r.progress = time.Now()
	if !behind {
		return nil
	}
	r.c.cfg.Log.Warn("kafka partition is silent, connecting anew", "topic", r.partition.Topic, "partition", r.partition.ID, "offset", r.next)
	return r.link.reopen()
}

// Close ends a Fetch that waits and drops the connection.
func (r *reader) Close() error {
	r.close()
	r.link.close()
	return nil
}

func (r *reader) record(m *kgo.Record) ingest.Record {
	rec := ingest.Record{
		Position: ingest.Position{Topic: r.partition.Topic, Partition: r.partition.ID, Offset: m.Offset},
		Key:      m.Key, Value: m.Value, Time: m.Timestamp,
	}
	if len(m.Headers) > 0 {
		rec.Headers = make(map[string]string, len(m.Headers))
		for _, h := range m.Headers {
			rec.Headers[h.Key] = string(h.Value)
		}
	}
	return rec
}
