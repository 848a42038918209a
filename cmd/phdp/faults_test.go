package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"phdp/ingest"
	"phdp/ingest/kafka"
	"phdp/ingest/kafka/kafkatest"
	"phdp/transform/lake"
)

// brokers are a cluster whose nodes can be killed and started again: Apache Kafka's or the embedded one.
type brokers interface {
	Brokers() []string
	KillNode(id int)
	StopNode(id int)
	StartNode(ctx context.Context, id int) error
}

// A campaign feeds a real Kafka while processes of phdp ingest on one lake are killed, stopped, frozen
// and joined by others, and brokers are killed and restarted. Afterwards the lake must hold every record
// of the log once.
type campaign struct {
	t          *testing.T
	name       string // of the kind of cluster, for the report
	cluster    brokers
	brokerList []string
	dir        string
	records    int // to produce, in step with the kills
	kills      int64
	killers    int // processes at a time that are killed, each in a group of its own: several owners of every partition
	members    int // processes at a time in one group that join, leave and freeze
	brokers    time.Duration
	flags      []string // of every phdp ingest
	broken     int64
	repeated   int64
	faults     struct{ kills, leaves, freezes, brokers, exits atomic.Int64 }
	samples    atomic.Int64
	backward   atomic.Int64
	group      atomic.Int64
	slowest    atomic.Int64 // end in order, in milliseconds
	lost       int64
	twice      int64
}

func TestFaultsSmoke(t *testing.T) {
	t.Run("kafka", func(t *testing.T) {
		c := &campaign{t: t, name: "Apache Kafka", cluster: kafkatest.Start(t, kafkatest.Options{Faults: true}),
			records: 40_000, kills: 4, killers: 2, members: 1, brokers: 6 * time.Second}
		c.run()
	})
	t.Run("embedded", func(t *testing.T) {
		c := &campaign{t: t, name: "embedded", cluster: startEmbeddedNode(t), records: 20_000, kills: 2, killers: 1, members: 2, brokers: 6 * time.Second}
		c.run()
	})
}

// embeddedNode is the embedded broker as a cluster of one node. It runs in the test's process, so killing
// it is stopping it; the address and what it holds stay.
type embeddedNode struct {
	dir    string
	port   int
	addr   []string
	broker *kafka.Embedded
}

func startEmbeddedNode(t *testing.T) *embeddedNode {
	t.Helper()
	n := &embeddedNode{dir: t.TempDir()}
	if err := n.StartNode(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	n.addr = n.broker.Brokers()
	_, port, err := net.SplitHostPort(n.addr[0])
	if err != nil {
		t.Fatal(err)
	}
	if n.port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.broker.Close() })
	return n
}

func (n *embeddedNode) Brokers() []string { return n.addr }
func (n *embeddedNode) KillNode(int)      { n.broker.Close() }
func (n *embeddedNode) StopNode(int)      { n.broker.Close() }

func (n *embeddedNode) StartNode(_ context.Context, _ int) (err error) {
	n.broker, err = kafka.StartEmbedded(n.dir, n.port)
	return err
}

const faultTopic = "phdp.chats"

func (c *campaign) run() {
	t := c.t
	started := time.Now()
	c.dir, c.brokerList = t.TempDir(), c.cluster.Brokers()
	producer, err := kafka.NewProducer(c.cluster.Brokers(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	if err := producer.Prepare(t.Context(), faultTopic, 4); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var background, processes sync.WaitGroup
	background.Go(func() { c.sample(ctx) })
	background.Go(func() { c.troubleBrokers(ctx) })
	for range c.killers {
		processes.Go(func() { c.kill() })
	}
	for range c.members {
		processes.Go(func() { c.joinAndLeave() })
	}
	c.produce(producer)
	processes.Wait()
	stop()
	background.Wait()
	ends, err := producer.Ends(t.Context(), faultTopic)
	if err != nil {
		t.Fatal(err)
	}
	c.drain(ends)
	c.verify(ends, producer.Acked())
	if _, errs, code := phdp(t, "lake", "compact", "--all", "--min-files", "2", "--data-dir", c.dir); code != 0 {
		t.Errorf("compact: %s", errs)
	}
	c.verify(ends, producer.Acked())
	c.report(time.Since(started))
}

// done is whether enough was killed.
func (c *campaign) done() bool { return c.faults.kills.Load() >= c.kills || c.t.Failed() }

// produce keeps in step with the kills, so that they are spread over all records.
func (c *campaign) produce(p *kafka.Producer) {
	random := rand.New(rand.NewPCG(5, 6))
	var last []byte
	for i := range c.records {
		for !c.done() && int64(i) > (c.faults.kills.Load()+1)*int64(c.records)/(c.kills+1) {
			time.Sleep(20 * time.Millisecond)
		}
		value := c.record(random, i)
		if random.IntN(50) == 0 && last != nil {
			value, c.repeated = last, c.repeated+1
		} else if !strings.HasSuffix(string(value), `"}`) || strings.Contains(string(value), `"2999-`) {
			c.broken++
		} else {
			last = value
		}
		if err := p.Produce(c.t.Context(), faultTopic, fmt.Appendf(nil, "wm%d", i%977), value, nil); err != nil {
			c.t.Errorf("produce: %v", err)
			return
		}
	}
	if err := p.Flush(c.t.Context()); err != nil {
		c.t.Errorf("produce: %v", err)
	}
}

// record makes a small chat; one in a hundred is cut off, one in five hundred lies far in the future, and
// the times are out of order over three days.
func (c *campaign) record(random *rand.Rand, i int) []byte {
	at := time.Now().Add(-time.Duration(random.IntN(72*3600)) * time.Second).UTC().Format(time.RFC3339)
	if random.IntN(500) == 0 {
		at = "2999-01-01T00:00:00Z"
	}
	value := fmt.Appendf(nil, `{"v":1,"event_id":"f%d","type":"chat.message","at":%q,"patient":{"kind":"wecom","id":"wm%d"},"speaker":"patient","text":"今天头晕 %x"}`,
		i, at, i%977, random.Uint64())
	if random.IntN(100) == 0 {
		return value[:len(value)/2]
	}
	return value
}

func (c *campaign) start(group string, flags ...string) *process {
	args := []string{"ingest", "--data-dir", c.dir, "--brokers", strings.Join(c.brokerList, ","),
		"--group", group, "--topic", faultTopic + "=canonical", "--log-level", "info"}
	return start(c.t, append(append(args, c.flags...), flags...)...)
}

// kill starts a process that owns all partitions, as others do at the same time, and kills it.
func (c *campaign) kill() {
	for !c.done() {
		p := c.start(fmt.Sprint("alone-", c.group.Add(1)))
		time.Sleep(between(time.Second, 9*time.Second))
		if c.ended(p) {
			continue
		}
		p.stop(c.t, syscall.SIGKILL)
		c.faults.kills.Add(1)
	}
}

// joinAndLeave is a member of the one group for a while, with large flushes; some leave in order, some freeze long enough to
// lose their partitions, and then commit what they have as stale owners.
func (c *campaign) joinAndLeave() {
	for !c.done() {
		p := c.start("together", "--flush-age", "8s", "--flush-bytes", "64MB")
		time.Sleep(between(4*time.Second, 15*time.Second))
		if rand.IntN(4) == 0 && !c.ended(p) {
			_ = p.cmd.Process.Signal(syscall.SIGSTOP)
			time.Sleep(13 * time.Second)
			_ = p.cmd.Process.Signal(syscall.SIGCONT)
			c.faults.freezes.Add(1)
			time.Sleep(3 * time.Second)
		}
		if c.ended(p) {
			continue
		}
		asked := time.Now()
		code := p.stop(c.t, syscall.SIGTERM)
		if took := time.Since(asked).Milliseconds(); took > c.slowest.Load() {
			c.slowest.Store(took) // a race with another member loses a number of the report at most
		}
		if code != 0 && !p.neverConnected() {
			c.t.Errorf("phdp ingest left with exit code %d:\n%s", code, tail(p.output()))
		}
		c.faults.leaves.Add(1)
	}
}

// neverConnected says that a process gave up because its only broker was down as it began.
func (p *process) neverConnected() bool {
	return strings.Contains(p.output(), "phdp: connect to Kafka at")
}

// ended is whether a process has ended by itself, which none should that has once been connected.
func (c *campaign) ended(p *process) bool {
	var status syscall.WaitStatus
	pid, err := syscall.Wait4(p.cmd.Process.Pid, &status, syscall.WNOHANG, nil)
	if err != nil || pid == 0 {
		return false
	}
	c.faults.exits.Add(1)
	if p.neverConnected() {
		return true // it was started while its broker was down, and says so
	}
	c.t.Errorf("phdp ingest ended by itself with exit code %d:\n%s", status.ExitStatus(), tail(p.output()))
	return true
}

func tail(text string) string { return text[max(0, len(text)-1500):] }

func between(least, most time.Duration) time.Duration { return least + rand.N(most-least) }

// troubleBrokers kills or stops a broker at a time and starts it again; partitions change their leader.
func (c *campaign) troubleBrokers(ctx context.Context) {
	for try := 0; ; try++ {
		select {
		case <-ctx.Done():
			return
		case <-time.After(c.brokers):
		}
		node := try % len(c.brokerList)
		if try%2 == 0 {
			c.cluster.KillNode(node)
		} else {
			c.cluster.StopNode(node)
		}
		c.faults.brokers.Add(1)
		time.Sleep(between(time.Second, 4*time.Second))
		patience, cancel := context.WithTimeout(context.Background(), time.Minute)
		err := c.cluster.StartNode(patience, node)
		cancel()
		if err != nil {
			c.t.Errorf("start node %d again: %v", node, err)
			return
		}
	}
}

// sample looks at the lake's offsets all the time: none may ever go back.
func (c *campaign) sample(ctx context.Context) {
	l, err := lake.Open(context.Background(), lake.Config{Dir: filepath.Join(c.dir, "lake"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		c.t.Error(err)
		return
	}
	defer l.Close()
	high := map[ingest.Partition]int64{}
	for ctx.Err() == nil {
		now, err := l.Offsets(context.Background())
		if err != nil {
			c.t.Errorf("offsets: %v", err)
			return
		}
		c.samples.Add(1)
		for p, before := range high {
			if now[p] < before {
				c.backward.Add(1)
				c.t.Errorf("%s/%d went back from %d to %d", p.Topic, p.ID, before, now[p])
			}
		}
		high = now
		time.Sleep(200 * time.Millisecond)
	}
}

// drain reads what is left with one process that nobody disturbs.
func (c *campaign) drain(ends map[ingest.Partition]int64) {
	l, err := lake.Open(c.t.Context(), lake.Config{Dir: filepath.Join(c.dir, "lake"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		c.t.Fatal(err)
	}
	defer l.Close()
	p := c.start("last")
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		now, err := l.Offsets(c.t.Context())
		if err != nil {
			c.t.Fatal(err)
		}
		behind := int64(0)
		for p, end := range ends {
			behind += end - now[p]
		}
		if behind == 0 {
			p.stop(c.t, syscall.SIGTERM)
			return
		}
	}
	c.t.Fatalf("the lake does not catch up:\n%s", tail(p.output()))
}

var verified = regexp.MustCompile(`(?m)^(\S+)/(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)$`)

// verify compares phdp lake verify with what the brokers hold, and the numbers of rows with what was produced.
func (c *campaign) verify(ends map[ingest.Partition]int64, acked int64) {
	c.t.Helper()
	out, errs, code := phdp(c.t, "lake", "verify", "--data-dir", c.dir)
	if code != 0 {
		c.t.Errorf("lake verify: %s%s", out, errs)
	}
	var held int64
	for _, m := range verified.FindAllStringSubmatch(out, -1) {
		var n [6]int64
		for i := range n {
			n[i], _ = strconv.ParseInt(m[i+2], 10, 64) // digits
		}
		end := ends[ingest.Partition{Topic: m[1], ID: int32(n[0])}]
		if n[1] != 0 || n[2] != end || n[3] != end || n[4] != 0 || n[5] != 0 {
			c.t.Errorf("%s/%d: first, next, records, missing, twice = %v; the log holds 0 to %d", m[1], n[0], n[1:], end)
		}
		held += n[3]
		c.lost, c.twice = c.lost+n[4], c.twice+n[5]
	}
	if held != acked || acked != int64(c.records) {
		c.t.Errorf("%d records in the lake, %d acknowledged, %d produced", held, acked, c.records)
	}
	good, bad := rowsIn(c.t, out, "chats"), rowsIn(c.t, out, "deadletters")
	if bad != c.broken || good != int64(c.records)-c.broken {
		c.t.Errorf("%d chats and %d dead letters, want %d and %d", good, bad, int64(c.records)-c.broken, c.broken)
	}
}

func rowsIn(t *testing.T, out, table string) int64 {
	t.Helper()
	m := regexp.MustCompile(`(?m)^` + table + ` +(\d+) rows`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("no table %s in %q", table, out)
	}
	n, _ := strconv.ParseInt(m[1], 10, 64) // digits
	return n
}

func (c *campaign) report(took time.Duration) {
	f := &c.faults
	c.t.Logf("offsets looked at %d times, %d processes could not connect while their broker was down", c.samples.Load(), f.exits.Load())
	faults := fmt.Sprintf("%d kills, %d joined and left (slowest end %.1f s), %d frozen, %d broker restarts, %d producer repeats, %d refused records",
		f.kills.Load(), f.leaves.Load(), float64(c.slowest.Load())/1000, f.freezes.Load(), f.brokers.Load(), c.repeated, c.broken)
	c.line(fmt.Sprintf("%s, %d nodes", c.name, len(c.brokerList)), faults, took)
}

// line adds one to the table of the report: what was done to how many records, and what came of it.
func (c *campaign) line(name, faults string, took time.Duration) {
	text := fmt.Sprintf("| %s | %s | %d | %d | %d | %d | %v |\n", name, faults, c.records, c.lost, c.twice, c.backward.Load(), took.Round(time.Second))
	c.t.Log("| where | faults | records | lost | twice | offsets back | took |\n" + text)
	path := os.Getenv("PHDP_FAULTS_REPORT")
	if path == "" || c.t.Failed() {
		return
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		c.t.Fatal(err)
	}
	_, err = io.WriteString(file, text)
	if err = errors.Join(err, file.Close()); err != nil {
		c.t.Fatal(err)
	}
}
