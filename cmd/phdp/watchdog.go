package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"phdp/ingest"
	"phdp/ingest/kafka"
)

const (
	stallAfter  = 5 * time.Minute // without a record read, although there are some
	watchdogGap = 15 * time.Second
)

// watchdog notices what no error tells: a partition that has records and is not read, and a topic to which
// nobody writes any more.
type watchdog struct {
	silentAfter time.Duration // 0 for never

	mu     sync.Mutex
	stalls map[ingest.Partition]stall
	newest map[string]time.Time // by topic: its last sign of life
	mute   map[string]time.Time // topics that are silent, and since when
}

// stall is where a partition stands and since when.
type stall struct {
	position int64
	since    time.Time
	isStuck  bool
}

func newWatchdog(silentAfter time.Duration) *watchdog {
	return &watchdog{silentAfter: silentAfter, stalls: map[ingest.Partition]stall{}, newest: map[string]time.Time{}, mute: map[string]time.Time{}}
}

// committed notes the newest records of topics.
func (d *watchdog) committed(newest map[string]time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for topic, at := range newest {
		if at.After(d.newest[topic]) {
			d.newest[topic] = at
		}
	}
}

// look compares with the last look and returns what is news, as sentences. A topic has a sign of life when
// it is first seen, since this process knows nothing of the time before.
func (d *watchdog) look(partitions []kafka.PartitionStatus, isPaused bool, now time.Time) (news []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	stalls := map[ingest.Partition]stall{}
	topics := map[string]bool{}
	for _, p := range partitions {
		if topics[p.Topic] = true; d.newest[p.Topic].IsZero() {
			d.newest[p.Topic] = now
		}
		s, known := d.stalls[p.Partition]
		if !known || isPaused || p.Lag() == 0 || p.Position != s.position {
			s = stall{position: p.Position, since: now}
		}
		if !s.isStuck && now.Sub(s.since) >= stallAfter {
			s.isStuck = true
			news = append(news, fmt.Sprintf("partition %s/%d has %d records to read and stands at %d", p.Topic, p.ID, p.Lag(), p.Position))
		}
		stalls[p.Partition] = s
	}
	d.stalls = stalls
	for topic := range topics {
		since := d.newest[topic]
		isMute := d.silentAfter > 0 && !isPaused && now.Sub(since) >= d.silentAfter
		if _, was := d.mute[topic]; isMute && !was {
			news = append(news, fmt.Sprintf("topic %s has had no new record since %s", topic, since.UTC().Format(time.RFC3339)))
		}
		if delete(d.mute, topic); isMute {
			d.mute[topic] = since
		}
	}
	maps.DeleteFunc(d.mute, func(topic string, _ time.Time) bool { return !topics[topic] }) // another member's now
	return news
}

// stalledPartitions are those that have records and are not read.
func (d *watchdog) stalledPartitions() (names []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for p, s := range d.stalls {
		if s.isStuck {
			names = append(names, fmt.Sprintf("%s/%d", p.Topic, p.ID))
		}
	}
	slices.Sort(names)
	return names
}

// stalled is an error when there is one.
func (d *watchdog) stalled() error {
	if names := d.stalledPartitions(); len(names) > 0 {
		return fmt.Errorf("not read for %s although there are records: %s", stallAfter, strings.Join(names, ", "))
	}
	return nil
}

// silent tells of each silent topic in a sentence.
func (d *watchdog) silent() (sentences []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for topic, since := range d.mute {
		sentences = append(sentences, fmt.Sprintf("topic %s is silent: no new record since %s", topic, since.UTC().Format(time.RFC3339)))
	}
	slices.Sort(sentences)
	return sentences
}

// watchdog looks until ctx ends and logs what is news.
func (i *ingestion) watchdog(ctx context.Context) error {
	for sleep(ctx, watchdogGap) {
		for _, news := range i.dog.look(i.consumer.Status().Partitions, i.app.isPaused(), time.Now()) {
			i.app.log.Warn("ingest watchdog: " + news)
		}
	}
	return nil
}
