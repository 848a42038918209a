package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"phdp/ingest"
	"phdp/transform"
	"phdp/transform/lake"
	"phdp/transform/vault"
)

type eraseCommand struct {
	Patient    []string `env:"-" placeholder:"KIND:ID" help:"A person by an identifier, for example wecom:wmXXXX or phone:13800000000."`
	PatientKey []string `env:"-" placeholder:"KEY" help:"A person by a patient key, as tables and pages show it."`
	Requests   bool     `env:"-" help:"Everybody who asked for it: an activity erasure_request that is in the lake."`
	DryRun     bool     `env:"-" help:"Only say how many keys and rows it would be."`
	NoBuild    bool     `env:"-" help:"Leave the warehouse; the erasure is finished by the next 'phdp erase'."`
	Reason     string   `env:"-" default:"request of the person" help:"Why, for the proof and the audit log; never an identifier of a person."`
}

// Help is the long help of phdp erase.
func (eraseCommand) Help() string {
	return `Destroys the person's keys in the vault, rewrites the lake's files without them, removes their dead letters
and exports, builds a new warehouse and deletes the old ones, and writes a proof to DATA-DIR/erasures. Ingest may
go on. An erasure that was cut short is finished by the next 'phdp erase', also without arguments.

Examples:
  phdp erase --patient wecom:wmSYN000001 --reason TICKET-17
  phdp erase --requests
  phdp erase --patient-key 54f3e5e2749fb248a6dd20ba2ed7b602 --dry-run`
}

// An erasure keeps within about a gigabyte whatever the size of the lake: the Go part under eraseMemory, and DuckDB,
// when it builds the new warehouse, under eraseBuildMB, beyond which it uses the disk.
const (
	eraseMemory  = 600 << 20
	eraseBuildMB = 800
)

// erasure is one erasure from its start to its proof. It is written down after each step, so that it can be
// finished by another process; the file has keys in it and goes with the last step.
type erasure struct {
	ID      string            `json:"id"`
	At      time.Time         `json:"at"` // events before are erased
	Reason  string            `json:"reason"`
	Keys    []string          `json:"keys"`
	Step    int               `json:"step"` // done so far
	Letters []ingest.Position `json:"letters"`
	Lake    time.Time         `json:"lake_done_at"`
	Proof   proof             `json:"proof"`
}

// eraser holds what the steps need.
type eraser struct {
	app    *app
	key    transform.Key
	vault  *vault.Vault
	lake   *lake.Lake
	actor  string
	named  []ingest.Identifier // by the command line
	build  bool
	killed func(step int) // for tests: called before a step
}

// Run finishes what is open, then erases who is named.
func (c *eraseCommand) Run(ctx context.Context, a *app) error {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(eraseMemory)
	}
	return c.erase(ctx, a)
}

func (c *eraseCommand) erase(ctx context.Context, a *app) (err error) {
	named, err := c.identifiers()
	if err != nil {
		return err
	}
	e, err := a.newEraser(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	e.named, e.build = named, !c.NoBuild
	unlock, err := lock(a.path("erasures"))
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := os.Stat(a.nextKeyFile()); err == nil {
		return errors.New("a change of the data key was cut short: finish it with 'phdp key rotate' first")
	}
	if !c.DryRun {
		if err := e.finishOpen(ctx); err != nil {
			return fmt.Errorf("finish an open erasure: %w", err)
		}
	}
	keys, err := c.keys(ctx, e)
	if err != nil || len(keys) == 0 {
		return err
	}
	if keys, err = e.personOf(ctx, keys); err != nil {
		return fmt.Errorf("find the person: %w", err)
	}
	if c.DryRun {
		return e.dryRun(ctx, keys)
	}
	return e.run(ctx, newErasure(e, keys, c.Reason))
}

func newErasure(e *eraser, keys []string, reason string) *erasure {
	now := time.Now().UTC()
	return &erasure{ID: now.Format("20060102T150405.000") + "-" + e.fingerprint(keys)[:8], At: now, Reason: reason, Keys: keys}
}

func (c *eraseCommand) identifiers() (ids []ingest.Identifier, err error) {
	for _, text := range c.Patient {
		id, err := parseIdentifier(text)
		if err != nil {
			return nil, fmt.Errorf("--patient: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// keys lists the pseudonyms of everybody who is named, under the key of now and older ones.
func (c *eraseCommand) keys(ctx context.Context, e *eraser) (keys []string, err error) {
	for _, id := range e.named {
		keys = append(keys, e.key.Pseudonyms(id)...)
	}
	for _, key := range c.PatientKey {
		if len(strings.Trim(key, "0123456789abcdef")) > 0 || len(key) != 32 {
			return nil, errors.New("--patient-key: a patient key has 32 hex digits in lower case")
		}
		keys = append(keys, key)
	}
	if c.Requests {
		asked, err := e.requests(ctx)
		if err != nil {
			return nil, fmt.Errorf("look for requests: %w", err)
		}
		fmt.Printf("%d people asked to be erased\n", len(asked))
		keys = append(keys, asked...)
	}
	slices.Sort(keys)
	return slices.Compact(keys), nil
}

func (a *app) newEraser(ctx context.Context) (_ *eraser, err error) {
	e := &eraser{app: a}
	if e.actor, err = actor(); err != nil {
		return nil, err
	}
	if e.key, err = a.loadKey(); err != nil {
		return nil, err
	}
	if e.vault, err = a.openVault(ctx); err != nil {
		return nil, err
	}
	if e.lake, err = a.openLake(ctx); err != nil {
		return nil, errors.Join(err, e.vault.Close())
	}
	return e, nil
}

func (e *eraser) close() error { return errors.Join(e.vault.Close(), e.lake.Close()) }

// fingerprint names a set of keys to whoever holds the data key, and to nobody else.
func (e *eraser) fingerprint(keys []string) string {
	return e.key.Pseudonym(ingest.Identifier{Kind: "erasure", Value: ingest.PatientID(strings.Join(keys, ";"))})
}

// finishOpen goes on with erasures that were cut short.
func (e *eraser) finishOpen(ctx context.Context) error {
	open, err := filepath.Glob(e.app.path("erasures", "*.open.json"))
	if err != nil {
		return err
	}
	for _, path := range open {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var x erasure
		if err := json.Unmarshal(text, &x); err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		fmt.Printf("going on with erasure %s\n", x.ID)
		if err := e.run(ctx, &x); err != nil {
			return err
		}
	}
	return nil
}

// run does the steps that are left, each of which may be done twice, and writes each down when it is done.
func (e *eraser) run(ctx context.Context, x *erasure) error {
	steps := []struct {
		name string
		do   func(context.Context, *erasure) error
	}{
		{"count", e.count},              // what there is before
		{"forget", e.forget},            // from here on ingest leaves them out
		{"dead letters", e.findLetters}, // while their identifiers can still be read
		{"vault", e.destroy},
		{"lake", e.rewrite},
		{"dead letters", e.removeLetters},
		{"exports", e.removeExports},
		{"warehouse", e.rebuild},
		{"proof", e.prove},
	}
	if err := e.save(x); err != nil {
		return err
	}
	for ; x.Step < len(steps); x.Step++ {
		step := steps[x.Step]
		if e.killed != nil {
			e.killed(x.Step)
		}
		if step.name == "warehouse" && !e.build {
			fmt.Printf("erasure %s: a warehouse that was built before may still have them; 'phdp erase' builds it anew and finishes\n", x.ID)
			return nil
		}
		started := time.Now()
		if err := step.do(ctx, x); err != nil {
			return fmt.Errorf("erase (%s): %w; run 'phdp erase' to go on", step.name, err)
		}
		x.Proof.Seconds = append(x.Proof.Seconds, stepSeconds{step.name, time.Since(started).Seconds()})
		x.Step++
		err := e.save(x)
		x.Step--
		if err != nil {
			return err
		}
	}
	return os.Remove(e.openPath(x))
}

func (e *eraser) openPath(x *erasure) string { return e.app.path("erasures", x.ID+".open.json") }

// save writes the open erasure; nobody but the owner may read it.
func (e *eraser) save(x *erasure) error {
	text, err := json.Marshal(x)
	if err != nil {
		return fmt.Errorf("write erasure: %w", err)
	}
	path := e.openPath(x)
	if err := os.WriteFile(path+".next", text, 0o600); err != nil {
		return fmt.Errorf("write erasure: %w", err)
	}
	if err := os.Rename(path+".next", path); err != nil {
		return fmt.Errorf("write erasure: %w", err)
	}
	return nil
}

// version names the program.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return info.Main.Version
}
