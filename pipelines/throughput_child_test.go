//go:build bench

package pipelines_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"phdp/ingest"
	"phdp/ingest/kafka"
	"phdp/pipelines"
	"phdp/pipelines/lines"
	"phdp/sql/duckdb"
	"phdp/transform"
	"phdp/transform/lake"
	"phdp/transform/vault"
)

// TestThroughputChild is one measured process of TestThroughput.
func TestThroughputChild(t *testing.T) {
	what := os.Getenv("PHDP_BENCH_CHILD")
	if what == "" {
		return // TestThroughput starts it with something to do
	}
	if what == "broker" {
		serveBroker(t)
		return
	}
	events, err := strconv.ParseInt(os.Getenv("PHDP_BENCH_EVENTS"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	work := map[string]func(*testing.T, int64) func() error{
		"ingest": ingestAll, "fetch": fetchAll, "decode": decodeAll, "transform": transformAll, "duckdb": copyAll,
	}[what]
	do := work(t, events)
	defer profile(t, what)()
	started, cpu := time.Now(), cpuSeconds()
	if err := do(); err != nil {
		t.Fatal(err)
	}
	m := measured{Events: events, Seconds: time.Since(started).Seconds(), CPU: cpuSeconds() - cpu, PeakMB: peakMB()}
	m.Slowest, m.Middle, m.Fastest = tenthRates()
	line, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println(string(line))
}

// profile writes CPU profiles into the folder PHDP_BENCH_PROFILE when that is set.
func profile(t *testing.T, what string) func() {
	t.Helper()
	dir := os.Getenv("PHDP_BENCH_PROFILE")
	if dir == "" {
		return func() {}
	}
	file, err := os.Create(filepath.Join(dir, fmt.Sprintf("%s-%d-%d.pprof", what, runtime.GOMAXPROCS(0), os.Getpid())))
	if err != nil {
		t.Fatal(err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		t.Fatal(err)
	}
	return func() { pprof.StopCPUProfile(); _ = file.Close() }
}

func serveBroker(t *testing.T) {
	broker, err := kafka.StartEmbedded(os.Getenv("PHDP_BENCH_DIR"), 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println(strings.Join(broker.Brokers(), ","))
	_, _ = io.Copy(io.Discard, os.Stdin) // until the parent closes it
	broker.Close()
}

func consumer() *kafka.Consumer {
	return kafka.NewConsumer(kafka.Config{Brokers: strings.Split(os.Getenv("PHDP_BENCH_BROKERS"), ","),
		Group: fmt.Sprint("bench-", os.Getpid()), Topics: []string{"phdp.chats", "phdp.prescriptions", "phdp.activities"}, Log: slog.New(slog.DiscardHandler)})
}

// kept is a lake behind a vault, as phdp ingest has it.
type kept struct {
	*lake.Lake
	vault *vault.Vault
}

func (k kept) Append(ctx context.Context, batch *transform.Batch) error {
	return k.vault.Append(ctx, batch, k.Lake.Append)
}

// ingestAll reads everything into a new lake and a new vault.
func ingestAll(t *testing.T, events int64) func() error {
	return func() error {
		l, err := lake.Open(t.Context(), lake.Config{Dir: os.Getenv("PHDP_BENCH_DIR"), Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			return err
		}
		defer l.Close()
		master, err := vault.NewMaster(transform.Secrets{bytes.Repeat([]byte("k"), 32)})
		if err != nil {
			return err
		}
		v, err := vault.Open(t.Context(), vault.Config{Dir: filepath.Join(os.Getenv("PHDP_BENCH_DIR"), "vault"),
			KeyDir: filepath.Join(os.Getenv("PHDP_BENCH_DIR"), "keys"), Master: master})
		if err != nil {
			return err
		}
		defer v.Close()
		s := &pipelines.Stream{Source: consumer(), Sink: kept{l, v}, Transform: transformer(t), Log: slog.New(slog.DiscardHandler),
			FlushAge: time.Second, // bounds the wait for the last batch
			Decode:   func(string) ingest.Decode { return ingest.DecodeCanonical }}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go until(stop, func() bool {
			n := s.Counters.Committed.Load()
			for int64(len(tenths)) <= 10 && n >= events/10*int64(len(tenths)) {
				tenths = append(tenths, mark{time.Now(), n})
			}
			return n >= events
		})
		if err := s.Run(ctx); err != nil {
			return err
		}
		if n := s.Counters.Committed.Load(); n != events {
			return fmt.Errorf("%d records committed, want %d", n, events)
		}
		return nil
	}
}

// mark is how many events were committed when.
type mark struct {
	at time.Time
	n  int64
}

// tenths are the marks at the start of an ingest and after each tenth of its events.
var tenths []mark

func tenthRates() (slowest, middle, fastest float64) {
	var rates []float64
	for i := 1; i < len(tenths); i++ {
		from, to := tenths[i-1], tenths[i]
		if to.n == from.n {
			continue // one commit brought several tenths
		}
		rates = append(rates, float64(to.n-from.n)/to.at.Sub(from.at).Seconds())
	}
	if len(rates) == 0 {
		return 0, 0, 0
	}
	slices.Sort(rates)
	return rates[0], rates[len(rates)/2], rates[len(rates)-1]
}

func until(stop func(), done func() bool) {
	for !done() {
		time.Sleep(5 * time.Millisecond)
	}
	stop()
}

// fetchAll reads everything and throws it away.
func fetchAll(t *testing.T, events int64) func() error {
	return func() error {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var read atomic.Int64
		return consumer().Run(ctx, func(ctx context.Context, a ingest.Assignment) error {
			var group errgroup.Group
			for _, p := range a.Partitions {
				group.Go(func() error {
					r, err := a.Open(p, -1)
					if err != nil {
						return err
					}
					defer r.Close()
					for {
						records, err := r.Fetch(ctx, 2000)
						if ctx.Err() != nil {
							return nil
						}
						if err != nil {
							return err
						}
						if read.Add(int64(len(records))) >= events {
							stop()
						}
					}
				})
			}
			return group.Wait()
		})
	}
}

func decodeAll(t *testing.T, _ int64) func() error {
	return inMemory(t, func(records []ingest.Record) {
		for i := range records {
			_ = ingest.DecodeCanonical(&records[i], func(*ingest.Event) {}) // the mixture has broken ones
		}
	})
}

func transformAll(t *testing.T, _ int64) func() error {
	tr := transformer(t)
	return inMemory(t, func(records []ingest.Record) {
		var rows transform.Rows
		for i := range records {
			_ = ingest.DecodeCanonical(&records[i], func(e *ingest.Event) { tr.Append(&rows, records[i].Position, e) })
		}
	})
}

// inMemory calls do with all records of the file, 2,000 at a time, on all cores.
func inMemory(t *testing.T, do func([]ingest.Record)) func() error {
	text, err := os.ReadFile(os.Getenv("PHDP_BENCH_FILE"))
	if err != nil {
		t.Fatal(err)
	}
	var pieces [][]ingest.Record
	var piece []ingest.Record
	for line := range bytes.Lines(text) {
		if piece = append(piece, ingest.Record{Value: bytes.TrimSuffix(line, []byte("\n"))}); len(piece) == 2000 {
			pieces, piece = append(pieces, piece), nil
		}
	}
	pieces = append(pieces, piece)
	return func() error {
		var group errgroup.Group
		group.SetLimit(runtime.GOMAXPROCS(0))
		for _, piece := range pieces {
			group.Go(func() error { do(piece); return nil })
		}
		return group.Wait()
	}
}

// copyAll is DuckDB's own way from JSON to Parquet: the columns by name, no work on what they hold.
func copyAll(t *testing.T, _ int64) func() error {
	db, err := duckdb.OpenMemory()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	const columns = `{v: 'integer', event_id: 'varchar', type: 'varchar', "at": 'varchar', patient: 'struct(kind varchar, id varchar)',
		links: 'json', line: 'varchar', speaker: 'varchar', staff: 'varchar', text: 'varchar', items: 'json', attributes: 'json'}`
	return func() error {
		if _, err := db.Exec(fmt.Sprintf("set threads = %d", runtime.GOMAXPROCS(0))); err != nil {
			return err
		}
		_, err := db.Exec(fmt.Sprintf(`copy (select * from read_json('%s', format = 'newline_delimited', ignore_errors = true, columns = %s)) to '%s' (format parquet, compression zstd)`,
			os.Getenv("PHDP_BENCH_FILE"), columns, filepath.Join(os.Getenv("PHDP_BENCH_DIR"), "copy.parquet")))
		return err
	}
}

func transformer(t *testing.T) *transform.Transformer {
	t.Helper()
	key, err := transform.LoadOrCreateKey(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := lines.Default()
	if err != nil {
		t.Fatal(err)
	}
	tr, err := transform.New(transform.Config{Key: key, Products: pipelines.Products(all)})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func cpuSeconds() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // can not fail for the own process
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

var peak = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

func peakMB() float64 {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer file.Close()
	for s := bufio.NewScanner(file); s.Scan(); {
		if m := peak.FindStringSubmatch(s.Text()); m != nil {
			kb, _ := strconv.ParseFloat(m[1], 64) // digits
			return kb / 1024
		}
	}
	return 0
}
