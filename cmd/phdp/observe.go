package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"phdp/ingest/kafka"
	"phdp/pipelines"
)

// ingestion is a running stream and what can be seen of it. Labels are topics, partitions and reasons,
// never anything of a patient.
type ingestion struct {
	stream   *pipelines.Stream
	consumer *kafka.Consumer
	rejects  *prometheus.CounterVec
	close    func()
}

var (
	lagDesc      = prometheus.NewDesc("phdp_ingest_lag_records", "Offsets between what was read and the end of the partition.", []string{"topic", "partition"}, nil)
	progressDesc = prometheus.NewDesc("phdp_ingest_progress_timestamp_seconds", "When records of the partition were last read, or its end was seen.", []string{"topic", "partition"}, nil)
	reopenedDesc = prometheus.NewDesc("phdp_ingest_reopened_total", "Connections of the partition that were silent and made anew.", []string{"topic", "partition"}, nil)
	rebalDesc    = prometheus.NewDesc("phdp_ingest_rebalances_total", "Assignments of partitions since the start.", nil, nil)
	readyDesc    = prometheus.NewDesc("phdp_ingest_ready", "1 when nothing keeps records from being read.", nil, nil)
)

// register makes everything that can be counted visible at /metrics.
func (i *ingestion) register(registry *prometheus.Registry) error {
	counter := func(name, help string, n *atomic.Int64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(n.Load()) })
	}
	n := &i.stream.Counters
	var failed error
	for _, c := range []prometheus.Collector{
		counter("phdp_ingest_records_total", "Records read.", &n.Records),
		counter("phdp_ingest_events_total", "Events decoded.", &n.Events),
		counter("phdp_ingest_rows_total", "Rows made for the lake.", &n.Rows),
		counter("phdp_ingest_bytes_total", "Bytes of the records read.", &n.Bytes),
		counter("phdp_ingest_committed_records_total", "Records committed to the lake.", &n.Committed),
		counter("phdp_ingest_batches_total", "Batches committed to the lake.", &n.Batches),
		i.rejects, i,
	} {
		failed = errors.Join(failed, registry.Register(c))
	}
	return failed
}

// Describe names the measures of the consumer.
func (i *ingestion) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{lagDesc, progressDesc, reopenedDesc, rebalDesc, readyDesc} {
		out <- d
	}
}

// Collect reads the consumer's status.
func (i *ingestion) Collect(out chan<- prometheus.Metric) {
	s := i.consumer.Status()
	ready := 1.0
	if s.Problem() != nil {
		ready = 0
	}
	out <- prometheus.MustNewConstMetric(readyDesc, prometheus.GaugeValue, ready)
	out <- prometheus.MustNewConstMetric(rebalDesc, prometheus.CounterValue, float64(s.Rebalances))
	for _, p := range s.Partitions {
		id := strconv.Itoa(int(p.ID))
		out <- prometheus.MustNewConstMetric(lagDesc, prometheus.GaugeValue, float64(p.Lag()), p.Topic, id)
		out <- prometheus.MustNewConstMetric(progressDesc, prometheus.GaugeValue, float64(p.Progress.Unix()), p.Topic, id)
		out <- prometheus.MustNewConstMetric(reopenedDesc, prometheus.CounterValue, float64(p.Reopened), p.Topic, id)
	}
}

// ready says at /readyz whether records are being read, and if not, why.
func (i *ingestion) ready(w http.ResponseWriter, _ *http.Request) {
	if err := i.consumer.Status().Problem(); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
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
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve status: %w", err)
	}
	return nil
}
