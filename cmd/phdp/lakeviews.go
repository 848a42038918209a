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
		statements = append(statements, "create view lake."+s.Table+" as from "+parquet(s.Files))
	}
	for _, s := range statements {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return nil, errors.Join(fmt.Errorf("open lake in DuckDB: %w", err), db.Close())
		}
	}
	return db, nil
}

// parquet is the table function that reads these files.
func parquet(files []string) string {
	quoted := make([]string, len(files))
	for i, f := range files {
		quoted[i] = literal(f)
	}
	return "read_parquet([" + strings.Join(quoted, ",") + "], hive_partitioning = false)"
}
