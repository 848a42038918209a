package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"phdp/ingest"
	"phdp/transform/lake"
)

const emptyLake = "the lake is empty: 'phdp ingest', 'phdp import' or 'phdp run --demo' fill it\n"

type lakeSnapshotsCommand struct {
	Table string `arg:"" optional:"" help:"Only this table."`
	JSON  bool   `env:"-" name:"json" help:"Write one JSON object per snapshot."`
}

// Help is the long help of phdp lake snapshots.
func (lakeSnapshotsCommand) Help() string {
	return `A snapshot is one commit to a table: append (new rows), replace (compaction: the same rows in fewer files) or
overwrite (an erasure). Readers plan with the current one, marked *; 'phdp lake expire' forgets the others.
With a table's name, or as JSON, the offsets are told that the current snapshot has reached.

Examples:
  phdp lake snapshots
  phdp lake snapshots chats
  phdp lake snapshots --json | jq 'select(.operation == "replace")'`
}

type snapshotLine struct {
	Table        string           `json:"table"`
	ID           int64            `json:"snapshot_id"`
	At           time.Time        `json:"at"`
	Operation    string           `json:"operation"`
	AddedRows    int64            `json:"added_rows"`
	RemovedRows  int64            `json:"removed_rows"`
	AddedFiles   int64            `json:"added_files"`
	RemovedFiles int64            `json:"removed_files"`
	Rows         int64            `json:"rows"`
	Files        int64            `json:"files"`
	IsCurrent    bool             `json:"is_current"`
	NextOffsets  map[string]int64 `json:"next_offsets,omitempty"` // of the current snapshot
}

// Run lists the snapshots.
func (c *lakeSnapshotsCommand) Run(ctx context.Context, a *app) error {
	return a.withLake(ctx, func(l *lake.Lake) error {
		commits, err := l.Commits(ctx, c.Table)
		if err != nil {
			return err
		}
		lines := make([]snapshotLine, len(commits))
		for i, s := range commits {
			lines[i] = snapshotLine{s.Table, s.ID, s.At, s.Operation, s.AddedRows, s.RemovedRows, s.AddedFiles, s.RemovedFiles, s.Rows, s.Files, s.IsCurrent, nil}
			if !s.IsCurrent {
				continue
			}
			reached, err := l.Reached(ctx, s.Table)
			if err != nil {
				return err
			}
			lines[i].NextOffsets = offsetsByName(reached)
		}
		if c.JSON {
			return writeObjects(os.Stdout, lines)
		}
		return writeSnapshots(os.Stdout, lines, c.Table != "")
	})
}

func offsetsByName(reached map[ingest.Partition]int64) map[string]int64 {
	named := make(map[string]int64, len(reached))
	for p, next := range reached {
		named[fmt.Sprintf("%s/%d", p.Topic, p.ID)] = next
	}
	return named
}

func writeSnapshots(out io.Writer, lines []snapshotLine, withOffsets bool) error {
	if len(lines) == 0 {
		_, err := io.WriteString(out, emptyLake)
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "table\tsnapshot\tat (UTC)\toperation\trows +\trows -\tfiles +\tfiles -\trows\tfiles")
	for _, s := range lines {
		mark := ""
		if s.IsCurrent {
			mark = " *"
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d%s\n", s.Table, s.ID, s.At.Format("2006-01-02 15:04:05.000"), s.Operation,
			s.AddedRows, s.RemovedRows, s.AddedFiles, s.RemovedFiles, s.Rows, s.Files, mark)
	}
	if err := w.Flush(); err != nil || !withOffsets {
		return err
	}
	reached := lines[len(lines)-1].NextOffsets // the newest snapshot is the current one
	fmt.Fprintf(w, "\ntopic/partition or file\tnext offset\n")
	for _, name := range slices.Sorted(maps.Keys(reached)) {
		fmt.Fprintf(w, "%s\t%d\n", name, reached[name])
	}
	return w.Flush()
}

type lakeFilesCommand struct {
	Table string `arg:"" optional:"" help:"Only this table."`
	Day   day    `env:"-" placeholder:"DATE" help:"Only partitions that contain this day (UTC)."`
	JSON  bool   `env:"-" name:"json" help:"Write one JSON object per file."`
}

// Help is the long help of phdp lake files.
func (lakeFilesCommand) Help() string {
	return `Paths are below the lake's folder, so that another tool can read them. Times are the lowest and highest event
time in the file. Files that compaction has written are sorted by patient and time; those of an append are not.

Examples:
  phdp lake files
  phdp lake files chats --day 2026-01-05
  phdp lake files --json | jq -s 'map(.bytes) | add'`
}

type fileLine struct {
	Table     string    `json:"table"`
	Path      string    `json:"path"`
	Partition string    `json:"partition"`
	Rows      int64     `json:"rows"`
	Bytes     int64     `json:"bytes"`
	Oldest    time.Time `json:"oldest_event_at"`
	Newest    time.Time `json:"newest_event_at"`
	IsSorted  bool      `json:"is_sorted"`
}

// Run lists the files.
func (c *lakeFilesCommand) Run(ctx context.Context, a *app) error {
	return a.withLake(ctx, func(l *lake.Lake) error {
		files, err := l.Files(ctx, c.Table)
		if err != nil {
			return err
		}
		var lines []fileLine
		for _, f := range files {
			if c.Day.IsZero() || f.Covers(c.Day.Time) {
				lines = append(lines, fileLine{f.Table, f.Path, f.Partition, f.Rows, f.Bytes, f.Oldest, f.Newest, f.IsSorted})
			}
		}
		switch {
		case c.JSON:
			return writeObjects(os.Stdout, lines)
		case len(lines) == 0 && len(files) > 0:
			fmt.Printf("no file holds %s\n", c.Day.Format(time.DateOnly))
			return nil
		}
		return writeFiles(os.Stdout, lines)
	})
}

func writeFiles(out io.Writer, lines []fileLine) error {
	if len(lines) == 0 {
		_, err := io.WriteString(out, emptyLake)
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "table\tpartition\trows\tkB\tfrom (UTC)\tto (UTC)\tsorted\tpath")
	var rows, bytes int64
	for _, f := range lines {
		_, partition, _ := strings.Cut(f.Partition, "=")
		sorted := "-"
		if f.IsSorted {
			sorted = "patient"
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%.1f\t%s\t%s\t%s\t%s\n", f.Table, partition, f.Rows, float64(f.Bytes)/1e3,
			f.Oldest.Format(time.DateTime), f.Newest.Format(time.DateTime), sorted, f.Path)
		rows, bytes = rows+f.Rows, bytes+f.Bytes
	}
	fmt.Fprintf(w, "\n%d files, %d rows, %.1f MB\n", len(lines), rows, float64(bytes)/1e6)
	return w.Flush()
}

// writeObjects writes each value as a line of JSON.
func writeObjects[T any](out io.Writer, values []T) error {
	w := bufio.NewWriter(out)
	e := json.NewEncoder(w)
	for _, v := range values {
		if err := e.Encode(v); err != nil {
			return err
		}
	}
	return w.Flush()
}
