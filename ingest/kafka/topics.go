package kafka

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	lookTimeout = 15 * time.Second // for one look at the topics
	lookEvery   = 5 * time.Second  // how soon a new topic or partition is seen
)

// found is what a look at the topics found: the partitions of each that exists.
type found map[string]int

// look asks the cluster for the topics of the configuration. Topics that do not exist are absent; an
// identity that has changed since the last look is ErrReplaced.
func (c *Consumer) look(ctx context.Context, client *kgo.Client) (found, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	request := kmsg.NewPtrMetadataRequest()
	for _, topic := range c.cfg.Topics {
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = kmsg.StringPtr(topic)
		request.Topics = append(request.Topics, t)
	}
	answer, err := request.RequestWith(ctx, client)
	if err != nil {
		return nil, explain(fmt.Errorf("ask brokers %s for the topics: %w", strings.Join(c.cfg.Brokers, ","), err))
	}
	there := found{}
	for _, t := range answer.Topics {
		err := kerr.ErrorForCode(t.ErrorCode)
		if errors.Is(err, kerr.UnknownTopicOrPartition) {
			continue
		}
		if err != nil {
			return nil, explain(fmt.Errorf("look up topic %s: %w", *t.Topic, err))
		}
		if err := c.identify(*t.Topic, t.TopicID); err != nil {
			return nil, err
		}
		there[*t.Topic] = len(t.Partitions)
	}
	return there, nil
}

// identify compares a topic's identity with the one that it had, or has it remembered. Brokers before 2.8
// have none.
func (c *Consumer) identify(topic string, id [16]byte) error {
	now := hex.EncodeToString(id[:])
	switch known, isKnown := c.ids[topic]; {
	case id == [16]byte{} || known == now:
		return nil
	case isKnown:
		return fmt.Errorf("%w: %s; its offsets mean other records now: restore it, or start a new lake", ErrReplaced, topic)
	}
	if c.cfg.Met != nil {
		if err := c.cfg.Met(topic, now); err != nil {
			return fmt.Errorf("remember topic %s: %w", topic, err)
		}
	}
	c.ids[topic] = now
	return nil
}

// missing lists the topics of the configuration that were not found.
func (c *Consumer) missing(there found) []string {
	return slices.DeleteFunc(slices.Clone(c.cfg.Topics), func(topic string) bool { return there[topic] > 0 })
}

// await looks until at least one topic is there, and notes in the status what it waits for. It returns
// nil without an error when ctx ends.
func (c *Consumer) await(ctx context.Context, client *kgo.Client) (found, error) {
	for try := 0; ; try++ {
		there, err := c.look(ctx, client)
		if ctx.Err() != nil {
			return nil, nil
		}
		if permanent(err) {
			return nil, err
		}
		c.note(there, err)
		if len(there) > 0 {
			return there, nil
		}
		if !pause(ctx, backoff(try, lookEvery)) {
			return nil, nil
		}
	}
}

// note writes the result of a look to the status, and to the log when it is news.
func (c *Consumer) note(there found, err error) {
	if err != nil {
		c.trouble(fmt.Errorf("kafka is not reached: %w", err))
		return
	}
	missing := c.missing(there)
	if len(there) == 0 {
		c.trouble(fmt.Errorf("%w: %s; waiting for it", ErrNoTopic, strings.Join(missing, ", ")))
	}
	c.board.change(func(s *Status) {
		if !slices.Equal(s.Missing, missing) && len(missing) > 0 {
			c.cfg.Log.Warn("kafka topics do not exist, waiting for them", "topics", missing)
		}
		s.Missing = missing
	})
	for topic, partitions := range there {
		if before, known := c.partitions[topic]; known && before != partitions {
			c.cfg.Log.Warn("number of partitions has changed; a key's records may now be in two partitions", "topic", topic, "before", before, "now", partitions)
		}
		c.partitions[topic] = partitions
	}
}

// trouble puts why the group is not joined into the status, and into the log when it is news.
func (c *Consumer) trouble(err error) {
	c.board.change(func(s *Status) {
		if s.Err == nil || s.Err.Error() != err.Error() {
			c.cfg.Log.Warn("kafka is not read, trying again", "group", c.cfg.Group, "error", err)
		}
		s.State, s.Err = StateConnecting, err
	})
}

// watch calls changed when the topics are no longer as they were found, or fails for good. A look that
// fails says nothing: the readers notice what is wrong with the brokers.
func (c *Consumer) watch(ctx context.Context, client *kgo.Client, before found, changed func(error)) {
	for pause(ctx, c.lookEvery) {
		now, err := c.look(ctx, client)
		if permanent(err) && ctx.Err() == nil {
			changed(err)
			return
		}
		if err == nil && !maps.Equal(before, now) {
			changed(nil)
			return
		}
	}
}

// backoff grows from 100 ms with each try.
func backoff(try int, most time.Duration) time.Duration {
	return min(most, 100*time.Millisecond<<min(try, 10))
}

// pause returns false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
