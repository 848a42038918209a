package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"phdp/sql/duckdb"
)

type sqlCommand struct {
	CSV     bool   `xor:"format" env:"-" help:"Write CSV with a header line."`
	JSON    bool   `xor:"format" env:"-" help:"Write one JSON object per row."`
	Parquet string `xor:"format" env:"-" placeholder:"FILE" help:"Write a Parquet file."`
	Path    bool   `env:"-" help:"Only print the path of the published warehouse."`
	Query   string `arg:"" optional:"" help:"One statement; without it a prompt, or statements from standard input."`
}

// Help is the long help of phdp sql.
func (sqlCommand) Help() string {
	return `The warehouse is opened read-only. Its path (--path) is for the DuckDB CLI, Python or DBeaver.

Examples:
  phdp sql "select line_code, count(*) from dim_patients group by all"
  phdp sql --csv "from fct_adherence where period_code = 'r180'" > adherence.csv
  phdp sql --parquet fills.parquet "from fct_fills"
  phdp sql "select table_name, column_name, description from meta.columns"
  duckdb -readonly "$(phdp sql --path)"`
}

// Run answers one statement, or all that are typed.
func (c *sqlCommand) Run(ctx context.Context, a *app) error {
	path, err := a.published()
	if err != nil {
		return err
	}
	if c.Path {
		fmt.Println(path)
		return nil
	}
	db, err := duckdb.OpenReadOnly(path, duckdb.Options{Files: true})
	if err != nil {
		return err
	}
	defer db.Close()
	if c.Query != "" {
		return c.answer(ctx, db, c.Query, os.Stdout)
	}
	return c.prompt(ctx, db, path)
}

func (c *sqlCommand) answer(ctx context.Context, db *sql.DB, query string, out io.Writer) error {
	query = strings.TrimRight(strings.TrimSpace(query), ";")
	if c.Parquet != "" {
		if _, err := db.ExecContext(ctx, "copy ("+query+"\n) to "+literal(c.Parquet)+" (format parquet)"); err != nil {
			return fmt.Errorf("write %s: %w", c.Parquet, err)
		}
		return nil
	}
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	switch {
	case c.CSV:
		return writeCSV(rows, out)
	case c.JSON:
		return writeJSON(rows, out)
	}
	return writeTable(rows, out)
}

// prompt reads statements that end with a semicolon.
func (c *sqlCommand) prompt(ctx context.Context, db *sql.DB, path string) error {
	info, err := os.Stdin.Stat()
	typed := err == nil && info.Mode()&os.ModeCharDevice != 0
	ask := func(sign string) {
		if typed {
			fmt.Print(sign)
		}
	}
	if typed {
		fmt.Printf("%s, read-only. End a statement with ; and leave with Ctrl-D.\n", path)
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	var statement strings.Builder
	var failed error
	run := func() {
		if err := c.answer(ctx, db, statement.String(), os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			failed = errors.New("a statement failed")
		}
		statement.Reset()
	}
	for ask("phdp> "); lines.Scan(); {
		statement.WriteString(lines.Text() + "\n")
		switch text := strings.TrimSpace(statement.String()); {
		case text == "":
			statement.Reset()
			ask("phdp> ")
		case strings.HasSuffix(text, ";"):
			run()
			ask("phdp> ")
		default:
			ask("  ...> ")
		}
	}
	if strings.TrimSpace(statement.String()) != "" {
		run()
	}
	if typed {
		fmt.Println()
		return nil
	}
	return errors.Join(failed, lines.Err())
}

func writeCSV(rows *sql.Rows, out io.Writer) error {
	w := csv.NewWriter(out)
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	if err := w.Write(columns); err != nil {
		return err
	}
	err = eachRow(rows, func(values []any) error {
		cells := make([]string, len(values))
		for i, v := range values {
			cells[i] = cell(v, "")
		}
		return w.Write(cells)
	})
	w.Flush()
	return errors.Join(err, w.Error())
}

func writeJSON(rows *sql.Rows, out io.Writer) error {
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	err = eachRow(rows, func(values []any) error {
		for i, v := range values {
			sign := byte(',')
			if i == 0 {
				sign = '{'
			}
			name, _ := json.Marshal(columns[i]) // a string always encodes
			value, err := json.Marshal(plain(v))
			if err != nil {
				return fmt.Errorf("column %s: %w", columns[i], err)
			}
			_ = w.WriteByte(sign) // bufio keeps the first error for Flush
			_, _ = fmt.Fprintf(w, "%s:%s", name, value)
		}
		_, err := w.WriteString("}\n")
		return err
	})
	return errors.Join(err, w.Flush())
}

func eachRow(rows *sql.Rows, do func([]any) error) error {
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	types, err := rows.ColumnTypes()
	if err != nil {
		return err
	}
	values, places := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		places[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return err
		}
		for i, v := range values {
			values[i] = typed(v, types[i].DatabaseTypeName())
		}
		if err := do(values); err != nil {
			return err
		}
	}
	return rows.Err()
}
