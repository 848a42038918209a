package kafka

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"phdp/ingest"
	"phdp/ingest/kafka/kafkatest"
)

func openAt(t *testing.T, brokers []string, topic string, from int64) *reader {
	t.Helper()
	c := NewConsumer(Config{Brokers: brokers, Group: unique(t), Topics: []string{topic}, Log: discard()})
	c.board.assigned([]ingest.Partition{{Topic: topic}})
	r, err := c.open(ingest.Partition{Topic: topic}, from, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r.(*reader)
}

// values fetches until it has n records.
func values(t *testing.T, r ingest.Reader, n int) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var all []string
	for len(all) < n {
		records, err := r.Fetch(ctx, 7)
		if err != nil {
			t.Fatalf("after %d records: %v", len(all), err)
		}
		for _, rec := range records {
			all = append(all, string(rec.Value))
		}
	}
	return strings.Join(all, " ")
}

func TestOffsetGone(t *testing.T) {
	cases := []struct {
		name         string
		from         int64
		gone         bool
		says, values string
	}{
		{"lake before the log's start", 3, true, "3 is needed and the log now begins at 5, 2 records are gone", ""},
		{"lake at the log's start", 5, false, "", "v5 v6"},
		{"lake knows nothing", -1, false, "", "v5 v6"},
		{"lake after the log's end", 12, true, "12 is needed and the log ends at 10", ""},
	}
	onEach(t, func(t *testing.T, cluster *kafkatest.Cluster) {
		topic := newTopic(t, cluster, 1)
		fill(t, cluster, topic, 10)
		if err := cluster.DeleteRecords(t.Context(), topic, 0, 5); err != nil {
			t.Fatal(err)
		}
		for _, test := range cases {
			t.Run(test.name, func(t *testing.T) {
				r := openAt(t, cluster.Brokers(), topic, test.from)
				if !test.gone {
					if got := values(t, r, 2); !strings.HasPrefix(got, test.values) {
						t.Errorf("read %s, want %s first", got, test.values)
					}
					return
				}
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				_, err := r.Fetch(ctx, 10)
				if !errors.Is(err, ErrOffsetGone) || !strings.Contains(err.Error(), test.says) {
					t.Errorf("fetch: %v; want ErrOffsetGone and %q", err, test.says)
				}
				if s := r.c.Status(); !errors.Is(s.Problem(), ErrOffsetGone) {
					t.Errorf("status says %v", s.Problem())
				}
			})
		}
	})
}

// Retention that overtakes a reader in the middle of its work stops it; it does not skip.
func TestRetentionOvertakesTheReader(t *testing.T) {
	onEach(t, func(t *testing.T, cluster *kafkatest.Cluster) {
		topic := newTopic(t, cluster, 1)
		fill(t, cluster, topic, 10)
		r := openAt(t, cluster.Brokers(), topic, 0)
		values(t, r, 10)
		fill(t, cluster, topic, 10)
		if err := cluster.DeleteRecords(t.Context(), topic, 0, 15); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if records, err := r.Fetch(ctx, 10); !errors.Is(err, ErrOffsetGone) {
			t.Errorf("fetch: %d records, %v; want ErrOffsetGone", len(records), err)
		}
	})
}

// What a transaction aborted is not read, nor the markers that end transactions; the offsets they take
// up are passed over.
func TestOnlyCommittedRecordsAreRead(t *testing.T) {
	onEach(t, func(t *testing.T, cluster *kafkatest.Cluster) {
		topic := newTopic(t, cluster, 1)
		producer, err := kgo.NewClient(kgo.SeedBrokers(cluster.Brokers()...), kgo.TransactionalID(unique(t)), kgo.DefaultProduceTopic(topic))
		if err != nil {
			t.Fatal(err)
		}
		defer producer.Close()
		for name, end := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort, kgo.TryCommit, kgo.TryAbort} {
			if err := producer.BeginTransaction(); err != nil {
				t.Fatal(err)
			}
			record := kgo.StringRecord(string(rune('a' + name)))
			if err := producer.ProduceSync(t.Context(), record, kgo.StringRecord("x")).FirstErr(); err != nil {
				t.Fatal(err)
			}
			if err := producer.EndTransaction(t.Context(), end); err != nil {
				t.Fatal(err)
			}
		}
		r := openAt(t, cluster.Brokers(), topic, -1)
		if got := values(t, r, 4); got != "a x c x" {
			t.Errorf("read %q, want a x c x", got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 1200*time.Millisecond)
		defer cancel()
		if records, err := r.Fetch(ctx, 10); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%d more records, %v; want none", len(records), err)
		}
		if p := r.c.Status().Partitions[0]; p.Lag() != 0 || p.Position != 12 {
			t.Errorf("position %d, lag %d; want 12 and 0, behind the last marker", p.Position, p.Lag())
		}
	})
}

func TestReplacedTopicStopsTheReader(t *testing.T) {
	onEach(t, func(t *testing.T, cluster *kafkatest.Cluster) {
		topic := newTopic(t, cluster, 1)
		fill(t, cluster, topic, 10)
		l := newLedger()
		m := join(t, Config{Brokers: cluster.Brokers(), Group: unique(t), Topics: []string{topic}}, l, 1)
		eventually(t, "first records", func() bool { return l.records() == 10 })
		if err := cluster.DeleteTopic(t.Context(), topic); err != nil {
			t.Fatal(err)
		}
		if err := cluster.CreateTopic(t.Context(), topic, 1); err != nil {
			t.Fatal(err)
		}
		fill(t, cluster, topic, 20)
		var err error
		ended := make(chan struct{})
		go func() { defer close(ended); err = m.wait() }()
		select {
		case <-ended:
		case <-time.After(15 * time.Second):
			t.Fatal("the consumer goes on")
		}
		if !errors.Is(err, ErrReplaced) && !errors.Is(err, ErrOffsetGone) {
			t.Errorf("run: %v, want ErrReplaced", err)
		}
		if n := l.records(); n != 10 {
			t.Errorf("%d records, want 10: the new topic's are others", n)
		}
	})
}

// A partition whose broker answers but gives nothing, although the log goes on, is connected anew.
func TestSilentPartitionIsOpenedAnew(t *testing.T) {
	b := broker(t, t.TempDir())
	defer b.Close()
	produce(t, producer(t, b), 0, 100)
	var silent atomic.Int32
	b.cluster.ControlKey(int16(kmsg.Fetch), func(request kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		if silent.Add(1) > 20 {
			return nil, nil, false
		}
		time.Sleep(20 * time.Millisecond)
		asked := request.(*kmsg.FetchRequest)
		answer := asked.ResponseKind().(*kmsg.FetchResponse)
		p := kmsg.NewFetchResponseTopicPartition()
		p.Partition, p.HighWatermark, p.LastStableOffset = asked.Topics[0].Partitions[0].Partition, 50, 50
		answer.Topics = []kmsg.FetchResponseTopic{{Topic: asked.Topics[0].Topic, TopicID: asked.Topics[0].TopicID, Partitions: []kmsg.FetchResponseTopicPartition{p}}}
		return answer, nil, true
	})
	r := openAt(t, b.Brokers(), topic, 0)
	r.link.silence = 200 * time.Millisecond
	values(t, r, 10)
	if p := r.c.Status().Partitions[0]; p.Reopened < 1 || p.Err != nil {
		t.Errorf("opened anew %d times, trouble %v; want at least once and none", p.Reopened, p.Err)
	}
}

// A quiet partition is not silent: there is nothing to read.
func TestQuietPartitionIsLeftAlone(t *testing.T) {
	b := broker(t, t.TempDir())
	defer b.Close()
	produce(t, producer(t, b), 0, 1)
	r := openAt(t, b.Brokers(), topic, -1)
	r.link.silence = 100 * time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer cancel()
	for ctx.Err() == nil {
		_, _ = r.Fetch(ctx, 10) // ends with ctx
	}
	if p := r.c.Status().Partitions[0]; p.Reopened != 0 || p.Err != nil || time.Since(p.Progress) > time.Second {
		t.Errorf("opened anew %d times, trouble %v, progress %s ago", p.Reopened, p.Err, time.Since(p.Progress))
	}
}

// A transaction that stays open holds up reading; a new connection would not help.
func TestOpenTransactionIsNoSilence(t *testing.T) {
	onEach(t, func(t *testing.T, cluster *kafkatest.Cluster) {
		topic := newTopic(t, cluster, 1)
		producer, err := kgo.NewClient(kgo.SeedBrokers(cluster.Brokers()...), kgo.TransactionalID(unique(t)), kgo.DefaultProduceTopic(topic))
		if err != nil {
			t.Fatal(err)
		}
		defer producer.Close()
		if err := producer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := producer.ProduceSync(t.Context(), kgo.StringRecord("a")).FirstErr(); err != nil {
			t.Fatal(err)
		}
		r := openAt(t, cluster.Brokers(), topic, -1)
		r.link.silence = 100 * time.Millisecond
		ctx, cancel := context.WithTimeout(t.Context(), 1200*time.Millisecond)
		defer cancel()
		if _, err := r.Fetch(ctx, 10); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("fetch: %v, want nothing yet", err)
		}
		if p := r.c.Status().Partitions[0]; p.Reopened != 0 || p.Lag() != 1 || p.Stable != 0 {
			t.Errorf("opened anew %d times, lag %d, stable to %d; want 0, 1, 0", p.Reopened, p.Lag(), p.Stable)
		}
		if err := producer.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
			t.Fatal(err)
		}
		values(t, r, 1)
	})
}

func TestCloseEndsAWaitingFetch(t *testing.T) {
	onEach(t, func(t *testing.T, cluster *kafkatest.Cluster) {
		r := openAt(t, cluster.Brokers(), newTopic(t, cluster, 1), -1)
		ended := make(chan error, 1)
		go func() {
			_, err := r.Fetch(t.Context(), 10)
			ended <- err
		}()
		eventually(t, "a first answer", func() bool { return r.c.Status().Partitions[0].Position == 0 })
		started := time.Now()
		_ = r.Close()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("fetch: %v, want canceled", err)
		}
		if took := time.Since(started); took > 500*time.Millisecond {
			t.Errorf("close took %s", took)
		}
	})
}

func TestUnreachableBrokersAreWaitedFor(t *testing.T) {
	out := &output{}
	m := join(t, Config{Brokers: []string{"127.0.0.1:1"}, Group: "g", Topics: []string{"t"}, Log: out.log()}, newLedger(), 1)
	eventually(t, "the status says so", func() bool {
		p := m.consumer.Status().Problem()
		return p != nil && strings.Contains(p.Error(), "127.0.0.1:1")
	})
	time.Sleep(800 * time.Millisecond) // some more tries
	started := time.Now()
	if err := m.stop(); err != nil || time.Since(started) > 3*time.Second {
		t.Errorf("stop: %v after %s, want nil and soon", err, time.Since(started))
	}
	if n := strings.Count(out.String(), "kafka is not read"); n != 1 {
		t.Errorf("%d lines about one trouble, want 1:\n%s", n, out)
	}
}
