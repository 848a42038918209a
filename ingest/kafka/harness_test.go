package kafka

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"phdp/ingest"
	"phdp/ingest/kafka/kafkatest"
)

const password = "Geheim-4711"

// session is long enough for a busy machine and shorter than in earnest, for the tests' sake.
const session = 6 * time.Second

// oneNode is the cluster that most tests share; it is started by the first test that wants it.
var oneNode = launch(kafkatest.Options{Secure: true, Users: map[string]string{"anna": password, "bert": password}})

type launched struct {
	start func() (*kafkatest.Cluster, error)
	stop  func()
}

func launch(o kafkatest.Options) launched {
	var c *kafkatest.Cluster
	start := sync.OnceValues(func() (_ *kafkatest.Cluster, err error) { c, err = kafkatest.Launch(o); return c, err })
	return launched{start, func() {
		if c != nil {
			c.Close()
		}
	}}
}

func (l launched) cluster(t *testing.T) *kafkatest.Cluster {
	t.Helper()
	c, err := l.start()
	if errors.Is(err, kafkatest.ErrUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestMain(m *testing.M) {
	code := m.Run()
	oneNode.stop()
	os.Exit(code)
}

// onEach runs a test on the embedded broker and on a real one.
func onEach(t *testing.T, test func(t *testing.T, cluster *kafkatest.Cluster)) {
	t.Run("embedded", func(t *testing.T) {
		b := broker(t, t.TempDir())
		t.Cleanup(b.Close)
		cluster, err := kafkatest.Attach(b.Brokers())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(cluster.Close)
		test(t, cluster)
	})
	t.Run("kafka", func(t *testing.T) { test(t, anyKafka(t)) })
}

// anyKafka is the cluster that the environment names, else ours.
func anyKafka(t *testing.T) *kafkatest.Cluster {
	if os.Getenv("PHDP_TEST_BROKERS") != "" {
		return kafkatest.Start(t, kafkatest.Options{})
	}
	return oneNode.cluster(t)
}

// unique is a name for a topic or group that no other test uses.
func unique(t *testing.T) string {
	name := strings.ToLower(strings.NewReplacer("/", "-", "#", "-", " ", "-").Replace(t.Name()))
	return fmt.Sprintf("%s-%06x", name, rand.IntN(1<<24))
}

func newTopic(t *testing.T, c *kafkatest.Cluster, partitions int) string {
	t.Helper()
	name := unique(t)
	if err := c.CreateTopic(t.Context(), name, partitions); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.DeleteTopic(context.Background(), name) }) // some tests delete it themselves
	return name
}

// fill writes n records into a topic that exists.
func fill(t *testing.T, c *kafkatest.Cluster, topic string, n int) {
	t.Helper()
	p, err := NewProducer(c.Brokers(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Prepare(t.Context(), topic, 1); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := p.Produce(t.Context(), topic, fmt.Appendf(nil, "k%d", i%97), fmt.Appendf(nil, "v%d", i), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// output is a log that tests look into.
type output struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.String()
}

func (o *output) log() *slog.Logger { return slog.New(slog.NewTextHandler(o, nil)) }

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func wantLog(t *testing.T, o *output, text string) {
	t.Helper()
	if !strings.Contains(o.String(), text) {
		t.Errorf("the log does not say %q:\n%s", text, o)
	}
}

// eventually waits for something that takes a moment.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
	}
}

// ledger is a sink in memory that keeps the same rules as the lake: it owns the offsets, leaves out what
// it has, and refuses a gap.
type ledger struct {
	mu    sync.Mutex
	next  map[ingest.Partition]int64
	times map[ingest.Position]int
	delay time.Duration // of an append
}

func newLedger() *ledger {
	return &ledger{next: map[ingest.Partition]int64{}, times: map[ingest.Position]int{}}
}

func (l *ledger) offsets() map[ingest.Partition]int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.next)
}

func (l *ledger) records() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.times)
}

func (l *ledger) append(p ingest.Partition, start int64, records []ingest.Record) error {
	time.Sleep(l.delay)
	l.mu.Lock()
	defer l.mu.Unlock()
	floor, known := l.next[p]
	if known && start > floor {
		return fmt.Errorf("gap in %v: %d after %d", p, start, floor)
	}
	for _, r := range records {
		if r.Offset >= floor {
			l.times[r.Position]++
			l.next[p] = r.Offset + 1
		}
	}
	return nil
}

// want fails unless offsets 0 to the end of each partition are there, each once.
func (l *ledger) want(t *testing.T, ends map[ingest.Partition]int64) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	total := 0
	for p, end := range ends {
		total += int(end)
		for o := range end {
			if n := l.times[ingest.Position{Topic: p.Topic, Partition: p.ID, Offset: o}]; n != 1 {
				t.Fatalf("record %s/%d/%d is there %d times", p.Topic, p.ID, o, n)
			}
		}
	}
	if len(l.times) != total {
		t.Errorf("%d records in the ledger, %d in the topic", len(l.times), total)
	}
}

// member reads as a member of a group into the ledger until stop is called; what is read when its
// assignment ends is appended late, as a large flush is.
type member struct {
	consumer *Consumer
	wait     func() error // for the end of Run
	stop     func() error
}

// position is the sum of the positions in all partitions.
func (m *member) position() (sum int64) {
	for _, p := range m.consumer.Status().Partitions {
		sum += p.Position
	}
	return sum
}

// trouble waits until Run has failed or the status shows a problem, and returns what it is.
func (m *member) trouble(t *testing.T) error {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- m.wait() }()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		select {
		case err := <-ended:
			if err != nil {
				return err
			}
		case <-time.After(20 * time.Millisecond):
			if p := m.consumer.Status().Problem(); p != nil {
				return p
			}
		}
	}
	t.Fatal("no trouble")
	return nil
}

func join(t *testing.T, cfg Config, l *ledger, flush int) *member {
	t.Helper()
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.NewTextHandler(t.Output(), nil)) // shown when the test fails
	}
	ctx, cancel := context.WithCancel(t.Context())
	m := &member{consumer: NewConsumer(cfg)}
	m.consumer.lookEvery, m.consumer.session = 200*time.Millisecond, session
	ended := make(chan error, 1)
	go func() { ended <- m.consumer.Run(ctx, l.work(flush)) }()
	m.wait = sync.OnceValue(func() error { return <-ended })
	m.stop = func() error { cancel(); return m.wait() }
	t.Cleanup(func() { _ = m.stop() })
	return m
}

func (l *ledger) work(flush int) func(context.Context, ingest.Assignment) error {
	return func(ctx context.Context, a ingest.Assignment) error {
		from := l.offsets()
		group, ctx := errgroup.WithContext(ctx)
		for _, p := range a.Partitions {
			start, known := from[p]
			if !known {
				start = -1
			}
			group.Go(func() error { return l.read(ctx, a, p, start, flush) })
		}
		return group.Wait()
	}
}

func (l *ledger) read(ctx context.Context, a ingest.Assignment, p ingest.Partition, start int64, flush int) error {
	r, err := a.Open(p, start)
	if err != nil {
		return err
	}
	defer r.Close()
	var open []ingest.Record
	for {
		records, err := r.Fetch(ctx, 500)
		open = append(open, records...)
		if len(open) > 0 && (len(open) >= flush || err != nil) {
			if start < 0 {
				start = open[0].Offset
			}
			if err := l.append(p, start, open); err != nil {
				return err
			}
			start = open[len(open)-1].Offset + 1
			a.Reached(map[ingest.Partition]int64{p: start})
			open = nil
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func ends(t *testing.T, c *kafkatest.Cluster, topic string) map[ingest.Partition]int64 {
	t.Helper()
	p, err := NewProducer(c.Brokers(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	all, err := p.Ends(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	return all
}
