package ingest

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// CSV is a CSV file with a header, read through a Mapping; plain or gzip. Its topic is made of its content
// and of the mapping: the same file with the same mapping is the same source, with a mended mapping another,
// of which staging drops the rows that were good before, since a row keeps its event id.
type CSV struct {
	path    string
	topic   string
	mapping *Mapping
	modTime time.Time
}

// OpenCSV reads a file once for its content hash and checks that its header has the columns of the mapping.
func OpenCSV(path string, mapping *Mapping) (*CSV, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open CSV: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("open CSV %s: not a regular file", path)
	}
	file := &CSV{path: path, mapping: mapping, modTime: info.ModTime().UTC()}
	topic, _, err := file.each(nil)
	if err != nil {
		return nil, fmt.Errorf("open CSV %s: %w", path, err)
	}
	file.topic = topic
	return file, nil
}

// Topic is the topic of all positions: "file:" and a SHA-256 over the mapping and the content in hex.
func (f *CSV) Topic() string { return f.topic }

// Records yields one record per row, with offsets from 0 and the file's modification time. The mapping's
// Decode reads them. An error is the last thing that it yields, with a nil Record.
func (f *CSV) Records() iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		topic, isStopped, err := f.each(func(rec *Record) bool { return yield(rec, nil) })
		if isStopped {
			return
		}
		if err == nil && topic != f.topic {
			err = errors.New("the content changed since it was opened")
		}
		if err != nil {
			yield(nil, fmt.Errorf("read %s: %w", f.path, err))
		}
	}
}

// each hands out the records until take says stop, and returns the topic when the file was read to its end.
// Without take it only reads.
func (f *CSV) each(take func(*Record) bool) (topic string, isStopped bool, err error) {
	content, err := openContent(f.path)
	if err != nil {
		return "", false, err
	}
	defer content.Close()
	hash := sha256.New()
	fmt.Fprintf(hash, "%d:%s", len(f.mapping.text), f.mapping.text)
	rows := newRows(io.TeeReader(content, hash), f.mapping.encoding, f.mapping.delimiter)
	header, err := f.header(rows)
	if err != nil {
		return "", false, err
	}
	seen := map[uint64]int32{}
	for offset := int64(0); ; offset++ {
		fields, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return fileTopic(hash.Sum(nil)), false, nil
		}
		if err != nil {
			return "", false, err
		}
		if take != nil && !take(f.record(header, fields, offset, seen)) {
			return "", true, nil
		}
	}
}

// newRows reads rows in an encoding. What is no character in it becomes U+FFFD, and is refused later.
func newRows(from io.Reader, encoding string, delimiter rune) *csv.Reader {
	rows := csv.NewReader(decoded(from, encoding))
	rows.Comma, rows.FieldsPerRecord, rows.LazyQuotes, rows.ReuseRecord = delimiter, -1, true, true
	return rows
}

// decoded makes UTF-8 of an encoding.
func decoded(from io.Reader, encoding string) io.Reader {
	switch encoding {
	case "gb18030":
		return simplifiedchinese.GB18030.NewDecoder().Reader(from)
	case "utf-16":
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(from)
	}
	return from
}

// header reads the first row behind those that are skipped. A column that the mapping names has to be there, once.
func (f *CSV) header(rows *csv.Reader) ([]string, error) {
	for range f.mapping.skipped {
		if _, err := rows.Read(); err != nil {
			return nil, fmt.Errorf("%s: no header behind skip_rows: %w", f.mapping.name, err)
		}
	}
	header, err := readHeader(rows, nil)
	if err != nil {
		return nil, err
	}
	for i := range header {
		header[i] = strings.TrimSpace(header[i])
	}
	for _, field := range sortedNames(f.mapping.columns) {
		column := f.mapping.columns[field]
		at := slices.Index(header, column)
		if at < 0 {
			return nil, fmt.Errorf("%s:%d: the file has no column %s%s", f.mapping.name, f.mapping.lines[field], column, misfit(header))
		}
		if slices.Contains(header[at+1:], column) {
			return nil, fmt.Errorf("%s:%d: the file has two columns %s", f.mapping.name, f.mapping.lines[field], column)
		}
	}
	return header, nil
}

// misfit says what in a header looks as if encoding or delimiter were others than those of the mapping.
func misfit(header []string) string {
	switch all := strings.Join(header, ""); {
	case strings.ContainsRune(all, utf8.RuneError): // also bytes that are no UTF-8
		return "; its header is in another encoding than the mapping says"
	case len(header) == 1:
		return "; its header is one column, is the delimiter another?"
	}
	return ""
}

// record makes the record of a row, with the columns that the mapping names: the others, which may be
// names and addresses, stay behind. The id is of the whole row, so that it outlives a change of the
// mapping, and counts rows that are equal.
func (f *CSV) record(header, fields []string, offset int64, seen map[uint64]int32) *Record {
	id := hashID(append([]string{"csv row"}, fields...)...)
	short, _ := strconv.ParseUint(id[:16], 16, 64) // two ids with one beginning are counted as one, and still differ
	seen[short]++
	wire := csvRow{ID: id + "-" + strconv.Itoa(int(seen[short])), Row: map[string]string{}}
	if len(fields) != len(header) {
		wire.Fault = "columns"
	}
	for i, field := range fields {
		isBroken := !utf8.ValidString(field) || strings.ContainsRune(field, utf8.RuneError)
		if isBroken {
			wire.Fault = ReasonBadEncoding
		}
		if i < len(header) && f.mapping.isMapped(header[i]) {
			wire.Row[header[i]] = field
		}
	}
	value, err := json.Marshal(wire)
	if err != nil {
		value = nil // strings always marshal; a record without a value would be refused
	}
	return &Record{Position: Position{Topic: f.topic, Offset: offset}, Value: value, Time: f.modTime}
}

func (m *Mapping) isMapped(column string) bool {
	for _, name := range m.columns {
		if name == column {
			return true
		}
	}
	return false
}
