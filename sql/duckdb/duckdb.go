// Package duckdb opens DuckDB in the ways that PHDP uses it: a new file to build, and a published file
// to read. Both work in UTC with bounded memory; a reader can neither write nor reach a file, the
// network or an extension. It is the only package that knows the driver.
package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/duckdb/duckdb-go/v2"
)

// Options bounds what one database may use.
type Options struct {
	MemoryMB int // default to build: half of what DuckDB takes by itself, 1 to 6 GB; to read: a quarter, 1 to 4 GB; for views: 1024
	Threads  int // 0: as many as there are cores
	// Files lets a reader reach files and extensions, for a person's own command line; a server never sets it.
	Files bool
}

// Create opens a new database file for writing; the file must not exist. Scratch files go beside it.
func Create(path string, o Options) (*sql.DB, error) {
	if _, err := os.Stat(path); err == nil {
		return nil, fmt.Errorf("create warehouse %s: the file exists", path)
	}
	return Open(path, o)
}

// fileForm is the oldest DuckDB that can read the files: since 1.3 texts take less time to write and less space.
const fileForm = "v1.3.0"

// Open opens a database file for writing, one that is there or a new one. While it is open no other process can
// open it. Scratch files go beside it.
func Open(path string, o Options) (*sql.DB, error) {
	db, err := open(path+"?storage_compatibility_version="+fileForm, append(o.settings(),
		"set temp_directory = "+quote(filepath.Join(filepath.Dir(path), ".scratch")),
		"set preserve_insertion_order = false",
	))
	if err != nil || o.MemoryMB > 0 {
		return db, err
	}
	if err := bound(db, 2, 6144); err != nil {
		return nil, errors.Join(fmt.Errorf("open DuckDB %s: %w", path, err), db.Close())
	}
	return db, nil
}

// bound gives the database a part of what DuckDB takes by itself, which is four fifths of the machine or its container: one
// of so many parts, at least 1 GB.
func bound(db *sql.DB, parts, mostMB float64) error {
	var limit, unit string
	var size float64
	if err := db.QueryRow("select current_setting('memory_limit')").Scan(&limit); err != nil {
		return err
	}
	if _, err := fmt.Sscan(limit, &size, &unit); err != nil {
		return fmt.Errorf("read the limit of memory %q: %w", limit, err)
	}
	megabytes := map[string]float64{"MiB": 1, "GiB": 1024, "TiB": 1024 * 1024}[unit]
	_, err := db.Exec(fmt.Sprintf("set memory_limit = '%.0fMiB'", min(max(size*megabytes/parts, 1024), mostMB)))
	return err
}

// OpenReadOnly opens a published warehouse. What runs in it can read its tables and, unless o.Files is
// set, nothing else: no file, no network, no extension, no change of a setting.
func OpenReadOnly(path string, o Options) (*sql.DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open warehouse: %w", err)
	}
	db, err := open(path+"?access_mode=read_only", o.settings())
	if err != nil {
		return nil, err
	}
	if o.MemoryMB == 0 {
		err = bound(db, 4, 4096)
	}
	if err == nil && !o.Files {
		err = closeOff(db)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open DuckDB %s: %w", path, err), db.Close())
	}
	return db, nil
}

// closed keeps whatever runs later from reaching outside; after it nothing can be set any more.
var closed = []string{
	"set max_temp_directory_size = '2GB'", // one statement must not fill the disk
	"set autoinstall_known_extensions = false",
	"set autoload_known_extensions = false",
	"set enable_external_access = false",
	"set lock_configuration = true",
}

func closeOff(db *sql.DB) error {
	for _, statement := range closed {
		if _, err := db.Exec(statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// OpenMemory opens an empty database in memory that may read files, for a person's own command line.
func OpenMemory() (*sql.DB, error) {
	return open("", Options{MemoryMB: 2048}.settings())
}

func (o Options) settings() []string {
	all := []string{"set global timezone = 'UTC'"}
	if o.MemoryMB > 0 {
		all = append(all, fmt.Sprintf("set memory_limit = '%dMB'", o.MemoryMB))
	}
	if o.Threads > 0 {
		all = append(all, fmt.Sprintf("set threads = %d", o.Threads))
	}
	return all
}

// open runs the settings on the first connection only: all are of the database, not of a connection, and
// after the last one nothing can be set any more.
func open(dsn string, settings []string) (*sql.DB, error) {
	path, _, _ := strings.Cut(dsn, "?")
	var once sync.Once
	connector, err := duckdb.NewConnector(dsn, func(c driver.ExecerContext) (err error) {
		once.Do(func() { err = apply(c, settings) })
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open DuckDB %s: %w", path, err)
	}
	db := sql.OpenDB(connector)
	if err := db.Ping(); err != nil {
		return nil, errors.Join(fmt.Errorf("open DuckDB %s: %w", path, err), db.Close())
	}
	return db, nil
}

func apply(c driver.ExecerContext, settings []string) error {
	for _, s := range settings {
		if _, err := c.ExecContext(context.Background(), s, nil); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
