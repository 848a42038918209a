package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"phdp/ingest"
	"phdp/sql/duckdb"
	"phdp/sql/queries"
	"phdp/transform/lake"
)

type lakeVerifyCommand struct{}

// Help is the long help of phdp lake verify.
func (lakeVerifyCommand) Help() string {
	return `Proves, or says what speaks against it, while ingest may run:
  of every table  its data files exist and hold the rows that the manifests promise; there are no delete files;
                  it holds of each partition as many rows as it took, less those that were erased; no row twice
  of every record between a partition's first and next offset: it has a row in some table (a dead letter is
                  one), or it is written down that it became nothing (a tombstone) or that its person was erased
It cannot tell whether a record that became nothing should have become something, and it does not look into
rows. It reads only coordinates, in less than 1 GB of memory, and keeps up to 20 bytes per row in a scratch
file beside the lake while it works. The exit code is 1 when anything is wrong.`
}

// Run checks every table; anything wrong is an error, and so is a folder without a lake: a misspelt --data-dir
// must not look like a lake that is sound.
func (c *lakeVerifyCommand) Run(ctx context.Context, a *app) error {
	if _, err := os.Stat(a.path("lake")); err != nil {
		return fmt.Errorf("verify lake: there is none in --data-dir: %w", err)
	}
	return a.withLake(ctx, func(l *lake.Lake) (err error) {
		dir, err := os.MkdirTemp(a.dir, "verify-")
		if err != nil {
			return fmt.Errorf("verify lake: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		v := &verification{out: os.Stdout}
		if v.tables, err = l.Audit(ctx); err != nil {
			return err
		}
		if v.absences, err = l.Absences(ctx); err != nil {
			return err
		}
		if v.db, err = duckdb.Create(filepath.Join(dir, "coordinates.duckdb"), duckdb.Options{MemoryMB: verifyMemoryMB}); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, v.db.Close()) }()
		if err := v.run(ctx); err != nil {
			return fmt.Errorf("verify lake: %w", err)
		}
		return v.verdict()
	})
}

const (
	verifyMemoryMB = 600
	windowRecords  = 2_000_000 // that are accounted for at a time
)

// verification is the state of one run: what the lake promises, and what its rows say.
type verification struct {
	out      *os.File
	db       *sql.DB
	tables   []lake.Audit
	absences []lake.Absence
	spans    []offsetSpan
	faults   []string
	accounts []account
}

// offsetSpan is a partition: its records from first on and before next are numbered from place on.
type offsetSpan struct {
	ingest.Partition
	first, next, place int64
}

// account is what became of the records of one partition.
type account struct {
	ingest.Partition
	held, nothing, erased, missing, twice int64
}

func (v *verification) run(ctx context.Context) error {
	if err := v.prepare(ctx); err != nil {
		return err
	}
	for _, t := range v.tables {
		if err := v.place(ctx, t); err != nil {
			return fmt.Errorf("table %s: %w", t.Table, err)
		}
	}
	if err := v.strays(ctx); err != nil {
		return err
	}
	if err := v.writeAbsences(ctx); err != nil {
		return err
	}
	return v.account(ctx)
}

// prepare compares each table's rows with its promises and lays the partitions out, one after the other.
func (v *verification) prepare(ctx context.Context) error {
	_, err := v.db.ExecContext(ctx, `create table spans (topic varchar, "partition" integer, first_offset bigint, next_offset bigint, place bigint);
		create table placed (table_name varchar, place bigint, row_hash ubigint);
		create table absent (first_place bigint, end_place bigint, reason varchar)`)
	if err != nil {
		return err
	}
	lowest := map[ingest.Partition]int64{} // offset of any row
	for _, t := range v.tables {
		for _, f := range t.Faults {
			v.fault("table %s: %s", t.Table, f)
		}
		held, err := v.held(ctx, t, lowest)
		if err != nil {
			return fmt.Errorf("table %s: %w", t.Table, err)
		}
		for _, p := range slices.SortedFunc(maps.Keys(t.Partitions), comparePartitions) {
			if of := t.Partitions[p]; of.IsCounted && of.Rows != held[p] {
				v.fault("table %s: holds %d rows of %s and has taken %d", t.Table, held[p], name(p), of.Rows)
			}
		}
	}
	spread := lake.Spread(v.tables)
	place := int64(0)
	for _, p := range slices.SortedFunc(maps.Keys(spread), comparePartitions) {
		s := offsetSpan{p, spread[p].Start, spread[p].Some, place}
		if !spread[p].IsCounted {
			s.first = spread[p].All
			if low, ok := lowest[p]; ok {
				s.first = min(low, s.first)
			}
		}
		if s.first == s.next {
			v.accounts = append(v.accounts, account{Partition: p})
			continue
		}
		if _, err := v.db.ExecContext(ctx, "insert into spans values (?, ?, ?, ?, ?)", p.Topic, p.ID, s.first, s.next, place); err != nil {
			return err
		}
		v.spans, place = append(v.spans, s), place+s.next-s.first
		if behind := (lake.Absence{Reason: "behind"}); spread[p].All < spread[p].Some { // ingest is between two tables
			behind.Topic, behind.Partition, behind.Start, behind.End = p.Topic, p.ID, max(s.first, spread[p].All), spread[p].Some
			v.absences = append(v.absences, behind)
		}
	}
	return nil
}

// held counts the rows of each partition in a table and keeps the lowest offset of any.
func (v *verification) held(ctx context.Context, t lake.Audit, lowest map[ingest.Partition]int64) (map[ingest.Partition]int64, error) {
	held := map[ingest.Partition]int64{}
	if _, err := v.db.ExecContext(ctx, "create or replace view coordinates as "+coordinates(t)); err != nil {
		return nil, err
	}
	query, err := queries.Get("lake.Held")
	if err != nil {
		return nil, err
	}
	rows, err := v.db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	total := int64(0)
	for rows.Next() {
		var p ingest.Partition
		var n, low int64
		if err := rows.Scan(&p.Topic, &p.ID, &n, &low); err != nil {
			return nil, err
		}
		held[p], total = n, total+n
		if known, ok := lowest[p]; !ok || low < known {
			lowest[p] = low
		}
	}
	fmt.Fprintf(v.out, "%-14s %12d rows in %d files\n", t.Table, total, len(t.Files))
	if total != t.Rows {
		v.fault("table %s: its files promise %d rows and hold %d", t.Table, t.Rows, total)
	}
	return held, rows.Err()
}

// coordinates reads where each row came from. Tables with several rows per event number them: ordinal.
func coordinates(t lake.Audit) string {
	ordinal := "0"
	switch t.Table {
	case "findings", "prescriptions", "measurements", "links":
		ordinal = "ordinal"
	}
	columns := `select topic, "partition", "offset", event_id, ` + ordinal + ` as ordinal from `
	if len(t.Files) == 0 {
		return columns + `(select '' as topic, 0 as "partition", 0 as "offset", '' as event_id, 0 as ordinal) where false`
	}
	return columns + parquet(t.Files)
}

// place copies the coordinates of a table's rows into the scratch file.
func (v *verification) place(ctx context.Context, t lake.Audit) error {
	if len(t.Files) == 0 {
		return nil
	}
	if _, err := v.db.ExecContext(ctx, "create or replace view coordinates as "+coordinates(t)); err != nil {
		return err
	}
	query, err := queries.Get("lake.Place")
	if err != nil {
		return err
	}
	_, err = v.db.ExecContext(ctx, query, sql.Named("table_name", t.Table))
	return err
}

func (v *verification) strays(ctx context.Context) error {
	query, err := queries.Get("lake.Stray")
	if err != nil {
		return err
	}
	rows, err := v.db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var table string
		var n int64
		if err := rows.Scan(&table, &n); err != nil {
			return err
		}
		v.fault("table %s: %d rows come from records that the lake has not been offered", table, n)
	}
	return rows.Err()
}

// writeAbsences puts the records that are known to have no row into the places of their partitions.
func (v *verification) writeAbsences(ctx context.Context) error {
	at := map[ingest.Partition]offsetSpan{}
	for _, s := range v.spans {
		at[s.Partition] = s
	}
	insert, err := v.db.PrepareContext(ctx, "insert into absent values (?, ?, ?)")
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, a := range v.absences {
		s, ok := at[ingest.Partition{Topic: a.Topic, ID: a.Partition}]
		first, end := max(a.Start, s.first), min(a.End, s.next)
		if !ok || first >= end {
			continue
		}
		if _, err := insert.ExecContext(ctx, s.place+first-s.first, s.place+end-s.first, a.Reason); err != nil {
			return err
		}
	}
	return nil
}

// account goes over all records, some at a time.
func (v *verification) account(ctx context.Context) error {
	query, err := queries.Get("lake.Account")
	if err != nil || len(v.spans) == 0 {
		return err
	}
	last := v.spans[len(v.spans)-1]
	sums := map[ingest.Partition]account{}
	for from, end := int64(0), last.place+last.next-last.first; from < end; from += windowRecords {
		if err := v.window(ctx, query, from, min(from+windowRecords, end), sums); err != nil {
			return err
		}
	}
	v.accounts = append(v.accounts, slices.Collect(maps.Values(sums))...)
	return nil
}

func (v *verification) window(ctx context.Context, query string, from, until int64, sums map[ingest.Partition]account) error {
	rows, err := v.db.QueryContext(ctx, query, sql.Named("from", from), sql.Named("until", until))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var of account
		var firstMissing, firstTwice int64
		var table string
		if err := rows.Scan(&of.Topic, &of.ID, &of.held, &of.nothing, &of.erased, &of.missing, &firstMissing, &of.twice, &firstTwice, &table); err != nil {
			return err
		}
		if of.missing > 0 {
			v.fault("%s: %d records missing, the first is offset %d", name(of.Partition), of.missing, firstMissing)
		}
		if of.twice > 0 {
			v.fault("%s: %d records are twice in a table, the first is offset %d in %s", name(of.Partition), of.twice, firstTwice, table)
		}
		sum := sums[of.Partition]
		sums[of.Partition] = account{of.Partition, sum.held + of.held, sum.nothing + of.nothing, sum.erased + of.erased, sum.missing + of.missing, sum.twice + of.twice}
	}
	return rows.Err()
}

func (v *verification) fault(format string, values ...any) {
	v.faults = append(v.faults, fmt.Sprintf(format, values...))
}

func name(p ingest.Partition) string { return fmt.Sprintf("%s/%d", p.Topic, p.ID) }

func comparePartitions(a, b ingest.Partition) int {
	if a.Topic == b.Topic {
		return int(a.ID) - int(b.ID)
	}
	return strings.Compare(a.Topic, b.Topic)
}
