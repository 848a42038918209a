package pipelines

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"phdp/ingest"
	"phdp/transform"
)

// strictBuffer refuses a gap with the lake's error, and loses what it had after some appends, as a lake does
// that is restored from a copy while it is written.
type strictBuffer struct {
	*buffer
	loseAfter int // appends, 0 for never
	gaps      int
}

func (b *strictBuffer) Append(ctx context.Context, batch *transform.Batch) error {
	next, err := b.Offsets(ctx)
	if err != nil {
		return err
	}
	for _, r := range batch.Ranges {
		if at := next[ingest.Partition{Topic: r.Topic, ID: r.Partition}]; r.Start > at {
			b.gaps++
			return fmt.Errorf("%w: at %d, the batch starts at %d", transform.ErrGap, at, r.Start)
		}
	}
	if err := b.buffer.Append(ctx, batch); err != nil {
		return err
	}
	if b.appends == b.loseAfter {
		fresh := newBuffer()
		b.mu.Lock()
		b.next, b.chats, b.letters = fresh.next, fresh.chats, fresh.letters
		b.mu.Unlock()
	}
	return nil
}

func TestStreamReadsAgainWhenTheLakeStandsElsewhere(t *testing.T) {
	sink := &strictBuffer{buffer: newBuffer(), loseAfter: 3}
	s := newStream(t, Files{messages(10_000)}, sink)
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if sink.gaps == 0 {
		t.Error("there was no gap; the test needs one")
	}
	sink.want(t, 10_000)
}

// later is a source whose oldest record is no longer there.
type later struct{ Files }

func (l later) Run(ctx context.Context, work func(context.Context, ingest.Assignment) error) error {
	return l.Files.Run(ctx, func(ctx context.Context, a ingest.Assignment) error {
		open := a.Open
		a.Open = func(p ingest.Partition, from int64) (ingest.Reader, error) { return open(p, max(from, 50)) }
		return work(ctx, a)
	})
}

// A gap that is there from the beginning is a loss, and no reason to try for ever.
func TestStreamStopsAtAGapThatStays(t *testing.T) {
	sink := &strictBuffer{buffer: newBuffer()}
	err := newStream(t, later{Files{messages(500)}}, sink).Run(t.Context())
	if !errors.Is(err, transform.ErrGap) || !strings.Contains(err.Error(), "starts at 50") {
		t.Fatalf("run: %v, want the gap", err)
	}
	if len(sink.chats) != 0 {
		t.Errorf("%d records after the gap are in the sink", len(sink.chats))
	}
}

// On hold nothing more is read and what was read is committed; released, reading goes on where it was.
func TestStreamOnHold(t *testing.T) {
	sink := newBuffer()
	s := newStream(t, endless{Files{messages(20_000)}}, sink)
	s.FlushAge = 20 * time.Millisecond
	var held atomic.Bool
	s.Hold = held.Load
	commits := 0
	s.Committed = func(Commit) { commits++ }
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	until := func(what string, is func() bool) {
		for !is() {
			if ctx.Err() != nil {
				t.Error("never: " + what)
				return
			}
			time.Sleep(time.Millisecond)
		}
	}
	n := &s.Counters
	go func() {
		defer stop()
		until("reading", func() bool { return n.Records.Load() > 0 })
		held.Store(true)
		until("what was read is committed, and nothing more comes", func() bool {
			r := n.Records.Load()
			time.Sleep(100 * time.Millisecond)
			return n.Records.Load() == r && n.Committed.Load() == r
		})
		if n.Records.Load() == 20_000 {
			t.Error("everything was read on hold")
		}
		held.Store(false)
		until("everything is committed", func() bool { return n.Committed.Load() == 20_000 })
	}()
	if err := s.Run(ctx); err != nil {
		t.Fatal(err)
	}
	sink.want(t, 20_000)
	if commits != int(n.Batches.Load()) {
		t.Errorf("told of %d commits of %d", commits, n.Batches.Load())
	}
}
