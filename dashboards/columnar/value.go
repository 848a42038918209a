package columnar

import (
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// appendValue appends a value of the database to a column and returns about how many bytes it takes.
func appendValue(to array.Builder, value any) (size int, err error) {
	if value == nil {
		to.AppendNull()
		return 1, nil
	}
	ok := true
	switch b := to.(type) {
	case *array.BooleanBuilder:
		ok = add(b.Append, value)
	case *array.Int8Builder:
		ok = add(b.Append, value)
	case *array.Int16Builder:
		ok = add(b.Append, value)
	case *array.Int32Builder:
		ok = add(b.Append, value)
	case *array.Int64Builder:
		ok = add(b.Append, value)
	case *array.Uint8Builder:
		ok = add(b.Append, value)
	case *array.Uint16Builder:
		ok = add(b.Append, value)
	case *array.Uint32Builder:
		ok = add(b.Append, value)
	case *array.Uint64Builder:
		ok = add(b.Append, value)
	case *array.Float32Builder:
		ok = add(b.Append, value)
	case *array.Float64Builder:
		ok = add(b.Append, value)
	case *array.BinaryBuilder:
		data, isData := value.([]byte)
		b.Append(data)
		return len(data), kindError(isData, to, value)
	case *array.StringBuilder:
		text := Text(value)
		b.Append(text)
		return len(text), nil
	case *array.Decimal128Builder:
		return 16, appendDecimal(b, value)
	case *array.ListBuilder:
		return appendList(b, value)
	default:
		return 8, appendTime(to, value)
	}
	return 8, kindError(ok, to, value)
}

func add[T any](to func(T), value any) bool {
	one, ok := value.(T)
	if ok {
		to(one)
	}
	return ok
}

func kindError(ok bool, to array.Builder, value any) error {
	if ok {
		return nil
	}
	return fmt.Errorf("a value of Go type %T does not fit %s", value, to.Type())
}

func appendTime(to array.Builder, value any) error {
	at, ok := value.(time.Time)
	if ok {
		switch b := to.(type) {
		case *array.Date32Builder:
			b.Append(arrow.Date32FromTime(at))
		case *array.Time64Builder:
			b.Append(arrow.Time64(at.Sub(at.Truncate(24 * time.Hour)).Microseconds()))
		case *array.TimestampBuilder:
			if b.Type().(*arrow.TimestampType).Unit == arrow.Nanosecond {
				b.Append(arrow.Timestamp(at.UnixNano()))
				break
			}
			b.Append(arrow.Timestamp(at.UnixMicro()))
		default:
			ok = false
		}
	}
	return kindError(ok, to, value)
}

// appendDecimal takes whole numbers of 128 bits, and decimals as the driver writes them.
func appendDecimal(b *array.Decimal128Builder, value any) error {
	kind := b.Type().(*arrow.Decimal128Type)
	if whole, ok := value.(*big.Int); ok {
		if n := decimal128.FromBigInt(whole); whole.BitLen() < 127 && n.FitsInPrecision(kind.Precision) {
			b.Append(n)
			return nil
		}
		return fmt.Errorf("a whole number has more than %d digits: cast it to varchar or double", kind.Precision)
	}
	n, err := decimal128.FromString(fmt.Sprint(value), kind.Precision, kind.Scale)
	if err != nil {
		return fmt.Errorf("read a decimal: %w", err)
	}
	b.Append(n)
	return nil
}

func appendList(b *array.ListBuilder, value any) (size int, err error) {
	all, ok := value.([]any)
	if !ok {
		return 0, kindError(false, b, value)
	}
	b.Append(true)
	for _, one := range all {
		n, err := appendValue(b.ValueBuilder(), one)
		if err != nil {
			return size, err
		}
		size += n
	}
	return size, nil
}

// Text writes a value that has no Arrow type here: texts as they are, times in ISO form, lists, maps and
// structures as JSON, intervals as ISO 8601 durations.
func Text(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case time.Time:
		return v.Format("15:04:05.999999Z07:00")
	case []byte:
		if len(v) == 16 {
			return fmt.Sprintf("%x-%x-%x-%x-%x", v[:4], v[4:6], v[6:8], v[8:10], v[10:])
		}
		return fmt.Sprintf("%x", v)
	case fmt.Stringer:
		return v.String()
	}
	if text, ok := interval(reflect.ValueOf(value)); ok {
		return text
	}
	data, err := json.Marshal(nested(reflect.ValueOf(value)))
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(data)
}

// interval writes the driver's structure of months, days and microseconds.
func interval(v reflect.Value) (string, bool) {
	if v.Kind() != reflect.Struct || v.NumField() != 3 || !v.FieldByName("Micros").IsValid() {
		return "", false
	}
	micros := v.FieldByName("Micros").Int()
	return fmt.Sprintf("P%dM%dDT%sS", v.FieldByName("Months").Int(), v.FieldByName("Days").Int(), new(big.Rat).SetFrac64(micros, 1e6).FloatString(6)), true
}

// nested makes a value of the database one that JSON can write: keys become text.
func nested(v reflect.Value) any {
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() {
		return nil
	}
	if stringer, ok := v.Interface().(fmt.Stringer); ok {
		return stringer.String()
	}
	switch v.Kind() {
	case reflect.Map:
		all := map[string]any{}
		for _, key := range v.MapKeys() {
			all[fmt.Sprint(key.Interface())] = nested(v.MapIndex(key))
		}
		return all
	case reflect.Slice:
		all := make([]any, v.Len())
		for i := range all {
			all[i] = nested(v.Index(i))
		}
		return all
	}
	return v.Interface()
}
