package kafka

import (
	"crypto/rand"
	"errors"
	"fmt"
	"syscall"

	"github.com/twmb/franz-go/pkg/kfake"
)

// Embedded is a broker inside this process that speaks Kafka's protocol and keeps its topics in a
// folder. It is for trials and tests: one node, no replication.
type Embedded struct {
	cluster *kfake.Cluster
}

// StartEmbedded starts a broker on 127.0.0.1:port (0 = any free port) with its data in dir.
func StartEmbedded(dir string, port int) (*Embedded, error) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.Ports(port), kfake.DataDir(dir),
		kfake.ClusterID("embedded-"+rand.Text())) // of a new folder; one that is there keeps its own
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("start embedded broker: port %d is taken; choose another with --broker-port or 0 for any free one", port)
	}
	if err != nil {
		return nil, fmt.Errorf("start embedded broker in %s: %w", dir, err)
	}
	return &Embedded{cluster: cluster}, nil
}

// Brokers returns the addresses to connect to.
func (e *Embedded) Brokers() []string { return e.cluster.ListenAddrs() }

// Close writes the state and stops the broker.
func (e *Embedded) Close() { e.cluster.Close() }
