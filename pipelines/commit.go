package pipelines

import (
	"context"
	"errors"
	"fmt"
	"time"

	"phdp/ingest"
)

const (
	finishTimeout   = 6 * time.Second // for what is being committed when the assignment ends
	publishPatience = 2 * time.Minute // with brokers that do not take dead letters
)

// Commit tells of one batch that is in the lake.
type Commit struct {
	Records, Rows, Bytes int64
	Waited               time.Duration        // of its first record, from being read to being committed
	Took                 time.Duration        // the commit itself
	Newest               map[string]time.Time // by topic: the time of its newest record
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
			select {
			case err := <-committing: // a failure must not wait for the next batch
				if committing <- err; err != nil {
					return err
				}
			default:
			}
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
	done := Commit{Records: p.records, Rows: int64(batch.Len()), Bytes: p.bytes, Waited: time.Since(p.since), Took: time.Since(started), Newest: p.newest}
	p.recycle()
	if s.Committed != nil {
		s.Committed(done)
	}
	s.Log.Info("batch committed", "records", done.Records, "rows", done.Rows, "rejected", len(p.letters),
		"bytes", done.Bytes, "partitions", len(batch.Ranges), "elapsed_ms", done.Took.Milliseconds())
	return nil
}
