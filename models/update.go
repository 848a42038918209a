package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// Target says where Update puts a warehouse.
type Target struct {
	Path      string // the new file, which does not exist yet
	Last      string // the warehouse that was published last, empty when there is none
	LastBuild string // its build
}

// When more than a part of the people changed, it is quicker to make everything whole; and when as many rows as a part
// of all were deleted or written since the last full build, they lie too scattered in the tables.
var defaultLimits = limits{changed: 0.5, share: 0.3}

type limits struct{ changed, share float64 }

// ErrLost is the error of an update that finds rows of the state in no file of the lake, unless KeepBytes allows it.
var ErrLost = errors.New("the lake has lost rows")

// Update makes a warehouse like Build does, with the same content, from what has changed since the update before.
// db is the state: a database, empty at first, that keeps the lower layers between updates and is changed in
// one transaction. Models that are made person by person are made anew for the people whose events, keys
// or statements changed; the others are made whole when one of their inputs changed. The new warehouse is a
// copy of the last one in which that is replaced, or a new file. Without anything new no file is made.
// Afterwards db is to be closed.
func Update(ctx context.Context, db *sql.DB, target Target, sources []Source, refs []Ref, opts Options) (Report, error) {
	c, err := load(files)
	if err != nil {
		return Report{AsOf: opts.AsOf}, err
	}
	u := &updater{builder: &builder{catalogue: c, opts: withDefaults(opts)}, target: target, sources: sources, limits: defaultLimits}
	return u.run(ctx, db, refs)
}

// updater is one update. Its temporary tables are keys_changed; differs, which names for every model the people whose
// rows are not what its readers saw; people_changed, all of those people; people_now and keys_now, those for whom a model
// is made; and delta__<model>, what becomes of them.
type updater struct {
	*builder
	target    Target
	sources   []Source
	last, now state
	changes   map[string]change // what differs from the build before: models, ref.x and lake.x
	isMarts   bool              // the lower layers are done
	allWhy    string            // why everything is made whole; empty when it is not
	isFresh   bool              // the warehouse is a new file
	isLate    bool              // the warehouse is of an earlier day than the state
	people    int64             // that changed
	all       int64             // people; 0 before they were counted
	written   int64             // rows that were deleted or written person by person
	held      int64             // rows of the tables that are made so
	limits    limits
}

func (u *updater) run(ctx context.Context, db *sql.DB, refs []Ref) (Report, error) {
	report := Report{AsOf: u.opts.AsOf}
	conn, err := db.Conn(ctx)
	if err != nil {
		return report, fmt.Errorf("connect: %w", err)
	}
	u.conn, u.changes = conn, map[string]change{}
	err = u.update(ctx, refs, &report)
	return report, errors.Join(err, u.close())
}

func (u *updater) update(ctx context.Context, refs []Ref, report *Report) error {
	start := u.opts.Now()
	if err := u.prepare(ctx, u.sources, refs); err != nil {
		return err
	}
	if err := u.plan(ctx, refs); err != nil {
		return fmt.Errorf("compare with the last build: %w", err)
	}
	if u.allWhy == "" && len(u.changes) == 0 && u.target.LastBuild == u.last.buildID {
		report.IsCurrent = true
		return nil
	}
	if err := u.lower(ctx, report); err != nil {
		return err
	}
	if err := u.openWarehouse(ctx); err != nil {
		return fmt.Errorf("open the warehouse: %w", err)
	}
	if err := u.each(ctx, report, func(m Model) bool { return m.Layer == Marts }); err != nil {
		return err
	}
	report.People = u.all
	if err := u.finish(ctx, u.sources, report, start); err != nil {
		return err
	}
	return u.exec(ctx, "checkpoint")
}

// prepare is that of the builder with the state in the place of the lower layers.
func (u *updater) prepare(ctx context.Context, sources []Source, refs []Ref) error {
	if err := u.attach(ctx, "lake", "ref"); err != nil {
		return err
	}
	if err := u.exec(ctx, "set search_path = 'main'; set TimeZone = 'UTC'; set preserve_insertion_order = false"); err != nil {
		return err
	}
	var err error
	if u.last, err = u.readState(ctx); err != nil {
		return fmt.Errorf("read the state: %w", err)
	}
	script := "set search_path = 'main,intermediate,staging';" + strings.ReplaceAll(u.macros, "create or replace macro", "create or replace temp macro") +
		"; create or replace temp table people_changed (patient_id varchar); create or replace temp table keys_changed (patient_key varchar)" +
		"; create or replace temp table differs (model varchar, patient_id varchar)"
	if err := u.exec(ctx, script); err != nil {
		return fmt.Errorf("create the macros: %w", err)
	}
	for _, s := range sources {
		if err := u.openSource(ctx, s, s.Files, ""); err != nil {
			return fmt.Errorf("open lake table %s: %w", s.Name, err)
		}
	}
	return u.fillReferences(ctx, refs)
}

// lower makes the lower layers in one transaction, with the note of what is pending for the marts. When all is made whole
// the state is forgotten first and every table is committed by itself: DuckDB knows more of tables that are committed, and
// plans better with them. A build that breaks off then leaves no state.
func (u *updater) lower(ctx context.Context, report *Report) error {
	for _, m := range u.models {
		if err := u.gather(ctx, m); err != nil {
			return fmt.Errorf("read what is new for %s: %w", m.Name, err)
		}
	}
	if u.allWhy == "" {
		return u.together(ctx, func() error {
			if err := u.makeLower(ctx, report); err != nil {
				return err
			}
			return u.keep(ctx)
		})
	}
	if err := u.exec(ctx, "delete from kept.builds"); err != nil {
		return err
	}
	if err := u.makeLower(ctx, report); err != nil {
		return err
	}
	return u.together(ctx, func() error { return u.keep(ctx) })
}

func (u *updater) makeLower(ctx context.Context, report *Report) error {
	if err := u.dropOld(ctx, Staging, Intermediate); err != nil {
		return err
	}
	return u.each(ctx, report, func(m Model) bool { return m.Layer != Marts })
}

// together does something in one transaction.
func (u *updater) together(ctx context.Context, do func() error) error {
	if err := u.exec(ctx, "begin"); err != nil {
		return err
	}
	if err := do(); err != nil {
		return errors.Join(err, u.exec(context.Background(), "rollback")) // ctx may be cancelled
	}
	return u.exec(ctx, "commit")
}

// keep writes down the state and what the marts have to catch up with.
func (u *updater) keep(ctx context.Context) error {
	u.now.baseID, u.now.pending = u.target.LastBuild, map[string]change{}
	if u.allWhy == "" {
		u.now.share = u.last.share + float64(u.written)/float64(max(1, u.held))
	}
	for name, c := range u.changes {
		u.now.pending[name] = c
	}
	if err := u.addPending(ctx); err != nil {
		return err
	}
	if err := u.saveState(ctx, u.now); err != nil {
		return fmt.Errorf("keep the state: %w", err)
	}
	u.changes = u.now.pending
	return nil
}

// addPending adds what a build left that broke off before its warehouse was published. When the newest
// warehouse is neither that of the state nor the one before it, all marts are made whole.
func (u *updater) addPending(ctx context.Context) error {
	switch u.target.LastBuild {
	case "":
		u.isFresh = true
	case u.last.buildID:
		return nil
	case u.last.baseID:
		_, u.isLate = u.last.pending["ref.settings"]
		for name, c := range u.last.pending {
			if u.now.pending[name].extent != MadeWhole {
				u.now.pending[name] = c
			}
			if c.extent == MadeForPeople {
				if err := u.note(ctx, Model{Name: name}, "select patient_id from kept.people"); err != nil {
					return err
				}
			}
		}
	default:
		u.isFresh, u.now.baseID = true, "" // what is pending for that warehouse is not known
	}
	return nil
}

// each makes models one after the other.
func (u *updater) each(ctx context.Context, report *Report, of func(Model) bool) error {
	u.isMarts = of(Model{Layer: Marts})
	for _, m := range u.models {
		if !of(m) {
			continue
		}
		r, err := u.make(ctx, m)
		if err != nil {
			return fmt.Errorf("build %s: %w", m.Name, err)
		}
		report.Models = append(report.Models, r)
		u.opts.Log.Debug("model built", "model", m.Name, "extent", string(r.Extent), "rows", r.Rows, "elapsed_ms", r.Elapsed.Milliseconds())
		u.opts.Progress(m.Name, len(report.Models), len(u.models), r.Rows, r.Elapsed)
	}
	return nil
}

// openWarehouse makes the new file, a copy of the last one or empty, the place of the marts.
func (u *updater) openWarehouse(ctx context.Context) error {
	u.isFresh = u.isFresh || u.allWhy != ""
	if !u.isFresh {
		if err := copyFile(u.target.Last, u.target.Path); err != nil {
			return err
		}
	}
	var main string
	if err := u.conn.QueryRowContext(ctx, "select current_database()").Scan(&main); err != nil {
		return err
	}
	if err := u.exec(ctx, "attach "+quote(u.target.Path)+" as warehouse"); err != nil {
		return err
	}
	u.attached = append(u.attached, "warehouse")
	if err := u.exec(ctx, "set search_path = "+quote(`warehouse.main,"`+main+`".intermediate,"`+main+`".staging`)); err != nil {
		return err
	}
	if err := u.exec(ctx, u.macros); err != nil {
		return err
	}
	return u.dropOld(ctx, Marts)
}

// dropOld drops the tables and views of layers that no model makes any more, or that are now the other of the two.
func (u *updater) dropOld(ctx context.Context, layers ...Layer) error {
	for _, layer := range layers {
		held, err := u.strings(ctx, `select 'table ' || table_name from duckdb_tables()
			where database_name = current_database() and schema_name = $1 and not temporary
			union all select 'view ' || view_name from duckdb_views()
			where database_name = current_database() and schema_name = $1 and not temporary and not internal`, schemaOf(layer))
		if err != nil {
			return err
		}
		for _, h := range held {
			kind, name, _ := strings.Cut(h, " ")
			if !slices.ContainsFunc(u.models, func(m Model) bool { return m.Layer == layer && m.Name == name && (m.View != "") == (kind == "view") }) {
				if err := u.exec(ctx, "drop "+kind+" "+schemaOf(layer)+"."+name); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// dayEnd is the first moment after a business day, as a literal.
func dayEnd(day string) (string, error) {
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return "", err
	}
	return "timestamptz '" + d.AddDate(0, 0, 1).Format(time.DateOnly) + " 00:00:00+08'", nil
}
