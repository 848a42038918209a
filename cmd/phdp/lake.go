package main

import (
	"context"
	"fmt"
	"time"

	"phdp/transform/lake"
)

type lakeCommand struct {
	Tables    statusCommand        `cmd:"" default:"withargs" help:"Rows, files and size of each table, and how far each topic is read."`
	Snapshots lakeSnapshotsCommand `cmd:"" help:"The commits that each table remembers, and what each added and removed."`
	Files     lakeFilesCommand     `cmd:"" help:"The data files of each table: partition, rows, size, times, sort."`
	Compact   lakeCompactCommand   `cmd:"" help:"Rewrite days and months with many files into one file each, ordered by patient."`
	Expire    lakeExpireCommand    `cmd:"" help:"Forget old snapshots and delete what only they and failed commits used."`
	Verify    lakeVerifyCommand    `cmd:"" help:"Prove that every record is there once: offsets, files, row counts."`
}

type lakeCompactCommand struct {
	MinFiles int  `default:"4" help:"Partitions with at least this many files."`
	All      bool `help:"Also partitions that are not over yet."`
}

// Help is the long help of phdp lake compact.
func (lakeCompactCommand) Help() string {
	return "Rows do not change, and ingest may run at the same time.\n\nExamples:\n  phdp lake compact\n  phdp lake compact --min-files 2 --all"
}

// Run compacts every table.
func (c *lakeCompactCommand) Run(ctx context.Context, a *app) error {
	l, err := a.openLake(ctx)
	if err != nil {
		return err
	}
	defer l.Close()
	o := lake.CompactOptions{MinFiles: c.MinFiles, Before: time.Now()}
	if c.All {
		o.Before = time.Time{}
	}
	done, err := l.Compact(ctx, o)
	for _, d := range done {
		fmt.Printf("%-14s %6d partitions: %7d files to %6d, %d rows\n", d.Table, d.Partitions, d.Before, d.After, d.Rows)
	}
	if err == nil && len(done) == 0 {
		fmt.Printf("no partition has %d files\n", c.MinFiles)
	}
	return err
}

type lakeExpireCommand struct {
	Grace time.Duration `default:"1h" help:"How long a reader may go on with a snapshot that is no longer current; a minute is added for clocks and commits."`
}

// Help is the long help of phdp lake expire.
func (lakeExpireCommand) Help() string {
	return "Example:\n  phdp lake expire --grace 6h"
}

// Run expires and sweeps every table.
func (c *lakeExpireCommand) Run(ctx context.Context, a *app) error {
	l, err := a.openLake(ctx)
	if err != nil {
		return err
	}
	defer l.Close()
	if err := l.Expire(ctx, time.Now(), c.Grace); err != nil {
		return err
	}
	swept, err := l.Sweep(ctx, max(c.Grace, lake.SweepAge))
	fmt.Printf("deleted %d files that no snapshot knows\n", swept)
	return err
}
