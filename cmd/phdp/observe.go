package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"phdp/ingest/kafka"
	"phdp/pipelines"
)

// ingestion is a running stream and what can be seen of it.
type ingestion struct {
	app      *app
	stream   *pipelines.Stream
	consumer *kafka.Consumer
	metrics  *ingestMetrics
	dog      *watchdog
	requests erasureRequests
	started  time.Time
	due      chan struct{} // the lake is worth tidying: much was committed
	close    func()
}

// tidyAfter is how many commits make the lake worth tidying before its time: a backlog that is out of order
// adds a file to each of many partitions with every commit.
const tidyAfter = 48

// newIngestion makes a stream's commits visible.
func newIngestion(a *app, stream *pipelines.Stream, consumer *kafka.Consumer, silentAfter time.Duration) *ingestion {
	in := &ingestion{app: a, stream: stream, consumer: consumer, started: time.Now(), metrics: newIngestMetrics(),
		dog: newWatchdog(silentAfter),
		due: make(chan struct{}, 1), close: func() {}}
	stream.Committed = func(c pipelines.Commit) {
		in.metrics.committed(c)
		in.dog.committed(c.Newest)
		if stream.Counters.Batches.Load()%tidyAfter == 0 {
			select {
			case in.due <- struct{}{}:
			default: // it is being tidied
			}
		}
	}
	return in
}

// summary is a line for people: how much, how fast, how far behind in each topic.
func (i *ingestion) summary() string {
	n := &i.stream.Counters
	var text strings.Builder
	fmt.Fprintf(&text, "ingest: %d records (%.0f/s), %d rejected, %d committed in %d batches", n.Records.Load(),
		float64(n.Records.Load())/time.Since(i.started).Seconds(), n.Rejects.Load(), n.Committed.Load(), n.Batches.Load())
	lag := map[string]int64{}
	var topics []string
	for _, p := range i.consumer.Status().Partitions {
		if _, seen := lag[p.Topic]; !seen {
			topics = append(topics, p.Topic)
		}
		lag[p.Topic] += p.Lag()
	}
	for at, topic := range topics {
		fmt.Fprintf(&text, "%s %s %d", []string{"; lag", ","}[min(at, 1)], topic, lag[topic])
	}
	if i.app.isPaused() {
		text.WriteString("; paused")
	}
	return text.String()
}

// ready says at /readyz whether records are being read, and if not, why. A pause and a silent topic are
// told, and no reason not to be ready: somebody wants the one, and the other may be how things are.
func (i *ingestion) ready(w http.ResponseWriter, _ *http.Request) {
	err := i.consumer.Status().Problem()
	if err == nil {
		err = i.dog.stalled()
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
	if since := i.app.pausedSince(); !since.IsZero() {
		fmt.Fprintf(w, "paused since %s\n", since.UTC().Format(time.RFC3339))
	}
	for _, s := range i.dog.silent() {
		fmt.Fprintln(w, s)
	}
}

// serveStatus answers /metrics, /healthz and /readyz until ctx ends; without an address it does nothing.
func (i *ingestion) serveStatus(ctx context.Context, addr string) error {
	if addr == "" {
		return nil
	}
	registry := prometheus.NewRegistry()
	if err := i.register(registry); err != nil {
		return fmt.Errorf("serve status: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("/readyz", i.ready)
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("serve status: %w", err)
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve status: %w", err)
	}
	return nil
}
