package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"phdp/ingest"
	"phdp/sql/duckdb"
	"phdp/transform"
	"phdp/transform/vault"
)

func (e *eraser) count(ctx context.Context, x *erasure) (err error) {
	x.Proof.Before, x.Proof.FilesBefore, err = e.countRows(ctx, x.Keys, x.At)
	if err == nil {
		x.Proof.VaultBefore, err = e.vault.Left(ctx, x.Keys)
	}
	return err
}

func (e *eraser) forget(ctx context.Context, x *erasure) error {
	return e.vault.Forget(ctx, x.Keys, x.At)
}

func (e *eraser) destroy(ctx context.Context, x *erasure) error {
	destroyed, err := e.vault.Destroy(ctx, x.Keys)
	x.Proof.DataKeysDestroyed += destroyed
	return err
}

// rewrite takes the person out of the lake's tables, with all that came in until now.
func (e *eraser) rewrite(ctx context.Context, x *erasure) error {
	report, err := e.lake.Erase(ctx, x.Keys)
	if err != nil {
		return err
	}
	x.Proof.Lake = append(x.Proof.Lake, report.Tables...)
	x.Lake = time.Now().UTC()
	return nil
}

// findLetters looks for the person's identifiers in every dead letter, as a record that could not be decoded
// has no patient key.
func (e *eraser) findLetters(ctx context.Context, x *erasure) error {
	kept, err := e.vault.Read(ctx, vault.Request{Purpose: "erasure", Actor: e.actor, Reason: x.Reason}, x.Keys)
	if err != nil {
		return err
	}
	all := make([]ingest.Identifier, 0, len(kept)+len(e.named))
	for _, id := range kept {
		all = append(all, id.Identifier)
	}
	for _, id := range e.named {
		all = append(all, id, transform.Normal(id))
	}
	x.Letters = nil
	if len(all) == 0 {
		return nil
	}
	return e.app.lettersOf(ctx, e.lake, "deadletters.All", lettersFilter{}, -1, -1, func(rec *ingest.Record, _ *ingest.Reject) error {
		x.Proof.LettersLooked++
		if mentions(rec, all) {
			x.Letters = append(x.Letters, rec.Position)
		}
		return nil
	})
}

// mentions says that a record has one of the identifiers in it, by itself and not inside a longer word; for
// telephone numbers also with spaces and lines between the digits.
func mentions(rec *ingest.Record, ids []ingest.Identifier) bool {
	close := withoutGaps(rec.Value)
	for _, id := range ids {
		if value := string(id.Value); hasWord(rec.Value, value) || id.Kind == ingest.KindPhone && (hasWord(close, value) || hasWord(close, "86"+value)) {
			return true
		}
	}
	return false
}

func hasWord(text []byte, word string) bool {
	for at := 0; word != ""; {
		i := bytes.Index(text[at:], []byte(word))
		if i < 0 {
			return false
		}
		start, end := at+i, at+i+len(word)
		if (start == 0 || !isWordByte(text[start-1])) && (end == len(text) || !isWordByte(text[end])) {
			return true
		}
		at = start + 1
	}
	return false
}

func isWordByte(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_'
}

// withoutGaps drops the spaces and lines between digits.
func withoutGaps(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for _, c := range text {
		if c != ' ' && c != '-' {
			out = append(out, c)
		}
	}
	return out
}

func (e *eraser) removeLetters(ctx context.Context, x *erasure) error {
	if len(x.Letters) == 0 {
		return nil
	}
	removed, err := e.lake.EraseLetters(ctx, x.Letters)
	x.Proof.LettersRemoved += removed
	return err
}

// rebuild publishes a warehouse without the person and deletes all that began before the lake was rewritten.
// A build of another process that is under way may still publish the person: it is waited for.
func (e *eraser) rebuild(ctx context.Context, x *erasure) error {
	for {
		stale, running, err := e.staleBuilds(x.Lake)
		if err != nil {
			return err
		}
		if running && sleep(ctx, time.Second) {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if published, err := e.app.published(); err == nil && e.isStale(published, x.Lake) {
			if err := e.buildAnew(ctx); err != nil {
				return err
			}
			continue
		}
		for _, path := range stale {
			for _, p := range []string{path, path + ".wal"} {
				if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
			}
			x.Proof.WarehousesRemoved++
		}
		return nil
	}
}

// buildAnew builds with less memory than 'phdp build' takes, as an erasure runs beside ingest and pages.
func (e *eraser) buildAnew(ctx context.Context) error {
	w, err := e.app.warehouse(e.lake)
	if err != nil {
		return err
	}
	w.Full = true // new files: in old ones the bytes of deleted rows stay
	megabytes := eraseBuildMB
	w.Create = func(path string) (*sql.DB, error) {
		return duckdb.Open(path, duckdb.Options{MemoryMB: megabytes})
	}
	debug.FreeOSMemory() // what rewriting needed; DuckDB has its own
	p := newProgress(os.Stderr)
	w.Progress = func(model string, done, total int, _ int64, _ time.Duration) {
		p.show("build %d/%d %s", done, total, model)
	}
	_, err = w.Build(ctx, time.Time{})
	if err != nil && strings.Contains(err.Error(), "Out of Memory") {
		e.app.log.Warn("the warehouse does not fit into the memory of an erasure, building it as 'phdp build' does", "megabytes", megabytes)
		megabytes = 0
		_, err = w.Build(ctx, time.Time{})
	}
	p.end()
	return err
}

// deadBuild is after how long without a change an unfinished build is taken for dead.
const deadBuild = 10 * time.Minute

// staleBuilds lists builds that began before a moment, and says whether one of them is still running.
func (e *eraser) staleBuilds(before time.Time) (stale []string, running bool, err error) {
	all, err := filepath.Glob(e.app.path("warehouse", "phdp-*.duckdb*"))
	if err != nil {
		return nil, false, err
	}
	for _, path := range all {
		if !e.isStale(path, before) || strings.HasSuffix(path, ".wal") {
			continue
		}
		if info, err := os.Stat(path); strings.HasSuffix(path, ".tmp") && err == nil && time.Since(info.ModTime()) < deadBuild {
			running = true
			continue
		}
		stale = append(stale, path)
	}
	return stale, running, nil
}

// isStale reads from a build's name when it began.
func (e *eraser) isStale(path string, before time.Time) bool {
	id := strings.TrimPrefix(filepath.Base(path), "phdp-")
	id, _, _ = strings.Cut(id, ".duckdb")
	began, err := time.Parse("20060102T150405.000", id)
	return err == nil && began.Before(before)
}

// prove counts again, over every live file of the lake and every table of every warehouse, and writes the proof.
func (e *eraser) prove(ctx context.Context, x *erasure) (err error) {
	p := &x.Proof
	p.ID, p.ErasedAt, p.Version, p.Reason, p.Actor = x.ID, x.At, version(), x.Reason, e.actor
	p.Keys, p.Fingerprint = len(x.Keys), e.fingerprint(x.Keys)
	if p.After, p.FilesAfter, err = e.countRows(ctx, x.Keys, x.At); err != nil {
		return err
	}
	for _, c := range p.After {
		if c.Person > 0 {
			return fmt.Errorf("table %s still has %d rows of the person", c.Table, c.Person)
		}
	}
	if p.VaultAfter, err = e.vault.Left(ctx, x.Keys); err != nil {
		return err
	}
	if err := e.removeExports(ctx, x); err != nil { // a list may have been made from the old warehouse
		return err
	}
	if err := e.proveWarehouses(ctx, x); err != nil {
		return err
	}
	if err := e.lookAround(x); err != nil {
		return err
	}
	p.ProvedAt = time.Now().UTC()
	return p.write(e.app.path("erasures", x.ID))
}
