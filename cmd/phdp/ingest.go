package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"phdp/ingest"
	"phdp/ingest/kafka"
	"phdp/pipelines"
	"phdp/transform/lake"
)

// memoryLimit is what the Go part of ingest tries to stay under; GOMEMLIMIT sets another. DuckDB has its own.
const memoryLimit = 850 << 20

// brokerFlags say which cluster and topics to read, and how.
type brokerFlags struct {
	clusterFlags
	flowFlags
	Group string            `help:"Consumer group, for assignment of partitions only; default one of the lake's own."`
	Topic map[string]string `placeholder:"NAME=FORMAT" help:"Topics and their wire formats (docs/formats); default phdp.chats, phdp.prescriptions and phdp.activities, all canonical. A CloudEvents type decides for its record."`

	DeadlettersKeep age           `default:"30d" help:"How long dead letters are kept, in the lake and on the topic when this makes it; 0d for ever."`
	EraseEvery      time.Duration `default:"0" help:"How often to erase who asked for it by an activity erasure_request; 0 for never: they wait for 'phdp erase --requests'."`
	SilentAfter     time.Duration `default:"6h" help:"A topic without a new record for so long is reported as silent; 0 for never."`
}

type ingestCommand struct {
	Read   ingestReadCommand   `cmd:"" default:"withargs" help:"Read until stopped; phdp ingest without a further word does the same. Its flags: phdp ingest read --help."`
	Pause  ingestPauseCommand  `cmd:"" help:"Stop reading into this lake until resume; processes stay."`
	Resume ingestResumeCommand `cmd:"" help:"Go on reading after a pause."`
	Status ingestStatusCommand `cmd:"" help:"How far the lake is behind in each partition."`
}

type ingestReadCommand struct {
	brokerFlags
	StatusAddr string `placeholder:"ADDR" help:"Address for /metrics, /healthz and /readyz, for example 127.0.0.1:9090; default none."`
}

// Help is the long help of phdp ingest.
func (ingestReadCommand) Help() string {
	return `Examples:
  phdp ingest --brokers kafka1:9092,kafka2:9092
  phdp ingest --brokers kafka1:9092 --topic phdp.chats=wecom --topic phdp.prescriptions=canonical
  phdp ingest --brokers kafka1:9092 --budget 128MB --flush-age 30s --status-addr 127.0.0.1:9090
  phdp ingest pause`
}

// Run reads until it is stopped.
func (c *ingestReadCommand) Run(ctx context.Context, a *app) error {
	if len(c.Brokers) == 0 {
		return fmt.Errorf("--brokers is missing: name at least one broker, for example --brokers localhost:9092")
	}
	l, err := a.openLake(ctx)
	if err != nil {
		return err
	}
	defer l.Close()
	in, err := c.ingestion(ctx, a, l)
	if err != nil {
		return err
	}
	defer in.close()
	p := newProgress(os.Stderr)
	defer p.end()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return watch(ctx, in.stream.Run, func() { p.show("%s", in.summary()) }) })
	group.Go(func() error { return upkeep(ctx, l, a.log, in.due) })
	group.Go(func() error { return in.watchdog(ctx) })
	group.Go(func() error { return a.keepLetters(ctx, l, time.Duration(c.DeadlettersKeep)) })
	group.Go(func() error { return in.requests.watch(ctx, a, l, c.EraseEvery) })
	group.Go(func() error { return in.serveStatus(ctx, c.StatusAddr) })
	return group.Wait()
}

// ingestion wires a cluster to the lake.
func (f *brokerFlags) ingestion(ctx context.Context, a *app, l *lake.Lake) (_ *ingestion, err error) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	formats, err := f.formats()
	if err != nil {
		return nil, err
	}
	stream := &pipelines.Stream{Log: a.log, Hold: a.isPaused, Decode: func(topic string) ingest.Decode { return formats[topic] }}
	if err := f.set(stream); err != nil {
		return nil, err
	}
	if stream.Transform, err = a.transformer(); err != nil {
		return nil, err
	}
	security, err := f.security()
	if err != nil {
		return nil, err
	}
	producer, err := kafka.NewProducer(f.Brokers, security)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			producer.Close()
		}
	}()
	consumer, err := f.consumer(ctx, a, l, producer, kafka.Config{Brokers: f.Brokers, Security: security, Topics: slices.Sorted(maps.Keys(formats)), Log: a.log})
	if err != nil {
		return nil, err
	}
	sink, err := a.keeping(ctx, l)
	if err != nil {
		return nil, err
	}
	stream.Source, stream.Sink = consumer, sink
	in := newIngestion(a, stream, consumer, f.SilentAfter)
	in.close = func() { producer.Close(); _ = sink.close() }
	letters := &letterPublisher{producer: producer, keep: time.Duration(f.DeadlettersKeep), log: a.log}
	stream.Rejected = func(ctx context.Context, refused []pipelines.Letter) error {
		if err := letters.publish(ctx, refused); err != nil {
			return err
		}
		in.metrics.refused(refused)
		return nil
	}
	return in, nil
}

// consumer joins the lake's group and keeps to the topics that fed the lake.
func (f *brokerFlags) consumer(ctx context.Context, a *app, l *lake.Lake, p *kafka.Producer, cfg kafka.Config) (_ *kafka.Consumer, err error) {
	if cfg.Group, err = f.group(ctx, a, p); err != nil {
		return nil, err
	}
	reached, err := l.Offsets(ctx)
	if err != nil {
		return nil, err
	}
	if cfg.TopicIDs, err = a.knowsTopics(reached); err != nil {
		return nil, err
	}
	cfg.Met = a.meetTopic
	return kafka.NewConsumer(cfg), nil
}

// group checks that the cluster is the lake's and names the consumer group; two lakes must not share one.
func (f *brokerFlags) group(ctx context.Context, a *app, p *kafka.Producer) (string, error) {
	patience, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	cluster, err := p.ClusterID(patience)
	for err != nil && sleep(patience, time.Second) {
		cluster, err = p.ClusterID(patience)
	}
	if err != nil {
		return "", fmt.Errorf("connect to Kafka at %v: %w", f.Brokers, err)
	}
	known, err := a.belongsTo(cluster)
	if err != nil {
		return "", err
	}
	if f.Group != "" {
		return f.Group, nil
	}
	return "phdp-" + known.ID, nil
}

func (f *brokerFlags) formats() (map[string]ingest.Decode, error) {
	named := f.Topic
	if len(named) == 0 {
		named = map[string]string{}
		for _, topic := range topics() {
			named[topic] = "canonical"
		}
	}
	formats := map[string]ingest.Decode{}
	for topic, name := range named {
		decode, err := ingest.DecodeByName(strings.TrimSpace(name))
		if err != nil {
			return nil, fmt.Errorf("--topic %s=%s: %w", topic, name, err)
		}
		formats[topic] = ingest.ByCloudEvent(decode)
	}
	return formats, nil
}
