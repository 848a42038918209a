package main

import (
	"fmt"
	"time"

	"phdp/pipelines"
)

// flowFlags bound what a stream holds in memory, when it commits, and which events it believes.
type flowFlags struct {
	Budget     byteSize      `default:"256MB" placeholder:"SIZE" help:"Most bytes of records that are read and not committed yet, over all partitions; readers wait when it is used up."`
	FlushBytes byteSize      `placeholder:"SIZE" help:"Commit when a batch has so many bytes of records; default 24MB, at most half the budget."`
	FlushAge   time.Duration `default:"5s" help:"Commit when the first record of a batch has waited so long: the most that events come late into the lake."`
	beliefFlags
}

// beliefFlags say which times of events are believed.
type beliefFlags struct {
	WindowFrom  day           `placeholder:"DATE" help:"Events before this day are dead letters; default 1990-01-01, and 1900-01-01 for files."`
	WindowAhead time.Duration `default:"48h" help:"Events further in the future than this are dead letters; clocks of devices run ahead."`
}

const leastBudget = 1_000_000

// set checks the flags and hands them to a stream.
func (f *flowFlags) set(s *pipelines.Stream) error {
	window, err := f.window()
	if err != nil {
		return err
	}
	switch {
	case f.Budget < leastBudget:
		return fmt.Errorf("--budget %s is too small: give at least %s", f.Budget, byteSize(leastBudget))
	case f.FlushBytes > f.Budget/2:
		return fmt.Errorf("--flush-bytes %s is more than half of --budget %s: one batch fills while another is committed", f.FlushBytes, f.Budget)
	case f.FlushAge < 100*time.Millisecond:
		return fmt.Errorf("--flush-age %s is too short: give at least 100ms, each commit makes files", f.FlushAge)
	}
	s.Budget, s.FlushBytes, s.FlushAge, s.Window = int64(f.Budget), int64(f.FlushBytes), f.FlushAge, window
	return nil
}

func (f *beliefFlags) window() (pipelines.Window, error) {
	switch {
	case f.WindowAhead <= 0:
		return pipelines.Window{}, fmt.Errorf("--window-ahead %s has to be positive, for example 48h", f.WindowAhead)
	case f.WindowFrom.After(time.Now()):
		return pipelines.Window{}, fmt.Errorf("--window-from %s is in the future: every event would be refused", f.WindowFrom.Format(time.DateOnly))
	}
	return pipelines.Window{Oldest: f.WindowFrom.Time, Newest: f.WindowAhead}, nil
}
