package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"phdp/dashboards"
	"phdp/dashboards/delivery"
	"phdp/pipelines"
	"phdp/sql/duckdb"
)

type serveCommand struct {
	accessFlags
	deliveryFlags
	Addr string `default:"127.0.0.1:8080" help:"Address to listen on."`
}

// Help is the long help of phdp serve.
func (serveCommand) Help() string {
	return "Picks up each new build without a restart.\n\nExamples:\n  phdp serve\n  phdp users add anna --role analyst && phdp serve --addr 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem"
}

// Run serves until it is stopped.
func (c *serveCommand) Run(ctx context.Context, a *app) error {
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("serve dashboards: %w", err)
	}
	who, err := c.access(ctx, a, listener)
	if err != nil {
		return errors.Join(fmt.Errorf("serve dashboards on %s: %w", listener.Addr(), err), listener.Close())
	}
	ready := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }
	fmt.Printf("dashboards: %s\n", c.url(listener))
	return serve(ctx, a, listener, pageServer{registry: prometheus.NewRegistry(), ready: ready, who: who, tls: c.accessFlags, plan: c.deliveryFlags})
}

// pageServer is what a process shows beside the pages.
type pageServer struct {
	progress func() dashboards.Progress // nil when this process makes no builds
	registry *prometheus.Registry
	ready    http.HandlerFunc
	who      *dashboards.Access
	tls      accessFlags
	plan     deliveryFlags
	publish  delivery.Publish // nil when this process knows no cluster
}

// Times of a connection. Pages are done in 15 seconds; a download takes more time for itself.
const (
	headerTime = 10 * time.Second
	readTime   = 30 * time.Second
	writeTime  = 90 * time.Second
	idleTime   = 2 * time.Minute
)

func serve(ctx context.Context, a *app, listener net.Listener, shown pageServer) error {
	w := &pipelines.Warehouse{Dir: a.path("warehouse")}
	pages, err := dashboards.New(dashboards.Config{
		Open: func(_ context.Context, path string) (*sql.DB, error) {
			return duckdb.OpenReadOnly(path, duckdb.Options{})
		},
		OpenViews: func(ctx context.Context, path string, statements []string) (*sql.DB, error) {
			return duckdb.OpenViews(ctx, path, statements, duckdb.Options{})
		},
		Access: shown.who, StateDir: a.path("access"),
		Current: w.Published, Log: a.log, Now: time.Now, Progress: shown.progress, Registry: shown.registry, Outbox: a.outbox,
	})
	if err != nil {
		return fmt.Errorf("serve dashboards: %w", err)
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	flightEnd, err := shown.tls.serveFlight(ctx, a, pages, shown.who)
	if err != nil {
		return errors.Join(err, pages.Close())
	}
	delivered := shown.deliver(ctx, a, pages, end, shown.tls.url(listener))
	shut := func() error { end(); return errors.Join(<-delivered, flightEnd(), pages.Close()) }
	mux := http.NewServeMux()
	mux.Handle("/", pages.Handler())
	mux.HandleFunc("GET /readyz", shown.ready)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime, MaxHeaderBytes: 64 << 10}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- server.Shutdown(bounded)
	})
	if shown.tls.TLSCert != "" || shown.tls.TLSKey != "" {
		err = server.ServeTLS(listener, shown.tls.TLSCert, shown.tls.TLSKey)
	} else {
		err = server.Serve(listener)
	}
	if stop() || !errors.Is(err, http.ErrServerClosed) {
		return errors.Join(fmt.Errorf("serve dashboards: %w", err), shut())
	}
	if err := <-stopped; err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return errors.Join(fmt.Errorf("stop dashboards: %w", err), shut())
	}
	return shut()
}

// deliver carries out the plan beside the pages. A plan that cannot be carried out ends the process, as a port that is
// taken does.
func (s pageServer) deliver(ctx context.Context, a *app, pages *dashboards.Server, end context.CancelFunc, url string) <-chan error {
	done := make(chan error, 1)
	go func() {
		err := s.plan.deliver(ctx, a, pages, s.publish, url)
		if err != nil {
			end()
		}
		done <- err
	}()
	return done
}
