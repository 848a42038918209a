package dashboards

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestProgressBeforeTheFirstBuild(t *testing.T) {
	var path atomic.Value
	path.Store("")
	server, err := New(Config{Open: openReadOnly, OpenViews: openViews, Access: localAccess(t), StateDir: t.TempDir(), Current: func() (string, error) { return published(path.Load().(string))() },
		Progress: func() Progress {
			return Progress{Stage: "构建数据仓库", Done: 30, Total: 120, Message: "fct_fills"}
		}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	get := func() *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		server.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/home", nil))
		return w
	}
	first := get()
	if first.Code != http.StatusOK || first.Header().Get("Refresh") != "2" || !strings.Contains(first.Body.String(), "30 / 120") {
		t.Fatalf("status %d, Refresh %q: the page must show the progress and refresh itself", first.Code, first.Header().Get("Refresh"))
	}
	path.Store(writeWarehouse(t, 60))
	for end := time.Now().Add(20 * time.Second); ; {
		if w := get(); strings.Contains(w.Body.String(), "kpi-pdc") {
			return
		}
		if time.Now().After(end) {
			t.Fatal("the first build is not noticed")
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// A request that began on the old warehouse ends on it, and only then is it closed.
func TestSwapKeepsRunningRequests(t *testing.T) {
	paths := []string{writeWarehouse(t, 60), writeWarehouse(t, 80)}
	var at atomic.Int32
	m, err := newMetrics(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := newStore(Config{Open: openReadOnly, Current: func() (string, error) { return paths[at.Load()], nil }, Log: quiet()}, m, nil)
	defer s.close()
	old, release := s.acquire()
	at.Store(1)
	s.refresh(t.Context())
	next, releaseNext := s.acquire()
	defer releaseNext()
	if next == old || next.PatientCount != 80 {
		t.Fatalf("the new warehouse has %d patients, want 80", next.PatientCount)
	}
	if err := old.db.PingContext(t.Context()); err != nil {
		t.Fatalf("the old warehouse was closed under a request: %v", err)
	}
	if _, err := query(t.Context(), old, "store.Lines", nil, func(l *line) []any { return []any{&l.Code, &l.NameZH, &l.NameEN} }); err != nil {
		t.Fatalf("the old warehouse cannot be read: %v", err)
	}
	release()
	if err := old.db.PingContext(t.Context()); err == nil {
		t.Error("the old warehouse stays open after its last request")
	}
}

func TestBrokenWarehouseKeepsTheOldOne(t *testing.T) {
	path := writeWarehouse(t, 60)
	var broken atomic.Bool
	m, err := newMetrics(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := newStore(Config{Log: quiet(), Current: func() (string, error) {
		if broken.Load() {
			return "other", nil
		}
		return path, nil
	}, Open: func(ctx context.Context, path string) (*sql.DB, error) {
		if broken.Load() {
			return nil, errors.Join(errors.New("damaged file"), fs.ErrInvalid)
		}
		return openReadOnly(ctx, path)
	}}, m, nil)
	defer s.close()
	broken.Store(true)
	s.refresh(t.Context())
	w, release := s.acquire()
	defer release()
	if w == nil || w.path != path {
		t.Error("a warehouse that cannot be opened must not take the place of the one that works")
	}
}
