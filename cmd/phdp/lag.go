package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"phdp/ingest"
	"phdp/ingest/kafka"
)

type ingestStatusCommand struct {
	clusterFlags
}

// Help is the long help of phdp ingest status.
func (ingestStatusCommand) Help() string {
	return `What the lake has reached in each partition, and with --brokers how far that is from the end of its log.

Examples:
  phdp ingest status
  phdp ingest status --brokers kafka1:9092`
}

// Run prints a line for each partition.
func (c *ingestStatusCommand) Run(ctx context.Context, a *app) error {
	if since := a.pausedSince(); !since.IsZero() {
		fmt.Printf("paused since %s\n\n", since.UTC().Format(time.RFC3339))
	}
	l, err := a.openLake(ctx)
	if err != nil {
		return err
	}
	defer l.Close()
	next, err := l.Offsets(ctx)
	if err != nil {
		return err
	}
	maps.DeleteFunc(next, func(p ingest.Partition, _ int64) bool { return !isTopic(p.Topic) })
	ends, err := c.ends(ctx, next)
	if err != nil {
		return err
	}
	partitions := slices.SortedFunc(maps.Keys(next), func(x, y ingest.Partition) int {
		return cmp.Or(cmp.Compare(x.Topic, y.Topic), cmp.Compare(x.ID, y.ID))
	})
	fmt.Printf("%-44s %14s %14s %12s\n", "topic/partition", "lake's next", "log's end", "lag")
	for _, p := range partitions {
		end, lag := "-", "-"
		if n, known := ends[p]; known {
			end, lag = strconv.FormatInt(n, 10), strconv.FormatInt(n-next[p], 10)
		}
		fmt.Printf("%-44s %14d %14s %12s\n", fmt.Sprintf("%s/%d", p.Topic, p.ID), next[p], end, lag)
	}
	return nil
}

// isTopic tells topics of Kafka from files and replays, which Kafka's names cannot look like.
func isTopic(name string) bool { return !strings.Contains(name, ":") }

// ends asks the cluster for the ends of the topics in next, and adds their partitions that the lake has
// nothing of. Without brokers it knows none.
func (c *ingestStatusCommand) ends(ctx context.Context, next map[ingest.Partition]int64) (map[ingest.Partition]int64, error) {
	if len(c.Brokers) == 0 {
		return nil, nil
	}
	security, err := c.security()
	if err != nil {
		return nil, err
	}
	p, err := kafka.NewProducer(c.Brokers, security)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	wanted := map[string]bool{}
	for partition := range next {
		wanted[partition.Topic] = true
	}
	ends := map[ingest.Partition]int64{}
	for topic := range wanted {
		found, err := p.Ends(ctx, topic)
		if err != nil && !errors.Is(err, kafka.ErrNoTopic) {
			return nil, err
		}
		maps.Copy(ends, found)
	}
	for partition := range ends {
		next[partition] += 0
	}
	return ends, nil
}
