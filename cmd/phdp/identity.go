package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"syscall"

	"phdp/ingest"
	"phdp/transform"
)

// identity says what a lake belongs to. It is written once and compared at every start: pseudonyms of
// another key would make every patient a second person, and offsets of another cluster would lose records.
type identity struct {
	ID      string `json:"id"`      // of the lake itself; names its consumer group
	Cluster string `json:"cluster"` // of Kafka, "" until it was fed from one
	Key     string `json:"key"`     // fingerprint of the pseudonyms' key

	Topics map[string]string `json:"topics,omitempty"` // what Kafka calls the topics inside: a topic made again has another
}

// identify reads the lake's identity, or begins one, lets check complete or refuse it, and keeps it. One
// process at a time does so.
func (a *app) identify(check func(*identity) error) (known identity, err error) {
	path := a.path("lake", "identity.json")
	unlock, err := lockFile(path + ".lock")
	if err != nil {
		return known, err
	}
	defer unlock()
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		known.ID = rand.Text()
	case err != nil:
		return known, fmt.Errorf("read the lake's identity: %w", err)
	default:
		if err := json.Unmarshal(text, &known); err != nil {
			return known, fmt.Errorf("read the lake's identity %s: %w", path, err)
		}
	}
	if err := check(&known); err != nil {
		return known, err
	}
	after, err := json.Marshal(known)
	if err != nil || bytes.Equal(after, bytes.TrimSpace(text)) {
		return known, err
	}
	return known, writeJSONFile(path, known)
}

// lockFile waits until no other process holds the file; the system drops the lock with the process.
func lockFile(path string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), file.Close())
	}
	return func() { _ = file.Close() }, nil
}

// knowsTopics returns the identities of the topics that the lake has records of.
func (a *app) knowsTopics(reached map[ingest.Partition]int64) (map[string]string, error) {
	lake, err := a.identify(func(*identity) error { return nil })
	if err != nil {
		return nil, err
	}
	fed := map[string]bool{}
	for p, next := range reached {
		fed[p.Topic] = fed[p.Topic] || next > 0
	}
	maps.DeleteFunc(lake.Topics, func(topic, _ string) bool { return !fed[topic] })
	return lake.Topics, nil
}

// meetTopic notes the identity of a topic that is read for the first time, or again before anything was.
func (a *app) meetTopic(topic, id string) error {
	_, err := a.identify(func(lake *identity) error {
		if lake.Topics == nil {
			lake.Topics = map[string]string{}
		}
		lake.Topics[topic] = id
		return nil
	})
	return err
}

// loadKey loads the key that belongs to the lake; a new lake gets a new one.
func (a *app) loadKey() (transform.Key, error) {
	source := a.keySource()
	var key transform.Key
	_, err := a.identify(func(lake *identity) error {
		load := transform.ReadOrCreateSecrets
		if lake.Key != "" {
			load = transform.ReadSecrets
		}
		secrets, err := load(context.Background(), source)
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("the key of this lake is missing: restore %s; with another key every patient would become a second person", source.File)
		}
		if err != nil {
			return err
		}
		if key, err = transform.NewKeys(secrets); err != nil {
			return err
		}
		print := key.Fingerprint()
		if lake.Key != "" && lake.Key != print {
			return fmt.Errorf("%s is not the key of this lake: restore the right one, or choose another folder with --data-dir", source.Name())
		}
		lake.Key = print
		return nil
	})
	return key, err
}

// belongsTo refuses a Kafka cluster that is not the one that fed the lake.
func (a *app) belongsTo(cluster string) (identity, error) {
	return a.identify(func(lake *identity) error {
		if lake.Cluster != "" && lake.Cluster != cluster {
			return fmt.Errorf("the lake in %s was fed from another Kafka cluster, whose offsets mean nothing here; choose another folder with --data-dir", a.dir)
		}
		lake.Cluster = cluster
		return nil
	})
}

// writeJSONFile replaces a file in one step.
func writeJSONFile(path string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.WriteFile(path+".next", append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(path+".next", path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
