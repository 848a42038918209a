package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"phdp/ingest/kafka"
	"phdp/ingest/kafka/kafkatest"
	"phdp/transform"
)

// embeddedBroker starts a broker for one test, with a producer for it.
func embeddedBroker(t *testing.T) (*kafka.Embedded, *kafka.Producer) {
	t.Helper()
	broker, err := kafka.StartEmbedded(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	producer, err := kafka.NewProducer(broker.Brokers(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(producer.Close)
	if err := producer.Prepare(t.Context(), faultTopic, 2); err != nil {
		t.Fatal(err)
	}
	return broker, producer
}

func produceChats(t *testing.T, p *kafka.Producer, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		value := fmt.Appendf(nil, `{"v":1,"event_id":"f%d","type":"chat.message","at":%q,"patient":{"kind":"wecom","id":"wm%d"},"speaker":"patient","text":"今天头晕"}`,
			i, time.Now().UTC().Format(time.RFC3339), i%97)
		if err := p.Produce(t.Context(), faultTopic, fmt.Appendf(nil, "wm%d", i%97), value, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// freeAddr is an address that nobody listens on.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// page returns what an address answers, "" while nobody does.
func page(url string) string {
	r, err := http.Get(url)
	if err != nil {
		return ""
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%d %s", r.StatusCode, text)
}

func waitFor(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
	}
}

// A pause holds for a process that runs and for one that starts, is told at /readyz and as a metric, and
// ends with resume; what came in between is then read.
func TestPauseAndResume(t *testing.T) {
	broker, producer := embeddedBroker(t)
	dir, addr := t.TempDir(), freeAddr(t)
	args := []string{"ingest", "--data-dir", dir, "--brokers", broker.Brokers()[0], "--topic", faultTopic + "=canonical",
		"--flush-age", "200ms", "--status-addr", addr}
	lag := func() string {
		out, errs, code := phdp(t, "ingest", "status", "--data-dir", dir, "--brokers", broker.Brokers()[0])
		if code != 0 {
			t.Fatalf("status: %s", errs)
		}
		return out
	}
	behind := func() (n int) {
		for _, line := range strings.Split(lag(), "\n") {
			if f := strings.Fields(line); len(f) == 4 && strings.HasPrefix(f[0], faultTopic) {
				var one int
				_, _ = fmt.Sscan(f[3], &one)
				n += one
			}
		}
		return n
	}
	produceChats(t, producer, 0, 500)
	p := start(t, args...)
	waitFor(t, "the first records are committed", func() bool {
		return strings.Contains(page("http://"+addr+"/metrics"), "\nphdp_ingest_committed_records_total 500\n")
	})
	if out, errs, code := phdp(t, "ingest", "pause", "--data-dir", dir); code != 0 || !strings.Contains(out, "is paused") {
		t.Fatalf("pause: %s%s", out, errs)
	}
	waitFor(t, "the pause is told", func() bool {
		return strings.HasPrefix(page("http://"+addr+"/readyz"), "200 ok\npaused since 20") && strings.Contains(page("http://"+addr+"/metrics"), "\nphdp_ingest_paused 1\n")
	})
	time.Sleep(time.Second) // a fetch that was on its way has come back
	produceChats(t, producer, 500, 800)
	time.Sleep(time.Second)
	if out := lag(); behind() != 300 || !strings.Contains(out, "paused since") {
		t.Errorf("while paused, status prints\n%s; want 300 records behind", out)
	}
	if code := p.stop(t, syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d while paused:\n%s", code, p.output())
	}
	p = start(t, args...)
	waitFor(t, "the next process is ready", func() bool { return strings.Contains(page("http://"+addr+"/readyz"), "paused since") })
	time.Sleep(2 * time.Second)
	if behind() != 300 {
		t.Errorf("%d records behind after a restart in a pause, want 300", behind())
	}
	if out, errs, code := phdp(t, "ingest", "resume", "--data-dir", dir); code != 0 || !strings.Contains(out, "goes on") {
		t.Fatalf("resume: %s%s", out, errs)
	}
	waitFor(t, "everything is in the lake", func() bool { return behind() == 0 })
	metrics := page("http://" + addr + "/metrics")
	for _, want := range []string{
		`phdp_ingest_lag_records{partition="0",topic="phdp.chats"} 0`, `phdp_ingest_position_offset{partition="1",topic="phdp.chats"}`,
		`phdp_ingest_newest_record_timestamp_seconds{topic="phdp.chats"}`, "phdp_ingest_commit_seconds_count", "phdp_ingest_flush_seconds_count",
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("no %s in the metrics", want)
		}
	}
	p.stop(t, syscall.SIGTERM)
	if out, errs, code := phdp(t, "lake", "verify", "--data-dir", dir); code != 0 || rowsIn(t, out, "chats") != 800 {
		t.Errorf("verify: %s%s", out, errs)
	}
}

// The topic of dead letters holds neither the payload nor the key of a refused record in clear, only what
// the data key opens, and keeps it as long as the flag says.
func TestDeadLettersOnTheTopicAreSealed(t *testing.T) {
	broker, producer := embeddedBroker(t)
	dir := t.TempDir()
	secret := `{"v":1,"phone":"19900001234"`
	if err := producer.Produce(t.Context(), faultTopic, []byte("wm19900001234"), []byte(secret), map[string]string{"caller": "19900001234"}); err != nil {
		t.Fatal(err)
	}
	if err := producer.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := start(t, "ingest", "--data-dir", dir, "--brokers", broker.Brokers()[0], "--topic", faultTopic+"=canonical",
		"--flush-age", "200ms", "--deadletters-keep", "7d", "--log-level", "info")
	p.await(t, "batch committed")
	if code := p.stop(t, syscall.SIGTERM); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, p.output())
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Brokers()...), kgo.ConsumeTopics(deadLetterTopic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	records := client.PollFetches(t.Context()).Records()
	if len(records) != 1 {
		t.Fatalf("%d records on the topic", len(records))
	}
	r := records[0]
	if all := fmt.Sprintf("%s %s %s", r.Key, r.Value, r.Headers); strings.Contains(all, "19900001234") {
		t.Errorf("the record on the topic is %s", all)
	}
	key, err := transform.LoadKey(filepath.Join(dir, "keys", "phdp.key"))
	if err != nil {
		t.Fatal(err)
	}
	if opened, err := key.Open(r.Value); string(opened) != secret {
		t.Errorf("opened %q, %v", opened, err)
	}
	open := command(t.Context(), "deadletters", "open", "--data-dir", dir)
	open.Stdin = strings.NewReader(string(r.Value))
	if out, err := open.Output(); err != nil || string(out) != secret+"\n" {
		t.Errorf("phdp deadletters open printed %q, %v", out, err)
	}
	if kept, err := producer.PrepareKept(t.Context(), deadLetterTopic, 1, time.Hour); err != nil || kept != 7*24*time.Hour {
		t.Errorf("the topic keeps for %v, %v; want 7 days", kept, err)
	}
}

// A topic that was deleted and made again between two runs holds other records under the lake's offsets:
// ingest says so and reads none of them.
func TestTopicMadeAgainStopsIngest(t *testing.T) {
	broker, producer := embeddedBroker(t)
	dir := t.TempDir()
	args := []string{"ingest", "--data-dir", dir, "--brokers", broker.Brokers()[0], "--topic", faultTopic + "=canonical",
		"--flush-age", "200ms", "--log-level", "info"}
	produceChats(t, producer, 0, 100)
	p := start(t, args...)
	p.await(t, "batch committed")
	if code := p.stop(t, syscall.SIGTERM); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, p.output())
	}
	cluster, err := kafkatest.Attach(broker.Brokers())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	if err := cluster.DeleteTopic(t.Context(), faultTopic); err != nil {
		t.Fatal(err)
	}
	again, err := kafka.NewProducer(broker.Brokers(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(again.Close)
	if err := again.Prepare(t.Context(), faultTopic, 2); err != nil {
		t.Fatal(err)
	}
	produceChats(t, again, 1000, 1500)
	p = start(t, args...)
	p.await(t, `phdp: topic was deleted and made again: phdp\.chats`)
	if out, errs, code := phdp(t, "lake", "verify", "--data-dir", dir); code != 0 || rowsIn(t, out, "chats") != 100 {
		t.Errorf("verify, want the 100 chats of the first topic: %s%s", out, errs)
	}
}
