package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"phdp/ingest"
	"phdp/transform"
	"phdp/transform/lake"
	"phdp/transform/vault"
)

type vaultCommand struct {
	Status vaultStatusCommand `cmd:"" default:"withargs" help:"Count what the vault holds."`
	Read   vaultReadCommand   `cmd:"" help:"Print the identifiers behind patient keys, of people who consented; leaves a line in the audit log."`
}

type vaultStatusCommand struct{}

// Run prints the counts.
func (vaultStatusCommand) Run(ctx context.Context, a *app) error {
	return a.withVault(ctx, func(v *vault.Vault) error {
		s, err := v.Status(ctx)
		if err != nil {
			return err
		}
		fmt.Printf("%d identifiers with %d data keys; %d keys erased\n", s.Identifiers, s.DataKeys, s.Erased)
		for id, n := range s.MadeBy {
			fmt.Printf("%d under pseudonyms of key %s\n", n, id)
		}
		return nil
	})
}

type vaultReadCommand struct {
	Purpose string   `required:"" env:"-" help:"What for: service, marketing, research, safety, request, erasure or rotation."`
	Reason  string   `required:"" env:"-" help:"Why, in words or a ticket number; never an identifier of a person."`
	Keys    []string `arg:"" name:"patient-key" help:"Patient keys of 32 hex digits."`
}

// Help is the long help of phdp vault read.
func (vaultReadCommand) Help() string {
	return "Example:\n  phdp vault read --purpose service --reason TICKET-17 54f3e5e2749fb248a6dd20ba2ed7b602"
}

// Run prints one identifier a line, of people who consented to the purpose.
func (c *vaultReadCommand) Run(ctx context.Context, a *app) (err error) {
	e, err := a.newEraser(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	for _, key := range c.Keys {
		spans, err := e.consents(ctx, []string{key})
		if err != nil {
			return err
		}
		if !consented(spans, c.Purpose) {
			return fmt.Errorf("no consent to %s by the person of key %s: see 'phdp privacy consents'", c.Purpose, key)
		}
	}
	found, err := e.vault.Read(ctx, vault.Request{Purpose: c.Purpose, Actor: e.actor, Reason: c.Reason}, c.Keys)
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, id := range found {
		fmt.Fprintf(out, "%s\t%s\t%s\n", id.Key, id.Kind, string(id.Value))
	}
	return out.Flush()
}

// actor is the account that runs this process.
func actor() (string, error) {
	u, err := user.Current()
	if err != nil {
		return "", fmt.Errorf("find out who asks: %w", err)
	}
	return u.Username, nil
}

// openVault makes the vault's master key at the first start.
func (a *app) openVault(ctx context.Context) (*vault.Vault, error) {
	key, err := a.loadKey()
	if err != nil {
		return nil, err
	}
	master, err := a.loadMaster(ctx)
	if err != nil {
		return nil, err
	}
	cfg := vault.Config{Dir: a.path("vault"), KeyDir: a.path("keys"), Master: master, MadeBy: key.ID(), Now: time.Now}
	if len(key.Older()) > 0 {
		cfg.Older = func(id ingest.Identifier) []string { return key.Pseudonyms(id)[1:] }
	}
	return vault.Open(ctx, cfg)
}

func (a *app) loadMaster(ctx context.Context) (vault.Master, error) {
	source := a.vaultKeySource()
	load := transform.ReadOrCreateSecrets
	if _, err := os.Stat(a.path("keys", "people.db")); err == nil {
		load = transform.ReadSecrets // a new key could not open what is there
	}
	secrets, err := load(ctx, source)
	if errors.Is(err, fs.ErrNotExist) {
		return vault.Master{}, fmt.Errorf("the key of the vault is missing: restore %s", source.File)
	}
	if err != nil {
		return vault.Master{}, fmt.Errorf("open vault: %w", err)
	}
	return vault.NewMaster(secrets)
}

func (a *app) keySource() transform.KeySource {
	return transform.KeySource{File: a.path("keys", "phdp.key"), Value: os.Getenv("PHDP_KEY"), Command: a.keyCommand}
}

func (a *app) vaultKeySource() transform.KeySource {
	return transform.KeySource{File: a.path("keys", "vault.key"), Value: os.Getenv("PHDP_VAULT_KEY"), Command: a.vaultKeyCommand}
}

func (a *app) withVault(ctx context.Context, do func(*vault.Vault) error) (err error) {
	v, err := a.openVault(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	return do(v)
}

// keeper is the lake behind the vault: what is appended leaves its identifiers there first. While it is open no
// other process can change the data key.
type keeper struct {
	*lake.Lake
	vault *vault.Vault
	using *os.File
}

// Append keeps the identifiers of the batch and appends it.
func (k *keeper) Append(ctx context.Context, batch *transform.Batch) error {
	return k.vault.Append(ctx, batch, k.Lake.Append)
}

// close closes the vault; the lake is the caller's.
func (k *keeper) close() error { return errors.Join(k.vault.Close(), k.using.Close()) }

// keeping puts the vault before the lake.
func (a *app) keeping(ctx context.Context, l *lake.Lake) (*keeper, error) {
	using, err := a.useKey(syscall.LOCK_SH)
	if err != nil {
		return nil, err
	}
	v, err := a.openVault(ctx)
	if err != nil {
		return nil, errors.Join(err, using.Close())
	}
	return &keeper{l, v, using}, nil
}

// useKey is held shared by whoever makes pseudonyms, and alone by whoever changes their key.
func (a *app) useKey(how int) (*os.File, error) {
	if err := os.MkdirAll(a.path("keys"), 0o700); err != nil {
		return nil, fmt.Errorf("use key: %w", err)
	}
	file, err := os.OpenFile(a.path("keys", "in-use"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("use key: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), how|syscall.LOCK_NB); err != nil {
		busy := errors.New("the data key is being changed; start again when that is done")
		if how == syscall.LOCK_EX {
			busy = errors.New("the data key is in use: stop ingest, imports and phdp run first")
		}
		return nil, errors.Join(busy, file.Close())
	}
	return file, nil
}

// parseIdentifier reads KIND:ID.
func parseIdentifier(text string) (ingest.Identifier, error) {
	kind, value, ok := strings.Cut(text, ":")
	if !ok || kind == "" || value == "" {
		return ingest.Identifier{}, errors.New("name a person as KIND:ID, for example wecom:wmXXXX or phone:13800000000")
	}
	return ingest.Identifier{Kind: kind, Value: ingest.PatientID(value)}, nil
}
