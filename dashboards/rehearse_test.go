package dashboards

import (
	"context"
	"sync/atomic"
	"testing"
)

// After a rehearsal the pages ask the warehouse nothing that was not asked before, and nobody's name is in the audit log.
func TestRehearsedPagesAskNothing(t *testing.T) {
	f := newFixture(t, 200)
	w, release := f.server.store.acquire()
	defer release()
	f.server.rehearse(t.Context(), w)
	known := keysOf(&w.kept)
	if len(known) < 100 {
		t.Fatalf("only %d results are known after the rehearsal", len(known))
	}
	for _, path := range []string{"/home", "/adherence", "/journey", "/segments", "/patients", "/data", "/glossary"} {
		f.page(path)
	}
	for _, p := range reports() {
		f.page("/" + p.name)
		f.page("/" + p.name + "?line=htn")
	}
	for key := range keysOf(&w.kept) {
		if !known[key] {
			t.Errorf("asked for only when a page was opened: %s", key)
		}
	}
}

func keysOf(kept *answers) map[string]bool {
	kept.mu.Lock()
	defer kept.mu.Unlock()
	all := map[string]bool{}
	for key := range kept.all {
		all[key] = true
	}
	return all
}

// A new build is asked for its pages while people are still on the old one; the first is shown at once.
func TestRehearsalBeforeTheSwap(t *testing.T) {
	paths := []string{writeWarehouse(t, 60), writeWarehouse(t, 80)}
	var at atomic.Int32
	m, err := newMetrics(nil)
	if err != nil {
		t.Fatal(err)
	}
	shown, ready := make(chan string, 10), make(chan *store, 10)
	s := newStore(Config{Open: openReadOnly, Current: func() (string, error) { return paths[at.Load()], nil }, Log: quiet()}, m, func(_ context.Context, w *warehouse) {
		s := <-ready
		now, release := s.acquire()
		defer release()
		shown <- w.path + " while " + now.path
	})
	defer s.close()
	ready <- s
	ready <- s
	if got, want := <-shown, paths[0]+" while "+paths[0]; got != want {
		t.Errorf("the first build: %s, want %s", got, want)
	}
	at.Store(1)
	if got, want := <-shown, paths[1]+" while "+paths[0]; got != want {
		t.Errorf("the next build: %s, want %s", got, want)
	}
}
