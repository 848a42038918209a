package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"phdp/ingest/kafka"
	"phdp/ingest/kafka/kafkatest"
)

// The catalogue refuses the commits of some tables while others go through, again and again at another
// table: ingest stops and says so, and in the end every record is there once.
func TestCommitsThatFailHalfWay(t *testing.T) { onEachBroker(t, commitsThatFailHalfWay) }

func commitsThatFailHalfWay(t *testing.T, name string, brokers []string) {
	started := time.Now()
	producer := faultProducer(t, brokers)
	c := &campaign{t: t, dir: t.TempDir(), records: 20_000, brokerList: brokers}
	c.produce(producer)
	args := []string{"ingest", "--data-dir", c.dir, "--brokers", strings.Join(brokers, ","), "--topic", faultTopic + "=canonical", "--flush-bytes", "500KB"}
	if out, errs, code := phdp(t, "lake", "tables", "--data-dir", c.dir); code != 0 { // makes the catalogue
		t.Fatal(out, errs)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(c.dir, "lake", "catalog.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, table := range []string{"chats", "deadletters", "findings", "links"} {
		refuse := "create trigger refuse before update on iceberg_tables when new.table_name = '" + table + "' begin select raise(abort, 'commits are refused'); end"
		if _, err := db.Exec(refuse); err != nil {
			t.Fatal(err)
		}
		if _, errs, code := phdp(t, args...); code != 1 || !strings.Contains(errs, "commits are refused") {
			t.Errorf("exit code %d, printed %q; want that %s is refused", code, errs, table)
		}
		if _, err := db.Exec("drop trigger refuse"); err != nil {
			t.Fatal(err)
		}
	}
	ends, err := producer.Ends(t.Context(), faultTopic)
	if err != nil {
		t.Fatal(err)
	}
	c.drain(ends)
	c.verify(ends, producer.Acked())
	c.line(name, "commits refused half-way, 4 tables in turn", time.Since(started))
}

// The disk fills up during a flush: ingest stops and says so, nothing is half there, and with more room
// the next start goes on.
func TestDiskFull(t *testing.T) { onEachBroker(t, diskFull) }

func diskFull(t *testing.T, name string, brokers []string) {
	dir := t.TempDir()
	if err := syscall.Mount("phdp", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("no file system of its own can be mounted: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	started := time.Now()
	producer := faultProducer(t, brokers)
	c := &campaign{t: t, dir: dir, records: 200_000}
	c.produce(producer)
	args := []string{"ingest", "--data-dir", dir, "--brokers", strings.Join(brokers, ","), "--topic", faultTopic + "=canonical"}
	if _, errs, code := phdp(t, args...); code != 1 || !strings.Contains(errs, "the disk is full") {
		t.Fatalf("exit code %d, printed %q; want that the disk is full", code, errs)
	}
	if err := syscall.Mount("phdp", dir, "tmpfs", syscall.MS_REMOUNT, "size=512m"); err != nil {
		t.Fatal(err)
	}
	if out, errs, code := phdp(t, "lake", "verify", "--data-dir", dir); code != 0 {
		t.Errorf("after a full disk: %s%s", out, errs)
	}
	ends, err := producer.Ends(t.Context(), faultTopic)
	if err != nil {
		t.Fatal(err)
	}
	c.brokerList = brokers
	c.drain(ends)
	c.verify(ends, producer.Acked())
	c.line(name, "disk full during a flush", time.Since(started))
}

// onEachBroker runs a test on the embedded broker and, in a campaign, on a real Apache Kafka too.
func onEachBroker(t *testing.T, test func(t *testing.T, name string, brokers []string)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) {
		broker, err := kafka.StartEmbedded(t.TempDir(), 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(broker.Close)
		test(t, "embedded broker", broker.Brokers())
	})
	if os.Getenv("PHDP_FAULTS_REPORT") != "" {
		t.Run("kafka", func(t *testing.T) { test(t, "Apache Kafka, 1 node", kafkatest.Start(t, kafkatest.Options{}).Brokers()) })
	}
}

// faultProducer is a producer for the topics of a test of faults, which it makes.
func faultProducer(t *testing.T, brokers []string) *kafka.Producer {
	t.Helper()
	producer, err := kafka.NewProducer(brokers, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(producer.Close)
	for _, topic := range []string{faultTopic, deadLetterTopic} {
		if err := producer.Prepare(t.Context(), topic, 4); err != nil {
			t.Fatal(err)
		}
	}
	return producer
}
