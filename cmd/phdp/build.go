package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"phdp/models"
	"phdp/pipelines"
)

type buildCommand struct {
	AsOf    string `placeholder:"DATE" help:"Business day (Asia/Shanghai) that the numbers are for; default the newest event's, at most today."`
	Full    bool   `help:"Make everything anew, in new files, whatever has not changed."`
	Explain bool   `help:"Print the tables in the order in which they are made: rows, seconds, memory held after each, how much of each was made and why, and what from."`
}

// Help is the long help of phdp build.
func (buildCommand) Help() string {
	return "Examples:\n  phdp build\n  phdp build --as-of 2026-06-30 --explain\n\n" +
		"A build makes anew what depends on new events: most tables person by person, the others as a whole."
}

// Run builds and publishes a warehouse.
func (c *buildCommand) Run(ctx context.Context, a *app) error {
	var asOf time.Time
	if c.AsOf != "" {
		parsed, err := time.Parse(time.DateOnly, c.AsOf)
		if err != nil {
			return fmt.Errorf("--as-of %s: not a date like 2026-06-30", c.AsOf)
		}
		asOf = parsed
	}
	l, err := a.openLake(ctx)
	if err != nil {
		return err
	}
	defer l.Close()
	w, err := a.warehouse(l)
	if err != nil {
		return err
	}
	w.Full = c.Full
	p := newProgress(os.Stderr)
	w.Progress = func(model string, done, total int, _ int64, _ time.Duration) {
		p.show("build %d/%d %s", done, total, model)
	}
	report, err := w.Build(ctx, asOf)
	p.end()
	if err != nil {
		return err
	}
	c.print(report, w)
	return nil
}

func (c *buildCommand) print(report models.Report, w *pipelines.Warehouse) {
	if report.IsCurrent {
		fmt.Printf("nothing new since the last build; 'phdp build --full' builds all the same\nwarehouse: %s\n", w.PublishedLink())
		return
	}
	if c.Explain {
		fmt.Printf("%-13s %-34s %11s %8s %6s  %-18s %s\n", "layer", "table", "rows", "seconds", "MB", "made", "why; made from")
		for _, m := range report.Models {
			made := string(m.Extent)
			if m.Extent == models.MadeForPeople && m.Layer != models.Staging {
				made = fmt.Sprintf("%d of %d people", m.People, report.People)
			}
			fmt.Printf("%-13s %-34s %11d %8.3f %6d  %-18s %s; %s\n", m.Layer, m.Name, m.Rows, m.Elapsed.Seconds(), m.MemoryBytes>>20,
				made, m.Why, strings.Join(m.Inputs, ", "))
		}
	}
	for _, check := range report.Checks {
		if check.Violated > 0 {
			fmt.Printf("check %-52s %s: %d of %d\n", check.Name, check.Severity, check.Violated, check.Denominator)
		}
	}
	made := 0
	for _, m := range report.Models {
		if m.Extent != models.Untouched {
			made++
		}
	}
	fmt.Printf("built %d of %d models, %d checks\nwarehouse: %s\n", made, len(report.Models), len(report.Checks), w.PublishedLink())
}
