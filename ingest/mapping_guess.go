package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

const (
	guessRows  = 200
	guessBytes = 256 << 10 // looked at for the encoding
)

// guessFormats are the date formats that are tried, in this order.
var guessFormats = []string{
	"yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm", "yyyy-MM-dd", "yyyy-MM-ddTHH:mm:ss", "yyyy/M/d HH:mm:ss", "yyyy/M/d HH:mm", "yyyy/M/d",
	"yyyy-M-d HH:mm:ss", "yyyy-M-d HH:mm", "yyyy-M-d", "yyyyMMdd", "yyyyMMddHHmmss", "yyyy年M月d日 HH:mm:ss", "yyyy年M月d日 HH:mm", "yyyy年M月d日",
	"yyyy.M.d HH:mm", "yyyy.M.d", excelFormat, "d/M/yyyy", "M/d/yyyy", "d/M/yyyy HH:mm", "M/d/yyyy HH:mm",
}

// guess is what a look at a file has shown.
type guess struct {
	encoding  string
	delimiter rune
	skipped   int // rows before the header
	header    []string
	rows      [][]string
	columns   map[string]int  // field to place in the header
	unsure    map[string]bool // fields of which only a part of the name is known
}

// GuessMapping looks at the header and the first 200 rows of a CSV file and writes a mapping file for a
// person to check. Its comments tell what was counted in the rows; values of the file are not in it.
func GuessMapping(path string) ([]byte, error) {
	content, err := openContent(path)
	if err != nil {
		return nil, fmt.Errorf("guess a mapping of %s: %w", path, err)
	}
	defer content.Close()
	start, err := io.ReadAll(io.LimitReader(content, guessBytes))
	if err != nil {
		return nil, fmt.Errorf("guess a mapping of %s: %w", path, err)
	}
	mapping, err := guessMapping(start)
	if err != nil {
		return nil, fmt.Errorf("guess a mapping of %s: %w", path, err)
	}
	return mapping, nil
}

// guessMapping makes the mapping from the beginning of a file.
func guessMapping(start []byte) ([]byte, error) {
	if len(start) == guessBytes { // the last line is not whole
		start = start[:bytes.LastIndexByte(start, '\n')+1]
	}
	g := &guess{encoding: encodingOf(start), columns: map[string]int{}, unsure: map[string]bool{}}
	text, err := io.ReadAll(decoded(bytes.NewReader(start), g.encoding))
	if err != nil {
		return nil, err
	}
	g.delimiter = delimiterOf(text)
	if err := g.read(text); err != nil {
		return nil, err
	}
	g.match()
	return g.write(), nil
}

// encodingOf tells an encoding by its mark, or by what is no UTF-8.
func encodingOf(start []byte) string {
	switch {
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
		return "utf-16"
	case utf8.Valid(start):
		return "utf-8"
	}
	return "gb18030"
}

// read takes the rows. The header is the first of them with two names that are known, as exports may
// begin with a title; else it is the first.
func (g *guess) read(text []byte) error {
	rows := newRows(bytes.NewReader(text), "utf-8", g.delimiter)
	for len(g.rows) <= guessRows {
		fields, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		g.rows = append(g.rows, slices.Clone(fields))
	}
	if len(g.rows) == 0 {
		return errors.New("no header")
	}
	top := g.rows[:min(len(g.rows), maxSkipped)]
	g.skipped = max(0, slices.IndexFunc(top, func(row []string) bool { return knownNames(row) > 1 }))
	g.header, g.rows = g.rows[g.skipped], g.rows[g.skipped+1:]
	return nil
}

// knownNames counts the names in a row that are known.
func knownNames(row []string) int {
	n := 0
	for _, name := range row {
		plain := plainName(name)
		for _, c := range columnNames {
			if slices.Contains(c.names, plain) {
				n++
				break
			}
		}
	}
	return n
}

// delimiterOf is the delimiter that is in the first lines most often.
func delimiterOf(text []byte) rune {
	lines := bytes.SplitN(text, []byte("\n"), 6)
	top := bytes.Join(lines[:min(len(lines), 5)], nil)
	best, most := ',', 0
	for _, delimiter := range ",;\t|" {
		if n := bytes.Count(top, []byte(string(delimiter))); n > most {
			best, most = delimiter, n
		}
	}
	return best
}

// match finds the columns of the fields: by whole names, then by parts of names among what is left.
func (g *guess) match() {
	plain := make([]string, len(g.header))
	taken := make([]bool, len(g.header))
	for i, name := range g.header {
		plain[i] = plainName(name)
	}
	for _, c := range columnNames {
		for _, name := range c.names {
			if at := slices.Index(plain, name); at >= 0 && !taken[at] {
				g.columns[c.field], taken[at] = at, true
				break
			}
		}
	}
	g.matchTime(plain, taken)
	for _, c := range columnNames {
		if _, isThere := g.columns[c.field]; isThere {
			continue
		}
		for at, name := range g.header {
			if !taken[at] && hasPart(name, c.names) {
				g.columns[c.field], taken[at], g.unsure[c.field] = at, true, true
				break
			}
		}
	}
}

// matchTime finds the time of day when it is in a column apart from the day.
func (g *guess) matchTime(plain []string, taken []bool) {
	day, isThere := g.columns["at"]
	if !isThere {
		return
	}
	for at, name := range plain {
		if taken[at] || !slices.Contains(namesOf("at"), name) {
			continue
		}
		clock := at
		if g.clocks(day) > 0 {
			day, clock = at, day
		}
		if g.clocks(clock) > 0 && g.clocks(day) == 0 {
			g.columns["at"], g.columns["time"], taken[at] = day, clock, true
			return
		}
	}
}

func namesOf(field string) []string {
	for _, c := range columnNames {
		if c.field == field {
			return c.names
		}
	}
	return nil
}

// clocks counts the rows with a time of day and no day in a column.
func (g *guess) clocks(column int) int { return g.count(column, isClock) }
