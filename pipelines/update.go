package pipelines

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"phdp/models"
)

// stateName is the file beside the warehouses in which the lower layers wait for the next build. It holds the
// texts of messages; no page and no query opens it.
const stateName = "state.duckdb"

// inputs are what one build is made of.
type inputs struct {
	sources []models.Source
	refs    []models.Ref
	opts    models.Options
}

// update makes the warehouse at path from the one published last and the state. When that fails, both are made anew in
// new files; so they are when the lake has lost rows, as an erasure makes it, because the bytes of deleted rows stay
// in the blocks of a DuckDB file.
func (w *Warehouse) update(ctx context.Context, path string, in inputs) (models.Report, error) {
	if in.opts.Full {
		if err := removeBuild(filepath.Join(w.Dir, stateName)); err != nil {
			return models.Report{}, fmt.Errorf("forget the state: %w", err)
		}
	}
	report, err := w.updateFrom(ctx, path, in)
	if err == nil || in.opts.Full || ctx.Err() != nil {
		return report, err
	}
	w.Log.Warn("everything is made anew", "reason", err)
	if err := removeBuild(path); err != nil {
		return report, err
	}
	in.opts.Full = true
	return w.update(ctx, path, in)
}

func (w *Warehouse) updateFrom(ctx context.Context, path string, in inputs) (report models.Report, err error) {
	db, err := w.Create(filepath.Join(w.Dir, stateName))
	if err != nil {
		if isInUse(err) {
			w.Log.Warn("another build has the state, this one is full", "reason", err)
			return w.buildAlone(ctx, path, in)
		}
		return report, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return models.Update(ctx, db, w.target(path), in.sources, in.refs, in.opts)
}

// target is the new file with the one to go on from, whose name tells its build.
func (w *Warehouse) target(path string) models.Target {
	last, err := w.Published()
	if err != nil {
		return models.Target{Path: path}
	}
	build := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(last), "phdp-"), ".duckdb")
	return models.Target{Path: path, Last: last, LastBuild: build}
}

// isInUse says whether DuckDB could not open a file because another process has it open.
func isInUse(err error) bool {
	return strings.Contains(err.Error(), "Could not set lock on file")
}

// buildAlone makes everything in one new file.
func (w *Warehouse) buildAlone(ctx context.Context, path string, in inputs) (report models.Report, err error) {
	db, err := w.Create(path)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if report, err = models.Build(ctx, db, in.sources, in.refs, in.opts); err != nil {
		return report, err
	}
	if _, err := db.ExecContext(ctx, "checkpoint"); err != nil {
		return report, fmt.Errorf("write warehouse: %w", err)
	}
	return report, nil
}
