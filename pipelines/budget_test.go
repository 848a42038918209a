package pipelines

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"phdp/ingest"
	"phdp/transform"
)

// numbered is a File of its own topic.
type numbered struct {
	messages
	topic string
}

func (n numbered) Topic() string { return n.topic }

func (n numbered) Records() iter.Seq2[*ingest.Record, error] {
	return func(yield func(*ingest.Record, error) bool) {
		for rec, err := range n.messages.Records() {
			rec.Topic = n.topic
			if !yield(rec, err) {
				return
			}
		}
	}
}

// A sink that takes nothing stops the readers of all partitions together when the budget is used up.
func TestBudgetStopsAllReaders(t *testing.T) {
	sink := newBuffer()
	sink.block = make(chan struct{})
	var files Files
	for i := range 8 {
		files = append(files, numbered{50_000, fmt.Sprint("file:", i)})
	}
	s := newStream(t, files, sink)
	s.Budget, s.FlushBytes = 3<<20, 1<<20
	done := make(chan error, 1)
	go func() { done <- s.Run(t.Context()) }()
	held := func() int64 { return s.Counters.Bytes.Load() + recordOverhead*s.Counters.Records.Load() }
	before := int64(-1)
	for held() != before || before < 2<<20 { // until nothing moves
		before = held()
		time.Sleep(200 * time.Millisecond)
	}
	if before > s.Budget {
		t.Errorf("%d bytes were read ahead with a budget of %d", before, s.Budget)
	}
	close(sink.block)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if n := s.Counters.Committed.Load(); n != 8*50_000 {
		t.Errorf("%d records committed", n)
	}
}

func TestPieces(t *testing.T) {
	small, large := ingest.Record{Value: make([]byte, 100)}, ingest.Record{Value: make([]byte, 5*pieceBytes)}
	cases := []struct {
		name    string
		records []ingest.Record
		want    int
	}{
		{"all fit", []ingest.Record{small, small, small}, 3},
		{"a large one is alone", []ingest.Record{large, small}, 1},
		{"up to a large one", []ingest.Record{small, small, large}, 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if n, bytes := piece(c.records); n != c.want || bytes < int64(n)*recordOverhead {
				t.Errorf("%d records of %d bytes, want %d records", n, bytes, c.want)
			}
		})
	}
}

// at is a File of one message for each time.
type at []string

func (at) Topic() string { return "file:at" }

func (a at) Records() iter.Seq2[*ingest.Record, error] {
	return func(yield func(*ingest.Record, error) bool) {
		for i, when := range a {
			value := fmt.Sprintf(`{"v":1,"event_id":"c%d","type":"chat.message","at":%q,"patient":{"kind":"wecom","id":"wm1"},"speaker":"patient","text":"头晕"}`, i, when)
			rec := &ingest.Record{Position: ingest.Position{Topic: "file:at", Offset: int64(i)}, Value: []byte(value), Time: time.Unix(0, 0)}
			if !yield(rec, nil) {
				return
			}
		}
	}
}

// letterSink keeps the dead letters.
type letterSink struct {
	*buffer
	rows []transform.DeadLetterRow
}

func (l *letterSink) Append(ctx context.Context, b *transform.Batch) error {
	for _, rows := range b.Parts {
		l.rows = append(l.rows, rows.DeadLetters...)
	}
	return l.buffer.Append(ctx, b)
}

func TestEventsOutsideTheWindowAreRefused(t *testing.T) {
	sink := &letterSink{buffer: newBuffer()}
	s := newStream(t, endless{Files{at{
		"1989-12-31T23:59:59Z", "1990-01-01T00:00:00Z", "2026-01-05T00:00:00Z", "2026-01-07T00:00:00Z", "2026-01-07T00:00:01Z",
	}}}, sink)
	s.FlushAge = 20 * time.Millisecond
	s.Now = func() time.Time { return time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC) }
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	go func() {
		for ctx.Err() == nil && s.Counters.Committed.Load() < 5 {
			time.Sleep(5 * time.Millisecond)
		}
		stop()
	}()
	if err := s.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if len(sink.chats) != 3 || len(sink.rows) != 2 || s.Counters.Rejects.Load() != 2 {
		t.Fatalf("%d accepted, %d refused; want 3 and 2", len(sink.chats), len(sink.rows))
	}
	for i, offset := range []int64{0, 4} {
		if r := sink.rows[i]; r.Offset != offset || r.Reason != ingest.ReasonOutOfWindow || r.EventAt.Year() != 1990 || len(r.Payload) == 0 {
			t.Errorf("dead letter %d: offset %d, reason %q, filed under %v", i, r.Offset, r.Reason, r.EventAt)
		}
	}
}

// Dead letters that brokers do not take are tried again, before their batch is committed.
func TestDeadLettersAreTriedAgain(t *testing.T) {
	sink := newBuffer()
	s := newStream(t, Files{messages(50)}, sink)
	tries := 0
	s.Rejected = func(_ context.Context, letters []Letter) error {
		if tries++; tries < 3 {
			if sink.appends > 0 {
				t.Error("the batch was committed before its dead letters")
			}
			return errors.New("connection refused")
		}
		if len(letters) != 5 || !bytes.HasPrefix(letters[0].Record.Value, []byte(`{"v":1,`)) {
			t.Errorf("%d letters", len(letters))
		}
		return nil
	}
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	sink.want(t, 50)
	if tries != 3 {
		t.Errorf("%d tries", tries)
	}
}
