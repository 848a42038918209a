package generate

import (
	"bytes"
	"io/fs"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"phdp/ingest"
)

// schemas compiles the published schema of each stream.
func schemas(t *testing.T) map[ingest.Stream]*jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	all := map[ingest.Stream]*jsonschema.Schema{}
	for stream, name := range map[ingest.Stream]string{
		ingest.Chats: "chat.v1.schema.json", ingest.Prescriptions: "prescription.v1.schema.json", ingest.Activities: "activity.v1.schema.json",
	} {
		text, err := fs.ReadFile(ingest.Schemas(), name)
		if err != nil {
			t.Fatal(err)
		}
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiler.AddResource(name, document); err != nil {
			t.Fatal(err)
		}
		if all[stream], err = compiler.Compile(name); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// Generator, schema and decoder agree on every record: what the decoder takes, the published schema of its
// stream takes, and what is broken on purpose both refuse.
func TestRecordsFollowThePublishedSchemas(t *testing.T) {
	compiled := schemas(t)
	taken, refused := map[ingest.Stream]int{}, 0
	for r := range newGenerator(t, 60, 12, 11).Records() {
		decodeErr := ingest.DecodeCanonical(&ingest.Record{Key: r.Key, Value: r.Value}, func(*ingest.Event) {})
		document, schemaErr := jsonschema.UnmarshalJSON(bytes.NewReader(r.Value))
		if schemaErr == nil {
			schemaErr = compiled[r.Stream].Validate(document)
		}
		if (decodeErr == nil) != (schemaErr == nil) {
			t.Fatalf("the decoder says %v and the schema says %v of %s", decodeErr, schemaErr, r.Value)
		}
		if decodeErr == nil {
			taken[r.Stream]++
		} else {
			refused++
		}
	}
	if taken[ingest.Chats] == 0 || taken[ingest.Prescriptions] == 0 || taken[ingest.Activities] == 0 || refused == 0 {
		t.Errorf("taken %v, refused %d: each has to be there", taken, refused)
	}
}
