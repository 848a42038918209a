// Package dashboards serves PHDP's pages: the outcome cards, adherence, the journey, segments, one patient,
// a SQL editor, the state of the data and the glossary. It reads published warehouses only, through databases
// that the caller opens read-only, and swaps to a newly published one without failing a request. Every page is
// rendered on the server and readable without JavaScript; its state is in the URL. Nothing is ever written, and
// neither SQL text nor a patient's id reaches a log line.
package dashboards

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Config is what the server needs from the program around it.
type Config struct {
	// Open opens a warehouse file read-only and without access to anything outside it.
	Open func(ctx context.Context, path string) (*sql.DB, error)
	// Current returns the path of the published warehouse, or fs.ErrNotExist when there is none yet.
	Current func() (path string, err error)
	// Log gets one line per error and per swap of the warehouse. Nil means slog.Default().
	Log *slog.Logger
	// Now is the clock. Nil means time.Now.
	Now func() time.Time
	// Progress tells what the pipeline is doing before the first build. It may be nil.
	Progress func() Progress
	// Registry gets the server's metrics. When it can also gather (as *prometheus.Registry can), /metrics
	// serves everything that is registered in it. Nil means a registry of the server's own.
	Registry prometheus.Registerer
}

// Progress is a stage of the pipeline with its count; Total is 0 when the end is not known.
type Progress struct {
	Stage       string
	Done, Total int64
	Message     string
}

// Server answers HTTP requests from the current warehouse. Make it with New, stop it with Close.
type Server struct {
	cfg     Config
	log     *slog.Logger
	store   *store
	render  *renderer
	assets  *assets
	metrics *metrics
	runs    *runs
	handler http.Handler
}

// New makes a server, opens the published warehouse when there is one, and starts to watch for the next.
func New(cfg Config) (*Server, error) {
	if cfg.Open == nil || cfg.Current == nil {
		return nil, errors.New("dashboards: Config needs Open and Current")
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	assets, err := loadAssets()
	if err != nil {
		return nil, fmt.Errorf("dashboards: load assets: %w", err)
	}
	render, err := newRenderer()
	if err != nil {
		return nil, fmt.Errorf("dashboards: load templates: %w", err)
	}
	metrics, err := newMetrics(cfg.Registry)
	if err != nil {
		return nil, fmt.Errorf("dashboards: register metrics: %w", err)
	}
	s := &Server{cfg: cfg, log: cfg.Log, render: render, assets: assets, metrics: metrics, runs: newRuns(cfg.Now)}
	s.store = newStore(cfg, metrics)
	s.handler = s.routes()
	return s, nil
}

// Handler returns the root handler with all routes and security headers.
func (s *Server) Handler() http.Handler { return s.handler }

// Close cancels running SQL, stops watching and closes the warehouse after its last request.
func (s *Server) Close() error {
	s.runs.cancelAll()
	return s.store.close()
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", http.RedirectHandler("/home", http.StatusFound))
	mux.Handle("GET /home", s.page("home", homeParams, s.home))
	mux.Handle("GET /adherence", s.page("adherence", adherenceParams, s.adherence))
	mux.Handle("GET /journey", s.page("journey", journeyParams, s.journey))
	mux.Handle("GET /patients", s.page("patients", patientsParams, s.patients))
	mux.Handle("GET /patients/{id}", s.page("patient", patientParams, s.patient))
	mux.Handle("GET /segments", s.page("segments", segmentParams, s.segments))
	mux.Handle("GET /segments/list.csv", s.file("segments_csv", segmentParams, s.segmentCSV))
	mux.Handle("GET /segments/manifest.json", s.file("segments_manifest", segmentParams, s.segmentManifest))
	mux.Handle("GET /sql", s.page("sql", sqlParams, s.sqlPage))
	mux.Handle("POST /sql/runs", s.file("sql_run", nil, s.startRun))
	mux.Handle("GET /sql/runs/{run}", s.page("sql_result", nil, s.runPage))
	mux.Handle("GET /sql/runs/{run}/result.csv", s.file("sql_csv", nil, s.runCSV))
	mux.Handle("POST /sql/runs/{run}/cancel", s.file("sql_cancel", nil, s.cancelRun))
	mux.Handle("GET /data", s.page("data", nil, s.data))
	mux.Handle("GET /glossary", s.page("glossary", nil, s.glossary))
	mux.Handle("GET /metrics", s.metrics.handler())
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.Handle("GET /static/", http.StripPrefix("/static/", s.assets))
	mux.Handle("/", s.page("not_found", anyParams, s.notFound))
	return secure(http.NewCrossOriginProtection().Handler(mux))
}
