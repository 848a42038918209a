package columnar

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// business is the clock of times that have a zone. It has had no summer time since 1991, so a fixed zone is exact.
var business = time.FixedZone("Asia/Shanghai", 8*60*60)

// Row returns a row of a batch as encoding/json writes it: numbers as json.Number, so that no digit is lost, times
// in ISO form, bytes in hex after \x.
func Row(batch arrow.RecordBatch, row int) []any {
	cells := make([]any, batch.NumCols())
	for c := range cells {
		cells[c] = cell(batch.Column(c), row)
	}
	return cells
}

// IsNumber tells whether the values of a type are numbers.
func IsNumber(t arrow.DataType) bool {
	return arrow.IsInteger(t.ID()) || arrow.IsFloating(t.ID()) || arrow.IsDecimal(t.ID())
}

// CellText writes a value as text, "" when it is null; lists as JSON.
func CellText(column arrow.Array, row int) string {
	switch v := cell(column, row).(type) {
	case nil:
		if floats, ok := column.(*array.Float64); ok && floats.IsValid(row) {
			return strconv.FormatFloat(floats.Value(row), 'g', -1, 64) // NaN and the infinities
		}
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	default:
		data, _ := json.Marshal(v) // what cell returns always becomes JSON
		return string(data)
	}
}

func cell(column arrow.Array, row int) any {
	if column.IsNull(row) {
		return nil
	}
	switch a := column.(type) {
	case *array.Boolean:
		return a.Value(row)
	case *array.String:
		return a.Value(row)
	case *array.Binary:
		return `\x` + hex.EncodeToString(a.Value(row))
	case *array.Float32:
		return float(float64(a.Value(row)), 32)
	case *array.Float64:
		return float(a.Value(row), 64)
	case *array.Decimal128:
		return json.Number(a.Value(row).ToString(a.DataType().(*arrow.Decimal128Type).Scale))
	case *array.Date32:
		return a.Value(row).ToTime().Format(time.DateOnly)
	case *array.Time64:
		return time.UnixMicro(int64(a.Value(row))).UTC().Format("15:04:05.999999")
	case *array.Timestamp:
		return timestamp(a, row)
	case *array.List:
		from, to := a.ValueOffsets(row)
		all := make([]any, 0, to-from)
		for i := from; i < to; i++ {
			all = append(all, cell(a.ListValues(), int(i)))
		}
		return all
	}
	return json.Number(column.ValueStr(row)) // what is left are whole numbers
}

func float(x float64, bits int) any {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return json.Number(strconv.FormatFloat(x, 'g', -1, bits))
}

func timestamp(a *array.Timestamp, row int) string {
	kind := a.DataType().(*arrow.TimestampType)
	at := a.Value(row).ToTime(kind.Unit)
	if kind.TimeZone != "" {
		return at.In(business).Format("2006-01-02T15:04:05.999999Z07:00")
	}
	return at.Format("2006-01-02T15:04:05.999999999")
}
