package models

import (
	"context"
	"errors"
	"fmt"
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
	if err := b.exec(ctx, "insert into meta.builds values (?, cast(? as date), ?, ?)",
		b.opts.BuildID, asOf, b.opts.Now().UTC(), report.Elapsed.Seconds()); err != nil {
		return fmt.Errorf("builds: %w", err)
	}
	for _, s := range sources {
		var newest any
		if !s.Newest.IsZero() {
			newest = s.Newest.UTC()
		}
		if err := b.exec(ctx, "insert into meta.sources values (?, ?, ?, ?, ?)",
			s.Name, s.SnapshotID, s.Rows, len(s.Files), newest); err != nil {
			return fmt.Errorf("sources: %w", err)
		}
	}
	newest := newestOf(sources, report.Models)
	for _, m := range report.Models {
		if err := b.exec(ctx, "insert into meta.models values (?, ?, ?, ?, ?, ?, ?)", m.Name, string(m.Layer),
			strings.Join(m.Grain, ", "), m.Description, m.Rows, m.Elapsed.Seconds(), newest[m.Name]); err != nil {
			return fmt.Errorf("models: %w", err)
		}
		for _, in := range m.Inputs {
			if err := b.exec(ctx, "insert into meta.lineage values (?, ?)", m.Name, in); err != nil {
				return fmt.Errorf("lineage: %w", err)
			}
		}
		if err := b.describeColumns(ctx, m); err != nil {
			return fmt.Errorf("columns of %s: %w", m.Name, err)
		}
	}
	for _, k := range report.Checks {
		if err := b.exec(ctx, "insert into meta.checks values (?, ?, ?, ?, ?, ?)", k.Name, string(k.Severity),
			k.Violated, k.Denominator, k.Ratio(), k.Description); err != nil {
			return fmt.Errorf("checks: %w", err)
		}
	}
	return nil
}

// describeColumns writes the dictionary of a mart, and the same words as comments in the database.
func (b *builder) describeColumns(ctx context.Context, m ModelResult) error {
	if m.Layer != Marts {
		return nil
	}
	comments := []string{"comment on table main." + m.Name + " is " + quote(m.Description)}
	var documented []string
	for _, c := range m.Columns {
		comments = append(comments, "comment on column main."+m.Name+"."+c.Name+" is "+quote(c.Doc))
		documented = append(documented, "("+quote(c.Name)+", "+quote(c.Doc)+", "+quote(unitOf(c.Name))+")")
	}
	if err := b.exec(ctx, strings.Join(comments, ";\n")); err != nil || len(documented) == 0 {
		return err
	}
	return b.exec(ctx, `insert into meta.columns select c.table_name, c.column_name, c.data_type, d.description, d.unit
		from (values `+strings.Join(documented, ", ")+`) as d (column_name, description, unit)
		join duckdb_columns() as c on c.column_name = d.column_name
		where c.schema_name = 'main' and c.table_name = ? and c.database_name = current_database()`, m.Name)
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
