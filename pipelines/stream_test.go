package pipelines

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"phdp/ingest"
	"phdp/pipelines/lines"
	"phdp/transform"
)

// buffer is a Sink in memory that keeps each record once, as the lake does.
type buffer struct {
	mu      sync.Mutex
	next    map[ingest.Partition]int64
	chats   map[int64]int // offset → how often
	letters int
	appends int
	failAt  int // the append that fails, 0 for none
	block   chan struct{}
}

func newBuffer() *buffer {
	return &buffer{next: map[ingest.Partition]int64{}, chats: map[int64]int{}}
}

func (b *buffer) Offsets(context.Context) (map[ingest.Partition]int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.next), nil
}

var errDiskFull = errors.New("disk full")

func (b *buffer) Append(ctx context.Context, batch *transform.Batch) error {
	if b.block != nil {
		<-b.block
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.appends++; b.appends == b.failAt {
		return errDiskFull
	}
	for _, rows := range batch.Parts {
		for _, row := range rows.Chats {
			if row.Offset >= b.next[ingest.Partition{Topic: row.Topic, ID: row.Partition}] {
				b.chats[row.Offset]++
			}
		}
		b.letters += len(rows.DeadLetters)
	}
	for _, r := range batch.Ranges {
		p := ingest.Partition{Topic: r.Topic, ID: r.Partition}
		if r.Start > b.next[p] {
			return fmt.Errorf("gap: %d after %d", r.Start, b.next[p])
		}
		b.next[p] = max(r.End, b.next[p])
	}
	return nil
}

// messages is a File of n chat messages; every tenth is broken.
type messages int

func (messages) Topic() string { return "file:test" }

func (n messages) Records() iter.Seq2[*ingest.Record, error] {
	return func(yield func(*ingest.Record, error) bool) {
		for i := range int64(n) {
			value := fmt.Sprintf(`{"v":1,"event_id":"c%d","type":"chat.message","at":"2026-01-05T09:12:33+08:00","patient":{"kind":"wecom","id":"wm%d"},"speaker":"patient","text":"头晕"}`, i, i%7)
			if i%10 == 9 {
				value = `{"v":1,`
			}
			if !yield(&ingest.Record{Position: ingest.Position{Topic: "file:test", Offset: i}, Value: []byte(value)}, nil) {
				return
			}
		}
	}
}

func newStream(t *testing.T, source Source, sink Sink) *Stream {
	t.Helper()
	key, err := transform.LoadOrCreateKey(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := transform.DefaultCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	all, err := lines.Default()
	if err != nil {
		t.Fatal(err)
	}
	tr, err := transform.New(transform.Config{Key: key, Catalogue: catalogue, Products: Products(all)})
	if err != nil {
		t.Fatal(err)
	}
	return &Stream{Source: source, Sink: sink, Transform: tr, Log: slog.New(slog.DiscardHandler), FlushBytes: 20_000,
		Decode: func(string) ingest.Decode { return ingest.DecodeCanonical }}
}

func (b *buffer) want(t *testing.T, records int) {
	t.Helper()
	for o := range int64(records) {
		if times := 1; o%10 == 9 && b.chats[o] != 0 || o%10 != 9 && b.chats[o] != times {
			t.Fatalf("record %d is there %d times", o, b.chats[o])
		}
	}
	if b.letters != records/10 {
		t.Errorf("%d dead letters, want %d", b.letters, records/10)
	}
}

func TestStreamAccountsForEveryRecord(t *testing.T) {
	sink := newBuffer()
	s := newStream(t, Files{messages(10_000)}, sink)
	published := 0
	s.Rejected = func(_ context.Context, letters []Letter) error { published += len(letters); return nil }
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	sink.want(t, 10_000)
	n := &s.Counters
	if n.Records.Load() != 10_000 || n.Events.Load() != 9000 || n.Rejects.Load() != 1000 || n.Committed.Load() != 10_000 || published != 1000 {
		t.Errorf("records %d = events %d + rejects %d, committed %d, published %d", n.Records.Load(), n.Events.Load(), n.Rejects.Load(), n.Committed.Load(), published)
	}
	if sink.appends < 2 {
		t.Errorf("%d batches; the test needs several", sink.appends)
	}
}

func TestStreamAgainBringsNothingNew(t *testing.T) {
	sink := newBuffer()
	if err := newStream(t, Files{messages(500)}, sink).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := newStream(t, Files{messages(500)}, sink)
	if err := again.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	sink.want(t, 500)
	if n := again.Counters.Records.Load(); n != 0 {
		t.Errorf("%d records read again", n)
	}
}

func TestStreamGoesOnAfterAFailedCommit(t *testing.T) {
	sink := newBuffer()
	sink.failAt = 2
	if err := newStream(t, Files{messages(5000)}, sink).Run(t.Context()); !errors.Is(err, errDiskFull) {
		t.Fatalf("run: %v, want the sink's error", err)
	}
	if err := newStream(t, Files{messages(5000)}, sink).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	sink.want(t, 5000)
}

// endless is a Source that never ends by itself.
type endless struct{ Files }

func (e endless) Run(ctx context.Context, work func(context.Context, ingest.Assignment) error) error {
	return e.Files.Run(ctx, func(ctx context.Context, a ingest.Assignment) error {
		open := a.Open
		a.Open = func(p ingest.Partition, from int64) (ingest.Reader, error) {
			r, err := open(p, from)
			return waiting{r}, err
		}
		return work(ctx, a)
	})
}

type waiting struct{ ingest.Reader }

func (w waiting) Fetch(ctx context.Context, max int) ([]ingest.Record, error) {
	records, err := w.Reader.Fetch(ctx, max)
	if err != nil {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return records, nil
}

func TestStreamCommitsWhatItReadWhenItIsStopped(t *testing.T) {
	sink := newBuffer()
	s := newStream(t, endless{Files{messages(300)}}, sink)
	s.FlushBytes, s.FlushAge = 1<<30, time.Hour
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		for s.Counters.Records.Load() < 300 {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(20 * time.Millisecond) // let the last piece reach the batcher
		stop()
	}()
	if err := s.Run(ctx); err != nil {
		t.Fatal(err)
	}
	sink.want(t, 300)
}

func TestStreamCommitsByAge(t *testing.T) {
	sink := newBuffer()
	s := newStream(t, endless{Files{messages(100)}}, sink)
	s.FlushBytes, s.FlushAge = 1<<30, 50*time.Millisecond
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	deadline := time.After(10 * time.Second)
	for s.Counters.Committed.Load() < 100 {
		select {
		case <-deadline:
			t.Fatal("nothing was committed although the batch is old")
		case <-time.After(5 * time.Millisecond):
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	sink.want(t, 100)
}
