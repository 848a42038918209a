package main

import (
	"bufio"
	"database/sql"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/text/width"
)

const tableRows = 200 // rows that a table on the terminal shows

// date is a day without a time of day.
type date string

// typed turns what the driver returns into what people read: dates without a time, times in UTC.
func typed(v any, kind string) any {
	t, ok := v.(time.Time)
	switch {
	case !ok:
		return v
	case kind == "DATE":
		return date(t.Format(time.DateOnly))
	}
	return t.UTC()
}

// plain is typed for JSON.
func plain(v any) any {
	switch v := v.(type) {
	case []byte:
		return fmt.Sprintf("%x", v)
	case time.Time:
		return v.Format(time.RFC3339Nano)
	case fmt.Stringer:
		return v.String()
	case map[any]any:
		text := map[string]any{}
		for key, value := range v {
			text[fmt.Sprint(key)] = plain(value)
		}
		return text
	}
	return v
}

// cell shows one value; null is what stands for a missing one.
func cell(v any, null string) string {
	switch v := v.(type) {
	case nil:
		return null
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = cell(e, "null")
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case time.Time:
		return v.Format("2006-01-02 15:04:05.999999")
	case []byte:
		return fmt.Sprintf("%x", v)
	}
	return fmt.Sprint(v)
}

// writeTable lines columns up, Chinese characters two columns wide, and says when rows are left out.
func writeTable(rows *sql.Rows, out io.Writer) error {
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	lines := [][]string{columns}
	total := 0
	err = eachRow(rows, func(values []any) error {
		if total++; total > tableRows {
			return nil
		}
		line := make([]string, len(values))
		for i, v := range values {
			line[i] = strings.Join(strings.Fields(cell(v, "null")), " ")
		}
		lines = append(lines, line)
		return nil
	})
	if err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	widths := make([]int, len(columns))
	for _, line := range lines {
		for i, text := range line {
			widths[i] = max(widths[i], columnsOf(text))
		}
	}
	for n, line := range lines {
		for i, text := range line {
			fmt.Fprint(w, text, strings.Repeat(" ", widths[i]-columnsOf(text)+2))
		}
		fmt.Fprintln(w)
		if n == 0 {
			for _, size := range widths {
				fmt.Fprint(w, strings.Repeat("-", size), "  ")
			}
			fmt.Fprintln(w)
		}
	}
	fmt.Fprintf(w, "showing %d of %d rows\n", min(total, tableRows), total)
	return w.Flush()
}

// columnsOf is the number of terminal columns that a text takes.
func columnsOf(text string) int {
	n := 0
	for _, r := range text {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}
