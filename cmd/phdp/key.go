package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"phdp/ingest"
	"phdp/transform"
	"phdp/transform/vault"
)

type keyCommand struct {
	Show   keyShowCommand   `cmd:"" default:"withargs" help:"Print the fingerprints of the keys, never the keys."`
	Rotate keyRotateCommand `cmd:"" help:"Go over to a new key."`
}

type keyShowCommand struct{}

// Run prints where the keys come from and their ids, the newest last.
func (keyShowCommand) Run(ctx context.Context, a *app) error {
	key, err := a.loadKey()
	if err != nil {
		return err
	}
	fmt.Printf("data key from %s\n", a.keySource().Name())
	for _, old := range key.Older() {
		fmt.Printf("  %s  older: opens what it sealed\n", old.ID())
	}
	fmt.Printf("  %s  in use\n", key.ID())
	master, err := a.loadMaster(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("vault key from %s\n  %s  in use\n", a.vaultKeySource().Name(), master.ID())
	return (vaultStatusCommand{}).Run(ctx, a)
}

type keyRotateCommand struct {
	Vault bool `env:"-" help:"The vault's key; without it the data key, which makes pseudonyms and seals dead letters."`
}

// Help is the long help of phdp key rotate.
func (keyRotateCommand) Help() string {
	return `The data key: stop ingest first. Every identifier of the vault gets its new pseudonym, and a link joins the old
one and the new, so that people stay one person in the next build. Rows in the lake keep their old pseudonyms; what
this does and does not help against is in docs/privacy.md. The older key stays in the file, as it opens older dead
letters and finds older pseudonyms.

The vault's key: ingest may go on after a restart. All data keys are wrapped anew and the older key leaves the file.

Keys from the environment or a command: add the new key as the last line there, then run this.`
}

// Run changes one of the keys.
func (c *keyRotateCommand) Run(ctx context.Context, a *app) error {
	using, err := a.useKey(syscall.LOCK_EX)
	if err != nil {
		return err
	}
	defer func() { _ = using.Close() }()
	if c.Vault {
		return a.rotateVaultKey(ctx)
	}
	if err := a.rotateDataKey(ctx); err != nil {
		return fmt.Errorf("rotate data key: %w; run 'phdp key rotate' to go on", err)
	}
	return nil
}

// rotateVaultKey adds a key, wraps all data keys with it, and drops the older ones; it can be done again from
// wherever it stopped.
func (a *app) rotateVaultKey(ctx context.Context) error {
	source := a.vaultKeySource()
	secrets, err := transform.ReadOrCreateSecrets(ctx, source)
	if err != nil {
		return err
	}
	if source.IsFile() {
		secrets = secrets.WithNew()
		if err := secrets.WriteFile(source.File); err != nil {
			return err
		}
	}
	var changed int64
	err = a.withVault(ctx, func(v *vault.Vault) (err error) {
		changed, err = v.Rewrap(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if source.IsFile() {
		if err := secrets[len(secrets)-1:].WriteFile(source.File); err != nil {
			return err
		}
	}
	fmt.Printf("%d data keys are wrapped by the new key; copies of keys/people.db from before need the old one\n", changed)
	return nil
}

// rotateDataKey links old and new pseudonyms and then goes over to the new key.
func (a *app) rotateDataKey(ctx context.Context) error {
	secrets, err := a.nextSecrets(ctx)
	if err != nil {
		return err
	}
	key, err := transform.NewKeys(secrets)
	if err != nil {
		return err
	}
	linked, err := a.linkPseudonyms(ctx, key)
	if err != nil {
		return err
	}
	next := a.nextKeyFile()
	if err := os.Rename(next, a.path("keys", "phdp.key")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := a.identify(func(lake *identity) error { lake.Key = key.Fingerprint(); return nil }); err != nil {
		return err
	}
	fmt.Printf("key %s is in use; %d pseudonyms were linked to their new ones; 'phdp build' brings them together\n", key.ID(), linked)
	return nil
}

func (a *app) nextKeyFile() string { return a.path("keys", "phdp.key.next") }

// nextSecrets are the keys with the one to go over to as the last: that of a rotation that was cut short, or a new one.
func (a *app) nextSecrets(ctx context.Context) (transform.Secrets, error) {
	source := a.keySource()
	secrets, err := transform.ReadSecrets(ctx, source)
	if err != nil {
		return nil, err
	}
	key, err := transform.NewKeys(secrets)
	if err != nil {
		return nil, err
	}
	known, err := a.identify(func(*identity) error { return nil })
	switch {
	case err != nil:
		return nil, err
	case known.Key != key.Fingerprint():
		for _, old := range key.Older() {
			if known.Key == old.Fingerprint() {
				return secrets, nil
			}
		}
		return nil, fmt.Errorf("%s has no key of this lake", source.Name())
	case !source.IsFile():
		return nil, fmt.Errorf("%s has no new key: add one as the last line", source.Name())
	}
	next, err := transform.ReadSecrets(ctx, transform.KeySource{File: a.nextKeyFile()})
	if errors.Is(err, fs.ErrNotExist) {
		next = secrets.WithNew()
		err = next.WriteFile(a.nextKeyFile())
	}
	return next, err
}

// linkPseudonyms appends to the lake a link from each pseudonym of an older key to the new one of the same
// identifier. Links are numbered in the order of the vault, so that doing it again adds nothing.
func (a *app) linkPseudonyms(ctx context.Context, key transform.Key) (linked int64, err error) {
	master, err := a.loadMaster(ctx)
	if err != nil {
		return 0, err
	}
	v, err := vault.Open(ctx, vault.Config{Dir: a.path("vault"), KeyDir: a.path("keys"), Master: master, MadeBy: key.ID()})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	l, err := a.openLake(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	who, err := actor()
	if err != nil {
		return 0, err
	}
	topic, now := "phdp.key."+key.ID(), time.Now().UTC()
	reached, err := l.Offsets(ctx)
	if err != nil {
		return 0, err
	}
	done := reached[ingest.Partition{Topic: topic}]
	request := vault.Request{Purpose: "rotation", Actor: who, Reason: "to key " + key.ID()}
	err = v.Older(ctx, request, func(some []transform.Identified) error {
		rows := &transform.Rows{}
		at := transform.Range{Topic: topic, Start: linked, End: linked + int64(len(some))}
		for i, id := range some {
			rows.Links = append(rows.Links, transform.LinkRow{
				Origin: transform.Origin{Topic: topic, Offset: at.Start + int64(i), EventID: fmt.Sprintf("key-%s-%d", key.ID(), at.Start+int64(i)),
					EventAt: now, PatientKey: id.Key, Source: "phdp.key"},
				Kind: id.Kind, LinkedKey: key.Pseudonym(id.Identifier), LinkKind: id.Kind,
			})
		}
		linked = at.End
		if at.End <= done {
			return nil
		}
		return l.Append(ctx, &transform.Batch{Ranges: []transform.Range{at}, Parts: []*transform.Rows{rows}})
	})
	return linked, err
}
