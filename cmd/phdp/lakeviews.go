package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"phdp/sql/duckdb"
	"phdp/sql/schema"
	"phdp/transform/lake"
)

// openViews opens a database in memory that shows the lake's tables as they stand now, as schema lake.
func openViews(ctx context.Context, l *lake.Lake) (*sql.DB, error) {
	snapshots, err := l.Snapshots(ctx)
	if err != nil {
		return nil, err
	}
	db, err := duckdb.OpenMemory()
	if err != nil {
		return nil, err
	}
	ddl := schema.Tables()
	statements := []string{"attach ':memory:' as lake"}
	for _, s := range snapshots {
		if len(s.Files) == 0 {
			statements = append(statements, ddl[s.Table])
			continue
		}
		files := make([]string, len(s.Files))
		for i, f := range s.Files {
			files[i] = literal(f)
		}
		statements = append(statements, "create view lake."+s.Table+" as from read_parquet(["+strings.Join(files, ",")+"], hive_partitioning = false)")
	}
	for _, s := range statements {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return nil, errors.Join(fmt.Errorf("open lake in DuckDB: %w", err), db.Close())
		}
	}
	return db, nil
}
