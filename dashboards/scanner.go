package dashboards

import (
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// scanner turns rows of any shape into text.
type scanner struct {
	rows    *sql.Rows
	columns []column
	values  []any
	targets []any
}

func newScanner(rows *sql.Rows) (*scanner, error) {
	kinds, err := rows.ColumnTypes()
	if err != nil {
		return nil, fmt.Errorf("read column types: %w", err)
	}
	s := &scanner{rows: rows, values: make([]any, len(kinds)), targets: make([]any, len(kinds))}
	for i, kind := range kinds {
		name := strings.ToLower(kind.DatabaseTypeName())
		s.columns = append(s.columns, column{Name: kind.Name(), Type: name, IsNumber: isNumberType(name)})
		s.targets[i] = &s.values[i]
	}
	return s, nil
}

func isNumberType(name string) bool {
	base, _, _ := strings.Cut(name, "(")
	return slices.Contains([]string{"tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint", "uhugeint", "float", "double", "decimal"}, base)
}

// row scans the current row.
func (s *scanner) row() ([]cell, error) {
	if err := s.rows.Scan(s.targets...); err != nil {
		return nil, fmt.Errorf("read row: %w", err)
	}
	cells := make([]cell, len(s.values))
	for i, value := range s.values {
		cells[i] = cell{Text: formatAny(value, s.columns[i].Type), IsNull: value == nil}
	}
	return cells, nil
}

// formatAny writes a value of the database as text; a null is empty.
func formatAny(value any, kind string) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte:
		return `\x` + hex.EncodeToString(v)
	case bool:
		return strconv.FormatBool(v)
	case float32:
		return formatFloat(float64(v), 32)
	case float64:
		return formatFloat(v, 64)
	case time.Time:
		return formatTime(v, kind)
	case []any, map[string]any:
		return formatNested(v)
	case fmt.Stringer:
		return v.String()
	}
	return fmt.Sprint(value)
}

func formatFloat(x float64, bits int) string {
	if x == math.Trunc(x) && math.Abs(x) < 1e15 {
		return strconv.FormatFloat(x, 'f', 1, bits)
	}
	return strconv.FormatFloat(x, 'g', -1, bits)
}

func formatTime(at time.Time, kind string) string {
	switch kind {
	case "date":
		return at.Format(time.DateOnly)
	case "time":
		return at.Format("15:04:05.999999")
	case "timestamptz":
		return at.In(shanghai).Format("2006-01-02 15:04:05.999999Z07:00")
	}
	return at.Format("2006-01-02 15:04:05.999999")
}

// formatNested writes lists and structures as JSON.
func formatNested(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(data)
}
