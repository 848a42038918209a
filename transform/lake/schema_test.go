package lake

import (
	"database/sql"
	"fmt"
	"os"
	"strings"
	"testing"

	"phdp/transform"
)

// The DDL that models are written against and the files that ingest writes have the same columns.
func TestFilesMatchTheDeclaredTables(t *testing.T) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("attach ':memory:' as lake"); err != nil {
		t.Fatal(err)
	}
	rows := transform.Rows{
		Chats: make([]transform.ChatRow, 1), Findings: make([]transform.FindingRow, 1), Prescriptions: make([]transform.PrescriptionRow, 1),
		Activities: make([]transform.ActivityRow, 1), Measurements: make([]transform.MeasurementRow, 1),
		Links: make([]transform.LinkRow, 1), DeadLetters: make([]transform.DeadLetterRow, 1),
	}
	defined, err := tables()
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range defined {
		ddl, err := os.ReadFile("../../sql/schema/" + table.name + ".sql")
		if err != nil {
			t.Fatal(err)
		}
		files, err := table.write(t.TempDir(), []*transform.Rows{&rows}, func(*transform.Origin) bool { return true }, spans{})
		if err != nil || len(files) != 1 {
			t.Fatalf("write %s: %d files, %v", table.name, len(files), err)
		}
		if _, err := db.Exec(string(ddl)); err != nil {
			t.Fatalf("declare %s: %v", table.name, err)
		}
		declared := columns(t, db, "describe lake."+table.name)
		written := columns(t, db, "describe select * from read_parquet('"+files[0].path+"', hive_partitioning=false)")
		for i, f := range table.schema.Fields() {
			if f.ID != i+1 {
				t.Errorf("%s.%s has field id %d; models find columns by their place, %d", table.name, f.Name, f.ID, i+1)
			}
		}
		if declared != written {
			t.Errorf("%s:\ndeclared %s\nwritten  %s", table.name, declared, written)
		}
	}
}

func columns(t *testing.T, db *sql.DB, describe string) string {
	t.Helper()
	rows, err := db.Query("select column_name, column_type from (" + describe + ")")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var name, kind string
		if err := rows.Scan(&name, &kind); err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprint(name, " ", kind))
	}
	return strings.Join(all, ", ")
}
