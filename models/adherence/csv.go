package adherence

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

const maxRecord = 1 << 20

// FileError is a fault of a whole file: where it is and what to do about it. Line 0 stands for no line.
type FileError struct {
	File, Field, Problem, Remedy string
	Line                         int
}

// Error names file, line, field, problem and remedy, and never a value of the file.
func (e *FileError) Error() string {
	text := e.File
	if e.Line > 0 {
		text = fmt.Sprintf("%s, line %d", text, e.Line)
	}
	if e.Field != "" {
		text += ", column " + e.Field
	}
	return text + ": " + e.Problem + "; " + e.Remedy
}

// table reads CSV (RFC 4180, UTF-8, any line ends) record by record without copying.
type table struct {
	name     string
	r        io.Reader
	buf      []byte
	from, to int
	atEOF    bool
	size     int64 // of the file, 0 when not known
	got      int64 // bytes read of it
	next     int   // line that the next record starts on
	line     int   // line of the current record
	header   []string
	fields   [][]byte // of the current record; valid until read
	unquoted []byte
}

// openTable reads the header.
func openTable(r io.Reader, name string) (*table, error) {
	t := &table{name: name, r: r, buf: make([]byte, 256<<10), next: 1}
	if f, isFile := r.(interface{ Stat() (fs.FileInfo, error) }); isFile {
		if info, err := f.Stat(); err == nil {
			t.size = info.Size()
		}
	}
	ok, err := t.read()
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, &FileError{File: name, Problem: "the file is empty", Remedy: "give it a first line with column names"}
	}
	for i, f := range t.fields {
		if i == 0 {
			f = bytes.TrimPrefix(f, []byte("\ufeff"))
		}
		t.header = append(t.header, strings.TrimSpace(string(f)))
	}
	return t, nil
}

// columns returns the positions of the wanted columns; a name that ends in ? may be missing and is -1 then.
func (t *table) columns(names ...string) ([]int, error) {
	var at []int
	for _, name := range names {
		bare := strings.TrimSuffix(name, "?")
		i := slices.Index(t.header, bare)
		switch {
		case i < 0 && bare == name:
			return nil, &FileError{File: t.name, Line: 1, Field: name, Problem: "the column is missing",
				Remedy: fmt.Sprintf("add it or rename one of: %s", strings.Join(t.header, ", "))}
		case i >= 0 && slices.Contains(t.header[i+1:], bare):
			return nil, &FileError{File: t.name, Line: 1, Field: bare, Problem: "two columns have this name", Remedy: "rename one of them"}
		}
		at = append(at, i)
	}
	return at, nil
}

// rowsLeft estimates how many rows are still to come when so many have come.
func (t *table) rowsLeft(rows int) int {
	used := t.got - int64(t.to-t.from)
	if rows < 1000 || used <= 0 || t.size <= used {
		return max(1000, rows)
	}
	return int(float64(rows)/float64(used)*float64(t.size-used)*1.02) + 1000
}

// isWhole says whether the current record has as many fields as the header.
func (t *table) isWhole() bool { return len(t.fields) == len(t.header) }

// field returns a field of the current record, empty when the record or the file does not have it.
func (t *table) field(column int) []byte {
	if column < 0 || column >= len(t.fields) {
		return nil
	}
	return t.fields[column]
}

// read moves to the next record that is not an empty line; false at the end of the file.
func (t *table) read() (bool, error) {
	for {
		end := bytes.IndexByte(t.buf[t.from:t.to], '\n')
		for end < 0 && !t.atEOF {
			searched := t.to - t.from
			if err := t.fill(); err != nil {
				return false, err
			}
			if end = bytes.IndexByte(t.buf[t.from+searched:t.to], '\n'); end >= 0 {
				end += searched
			}
		}
		if end < 0 && t.from == t.to {
			return false, nil
		}
		record, used := t.buf[t.from:t.to], t.to-t.from
		if end >= 0 {
			record, used = t.buf[t.from:t.from+end], end+1
		}
		t.line = t.next
		if bytes.IndexByte(record, '"') >= 0 {
			return true, t.readQuoted()
		}
		t.from += used
		t.next++
		record = bytes.TrimSuffix(record, []byte{'\r'})
		if len(record) > 0 {
			t.split(record)
			return true, nil
		}
	}
}

func (t *table) split(record []byte) {
	t.fields = t.fields[:0]
	for {
		i := bytes.IndexByte(record, ',')
		if i < 0 {
			t.fields = append(t.fields, record)
			return
		}
		t.fields = append(t.fields, record[:i])
		record = record[i+1:]
	}
}

// fill reads more of the file behind what is not used yet.
func (t *table) fill() error {
	if t.from > 0 {
		t.to = copy(t.buf, t.buf[t.from:t.to])
		t.from = 0
	}
	if t.to == len(t.buf) {
		if t.to >= maxRecord {
			return &FileError{File: t.name, Line: t.next, Problem: "a record is longer than 1 MB", Remedy: "look for a quotation mark that is never closed"}
		}
		t.buf = append(t.buf, make([]byte, len(t.buf))...)
	}
	n, err := t.r.Read(t.buf[t.to:])
	t.to += n
	t.got += int64(n)
	if errors.Is(err, io.EOF) {
		t.atEOF = true
	} else if err != nil {
		return fmt.Errorf("read %s: %w", t.name, err)
	}
	return nil
}

// readQuoted reads a record with quotation marks, which may go over several lines.
func (t *table) readQuoted() error {
	end, err := t.quotedEnd()
	if err != nil {
		return err
	}
	record := t.buf[t.from : t.from+end]
	t.from += end
	t.next += max(1, bytes.Count(record, []byte{'\n'}))
	record = bytes.TrimSuffix(bytes.TrimSuffix(record, []byte{'\n'}), []byte{'\r'})
	t.fields, t.unquoted = t.fields[:0], slices.Grow(t.unquoted[:0], len(record))
	for {
		var field []byte
		var ok bool
		field, record, ok = t.cut(record)
		if !ok {
			return &FileError{File: t.name, Line: t.line, Problem: "a quotation mark stands inside a field",
				Remedy: "put the whole field in quotation marks and double those inside"}
		}
		t.fields = append(t.fields, field)
		if record == nil {
			return nil
		}
		record = record[1:]
	}
}

// quotedEnd returns the length of the record up to the line end outside quotation marks.
func (t *table) quotedEnd() (int, error) {
	quoted := false
	for i := 0; ; i++ {
		for t.from+i >= t.to {
			if t.atEOF && !quoted {
				return i, nil
			}
			if t.atEOF {
				return 0, &FileError{File: t.name, Line: t.line, Problem: "a quotation mark is never closed", Remedy: "close it"}
			}
			if err := t.fill(); err != nil {
				return 0, err
			}
		}
		switch c := t.buf[t.from+i]; {
		case c == '"':
			quoted = !quoted
		case c == '\n' && !quoted:
			return i + 1, nil
		}
	}
}

// cut takes the first field off a record; rest is nil at the end, else starts with the comma.
func (t *table) cut(record []byte) (field, rest []byte, ok bool) {
	if len(record) == 0 || record[0] != '"' {
		i := bytes.IndexByte(record, ',')
		if i < 0 {
			return record, nil, bytes.IndexByte(record, '"') < 0
		}
		return record[:i], record[i:], bytes.IndexByte(record[:i], '"') < 0
	}
	begin := len(t.unquoted)
	for i := 1; i < len(record); i++ {
		switch {
		case record[i] != '"':
			t.unquoted = append(t.unquoted, record[i])
		case i+1 < len(record) && record[i+1] == '"':
			t.unquoted = append(t.unquoted, '"')
			i++
		case i+1 == len(record):
			return t.unquoted[begin:], nil, true
		default:
			return t.unquoted[begin:], record[i+1:], record[i+1] == ','
		}
	}
	return nil, nil, false
}
