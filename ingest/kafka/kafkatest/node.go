package kafkatest

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// stopTimeout is how long a node may take to stop in order before it is killed.
const stopTimeout = 20 * time.Second

// clusterID is the same for all clusters: they never meet.
const clusterID = "cGhkcC10ZXN0LWNsdXN0ZQ"

// node is one java process: broker and controller.
type node struct {
	id                              int
	dir, java, classpath            string
	heapMB                          int
	plain, controller, sasl, mutual int // ports
	process                         *os.Process
	gone                            chan struct{} // closed when the process has ended
	wanted                          bool          // was started and not stopped
}

func (n *node) logFile() string { return filepath.Join(n.dir, "output.log") }

// prepare writes the configuration and formats the storage: the one file that Kafka's own tool writes
// for a cluster with a fixed quorum.
func (n *node) prepare(c *Cluster) error {
	data := filepath.Join(n.dir, "data")
	if err := os.MkdirAll(data, 0o755); err != nil {
		return err
	}
	meta := fmt.Sprintf("version=1\ncluster.id=%s\nnode.id=%d\ndirectory.id=%s\n", clusterID, n.id, randomID())
	if err := os.WriteFile(filepath.Join(data, "meta.properties"), []byte(meta), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(n.dir, "server.properties"), []byte(n.properties(c)), 0o600)
}

func (n *node) properties(c *Cluster) string {
	var quorum []string
	for _, peer := range c.nodes {
		quorum = append(quorum, fmt.Sprintf("%d@%s", peer.id, local(peer.controller)))
	}
	listeners := "PLAIN://" + local(n.plain)
	if c.options.Secure {
		listeners += ",SASL://" + local(n.sasl) + ",MUTUAL://" + local(n.mutual)
	}
	copies := min(3, len(c.nodes))
	lines := []string{
		"process.roles=broker,controller",
		fmt.Sprintf("node.id=%d", n.id),
		"controller.quorum.voters=" + strings.Join(quorum, ","),
		"listeners=" + listeners + ",CONTROLLER://" + local(n.controller),
		"advertised.listeners=" + listeners,
		"listener.security.protocol.map=PLAIN:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_SSL,MUTUAL:SSL",
		"controller.listener.names=CONTROLLER",
		"inter.broker.listener.name=PLAIN",
		"log.dirs=" + filepath.Join(n.dir, "data"),
		fmt.Sprintf("default.replication.factor=%d", copies),
		fmt.Sprintf("min.insync.replicas=%d", (copies+1)/2),
		fmt.Sprintf("offsets.topic.replication.factor=%d", copies),
		fmt.Sprintf("transaction.state.log.replication.factor=%d", copies),
		fmt.Sprintf("transaction.state.log.min.isr=%d", (copies+1)/2),
		"offsets.topic.num.partitions=4",
		"transaction.state.log.num.partitions=2",
		"auto.create.topics.enable=false",
		"group.initial.rebalance.delay.ms=0",
		"group.min.session.timeout.ms=1000",
		"broker.heartbeat.interval.ms=500",
		"broker.session.timeout.ms=4000",
		"log.index.size.max.bytes=1048576",
		"log.retention.check.interval.ms=600000",
		"num.network.threads=2",
		"num.io.threads=4",
	}
	if c.options.Secure {
		lines = append(lines, c.security()...)
	}
	return strings.Join(lines, "\n") + "\n"
}

// start runs the node. The goroutine keeps its thread until the process has ended, because the kernel
// ties Pdeathsig to the thread that started the child.
func (n *node) start() error {
	if n.running() {
		return fmt.Errorf("node %d runs already", n.id)
	}
	log, err := os.OpenFile(n.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	cmd := exec.Command(n.java, fmt.Sprintf("-Xmx%dm", n.heapMB), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
		"-Dorg.slf4j.simpleLogger.showDateTime=true", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
		"-cp", n.classpath, "kafka.Kafka", filepath.Join(n.dir, "server.properties"))
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	gone := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer log.Close()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended does not matter, the log says it
		}
		close(gone)
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start java: %w", err)
	}
	n.process, n.gone, n.wanted = cmd.Process, gone, true
	return nil
}

func (n *node) running() bool {
	if n.process == nil {
		return false
	}
	select {
	case <-n.gone:
		return false
	default:
		return true
	}
}

// stop sends the signal and waits until the process has ended; one that does not is killed.
func (n *node) stop(signal syscall.Signal) {
	n.wanted = false
	if !n.running() {
		return
	}
	_ = syscall.Kill(-n.process.Pid, signal) // the group; it may have ended just now
	select {
	case <-n.gone:
	case <-time.After(stopTimeout):
		_ = syscall.Kill(-n.process.Pid, syscall.SIGKILL)
		<-n.gone
	}
}

func randomID() string {
	id := make([]byte, 16)
	rand.Read(id)
	return base64.RawURLEncoding.EncodeToString(id)
}
