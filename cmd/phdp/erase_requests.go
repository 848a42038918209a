package main

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"phdp/sql/queries"
	"phdp/transform/lake"
)

// requestsEvery is how often a running ingest counts the people who asked to be erased and still wait.
const requestsEvery = 15 * time.Minute

// erasureRequests are the people who asked to be erased, by an activity, and are still in the lake.
type erasureRequests struct {
	waiting, oldest atomic.Int64 // oldest: Unix microseconds, 0 for none
}

var (
	waitingDesc = prometheus.NewDesc("phdp_erasure_requests_waiting", "Patient keys with an activity erasure_request that are still in the lake.", nil, nil)
	oldestDesc  = prometheus.NewDesc("phdp_erasure_oldest_request_timestamp_seconds", "When the oldest of them asked; 0 when none waits.", nil, nil)
)

// Describe names the measures.
func (r *erasureRequests) Describe(out chan<- *prometheus.Desc) {
	out <- waitingDesc
	out <- oldestDesc
}

// Collect tells the newest count.
func (r *erasureRequests) Collect(out chan<- prometheus.Metric) {
	out <- prometheus.MustNewConstMetric(waitingDesc, prometheus.GaugeValue, float64(r.waiting.Load()))
	out <- prometheus.MustNewConstMetric(oldestDesc, prometheus.GaugeValue, float64(r.oldest.Load())/1e6)
}

// count looks into the lake.
func (r *erasureRequests) count(ctx context.Context, l *lake.Lake) error {
	views, err := openViews(ctx, l)
	if err != nil {
		return err
	}
	defer views.Close()
	query, err := queries.Get("erase.Requests")
	if err != nil {
		return err
	}
	var waiting, oldest int64
	err = views.QueryRowContext(ctx, "select count(*), coalesce(min(asked_at), 0) from ("+query+")").Scan(&waiting, &oldest)
	if err == nil {
		r.waiting.Store(waiting)
		r.oldest.Store(oldest)
	}
	return err
}

// watch counts now and then until ctx ends, and erases who waits when that is wanted, every so often; 0 is never. A
// failure is logged and tried again later: ingest does not depend on it.
func (r *erasureRequests) watch(ctx context.Context, a *app, l *lake.Lake, every time.Duration) error {
	pause := requestsEvery
	if every > 0 {
		pause = min(pause, every)
	}
	for last := time.Now(); ; {
		if err := r.count(ctx, l); err != nil && ctx.Err() == nil {
			a.log.Warn("requests to be erased not counted, trying again later", "error", err)
		}
		if n := r.waiting.Load(); n > 0 && (every == 0 || time.Since(last) < every) {
			a.log.Warn("people wait to be erased; run 'phdp erase --requests'", slog.Int64("keys", n))
		} else if n > 0 {
			last = time.Now()
			if err := (&eraseCommand{Requests: true, Reason: "request of the person"}).erase(ctx, a); err != nil && ctx.Err() == nil {
				a.log.Warn("who asked for it was not erased, trying again later", "error", err)
			}
			continue
		}
		if !sleep(ctx, pause) {
			return nil
		}
	}
}
