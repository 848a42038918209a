package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"phdp/sql/duckdb"
	"phdp/sql/queries"
)

// personOf adds to some keys all others of the same people: those that the last build puts together, and keys
// that it does not know yet but that links of the lake join to them. A key that the build gave to somebody else
// stays with them, whatever phone they share.
func (e *eraser) personOf(ctx context.Context, keys []string) ([]string, error) {
	built, err := e.openBuilt()
	if err != nil {
		return nil, err
	}
	if built != nil {
		defer built.Close()
	}
	views, err := openViews(ctx, e.lake)
	if err != nil {
		return nil, err
	}
	defer views.Close()
	person := map[string]bool{}
	add := func(more []string) (fresh []string) {
		for _, k := range more {
			if !person[k] {
				person[k], fresh = true, append(fresh, k)
			}
		}
		return fresh
	}
	fresh := add(keys)
	for len(fresh) > 0 {
		next := fresh
		if built != nil {
			same, err := keyList(ctx, built, "erase.Person", fresh)
			if err != nil {
				return nil, err
			}
			next = append(next, add(same)...)
		}
		linked, err := keyList(ctx, views, "erase.Links", next)
		if err != nil {
			return nil, err
		}
		if built != nil && len(linked) > 0 {
			known, err := keyList(ctx, built, "erase.Known", linked)
			if err != nil {
				return nil, err
			}
			linked = slices.DeleteFunc(linked, func(k string) bool { return slices.Contains(known, k) })
		}
		fresh = add(linked)
	}
	all := make([]string, 0, len(person))
	for k := range person {
		all = append(all, k)
	}
	slices.Sort(all)
	return all, nil
}

// openBuilt opens the published warehouse; nil when there is none.
func (e *eraser) openBuilt() (*sql.DB, error) {
	path, err := e.app.published()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return duckdb.OpenReadOnly(path, duckdb.Options{})
}

func keyList(ctx context.Context, db *sql.DB, name string, keys []string) (list []string, err error) {
	query, err := queries.Get(name)
	if err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, query, sql.Named("keys", strings.Join(keys, ";")))
	if err != nil {
		return nil, fmt.Errorf("query %s: %w", name, err)
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			return nil, fmt.Errorf("query %s: %w", name, err)
		}
		list = append(list, key)
	}
	return list, rows.Err()
}

// requests lists the people with an activity erasure_request.
func (e *eraser) requests(ctx context.Context) (keys []string, err error) {
	views, err := openViews(ctx, e.lake)
	if err != nil {
		return nil, err
	}
	defer views.Close()
	query, err := queries.Get("erase.Requests")
	if err != nil {
		return nil, err
	}
	rows, err := views.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		var askedAt int64
		if err := rows.Scan(&key, &askedAt); err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, rows.Err()
}

// tableCount is how many rows a table has, and how many of them are the person's.
type tableCount struct {
	Table  string `json:"table"`
	Rows   int64  `json:"rows"`
	Person int64  `json:"of_the_person"`
}

// countRows reads every live file of the lake.
func (e *eraser) countRows(ctx context.Context, keys []string, until time.Time) (counts []tableCount, files int, err error) {
	snapshots, err := e.lake.Snapshots(ctx)
	if err != nil {
		return nil, 0, err
	}
	for _, s := range snapshots {
		files += len(s.Files)
	}
	views, err := openViews(ctx, e.lake)
	if err != nil {
		return nil, 0, err
	}
	defer views.Close()
	query, err := queries.Get("erase.Count")
	if err != nil {
		return nil, 0, err
	}
	rows, err := views.QueryContext(ctx, query, sql.Named("keys", strings.Join(keys, ";")), sql.Named("until", until.UnixMicro()))
	if err != nil {
		return nil, 0, fmt.Errorf("count rows: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var c tableCount
		if err := rows.Scan(&c.Table, &c.Rows, &c.Person); err != nil {
			return nil, 0, fmt.Errorf("count rows: %w", err)
		}
		counts = append(counts, c)
	}
	return counts, files, rows.Err()
}

func (e *eraser) dryRun(ctx context.Context, keys []string) error {
	counts, files, err := e.countRows(ctx, keys, time.Now())
	if err != nil {
		return err
	}
	fmt.Printf("%d keys; of %d files these rows would go:\n", len(keys), files)
	for _, c := range counts {
		fmt.Printf("%-14s %8d of %d\n", c.Table, c.Person, c.Rows)
	}
	return nil
}
