// Package kafka connects ingest to a Kafka cluster: a consumer that uses a consumer group for assignment
// only and reads each partition from the offset that it is told, a producer, and an embedded broker for
// trials. Where reading starts is never Kafka's decision; the group's committed offsets are written as a
// hint for lag monitors and never read. It is the only package that knows Kafka.
package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/segmentio/kafka-go"

	"phdp/ingest"
)

// ErrOffsetGone says that the broker no longer holds the offset that the lake needs next, or holds
// less than the lake has. Reading on would lose records, so the run stops.
var ErrOffsetGone = errors.New("kafka does not hold the offset that the lake needs next")

// maxWait bounds how long a fetch waits at the broker, and with it how long closing a reader takes.
const maxWait = 250 * time.Millisecond

// Config names the cluster, the group and what to read.
type Config struct {
	Brokers []string
	Group   string
	Topics  []string
	Log     *slog.Logger
}

// Consumer reads the partitions that its group assigns to it.
type Consumer struct {
	cfg Config
}

// NewConsumer returns a consumer; it connects when Run is called.
func NewConsumer(cfg Config) *Consumer { return &Consumer{cfg: cfg} }

// Run joins the group and calls work for each assignment, with a context that ends when the assignment
// or ctx does; work must return soon after. Run returns nil when ctx ends, and the error of work.
// Trouble with the broker is retried for ever and logged.
func (c *Consumer) Run(ctx context.Context, work func(context.Context, ingest.Assignment) error) error {
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: c.cfg.Group, Brokers: c.cfg.Brokers, Topics: c.cfg.Topics,
		GroupBalancers:        []kafka.GroupBalancer{kafka.RangeGroupBalancer{}},
		HeartbeatInterval:     time.Second,
		SessionTimeout:        10 * time.Second,
		JoinGroupBackoff:      time.Second,
		WatchPartitionChanges: true,
	})
	if err != nil {
		return fmt.Errorf("join consumer group %s: %w", c.cfg.Group, err)
	}
	defer group.Close()
	for {
		generation, err := group.Next(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			c.cfg.Log.Warn("kafka group not joined, trying again", "group", c.cfg.Group, "error", err)
			continue
		}
		if err := c.serve(ctx, generation, work); err != nil {
			return err
		}
	}
}

func (c *Consumer) serve(ctx context.Context, generation *kafka.Generation, work func(context.Context, ingest.Assignment) error) error {
	done := make(chan error, 1)
	generation.Start(func(assigned context.Context) {
		assigned, cancel := context.WithCancel(assigned)
		defer cancel()
		defer context.AfterFunc(ctx, cancel)()
		done <- work(assigned, c.assignment(generation))
	})
	return <-done
}

func (c *Consumer) assignment(generation *kafka.Generation) ingest.Assignment {
	var partitions []ingest.Partition
	for topic, assigned := range generation.Assignments {
		for _, p := range assigned {
			partitions = append(partitions, ingest.Partition{Topic: topic, ID: int32(p.ID)})
		}
	}
	c.cfg.Log.Info("kafka partitions assigned", "group", c.cfg.Group, "generation", generation.ID, "partitions", len(partitions))
	return ingest.Assignment{
		Partitions: partitions,
		Open:       c.open,
		Reached: func(next map[ingest.Partition]int64) {
			offsets := map[string]map[int]int64{}
			for p, o := range next {
				if offsets[p.Topic] == nil {
					offsets[p.Topic] = map[int]int64{}
				}
				offsets[p.Topic][int(p.ID)] = o
			}
			if err := generation.CommitOffsets(offsets); err != nil {
				c.cfg.Log.Debug("kafka offset hint not written", "error", err)
			}
		},
	}
}

func (c *Consumer) open(p ingest.Partition, from int64) (ingest.Reader, error) {
	r := kafka.NewReader(kafka.ReaderConfig{
		Brokers: c.cfg.Brokers, Topic: p.Topic, Partition: int(p.ID),
		MinBytes: 1, MaxBytes: 8 << 20, MaxWait: maxWait, QueueCapacity: 4096,
		OffsetOutOfRangeError: true, ReadLagInterval: -1,
		ErrorLogger: kafka.LoggerFunc(func(string, ...any) {}), // errors come back from Fetch
	})
	if from < 0 {
		from = kafka.FirstOffset
	}
	if err := r.SetOffset(from); err != nil {
		return nil, errors.Join(fmt.Errorf("read %s/%d: %w", p.Topic, p.ID, err), r.Close())
	}
	return &reader{partition: p, from: from, r: r}, nil
}

type reader struct {
	partition ingest.Partition
	from      int64
	r         *kafka.Reader
}

// Fetch waits for one record and takes what else is there, so that a quiet topic is read at once and a
// busy one in large pieces.
func (r *reader) Fetch(ctx context.Context, max int) ([]ingest.Record, error) {
	first, err := r.r.FetchMessage(ctx)
	if err != nil {
		return nil, r.explain(err)
	}
	records := make([]ingest.Record, 1, max)
	records[0] = record(first)
	soon, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	for len(records) < max {
		m, err := r.r.FetchMessage(soon)
		if err != nil {
			break // a real error comes back at the next call
		}
		records = append(records, record(m))
	}
	return records, nil
}

func (r *reader) explain(err error) error {
	if errors.Is(err, kafka.OffsetOutOfRange) {
		return fmt.Errorf("%w: %s/%d at offset %d; restore the topic, or start a new lake", ErrOffsetGone, r.partition.Topic, r.partition.ID, r.from)
	}
	if errors.Is(err, io.EOF) { // kafka-go's word for a reader that was closed
		return context.Canceled
	}
	return fmt.Errorf("read %s/%d: %w", r.partition.Topic, r.partition.ID, err)
}

func (r *reader) Close() error { return r.r.Close() }

func record(m kafka.Message) ingest.Record {
	rec := ingest.Record{
		Position: ingest.Position{Topic: m.Topic, Partition: int32(m.Partition), Offset: m.Offset},
		Key:      m.Key, Value: m.Value, Time: m.Time,
	}
	if len(m.Headers) > 0 {
		rec.Headers = make(map[string]string, len(m.Headers))
		for _, h := range m.Headers {
			rec.Headers[h.Key] = string(h.Value)
		}
	}
	return rec
}
