package kafka

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"phdp/ingest/kafka/kafkatest"
)

// Members come and go while records are written and while appends take long; a record is never lost and
// never twice.
func TestMembersJoinAndLeave(t *testing.T) {
	onEach(t, func(t *testing.T, cluster *kafkatest.Cluster) {
		topic, l := newTopic(t, cluster, 5), newLedger()
		l.delay = 150 * time.Millisecond
		cfg := Config{Brokers: cluster.Brokers(), Group: unique(t), Topics: []string{topic}}
		const records = 40_000
		var writing sync.WaitGroup
		writing.Go(func() {
			for range 8 {
				fill(t, cluster, topic, records/8)
				time.Sleep(700 * time.Millisecond)
			}
		})
		reading := func(members ...*member) {
			t.Helper()
			eventually(t, fmt.Sprintf("%d members with partitions", len(members)), func() bool {
				partitions := 0
				for _, m := range members {
					s := m.consumer.Status()
					if s.State != StateReading {
						return false
					}
					partitions += len(s.Partitions)
				}
				return partitions == 5
			})
		}
		a := join(t, cfg, l, 3000)
		reading(a)
		b := join(t, cfg, l, 3000)
		reading(a, b)
		c, d := join(t, cfg, l, 3000), join(t, cfg, l, 3000)
		reading(a, b, c, d)
		for _, m := range []*member{b, a} {
			if err := m.stop(); err != nil {
				t.Fatal(err)
			}
		}
		reading(c, d)
		writing.Wait()
		for _, m := range []*member{c, d} {
			if err := m.stop(); err != nil {
				t.Fatal(err)
			}
		}
		last := join(t, cfg, l, 1)
		eventually(t, "everything is read", func() bool { return l.records() >= records })
		if err := last.stop(); err != nil {
			t.Fatal(err)
		}
		l.want(t, ends(t, cluster, topic))
	})
}

// More members than partitions: the one that has none waits and does not disturb the others.
func TestMemberWithoutPartitionsWaits(t *testing.T) {
	onEach(t, func(t *testing.T, cluster *kafkatest.Cluster) {
		topic, l := newTopic(t, cluster, 1), newLedger()
		cfg := Config{Brokers: cluster.Brokers(), Group: unique(t), Topics: []string{topic}}
		a, b := join(t, cfg, l, 1), join(t, cfg, l, 1)
		states := func() string {
			return string(a.consumer.Status().State) + " " + string(b.consumer.Status().State)
		}
		settled := func() bool { s := states(); return s == "reading idle" || s == "idle reading" }
		eventually(t, "one reads and one is idle", settled)
		before := a.consumer.Status().Rebalances + b.consumer.Status().Rebalances
		time.Sleep(1500 * time.Millisecond)
		if now := a.consumer.Status().Rebalances + b.consumer.Status().Rebalances; !settled() || now > before+1 {
			t.Errorf("states %s and %d more assignments, want quiet", states(), now-before)
		}
		fill(t, cluster, topic, 100)
		eventually(t, "the one with the partition reads", func() bool { return l.records() == 100 })
		reads, waits := a, b
		if b.consumer.Status().State == StateReading {
			reads, waits = b, a
		}
		started := time.Now()
		if err := reads.stop(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the other takes over", func() bool { return waits.consumer.Status().State == StateReading })
		if took := time.Since(started); took > session-2*time.Second {
			t.Errorf("the other took over after %s: the first did not leave", took)
		}
	})
}

func TestNewPartitionsAreRead(t *testing.T) {
	onEach(t, func(t *testing.T, cluster *kafkatest.Cluster) {
		topic, l, out := newTopic(t, cluster, 2), newLedger(), &output{}
		fill(t, cluster, topic, 500)
		join(t, Config{Brokers: cluster.Brokers(), Group: unique(t), Topics: []string{topic}, Log: out.log()}, l, 1)
		eventually(t, "first records", func() bool { return l.records() == 500 })
		if err := cluster.AddPartitions(t.Context(), topic, 4); err != nil {
			t.Fatal(err)
		}
		fill(t, cluster, topic, 500)
		eventually(t, "records of the new partitions", func() bool { return l.records() == 1000 })
		l.want(t, ends(t, cluster, topic))
		if n := len(ends(t, cluster, topic)); n != 4 {
			t.Errorf("%d partitions, want 4", n)
		}
		wantLog(t, out, "number of partitions has changed")
	})
}

func TestMissingTopicIsWaitedForWhileTheOthersAreRead(t *testing.T) {
	onEach(t, func(t *testing.T, cluster *kafkatest.Cluster) {
		topic, late, l, out := newTopic(t, cluster, 1), unique(t)+"-late", newLedger(), &output{}
		fill(t, cluster, topic, 10)
		m := join(t, Config{Brokers: cluster.Brokers(), Group: unique(t), Topics: []string{late, topic}, Log: out.log()}, l, 1)
		eventually(t, "the topic that is there is read", func() bool { return l.records() == 10 })
		if s := m.consumer.Status(); len(s.Missing) != 1 || s.Missing[0] != late || s.Problem() == nil {
			t.Errorf("missing %v, problem %v; want the late topic", s.Missing, s.Problem())
		}
		wantLog(t, out, "topics do not exist")
		if err := cluster.CreateTopic(t.Context(), late, 1); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cluster.DeleteTopic(t.Context(), late) })
		fill(t, cluster, late, 5)
		eventually(t, "the late topic is read", func() bool { return l.records() == 15 })
		if s := m.consumer.Status(); s.Problem() != nil {
			t.Errorf("problem %v, want none", s.Problem())
		}
	})
}

// A topic that was deleted and made again while nobody read it is told by its identity, before a record of
// the new one is read.
func TestTopicReplacedBetweenTwoRuns(t *testing.T) {
	onEach(t, func(t *testing.T, cluster *kafkatest.Cluster) {
		topic, l := newTopic(t, cluster, 1), newLedger()
		fill(t, cluster, topic, 20)
		var mu sync.Mutex
		met := map[string]string{}
		cfg := Config{Brokers: cluster.Brokers(), Group: unique(t), Topics: []string{topic}, Met: func(topic, id string) error {
			mu.Lock()
			defer mu.Unlock()
			met[topic] = id
			return nil
		}}
		first := join(t, cfg, l, 1)
		eventually(t, "the topic is read", func() bool { return l.records() == 20 })
		if err := first.stop(); err != nil {
			t.Fatal(err)
		}
		if len(met) != 1 || met[topic] == "" {
			t.Fatalf("met %v, want the topic", met)
		}
		cfg.TopicIDs, cfg.Met = met, func(topic, _ string) error { return fmt.Errorf("met %s again", topic) }
		again := join(t, cfg, l, 1)
		eventually(t, "the same topic is read again", func() bool { return again.consumer.Status().State == StateReading })
		if err := again.stop(); err != nil {
			t.Fatal(err)
		}
		if err := cluster.DeleteTopic(t.Context(), topic); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the topic is made again", func() bool { return cluster.CreateTopic(t.Context(), topic, 1) == nil })
		fill(t, cluster, topic, 50)
		if err := join(t, cfg, l, 1).trouble(t); !errors.Is(err, ErrReplaced) || !strings.Contains(err.Error(), topic) {
			t.Errorf("run: %v, want ErrReplaced with the topic", err)
		}
		if l.records() != 20 {
			t.Errorf("%d records, want the 20 of the first topic", l.records())
		}
	})
}
