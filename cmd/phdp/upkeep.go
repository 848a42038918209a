package main

import (
	"context"
	"log/slog"
	"time"

	"phdp/transform/lake"
)

// upkeepEvery is how often the lake is tidied while ingest runs.
const upkeepEvery = 10 * time.Minute

// upkeep compacts closed days, forgets old snapshots and sweeps lost files until ctx ends, now and then and
// whenever due says that much was committed. A failure is logged and tried again later: ingest does not
// depend on it.
func upkeep(ctx context.Context, l *lake.Lake, log *slog.Logger, due <-chan struct{}) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-due:
		case <-time.After(upkeepEvery):
		}
		if err := tidy(ctx, l, log); err != nil && ctx.Err() == nil {
			log.Warn("lake not tidied, trying again later", "error", err)
		}
	}
}

func tidy(ctx context.Context, l *lake.Lake, log *slog.Logger) error {
	started := time.Now()
	done, err := l.Compact(ctx, lake.CompactOptions{MinFiles: 4, Before: started})
	if err != nil {
		return err
	}
	if err := l.Expire(ctx, started, time.Hour); err != nil {
		return err
	}
	swept, err := l.Sweep(ctx, lake.SweepAge)
	if err != nil {
		return err
	}
	before, after := 0, 0
	for _, d := range done {
		before, after = before+d.Before, after+d.After
	}
	log.Info("lake tidied", "files_before", before, "files_after", after, "swept", swept, "elapsed_ms", time.Since(started).Milliseconds())
	return nil
}
