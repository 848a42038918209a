package dashboards

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"phdp/sql/queries"
)

// pollEvery is how often the store asks which warehouse is published.
const pollEvery = 200 * time.Millisecond

// warehouse is one opened build with the small lists that every page needs.
type warehouse struct {
	path string
	db   *sql.DB
	build
	reference
	cards   sync.Map // query and line → []kpiPoint
	scopeMu sync.Mutex
	scopes  map[string]*warehouse // by the key of a scope
	totals  bool                  // counts are protected before they are shown
	uses    int                   // requests that hold it; guarded by store.mu
	retired bool                  // a newer one took its place
}

// store holds the current warehouse and swaps it when another path is published.
type store struct {
	cfg     Config
	log     *slog.Logger
	metrics *metrics

	mu      sync.Mutex
	current *warehouse
	failed  string // path that could not be opened and is already logged

	stop context.CancelFunc
	done chan struct{}
}

func newStore(cfg Config, m *metrics) *store {
	ctx, stop := context.WithCancel(context.Background())
	s := &store{cfg: cfg, log: cfg.Log, metrics: m, stop: stop, done: make(chan struct{})}
	s.refresh(ctx)
	go s.watch(ctx)
	return s
}

func (s *store) watch(ctx context.Context) {
	defer close(s.done)
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			s.refresh(ctx)
		}
	}
}

// refresh opens the published warehouse when it is not the current one. A warehouse that cannot be opened is
// logged once and tried again; the pages stay on the one that they have.
func (s *store) refresh(ctx context.Context) {
	path, err := s.cfg.Current()
	if err == nil && s.holds(path) {
		return
	}
	var next *warehouse
	if err == nil {
		next, err = openWarehouse(ctx, s.cfg.Open, path)
	}
	if err != nil {
		s.note(ctx, path, err)
		return
	}
	s.swap(next)
	s.metrics.swapped(next.build)
	s.log.Info("warehouse opened", "build_id", next.BuildID, "as_of", next.AsOf, "patients", next.PatientCount)
}

func (s *store) holds(path string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current != nil && s.current.path == path
}

func (s *store) note(ctx context.Context, path string, err error) {
	if errors.Is(err, fs.ErrNotExist) && path == "" || ctx.Err() != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != path+err.Error() {
		s.log.Error("warehouse not opened", "error", err)
	}
	s.failed = path + err.Error()
}

func (s *store) swap(next *warehouse) {
	s.mu.Lock()
	old := s.current
	s.current, s.failed = next, ""
	unused := old != nil && old.uses == 0
	if old != nil {
		old.retired = true
	}
	s.mu.Unlock()
	if unused {
		old.close()
	}
}

// acquire returns the current warehouse and the function that gives it back, or nil before the first build.
func (s *store) acquire() (*warehouse, func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.current
	if w == nil {
		return nil, func() {}
	}
	w.uses++
	return w, sync.OnceFunc(func() { s.release(w) })
}

func (s *store) release(w *warehouse) {
	s.mu.Lock()
	w.uses--
	last := w.retired && w.uses == 0
	s.mu.Unlock()
	if last {
		w.close()
	}
}

// close stops watching. The warehouse closes now, or with its last request.
func (s *store) close() error {
	s.stop()
	<-s.done
	s.mu.Lock()
	w := s.current
	s.current = nil
	unused := w != nil && w.uses == 0
	if w != nil {
		w.retired = true
	}
	s.mu.Unlock()
	if unused {
		return w.close()
	}
	return nil
}

func openWarehouse(ctx context.Context, open func(context.Context, string) (*sql.DB, error), path string) (*warehouse, error) {
	db, err := open(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("open warehouse: %w", err)
	}
	w := &warehouse{path: path, db: db}
	if err := w.load(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("read warehouse: %w", err)
	}
	if err := w.warm(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("read warehouse: %w", err)
	}
	return w, nil
}

// args are the named parameters of a query.
type args map[string]any

// query runs a query of package queries and scans each of its rows.
func query[T any](ctx context.Context, w *warehouse, name string, a args, scan func(*T) []any) ([]T, error) {
	text, err := queries.Get(name)
	if err != nil {
		return nil, err
	}
	named := make([]any, 0, len(a))
	for key, value := range a {
		named = append(named, sql.Named(key, value))
	}
	rows, err := w.db.QueryContext(ctx, text, named...)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", name, err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		var one T
		if err := rows.Scan(scan(&one)...); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return all, nil
}
