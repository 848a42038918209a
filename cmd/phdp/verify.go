package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"phdp/sql/queries"
	"phdp/transform/lake"
)

// report prints what the coordinates tell and fails when a record is missing, repeated or unaccounted for.
func report(ctx context.Context, db *sql.DB, snapshots []lake.Snapshot) error {
	var faults []error
	for _, s := range snapshots {
		var rows int64
		if err := db.QueryRowContext(ctx, "select coalesce(sum(row_count), 0) from coordinates where table_name = ?", s.Table).Scan(&rows); err != nil {
			return fmt.Errorf("verify lake: %w", err)
		}
		fmt.Printf("%-14s %12d rows in %d files\n", s.Table, rows, len(s.Files))
		if rows != s.Rows {
			faults = append(faults, fmt.Errorf("table %s: its files promise %d rows and hold %d", s.Table, s.Rows, rows))
		}
	}
	query, err := queries.Get("lake.Verify")
	if err != nil {
		return err
	}
	partitions, err := db.QueryContext(ctx, query)
	if err != nil {
		return fmt.Errorf("verify lake: %w", err)
	}
	defer partitions.Close()
	fmt.Printf("\n%-72s %10s %10s %10s %8s %8s\n", "topic/partition or file", "first", "next", "records", "missing", "twice")
	for partitions.Next() {
		var topic string
		var partition, first, next, records, missing, twice int64
		if err := partitions.Scan(&topic, &partition, &first, &next, &records, &missing, &twice); err != nil {
			return fmt.Errorf("verify lake: %w", err)
		}
		name := fmt.Sprintf("%s/%d", topic, partition)
		fmt.Printf("%-72s %10d %10d %10d %8d %8d\n", name, first, next, records, missing, twice)
		if missing+twice > 0 {
			faults = append(faults, fmt.Errorf("%s: %d records missing, %d twice", name, missing, twice))
		}
	}
	return errors.Join(append(faults, partitions.Err())...)
}
