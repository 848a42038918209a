// Package kafka connects ingest to a Kafka cluster: a consumer that uses a consumer group for assignment
// only and reads each partition from the offset that it is told, a producer, and an embedded broker for
// trials. Where reading starts is never Kafka's decision; the group's committed offsets are written as a
// hint for lag monitors and never read. Transient trouble is retried in place and shown by Status; what
// would lose records stops the run. It is the only package that knows Kafka.
package kafka

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"phdp/ingest"
)

// clientID is what brokers log about this client.
const clientID = "phdp"

// leaveTimeout bounds each of the two ways to leave the group.
const leaveTimeout = 1500 * time.Millisecond

// Config names the cluster, how to be let in, the group and what to read.
type Config struct {
	Brokers  []string
	Security *Security // nil for a plain connection
	Group    string
	Topics   []string
	Log      *slog.Logger

	// TopicIDs are the identities that topics had when they were read before; a topic that has another now
	// is ErrReplaced. Met is told of topics that are not among them, before they are read; nil: nobody
	// remembers.
	TopicIDs map[string]string
	Met      func(topic, id string) error
}

// Consumer reads the partitions that its group assigns to it.
type Consumer struct {
	cfg        Config
	board      board
	ids        map[string]string // the identity of each topic, see ErrReplaced
	partitions map[string]int    // of each topic, as last seen
	lookEvery  time.Duration
	session    time.Duration // after which the group gives up a member that is not heard of
}

// NewConsumer returns a consumer; it connects when Run is called.
func NewConsumer(cfg Config) *Consumer {
	c := &Consumer{
		cfg: cfg, ids: maps.Clone(cfg.TopicIDs), partitions: map[string]int{}, lookEvery: lookEvery, session: 10 * time.Second,
		board: board{status: Status{State: StateConnecting}},
	}
	if c.ids == nil {
		c.ids = map[string]string{}
	}
	return c
}

// Status tells what the consumer does now; it may be called while Run runs.
func (c *Consumer) Status() Status { return c.board.snapshot() }

// Run joins the group and calls work for each assignment, with a context that ends when the assignment
// or ctx does; work must return soon after. Run returns nil when ctx ends, the error of work, or what
// can not mend itself (ErrRefused, ErrReplaced). Missing topics and trouble with the brokers are waited
// out for ever, see Status.
func (c *Consumer) Run(ctx context.Context, work func(context.Context, ingest.Assignment) error) error {
	client, err := kgo.NewClient(append(c.cfg.Security.options(c.cfg.Brokers), kgo.RequestRetries(1))...)
	if err != nil {
		return fmt.Errorf("connect to kafka: %w", err)
	}
	defer client.Close()
	for {
		there, err := c.await(ctx, client)
		if err != nil || ctx.Err() != nil {
			return err
		}
		if err := c.member(ctx, client, there, work); err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// member is a member of the group until ctx ends, the topics change or something fails for good. With
// other topics or partitions it leaves, and Run joins again.
func (c *Consumer) member(ctx context.Context, client *kgo.Client, there found, work func(context.Context, ingest.Assignment) error) error {
	group, err := c.join(there)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		c.watch(ctx, client, there, cancel)
	}()
	// Closing at once, not after the assignment has ended, keeps kafka-go from joining again in between.
	context.AfterFunc(ctx, func() { _ = group.Close() })
	var id string
	defer func() { cancel(nil); <-watching; c.leave(client, group, id) }()
	for {
		generation, err := group.Next(ctx)
		if ctx.Err() != nil {
			return ended(ctx)
		}
		if err = explain(err); permanent(err) {
			return fmt.Errorf("join consumer group %s: %w", c.cfg.Group, err)
		}
		if err != nil {
			c.trouble(fmt.Errorf("join consumer group %s: %w", c.cfg.Group, err))
			continue
		}
		id = generation.MemberID
		if err := c.serve(ctx, generation, work); err != nil {
			return err
		}
	}
}

// leave takes this member out of the group, so that the others need not wait until its session times
// out: kafka-go does not leave when it is closed while it joins, and takes as long as the others do.
func (c *Consumer) leave(client *kgo.Client, group *kafka.ConsumerGroup, id string) {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		_ = group.Close()
	}()
	select {
	case <-closed:
	case <-time.After(leaveTimeout): // it waits for the others; it leaves by itself when they are done
	}
	c.board.change(func(s *Status) { s.State = StateConnecting })
	if id == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), leaveTimeout)
	defer cancel()
	request := kmsg.NewPtrLeaveGroupRequest()
	request.Group, request.MemberID = c.cfg.Group, id
	m := kmsg.NewLeaveGroupRequestMember()
	m.MemberID = id
	request.Members = append(request.Members, m)
	if _, err := request.RequestWith(ctx, client); err != nil {
		c.cfg.Log.Debug("kafka group not left", "group", c.cfg.Group, "error", err)
	}
}

// ended is nil unless the watch has stopped the membership with an error.
func ended(ctx context.Context) error {
	if err := context.Cause(ctx); permanent(err) {
		return err
	}
	return nil
}

func (c *Consumer) join(there found) (*kafka.ConsumerGroup, error) {
	topics := slices.DeleteFunc(slices.Clone(c.cfg.Topics), func(topic string) bool { return there[topic] == 0 })
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: c.cfg.Group, Brokers: c.cfg.Brokers, Topics: topics, Dialer: c.cfg.Security.dialer(),
		GroupBalancers:    []kafka.GroupBalancer{kafka.RangeGroupBalancer{}},
		HeartbeatInterval: time.Second,
		SessionTimeout:    c.session,
		JoinGroupBackoff:  time.Second,
	})
	if err != nil {
		return nil, fmt.Errorf("join consumer group %s: %w", c.cfg.Group, err)
	}
	return group, nil
}

// serve runs work on one generation. A member without partitions waits: work that returned at once
// would make the whole group assign again.
func (c *Consumer) serve(ctx context.Context, generation *kafka.Generation, work func(context.Context, ingest.Assignment) error) error {
	done := make(chan error, 1)
	generation.Start(func(assigned context.Context) {
		assigned, cancel := context.WithCancel(assigned)
		defer cancel()
		defer context.AfterFunc(ctx, cancel)()
		a := c.assignment(generation)
		if len(a.Partitions) == 0 {
			<-assigned.Done()
			done <- nil
			return
		}
		done <- work(assigned, a)
	})
	defer c.board.released()
	return <-done
}

func (c *Consumer) assignment(generation *kafka.Generation) ingest.Assignment {
	var partitions []ingest.Partition
	for topic, assigned := range generation.Assignments {
		for _, p := range assigned {
			partitions = append(partitions, ingest.Partition{Topic: topic, ID: int32(p.ID)})
		}
	}
	c.board.assigned(partitions)
	c.cfg.Log.Info("kafka partitions assigned", "group", c.cfg.Group, "generation", generation.ID, "partitions", len(partitions))
	return ingest.Assignment{
		Partitions: partitions,
		Open: func(p ingest.Partition, from int64) (ingest.Reader, error) {
			return c.open(p, from, fetchBytes(len(partitions)))
		},
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
