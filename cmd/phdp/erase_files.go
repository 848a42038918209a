package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"phdp/sql/duckdb"
)

// exportFolders are where lists lie: those that pages made, and the folder for what people put there.
func (a *app) exportFolders() []string {
	return []string{a.path("access", "exports"), a.path("exports")}
}

// removeExports deletes every file in the folders of exports that has one of the keys in it, whatever its format.
func (e *eraser) removeExports(ctx context.Context, x *erasure) error {
	x.Proof.ExportsLooked = 0
	for _, folder := range e.app.exportFolders() {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			x.Proof.ExportsLooked++
			names, err := exportNames(ctx, path, x.Keys)
			if err != nil || !names {
				return err
			}
			x.Proof.ExportsRemoved++
			return os.Remove(path)
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("look through exports: %w", err)
		}
	}
	return nil
}

// exportNames says that a list has one of the keys in it. Workbooks and Parquet files are packed, so that they are
// opened; one that cannot be opened is taken for one that has them.
func exportNames(ctx context.Context, path string, keys []string) (bool, error) {
	switch filepath.Ext(path) {
	case ".xlsx":
		return workbookNames(path, keys)
	case ".parquet":
		return parquetNames(ctx, path, keys)
	}
	text, err := os.ReadFile(path)
	return hasAny(text, keys), err
}

func hasAny(text []byte, keys []string) bool {
	for _, key := range keys {
		if bytes.Contains(text, []byte(key)) {
			return true
		}
	}
	return false
}

func workbookNames(path string, keys []string) (bool, error) {
	book, err := zip.OpenReader(path)
	if errors.Is(err, zip.ErrFormat) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer book.Close()
	for _, f := range book.File {
		sheet, err := f.Open()
		if err != nil {
			return false, err
		}
		text, err := io.ReadAll(sheet)
		if err = errors.Join(err, sheet.Close()); err != nil || hasAny(text, keys) {
			return true, err
		}
	}
	return false, nil
}

func parquetNames(ctx context.Context, path string, keys []string) (bool, error) {
	db, err := duckdb.OpenMemory()
	if err != nil {
		return false, err
	}
	defer db.Close()
	var found bool
	err = db.QueryRowContext(ctx, "select count(*) > 0 from read_parquet("+literal(path)+") as list where regexp_matches(cast(list as varchar), ?)", strings.Join(keys, "|")).Scan(&found)
	return found || err != nil, ctx.Err()
}

// proveWarehouses counts the person's rows in every table of every warehouse file that is left: all began after
// the lake was rewritten, so that there are some only when the person came back since.
func (e *eraser) proveWarehouses(ctx context.Context, x *erasure) error {
	files, err := filepath.Glob(e.app.path("warehouse", "phdp-*.duckdb"))
	if state := e.app.path("warehouse", "state.duckdb"); err == nil { // what builds keep for the next one
		if _, missing := os.Stat(state); missing == nil {
			files = append(files, state)
		}
	}
	if err != nil {
		return err
	}
	p := &x.Proof
	p.WarehousesLooked, p.WarehouseTables, p.WarehouseRows = 0, 0, 0
	for _, path := range files {
		if e.isStale(path, x.Lake) {
			return errors.New("a warehouse from before is left")
		}
		tables, rows, err := rowsOf(ctx, path, x.Keys)
		for err != nil && strings.Contains(err.Error(), "Could not set lock") && sleep(ctx, time.Second) { // a build is under way
			tables, rows, err = rowsOf(ctx, path, x.Keys)
		}
		if errors.Is(err, fs.ErrNotExist) { // replaced by a newer one meanwhile
			continue
		}
		if err != nil {
			return fmt.Errorf("look into warehouse %s: %w", filepath.Base(path), err)
		}
		p.WarehousesLooked, p.WarehouseTables, p.WarehouseRows = p.WarehousesLooked+1, p.WarehouseTables+tables, p.WarehouseRows+rows
	}
	if p.WarehouseRows == 0 {
		return nil
	}
	now, _, err := e.countRows(ctx, x.Keys, time.Now().AddDate(100, 0, 0))
	if err != nil {
		return err
	}
	for _, c := range now {
		if c.Person > 0 {
			return nil // of events after the erasure
		}
	}
	return fmt.Errorf("the warehouse still has %d rows of the person", p.WarehouseRows)
}

// rowsOf counts in a warehouse file the rows that one of the keys stands in, as a patient's or as a key, and the
// tables that could have some. A view has no rows of its own.
func rowsOf(ctx context.Context, path string, keys []string) (tables int, rows int64, err error) {
	db, err := duckdb.OpenReadOnly(path, duckdb.Options{MemoryMB: eraseBuildMB})
	if err != nil {
		return 0, 0, err
	}
	defer db.Close()
	columns, err := db.QueryContext(ctx, `select c.table_schema, c.table_name, c.column_name from information_schema.columns as c
		join information_schema.tables as t on t.table_schema = c.table_schema and t.table_name = c.table_name and t.table_type <> 'VIEW'
		where c.data_type = 'VARCHAR' and (c.column_name like '%patient%' or c.column_name like '%linked_key%')`)
	if err != nil {
		return 0, 0, err
	}
	defer columns.Close()
	seen := map[string]bool{}
	for columns.Next() {
		var schema, table, column string
		if err := columns.Scan(&schema, &table, &column); err != nil {
			return 0, 0, err
		}
		var n int64
		err := db.QueryRowContext(ctx, fmt.Sprintf(`select count(*) from %q.%q where list_contains(string_split(?, ';'), %q)`, schema, table, column), strings.Join(keys, ";")).Scan(&n)
		if err != nil {
			return 0, 0, err
		}
		seen[schema+"."+table], rows = true, rows+n
	}
	return len(seen), rows, columns.Err()
}

// apart are the folders of the data folder that an erasure looks into in its own way, or may not change.
var apart = []string{"lake", "vault", "keys", "warehouse", "erasures", "broker"}

// lookAround reads every other file under the data folder, saved segments among them. Audit logs may name the
// person's pseudonyms, as they have to; whatever else does is an error.
func (e *eraser) lookAround(x *erasure) error {
	p := &x.Proof
	p.OthersLooked, p.AuditRows = 0, 0
	return filepath.WalkDir(e.app.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			for _, name := range apart {
				if path == e.app.path(name) {
					return fs.SkipDir
				}
			}
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		p.OthersLooked++
		if d.Name() == "audit.jsonl" {
			for line := range bytes.Lines(text) {
				if hasAny(line, x.Keys) {
					p.AuditRows++
				}
			}
			return nil
		}
		if hasAny(text, x.Keys) {
			return fmt.Errorf("%s still has a key of the person in it; remove the file and go on", strings.TrimPrefix(path, e.app.dir+string(os.PathSeparator)))
		}
		return nil
	})
}
