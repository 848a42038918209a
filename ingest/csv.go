package ingest

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
)

// eachRow hands out the rows of a CSV file with a header, column by name, until take returns false. The
// map is used again for the next row. It returns the content hash when the file was read to its end, and
// an error when a needed column is not in the header. A row that is too short has empty columns.
func eachRow(path string, needed []string, take func(row map[string]string) bool) (sum string, err error) {
	file, err := openContent(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha256.New()
	rows := csv.NewReader(io.TeeReader(file, hash))
	rows.FieldsPerRecord, rows.LazyQuotes, rows.ReuseRecord = -1, true, true
	header, err := readHeader(rows, needed)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	row := make(map[string]string, len(header))
	for {
		fields, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return hex.EncodeToString(hash.Sum(nil)), nil
		}
		if err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		clear(row)
		for i, name := range header[:min(len(header), len(fields))] {
			row[name] = fields[i]
		}
		if !take(row) {
			return "", nil
		}
	}
}

// readHeader reads the first row and looks for the needed columns in it.
func readHeader(rows *csv.Reader, needed []string) ([]string, error) {
	fields, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("no header")
	}
	if err != nil {
		return nil, fmt.Errorf("read the header: %w", err)
	}
	header := slices.Clone(fields)
	for _, name := range needed {
		if !slices.Contains(header, name) {
			return nil, fmt.Errorf("no column %s", name)
		}
	}
	return header, nil
}
