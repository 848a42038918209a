package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"os"
)

// OpenViews opens an empty database in memory with a published warehouse attached, read-only, as the catalog
// "base", runs the statements that make views over it, and then closes it to the outside like OpenReadOnly.
// What runs in it later can still name "base": whoever takes statements from people must refuse that.
func OpenViews(ctx context.Context, path string, statements []string, o Options) (*sql.DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open warehouse: %w", err)
	}
	if o.MemoryMB == 0 {
		o.MemoryMB = 1024
	}
	settings := append(o.settings(), "set temp_directory = "+quote(path+".tmp"), "attach "+quote(path)+" as base (read_only)")
	settings = append(settings, statements...)
	settings = append(settings, closed...)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return open("", settings)
}
