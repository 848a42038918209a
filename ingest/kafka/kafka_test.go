package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"phdp/ingest"
)

const topic = "phdp.chats"

var partitionZero = ingest.Partition{Topic: topic}

func broker(t *testing.T, dir string) *Embedded {
	t.Helper()
	b, err := StartEmbedded(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func producer(t *testing.T, b *Embedded) *Producer {
	t.Helper()
	p, err := NewProducer(b.Brokers(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	if err := p.Prepare(t.Context(), topic, 3); err != nil {
		t.Fatal(err)
	}
	return p
}

func produce(t *testing.T, p *Producer, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		if err := p.Produce(t.Context(), topic, fmt.Appendf(nil, "k%d", i%17), fmt.Appendf(nil, "v%d", i), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// consume reads from the given offsets until want records came or the time is over.
func consume(t *testing.T, b *Embedded, from map[ingest.Partition]int64, want int) map[string]int {
	t.Helper()
	seen := map[string]int{}
	var mu sync.Mutex
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c := NewConsumer(Config{Brokers: b.Brokers(), Group: t.Name(), Topics: []string{topic}, Log: slog.New(slog.DiscardHandler)})
	err := c.Run(ctx, func(ctx context.Context, a ingest.Assignment) error {
		var all sync.WaitGroup
		for _, p := range a.Partitions {
			start, known := from[p]
			if !known {
				start = -1
			}
			r, err := a.Open(p, start)
			if err != nil {
				return err
			}
			all.Go(func() {
				defer r.Close()
				for {
					records, err := r.Fetch(ctx, 100)
					if err != nil {
						return
					}
					mu.Lock()
					for _, rec := range records {
						seen[string(rec.Value)]++
					}
					if len(seen) >= want {
						cancel()
					}
					mu.Unlock()
				}
			})
		}
		all.Wait()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

func TestConsumerReadsEveryRecordOnce(t *testing.T) {
	b := broker(t, t.TempDir())
	defer b.Close()
	produce(t, producer(t, b), 0, 1000)
	seen := consume(t, b, nil, 1000)
	if len(seen) != 1000 {
		t.Fatalf("%d records, want 1000", len(seen))
	}
	for value, n := range seen {
		if n != 1 {
			t.Errorf("%s came %d times", value, n)
		}
	}
}

func TestConsumerStartsWhereItIsTold(t *testing.T) {
	b := broker(t, t.TempDir())
	defer b.Close()
	p := producer(t, b)
	produce(t, p, 0, 300)
	ends, err := p.Ends(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	produce(t, p, 300, 400)
	seen := consume(t, b, ends, 100)
	if len(seen) != 100 || seen["v300"] != 1 || seen["v299"] != 0 {
		t.Errorf("%d records after the given offsets, v300 %d times, v299 %d times; want 100, 1, 0", len(seen), seen["v300"], seen["v299"])
	}
}

func TestFetchStopsWhenTheOffsetIsGone(t *testing.T) {
	b := broker(t, t.TempDir())
	defer b.Close()
	produce(t, producer(t, b), 0, 10)
	c := NewConsumer(Config{Brokers: b.Brokers(), Group: t.Name(), Topics: []string{topic}, Log: slog.New(slog.DiscardHandler)})
	r, err := c.open(ingest.Partition{Topic: topic}, 1_000_000, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Fetch(t.Context(), 10); !errors.Is(err, ErrOffsetGone) {
		t.Errorf("fetch beyond the log: %v, want ErrOffsetGone", err)
	}
}

// A broker that is started again has its topics, and a producer that resumes adds only what is missing.
func TestResumeAfterARestart(t *testing.T) {
	dir := t.TempDir()
	b := broker(t, dir)
	produce(t, producer(t, b), 0, 500)
	b.Close()
	b = broker(t, dir)
	defer b.Close()
	p := producer(t, b)
	if err := p.Resume(t.Context(), topic); err != nil {
		t.Fatal(err)
	}
	produce(t, p, 0, 800)
	seen := consume(t, b, nil, 800)
	if len(seen) != 800 {
		t.Fatalf("%d records, want 800", len(seen))
	}
	for value, n := range seen {
		if n != 1 {
			t.Errorf("%s came %d times", value, n)
		}
	}
}

// A broker that is started again is the same cluster; one with another folder is another, also on the same port.
func TestEmbeddedBrokersAreToldApart(t *testing.T) {
	id := func(dir string) string {
		b := broker(t, dir)
		defer b.Close()
		p, err := NewProducer(b.Brokers(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		cluster, err := p.ClusterID(t.Context())
		if err != nil || cluster == "" {
			t.Fatalf("cluster %q, %v", cluster, err)
		}
		return cluster
	}
	one := t.TempDir()
	first, again, other := id(one), id(one), id(t.TempDir())
	if first != again || first == other {
		t.Errorf("clusters %q, again %q, of another folder %q", first, again, other)
	}
}
