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

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"phdp/ingest"
	"phdp/ingest/kafka"
	"phdp/pipelines"
	"phdp/transform/lake"
)

// memoryLimit is what the Go part of ingest tries to stay under; GOMEMLIMIT sets another. DuckDB has its own.
const memoryLimit = 800 << 20

// brokerFlags say which cluster and topics to read.
type brokerFlags struct {
	clusterFlags
	Group string            `help:"Consumer group, for assignment of partitions only; default one of the lake's own."`
	Topic map[string]string `placeholder:"NAME=FORMAT" help:"Topics and their wire formats (docs/formats); default phdp.chats, phdp.prescriptions and phdp.activities, all canonical. A CloudEvents type decides for its record."`
}

type ingestCommand struct {
	brokerFlags
	StatusAddr string `placeholder:"ADDR" help:"Address for /metrics, /healthz and /readyz, for example 127.0.0.1:9090; default none."`
}

// Help is the long help of phdp ingest.
func (ingestCommand) Help() string {
	return `Examples:
  phdp ingest --brokers kafka1:9092,kafka2:9092
  phdp ingest --brokers kafka1:9092 --topic phdp.chats=wecom --topic phdp.prescriptions=canonical`
}

// Run reads until it is stopped.
func (c *ingestCommand) Run(ctx context.Context, a *app) error {
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
	group.Go(func() error {
		return watch(ctx, in.stream.Run, func() {
			n := &in.stream.Counters
			p.show("ingest: %d records, %d rejected, %d committed in %d batches", n.Records.Load(), n.Rejects.Load(), n.Committed.Load(), n.Batches.Load())
		})
	})
	group.Go(func() error { return upkeep(ctx, l, a.log) })
	group.Go(func() error { return in.serveStatus(ctx, c.StatusAddr) })
	return group.Wait()
}

// ingestion wires a cluster to the lake.
func (f *brokerFlags) ingestion(ctx context.Context, a *app, l *lake.Lake) (*ingestion, error) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	formats, err := f.formats()
	if err != nil {
		return nil, err
	}
	t, err := a.transformer()
	if err != nil {
		return nil, err
	}
	security, err := f.security()
	if err != nil {
		return nil, err
	}
	letters, err := kafka.NewProducer(f.Brokers, security)
	if err != nil {
		return nil, err
	}
	group, err := f.group(ctx, a, letters)
	if err != nil {
		letters.Close()
		return nil, err
	}
	in := &ingestion{
		consumer: kafka.NewConsumer(kafka.Config{Brokers: f.Brokers, Security: security, Group: group,
			Topics: slices.Sorted(maps.Keys(formats)), Log: a.log}),
		rejects: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "phdp_ingest_rejects_total", Help: "Records that became dead letters, by reason."}, []string{"reason"}),
		close:   letters.Close,
	}
	for _, reason := range append(ingest.Reasons(), ingest.ReasonOutOfWindow) {
		in.rejects.WithLabelValues(reason)
	}
	publish := deadLetters(letters)
	in.stream = &pipelines.Stream{
		Source: in.consumer, Sink: l, Transform: t, Log: a.log,
		Decode: func(topic string) ingest.Decode { return formats[topic] },
		Rejected: func(ctx context.Context, refused []pipelines.Letter) error {
			for _, r := range refused {
				in.rejects.WithLabelValues(r.Reject.Reason).Inc()
			}
			return publish(ctx, refused)
		},
	}
	return in, nil
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

// deadLetters publishes refused records as they came, with the reason and their coordinates as headers.
// A record whose batch is read again after a crash may be published twice; the table has it once.
func deadLetters(p *kafka.Producer) func(context.Context, []pipelines.Letter) error {
	ready := false
	return func(ctx context.Context, letters []pipelines.Letter) error {
		if !ready {
			if err := p.Prepare(ctx, deadLetterTopic, 1); err != nil {
				return err
			}
			ready = true
		}
		for _, l := range letters {
			headers := map[string]string{
				"phdp_reason": l.Reject.Reason, "phdp_field": l.Reject.Field, "phdp_topic": l.Record.Topic,
				"phdp_partition": fmt.Sprint(l.Record.Partition), "phdp_offset": fmt.Sprint(l.Record.Offset),
			}
			maps.Copy(headers, l.Record.Headers)
			if err := p.Produce(ctx, deadLetterTopic, l.Record.Key, l.Record.Value, headers); err != nil {
				return err
			}
		}
		return p.Flush(ctx)
	}
}
