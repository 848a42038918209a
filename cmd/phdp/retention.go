package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"phdp/ingest"
	"phdp/sql/duckdb"
	"phdp/transform/lake"
)

const (
	keepLettersEvery = time.Hour
	lettersAtATime   = 200_000
)

// keepLetters removes dead letters that were kept long enough until ctx ends; 0 keeps them for ever. A
// failure is logged and tried again later.
func (a *app) keepLetters(ctx context.Context, l *lake.Lake, keep time.Duration) error {
	for keep > 0 && sleep(ctx, keepLettersEvery) {
		removed, err := dropLetters(ctx, l, a.path("lake"), time.Now().Add(-keep))
		if err != nil && ctx.Err() == nil {
			a.log.Warn("old dead letters not removed, trying again later", "error", err)
		}
		if removed > 0 {
			a.log.Info("old dead letters removed", "letters", removed)
		}
	}
	return nil
}

// dropLetters removes the dead letters of records from before the limit that were refused before it: a
// letter of an old record that was refused today has all its time. Files say when, as a file is written
// when its records are refused.
func dropLetters(ctx context.Context, l *lake.Lake, dir string, limit time.Time) (removed int64, err error) {
	files, err := l.Files(ctx, "deadletters")
	if err != nil {
		return 0, err
	}
	var old []string
	for _, f := range files {
		path := dir + string(os.PathSeparator) + f.Path
		info, err := os.Stat(path)
		if err != nil {
			return 0, fmt.Errorf("look at dead letters: %w", err)
		}
		if f.Newest.Before(limit) && info.ModTime().Before(limit) {
			old = append(old, path)
		}
	}
	for _, path := range old {
		positions, err := positionsIn(ctx, path)
		if err != nil {
			return removed, err
		}
		for len(positions) > 0 {
			some := positions[:min(len(positions), lettersAtATime)]
			n, err := l.EraseLetters(ctx, some)
			if removed += n; err != nil {
				return removed, err
			}
			positions = positions[len(some):]
		}
	}
	return removed, nil
}

// positionsIn reads where the rows of a data file come from.
func positionsIn(ctx context.Context, path string) ([]ingest.Position, error) {
	db, err := duckdb.OpenMemory()
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, `select topic, "partition", "offset" from read_parquet('`+strings.ReplaceAll(path, "'", "''")+`')`)
	if err != nil {
		return nil, fmt.Errorf("read dead letters: %w", err)
	}
	defer rows.Close()
	var all []ingest.Position
	for rows.Next() {
		var p ingest.Position
		if err := rows.Scan(&p.Topic, &p.Partition, &p.Offset); err != nil {
			return nil, fmt.Errorf("read dead letters: %w", err)
		}
		all = append(all, p)
	}
	return all, rows.Err()
}
