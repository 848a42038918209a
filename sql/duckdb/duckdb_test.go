package duckdb

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func published(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "w.duckdb")
	db, err := Create(path, Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("create table t as select range as n from range(10)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReaderCannotLeaveTheWarehouse(t *testing.T) {
	path := published(t)
	secret := filepath.Join(t.TempDir(), "secret.csv")
	if err := os.WriteFile(secret, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := OpenReadOnly(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var n int
	if err := db.QueryRow("select count(*) from t").Scan(&n); err != nil || n != 10 {
		t.Fatalf("count %d, %v", n, err)
	}
	for _, statement := range []string{
		"insert into t values (1)", "drop table t", "create table u as select 1",
		"select * from read_csv('" + secret + "')", "select * from '" + secret + "'",
		"select * from read_text('" + secret + "')", "select * from glob('/*')",
		"copy t to '" + filepath.Join(t.TempDir(), "out.csv") + "'", "attach '" + filepath.Join(t.TempDir(), "x.duckdb") + "'",
		"install httpfs", "load httpfs", "set enable_external_access = true", "set memory_limit = '100GB'",
		"export database '" + t.TempDir() + "'",
	} {
		if _, err := db.Exec(statement); err == nil {
			t.Errorf("allowed: %s", strings.Fields(statement)[0:3])
		}
	}
}

func TestEveryConnectionIsInUTC(t *testing.T) {
	t.Setenv("TZ", "Asia/Tokyo")
	db, err := OpenReadOnly(published(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for i := range 3 {
		conn, err := db.Conn(context.Background()) // kept open: each is a connection of its own
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		var text string
		if err := conn.QueryRowContext(t.Context(), "select cast(timestamptz '2026-01-01 00:00:00+00' as varchar)").Scan(&text); err != nil {
			t.Fatal(err)
		}
		if text != "2026-01-01 00:00:00+00" {
			t.Errorf("connection %d shows %s", i, text)
		}
	}
}

func TestCreateRefusesAnExistingFile(t *testing.T) {
	if _, err := Create(published(t), Options{}); err == nil || !strings.Contains(err.Error(), "exists") {
		t.Errorf("create over a file: %v", err)
	}
}

func TestOpenBoundsMemoryAndForm(t *testing.T) {
	for name, c := range map[string]struct {
		given  int
		lo, hi float64 // MiB
	}{"given": {2000, 1800, 1910}, "of the machine": {0, 1024, 6144}} {
		db, err := Open(filepath.Join(t.TempDir(), "w.duckdb"), Options{MemoryMB: c.given})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		var limit, form string
		query := "select current_setting('memory_limit'), tags['storage_version'] from duckdb_databases() where database_name = 'w'"
		if err := db.QueryRow(query).Scan(&limit, &form); err != nil {
			t.Fatal(err)
		}
		number, unit, _ := strings.Cut(limit, " ")
		mib, err := strconv.ParseFloat(number, 64)
		if unit == "GiB" {
			mib *= 1024
		}
		if err != nil || mib < c.lo || mib > c.hi {
			t.Errorf("%s: limit %s", name, limit)
		}
		if !strings.HasPrefix(form, "v1.3.0") {
			t.Errorf("%s: form %s", name, form)
		}
	}
}
