package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"phdp/dashboards"
	"phdp/ingest"
	"phdp/ingest/kafka"
	"phdp/pipelines"
	"phdp/transform/lake"
)

type runCommand struct {
	brokerFlags
	accessFlags
	deliveryFlags
	Demo       bool          `help:"Play invented patients into the topics first; goes on where it was when it is started again."`
	Patients   int           `default:"5000" help:"Patients of the demo."`
	Months     int           `default:"12" help:"Months of the demo, ending yesterday at its first start."`
	Seed       uint64        `default:"1" help:"Seed of the demo."`
	Addr       string        `default:"127.0.0.1:8080" help:"Address of the dashboards."`
	BrokerPort int           `default:"0" help:"Port of the embedded broker, 0 for any free one."`
	BuildEvery time.Duration `default:"1m" help:"How often new events make a new warehouse."`
}

// Help is the long help of phdp run.
func (runCommand) Help() string {
	return `Without --brokers an embedded broker runs in this process (for trials, not for production).
Ctrl-C stops cleanly; the next start goes on where this one was.

Examples:
  phdp run --demo
  phdp run --brokers kafka1:9092 --addr 0.0.0.0:8080`
}

// platform is everything that phdp run keeps alive.
type platform struct {
	app       *app
	cmd       *runCommand
	lake      *lake.Lake
	warehouse *pipelines.Warehouse
	stream    *pipelines.Stream
	producer  *kafka.Producer
	url       string
	embedded  bool // the broker is in this process
	progress  *progress
	started   time.Time
	played    atomic.Bool // the demo's events are all on the topics
	stage     atomic.Pointer[dashboards.Progress]
}

// Run starts all parts and keeps them until ctx ends or one fails.
func (c *runCommand) Run(ctx context.Context, a *app) (err error) {
	p := &platform{app: a, cmd: c, progress: newProgress(os.Stderr), started: time.Now()}
	listener, err := net.Listen("tcp", c.Addr) // first, so that a taken port costs nobody a minute
	if err != nil {
		return fmt.Errorf("serve dashboards: %w", err)
	}
	defer listener.Close()
	p.url = c.url(listener)
	who, err := c.access(ctx, a, listener)
	if err != nil {
		return fmt.Errorf("serve dashboards on %s: %w", listener.Addr(), err)
	}
	if p.lake, err = a.openLake(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.lake.Close()) }()
	if p.warehouse, err = a.warehouse(p.lake); err != nil {
		return err
	}
	p.embedded = len(c.Brokers) == 0
	closeBroker, err := c.embed(a)
	if err != nil {
		return err
	}
	defer closeBroker()
	if err := p.connect(ctx); err != nil {
		return err
	}
	defer p.producer.Close()
	in, err := c.ingestion(ctx, a, p.lake)
	if err != nil {
		return err
	}
	defer in.close()
	p.stream = in.stream
	registry := prometheus.NewRegistry()
	if err := in.register(registry); err != nil {
		return fmt.Errorf("register metrics: %w", err)
	}
	publish, err := c.publisher()
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		return serve(ctx, a, listener, pageServer{p.stageOf, registry, in.ready, who, c.accessFlags, c.deliveryFlags, publish})
	})
	group.Go(func() error { return p.stream.Run(ctx) })
	group.Go(func() error { return p.play(ctx) })
	group.Go(func() error { return p.keepBuilding(ctx) })
	group.Go(func() error { return upkeep(ctx, p.lake, a.log, in.due) })
	group.Go(func() error { return in.watchdog(ctx) })
	group.Go(func() error { return a.keepLetters(ctx, p.lake, time.Duration(c.DeadlettersKeep)) })
	group.Go(func() error { return in.requests.watch(ctx, a, p.lake, c.EraseEvery) })
	if err = group.Wait(); err == nil {
		p.progress.say("stopped; the next start goes on here")
	}
	p.progress.end()
	return err
}

// embed starts the embedded broker when no cluster is named.
func (c *runCommand) embed(a *app) (func(), error) {
	if len(c.Brokers) > 0 {
		return func() {}, nil
	}
	unlock, err := lock(a.path("broker"))
	if err != nil {
		return nil, err
	}
	broker, err := kafka.StartEmbedded(a.path("broker", "log"), c.BrokerPort)
	if err != nil {
		unlock()
		return nil, err
	}
	c.Brokers = broker.Brokers()
	return func() { broker.Close(); unlock() }, nil
}

// connect makes the topic of dead letters, and on the embedded broker or for a demo those that are read, when
// they are not there; or it says what is wrong with the cluster.
func (p *platform) connect(ctx context.Context) error {
	security, err := p.cmd.security()
	if err != nil {
		return err
	}
	producer, err := kafka.NewProducer(p.cmd.Brokers, security)
	if err != nil {
		return err
	}
	p.producer = producer
	patience, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	letters := &letterPublisher{producer: producer, keep: time.Duration(p.cmd.DeadlettersKeep), log: p.app.log}
	if err := letters.prepare(patience, 4); err != nil {
		producer.Close()
		return fmt.Errorf("connect to Kafka at %v: %w", p.cmd.Brokers, err)
	}
	var needed []string
	if p.cmd.Demo || p.embedded {
		needed = topics()
	}
	for _, topic := range needed {
		if err := producer.Prepare(patience, topic, 4); err != nil {
			producer.Close()
			return fmt.Errorf("connect to Kafka at %v: %w", p.cmd.Brokers, err)
		}
	}
	return nil
}

func (p *platform) say(stage string, done, total int64, format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	p.stage.Store(&dashboards.Progress{Stage: stage, Done: done, Total: total, Message: message})
	p.progress.show("%5.1f s  %s", time.Since(p.started).Seconds(), message)
}

func (p *platform) stageOf() dashboards.Progress {
	if s := p.stage.Load(); s != nil {
		return *s
	}
	return dashboards.Progress{Stage: "start"}
}

// keepBuilding builds when the lake has caught up for the first time, and later whenever it has grown.
func (p *platform) keepBuilding(ctx context.Context) error {
	if _, err := p.warehouse.Published(); err == nil {
		p.announce("serving the last build")
	}
	if err := p.catchUp(ctx); err != nil || ctx.Err() != nil {
		return ignoreEnd(ctx, err)
	}
	var built map[string]int64
	for {
		now, err := p.snapshots(ctx)
		if err != nil {
			return ignoreEnd(ctx, err)
		}
		if !maps.Equal(built, now) {
			if err := p.build(ctx); err == nil {
				built = now
			} else if ctx.Err() == nil { // the last good build stays, and ingest goes on
				p.app.log.Error("warehouse not built, trying again later", "error", err)
				p.progress.say("%v", err)
			}
		}
		if !sleep(ctx, p.cmd.BuildEvery) {
			return nil
		}
	}
}

func (p *platform) build(ctx context.Context) error {
	debug.FreeOSMemory() // what ingest needed; DuckDB has its own
	p.warehouse.Progress = func(model string, done, total int, _ int64, _ time.Duration) {
		p.say("build", int64(done), int64(total), "building %d/%d %s", done, total, model)
	}
	report, err := p.warehouse.Build(ctx, time.Time{})
	if err != nil {
		return err
	}
	if report.IsCurrent {
		p.announce("nothing new since the last build")
		return nil
	}
	p.announce("built %d models", len(report.Models))
	return nil
}

func (p *platform) announce(format string, args ...any) {
	p.stage.Store(&dashboards.Progress{Stage: "ready"})
	n := &p.stream.Counters
	p.progress.say("%5.1f s  %s; %d records read, %d rejected (see 'phdp deadletters') in this run", time.Since(p.started).Seconds(),
		fmt.Sprintf(format, args...), n.Records.Load(), n.Rejects.Load())
	p.progress.say("         dashboards: %s   warehouse: %s", p.url, p.warehouse.PublishedLink())
}

// catchUp waits until the lake holds what the topics held when it began; a cluster with a long backlog gets
// its first build after a while all the same.
func (p *platform) catchUp(ctx context.Context) error {
	for !p.played.Load() {
		if !sleep(ctx, 100*time.Millisecond) {
			return nil
		}
	}
	target, err := p.ends(ctx)
	if err != nil {
		return err
	}
	for began := time.Now(); p.cmd.Demo || time.Since(began) < p.cmd.BuildEvery; {
		reached, err := p.lake.Offsets(ctx)
		if err != nil {
			return err
		}
		var behind, total int64
		for partition, end := range target {
			total += end
			behind += max(0, end-reached[partition])
		}
		if behind == 0 {
			return nil
		}
		p.say("ingest", total-behind, total, "ingesting: %d of %d records in the lake", total-behind, total)
		if !sleep(ctx, 300*time.Millisecond) {
			return nil
		}
	}
	return nil
}

// ends are the next offsets of all partitions that are read.
func (p *platform) ends(ctx context.Context) (map[ingest.Partition]int64, error) {
	formats, err := p.cmd.formats()
	if err != nil {
		return nil, err
	}
	all := map[ingest.Partition]int64{}
	for topic := range formats {
		ends, err := p.producer.Ends(ctx, topic)
		if err != nil && !errors.Is(err, kafka.ErrNoTopic) { // ingest waits for a missing topic, and says so
			return nil, err
		}
		maps.Copy(all, ends)
	}
	return all, nil
}

// sleep is false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

func (p *platform) snapshots(ctx context.Context) (map[string]int64, error) {
	tables, err := p.lake.Snapshots(ctx)
	if err != nil {
		return nil, err
	}
	ids := map[string]int64{}
	for _, t := range tables {
		ids[t.Table] = t.ID
	}
	return ids, nil
}

// ignoreEnd drops the error of work that was cut short because the program stops.
func ignoreEnd(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
