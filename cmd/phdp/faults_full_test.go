//go:build faults

package main

import (
	"fmt"
	"testing"
	"time"

	"phdp/ingest/kafka/kafkatest"
)

// TestFaults is the campaign of .ci/faults: more than a hundred kills over two million records.
func TestFaults(t *testing.T) {
	const records, kills = 2_000_000, 100
	for _, nodes := range []int{3, 1} {
		t.Run(fmt.Sprint(nodes, " nodes"), func(t *testing.T) {
			c := &campaign{t: t, cluster: kafkatest.Start(t, kafkatest.Options{Nodes: nodes, Faults: true}),
				records: records, kills: kills, killers: 3, members: 2, brokers: 20 * time.Second}
			if nodes == 1 {
				c.records, c.kills = records/5, kills/5
			}
			c.run()
		})
	}
}
