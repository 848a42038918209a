//go:build faults

package main

import (
	"fmt"
	"testing"
	"time"

	"phdp/ingest/kafka/kafkatest"
)

// TestFaults is the campaign of .ci/faults: more than a hundred kills over two million records on Apache
// Kafka of three nodes, fewer on one node and on the embedded broker. Up to four members of one group come,
// go and freeze beside processes that own everything and are killed.
func TestFaults(t *testing.T) {
	const records, kills = 2_000_000, 100
	for _, nodes := range []int{3, 1, 0} {
		t.Run(fmt.Sprint(nodes, " nodes"), func(t *testing.T) {
			c := &campaign{t: t, name: "Apache Kafka", records: records, kills: kills, killers: 3, members: 4, brokers: 20 * time.Second}
			if nodes < 3 {
				c.records, c.kills, c.killers = records/5, kills/5, 2
			}
			if nodes == 0 {
				c.name, c.cluster = "embedded", startEmbeddedNode(t)
			} else {
				c.cluster = kafkatest.Start(t, kafkatest.Options{Nodes: nodes, Faults: true})
			}
			c.run()
		})
	}
}
