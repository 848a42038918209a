package transform

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// table is a tab-separated file of the catalogue. The first line names the columns; empty lines and lines
// that begin with # are comments.
type table struct {
	file    string
	columns []string
	lines   []tableLine
}

type tableLine struct {
	table  *table
	number int // 1 is the line with the column names
	fields []string
}

func readTable(fsys fs.FS, file string, columns ...string) (*table, error) {
	text, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, fmt.Errorf("read catalogue: %w", err)
	}
	t := &table{file: file, columns: columns}
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		line = strings.TrimSuffix(line, "\r")
		fields := strings.Split(line, "\t")
		switch {
		case i == 0:
			if err := t.checkHeader(fields); err != nil {
				return nil, err
			}
			continue
		case strings.TrimSpace(line) == "" || line[0] == '#':
			continue
		case len(fields) != len(columns):
			return nil, fmt.Errorf("%s:%d: %d columns instead of %d (%s); separate columns by one tab each, leave none out",
				file, i+1, len(fields), len(columns), strings.Join(columns, ", "))
		}
		for j := range fields {
			fields[j] = strings.TrimSpace(fields[j])
		}
		t.lines = append(t.lines, tableLine{table: t, number: i + 1, fields: fields})
	}
	return t, nil
}

func (t *table) checkHeader(fields []string) error {
	if strings.Join(fields, "\t") != strings.Join(t.columns, "\t") {
		return fmt.Errorf("%s:1: the first line must name the columns: %s, with a tab between them", t.file, strings.Join(t.columns, ", "))
	}
	return nil
}

// fail makes an error that names file, line and column of a wrong value, and says what to do.
func (l tableLine) fail(column, format string, args ...any) error {
	return fmt.Errorf("%s:%d: column %s: %s", l.table.file, l.number, column, fmt.Sprintf(format, args...))
}

func (l tableLine) text(column string) string {
	for i, name := range l.table.columns {
		if name == column {
			return l.fields[i]
		}
	}
	return ""
}

func (l tableLine) required(column string) (string, error) {
	if v := l.text(column); v != "" {
		return v, nil
	}
	return "", l.fail(column, "is empty; fill it in")
}

// oneOf returns a value that has to be one of the words.
func (l tableLine) oneOf(column string, words ...string) (string, error) {
	v := l.text(column)
	for _, w := range words {
		if v == w {
			return v, nil
		}
	}
	return "", l.fail(column, "%q is not known; use one of: %s", v, strings.Join(words, ", "))
}

// number returns a whole number of at least low.
func (l tableLine) whole(column string, low int) (int, error) {
	n, err := strconv.Atoi(l.text(column))
	if err != nil || n < low {
		return 0, l.fail(column, "%q is not a whole number of %d or more", l.text(column), low)
	}
	return n, nil
}

// code returns a snake_case name: lower-case letters, digits and underscores, a letter first.
func (l tableLine) code(column string) (string, error) {
	v, err := l.required(column)
	if err != nil {
		return "", err
	}
	for i, r := range v {
		letter := r >= 'a' && r <= 'z'
		if !letter && (i == 0 || r != '_' && (r < '0' || r > '9')) {
			return "", l.fail(column, "%q must be snake_case: lower-case letters, digits and underscores", v)
		}
	}
	return v, nil
}
