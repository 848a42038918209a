package generate

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"phdp/pipelines/lines"
)

func defaultLines(t *testing.T) []lines.Line {
	t.Helper()
	all, err := lines.Default()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func newGenerator(t *testing.T, patients, months int, seed uint64) *Generator {
	t.Helper()
	g, err := New(Config{Patients: patients, Months: months, Seed: seed, Lines: defaultLines(t),
		End: time.Date(2026, 6, 30, 0, 0, 0, 0, shanghai)})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func hashRecords(g *Generator) string {
	h := sha256.New()
	for r := range g.Records() {
		fmt.Fprintf(h, "%s %s %d ", r.Stream, r.Key, r.At.UnixMilli())
		h.Write(r.Value)
	}
	return sum(h)
}

func hashTruth(t *testing.T, g *Generator) string {
	t.Helper()
	dir := t.TempDir()
	if err := g.Truth().WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil || len(names) != 9 {
		t.Fatalf("%d files, %v, want 9", len(names), err)
	}
	h := sha256.New()
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		h.Write(data)
	}
	return sum(h)
}

func sum(h hash.Hash) string { return fmt.Sprintf("%x", h.Sum(nil)) }

func TestSameConfigGivesSameBytes(t *testing.T) {
	g := newGenerator(t, 200, 12, 7)
	records, truth := hashRecords(g), hashTruth(t, g)
	if got := hashRecords(g); got != records {
		t.Error("Records called again yields other records")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	again := newGenerator(t, 200, 12, 7)
	if hashTruth(t, again) != truth || hashRecords(again) != records {
		t.Error("another generator of the same configuration, on one processor, differs")
	}
	other := newGenerator(t, 200, 12, 8)
	if hashRecords(other) == records || hashTruth(t, other) == truth {
		t.Error("another seed gives the same")
	}
}

// A person depends on the seed and the own number only, not on who was born before.
func TestPeopleAreIndependent(t *testing.T) {
	g := newGenerator(t, 40, 12, 3)
	together := g.newLife()
	for no := uint32(1); no <= 40; no++ {
		together.live(no)
		alone := g.newLife()
		alone.live(no)
		if len(alone.events) == 0 || !slices.Equal(alone.events, together.events) || !slices.Equal(alone.truth.fills, together.truth.fills) {
			t.Fatalf("person %d alone is not the person among others", no)
		}
	}
}

func TestRecordsCanBeStopped(t *testing.T) {
	n := 0
	for range newGenerator(t, 5, 3, 1).Records() {
		if n++; n == 3 {
			break
		}
	}
	if n != 3 {
		t.Errorf("%d records", n)
	}
}

func TestBadConfigIsRefused(t *testing.T) {
	good := Config{Patients: 10, Months: 12, End: time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC), Lines: defaultLines(t)}
	cases := []struct {
		name string
		edit func(*Config)
		want string
	}{
		{"no patients", func(c *Config) { c.Patients = 0 }, "0 patients"},
		{"no months", func(c *Config) { c.Months = 0 }, "0 months"},
		{"no end", func(c *Config) { c.End = time.Time{} }, "end date"},
		{"no lines", func(c *Config) { c.Lines = nil }, "no disease line"},
		{"no drugs", func(c *Config) { c.Lines = []lines.Line{{Code: "gout"}} }, "line gout has no drugs"},
		{"no product", func(c *Config) {
			c.Lines = []lines.Line{{Code: "gout", Drugs: []lines.Drug{{Code: "febuxostat"}}}}
		}, "febuxostat of line gout has no product"},
		{"unknown line", func(c *Config) { c.Only = []string{"flu"} }, `unknown disease line "flu"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cfg := good
			c.edit(&cfg)
			if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestOnlyChosenLines(t *testing.T) {
	cfg := Config{Patients: 60, Months: 6, End: time.Date(2026, 6, 30, 0, 0, 0, 0, shanghai), Lines: defaultLines(t), Only: []string{"bc"}}
	g, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range g.Truth().Patients {
		if p.Line != "bc" {
			t.Fatalf("a person of line %s", p.Line)
		}
	}
}

// A line that the generator has no rates for, with a drug, a class and no fixed texts of its own.
func TestUnknownLineWorks(t *testing.T) {
	gout := lines.Line{
		Code: "gout", NameZh: "痛风", NameEn: "gout", ICD10: []string{"M10"},
		DrugClasses: []lines.DrugClass{{Code: "gout_xoi", AdherenceThreshold: 0.8}},
		Drugs:       []lines.Drug{{Code: "febuxostat", NameZh: "非布司他", Class: "gout_xoi", Ingredients: []string{"febuxostat"}}},
		Products:    []lines.Product{{SKU: "G1", Drug: "febuxostat", PackUnits: 14, PackDays: 14, MaxDays: 366}},
		Funnel:      defaultLines(t)[0].Funnel,
	}
	g, err := New(Config{Patients: 100, Months: 12, End: time.Date(2026, 6, 30, 0, 0, 0, 0, shanghai), Lines: []lines.Line{gout}})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range g.Records() {
		n++
	}
	if truth := g.Truth(); n < 3000 || len(truth.Fills) == 0 {
		t.Errorf("%d records, %d fills", n, len(truth.Fills))
	}
}
