// Package columnar turns the rows of a statement into Arrow record batches of bounded size, one after the other.
// It reads rows through database/sql alone, so that what a sandbox lets through is all that it can see. Types that
// Arrow readers differ about (maps, structures, intervals, very large numbers) become text. It keeps nothing.
package columnar

import (
	"database/sql"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// A batch ends after so many rows, or after about so many bytes of text.
const (
	batchRows  = 8192
	batchBytes = 4 << 20
)

// Column is a column of a result: its name, and its type as DuckDB writes it.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

var decimalType = regexp.MustCompile(`^DECIMAL\((\d+),\s*(\d+)\)$`)

// plainTypes are the types without parameters; any other type becomes text.
var plainTypes = map[string]arrow.DataType{
	"BOOLEAN": arrow.FixedWidthTypes.Boolean,
	"TINYINT": arrow.PrimitiveTypes.Int8, "SMALLINT": arrow.PrimitiveTypes.Int16, "INTEGER": arrow.PrimitiveTypes.Int32, "BIGINT": arrow.PrimitiveTypes.Int64,
	"UTINYINT": arrow.PrimitiveTypes.Uint8, "USMALLINT": arrow.PrimitiveTypes.Uint16, "UINTEGER": arrow.PrimitiveTypes.Uint32, "UBIGINT": arrow.PrimitiveTypes.Uint64,
	"FLOAT": arrow.PrimitiveTypes.Float32, "DOUBLE": arrow.PrimitiveTypes.Float64,
	"HUGEINT": &arrow.Decimal128Type{Precision: 38}, "BLOB": arrow.BinaryTypes.Binary,
	"DATE": arrow.FixedWidthTypes.Date32, "TIME": arrow.FixedWidthTypes.Time64us,
	"TIMESTAMP": &arrow.TimestampType{Unit: arrow.Microsecond}, "TIMESTAMP_S": &arrow.TimestampType{Unit: arrow.Microsecond},
	"TIMESTAMP_MS": &arrow.TimestampType{Unit: arrow.Microsecond}, "TIMESTAMP_NS": &arrow.TimestampType{Unit: arrow.Nanosecond},
	"TIMESTAMPTZ": arrow.FixedWidthTypes.Timestamp_us, "TIMESTAMP WITH TIME ZONE": arrow.FixedWidthTypes.Timestamp_us,
}

// typeOf returns the Arrow type of a type of DuckDB.
func typeOf(name string) arrow.DataType {
	if plain, ok := plainTypes[name]; ok {
		return plain
	}
	if inner, ok := strings.CutSuffix(name, "[]"); ok && !strings.HasSuffix(inner, ")") {
		return arrow.ListOf(typeOf(inner))
	}
	if found := decimalType.FindStringSubmatch(name); found != nil {
		precision, _ := strconv.Atoi(found[1]) // digits
		scale, _ := strconv.Atoi(found[2])
		return &arrow.Decimal128Type{Precision: int32(precision), Scale: int32(scale)}
	}
	return arrow.BinaryTypes.String
}

// Schema returns the Arrow schema of some columns. Every column may be null.
func Schema(columns []Column) *arrow.Schema {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = arrow.Field{Name: c.Name, Type: typeOf(c.Type), Nullable: true}
	}
	return arrow.NewSchema(fields, nil)
}

// Reader reads batches from rows.
type Reader struct {
	rows    *sql.Rows
	schema  *arrow.Schema
	values  []any
	targets []any
	left    int

	// More is set when there were more rows than the limit.
	More bool
	// Rows is how many rows were read.
	Rows int
}

// NewReader makes a reader of at most limit rows. The caller closes the rows.
func NewReader(rows *sql.Rows, limit int) (*Reader, error) {
	kinds, err := rows.ColumnTypes()
	if err != nil {
		return nil, fmt.Errorf("read column types: %w", err)
	}
	columns := make([]Column, len(kinds))
	r := &Reader{rows: rows, values: make([]any, len(kinds)), targets: make([]any, len(kinds)), left: limit}
	for i, kind := range kinds {
		columns[i] = Column{Name: kind.Name(), Type: kind.DatabaseTypeName()}
		r.targets[i] = &r.values[i]
	}
	r.schema = Schema(columns)
	return r, nil
}

// Schema returns the schema of the batches.
func (r *Reader) Schema() *arrow.Schema { return r.schema }

// Next returns the next batch, which the caller releases, or io.EOF.
func (r *Reader) Next() (arrow.RecordBatch, error) {
	b := array.NewRecordBuilder(memory.DefaultAllocator, r.schema)
	defer b.Release()
	count, size := 0, 0
	for count < batchRows && size < batchBytes && r.rows.Next() {
		if r.left == 0 {
			r.More = true
			break
		}
		if err := r.rows.Scan(r.targets...); err != nil {
			return nil, fmt.Errorf("read row: %w", err)
		}
		for i, value := range r.values {
			n, err := appendValue(b.Field(i), value)
			if err != nil {
				return nil, fmt.Errorf("read column %d: %w", i+1, err)
			}
			size += n
		}
		count++
		r.left--
	}
	if err := r.rows.Err(); err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	if count == 0 {
		return nil, io.EOF
	}
	r.Rows += count
	return b.NewRecordBatch(), nil
}
