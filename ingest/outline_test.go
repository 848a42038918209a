package ingest

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
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

// Every field that a decoder reads is on the page of its format, outside the examples.
func TestFieldsInTheDocumentation(t *testing.T) {
	for page, wires := range map[string][]any{
		"canonical": {wireChat{}, wirePrescription{}, wireActivity{}},
		"wecom":     {weComMessage{}, weComConsent{}, weComItems{}, weComContent{}}, "dialogue": {wireDialogue{}},
		"cloudevents": {cloudEvent{}}, "youzan": {youzanPush{}, youzanOrder{}}, "jd": {jdOrder{}}, "taobao": {taobaoTrade{}, taobaoLine{}},
		"alihealth": {alihealthRx{}}, "fhir": {fhirBundle{}, fhirMedication{}}, "segment": {segmentCall{}},
		"wecom_contact": {weComContacts{}}, "wecom_callback": {weComCallback{}}, "wecom_consent": {weComAgreements{}},
	} {
		text, err := os.ReadFile("../docs/formats/" + page + ".md")
		if err != nil {
			t.Fatal(err)
		}
		var prose strings.Builder
		for i, block := range strings.Split(string(text), "```") {
			if i%2 == 0 {
				prose.WriteString(block)
			}
		}
		words := strings.FieldsFunc(prose.String(), func(c rune) bool { return !strings.ContainsRune(wordRunes, c) })
		for _, wire := range wires {
			for _, name := range jsonNames(reflect.TypeOf(wire)) {
				if !slices.Contains(words, name) {
					t.Errorf("%s.md says nothing of %s", page, name)
				}
			}
		}
	}
}

// The tables of traps name tests that there are.
func TestTrapsNameTests(t *testing.T) {
	var code strings.Builder
	for _, folder := range []string{".", "../transform", "../pipelines/generate"} {
		files, err := filepath.Glob(folder + "/*_test.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("%d files in %s, %v", len(files), folder, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			code.Write(text)
		}
	}
	pages, err := filepath.Glob("../docs/formats/*.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\b(Test|Fuzz)[A-Z][A-Za-z0-9]+\b`)
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		found := named.FindAllString(string(text), -1)
		if len(found) == 0 && filepath.Base(page) != "README.md" {
			t.Errorf("%s has no traps", page)
		}
		for _, name := range found {
			if !strings.Contains(code.String(), "func "+name+"(") {
				t.Errorf("%s names %s, which is no test", page, name)
			}
		}
	}
}

const wordRunes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
