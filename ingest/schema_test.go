package ingest

import (
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// compile returns the schema of each stream.
func compile(t testing.TB) map[string]*jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	schemas := map[string]*jsonschema.Schema{}
	for _, stream := range []string{"chat", "prescription", "activity"} {
		name := stream + ".v1.schema.json"
		text, err := fs.ReadFile(Schemas(), name)
		if err != nil {
			t.Fatal(err)
		}
		document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiler.AddResource(name, document); err != nil {
			t.Fatal(err)
		}
		if schemas[stream], err = compiler.Compile(name); err != nil {
			t.Fatal(err)
		}
	}
	return schemas
}

// notForSchemas are faults that a schema can not see.
var notForSchemas = []string{
	"name twice", "name twice, once escaped", "name twice, below", "name twice that is not ours",
	"nested too deep", "claim id twice", "not UTF-8", "half a character",
}

// Schema and decoder agree on every example: what one refuses, the other refuses.
func TestSchemasAgreeWithTheDecoder(t *testing.T) {
	schemas := compile(t)
	for _, example := range []string{chatJSON, recallJSON, prescriptionJSON, activityJSON, leadJSON} {
		if !isValid(t, schemas, example, example) {
			t.Errorf("the schema refuses %s", example)
		}
	}
	for _, c := range canonicalRejects {
		value := replaced(t, c.example, c.old, c.with)
		if slices.Contains(notForSchemas, c.name) || !json.Valid([]byte(value)) {
			continue
		}
		if isValid(t, schemas, c.example, value) {
			t.Errorf("%s: the schema accepts what the decoder refuses", c.name)
		}
	}
	for _, c := range canonicalAccepts {
		value := replaced(t, c.example, c.old, c.with)
		if !isValid(t, schemas, c.example, value) {
			t.Errorf("%s: the schema refuses what the decoder accepts", c.name)
		}
	}
}

// isValid validates a value with the schema of the stream that the unchanged example is of.
func isValid(t *testing.T, schemas map[string]*jsonschema.Schema, example, value string) bool {
	t.Helper()
	var head struct{ Type string }
	if err := json.Unmarshal([]byte(example), &head); err != nil {
		t.Fatal(err)
	}
	stream, _, _ := strings.Cut(head.Type, ".")
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(value))
	if err != nil {
		t.Fatal(err)
	}
	err = schemas[stream].Validate(document)
	var invalid *jsonschema.ValidationError
	if err != nil && !errors.As(err, &invalid) {
		t.Fatal(err)
	}
	return err == nil
}
