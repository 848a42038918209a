package models

import (
	"context"
	"database/sql"
	"encoding/csv"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// column is a column of a table and its DuckDB type.
type column struct{ name, kind string }

// shapes returns the columns of every table that models read or make, taken from a build of an empty lake.
var shapes = sync.OnceValues(func() (map[string][]column, error) {
	ctx := context.Background()
	db, err := sql.Open("duckdb", "?threads=2")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	lake, err := readSQL(os.DirFS("../sql"), "schema")
	if err != nil {
		return nil, err
	}
	var sources []Source
	for _, name := range sortedKeys(lake) {
		sources = append(sources, Source{Name: name, DDL: lake[name]})
	}
	if _, err := Build(ctx, db, sources, nil, Options{AsOf: day("2026-03-31"), KeepIntermediate: true}); err != nil {
		return nil, err
	}
	reference, err := ReferenceDDL()
	if err != nil {
		return nil, err
	}
	script := []string{"attach ':memory:' as lake", "attach ':memory:' as ref"}
	for _, tables := range []map[string]string{lake, reference} {
		for _, name := range sortedKeys(tables) {
			script = append(script, tables[name])
		}
	}
	for _, statement := range script {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return nil, err
		}
	}
	return readShapes(ctx, db)
})

func readShapes(ctx context.Context, db *sql.DB) (map[string][]column, error) {
	rows, err := db.QueryContext(ctx, `
		select case when database_name in ('lake', 'ref') then database_name || '.' else '' end || table_name, column_name, data_type
		from duckdb_columns() where not internal order by database_name, table_name, column_index`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	tables := map[string][]column{}
	for rows.Next() {
		var table string
		var c column
		if err := rows.Scan(&table, &c.name, &c.kind); err != nil {
			return nil, err
		}
		tables[table] = append(tables[table], c)
	}
	return tables, rows.Err()
}

// table is rows of text under a header, as in a CSV file. An empty cell is ” in a text column, else null.
type table struct {
	header []string
	rows   [][]string
}

func parseTable(t testing.TB, text string) table {
	t.Helper()
	r := csv.NewReader(strings.NewReader(text))
	records, err := r.ReadAll()
	if err != nil || len(records) == 0 {
		t.Fatalf("read table: %v", err)
	}
	return table{header: records[0], rows: records[1:]}
}

// bench is a database in which single models run on given tables.
type bench struct {
	t       testing.TB
	b       *builder
	built   map[string]bool
	model   map[string]Model
	periods map[string][2]int
}

// newBench opens an empty database with the layers of a build. The business day is 2026-03-31 and the
// rules of adherence are the default ones, unless the given tables say otherwise.
func newBench(t testing.TB, given map[string]table) *bench {
	t.Helper()
	return newBenchFrom(t, files, given)
}

// newBenchFrom is newBench with other SQL files.
func newBenchFrom(t testing.TB, fsys fs.FS, given map[string]table) *bench {
	t.Helper()
	ctx := context.Background()
	c, err := load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := openDuckDB(t).Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	x := &bench{t: t, b: &builder{conn: conn, catalogue: c, opts: withDefaults(Options{KeepIntermediate: true})},
		built: map[string]bool{}, model: map[string]Model{}}
	if err := x.b.attach(ctx, "lake", "ref"); err != nil {
		t.Fatal(err)
	}
	x.exec("create schema staging; create schema intermediate")
	x.exec("set search_path = 'main,intermediate,staging'; set TimeZone = 'UTC'")
	x.exec(c.macros)
	for _, m := range c.models {
		x.model[m.Name] = m
	}
	all := map[string]table{
		"ref.settings": {[]string{"as_of", "build_id"}, [][]string{{"2026-03-31", "test"}}},
		"ref.adherence_settings": {[]string{"shift", "same_day", "carry_in", "inpatient", "index_date", "min_fill_dates", "min_treatment_days"},
			[][]string{{"drug", "stack", "false", "none", "first_fill", "2", "91"}}},
	}
	for name, rows := range given {
		all[name] = rows
	}
	for _, name := range sortedKeys(all) {
		x.fill(name, all[name])
	}
	return x
}

func (x *bench) exec(query string, args ...any) {
	x.t.Helper()
	if err := x.b.exec(context.Background(), query, args...); err != nil {
		x.t.Fatalf("%s: %v", query, err)
	}
}

// place is the full name of a table.
func (x *bench) place(name string) string {
	if m, ok := x.model[name]; ok {
		return schemaOf(m.Layer) + "." + name
	}
	return name
}

// fill creates a table with its real columns and inserts the rows.
func (x *bench) fill(name string, rows table) {
	x.t.Helper()
	tables, err := shapes()
	if err != nil {
		x.t.Fatal(err)
	}
	shape, ok := tables[name]
	if !ok {
		x.t.Fatalf("given/%s.csv: there is no such table", name)
	}
	var columns, values []string
	for _, c := range shape {
		columns = append(columns, fmt.Sprintf("%q %s", c.name, c.kind))
		i := slices.Index(rows.header, c.name)
		value := fmt.Sprintf("cast(nullif(c%d, '') as %s)", i, c.kind)
		switch {
		case i < 0 && c.kind == "VARCHAR":
			value = "''"
		case i < 0:
			value = "null"
		case c.kind == "VARCHAR":
			value = fmt.Sprintf(`nullif(c%d, '\N')`, i)
		}
		values = append(values, value)
	}
	for _, h := range rows.header {
		if !slices.ContainsFunc(shape, func(c column) bool { return c.name == h }) {
			x.t.Fatalf("given/%s.csv: the table has no column %s", name, h)
		}
	}
	x.exec("create table " + x.place(name) + " (" + strings.Join(columns, ", ") + ")")
	x.built[name] = true
	names := make([]string, len(rows.header))
	for i := range names {
		names[i] = fmt.Sprintf("c%d", i)
	}
	for chunk := range slices.Chunk(rows.rows, 500) {
		row := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(rows.header)), ", ") + ")"
		var args []any
		for _, r := range chunk {
			for _, cell := range r {
				args = append(args, cell)
			}
		}
		x.exec("insert into "+x.place(name)+" select "+strings.Join(values, ", ")+" from (values "+
			strings.TrimSuffix(strings.Repeat(row+", ", len(chunk)), ", ")+") as v ("+strings.Join(names, ", ")+")", args...)
	}
}

// run builds a model. What it reads and was not given is built first when deep, else it is empty.
func (x *bench) run(name string, deep bool) {
	x.t.Helper()
	if err := x.tryRun(name, deep); err != nil {
		x.t.Fatalf("build %s: %v", name, err)
	}
}

func (x *bench) tryRun(name string, deep bool) error {
	x.t.Helper()
	m, ok := x.model[name]
	if !ok {
		x.t.Fatalf("there is no model %s", name)
	}
	for _, in := range m.Inputs {
		if x.built[in] {
			continue
		}
		if _, isModel := x.model[in]; isModel && deep {
			x.run(in, true)
		} else {
			x.fill(in, table{})
		}
	}
	x.built[name] = true
	_, err := x.b.create(context.Background(), m)
	return err
}

// query returns columns of a table as text, null as an empty cell.
func (x *bench) query(from string, columns ...string) [][]string {
	x.t.Helper()
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = fmt.Sprintf("coalesce(cast(%q as varchar), '')", c)
	}
	rows, err := x.b.conn.QueryContext(context.Background(), "select "+strings.Join(list, ", ")+" from "+from)
	if err != nil {
		x.t.Fatal(err)
	}
	defer rows.Close()
	var got [][]string
	for rows.Next() {
		cells := make([]string, len(columns))
		ptrs := make([]any, len(columns))
		for i := range cells {
			ptrs[i] = &cells[i]
		}
		if err := rows.Scan(ptrs...); err != nil {
			x.t.Fatal(err)
		}
		got = append(got, cells)
	}
	if err := rows.Err(); err != nil {
		x.t.Fatal(err)
	}
	return got
}
