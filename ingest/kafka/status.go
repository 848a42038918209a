package kafka

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"phdp/ingest"
)

// State says where a consumer stands as a member of its group.
type State string

// The states of a consumer.
const (
	StateConnecting State = "connecting" // not in the group; Err says why if it takes long
	StateIdle       State = "idle"       // in the group, but others have all partitions
	StateReading    State = "reading"    // in the group with partitions
)

// Status is what a consumer does at one moment.
type Status struct {
	State      State
	Err        error    // why the group could not be joined, nil when it was
	Missing    []string // topics that do not exist; they are waited for
	Rebalances int64    // assignments so far
	Partitions []PartitionStatus
}

// PartitionStatus is one partition that this consumer reads.
type PartitionStatus struct {
	ingest.Partition
	Position      int64     // the next offset that the reader hands out, -1 when not known yet
	LogStart      int64     // the oldest offset that Kafka holds; near Position, retention is about to win
	HighWatermark int64     // the end of the log when it was last asked
	Stable        int64     // where open transactions hold up reading; else HighWatermark
	Progress      time.Time // when records were last read, or the end of the log was seen
	Err           error     // the trouble since the last success, nil when there is none
	Reopened      int       // how often a silent connection was made anew
}

// Lag is the number of offsets between the reader and the end of the log; 0 while that is not known.
func (p PartitionStatus) Lag() int64 {
	if p.Position < 0 {
		return 0
	}
	return max(0, p.HighWatermark-p.Position)
}

// Problem returns what keeps records from being read, nil when nothing does.
func (s Status) Problem() error {
	if s.Err != nil {
		return s.Err
	}
	if len(s.Missing) > 0 {
		return fmt.Errorf("%w: %s", ErrNoTopic, strings.Join(s.Missing, ", "))
	}
	for _, p := range s.Partitions {
		if p.Err != nil {
			return p.Err
		}
	}
	return nil
}

// board holds the status of a consumer while its readers write to it.
type board struct {
	mu     sync.Mutex
	status Status
	marks  map[ingest.Partition]*PartitionStatus
}

func (b *board) change(f func(*Status)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(&b.status)
}

// assigned starts over with the partitions of a new generation.
func (b *board) assigned(partitions []ingest.Partition) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status.State, b.status.Err = StateReading, nil
	if len(partitions) == 0 {
		b.status.State = StateIdle
	}
	b.status.Rebalances++
	b.marks = map[ingest.Partition]*PartitionStatus{}
	for _, p := range partitions {
		b.marks[p] = &PartitionStatus{Partition: p, Position: -1, Progress: time.Now()}
	}
}

// released forgets the partitions of a generation that has ended.
func (b *board) released() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status.State, b.marks = StateConnecting, nil
}

// mark changes the status of one partition; it does nothing when the partition is no longer assigned.
func (b *board) mark(p ingest.Partition, f func(*PartitionStatus)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if m := b.marks[p]; m != nil {
		f(m)
	}
}

func (b *board) snapshot() Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.status
	s.Missing = slices.Clone(s.Missing)
	for _, m := range b.marks {
		s.Partitions = append(s.Partitions, *m)
	}
	slices.SortFunc(s.Partitions, func(a, b PartitionStatus) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.ID, b.ID))
	})
	return s
}
