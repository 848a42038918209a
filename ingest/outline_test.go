package ingest

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestScan(t *testing.T) {
	many := `"a":{"x":1}`
	for i := range maxNames {
		many += `,"n` + strings.Repeat("i", i) + `":1`
	}
	for _, c := range []struct{ name, value, eventType, fault string }{
		{"type", `{"v":1,"type":"chat.message"}`, "chat.message", ""},
		{"type below the top", `{"x":{"type":"a.b"},"y":["type","z"]}`, "", ""},
		{"type as a value", `{"x":"type","y":"z"}`, "", ""},
		{"type that is no string", `{"type":7,"x":"y"}`, "", ""},
		{"name as a value", `{"a":"b","b":"b"}`, "", ""},
		{"names after an object", `{"a":{"b":1},"b":2}`, "", ""},
		{"quotes in strings", `{"a":"\"b\":1,","b":"\\"}`, "", ""},
		{"escaped quotes and commas in a string", `{"a":"\",\"b\",\"b\""}`, "", ""},
		{"twice", `{"a":1,"a":2}`, "", "a name that is there twice"},
		{"twice after an object", `{"a":{"b":1},"a":2}`, "", "a name that is there twice"},
		{"twice in a list", `[{"a":1},{"b":1,"b":2}]`, "", "a name that is there twice"},
		{"twice escaped", `{"\u0061":1,"a":2}`, "", "a name that is there twice"},
		{"too many", `{` + many + `}`, "", "too many names"},
		{"too deep", strings.Repeat(`[`, maxDepth+1), "", "nested too deep"},
		{"closed too often", `]]}}{"type":"a.b"}`, "a.b", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := scan([]byte(c.value))
			if string(found.eventType) != c.eventType || found.fault != c.fault {
				t.Errorf("got type %q, fault %q, want %q, %q", found.eventType, found.fault, c.eventType, c.fault)
			}
		})
	}
}

// fieldNames has the names of all wire structs, so that a reject can show them.
func TestFieldNames(t *testing.T) {
	for _, wire := range []any{
		wireChat{}, wirePrescription{}, wireActivity{}, weComMessage{}, weComConsent{}, weComItems{},
		weComContent{}, wireDialogue{}, syntheaRow{},
		cloudEvent{}, youzanPush{}, youzanOrder{}, jdOrder{}, taobaoTrade{}, taobaoLine{}, alihealthRx{}, fhirBundle{},
		fhirMedication{}, segmentCall{}, weComContacts{}, weComCallback{}, weComAgreements{}, csvRow{},
	} {
		for _, name := range jsonNames(reflect.TypeOf(wire)) {
			if !slices.Contains(fieldNames, name) {
				t.Errorf("%T: %s is not in fieldNames", wire, name)
			}
		}
	}
	if !slices.IsSorted(attributeNames) {
		t.Error("attributeNames are searched in order and have none")
	}
}

// jsonNames lists the names of a struct and of those in it.
func jsonNames(of reflect.Type) []string {
	switch of.Kind() {
	case reflect.Slice, reflect.Pointer:
		return jsonNames(of.Elem())
	case reflect.Struct:
		var names []string
		for i := range of.NumField() {
			name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			if name != "" {
				names = append(names, name)
			}
			names = append(names, jsonNames(of.Field(i).Type)...)
		}
		return names
	}
	return nil
}
