package pipelines

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"phdp/models"
	"phdp/pipelines/lines"
	"phdp/sql/schema"
	"phdp/transform"
)

// Business is the time zone of the business day.
var Business = time.FixedZone("Asia/Shanghai", 8*60*60)

const (
	publishedName = "phdp.duckdb" // a link to the newest build, for the DuckDB CLI, Python, DBeaver
	keepBuilds    = 3
)

// LakeTable is what a build has to know of one lake table.
type LakeTable struct {
	Name       string
	SnapshotID int64
	Files      []string
	Rows       int64
	Newest     time.Time
}

// Warehouse builds warehouse files from the lake and publishes them in Dir.
type Warehouse struct {
	Dir       string
	Lake      func(ctx context.Context) ([]LakeTable, error)
	Create    func(path string) (*sql.DB, error) // opens a database file for writing, new or not
	Lines     []lines.Line
	Catalogue *transform.Catalogue
	Log       *slog.Logger
	Now       func() time.Time
	Progress  func(model string, done, total int, rows int64, elapsed time.Duration) // may be nil
	Full      bool                                                                   // make everything anew
	Alone     bool                                                                   // neither use nor keep the state: the lake is not the real one
}

// Published returns the file of the newest build; fs.ErrNotExist when there is none yet.
func (w *Warehouse) Published() (string, error) {
	path, err := filepath.EvalSymlinks(w.PublishedLink())
	if err != nil {
		return "", fmt.Errorf("find published warehouse: %w", err)
	}
	return path, nil
}

// PublishedLink is the path that always leads to the newest build.
func (w *Warehouse) PublishedLink() string { return filepath.Join(w.Dir, publishedName) }

// Build makes a new warehouse as of a business day and publishes it in one step; on any error the one
// before stays. A zero asOf takes the newest event's day, or today when that lies in the future. What has not changed
// since the build before is taken from there; when nothing has, the report is current and nothing is published.
func (w *Warehouse) Build(ctx context.Context, asOf time.Time) (models.Report, error) {
	started := w.Now()
	tables, err := w.Lake(ctx)
	if err != nil {
		return models.Report{}, fmt.Errorf("build warehouse: %w", err)
	}
	if asOf.IsZero() {
		asOf = w.newestDay(tables)
	}
	if err := os.MkdirAll(w.Dir, 0o755); err != nil {
		return models.Report{}, fmt.Errorf("build warehouse: %w", err)
	}
	buildID := started.UTC().Format("20060102T150405.000")
	path := filepath.Join(w.Dir, "phdp-"+buildID+".duckdb")
	report, err := w.buildFile(ctx, path+".tmp", tables, asOf, buildID)
	if err != nil {
		return report, errors.Join(fmt.Errorf("build warehouse: %w", err), removeBuild(path+".tmp"))
	}
	if report.IsCurrent {
		w.Log.Info("warehouse is current", "as_of", asOf.Format(time.DateOnly))
		return report, nil
	}
	if err := w.publish(path); err != nil {
		return report, fmt.Errorf("publish warehouse: %w", err)
	}
	w.Log.Info("warehouse published", "build", buildID, "as_of", asOf.Format(time.DateOnly),
		"models", len(report.Models), "elapsed_ms", w.Now().Sub(started).Milliseconds())
	return report, w.removeOld()
}

func (w *Warehouse) buildFile(ctx context.Context, path string, tables []LakeTable, asOf time.Time, buildID string) (models.Report, error) {
	ddl := schema.Tables()
	in := inputs{opts: models.Options{AsOf: asOf, BuildID: buildID, Now: w.Now, Progress: w.Progress, Log: w.Log, Full: w.Full}}
	for _, t := range tables {
		in.sources = append(in.sources, models.Source{Name: t.Name, DDL: ddl[t.Name], Files: t.Files, SnapshotID: t.SnapshotID, Rows: t.Rows, Newest: t.Newest})
	}
	var err error
	if in.refs, err = refs(w.Lines, w.Catalogue, asOf, buildID); err != nil {
		return models.Report{}, err
	}
	if w.Alone {
		return w.buildAlone(ctx, path, in)
	}
	return w.update(ctx, path, in)
}

func (w *Warehouse) newestDay(tables []LakeTable) time.Time {
	var newest time.Time
	for _, t := range tables {
		if t.Name != "deadletters" && t.Newest.After(newest) {
			newest = t.Newest
		}
	}
	if now := w.Now(); newest.IsZero() || newest.After(now) {
		newest = now
	}
	y, m, d := newest.In(Business).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// publish gives the file its final name and points the link at it; both are atomic.
func (w *Warehouse) publish(path string) error {
	if err := os.Rename(path+".tmp", path); err != nil {
		return err
	}
	link := w.PublishedLink() + ".next"
	if err := os.Remove(link); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Symlink(filepath.Base(path), link); err != nil {
		return err
	}
	return os.Rename(link, w.PublishedLink())
}

// removeOld deletes all but the newest builds and what killed builds left a day ago or earlier; readers that
// still have an old file open keep it.
func (w *Warehouse) removeOld() error {
	left, err := filepath.Glob(filepath.Join(w.Dir, "phdp-*.duckdb.tmp"))
	if err != nil {
		return fmt.Errorf("list killed builds: %w", err)
	}
	for _, path := range left {
		info, err := os.Stat(path)
		if err != nil || info.IsDir() || w.Now().Sub(info.ModTime()) < 24*time.Hour {
			continue
		}
		if err := removeBuild(path); err != nil {
			return fmt.Errorf("remove killed build: %w", err)
		}
	}
	builds, err := filepath.Glob(filepath.Join(w.Dir, "phdp-*.duckdb"))
	if err != nil {
		return fmt.Errorf("list old builds: %w", err)
	}
	slices.Sort(builds)
	for _, path := range builds[:max(0, len(builds)-keepBuilds)] {
		if err := removeBuild(path); err != nil {
			return fmt.Errorf("remove old build: %w", err)
		}
	}
	return nil
}

func removeBuild(path string) error {
	for _, p := range []string{path, path + ".wal"} {
		if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
