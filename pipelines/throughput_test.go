//go:build bench

package pipelines_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"phdp/ingest"
	"phdp/ingest/kafka"
	"phdp/ingest/kafka/kafkatest"
	"phdp/pipelines/generate"
	"phdp/pipelines/lines"
)

// TestThroughput measures Kafka → committed lake and, beside it, the parts alone, each in a process of its
// own, and prints a Markdown table. It runs by .ci/bench: PHDP_BENCH_RECORDS=n,
// PHDP_BENCH_CPUS=1,2, PHDP_BENCH_BROKERS=embedded,kafka.
func TestThroughput(t *testing.T) {
	records, err := strconv.Atoi(setting("PHDP_BENCH_RECORDS", "2000000"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("| input | cores | what | events | events/s | CPU-s per million | peak RSS MB | load before |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	for _, in := range []input{chatInput(records), mixtureInput(t, records)} {
		in.file = filepath.Join(t.TempDir(), "events.ndjson")
		in.write(t)
		for _, kind := range strings.Split(setting("PHDP_BENCH_BROKERS", "embedded,kafka"), ",") {
			brokers, closeBroker := startBroker(t, kind)
			in.produce(t, brokers)
			for _, cpus := range strings.Split(setting("PHDP_BENCH_CPUS", "2,1"), ",") {
				in.row(t, cpus, "ingest", kind+" broker → committed", brokers)
				in.row(t, cpus, "fetch", kind+" broker → records, not decoded", brokers)
			}
			closeBroker()
		}
		for _, cpus := range strings.Split(setting("PHDP_BENCH_CPUS", "2,1"), ",") {
			in.row(t, cpus, "decode", "decode alone, from memory", "")
			in.row(t, cpus, "transform", "decode and transform, from memory", "")
			in.row(t, cpus, "duckdb", "DuckDB read_json → copy to parquet", "")
		}
	}
}

// TestThroughputGrowth reads backlogs of growing length from a real Kafka and prints whether the rate stays:
// the whole, and the slowest, the median and the fastest tenth. PHDP_BENCH_GROWTH=n,n,n.
func TestThroughputGrowth(t *testing.T) {
	fmt.Println("| backlog of chats | events/s | slowest tenth | median tenth | fastest tenth | CPU-s per million | peak RSS MB | load before |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	for _, size := range strings.Split(setting("PHDP_BENCH_GROWTH", "1000000,10000000"), ",") {
		records, err := strconv.Atoi(size)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(size, func(t *testing.T) { // a broker and a lake that are gone before the next
			in := chatInput(records)
			in.count = records
			brokers, closeBroker := startBroker(t, setting("PHDP_BENCH_BROKERS", "kafka"))
			defer closeBroker()
			in.produce(t, brokers)
			m, before := in.measure(t, "2", "ingest", brokers)
			fmt.Printf("| %d | %.0f | %.0f | %.0f | %.0f | %.1f | %.0f | %s |\n", m.Events, m.rate(), m.Slowest, m.Middle, m.Fastest, m.perMillion(), m.PeakMB, before)
		})
	}
}

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

// input is a set of records that is measured, also as one file of lines.
type input struct {
	name, file string
	count      int
	records    iter.Seq2[string, generate.Record]
}

// chatInput is chat messages of 350 bytes, in the order of time over 30 days.
func chatInput(records int) input {
	return input{name: "chats of 350 bytes", records: func(yield func(string, generate.Record) bool) {
		random := rand.New(rand.NewPCG(1, 2))
		from := time.Now().AddDate(0, 0, -30)
		for i := range records {
			at := from.Add(time.Duration(i) * 30 * 24 * time.Hour / time.Duration(records))
			if !yield("phdp.chats", chatRecord(random, i, at)) {
				return
			}
		}
	}}
}

// sentences are of the kind that patients write; about every second one holds a finding.
var sentences = []string{
	"早上好，林药师，我是昨天打电话的那个", "今天头晕，站起来的时候更明显", "药还有三天就吃完了", "好的，我知道了，谢谢您一直这么耐心",
	"快递说明天下午才能送到小区门口", "血压量了一下，138/86", "缬沙坦每天早上一片，从来没有忘记过", "上周末带孙子去公园走了走，人不少",
	"请问下次复诊是什么时候，需要空腹吗", "最近睡得不太好，晚上总醒", "药店那边说这个规格暂时没有货", "我女儿帮我下的单，她不在家",
	"没有再恶心了，胃口也好一些", "那我等您的消息，不着急", "价格比上个月贵了一点，还能用医保吗", "收到，照片我晚上拍给您看",
}

func chatRecord(random *rand.Rand, i int, at time.Time) generate.Record {
	key := fmt.Sprintf("wmBench%05d", random.IntN(50_000))
	value := fmt.Appendf(nil, `{"v":1,"event_id":"b%d-%08x","type":"chat.message","at":%q,"patient":{"kind":"wecom","id":%q},"speaker":"patient","staff":"pharm_lin","text":"`,
		i, random.Uint32(), at.Format(time.RFC3339), key)
	for len(value) < 320 {
		value = append(append(value, sentences[random.IntN(len(sentences))]...), "，"...)
	}
	return generate.Record{Stream: ingest.Chats, Key: []byte(key), Value: append(value, `"}`...), At: at}
}

// mixtureInput is the generator's events of all lines, in the order of arrival.
func mixtureInput(t *testing.T, records int) input {
	t.Helper()
	all, err := lines.Default()
	if err != nil {
		t.Fatal(err)
	}
	g, err := generate.New(generate.Config{Patients: max(200, records/60), Months: 12, Seed: 3, End: time.Now().AddDate(0, 0, -1), Lines: all})
	if err != nil {
		t.Fatal(err)
	}
	return input{name: "the generator's mixture", records: func(yield func(string, generate.Record) bool) {
		n := 0
		for r := range g.Records() {
			if n++; n > records || !yield("phdp."+string(r.Stream), r) {
				return
			}
		}
	}}
}

func (in *input) write(t *testing.T) {
	t.Helper()
	file, err := os.Create(in.file)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(file, 1<<20)
	for _, r := range in.records {
		_, _ = w.Write(r.Value) // bufio keeps the first error for Flush
		_ = w.WriteByte('\n')
		in.count++
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	_ = file.Close()
}

func (in *input) produce(t *testing.T, brokers string) {
	t.Helper()
	p, err := kafka.NewProducer(strings.Split(brokers, ","), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, topic := range []string{"phdp.chats", "phdp.prescriptions", "phdp.activities", "phdp.deadletters"} {
		if err := p.Prepare(t.Context(), topic, 4); err != nil {
			t.Fatal(err)
		}
	}
	for topic, r := range in.records {
		if err := p.Produce(t.Context(), topic, r.Key, bytes.Clone(r.Value), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	join(t, brokers)
}

// join is a first consumer group, as a broker makes its topic of group offsets for that one, and lets it wait.
func join(t *testing.T, brokers string) {
	t.Helper()
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	c := kafka.NewConsumer(kafka.Config{Brokers: strings.Split(brokers, ","), Group: "bench-first", Topics: []string{"phdp.chats"}, Log: slog.New(slog.DiscardHandler)})
	if err := c.Run(ctx, func(context.Context, ingest.Assignment) error { leave(); return nil }); err != nil && ctx.Err() == nil {
		t.Fatal(err)
	}
}

// startBroker starts a broker in a process of its own, so that it does not count as ingest's work.
func startBroker(t *testing.T, kind string) (brokers string, stop func()) {
	t.Helper()
	if kind == "kafka" {
		c := kafkatest.Start(t, kafkatest.Options{HeapMB: 512})
		return strings.Join(c.Brokers(), ","), c.Close
	}
	cmd := child(t.Context(), "broker", "PHDP_BENCH_DIR="+t.TempDir())
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(address), func() { _ = in.Close(); _ = cmd.Wait() }
}

func child(ctx context.Context, what string, env ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestThroughputChild$")
	cmd.Env = append(append(os.Environ(), "PHDP_BENCH_CHILD="+what, "GOMEMLIMIT=850MiB"), env...) // the limit of phdp ingest
	cmd.Stderr = os.Stderr
	return cmd
}

// measured is what a child prints.
type measured struct {
	Events       int64
	Seconds, CPU float64
	PeakMB       float64
	// events/s of the slowest, the median and the fastest tenth of an ingest, 0 otherwise
	Slowest, Middle, Fastest float64
}

func (m measured) rate() float64       { return float64(m.Events) / m.Seconds }
func (m measured) perMillion() float64 { return m.CPU / float64(m.Events) * 1e6 }

func (in *input) row(t *testing.T, cpus, what, title, brokers string) {
	t.Helper()
	m, before := in.measure(t, cpus, what, brokers)
	fmt.Printf("| %s | %s | %s | %d | %.0f | %.1f | %.0f | %s |\n", in.name, cpus, title, m.Events, m.rate(), m.perMillion(), m.PeakMB, before)
}

// measure runs a child and returns what it measured, and the machine's load before it.
func (in *input) measure(t *testing.T, cpus, what, brokers string) (m measured, before string) {
	t.Helper()
	load, _ := os.ReadFile("/proc/loadavg")
	before, _, _ = strings.Cut(string(load), " ")
	out, err := child(t.Context(), what, "GOMAXPROCS="+cpus, "PHDP_BENCH_BROKERS="+brokers, "PHDP_BENCH_FILE="+in.file,
		"PHDP_BENCH_EVENTS="+strconv.Itoa(in.count), "PHDP_BENCH_DIR="+t.TempDir()).Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", what, err, out)
	}
	line, _, _ := bytes.Cut(out, []byte("\n"))
	if err := json.Unmarshal(line, &m); err != nil {
		t.Fatalf("%s printed %q", what, out)
	}
	return m, before
}
