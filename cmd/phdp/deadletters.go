package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"phdp/ingest"
	"phdp/sql/queries"
	"phdp/transform"
	"phdp/transform/lake"
)

type deadLettersCommand struct {
	List   lettersListCommand   `cmd:"" default:"withargs" help:"Count dead letters by topic, reason and field."`
	Show   lettersShowCommand   `cmd:"" help:"Print one dead letter with its payload. The payload may name a patient."`
	Replay lettersReplayCommand `cmd:"" help:"Decode dead letters again and bring those that are sound now into the lake."`
}

type lettersFilter struct {
	Topic  string `env:"-" help:"Only this topic."`
	Reason string `env:"-" help:"Only this reason."`
}

type lettersListCommand struct{ lettersFilter }

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

type lettersReplayCommand struct {
	lettersFilter
	Format string `default:"canonical" env:"-" help:"Wire format to decode with."`
	DryRun bool   `env:"-" help:"Only say how many are sound now."`
}

// Help is the long help of phdp deadletters replay.
func (lettersReplayCommand) Help() string {
	return `A letter that is sound now gets its rows under its own topic, partition and offset, so that it is in the
lake once however often this runs; 'phdp deadletters' then counts it as replayed. The others stay.

Examples:
  phdp deadletters replay --dry-run
  phdp deadletters replay --topic wecom.archive --format wecom`
}

// Run replays and reports.
func (c *lettersReplayCommand) Run(ctx context.Context, a *app) error {
	return a.withLake(ctx, func(l *lake.Lake) error {
		if !c.DryRun {
			if err := a.finishReplay(ctx, l); err != nil {
				return fmt.Errorf("finish an interrupted replay: %w", err)
			}
		}
		set, still, err := a.choose(ctx, l, c.lettersFilter, c.Format)
		if err != nil {
			return fmt.Errorf("replay dead letters: %w", err)
		}
		fmt.Printf("%d dead letters are sound now, %d are not\n", len(set.Letters), still)
		if c.DryRun || len(set.Letters) == 0 {
			return nil
		}
		if err := writeJSONFile(a.path("lake", replayFile), set); err != nil {
			return err
		}
		if err := a.finishReplay(ctx, l); err != nil {
			return fmt.Errorf("replay dead letters: %w", err)
		}
		fmt.Println("they are in the lake; the next build counts them")
		return nil
	})
}

// replayFile names the letters of a replay while it runs. The lake's tables are committed one by one, so a
// replay that died between two of them has to be finished with the very same letters.
const replayFile = "replay.json"

// replaySet is what one replay brings into the lake.
type replaySet struct {
	ID      string            `json:"id"`
	Format  string            `json:"format"`
	Letters []ingest.Position `json:"letters"`
}

// choose lists the waiting letters that are sound in a format, and counts those that are not.
func (a *app) choose(ctx context.Context, l *lake.Lake, f lettersFilter, format string) (set replaySet, still int, err error) {
	decode, err := ingest.DecodeByName(format)
	if err != nil {
		return set, 0, err
	}
	set = replaySet{ID: rand.Text(), Format: format}
	err = a.eachLetter(ctx, l, f, -1, -1, func(rec *ingest.Record, _ *ingest.Reject) error {
		if decode(rec, func(*ingest.Event) {}) != nil {
			still++ // it stays a dead letter with its first reason
			return nil
		}
		set.Letters = append(set.Letters, rec.Position)
		return nil
	})
	return set, still, err
}

// finishReplay commits the letters of the replay that is written down; tables that have them leave them out.
func (a *app) finishReplay(ctx context.Context, l *lake.Lake) error {
	path := a.path("lake", replayFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var set replaySet
	if err := json.Unmarshal(text, &set); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	decode, err := ingest.DecodeByName(set.Format)
	if err != nil {
		return err
	}
	t, err := a.transformer()
	if err != nil {
		return err
	}
	chosen := map[ingest.Position]bool{}
	for _, p := range set.Letters {
		chosen[p] = true
	}
	var rows transform.Rows
	err = a.lettersOf(ctx, l, "deadletters.All", lettersFilter{}, -1, -1, func(rec *ingest.Record, _ *ingest.Reject) error {
		if !chosen[rec.Position] {
			return nil
		}
		return decode(rec, func(e *ingest.Event) { t.Append(&rows, rec.Position, e) })
	})
	if err != nil {
		return err
	}
	at := transform.Range{Topic: "replay:" + set.ID, Start: 0, End: int64(len(set.Letters))}
	if err := l.Append(ctx, &transform.Batch{Ranges: []transform.Range{at}, Parts: []*transform.Rows{&rows}}); err != nil {
		return err
	}
	return os.Remove(path)
}

// eachLetter opens every waiting letter that the filter lets through.
func (a *app) eachLetter(ctx context.Context, l *lake.Lake, f lettersFilter, partition int32, offset int64, do func(*ingest.Record, *ingest.Reject) error) error {
	return a.lettersOf(ctx, l, "deadletters.Waiting", f, partition, offset, do)
}

// lettersOf opens the letters that a query returns.
func (a *app) lettersOf(ctx context.Context, l *lake.Lake, name string, f lettersFilter, partition int32, offset int64, do func(*ingest.Record, *ingest.Reject) error) error {
	key, err := transform.LoadKey(a.path("keys", "phdp.key"))
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
