package dashboards

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"unicode"
)

// apiEncoder turns what a page shows into JSON. Names are those of the fields in snake case, or of their json
// tags; a field with the tag api:"-" stays inside. What is hidden or unknown becomes null.
//
// guard is set for readers of protected totals. A whole number that is no protected count is then null, unless
// its field has the tag api:"plain": a count that somebody forgets to protect does not leave.
type apiEncoder struct{ guard bool }

// apiRate is how a rate is written: never without its denominator and its interval.
type apiRate struct {
	Count *int64   `json:"count"`
	Of    *int64   `json:"of"`
	Share *float64 `json:"share"`
	Lower *float64 `json:"lower"`
	Upper *float64 `json:"upper"`
}

func (e apiEncoder) rate(r rate) apiRate {
	out := apiRate{Count: e.count(r.K), Of: e.count(r.N)}
	if out.Count != nil && out.Of != nil && r.Known() {
		lower, upper := r.Wilson()
		out.Share, out.Lower, out.Upper = value(r.Value()), value(lower), value(upper)
	}
	return out
}

// count returns a count that may be shown, else nil.
func (e apiEncoder) count(n int64) *int64 {
	if n == hiddenCount || e.guard && n != protectCount(n) {
		return nil
	}
	return &n
}

var marshalerType = reflect.TypeFor[json.Marshaler]()

// value turns a value into what encoding/json writes.
func (e apiEncoder) value(v reflect.Value) any {
	if !v.IsValid() {
		return nil
	}
	if v.Type().Implements(marshalerType) {
		return v.Interface()
	}
	switch v.Kind() {
	case reflect.Int64:
		return e.count(v.Int())
	case reflect.Float32, reflect.Float64:
		if x := v.Float(); !math.IsNaN(x) && !math.IsInf(x, 0) && x != hiddenCount {
			return x
		}
		return nil
	case reflect.Pointer, reflect.Interface:
		return e.value(v.Elem())
	case reflect.Slice, reflect.Array:
		all := make([]any, v.Len())
		for i := range all {
			all[i] = e.value(v.Index(i))
		}
		return all
	case reflect.Map:
		all := make(map[string]any, v.Len())
		for _, key := range v.MapKeys() {
			all[key.String()] = e.value(v.MapIndex(key))
		}
		return all
	case reflect.Struct:
		return e.object(v)
	}
	return v.Interface()
}

func (e apiEncoder) object(v reflect.Value) any {
	if r, ok := v.Interface().(rate); ok {
		return e.rate(r)
	}
	if inner, ok := nullable(v.Type()); ok {
		if !v.FieldByName("Valid").Bool() {
			return nil
		}
		return apiEncoder{}.value(v.Field(inner))
	}
	all := map[string]any{}
	for _, f := range apiFields(v.Type()) {
		part := e
		if f.plain {
			part.guard = false
		}
		all[f.name] = part.value(v.FieldByIndex(f.index))
	}
	return all
}

// nullable tells whether a type is one of database/sql that may be null, whose value is its first field.
func nullable(t reflect.Type) (int, bool) {
	return 0, t.PkgPath() == "database/sql" && strings.HasPrefix(t.Name(), "Null")
}

// apiField is a field that leaves.
type apiField struct {
	name  string
	index []int
	kind  reflect.Type
	plain bool
	spare bool // may be missing in what is sent to the server
}

// apiFields are the fields of a structure that leave; those of embedded structures stand among them.
func apiFields(t reflect.Type) []apiField {
	var all []apiField
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			for _, inner := range apiFields(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				all = append(all, inner)
			}
			continue
		}
		name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		api := f.Tag.Get("api")
		if !f.IsExported() || name == "-" || api == "-" || f.Type.Kind() == reflect.Func || f.Type.Kind() == reflect.Chan {
			continue
		}
		if name == "" {
			name = snake(f.Name)
		}
		all = append(all, apiField{name: name, index: f.Index, kind: f.Type, plain: api == "plain", spare: option == "omitempty"})
	}
	return all
}

// snake writes a Go name as JSON has it: MeanPDC is mean_pdc.
func snake(name string) string {
	var b strings.Builder
	letters := []rune(name)
	for i, r := range letters {
		if unicode.IsUpper(r) && i > 0 && (unicode.IsLower(letters[i-1]) || unicode.IsDigit(letters[i-1]) || i+1 < len(letters) && unicode.IsLower(letters[i+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
