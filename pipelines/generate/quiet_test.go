package generate

import (
	"maps"
	"slices"
	"testing"
	"time"

	"phdp/ingest"
)

func withShare(t *testing.T, share float64) *Generator {
	t.Helper()
	g, err := New(Config{Patients: 2000, Months: 24, Seed: 1, Lines: defaultLines(t), End: time.Date(2026, 6, 30, 0, 0, 0, 0, shanghai), ActiveShare: share})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// An active person lives the same life whatever the share; the others are never treated.
func TestActiveShareChangesNoActiveLife(t *testing.T) {
	all, some := withShare(t, 1).newLife(), withShare(t, 0.1).newLife()
	active, quietEvents, activeEvents := 0, 0, 0
	for no := uint32(1); no <= 2000; no++ {
		all.live(no)
		some.live(no)
		if !some.isQuiet {
			active++
			activeEvents += len(some.events)
			if !slices.Equal(all.events, some.events) {
				t.Fatalf("person %d is active and lives otherwise", no)
			}
			continue
		}
		quietEvents += len(some.events)
		for _, e := range some.events {
			if e.kind.stream() == ingest.Prescriptions {
				t.Fatalf("person %d is quiet and has a prescription", no)
			}
		}
	}
	within(t, "active share", float64(active)/2000, 0.08, 0.12)
	within(t, "events of a quiet person", float64(quietEvents)/float64(2000-active), 6, 12)
	within(t, "events of an active person", float64(activeEvents)/float64(active), 190, 300)
	t.Logf("%d active with %.0f events each, the others with %.1f", active, float64(activeEvents)/float64(active), float64(quietEvents)/float64(2000-active))
}

func TestPartsHaveTheRecordsOfAll(t *testing.T) {
	g := newGenerator(t, 60, 6, 1)
	count := map[string]int{}
	for r := range g.Records() {
		count[string(r.Value)]++
	}
	parts := map[string]int{}
	for part := range 3 {
		last := time.Time{}
		for r := range g.RecordsOf(part, 3) {
			parts[string(r.Value)]++
			if r.At.Before(last) {
				t.Fatalf("part %d: a record arrives before the one before it", part)
			}
			last = r.At
		}
	}
	if !maps.Equal(count, parts) {
		t.Errorf("%d different records in the parts, want %d", len(parts), len(count))
	}
}

func TestActiveShareHasBounds(t *testing.T) {
	for _, share := range []float64{-0.1, 1.5} {
		if _, err := New(Config{Patients: 1, Months: 1, Lines: defaultLines(t), End: time.Now(), ActiveShare: share}); err == nil {
			t.Errorf("a share of %v is taken", share)
		}
	}
}
