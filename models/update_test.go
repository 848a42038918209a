package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// historyRefs are reference tables small enough to reach all kinds of rules, and the tags of the catalogue.
func historyRefs(t *testing.T) []Ref {
	t.Helper()
	return append([]Ref{
		{Name: "lines", Rows: [][]any{{"htn", "高血压", "hypertension", "I10;I15"}, {"dm", "糖尿病", "diabetes", "E11"}}},
		{Name: "drugs", Rows: [][]any{{"valsartan", "htn_arb", "htn", "缬沙坦", "valsartan"}, {"metformin", "dm_biguanide", "dm", "二甲双胍", "metformin"}}},
		{Name: "drug_classes", Rows: [][]any{{"htn_arb", "htn", "沙坦", "blockers", 0.8}, {"dm_biguanide", "dm", "双胍", "biguanides", 0.8}}},
		{Name: "products", Rows: [][]any{{"S1", "valsartan", "缬沙坦胶囊", 28.0, 28.0, 366.0, 3600}, {"S2", "metformin", "二甲双胍片", 60.0, 30.0, 366.0, 1800}}},
		{Name: "funnels", Rows: [][]any{{"journey", "htn", "", "", true, false, 0, "", ""}, {"men", "dm", "", "", false, true, 90, "sex", "male"}}},
		{Name: "funnel_steps", Rows: [][]any{{"journey", "htn", 1, "lead", "", "", "activity.lead", 1, nil}, {"journey", "htn", 2, "fill", "", "", "fill", 1, nil},
			{"journey", "htn", 3, "again", "", "", "fill", 2, nil}, {"journey", "htn", 4, "stay", "", "", "covered_day", nil, 20}, {"men", "dm", 1, "read", "", "", "activity.read_article", 1, nil}, {"men", "dm", 2, "fill", "", "", "fill", 1, nil}}},
		{Name: "stages", Rows: [][]any{{"htn", 1, "lead", "", "", "maintain", 30}, {"htn", 2, "maintain", "", "", "", 0}, {"htn", 3, "exit", "", "", "", 0}}},
		{Name: "stage_rules", Rows: [][]any{{"htn", "stage", 1, "exit", true, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil},
			{"htn", "stage", 2, "winback", nil, nil, nil, nil, nil, nil, nil, 30, 60, nil, nil}, {"htn", "stage", 3, "maintain", nil, true, nil, nil, nil, nil, nil, nil, nil, nil, nil},
			{"htn", "stage", 4, "lead", nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil}}},
		{Name: "sop_tasks", Rows: [][]any{{"htn", "lead", "call", "", "", 1, 7}, {"htn", "maintain", "ask", "", "", 0, 30}}},
	}, catalogueRefs(t)...)
}

// catalogueRefs reads the files of the catalogue into the reference tables of the same names.
func catalogueRefs(t *testing.T) []Ref {
	t.Helper()
	tables, err := shapes()
	if err != nil {
		t.Fatal(err)
	}
	var refs []Ref
	for _, name := range []string{"tags", "tag_concepts", "tag_rules", "interactions"} {
		text := readTSV(t, filepath.Join("../transform/catalogue", name+".tsv"), true)
		ref := Ref{Name: name}
		for i, cells := range text.rows {
			var values []any
			for _, c := range tables["ref."+name] {
				var value any
				for j, header := range text.header {
					if same := header == c.name || header+"_id" == "tag_"+c.name || header == "id" && c.name == "tag_id" || header == "line" && c.name == "line_code"; same && j < len(cells) {
						value = cells[j]
					}
				}
				switch {
				case value == nil && c.kind == "VARCHAR":
					value = ""
				case value == nil && c.kind == "BOOLEAN":
					value = true
				case value == nil:
					value = strconv.Itoa(i)
				case value == "" && c.kind != "VARCHAR":
					value = nil
				}
				values = append(values, value)
			}
			ref.Rows = append(ref.Rows, values)
		}
		refs = append(refs, ref)
	}
	return refs
}

// TestUpdatesEqualFullBuilds lets 200 invented families live through builds and compares, after each, every table that
// Update has brought up to date with that of a build that knows nothing of the past. After the five builds
// in which everything happens once come as many random ones as PHDP_HISTORY_STEPS says (default 0).
func TestUpdatesEqualFullBuilds(t *testing.T) {
	h := newHistory(t, 1, 200)
	h.happen(1)
	h.happen(2)
	x := newUpdates(t, h)
	x.update()
	x.compare("the first build")
	x.update()
	if !x.report.IsCurrent {
		t.Error("an update without anything new made a warehouse")
	}

	h.happen(8)
	x.breakOff("dim_patients")
	h.happen(20)
	x.update()
	x.compare("events, and a build that broke off")

	h.merge("chats")
	h.merge("prescriptions")
	x.update()
	if n := x.made(MadeForPeople) + x.made(MadeWhole); n > 2 { // links and withdrawals are compared as a whole
		t.Errorf("%d models were made after files were merged", n)
	}
	h.erase()
	x.refuse()
	h.day += 2
	x.update()
	x.compare("a person erased, days without events")

	h.day++
	h.happen(10)
	x.update()
	x.compare("a day with events")
	if x.made(MadeForPeople) == 0 || x.made(Untouched) == 0 {
		t.Error("no model was made for people, or none left as it was")
	}
	h.happen(5)
	x.full = true
	x.breakOff("int_stages__days")
	x.full = false
	x.update()
	x.compare("events, and a full build that broke off in the state")
	if x.made(MadeForPeople) > 0 {
		t.Error("an update followed the state of a full build that broke off")
	}
	for range 2 {
		h.day++
		x.update()
		x.compare("a day without events")
	}
	x.limits.changed = 0.02
	h.day++
	x.update()
	x.compare("a day without events, when a few people are many")
	x.limits.changed = 2
	steps, _ := strconv.Atoi(os.Getenv("PHDP_HISTORY_STEPS"))
	for range steps {
		what := h.step()
		x.update()
		x.compare(what)
	}
	h.day += 245
	x.update()
	x.compare("another year")
	t.Logf("%d histories, %d builds, %d tables compared, %v", len(h.families), x.builds, x.tables, x.extents)
}

// made counts the models of the last update by extent.
func (x *updates) made(e Extent) (n int) {
	for _, m := range x.report.Models {
		if m.Extent == e {
			n++
		}
	}
	return n
}

// breakOff stops an update at a mart: the state is ahead of the warehouse that was published last.
func (x *updates) breakOff(at string) {
	x.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	x.progress = func(model string, _, _ int, _ int64, _ time.Duration) {
		if model == at {
			cancel()
		}
	}
	if err := x.try(ctx); !errors.Is(err, context.Canceled) {
		x.t.Fatalf("a broken off update: %v, want context canceled", err)
	}
	x.progress = nil
}

// refuse expects that an update does not leave the bytes of lost rows in its files.
func (x *updates) refuse() {
	x.t.Helper()
	x.forget = true
	if err := x.try(context.Background()); !errors.Is(err, ErrLost) {
		x.t.Fatalf("an update after an erasure: %v, want %v", err, ErrLost)
	}
	x.forget = false
}

// updates is a warehouse that is brought up to date from a history.
type updates struct {
	t       *testing.T
	h       *history
	refs    []Ref
	dir     string
	last    Target
	report  Report
	limits  limits
	forget  bool // the bytes of lost rows must not stay
	full    bool // all is made anew
	builds  int
	tables  int
	extents map[Extent]int

	progress func(string, int, int, int64, time.Duration)
}

func newUpdates(t *testing.T, h *history) *updates {
	return &updates{t: t, h: h, refs: historyRefs(t), dir: t.TempDir(), limits: limits{changed: 2, share: 1000}, extents: map[Extent]int{}}
}

func (x *updates) options() Options {
	return Options{AsOf: historyStart.AddDate(0, 0, x.h.day), BuildID: fmt.Sprint("b", x.builds), KeepBytes: !x.forget, Full: x.full, Progress: x.progress}
}

// update runs one update, as from another start of the process.
func (x *updates) update() {
	x.t.Helper()
	if err := x.try(context.Background()); err != nil {
		x.t.Fatal(err)
	}
}

func (x *updates) try(ctx context.Context) error {
	x.t.Helper()
	c, err := load(files)
	if err != nil {
		return err
	}
	x.builds++
	target := Target{Path: filepath.Join(x.dir, fmt.Sprintf("w%d.duckdb", x.builds)), Last: x.last.Path, LastBuild: x.last.LastBuild}
	db, err := sql.Open("duckdb", filepath.Join(x.dir, "state.duckdb")+"?threads=2")
	if err != nil {
		return err
	}
	defer db.Close()
	u := &updater{builder: &builder{catalogue: c, opts: withDefaults(x.options())}, target: target, sources: x.h.sources, limits: x.limits}
	if x.report, err = u.run(ctx, db, x.refs); err != nil {
		return err
	}
	for _, m := range x.report.Models {
		x.extents[m.Extent]++
	}
	if !x.report.IsCurrent {
		x.last = Target{Path: target.Path, LastBuild: x.options().BuildID}
	}
	return nil
}

// compare builds everything anew and compares every table in both directions.
func (x *updates) compare(after string) {
	x.t.Helper()
	db := openDuckDB(x.t)
	defer db.Close()
	opts := x.options()
	opts.KeepIntermediate = true
	if _, err := Build(context.Background(), db, x.h.sources, x.refs, opts); err != nil {
		x.t.Fatal(err)
	}
	for name, path := range map[string]string{"updated": x.last.Path, "state": filepath.Join(x.dir, "state.duckdb")} {
		if _, err := db.Exec("attach " + quote(path) + " as " + name + " (read_only)"); err != nil {
			x.t.Fatal(err)
		}
	}
	models, err := List()
	if err != nil {
		x.t.Fatal(err)
	}
	for _, m := range models {
		if m.View != "" { // it shows what other tables hold
			continue
		}
		full, updated := "memory."+placeOf(m), "state."+placeOf(m)
		if m.Layer == Marts {
			updated = "updated." + placeOf(m)
		}
		same := fmt.Sprintf(`select count(*) from (select count(*) as n, sum(hash(t)) as h from %s as t) as a
			join (select count(*) as n, sum(hash(t)) as h from %s as t) as b on a.n = b.n and a.h is not distinct from b.h`, full, updated)
		if count(x.t, db, same) == 0 {
			missing := count(x.t, db, fmt.Sprintf("select count(*) from (select * from %s except all select * from %s)", full, updated))
			extra := count(x.t, db, fmt.Sprintf("select count(*) from (select * from %s except all select * from %s)", updated, full))
			x.t.Errorf("build %d, after %s: %s lacks %d rows and has %d too many", x.builds, after, m.Name, missing, extra)
		}
		x.tables++
	}
	if x.t.Failed() {
		x.t.FailNow()
	}
}
