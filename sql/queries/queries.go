// Package queries holds the SQL that Go runs on a published warehouse: one statement per file, named
// <page>.<Query>.sql after the page that shows its rows. Values travel as named parameters ($line, …), so
// no statement is ever put together from pieces. An empty parameter means "do not filter". Dates and
// times come back as text in ISO form, on the business day of Asia/Shanghai.
package queries

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed *.sql
var files embed.FS

// Get returns the text of a query by its name, for example "adherence.ByDrugClass". A name that has no
// file is an error.
func Get(name string) (string, error) {
	text, err := files.ReadFile(name + ".sql")
	if err != nil {
		return "", fmt.Errorf("query %q: %w", name, err)
	}
	return string(text), nil
}

// Names returns the names of all queries in alphabetical order.
func Names() []string {
	names, _ := fs.Glob(files, "*.sql") // the pattern is constant and valid
	for i, name := range names {
		names[i] = strings.TrimSuffix(name, ".sql")
	}
	return names
}
