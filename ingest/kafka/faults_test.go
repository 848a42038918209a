package kafka

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"phdp/ingest/kafka/kafkatest"
)

// writing produces until it is stopped; what it has written is acknowledged by all copies.
func writing(t *testing.T, c *kafkatest.Cluster, topic string) (written *atomic.Int64, stop func()) {
	t.Helper()
	p, err := NewProducer(c.Brokers(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Prepare(t.Context(), topic, 1); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	written = &atomic.Int64{}
	go func() {
		for i := 0; ctx.Err() == nil; i++ {
			if err := p.Produce(t.Context(), topic, fmt.Appendf(nil, "k%d", i%97), fmt.Appendf(nil, "v%d", i), nil); err != nil {
				ended <- err
				return
			}
			written.Add(1)
			if i%50 == 0 {
				time.Sleep(5 * time.Millisecond)
			}
		}
		ended <- p.Flush(t.Context())
	}()
	return written, func() {
		t.Helper()
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		p.Close()
	}
}

func TestLeaderChange(t *testing.T) {
	cluster := kafkatest.Start(t, kafkatest.Options{Nodes: 3, Faults: true})
	topic, l := newTopic(t, cluster, 3), newLedger()
	written, stop := writing(t, cluster, topic)
	m := join(t, Config{Brokers: cluster.Brokers(), Group: unique(t), Topics: []string{topic}}, l, 500)
	eventually(t, "records are read", func() bool { return l.records() > 1000 })
	faults := []struct {
		name string
		end  func(int)
	}{{"kill -9", cluster.KillNode}, {"stop in order", cluster.StopNode}}
	for i, fault := range faults {
		leader, err := cluster.Leader(t.Context(), topic, 0)
		if err != nil {
			t.Fatal(err)
		}
		fault.end(leader)
		before := l.records()
		eventually(t, "another leader is read after "+fault.name, func() bool {
			now, err := cluster.Leader(t.Context(), topic, 0)
			return err == nil && now != leader && l.records() > before+2000
		})
		if i == len(faults)-1 {
			break // two nodes are enough for the rest
		}
		if err := cluster.StartNode(t.Context(), leader); err != nil {
			t.Fatal(err)
		}
		for p := range 3 {
			if err := cluster.AwaitInSync(t.Context(), topic, p); err != nil {
				t.Fatal(err)
			}
		}
	}
	stop()
	eventually(t, "everything is read", func() bool { return m.position() >= written.Load() })
	if err := m.stop(); err != nil {
		t.Fatal(err)
	}
	l.want(t, ends(t, cluster, topic))
}

func TestBrokerRestart(t *testing.T) {
	cluster := oneNode.cluster(t)
	topic, l, out := newTopic(t, cluster, 3), newLedger(), &output{}
	written, stop := writing(t, cluster, topic)
	m := join(t, Config{Brokers: cluster.Brokers(), Group: unique(t), Topics: []string{topic}, Log: out.log()}, l, 500)
	eventually(t, "records are read", func() bool { return l.records() > 1000 })
	cluster.KillNode(0)
	eventually(t, "the status says so", func() bool { return m.consumer.Status().Problem() != nil })
	if err := cluster.StartNode(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	before := l.records()
	eventually(t, "records are read again", func() bool { return l.records() > before+1000 && m.consumer.Status().Problem() == nil })
	stop()
	eventually(t, "everything is read", func() bool { return m.position() >= written.Load() })
	if err := m.stop(); err != nil {
		t.Fatal(err)
	}
	l.want(t, ends(t, cluster, topic))
}
