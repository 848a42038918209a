package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// Source is one table of the lake as the build reads it: a view over Parquet files, or an empty table
// when there are none yet.
type Source struct {
	Name       string // chats, findings, …
	DDL        string // create table lake.<name> (…)
	Files      []string
	SnapshotID int64
	Rows       int64
	Newest     time.Time // of event_at; zero when unknown
}

// Ref is one reference table with its rows. DDL may be empty for the tables of ReferenceDDL.
type Ref struct {
	Name string
	DDL  string // create table ref.<name> (…)
	Rows [][]any
}

// Options are the settings of one build.
type Options struct {
	AsOf             time.Time        // business day; later events are not seen. Only the date counts
	BuildID          string           // name of the build in meta.builds
	Now              func() time.Time // default time.Now
	Progress         func(model string, done, total int, rows int64, elapsed time.Duration)
	Log              *slog.Logger // default: silent
	KeepIntermediate bool         // keep the schemas staging and intermediate in the database, and check the grain of views too
	Full             bool         // Update makes everything anew
	KeepBytes        bool         // Update deletes rows that the lake has lost, though their bytes stay in the files
}

// Extent says how much of a model a build made.
type Extent string

// A model is made whole, or anew for the people who changed, or stays as the build before left it. A view has no rows of
// its own: its readers make them.
const (
	MadeWhole     Extent = "full"
	MadeForPeople Extent = "people"
	Untouched     Extent = "untouched"
	IsView        Extent = "view"
)

// ModelResult is what one model became.
type ModelResult struct {
	Model
	Extent      Extent
	Why         string // reason of the extent, in words; empty for a build that keeps no state
	People      int64  // people for whom it was made, when made for people
	Rows        int64  // 0 for a view
	Elapsed     time.Duration
	MemoryBytes int64 // that the database holds after the model
}

// CheckResult is how many rows violate a check, of how many that could.
type CheckResult struct {
	Check
	Violated, Denominator int64
}

// Ratio is the violated part, 0 to 1; 0 when nothing could violate.
func (r CheckResult) Ratio() float64 {
	if r.Denominator == 0 {
		return 0
	}
	return float64(r.Violated) / float64(r.Denominator)
}

// Report is what a build did.
type Report struct {
	AsOf      time.Time
	Models    []ModelResult
	Checks    []CheckResult
	Elapsed   time.Duration
	People    int64 // people in the warehouse, as far as the build had to count them
	IsCurrent bool  // there was nothing to do: the last warehouse holds it all, and no file was made
}

// ErrChecks is in the error of a build of which a check with severity error is violated.
var ErrChecks = errors.New("checks are violated")

// Build creates all models in db, which is an empty writable database, and returns what it did. On an
// error the database is incomplete and not to be published; the report holds what was done until then.
func Build(ctx context.Context, db *sql.DB, sources []Source, refs []Ref, opts Options) (Report, error) {
	report := Report{AsOf: opts.AsOf}
	c, err := load(files)
	if err != nil {
		return report, err
	}
	conn, err := db.Conn(ctx) // search path and macros are settings of one connection
	if err != nil {
		return report, fmt.Errorf("connect: %w", err)
	}
	b := &builder{conn: conn, catalogue: c, opts: withDefaults(opts)}
	start := b.opts.Now()
	err = b.build(ctx, sources, refs, &report, start)
	return report, errors.Join(err, b.close())
}

func withDefaults(o Options) Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Progress == nil {
		o.Progress = func(string, int, int, int64, time.Duration) {}
	}
	return o
}

// builder is one build on one connection.
type builder struct {
	conn *sql.Conn
	catalogue
	opts     Options
	attached []string
}

func (b *builder) build(ctx context.Context, sources []Source, refs []Ref, report *Report, start time.Time) error {
	if err := b.prepare(ctx, sources, refs); err != nil {
		return err
	}
	for i, m := range b.models {
		r, err := b.create(ctx, m)
		if err != nil {
			return fmt.Errorf("build %s: %w", m.Name, err)
		}
		report.Models = append(report.Models, r)
		b.opts.Log.Debug("model built", "model", m.Name, "rows", r.Rows, "elapsed_ms", r.Elapsed.Milliseconds())
		b.opts.Progress(m.Name, i+1, len(b.models), r.Rows, r.Elapsed)
	}
	return b.finish(ctx, sources, report, start)
}

// finish runs the checks and lets the warehouse describe itself.
func (b *builder) finish(ctx context.Context, sources []Source, report *Report, start time.Time) error {
	for _, k := range b.checks {
		r, err := b.check(ctx, k)
		if err != nil {
			return fmt.Errorf("check %s: %w", k.Name, err)
		}
		report.Checks = append(report.Checks, r)
	}
	report.Elapsed = b.opts.Now().Sub(start)
	if err := b.describe(ctx, sources, *report); err != nil {
		return fmt.Errorf("describe the build: %w", err)
	}
	b.opts.Log.Info("warehouse built", "models", len(report.Models), "checks", len(report.Checks),
		"elapsed_ms", report.Elapsed.Milliseconds())
	return violations(report.Checks)
}

func violations(checks []CheckResult) error {
	var broken []string
	for _, r := range checks {
		if r.Severity == Error && r.Violated > 0 {
			broken = append(broken, fmt.Sprintf("%s (%d of %d rows)", r.Name, r.Violated, r.Denominator))
		}
	}
	if len(broken) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrChecks, strings.Join(broken, ", "))
}

// schemaOf is where the tables of a layer stand.
func schemaOf(layer Layer) string {
	if layer == Marts {
		return "main"
	}
	return string(layer)
}

// create runs one model and verifies its grain and, for marts, its documented columns.
func (b *builder) create(ctx context.Context, m Model) (ModelResult, error) {
	r := ModelResult{Model: m, Extent: MadeWhole}
	start := b.opts.Now()
	table := placeOf(m)
	if m.View != "" {
		r.Extent = IsView
		err := b.exec(ctx, "create or replace view "+table+" as\n"+m.SQL)
		if err == nil && b.opts.KeepIntermediate {
			err = b.checkGrain(ctx, m, table)
		}
		r.Elapsed = b.opts.Now().Sub(start)
		return r, err
	}
	if err := b.exec(ctx, "create or replace table "+table+" as\n"+m.SQL); err != nil {
		return r, err
	}
	if err := b.checkGrain(ctx, m, table); err != nil {
		return r, err
	}
	if whose := slices.Concat(m.By, m.First, m.Compared); len(whose) > 0 {
		if err := b.exec(ctx, "select "+strings.Join(whose, ", ")+" from "+table+" limit 0"); err != nil {
			return r, fmt.Errorf("%s: by, first and compared name columns of the table: %w", m.File, err)
		}
	}
	if m.Layer == Marts {
		if err := b.checkColumns(ctx, m); err != nil {
			return r, err
		}
	}
	err := b.measure(ctx, &r)
	r.Elapsed = b.opts.Now().Sub(start)
	return r, err
}

// measure counts the rows of a model's table.
func (b *builder) measure(ctx context.Context, r *ModelResult) error {
	return b.conn.QueryRowContext(ctx, "select count(*), (select sum(memory_usage_bytes)::bigint from duckdb_memory()) from "+placeOf(r.Model)).
		Scan(&r.Rows, &r.MemoryBytes)
}

// placeOf is the full name of a model's table.
func placeOf(m Model) string { return schemaOf(m.Layer) + "." + m.Name }

// checkGrain refuses a table that has two rows of one grain. Rows of one grain have one hash, so that as many hashes as rows are
// enough, and numbers are counted in a fraction of the time and memory of texts; else the columns themselves decide.
func (b *builder) checkGrain(ctx context.Context, m Model, table string) error {
	grain := strings.Join(m.Grain, ", ")
	var isUnique bool
	query := "select not exists (select 1 from " + table + " group by hash(" + grain + ") having count(*) > 1)"
	if err := b.conn.QueryRowContext(ctx, query).Scan(&isUnique); err != nil {
		return fmt.Errorf("grain %s: %w", grain, err)
	}
	if isUnique {
		return nil
	}
	query = "select count(*), coalesce(sum(n), 0)::bigint from (select count(*) as n from " + table +
		" group by " + grain + " having count(*) > 1)"
	var groups, rows int64
	if err := b.conn.QueryRowContext(ctx, query).Scan(&groups, &rows); err != nil {
		return fmt.Errorf("grain %s: %w", grain, err)
	}
	if groups > 0 {
		return fmt.Errorf("grain %s repeated in %d rows", grain, rows-groups)
	}
	return nil
}

// checkColumns compares the documented columns with those of the table, in both directions.
func (b *builder) checkColumns(ctx context.Context, m Model) error {
	columns, err := b.strings(ctx, `select column_name from duckdb_columns()
		where schema_name = 'main' and table_name = ? and not internal and database_name = current_database()`, m.Name)
	if err != nil {
		return err
	}
	real := map[string]bool{}
	for _, c := range columns {
		real[c] = true
	}
	for _, c := range m.Columns {
		if !real[c.Name] {
			return fmt.Errorf("%s: documents the column %s, which the table lacks", m.File, c.Name)
		}
		delete(real, c.Name)
	}
	if len(real) > 0 {
		return fmt.Errorf("%s: undocumented columns %s", m.File, strings.Join(sortedKeys(real), ", "))
	}
	return nil
}

// check counts the rows that violate a check and those that could.
func (b *builder) check(ctx context.Context, k Check) (CheckResult, error) {
	r := CheckResult{Check: k}
	if err := b.conn.QueryRowContext(ctx, "select count(*) from (\n"+k.SQL+"\n)").Scan(&r.Violated); err != nil {
		return r, err
	}
	query := k.Denominator
	if !strings.HasPrefix(query, "select ") {
		query = "select count(*) from " + query
	}
	if err := b.conn.QueryRowContext(ctx, query).Scan(&r.Denominator); err != nil {
		return r, fmt.Errorf("denominator: %w", err)
	}
	return r, nil
}

func (b *builder) exec(ctx context.Context, query string, args ...any) error {
	_, err := b.conn.ExecContext(ctx, query, args...)
	return err
}

func (b *builder) strings(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := b.conn.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}
