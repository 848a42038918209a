package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"phdp/ingest"
	"phdp/pipelines"
)

type importCommand struct {
	Format  string   `env:"-" help:"Wire format of the files, see docs/formats; csv when there is a --mapping."`
	Mapping string   `env:"-" placeholder:"FILE" type:"existingfile" help:"Which column of a CSV file is what (YAML); --guess writes a first one."`
	Guess   bool     `env:"-" help:"Print a first mapping for the CSV file and import nothing."`
	NoBuild bool     `env:"-" help:"Leave the warehouse as it is; 'phdp build' does it later."`
	Files   []string `arg:"" name:"file" type:"existingpath" help:"NDJSON or CSV files (also .gz); for synthea the folder of the export."`
}

// Help is the long help of phdp import.
func (importCommand) Help() string {
	return `A file is known by its content: the same file again brings nothing new, and an import that was
stopped goes on where it was.

Examples:
  phdp import --format dialogue consultations.ndjson
  phdp import --format synthea exports/synthea
  phdp import --format canonical events-2026-*.ndjson.gz
  phdp import --guess fills.csv > fills.yaml
  phdp import --mapping fills.yaml fills.csv`
}

// Run imports the files and builds the warehouse.
func (c *importCommand) Run(ctx context.Context, a *app) error {
	if c.Guess {
		return c.guess()
	}
	files, decode, err := c.open()
	if err != nil {
		return err
	}
	stream, close, err := a.fileStream(ctx)
	if err != nil {
		return err
	}
	defer close()
	stream.Source, stream.Decode = files, func(string) ingest.Decode { return decode }
	started := time.Now()
	p := newProgress(os.Stderr)
	err = watch(ctx, stream.Run, func() {
		n := &stream.Counters
		p.show("import: %d records, %d rejected, %d rows, %d committed", n.Records.Load(), n.Rejects.Load(), n.Rows.Load(), n.Committed.Load())
	})
	p.end()
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	n := &stream.Counters
	fmt.Printf("imported %d files: %d records = %d accepted + %d rejected; %d events, %d rows, in %.1f s\n", len(files),
		n.Records.Load(), n.Records.Load()-n.Rejects.Load(), n.Rejects.Load(), n.Events.Load(), n.Rows.Load(), time.Since(started).Seconds())
	if n.Rejects.Load() > 0 {
		fmt.Println("rejected records are kept with their reasons: phdp deadletters")
	}
	if c.NoBuild || n.Records.Load() == 0 {
		return nil
	}
	return (&buildCommand{}).Run(ctx, a)
}

// fileStream opens the lake and the vault and returns a stream that writes into them as ingest does; it still needs a
// source and a decoder.
func (a *app) fileStream(ctx context.Context) (_ *pipelines.Stream, close func(), err error) {
	t, err := a.transformer()
	if err != nil {
		return nil, nil, err
	}
	l, err := a.openLake(ctx)
	if err != nil {
		return nil, nil, err
	}
	sink, err := a.keeping(ctx, l)
	if err != nil {
		return nil, nil, errors.Join(err, l.Close())
	}
	return &pipelines.Stream{Sink: sink, Transform: t, Log: a.log}, func() { _, _ = sink.close(), l.Close() }, nil
}

// guess prints a mapping to begin with.
func (c *importCommand) guess() error {
	for _, path := range c.Files {
		mapping, err := ingest.GuessMapping(path)
		if err != nil {
			return err
		}
		if _, err := os.Stdout.Write(mapping); err != nil {
			return err
		}
	}
	return nil
}

// open opens every file and finds the decoder for them.
func (c *importCommand) open() (files pipelines.Files, decode ingest.Decode, err error) {
	if c.Mapping != "" {
		return c.openCSV()
	}
	if decode, err = ingest.DecodeByName(c.Format); err != nil {
		return nil, nil, fmt.Errorf("--format: %w; for CSV files give --mapping", err)
	}
	for _, path := range c.Files {
		var f pipelines.File
		if c.Format == "synthea" {
			f, err = ingest.OpenSynthea(path)
		} else {
			f, err = ingest.OpenNDJSON(path)
		}
		if err != nil {
			return nil, nil, err
		}
		files = append(files, f)
	}
	return files, decode, nil
}

func (c *importCommand) openCSV() (files pipelines.Files, decode ingest.Decode, err error) {
	mapping, err := ingest.LoadMapping(c.Mapping)
	if err != nil {
		return nil, nil, err
	}
	for _, path := range c.Files {
		f, err := ingest.OpenCSV(path, mapping)
		if err != nil {
			return nil, nil, err
		}
		files = append(files, f)
	}
	return files, mapping.Decode, nil
}

// watch runs work and calls tick a few times a second until it is done.
func watch(ctx context.Context, work func(context.Context) error, tick func()) error {
	done := make(chan error, 1)
	go func() { done <- work(ctx) }()
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-ticker.C:
			tick()
		}
	}
}
