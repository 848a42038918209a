package adherence

import (
	"bytes"
	"math"
	"strconv"
)

// AppendText writes a CSV field, in quotation marks where it needs them.
func AppendText(to []byte, text string) []byte {
	quoted := false
	for i := range len(text) {
		c := text[i]
		quoted = quoted || c == ',' || c == '"' || c == '\n' || c == '\r'
	}
	if !quoted {
		return append(to, text...)
	}
	to = append(to, '"')
	to = append(to, bytes.ReplaceAll([]byte(text), []byte{'"'}, []byte(`""`))...)
	return append(to, '"')
}

// AppendNumber writes a number with 15 decimals and a missing one (NaN) as nothing.
func AppendNumber(to []byte, value float64) []byte {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return to
	}
	return strconv.AppendFloat(to, value, 'f', 15, 64)
}

// appendDays writes a number of days: whole ones without decimals.
func appendDays(to []byte, value float64) []byte {
	if value == math.Trunc(value) && math.Abs(value) < 1e15 {
		return strconv.AppendInt(to, int64(value), 10)
	}
	return AppendNumber(to, value)
}
