package models

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// insertBatch is how many rows of a reference table go into one statement.
const insertBatch = 200

// prepare makes the database ready for models. The lake, the reference tables and, unless they are kept,
// the lower layers stand in databases in memory that are attached for the build and stay out of the file.
func (b *builder) prepare(ctx context.Context, sources []Source, refs []Ref) error {
	if err := b.attach(ctx, "lake", "ref"); err != nil {
		return err
	}
	if b.opts.KeepIntermediate {
		if err := b.exec(ctx, "create schema staging; create schema intermediate"); err != nil {
			return fmt.Errorf("create the schemas of the lower layers: %w", err)
		}
	} else if err := b.attach(ctx, string(Staging), string(Intermediate)); err != nil {
		return err
	}
	// Marts say their order; elsewhere keeping the order of the files would only cost time.
	if err := b.exec(ctx, "set search_path = 'main,intermediate,staging'; set TimeZone = 'UTC'; set preserve_insertion_order = false"); err != nil {
		return fmt.Errorf("set the search path: %w", err)
	}
	if err := b.exec(ctx, b.macros); err != nil {
		return fmt.Errorf("create the macros: %w", err)
	}
	for _, s := range sources {
		if err := b.openSource(ctx, s, s.Files, ""); err != nil {
			return fmt.Errorf("open lake table %s: %w", s.Name, err)
		}
	}
	return b.fillReferences(ctx, refs)
}

func (b *builder) attach(ctx context.Context, names ...string) error {
	for _, name := range names {
		if err := b.exec(ctx, "attach ':memory:' as "+name); err != nil {
			return fmt.Errorf("attach %s: %w", name, err)
		}
		b.attached = append(b.attached, name)
	}
	return nil
}

// openSource makes lake.<name>: the empty table of its DDL, or a view of files with the same columns and a condition.
// Columns are found by Iceberg's field id, which is their place in the DDL, so that a file that was written
// before a column existed reads as null in it; and only the first file is opened to bind the view.
func (b *builder) openSource(ctx context.Context, s Source, files []string, where string) error {
	kinds, err := b.strings(ctx, `select 'table' from duckdb_tables() where database_name = 'lake' and table_name = ?
		union all select 'view' from duckdb_views() where database_name = 'lake' and view_name = ?`, s.Name, s.Name)
	for _, kind := range kinds {
		err = errors.Join(err, b.exec(ctx, "drop "+kind+" lake."+s.Name))
	}
	if err = errors.Join(err, b.exec(ctx, s.DDL)); err != nil || len(files) == 0 {
		return err
	}
	columns, err := b.strings(ctx, `select '{name: ''' || column_name || ''', type: ''' || data_type || ''', default_value: null}'
		from duckdb_columns() where database_name = 'lake' and table_name = ? order by column_index`, s.Name)
	if err != nil {
		return err
	}
	for i, c := range columns {
		columns[i] = strconv.Itoa(i+1) + ": " + c
	}
	quoted := make([]string, len(files))
	for i, f := range files {
		quoted[i] = "'" + strings.ReplaceAll(f, "'", "''") + "'"
	}
	if err := b.exec(ctx, "drop table lake."+s.Name); err != nil {
		return err
	}
	return b.exec(ctx, "create view lake."+s.Name+" as select * from read_parquet(["+strings.Join(quoted, ", ")+
		"], hive_partitioning = false, schema = map {"+strings.Join(columns, ", ")+"})"+where)
}

// fillReferences creates every reference table. Those that were not handed over are empty, but for the
// settings of the build and the default rules of adherence.
func (b *builder) fillReferences(ctx context.Context, refs []Ref) error {
	given := map[string]bool{}
	for _, r := range refs {
		given[r.Name] = true
	}
	if !given["settings"] {
		day := b.opts.AsOf
		asOf := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC)
		refs = append(refs, Ref{Name: "settings", Rows: [][]any{{asOf, b.opts.BuildID}}})
		given["settings"] = true
	}
	if !given["adherence_settings"] {
		refs = append(refs, Ref{Name: "adherence_settings", Rows: [][]any{{"drug", "stack", false, "none", "first_fill", 2, 91}}})
		given["adherence_settings"] = true
	}
	for _, name := range sortedKeys(b.reference) {
		if !given[name] {
			refs = append(refs, Ref{Name: name})
		}
	}
	for _, r := range refs {
		if err := b.fillReference(ctx, r); err != nil {
			return fmt.Errorf("fill reference table %s: %w", r.Name, err)
		}
	}
	return nil
}

func (b *builder) fillReference(ctx context.Context, r Ref) error {
	ddl := r.DDL
	if ddl == "" {
		ddl = b.reference[r.Name]
	}
	if ddl == "" {
		return errors.New("no create statement")
	}
	if err := b.exec(ctx, ddl); err != nil {
		return err
	}
	for _, values := range r.Rows {
		if len(values) != len(r.Rows[0]) {
			return fmt.Errorf("a row has %d values, the first %d", len(values), len(r.Rows[0]))
		}
	}
	return b.insert(ctx, "ref."+r.Name, r.Rows)
}

// close takes the attached databases away and gives the connection back as it was.
func (b *builder) close() error {
	ctx := context.Background() // the build's own may be cancelled
	errs := []error{b.exec(ctx, "reset search_path; reset TimeZone; reset preserve_insertion_order")}
	for _, name := range b.attached {
		errs = append(errs, b.exec(ctx, "detach "+name))
	}
	return errors.Join(append(errs, b.conn.Close())...)
}
