package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"phdp/ingest"
	"phdp/sql/queries"
	"phdp/transform/lake"
)

type deadLettersCommand struct {
	List   lettersListCommand   `cmd:"" default:"withargs" help:"Count dead letters by topic, reason and field."`
	Show   lettersShowCommand   `cmd:"" help:"Print one dead letter with its payload. The payload may name a patient."`
	Open   lettersOpenCommand   `cmd:"" help:"Print a payload of the topic of dead letters: sealed on standard input, plain on standard output."`
	Replay lettersReplayCommand `cmd:"" help:"Decode dead letters again and bring those that are sound now into the lake."`
}

type lettersFilter struct {
	Topic  string `env:"-" help:"Only this topic."`
	Reason string `env:"-" help:"Only this reason."`
}

type lettersListCommand struct{ lettersFilter }

// Help is the long help of phdp deadletters list.
func (lettersListCommand) Help() string {
	return `first_waiting is partition/offset of the first letter that is not replayed, for show.

Examples:
  phdp deadletters
  phdp deadletters list --topic phdp.chats --reason bad_value
  phdp deadletters show --topic phdp.chats --partition 0 --offset 1234`
}

// Run prints the counts.
func (c *lettersListCommand) Run(ctx context.Context, a *app) error {
	return a.withLake(ctx, func(l *lake.Lake) error {
		db, err := openViews(ctx, l)
		if err != nil {
			return err
		}
		defer db.Close()
		query, err := queries.Get("deadletters.List")
		if err != nil {
			return err
		}
		rows, err := db.QueryContext(ctx, query, sql.Named("topic", c.Topic), sql.Named("reason", c.Reason))
		if err != nil {
			return fmt.Errorf("list dead letters: %w", err)
		}
		defer rows.Close()
		return writeTable(rows, os.Stdout)
	})
}

type lettersShowCommand struct {
	Topic     string `required:"" env:"-" help:"Topic of the record."`
	Partition int32  `required:"" env:"-" help:"Partition of the record."`
	Offset    int64  `required:"" env:"-" help:"Offset of the record."`
}

// Help is the long help of phdp deadletters show.
func (lettersShowCommand) Help() string {
	return "Needs the key that sealed the payload.\n\nExample:\n  phdp deadletters show --topic phdp.chats --partition 0 --offset 1234"
}

// Run prints the payload on standard output and the rest on standard error.
func (c *lettersShowCommand) Run(ctx context.Context, a *app) error {
	return a.withLake(ctx, func(l *lake.Lake) error {
		found := false
		err := a.eachLetter(ctx, l, lettersFilter{Topic: c.Topic}, c.Partition, c.Offset, func(rec *ingest.Record, rej *ingest.Reject) error {
			found = true
			fmt.Fprintf(os.Stderr, "%s/%d offset %d at %s: %v\n", rec.Topic, rec.Partition, rec.Offset, rec.Time.Format(time.RFC3339), rej)
			_, err := os.Stdout.Write(append(rec.Value, '\n'))
			return err
		})
		if err == nil && !found {
			return fmt.Errorf("no dead letter waits at %s/%d offset %d", c.Topic, c.Partition, c.Offset)
		}
		return err
	})
}

type lettersOpenCommand struct{}

// Help is the long help of phdp deadletters open.
func (lettersOpenCommand) Help() string {
	return `Values on the topic phdp.deadletters are sealed with the data key, as in the table.

Example:
  kcat -C -b localhost:9092 -t phdp.deadletters -c 1 -D '' | phdp deadletters open`
}

// Run opens one payload.
func (c *lettersOpenCommand) Run(a *app) error {
	key, err := a.loadKey()
	if err != nil {
		return err
	}
	sealed, err := io.ReadAll(os.Stdin)
	if err != nil {
		return fmt.Errorf("read the sealed payload: %w", err)
	}
	payload, err := key.Open(sealed)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(append(payload, '\n'))
	return err
}

// eachLetter opens every waiting letter that the filter lets through.
func (a *app) eachLetter(ctx context.Context, l *lake.Lake, f lettersFilter, partition int32, offset int64, do func(*ingest.Record, *ingest.Reject) error) error {
	return a.lettersOf(ctx, l, "deadletters.Waiting", f, partition, offset, do)
}

// lettersOf opens the letters that a query returns.
func (a *app) lettersOf(ctx context.Context, l *lake.Lake, name string, f lettersFilter, partition int32, offset int64, do func(*ingest.Record, *ingest.Reject) error) error {
	key, err := a.loadKey()
	if err != nil {
		return err
	}
	db, err := openViews(ctx, l)
	if err != nil {
		return err
	}
	defer db.Close()
	query, err := queries.Get(name)
	if err != nil {
		return err
	}
	rows, err := db.QueryContext(ctx, query, sql.Named("topic", f.Topic), sql.Named("reason", f.Reason),
		sql.Named("partition", partition), sql.Named("offset", offset))
	if err != nil {
		return fmt.Errorf("read dead letters: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var rec ingest.Record
		var rej ingest.Reject
		var sealed []byte
		if err := rows.Scan(&rec.Topic, &rec.Partition, &rec.Offset, &rec.Time, &rej.Reason, &rej.Field, &rej.Detail, &sealed); err != nil {
			return fmt.Errorf("read dead letters: %w", err)
		}
		if rec.Value, err = key.Open(sealed); err != nil {
			return fmt.Errorf("open dead letter at %s/%d offset %d: %w", rec.Topic, rec.Partition, rec.Offset, err)
		}
		if err := do(&rec, &rej); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (a *app) withLake(ctx context.Context, do func(*lake.Lake) error) (err error) {
	l, err := a.openLake(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	return do(l)
}
