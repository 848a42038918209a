package kafkatest

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// adminTimeout bounds each request of this file.
const adminTimeout = 20 * time.Second

// CreateTopic makes a topic with as many copies as the cluster has nodes, three at most, and waits until
// every partition has a leader.
func (c *Cluster) CreateTopic(ctx context.Context, topic string, partitions int) error {
	request := kmsg.NewPtrCreateTopicsRequest()
	t := kmsg.NewCreateTopicsRequestTopic()
	t.Topic, t.NumPartitions, t.ReplicationFactor = topic, int32(partitions), -1
	request.Topics, request.TimeoutMillis = append(request.Topics, t), int32(adminTimeout.Milliseconds())
	ctx, cancel := context.WithTimeout(ctx, adminTimeout)
	defer cancel()
	made, err := request.RequestWith(ctx, c.admin)
	if err == nil {
		err = kerr.ErrorForCode(made.Topics[0].ErrorCode)
	}
	if err != nil {
		return fmt.Errorf("create topic %s: %w", topic, err)
	}
	for p := range partitions {
		if err := c.await(ctx, func() bool { _, err := c.Leader(ctx, topic, p); return err == nil }); err != nil {
			return fmt.Errorf("create topic %s: no leader: %w", topic, err)
		}
	}
	return nil
}

// DeleteTopic removes a topic.
func (c *Cluster) DeleteTopic(ctx context.Context, topic string) error {
	request := kmsg.NewPtrDeleteTopicsRequest()
	t := kmsg.NewDeleteTopicsRequestTopic()
	t.Topic = &topic
	request.Topics, request.TopicNames = append(request.Topics, t), []string{topic}
	request.TimeoutMillis = int32(adminTimeout.Milliseconds())
	deleted, err := request.RequestWith(ctx, c.admin)
	if err == nil {
		err = kerr.ErrorForCode(deleted.Topics[0].ErrorCode)
	}
	if err != nil {
		return fmt.Errorf("delete topic %s: %w", topic, err)
	}
	return nil
}

// AddPartitions makes a topic have this many partitions.
func (c *Cluster) AddPartitions(ctx context.Context, topic string, partitions int) error {
	request := kmsg.NewPtrCreatePartitionsRequest()
	t := kmsg.NewCreatePartitionsRequestTopic()
	t.Topic, t.Count = topic, int32(partitions)
	request.Topics, request.TimeoutMillis = append(request.Topics, t), int32(adminTimeout.Milliseconds())
	made, err := request.RequestWith(ctx, c.admin)
	if err == nil {
		err = kerr.ErrorForCode(made.Topics[0].ErrorCode)
	}
	if err != nil {
		return fmt.Errorf("add partitions to %s: %w", topic, err)
	}
	return nil
}

// DeleteRecords moves the start of a partition's log to before, as retention does.
func (c *Cluster) DeleteRecords(ctx context.Context, topic string, partition int, before int64) error {
	request := kmsg.NewPtrDeleteRecordsRequest()
	t := kmsg.NewDeleteRecordsRequestTopic()
	p := kmsg.NewDeleteRecordsRequestTopicPartition()
	p.Partition, p.Offset = int32(partition), before
	t.Topic, t.Partitions = topic, append(t.Partitions, p)
	request.Topics, request.TimeoutMillis = append(request.Topics, t), int32(adminTimeout.Milliseconds())
	for _, shard := range c.admin.RequestSharded(ctx, request) {
		if shard.Err != nil {
			return fmt.Errorf("delete records of %s/%d: %w", topic, partition, shard.Err)
		}
		for _, t := range shard.Resp.(*kmsg.DeleteRecordsResponse).Topics {
			if err := kerr.ErrorForCode(t.Partitions[0].ErrorCode); err != nil {
				return fmt.Errorf("delete records of %s/%d: %w", topic, partition, err)
			}
		}
	}
	return nil
}

// Leader returns the node (from 0) that leads a partition.
func (c *Cluster) Leader(ctx context.Context, topic string, partition int) (int, error) {
	p, err := c.partition(ctx, topic, partition)
	return int(p.Leader) - 1, err
}

// AwaitInSync waits until all copies of a partition are in step, so that the next node may be stopped.
func (c *Cluster) AwaitInSync(ctx context.Context, topic string, partition int) error {
	return c.await(ctx, func() bool {
		p, err := c.partition(ctx, topic, partition)
		return err == nil && len(p.ISR) == len(p.Replicas)
	})
}

func (c *Cluster) partition(ctx context.Context, topic string, partition int) (kmsg.MetadataResponseTopicPartition, error) {
	request := kmsg.NewPtrMetadataRequest()
	t := kmsg.NewMetadataRequestTopic()
	t.Topic = &topic
	request.Topics = append(request.Topics, t)
	described, err := request.RequestWith(ctx, c.admin)
	if err != nil {
		return kmsg.MetadataResponseTopicPartition{}, err
	}
	for _, p := range described.Topics[0].Partitions {
		if int(p.Partition) == partition && p.Leader >= 0 {
			return p, kerr.ErrorForCode(p.ErrorCode)
		}
	}
	return kmsg.MetadataResponseTopicPartition{}, fmt.Errorf("%s/%d has no leader", topic, partition)
}

// Allow lets a user read a topic and use a group; either may be "".
func (c *Cluster) Allow(ctx context.Context, user, topic, group string) error {
	request := kmsg.NewPtrCreateACLsRequest()
	if topic != "" {
		request.Creations = append(request.Creations, allow(user, kmsg.ACLResourceTypeTopic, topic, kmsg.ACLOperationRead))
	}
	if group != "" {
		request.Creations = append(request.Creations, allow(user, kmsg.ACLResourceTypeGroup, group, kmsg.ACLOperationRead))
	}
	return c.addACLs(ctx, request)
}

// AllowWrite lets a user write to a topic that exists.
func (c *Cluster) AllowWrite(ctx context.Context, user, topic string) error {
	request := kmsg.NewPtrCreateACLsRequest()
	request.Creations = append(request.Creations, allow(user, kmsg.ACLResourceTypeTopic, topic, kmsg.ACLOperationWrite))
	return c.addACLs(ctx, request)
}

func allow(user string, kind kmsg.ACLResourceType, name string, operation kmsg.ACLOperation) kmsg.CreateACLsRequestCreation {
	acl := kmsg.NewCreateACLsRequestCreation()
	acl.ResourceType, acl.ResourceName, acl.ResourcePatternType = kind, name, kmsg.ACLResourcePatternTypeLiteral
	acl.Principal, acl.Host, acl.Operation, acl.PermissionType = "User:"+user, "*", operation, kmsg.ACLPermissionTypeAllow
	return acl
}

func (c *Cluster) addACLs(ctx context.Context, request *kmsg.CreateACLsRequest) error {
	made, err := request.RequestWith(ctx, c.admin)
	if err != nil {
		return fmt.Errorf("add ACLs: %w", err)
	}
	for _, r := range made.Results {
		if err := kerr.ErrorForCode(r.ErrorCode); err != nil {
			return fmt.Errorf("add ACLs: %w", err)
		}
	}
	return nil
}

// awaitNodes waits until n nodes are up and one of them is the controller.
func (c *Cluster) awaitNodes(ctx context.Context, n int) error {
	return c.await(ctx, func() bool {
		ask, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		request := kmsg.NewPtrMetadataRequest()
		request.Topics = []kmsg.MetadataRequestTopic{} // none: brokers only
		meta, err := request.RequestWith(ask, c.admin)
		return err == nil && len(meta.Brokers) >= n && meta.ControllerID >= 0
	})
}

func (c *Cluster) await(ctx context.Context, done func() bool) error {
	for !done() {
		for _, n := range c.nodes {
			if n.wanted && !n.running() {
				return fmt.Errorf("node %d has ended by itself", n.id)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}
