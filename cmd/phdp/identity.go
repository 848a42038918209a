package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"phdp/ingest"
	"phdp/transform"
)

// identity says what a lake belongs to. It is written once and compared at every start: pseudonyms of
// another key would make every patient a second person, and offsets of another cluster would lose records.
type identity struct {
	ID      string `json:"id"`      // of the lake itself; names its consumer group
	Cluster string `json:"cluster"` // of Kafka, "" until it was fed from one
	Key     string `json:"key"`     // fingerprint of the pseudonyms' key
}

// identify reads the lake's identity, or begins one, lets check complete or refuse it, and keeps it.
func (a *app) identify(check func(*identity) error) (identity, error) {
	path := a.path("lake", "identity.json")
	var known identity
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
	before := known
	if err := check(&known); err != nil {
		return known, err
	}
	if text != nil && known == before {
		return known, nil
	}
	return known, writeJSONFile(path, known)
}

// loadKey loads the key that belongs to the lake; a new lake gets a new one.
func (a *app) loadKey() (transform.Key, error) {
	path := a.path("keys", "phdp.key")
	var key transform.Key
	_, err := a.identify(func(lake *identity) (err error) {
		if lake.Key == "" {
			key, err = transform.LoadOrCreateKey(path)
		} else if key, err = transform.LoadKey(path); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("the key of this lake is missing: restore %s; with another key every patient would become a second person", path)
		}
		if err != nil {
			return err
		}
		print := key.Pseudonym(ingest.Identifier{Kind: "fingerprint", Value: "phdp"})
		if lake.Key != "" && lake.Key != print {
			return fmt.Errorf("%s is not the key of this lake: restore the right one, or choose another folder with --data-dir", path)
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
