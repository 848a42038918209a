package dashboards

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
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
	kept     answers
	scopeMu  sync.Mutex
	scopes   map[string]*warehouse // by the key of a scope
	segments openSegments
	scope    scope // that it shows
	totals   bool  // counts are protected before they are shown
	uses     int   // requests that hold it; guarded by store.mu
	retired  bool  // a newer one took its place
}

// store holds the current warehouse and swaps it when another path is published.
type store struct {
	cfg     Config
	log     *slog.Logger
	metrics *metrics

	mu      sync.Mutex
	current *warehouse
	failed  string // path that could not be opened and is already logged

	rehearse func(ctx context.Context, w *warehouse) // finds what people will ask for; may be nil

	stop context.CancelFunc
	done chan struct{}
}

func newStore(cfg Config, m *metrics, rehearse func(context.Context, *warehouse)) *store {
	ctx, stop := context.WithCancel(context.Background())
	s := &store{cfg: cfg, log: cfg.Log, metrics: m, rehearse: rehearse, stop: stop, done: make(chan struct{})}
	s.refresh(ctx)
	go s.watch(ctx)
	return s
}

func (s *store) watch(ctx context.Context) {
	defer close(s.done)
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	rehearsed := false
	for {
		if !rehearsed {
			w, release := s.acquire()
			if rehearsed = w != nil; rehearsed { // the first one is shown at once
				s.rehearseAll(ctx, w, nil)
			}
			release()
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			s.refresh(ctx)
		}
	}
}

// refresh opens the published warehouse when it is not the current one. Pages are asked of it before it takes the place of
// another. A warehouse that cannot be opened is logged once and tried again; the pages stay on the one that they have.
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
	if old, release := s.acquire(); old != nil {
		s.rehearseAll(ctx, next, old.openScopes())
		release()
	}
	if ctx.Err() != nil {
		next.close()
		return
	}
	s.swap(next)
	s.metrics.swapped(next.build)
	s.log.Info("warehouse opened", "build_id", next.BuildID, "as_of", next.AsOf, "patients", next.PatientCount)
}

// rehearseAll finds what people will ask for of a warehouse, and of scopes that somebody looked through before.
func (s *store) rehearseAll(ctx context.Context, w *warehouse, scopes []scope) {
	if s.rehearse == nil {
		return
	}
	s.rehearse(ctx, w)
	for _, c := range scopes {
		one, err := w.scoped(ctx, s.cfg, c)
		if err != nil {
			return // whoever opens it is told
		}
		s.rehearse(ctx, one)
	}
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
	return w, nil
}

// args are the named parameters of a query.
type args map[string]any

// part is an argument that is no value but a piece of the statement, made by this package, which takes the name's place.
type part string

// put puts the pieces among the arguments into a statement.
func (a args) put(text string) string {
	for key, value := range a {
		if piece, ok := value.(part); ok {
			text = strings.ReplaceAll(text, "$"+key, string(piece))
		}
	}
	return text
}

// key names a result: the query and its parameters, in order.
func (a args) key(name string) string {
	text, _ := json.Marshal(a) // texts, numbers and truths always become JSON
	return name + " " + string(text)
}

// named are the parameters as the driver takes them.
func (a args) named() []any {
	all := make([]any, 0, len(a))
	for key, value := range a {
		if _, ok := value.(part); !ok {
			all = append(all, sql.Named(key, value))
		}
	}
	return all
}

// query runs a query of package queries and scans each of its rows, once a build: later calls get what was found.
func query[T any](ctx context.Context, w *warehouse, name string, a args, scan func(*T) []any) ([]T, error) {
	return remember(ctx, &w.kept, a.key(name), func() ([]T, error) {
		var all []T
		err := w.read(ctx, name, a, nil, func(rows *sql.Rows) error {
			var one T
			if err := rows.Scan(scan(&one)...); err != nil {
				return err
			}
			all = append(all, one)
			return nil
		})
		return all, err
	})
}

// read runs a query of package queries and calls functions for the names of its columns, which may be nil, and for each row.
func (w *warehouse) read(ctx context.Context, name string, a args, head func(columns []string), row func(*sql.Rows) error) error {
	text, err := queries.Get(name)
	if err != nil {
		return err
	}
	rows, err := w.db.QueryContext(ctx, a.put(text), a.named()...)
	if err != nil {
		return fmt.Errorf("run %s: %w", name, err)
	}
	defer rows.Close()
	if head != nil {
		columns, err := rows.Columns()
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		head(columns)
	}
	for rows.Next() {
		if err := row(rows); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}
