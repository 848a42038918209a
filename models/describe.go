package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// metaDDL creates the tables in which a warehouse describes itself.
const metaDDL = `
drop schema if exists meta cascade;
create schema meta;
create table meta.builds (build_id varchar, as_of date, built_at timestamptz, elapsed_seconds double);
create table meta.sources (table_name varchar, snapshot_id bigint, rows bigint, files bigint, newest_event_at timestamptz);
create table meta.models (name varchar, layer varchar, grain varchar, description varchar, rows bigint, seconds double, newest_event_at timestamptz);
create table meta.lineage (name varchar, input varchar);
create table meta.columns (table_name varchar, column_name varchar, data_type varchar, description varchar, unit varchar);
create table meta.checks (name varchar, severity varchar, violated bigint, denominator bigint, ratio double, description varchar);
`

// describe fills the schema meta in one transaction and compacts the file.
func (b *builder) describe(ctx context.Context, sources []Source, report Report) error {
	if err := b.exec(ctx, "begin"); err != nil {
		return err
	}
	if err := b.fillMeta(ctx, sources, report); err != nil {
		return errors.Join(err, b.exec(context.Background(), "rollback")) // ctx may be cancelled
	}
	if err := b.exec(ctx, "commit"); err != nil {
		return err
	}
	return b.exec(ctx, "checkpoint")
}

func (b *builder) fillMeta(ctx context.Context, sources []Source, report Report) error {
	if err := b.exec(ctx, metaDDL); err != nil {
		return err
	}
	asOf := report.AsOf.Format(time.DateOnly)
	builds := [][]any{{b.opts.BuildID, asOf, b.opts.Now().UTC(), report.Elapsed.Seconds()}}
	var tables, models, lineage, checks [][]any
	for _, s := range sources {
		var newest any
		if !s.Newest.IsZero() {
			newest = s.Newest.UTC()
		}
		tables = append(tables, []any{s.Name, s.SnapshotID, s.Rows, len(s.Files), newest})
	}
	newest := newestOf(sources, report.Models)
	for _, m := range report.Models {
		rows := any(m.Rows)
		if m.Extent == IsView {
			rows = nil
		}
		models = append(models, []any{m.Name, string(m.Layer), strings.Join(m.Grain, ", "), m.Description, rows, m.Elapsed.Seconds(), newest[m.Name]})
		for _, in := range m.Inputs {
			lineage = append(lineage, []any{m.Name, in})
		}
	}
	for _, k := range report.Checks {
		checks = append(checks, []any{k.Name, string(k.Severity), k.Violated, k.Denominator, k.Ratio(), k.Description})
	}
	return errors.Join(b.insert(ctx, "meta.builds", builds), b.insert(ctx, "meta.sources", tables), b.insert(ctx, "meta.models", models),
		b.insert(ctx, "meta.lineage", lineage), b.insert(ctx, "meta.checks", checks), b.describeColumns(ctx))
}

// insert writes rows into a table, many in one statement.
func (b *builder) insert(ctx context.Context, table string, rows [][]any) error {
	for batch := range slices.Chunk(rows, insertBatch) {
		row := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(batch[0])), ", ") + ")"
		query := "insert into " + table + " values " + strings.TrimSuffix(strings.Repeat(row+", ", len(batch)), ", ")
		if err := b.exec(ctx, query, slices.Concat(batch...)...); err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	return nil
}

// describeColumns writes the dictionary of the marts, and the same words as comments in the database, where a table that
// was copied from the last warehouse does not have them yet.
func (b *builder) describeColumns(ctx context.Context) error {
	known, err := b.strings(ctx, `select table_name || '.' || column_name || ' ' || comment from duckdb_columns()
		where schema_name = 'main' and database_name = current_database() and comment is not null
		union all select table_name || ' ' || comment from duckdb_tables()
		where schema_name = 'main' and database_name = current_database() and comment is not null`)
	if err != nil {
		return fmt.Errorf("comments: %w", err)
	}
	has := map[string]bool{}
	for _, k := range known {
		has[k] = true
	}
	var comments, documented []string
	comment := func(kind, name, text string) {
		if !has[name+" "+text] {
			comments = append(comments, "comment on "+kind+" main."+name+" is "+quote(text))
		}
	}
	for _, m := range b.models {
		if m.Layer != Marts {
			continue
		}
		comment("table", m.Name, m.Description)
		for _, c := range m.Columns {
			comment("column", m.Name+"."+c.Name, c.Doc)
			documented = append(documented, "("+quote(m.Name)+", "+quote(c.Name)+", "+quote(c.Doc)+", "+quote(unitOf(c.Name))+")")
		}
	}
	if len(comments) > 0 {
		if err := b.exec(ctx, strings.Join(comments, ";\n")); err != nil {
			return fmt.Errorf("comments: %w", err)
		}
	}
	if len(documented) == 0 {
		return nil
	}
	return b.exec(ctx, `insert into meta.columns select c.table_name, c.column_name, c.data_type, d.description, d.unit
		from (values `+strings.Join(documented, ", ")+`) as d (table_name, column_name, description, unit)
		join duckdb_columns() as c on c.table_name = d.table_name and c.column_name = d.column_name
		where c.schema_name = 'main' and c.database_name = current_database()`)
}

// newestOf finds for every model the newest event of the lake tables behind it, nil when there is none. Models
// come in the order of their inputs.
func newestOf(sources []Source, models []ModelResult) map[string]any {
	newest := map[string]any{}
	for _, s := range sources {
		if !s.Newest.IsZero() {
			newest["lake."+s.Name] = s.Newest.UTC()
		}
	}
	for _, m := range models {
		for _, in := range m.Inputs {
			known, ok := newest[in].(time.Time)
			if before, has := newest[m.Name].(time.Time); ok && (!has || known.After(before)) {
				newest[m.Name] = known
			}
		}
	}
	return newest
}

// units are what the end of a column's name says that it counts.
var units = []struct{ suffix, unit string }{
	{"_days", "days"}, {"_seconds", "seconds"}, {"_mg", "mg"}, {"_fen", "1/100 yuan"}, {"_ratio", "0 to 1"}, {"_count", "number"},
	{"_at", "UTC"}, {"_date", "day in Asia/Shanghai"}, {"_month", "first day of a month"}, {"month_start", "first day of a month"},
}

func unitOf(column string) string {
	for _, u := range units {
		if strings.HasSuffix(column, u.suffix) {
			return u.unit
		}
	}
	return ""
}

func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}
