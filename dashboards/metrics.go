package dashboards

import (
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics counts requests, SQL runs and swaps of the warehouse. Labels are page names and status codes only.
type metrics struct {
	gatherer prometheus.Gatherer
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	runs     *prometheus.CounterVec
	swaps    prometheus.Counter
	asOf     prometheus.Gauge
}

func newMetrics(registry prometheus.Registerer) (*metrics, error) {
	if registry == nil {
		registry = prometheus.NewRegistry()
	}
	gatherer, ok := registry.(prometheus.Gatherer)
	if !ok {
		gatherer = prometheus.DefaultGatherer
	}
	m := &metrics{
		gatherer: gatherer,
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "phdp_http_requests_total", Help: "Requests by page and status code."}, []string{"page", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "phdp_http_request_seconds", Help: "Time to answer a request.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}}, []string{"page"}),
		runs:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "phdp_sql_runs_total", Help: "Statements of the SQL page by outcome."}, []string{"outcome"}),
		swaps: prometheus.NewCounter(prometheus.CounterOpts{Name: "phdp_warehouse_swaps_total", Help: "Warehouses opened since the start."}),
		asOf:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "phdp_warehouse_as_of_timestamp_seconds", Help: "Start of the as-of day of the warehouse that is served."}),
	}
	for _, c := range []prometheus.Collector{m.requests, m.seconds, m.runs, m.swaps, m.asOf} {
		if err := registry.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.gatherer, promhttp.HandlerOpts{})
}

func (m *metrics) swapped(b build) {
	m.swaps.Inc()
	if day, err := time.ParseInLocation(time.DateOnly, b.AsOf, shanghai); err == nil {
		m.asOf.Set(float64(day.Unix()))
	}
}

// count wraps a handler so that its requests are counted under a page's name.
func (m *metrics) count(page string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(recorder, r)
		m.requests.WithLabelValues(page, fmt.Sprint(recorder.status)).Inc()
		m.seconds.WithLabelValues(page).Observe(time.Since(start).Seconds())
	})
}

// statusRecorder remembers the status code that a handler sent.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (s *statusRecorder) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the real writer.
func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// waiting reads who waits to be erased from the measures of the process that reads the lake, when it is this one.
func (m *metrics) waiting() (*waitingErasures, error) {
	families, err := m.gatherer.Gather()
	if err != nil {
		return nil, fmt.Errorf("read measures: %w", err)
	}
	var found *waitingErasures
	for _, family := range families {
		switch value := 0.0; family.GetName() {
		case "phdp_erasure_requests_waiting", "phdp_erasure_oldest_request_timestamp_seconds":
			if found == nil {
				found = &waitingErasures{}
			}
			for _, metric := range family.GetMetric() {
				value += metric.GetGauge().GetValue()
			}
			if family.GetName() == "phdp_erasure_requests_waiting" {
				found.People = int64(value)
			} else if value > 0 {
				found.Oldest = time.UnixMicro(int64(value * 1e6))
			}
		}
	}
	return found, nil
}
