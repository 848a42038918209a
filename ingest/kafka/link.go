package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"phdp/ingest"
)

const (
	maxWait        = 500 * time.Millisecond // how long a broker waits for records before it answers with none
	requestTimeout = 10 * time.Second       // for the answer, beyond maxWait
)

var errOutOfRange = errors.New("offset out of range")

// link is the connection of one reader to the leader of its partition. Records are parsed by franz-go,
// which checks checksums and leaves out transaction markers and what was aborted; kafka-go does neither.
type link struct {
	cfg       Config
	partition ingest.Partition
	maxBytes  int32
	silence   time.Duration
	client    *kgo.Client
	located   bool
	leader    int32
	epoch     int32
	topicID   [16]byte
}

func newLink(cfg Config, p ingest.Partition, maxBytes int32) (*link, error) {
	l := &link{cfg: cfg, partition: p, maxBytes: maxBytes, silence: silence}
	return l, l.connect()
}

// fetchBytes bounds one fetch, compressed, so that all partitions together stay near 16 MiB.
func fetchBytes(partitions int) int32 {
	const all, most, least = 16 << 20, 2 << 20, 128 << 10
	return int32(max(least, min(most, all/max(1, partitions))))
}

func (l *link) connect() (err error) {
	l.client, err = kgo.NewClient(append(l.cfg.Security.options(l.cfg.Brokers),
		kgo.RequestRetries(1), kgo.RequestTimeoutOverhead(requestTimeout))...)
	l.located = false
	return err
}

func (l *link) reopen() error {
	l.close()
	return l.connect()
}

func (l *link) close() { l.client.Close() }

// forget makes the next request look the leader up again.
func (l *link) forget() { l.located = false }

// locate finds the partition's leader unless it is known.
func (l *link) locate(ctx context.Context) error {
	if l.located {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	request := kmsg.NewPtrMetadataRequest()
	t := kmsg.NewMetadataRequestTopic()
	t.Topic = &l.partition.Topic
	request.Topics = append(request.Topics, t)
	answer, err := request.RequestWith(ctx, l.client)
	if err != nil {
		return fmt.Errorf("find leader: %w", err)
	}
	topic := answer.Topics[0]
	if err := kerr.ErrorForCode(topic.ErrorCode); err != nil {
		return fmt.Errorf("find leader: %w", err)
	}
	if l.topicID != [16]byte{} && l.topicID != topic.TopicID {
		return ErrReplaced
	}
	for _, p := range topic.Partitions {
		if p.Partition != l.partition.ID {
			continue
		}
		if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
			return fmt.Errorf("find leader: %w", err)
		}
		l.located, l.leader, l.epoch, l.topicID = true, p.Leader, p.LeaderEpoch, topic.TopicID
		return nil
	}
	return errors.New("find leader: the topic has no such partition")
}

// fetch reads records from an offset on and returns the offset to read next.
func (l *link) fetch(ctx context.Context, from int64) (kgo.FetchPartition, int64, error) {
	ctx, cancel := context.WithTimeout(ctx, maxWait+requestTimeout)
	defer cancel()
	p := kmsg.NewFetchRequestTopicPartition()
	p.Partition, p.CurrentLeaderEpoch, p.FetchOffset, p.PartitionMaxBytes = l.partition.ID, l.epoch, from, l.maxBytes
	t := kmsg.NewFetchRequestTopic()
	t.Topic, t.TopicID, t.Partitions = l.partition.Topic, l.topicID, append(t.Partitions, p)
	request := kmsg.NewPtrFetchRequest()
	request.MaxWaitMillis, request.MinBytes, request.MaxBytes = int32(maxWait.Milliseconds()), 1, l.maxBytes
	request.IsolationLevel, request.SessionEpoch = 1, -1 // committed records only; no fetch session
	request.Topics = append(request.Topics, t)
	answer, err := l.client.Broker(int(l.leader)).Request(ctx, request)
	if err != nil {
		return kgo.FetchPartition{}, from, fmt.Errorf("fetch: %w", err)
	}
	response := answer.(*kmsg.FetchResponse)
	if err := kerr.ErrorForCode(response.ErrorCode); err != nil {
		return kgo.FetchPartition{}, from, fmt.Errorf("fetch: %w", err)
	}
	if len(response.Topics) != 1 || len(response.Topics[0].Partitions) != 1 {
		return kgo.FetchPartition{}, from, errors.New("fetch: the broker's answer is about another partition")
	}
	got, next := kgo.ProcessFetchPartition(kgo.ProcessFetchPartitionOpts{
		Offset: from, IsolationLevel: kgo.ReadCommitted(), Topic: l.partition.Topic, Partition: l.partition.ID,
	}, &response.Topics[0].Partitions[0], kgo.DefaultDecompressor(), nil)
	if errors.Is(got.Err, kerr.OffsetOutOfRange) {
		return got, from, errOutOfRange
	}
	if got.Err != nil {
		return got, next, fmt.Errorf("fetch: %w", got.Err)
	}
	return got, next, nil
}

// bounds returns the offsets of the oldest record and after the newest.
func (l *link) bounds(ctx context.Context) (first, end int64, err error) {
	if first, err = l.offsetAt(ctx, -2); err != nil {
		return 0, 0, err
	}
	end, err = l.offsetAt(ctx, -1)
	return first, end, err
}

func (l *link) offsetAt(ctx context.Context, timestamp int64) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	p := kmsg.NewListOffsetsRequestTopicPartition()
	p.Partition, p.CurrentLeaderEpoch, p.Timestamp = l.partition.ID, l.epoch, timestamp
	t := kmsg.NewListOffsetsRequestTopic()
	t.Topic, t.Partitions = l.partition.Topic, append(t.Partitions, p)
	request := kmsg.NewPtrListOffsetsRequest()
	request.Topics = append(request.Topics, t)
	answer, err := l.client.Broker(int(l.leader)).Request(ctx, request)
	if err != nil {
		return 0, fmt.Errorf("list offsets: %w", err)
	}
	got := answer.(*kmsg.ListOffsetsResponse).Topics[0].Partitions[0]
	if err := kerr.ErrorForCode(got.ErrorCode); err != nil {
		return 0, fmt.Errorf("list offsets: %w", err)
	}
	return got.Offset, nil
}
