package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"phdp/ingest"
	"phdp/transform"
	"phdp/transform/lake"
)

type lettersReplayCommand struct {
	lettersFilter
	beliefFlags
	Format  string `default:"canonical" env:"-" help:"Wire format to decode with."`
	Mapping string `env:"-" placeholder:"FILE" type:"existingfile" help:"Mended mapping, for the rows of CSV files; instead of --format."`
	DryRun  bool   `env:"-" help:"Only say how many are sound now."`
}

// Help is the long help of phdp deadletters replay.
func (lettersReplayCommand) Help() string {
	return `A letter that is sound now gets its rows under its own topic, partition and offset, so that it is in the
lake once however often this runs; 'phdp deadletters' then counts it as replayed. The others stay. A row of a
CSV file is kept with the columns that its mapping named; when the mended mapping needs others, import the
file again with it: rows that were good before are not counted twice.

Examples:
  phdp deadletters replay --dry-run
  phdp deadletters replay --topic wecom.archive --format wecom
  phdp deadletters replay --mapping fills.yaml`
}

// Run replays and reports.
func (c *lettersReplayCommand) Run(ctx context.Context, a *app) error {
	return a.withLake(ctx, func(l *lake.Lake) error {
		if !c.DryRun {
			if err := a.finishReplay(ctx, l); err != nil {
				return fmt.Errorf("finish an interrupted replay: %w", err)
			}
		}
		set, still, err := c.choose(ctx, a, l)
		if err != nil {
			return fmt.Errorf("replay dead letters: %w", err)
		}
		fmt.Printf("%d dead letters are sound now, %d are not\n", len(set.Letters), still)
		if c.DryRun || len(set.Letters) == 0 {
			return nil
		}
		if err := c.writeDown(a, set); err != nil {
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
const (
	replayFile    = "replay.json"
	replayMapping = "replay.yaml" // a copy of the mapping, when there is one
)

// replaySet is what one replay brings into the lake.
type replaySet struct {
	ID         string            `json:"id"`
	Format     string            `json:"format"`
	HasMapping bool              `json:"has_mapping,omitempty"`
	Letters    []ingest.Position `json:"letters"`
}

// writeDown notes what is to be replayed before any of it is.
func (c *lettersReplayCommand) writeDown(a *app, set replaySet) error {
	if set.HasMapping {
		text, err := os.ReadFile(c.Mapping)
		if err != nil {
			return fmt.Errorf("keep the mapping of the replay: %w", err)
		}
		if err := os.WriteFile(a.path("lake", replayMapping), text, 0o644); err != nil {
			return fmt.Errorf("keep the mapping of the replay: %w", err)
		}
	}
	return writeJSONFile(a.path("lake", replayFile), set)
}

// replayDecoder is the decoder of a format, or of a mapping file when there is one.
func replayDecoder(format, mapping string) (ingest.Decode, error) {
	if mapping != "" {
		m, err := ingest.LoadMapping(mapping)
		if err != nil {
			return nil, err
		}
		return m.Decode, nil
	}
	decode, err := ingest.DecodeByName(format)
	if err != nil {
		return nil, err
	}
	return ingest.ByCloudEvent(decode), nil
}

// choose lists the waiting letters that are sound now, and counts those that are not.
func (c *lettersReplayCommand) choose(ctx context.Context, a *app, l *lake.Lake) (set replaySet, still int, err error) {
	decode, err := replayDecoder(c.Format, c.Mapping)
	if err != nil {
		return set, 0, err
	}
	window, err := c.window()
	if err != nil {
		return set, 0, err
	}
	now := time.Now()
	set = replaySet{ID: rand.Text(), Format: c.Format, HasMapping: c.Mapping != ""}
	err = a.eachLetter(ctx, l, c.lettersFilter, -1, -1, func(rec *ingest.Record, _ *ingest.Reject) error {
		var events []*ingest.Event
		err := decode(rec, func(e *ingest.Event) { events = append(events, e) })
		if err != nil || window.OrDefault(!isTopic(rec.Topic)).Check(events, now) != nil {
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
	mapping := ""
	if set.HasMapping {
		mapping = a.path("lake", replayMapping)
	}
	decode, err := replayDecoder(set.Format, mapping)
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
	sink, err := a.keeping(ctx, l)
	if err != nil {
		return err
	}
	defer func() { _ = sink.close() }()
	if err := sink.Append(ctx, &transform.Batch{Ranges: []transform.Range{at}, Parts: []*transform.Rows{&rows}}); err != nil {
		return err
	}
	return os.Remove(path)
}
