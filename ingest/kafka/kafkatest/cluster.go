// Package kafkatest starts a real Apache Kafka cluster for tests: one or more nodes in KRaft mode on
// loopback, each its own java process with its own folder, optionally with TLS, SASL and ACLs. Nodes can
// be stopped, killed and started again. The jars come from the script fetch in this folder; where they or
// java are missing, tests are skipped with the reason. Nothing is left behind when the tests end or die.
package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// existing names a cluster that is used instead of one of our own: host:port, comma separated.
const existing = "PHDP_TEST_BROKERS"

// Options say what cluster a test needs. With Secure there are two more listeners: SASL_SSL for the
// users (PLAIN and both SCRAMs), SSL with a client certificate; and ACLs, which allow nothing to anybody
// but the plain listener's anonymous user and the client certificate's.
type Options struct {
	Nodes  int // default 1
	Secure bool
	Users  map[string]string // name → password
	Faults bool              // the test stops nodes or needs a cluster that nobody else uses
	HeapMB int               // of each node, default 320
}

// Cluster is a running cluster.
type Cluster struct {
	options Options
	dir     string
	nodes   []*node
	certs   *certificates
	admin   *kgo.Client
	brokers []string
}

// Start starts a cluster for one test and stops it at the test's end. It skips the test where no cluster
// can be had.
func Start(t testing.TB, o Options) *Cluster {
	t.Helper()
	c, err := Launch(o)
	if errors.Is(err, ErrUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// Launch starts a cluster for several tests, say from TestMain; the caller must Close it. ErrUnavailable
// says why this machine can not have one.
func Launch(o Options) (*Cluster, error) {
	o.Nodes, o.HeapMB = max(o.Nodes, 1), max(o.HeapMB, 320)
	if brokers := os.Getenv(existing); brokers != "" {
		return connectExisting(o, strings.Split(brokers, ","))
	}
	java, classpath, err := installation()
	if err != nil {
		return nil, err
	}
	c := &Cluster{options: o}
	sweep(os.TempDir())
	if c.dir, err = os.MkdirTemp("", fmt.Sprintf("%s%d-", prefix, os.Getpid())); err != nil {
		return nil, fmt.Errorf("start Kafka: %w", err)
	}
	if o.Secure {
		if c.certs, err = makeCertificates(filepath.Join(c.dir, "tls")); err != nil {
			return nil, errors.Join(err, os.RemoveAll(c.dir))
		}
	}
	if err := c.start(java, classpath); err != nil {
		log := c.logs()
		c.Close()
		return nil, fmt.Errorf("start Kafka: %w\n%s", err, log)
	}
	return c, nil
}

func connectExisting(o Options, brokers []string) (*Cluster, error) {
	if o.Nodes > 1 || o.Secure || o.Faults {
		return nil, fmt.Errorf("%w: the test needs a cluster of its own and %s is set", ErrUnavailable, existing)
	}
	return Attach(brokers)
}

// Attach gives this package's requests (CreateTopic and so on) for a cluster that somebody else runs.
func Attach(brokers []string) (*Cluster, error) {
	c := &Cluster{brokers: brokers}
	if err := c.connect(); err != nil {
		return nil, fmt.Errorf("connect to brokers %s: %w", strings.Join(brokers, ","), err)
	}
	return c, nil
}

func (c *Cluster) start(java, classpath string) error {
	ports, err := freePorts(4 * c.options.Nodes)
	if err != nil {
		return err
	}
	for i := range c.options.Nodes {
		c.nodes = append(c.nodes, &node{
			id: i + 1, dir: filepath.Join(c.dir, strconv.Itoa(i+1)), java: java, classpath: classpath, heapMB: c.options.HeapMB,
			plain: ports[4*i], controller: ports[4*i+1], sasl: ports[4*i+2], mutual: ports[4*i+3],
		})
	}
	for _, n := range c.nodes {
		c.brokers = append(c.brokers, local(n.plain))
		if err := n.prepare(c); err != nil {
			return err
		}
		if err := n.start(); err != nil {
			return err
		}
	}
	if err := c.connect(); err != nil {
		return err
	}
	return c.addUsers()
}

func (c *Cluster) connect() error {
	var err error
	if c.admin, err = kgo.NewClient(kgo.SeedBrokers(c.brokers...), kgo.MetadataMinAge(50*time.Millisecond)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return c.awaitNodes(ctx, len(c.nodes))
}

// Brokers are the addresses without security.
func (c *Cluster) Brokers() []string { return c.brokers }

// SASLBrokers are the addresses that want TLS and a user, when the cluster is Secure.
func (c *Cluster) SASLBrokers() []string { return c.addresses(func(n *node) int { return n.sasl }) }

// MutualBrokers are the addresses that want TLS and a client certificate, when the cluster is Secure.
func (c *Cluster) MutualBrokers() []string { return c.addresses(func(n *node) int { return n.mutual }) }

func (c *Cluster) addresses(port func(*node) int) []string {
	var all []string
	for _, n := range c.nodes {
		all = append(all, local(port(n)))
	}
	return all
}

// StopNode ends node i (from 0) in order: it hands its partitions over first.
func (c *Cluster) StopNode(i int) { c.nodes[i].stop(syscall.SIGTERM) }

// KillNode ends node i with kill -9.
func (c *Cluster) KillNode(i int) { c.nodes[i].stop(syscall.SIGKILL) }

// StartNode starts a stopped node i again, on its old ports and data, and waits until the cluster has
// all its running nodes.
func (c *Cluster) StartNode(ctx context.Context, i int) error {
	if err := c.nodes[i].start(); err != nil {
		return err
	}
	running := 0
	for _, n := range c.nodes {
		if n.running() {
			running++
		}
	}
	return c.awaitNodes(ctx, running)
}

// Close kills all nodes and removes their data.
func (c *Cluster) Close() {
	if c.admin != nil {
		c.admin.Close()
	}
	for _, n := range c.nodes {
		n.stop(syscall.SIGKILL)
	}
	if c.dir != "" {
		_ = os.RemoveAll(c.dir) // the next run sweeps what could not be removed
	}
}

// logs returns the last lines of each node's output, for the error of a start that failed.
func (c *Cluster) logs() string {
	var all strings.Builder
	for _, n := range c.nodes {
		out, _ := os.ReadFile(n.logFile())
		fmt.Fprintf(&all, "node %d: …%s\n", n.id, out[max(0, len(out)-2000):])
	}
	return all.String()
}

func local(port int) string { return "127.0.0.1:" + strconv.Itoa(port) }
