package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"phdp/ingest"
)

type statusCommand struct{}

// Run prints the state of the lake and the warehouse.
func (c *statusCommand) Run(ctx context.Context, a *app) error {
	l, err := a.openLake(ctx)
	if err != nil {
		return err
	}
	defer l.Close()
	snapshots, err := l.Snapshots(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%-14s %12s %8s %10s  %s\n", "table", "rows", "files", "MB", "newest event (UTC)")
	for _, s := range snapshots {
		newest := "-"
		if !s.Newest.IsZero() {
			newest = s.Newest.Format(time.DateTime)
		}
		fmt.Printf("%-14s %12d %8d %10.1f  %s\n", s.Table, s.Rows, len(s.Files), float64(s.Bytes)/1e6, newest)
	}
	if since := a.pausedSince(); !since.IsZero() {
		fmt.Printf("\ningest is paused since %s\n", since.UTC().Format(time.RFC3339))
	}
	var asked erasureRequests
	if err := asked.count(ctx, l); err != nil {
		return fmt.Errorf("count requests to be erased: %w", err)
	}
	if n := asked.waiting.Load(); n > 0 {
		fmt.Printf("\n%d patient keys wait to be erased, the oldest since %s: run 'phdp erase --requests'\n", n, time.UnixMicro(asked.oldest.Load()).UTC().Format(time.RFC3339))
	}
	offsets, err := l.Offsets(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("\n%-72s %12s\n", "topic/partition or file", "next offset")
	partitions := slices.SortedFunc(maps.Keys(offsets), func(x, y ingest.Partition) int {
		return cmp.Or(cmp.Compare(x.Topic, y.Topic), cmp.Compare(x.ID, y.ID))
	})
	for _, p := range partitions {
		fmt.Printf("%-72s %12d\n", fmt.Sprintf("%s/%d", p.Topic, p.ID), offsets[p])
	}
	path, err := a.published()
	if err != nil {
		fmt.Println("\nno warehouse yet")
		return nil
	}
	fmt.Printf("\nwarehouse: %s\n", path)
	return nil
}
