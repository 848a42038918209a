package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"phdp/ingest"
)

// Producer writes records in order and once, with franz-go's idempotent client (kafka-go has none).
// Records with a key go to the partition that Kafka's Java client would choose.
type Producer struct {
	client      *kgo.Client
	partitioner kgo.Partitioner
	topics      map[string]*topicState
	failed      atomic.Pointer[error]
	acked       atomic.Int64
}

type topicState struct {
	partitions int
	choose     kgo.TopicPartitioner
	skip       []int64 // records that the partition holds already, see Resume
}

// NewProducer connects to brokers in the way that security says; nil is a plain connection.
func NewProducer(brokers []string, security *Security) (*Producer, error) {
	client, err := kgo.NewClient(append(security.options(brokers),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(kgo.ZstdCompression(), kgo.NoCompression()),
		kgo.MaxBufferedRecords(50_000), kgo.ProducerBatchMaxBytes(1<<20),
	)...)
	if err != nil {
		return nil, fmt.Errorf("connect producer: %w", err)
	}
	return &Producer{client: client, partitioner: kgo.StickyKeyPartitioner(nil), topics: map[string]*topicState{}}, nil
}

// Prepare makes a topic when it is not there, which the user must then be allowed to, and reads how many
// partitions it has.
func (p *Producer) Prepare(ctx context.Context, topic string, partitions int32) error {
	return p.prepare(ctx, topic, partitions)
}

func (p *Producer) prepare(ctx context.Context, topic string, partitions int32, settings ...kmsg.CreateTopicsRequestTopicConfig) error {
	ends, err := p.Ends(ctx, topic)
	if errors.Is(err, kerr.UnknownTopicOrPartition) {
		if err := p.create(ctx, topic, partitions, settings); err != nil {
			return explain(fmt.Errorf("create topic %s: %w", topic, err))
		}
		ends, err = p.Ends(ctx, topic)
	}
	for try := 0; kerr.IsRetriable(err) && try < 20; try++ { // a new topic has no leader for a moment
		if !pause(ctx, backoff(try, time.Second/2)) {
			break
		}
		ends, err = p.Ends(ctx, topic)
	}
	if err != nil {
		return explain(err)
	}
	p.topics[topic] = &topicState{partitions: len(ends), choose: p.partitioner.ForTopic(topic), skip: make([]int64, len(ends))}
	return nil
}

func (p *Producer) create(ctx context.Context, topic string, partitions int32, settings []kmsg.CreateTopicsRequestTopicConfig) error {
	request := kmsg.NewPtrCreateTopicsRequest()
	t := kmsg.NewCreateTopicsRequestTopic()
	t.Topic, t.NumPartitions, t.ReplicationFactor, t.Configs = topic, partitions, -1, settings
	request.Topics, request.TimeoutMillis = append(request.Topics, t), 10_000
	made, err := request.RequestWith(ctx, p.client)
	if err != nil {
		return err
	}
	err = kerr.ErrorForCode(made.Topics[0].ErrorCode)
	if errors.Is(err, kerr.TopicAlreadyExists) { // somebody else was faster
		return nil
	}
	return err
}

// Resume makes Produce leave out, for each partition, as many first records as the partition holds. A
// deterministic producer that died half-way goes on where it was.
func (p *Producer) Resume(ctx context.Context, topic string) error {
	ends, err := p.Ends(ctx, topic)
	if err != nil {
		return err
	}
	for partition, end := range ends {
		p.topics[topic].skip[partition.ID] = end
	}
	return nil
}

// Ends returns the next offset of every partition of a topic; ErrNoTopic when it does not exist.
func (p *Producer) Ends(ctx context.Context, topic string) (map[ingest.Partition]int64, error) {
	meta := kmsg.NewPtrMetadataRequest()
	mt := kmsg.NewMetadataRequestTopic()
	mt.Topic = &topic
	meta.Topics = append(meta.Topics, mt)
	described, err := meta.RequestWith(ctx, p.client)
	if err != nil {
		return nil, fmt.Errorf("describe topic %s: %w", topic, err)
	}
	list := kmsg.NewPtrListOffsetsRequest()
	lt := kmsg.NewListOffsetsRequestTopic()
	lt.Topic = topic
	for _, t := range described.Topics {
		err := kerr.ErrorForCode(t.ErrorCode)
		if errors.Is(err, kerr.UnknownTopicOrPartition) {
			return nil, fmt.Errorf("describe topic %s: %w (%w)", topic, ErrNoTopic, err)
		}
		if err != nil {
			return nil, fmt.Errorf("describe topic %s: %w", topic, err)
		}
		for _, partition := range t.Partitions {
			lp := kmsg.NewListOffsetsRequestTopicPartition()
			lp.Partition, lp.Timestamp = partition.Partition, -1
			lt.Partitions = append(lt.Partitions, lp)
		}
	}
	list.Topics = append(list.Topics, lt)
	return p.listEnds(ctx, topic, list)
}

func (p *Producer) listEnds(ctx context.Context, topic string, list *kmsg.ListOffsetsRequest) (map[ingest.Partition]int64, error) {
	ends := map[ingest.Partition]int64{}
	for _, shard := range p.client.RequestSharded(ctx, list) {
		if shard.Err != nil {
			return nil, fmt.Errorf("list offsets of %s: %w", topic, shard.Err)
		}
		for _, t := range shard.Resp.(*kmsg.ListOffsetsResponse).Topics {
			for _, partition := range t.Partitions {
				if err := kerr.ErrorForCode(partition.ErrorCode); err != nil {
					return nil, fmt.Errorf("list offsets of %s: %w", topic, err)
				}
				ends[ingest.Partition{Topic: topic, ID: partition.Partition}] = partition.Offset
			}
		}
	}
	return ends, nil
}

// Produce queues one record for a prepared topic; it blocks while the buffer is full. An error of an
// earlier record comes back here or from Flush.
func (p *Producer) Produce(ctx context.Context, topic string, key, value []byte, headers map[string]string) error {
	if err := p.failed.Load(); err != nil {
		return *err
	}
	state := p.topics[topic]
	r := &kgo.Record{Topic: topic, Key: key, Value: value}
	r.Partition = int32(state.choose.Partition(r, state.partitions))
	if state.skip[r.Partition] > 0 {
		state.skip[r.Partition]--
		return nil
	}
	for k, v := range headers {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: k, Value: []byte(v)})
	}
	p.client.Produce(ctx, r, func(_ *kgo.Record, err error) {
		if err != nil {
			err = fmt.Errorf("produce to %s: %w", topic, err)
			p.failed.CompareAndSwap(nil, &err)
			return
		}
		p.acked.Add(1)
	})
	return nil
}

// Flush waits until every queued record is acknowledged.
func (p *Producer) Flush(ctx context.Context) error {
	if err := p.client.Flush(ctx); err != nil {
		return fmt.Errorf("flush producer: %w", err)
	}
	if err := p.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// Acked is the number of records that brokers have acknowledged.
func (p *Producer) Acked() int64 { return p.acked.Load() }

// Close drops what is not flushed.
func (p *Producer) Close() { p.client.Close() }

// ClusterID returns the id that the cluster gave itself; offsets mean nothing in another one.
func (p *Producer) ClusterID(ctx context.Context) (string, error) {
	answer, err := kmsg.NewPtrMetadataRequest().RequestWith(ctx, p.client)
	if err != nil {
		return "", explain(fmt.Errorf("ask the cluster for its id: %w", err))
	}
	if answer.ClusterID == nil {
		return "", nil
	}
	return *answer.ClusterID, nil
}
