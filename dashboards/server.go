// Package dashboards serves PHDP's pages: the outcome cards, adherence, the journey, the reports, segments, one patient,
// a SQL editor, the state of the data and the glossary. It reads published warehouses only, through databases
// that the caller opens read-only, and swaps to a newly published one without failing a request. Every page is
// rendered on the server and readable without JavaScript; its state is in the URL. Nothing is written but saved
// segments and statements, exported lists, what somebody says to a delivery and the audit log, and neither SQL text nor a patient's id reaches a log line.
package dashboards

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"phdp/dashboards/access"
	"phdp/dashboards/delivery"
)

// Config is what the server needs from the program around it.
type Config struct {
	// Open opens a warehouse file read-only and without access to anything outside it.
	Open func(ctx context.Context, path string) (*sql.DB, error)
	// OpenViews opens an empty database with a warehouse file attached read-only as the catalog base, runs the
	// statements that make a role's views over it, and closes it to the outside.
	OpenViews func(ctx context.Context, path string, statements []string) (*sql.DB, error)
	// Access says who may use the pages.
	Access *Access
	// Current returns the path of the published warehouse, or fs.ErrNotExist when there is none yet.
	Current func() (path string, err error)
	// Log gets one line per error and per swap of the warehouse. Nil means slog.Default().
	Log *slog.Logger
	// Now is the clock. Nil means time.Now.
	Now func() time.Time
	// StateDir is the folder in which saved segments, saved statements and exported lists are kept.
	StateDir string
	// Progress tells what the pipeline is doing before the first build. It may be nil.
	Progress func() Progress
	// Registry gets the server's metrics. When it can also gather (as *prometheus.Registry can), /metrics
	// serves everything that is registered in it. Nil means a registry of the server's own.
	Registry prometheus.Registerer
	// Outbox opens what goes out by itself, for one request, and says who carries out a plan over it. It gives nil when
	// nothing was ever to be sent, and may be nil itself.
	Outbox func(ctx context.Context) (*delivery.Outbox, Carrier, error)
}

// Carrier says which process carries out the plan of deliveries.
type Carrier string

// The carriers.
const (
	CarriedByNobody  Carrier = ""
	CarriedHere      Carrier = "here"
	CarriedElsewhere Carrier = "elsewhere"
)

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

	sessions *access.Sessions
	limiter  *access.Limiter
	budgets  *access.Budgets
	saved    *savedQueries
	queries  *savedQueries // statements
	kept     keptExports
	flights  *oidcFlights
}

// New makes a server, opens the published warehouse when there is one, and starts to watch for the next.
func New(cfg Config) (*Server, error) {
	if cfg.Open == nil || cfg.OpenViews == nil || cfg.Current == nil {
		return nil, errors.New("dashboards: Config needs Open, OpenViews and Current")
	}
	if err := cfg.Access.check(); err != nil {
		return nil, err
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
	s.sessions, s.limiter = access.NewSessions(cfg.Now), access.NewLimiter(cfg.Now)
	s.budgets = access.NewBudgets(cfg.Now)
	s.queries = &savedQueries{dir: cfg.StateDir, file: "statements.json"}
	s.saved, s.flights = &savedQueries{dir: cfg.StateDir, file: "segments.json"}, newOIDCFlights(cfg.Now)
	if cfg.StateDir != "" {
		s.kept = keptExports{dir: filepath.Join(cfg.StateDir, "exports"), now: cfg.Now}
	}
	s.store = newStore(cfg, metrics, s.rehearse)
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
	mux.Handle("GET /home", s.page("home", access.SeeTotals, homeParams, s.home))
	mux.Handle("GET /adherence", s.page("adherence", access.SeeTotals, adherenceParams, s.adherence))
	mux.Handle("GET /journey", s.page("journey", access.SeeTotals, journeyParams, s.journey))
	mux.Handle("GET /patients", s.page("patients", access.SeePatients, patientsParams, s.patients))
	mux.Handle("GET /patients/{id}", s.page("patient", access.SeePatients, patientParams, s.patient))
	mux.Handle("GET /segments", s.page("segments", access.SeeTotals, segmentParams, s.segments))
	mux.Handle("GET /segments/list.csv", s.file("segments_csv", access.Export, segmentParams, s.segmentList("csv", writeCSV)))
	mux.Handle("GET /segments/list.xlsx", s.file("segments_xlsx", access.Export, segmentParams, s.segmentList("xlsx", writeXLSX)))
	mux.Handle("GET /segments/list.parquet", s.file("segments_parquet", access.Export, segmentParams, s.segmentList("parquet", writeParquet)))
	mux.Handle("GET /segments/manifest.json", s.file("segments_manifest", access.Export, segmentParams, s.segmentManifest))
	mux.Handle("GET /exports", s.page("exports", access.SeeTotals, nil, s.exports))
	mux.Handle("GET /exports/{id}", s.file("exports_again", access.Export, nil, s.exportAgain))
	mux.Handle("GET /deliveries", s.page("deliveries", access.SeeOutbox, deliveryParams, s.deliveries))
	mux.Handle("POST /deliveries/acknowledge", s.file("delivery_acknowledge", access.SeeOutbox, nil, s.acknowledge))
	mux.Handle("POST /deliveries/again", s.file("delivery_again", access.SeeOutbox, nil, s.sendAgain))
	s.routeReports(mux)
	mux.Handle("POST /segments/saved", s.file("segments_save", access.SeePatients, nil, s.saveSegment))
	mux.Handle("GET /sql", s.page("sql", access.RunSQL, sqlParams, s.sqlPage))
	mux.Handle("POST /sql/runs", s.file("sql_run", access.RunSQL, nil, s.startRun))
	mux.Handle("GET /sql/runs/{run}", s.page("sql_result", access.RunSQL, nil, s.runPage))
	mux.Handle("GET /sql/runs/{run}/rows", s.file("sql_rows", access.RunSQL, nil, s.runRows))
	mux.Handle("GET /sql/runs/{run}/result.csv", s.file("sql_csv", access.RunSQL, nil, s.runCSV))
	for _, kind := range []string{"xlsx", "parquet", "arrow"} {
		mux.Handle("GET /sql/runs/{run}/result."+kind, s.file("sql_"+kind, access.RunSQL, nil, s.runFile(kind)))
	}
	mux.Handle("POST /sql/saved", s.file("sql_save", access.RunSQL, nil, s.saveStatement))
	mux.Handle("POST /sql/runs/{run}/cancel", s.file("sql_cancel", access.RunSQL, nil, s.cancelRun))
	mux.Handle("GET /data", s.page("data", access.SeeData, nil, s.data))
	mux.Handle("GET /admin", s.page("admin", access.SeeAudit, nil, s.admin))
	mux.Handle("GET /tokens", s.page("tokens", access.SeeTotals, nil, s.tokens))
	mux.Handle("POST /tokens", s.file("token_make", access.SeeTotals, nil, s.makeToken))
	mux.Handle("POST /tokens/{id}/end", s.file("token_end", access.SeeTotals, nil, s.endToken))
	mux.Handle("GET /tags/tuning", http.RedirectHandler("/tuning", http.StatusFound))
	mux.Handle("GET /glossary", s.page("glossary", access.SeeTotals, nil, s.glossary))
	mux.Handle("GET /sign-in", s.open("sign_in", s.signInPage))
	mux.Handle("POST /sign-in", s.open("sign_in", s.signIn))
	mux.Handle("GET /sign-in/provider", s.open("sign_in_provider", s.toProvider))
	mux.Handle("GET /sign-in/callback", s.open("sign_in_callback", s.fromProvider))
	mux.Handle("POST /sign-out", s.open("sign_out", s.signOut))
	mux.Handle("POST /role", s.open("role", s.tryRole))
	s.api(mux)
	mux.Handle("GET /metrics", s.metrics.handler())
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.Handle("GET /static/", http.StripPrefix("/static/", s.assets))
	mux.Handle("/", s.page("not_found", access.SeeTotals, anyParams, s.notFound))
	return secure(checkHost(s.cfg.Access.Hosts, http.NewCrossOriginProtection().Handler(mux)))
}
