package main

import (
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"phdp/ingest"
	"phdp/sql/duckdb"
	"phdp/sql/queries"
	"phdp/transform"
)

type truthCommand struct {
	Truth string `placeholder:"DIR" help:"Folder that 'phdp generate' wrote; default the demo's."`
}

// Help is the long help of phdp truth.
func (truthCommand) Help() string {
	return `Compares persons, their keys, fills, adherence, funnel steps and experiments with the truth that the generator wrote
beside its events. "agree" counts what is the same on both sides, person by person and day by day. The second list is
what can only be estimated: the effect of an experiment, with a 95 % interval, and the reasons for stopping that
are read from texts.

Examples:
  phdp truth
  phdp truth --truth sample/truth`
}

// Run prints one line per measure; a measure that differs is an error.
func (c *truthCommand) Run(ctx context.Context, a *app) error {
	dir := c.Truth
	if dir == "" {
		dir = a.path("demo", "truth")
	}
	key, err := a.loadKey()
	if err != nil {
		return err
	}
	path, err := a.published()
	if err != nil {
		return err
	}
	db, err := duckdb.OpenMemory()
	if err != nil {
		return err
	}
	defer db.Close()
	if err := loadTruth(ctx, db, dir, path, key); err != nil {
		return fmt.Errorf("compare with truth: %w", err)
	}
	differ, err := compare(ctx, db)
	if err != nil {
		return fmt.Errorf("compare with truth: %w", err)
	}
	if differ > 0 {
		return fmt.Errorf("%d measures differ", differ)
	}
	return nil
}

func compare(ctx context.Context, db *sql.DB) (differ int, err error) {
	fmt.Printf("%-36s %10s %10s %10s\n", "measure", "truth", "warehouse", "agree")
	for _, name := range []string{"truth.Persons", "truth.Identity", "truth.Fills", "truth.Adherence", "truth.Journey", "truth.Experiments"} {
		query, err := queries.Get(name)
		if err != nil {
			return 0, err
		}
		rows, err := db.QueryContext(ctx, query)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", name, err)
		}
		for rows.Next() {
			var measure string
			var truth, warehouse, agree int64
			if err := rows.Scan(&measure, &truth, &warehouse, &agree); err != nil {
				return 0, errors.Join(err, rows.Close())
			}
			sign := ""
			if truth != warehouse || truth != agree {
				sign = "  differs"
				differ++
			}
			fmt.Printf("%-36s %10d %10d %10d%s\n", measure, truth, warehouse, agree, sign)
		}
		if err := rows.Err(); err != nil {
			return 0, err
		}
	}
	return differ, estimates(ctx, db)
}

// estimates prints what the warehouse can only estimate beside what is true.
func estimates(ctx context.Context, db *sql.DB) error {
	fmt.Printf("\n%-48s %10s %26s  %s\n", "estimate", "truth", "warehouse", "agree")
	for _, name := range []string{"truth.Effects", "truth.Reasons"} {
		query, err := queries.Get(name)
		if err != nil {
			return err
		}
		rows, err := db.QueryContext(ctx, query)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for rows.Next() {
			var measure, truth, warehouse, agree string
			if err := rows.Scan(&measure, &truth, &warehouse, &agree); err != nil {
				return errors.Join(err, rows.Close())
			}
			fmt.Printf("%-48s %10s %26s  %s\n", measure, truth, warehouse, agree)
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}

// loadTruth makes schema truth from the files, and the warehouse readable beside it.
func loadTruth(ctx context.Context, db *sql.DB, dir, warehouse string, key transform.Key) error {
	keys, err := pseudonymise(filepath.Join(dir, "persons.csv"), key)
	if err != nil {
		return err
	}
	defer os.Remove(keys)
	statements := []string{
		"attach " + literal(warehouse) + " as warehouse (read_only)",
		"create schema truth",
		"create table truth.keys as from read_csv(" + literal(keys) + ", header = true, all_varchar = true)",
		`create table truth.shared as
			select patient_key from truth.keys group by patient_key having count(distinct person_no) > 1`,
		`create table truth.people as
			select keys.person_no, min(patients.patient_id) as patient_id
			from truth.keys as keys
			inner join warehouse.dim_patient_keys as patients on patients.patient_key = keys.patient_key
			where keys.patient_key not in (select patient_key from truth.shared)
			group by keys.person_no`,
	}
	for _, name := range []string{"fills", "adherence", "journey", "experiments", "reasons"} {
		statements = append(statements, "create table truth."+name+" as select * replace (cast(person_no as varchar) as person_no) from read_csv("+literal(filepath.Join(dir, name+".csv"))+", header = true)")
	}
	for _, s := range statements {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// pseudonymise writes person_no and patient_key for every identifier into a file of its own.
func pseudonymise(persons string, key transform.Key) (path string, err error) {
	in, err := os.Open(persons)
	if err != nil {
		return "", err
	}
	defer in.Close()
	out, err := os.CreateTemp("", "phdp-keys-*.csv")
	if err != nil {
		return "", err
	}
	w := csv.NewWriter(out)
	defer func() {
		w.Flush()
		if err = errors.Join(err, w.Error(), out.Close()); err != nil {
			err = errors.Join(err, os.Remove(out.Name()))
		}
	}()
	rows := csv.NewReader(in)
	if _, err := rows.Read(); err != nil { // person_no,line,kind,id
		return "", fmt.Errorf("read %s: %w", persons, err)
	}
	err = w.Write([]string{"person_no", "patient_key"})
	for err == nil {
		var row []string
		if row, err = rows.Read(); err == nil {
			err = w.Write([]string{row[0], key.Pseudonym(ingest.Identifier{Kind: row[2], Value: ingest.PatientID(row[3])})})
		}
	}
	if !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read %s: %w", persons, err)
	}
	return out.Name(), nil
}

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
