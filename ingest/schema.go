package ingest

import (
	"embed"
	"io/fs"
)

//go:embed schema/*.schema.json
var schemaFiles embed.FS

// Schemas returns the JSON Schemas (2020-12) of the canonical events: chat.v1.schema.json,
// prescription.v1.schema.json and activity.v1.schema.json. What they accept, DecodeCanonical accepts,
// except for what a schema can not say: lengths in bytes, names that are there twice, claims that repeat.
func Schemas() fs.FS {
	files, err := fs.Sub(schemaFiles, "schema")
	if err != nil {
		return schemaFiles // the name is a constant above and valid
	}
	return files
}
