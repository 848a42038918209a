package main

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"phdp/pipelines"
	"phdp/sql/queries"
	"phdp/transform"
	"phdp/transform/lake"
)

type tagsRetagCommand struct {
	Catalogue string `placeholder:"DIR" help:"Folder of another catalogue; default is the one in use."`
	AsOf      string `placeholder:"DATE" help:"Business day of the warehouse; default the newest event's, at most today."`
}

// Help is the long help of phdp tags retag.
func (tagsRetagCommand) Help() string {
	return `Reads every stored message again with a catalogue, without Kafka, and publishes a warehouse with what it finds: findings,
tags from texts and tags from rules. Prints the concepts that changed. The lake stays as it is, so the next 'phdp build' goes
back to the findings of the day on which each message came.

Examples:
  phdp tags retag
  phdp tags retag --catalogue my-catalogue --as-of 2026-06-30`
}

// Run finds again, builds and says what changed.
func (c *tagsRetagCommand) Run(ctx context.Context, a *app) error {
	asOf, err := parseDay(c.AsOf)
	if err != nil {
		return err
	}
	t, err := tagger(cmp.Or(c.Catalogue, a.catalogueDir()))
	if err != nil {
		return err
	}
	l, err := a.openLake(ctx)
	if err != nil {
		return err
	}
	defer l.Close()
	dir, err := os.MkdirTemp("", "phdp-retag-")
	if err != nil {
		return fmt.Errorf("retag: %w", err)
	}
	defer os.RemoveAll(dir)
	db, err := openViews(ctx, l)
	if err != nil {
		return err
	}
	defer db.Close()
	start := time.Now()
	messages, err := findAgain(ctx, db, t, dir)
	if err != nil {
		return fmt.Errorf("retag: %w", err)
	}
	took := time.Since(start)
	if err := printRetag(ctx, db); err != nil {
		return fmt.Errorf("retag: %w", err)
	}
	fmt.Printf("%d messages read again in %.1f s: %.1f s for a million, all rules at once\n", messages, took.Seconds(),
		took.Seconds()*1e6/float64(max(1, messages)))
	return publishRetag(ctx, a, l, t.Catalogue(), filepath.Join(dir, "findings.parquet"), asOf)
}

// publishRetag builds a warehouse with a catalogue and with findings from a file instead of the lake's.
func publishRetag(ctx context.Context, a *app, l *lake.Lake, catalogue *transform.Catalogue, findings string, asOf time.Time) error {
	w, err := a.warehouse(l)
	if err != nil {
		return err
	}
	w.Catalogue, w.Alone = catalogue, true
	w.Lake = func(ctx context.Context) ([]pipelines.LakeTable, error) {
		tables, err := lakeTables(ctx, l)
		for i := range tables {
			if tables[i].Name == "findings" {
				tables[i].Files = []string{findings}
			}
		}
		return tables, err
	}
	report, err := w.Build(ctx, asOf)
	if err != nil {
		return err
	}
	fmt.Printf("built %d models\nwarehouse: %s\n", len(report.Models), w.PublishedLink())
	return nil
}

// catalogueDir is the folder catalogue of the data folder, where a customer's own catalogue stands; "" when there is
// none and PHDP's own is in use.
func (a *app) catalogueDir() string {
	dir := a.path("catalogue")
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return dir
}

func parseDay(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, fmt.Errorf("--as-of %s: not a date like 2026-06-30", text)
	}
	return day, nil
}

// findAgain reads the texts of the lake and leaves table found, and a file like those of lake.findings, in dir.
func findAgain(ctx context.Context, db *sql.DB, t *transform.Transformer, dir string) (messages int, err error) {
	path := filepath.Join(dir, "found.csv")
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	w := csv.NewWriter(out)
	messages, err = writeFindings(ctx, db, t, w)
	w.Flush()
	if err = errors.Join(err, w.Error(), out.Close()); err != nil {
		return messages, err
	}
	for _, name := range []string{"retag.Found", "retag.Write"} {
		query, err := queries.Get(name)
		if err != nil {
			return messages, err
		}
		if name == "retag.Found" {
			_, err = db.ExecContext(ctx, query, sql.Named("file", path))
		} else {
			_, err = db.ExecContext(ctx, "copy (\n"+query+"\n) to "+literal(filepath.Join(dir, "findings.parquet"))+" (format parquet, field_ids "+findingFields+")")
		}
		if err != nil {
			return messages, fmt.Errorf("%s: %w", name, err)
		}
	}
	return messages, os.Remove(path)
}

// findingFields are the field ids of lake.findings, the places of its columns.
const findingFields = `{topic: 1, partition: 2, "offset": 3, event_id: 4, event_at: 5, patient_key: 6, line_code: 7, source: 8, ordinal: 9,
	concept: 10, kind: 11, status: 12, subject: 13, speaker: 14, mention: 15, start_char: 16, end_char: 17, rule_id: 18}`

func writeFindings(ctx context.Context, db *sql.DB, t *transform.Transformer, w *csv.Writer) (messages int, err error) {
	query, err := queries.Get("retag.Messages")
	if err != nil {
		return 0, err
	}
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var topic, partition, offset, event, speaker, text string
		if err := rows.Scan(&topic, &partition, &offset, &event, &speaker, &text); err != nil {
			return messages, err
		}
		messages++
		for i, f := range t.Findings(speaker, text) {
			if err := w.Write([]string{topic, partition, offset, event, strconv.Itoa(i), f.Concept, f.Kind, f.Status, f.Subject, speaker,
				f.Mention, strconv.Itoa(f.Start), strconv.Itoa(f.End), f.RuleID}); err != nil {
				return messages, err
			}
		}
	}
	return messages, rows.Err()
}

func printRetag(ctx context.Context, db *sql.DB) error {
	query, err := queries.Get("retag.Changes")
	if err != nil {
		return err
	}
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	fmt.Printf("%-28s %-12s %10s %10s %10s %10s\n", "concept", "kind", "before", "now", "gained", "lost")
	for rows.Next() {
		var concept, kind string
		var before, now, gained, lost int64
		if err := rows.Scan(&concept, &kind, &before, &now, &gained, &lost); err != nil {
			return err
		}
		fmt.Printf("%-28s %-12s %10d %10d %10d %10d\n", concept, kind, before, now, gained, lost)
	}
	return rows.Err()
}
