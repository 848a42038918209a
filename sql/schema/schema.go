// Package schema holds the DDL of the lake's tables as DuckDB sees them: one file per table, named like
// it. Models read these tables as the schema "lake".
package schema

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed *.sql
var files embed.FS

// Tables returns table name → its create statement.
func Tables() map[string]string {
	tables := map[string]string{}
	names, _ := fs.Glob(files, "*.sql") // the pattern is constant and valid
	for _, name := range names {
		text, _ := files.ReadFile(name) // embedded: always there
		tables[strings.TrimSuffix(name, ".sql")] = string(text)
	}
	return tables
}
