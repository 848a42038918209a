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
	"phdp/pipelines"
	"phdp/sql/duckdb"
)

type serveCommand struct {
	Addr string `default:"127.0.0.1:8080" help:"Address to listen on."`
}

// Help is the long help of phdp serve.
func (serveCommand) Help() string {
	return "Picks up each new build without a restart.\n\nExamples:\n  phdp serve\n  phdp serve --addr 0.0.0.0:8080"
}

// Run serves until it is stopped.
func (c *serveCommand) Run(ctx context.Context, a *app) error {
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("serve dashboards: %w", err)
	}
	fmt.Printf("dashboards: http://%s\n", listener.Addr())
	ready := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }
	return serve(ctx, a, listener, pageServer{registry: prometheus.NewRegistry(), ready: ready})
}

// pageServer is what a process shows beside the pages.
type pageServer struct {
	progress func() dashboards.Progress // nil when this process makes no builds
	registry *prometheus.Registry
	ready    http.HandlerFunc
}

func serve(ctx context.Context, a *app, listener net.Listener, shown pageServer) error {
	if tcp, ok := listener.Addr().(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
		a.log.Warn("dashboards have no sign-in: whoever reaches the port sees patients; put a proxy in front", "addr", listener.Addr())
	}
	w := &pipelines.Warehouse{Dir: a.path("warehouse")}
	pages, err := dashboards.New(dashboards.Config{
		Open: func(_ context.Context, path string) (*sql.DB, error) {
			return duckdb.OpenReadOnly(path, duckdb.Options{})
		},
		Current: w.Published, Log: a.log, Now: time.Now, Progress: shown.progress, Registry: shown.registry,
	})
	if err != nil {
		return fmt.Errorf("serve dashboards: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", pages.Handler())
	mux.HandleFunc("GET /readyz", shown.ready)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- server.Shutdown(bounded)
	})
	err = server.Serve(listener)
	if stop() || !errors.Is(err, http.ErrServerClosed) {
		return errors.Join(fmt.Errorf("serve dashboards: %w", err), pages.Close())
	}
	if err := <-stopped; err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return errors.Join(fmt.Errorf("stop dashboards: %w", err), pages.Close())
	}
	return pages.Close()
}
