package main

import (
	"errors"
	"strconv"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"phdp/ingest"
	"phdp/pipelines"
)

// ingestMetrics are the measures that the stream's commits feed. Labels are topics, partitions and reasons,
// never anything of a patient.
type ingestMetrics struct {
	rejects *prometheus.CounterVec
	commit  prometheus.Histogram
	flush   prometheus.Histogram
	newest  *prometheus.GaugeVec
}

func newIngestMetrics() *ingestMetrics {
	m := &ingestMetrics{
		rejects: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "phdp_ingest_rejects_total", Help: "Records that became dead letters, by reason."}, []string{"reason"}),
		commit: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "phdp_ingest_commit_seconds", Help: "Seconds that the commit of a batch took.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2, 5, 10, 30, 60}}),
		flush: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "phdp_ingest_flush_seconds", Help: "Seconds from the first record of a batch being read to the batch being committed.",
			Buckets: []float64{.5, 1, 2, 5, 10, 20, 30, 60, 120, 300}}),
		newest: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "phdp_ingest_newest_record_timestamp_seconds", Help: "Kafka's time of the newest record of the topic that is in the lake, of those that this process committed."}, []string{"topic"}),
	}
	for _, reason := range append(ingest.Reasons(), ingest.ReasonOutOfWindow) {
		m.rejects.WithLabelValues(reason)
	}
	return m
}

func (m *ingestMetrics) committed(c pipelines.Commit) {
	m.commit.Observe(c.Took.Seconds())
	m.flush.Observe(c.Waited.Seconds())
	for topic, at := range c.Newest {
		m.newest.WithLabelValues(topic).Set(float64(at.UnixMilli()) / 1000)
	}
}

func (m *ingestMetrics) refused(letters []pipelines.Letter) {
	for _, l := range letters {
		m.rejects.WithLabelValues(l.Reject.Reason).Inc()
	}
}

var (
	lagDesc      = prometheus.NewDesc("phdp_ingest_lag_records", "Offsets between what was read and the end of the partition.", []string{"topic", "partition"}, nil)
	positionDesc = prometheus.NewDesc("phdp_ingest_position_offset", "The next offset of the partition to be read; its rate is the partition's throughput.", []string{"topic", "partition"}, nil)
	progressDesc = prometheus.NewDesc("phdp_ingest_progress_timestamp_seconds", "When records of the partition were last read, or its end was seen.", []string{"topic", "partition"}, nil)
	reopenedDesc = prometheus.NewDesc("phdp_ingest_reopened_total", "Connections of the partition that were silent and made anew.", []string{"topic", "partition"}, nil)
	rebalDesc    = prometheus.NewDesc("phdp_ingest_rebalances_total", "Assignments of partitions since the start.", nil, nil)
	readyDesc    = prometheus.NewDesc("phdp_ingest_ready", "1 when nothing keeps records from being read.", nil, nil)
	pausedDesc   = prometheus.NewDesc("phdp_ingest_paused", "1 between phdp ingest pause and resume.", nil, nil)
	stalledDesc  = prometheus.NewDesc("phdp_ingest_stalled_partitions", "Partitions with records to read of which none was read for minutes.", nil, nil)
	silentDesc   = prometheus.NewDesc("phdp_ingest_silent_topics", "Topics without a new record for longer than --silent-after.", nil, nil)
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
		i.metrics.rejects, i.metrics.commit, i.metrics.flush, i.metrics.newest, &i.requests, i,
	} {
		failed = errors.Join(failed, registry.Register(c))
	}
	return failed
}

// Describe names the measures of the consumer.
func (i *ingestion) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{lagDesc, positionDesc, progressDesc, reopenedDesc, rebalDesc, readyDesc, pausedDesc, stalledDesc, silentDesc} {
		out <- d
	}
}

// Collect reads the consumer's status.
func (i *ingestion) Collect(out chan<- prometheus.Metric) {
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	s := i.consumer.Status()
	stalled, silent := len(i.dog.stalledPartitions()), len(i.dog.silent())
	gauge(readyDesc, flag(s.Problem() == nil && stalled == 0))
	gauge(pausedDesc, flag(i.app.isPaused()))
	gauge(stalledDesc, float64(stalled))
	gauge(silentDesc, float64(silent))
	out <- prometheus.MustNewConstMetric(rebalDesc, prometheus.CounterValue, float64(s.Rebalances))
	for _, p := range s.Partitions {
		id := strconv.Itoa(int(p.ID))
		gauge(lagDesc, float64(p.Lag()), p.Topic, id)
		gauge(progressDesc, float64(p.Progress.Unix()), p.Topic, id)
		if p.Position >= 0 {
			gauge(positionDesc, float64(p.Position), p.Topic, id)
		}
		out <- prometheus.MustNewConstMetric(reopenedDesc, prometheus.CounterValue, float64(p.Reopened), p.Topic, id)
	}
}

func flag(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
