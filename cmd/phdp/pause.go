package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// pauseFile says that nothing is to be read into the lake beside it. It holds for every process on the
// lake and over restarts, until it is removed.
const pauseFile = "ingest.paused"

type ingestPauseCommand struct{}

// Help is the long help of phdp ingest pause.
func (ingestPauseCommand) Help() string {
	return `What was read is committed, then every phdp ingest and phdp run on this --data-dir waits, also after a
restart. Records wait in Kafka: mind its retention.

Example:
  phdp ingest pause --data-dir /srv/phdp`
}

// Run writes the file.
func (c *ingestPauseCommand) Run(a *app) error {
	if since := a.pausedSince(); !since.IsZero() {
		fmt.Printf("ingest has been paused since %s\n", since.UTC().Format(time.RFC3339))
		return nil
	}
	if err := os.MkdirAll(a.dir, 0o755); err != nil {
		return fmt.Errorf("pause ingest: %w", err)
	}
	if err := os.WriteFile(a.path(pauseFile), []byte("phdp ingest resume removes this file\n"), 0o644); err != nil {
		return fmt.Errorf("pause ingest: %w", err)
	}
	fmt.Println("ingest is paused; go on with 'phdp ingest resume'")
	return nil
}

type ingestResumeCommand struct{}

// Run removes the file.
func (c *ingestResumeCommand) Run(a *app) error {
	err := os.Remove(a.path(pauseFile))
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Println("ingest is not paused")
		return nil
	}
	if err != nil {
		return fmt.Errorf("resume ingest: %w", err)
	}
	fmt.Println("ingest goes on")
	return nil
}

// pausedSince is when ingest into this lake was paused, the zero time when it is not.
func (a *app) pausedSince() time.Time {
	info, err := os.Stat(a.path(pauseFile))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// isPaused is asked by readers before they read on.
func (a *app) isPaused() bool { return !a.pausedSince().IsZero() }
