package kafka

import (
	"testing"
	"time"

	"phdp/ingest/kafka/kafkatest"
)

// A topic that is made keeps its records as long as it is told; one that is there says how long it does.
func TestTopicKeepsItsRecords(t *testing.T) {
	onEach(t, func(t *testing.T, cluster *kafkatest.Cluster) {
		p, err := NewProducer(cluster.Brokers(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		cases := []struct {
			name       string
			keep, then time.Duration
		}{
			{"for a time", 30 * 24 * time.Hour, 0},
			{"for ever", 0, time.Hour},
		}
		for _, c := range cases {
			topic := unique(t)
			t.Cleanup(func() { _ = cluster.DeleteTopic(t.Context(), topic) })
			for _, asked := range []time.Duration{c.keep, c.then} {
				if kept, err := p.PrepareKept(t.Context(), topic, 1, asked); err != nil || kept != c.keep {
					t.Errorf("%s: asked for %v, kept for %v, %v; want %v", c.name, asked, kept, err, c.keep)
				}
			}
		}
	})
}
