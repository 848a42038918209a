package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Pseudonyms of another key would make every patient a second person: a lake refuses it, and a lost key.
func TestALakeKeepsToItsKey(t *testing.T) {
	dir := t.TempDir()
	a := &app{dir: dir}
	if _, err := a.loadKey(); err != nil {
		t.Fatal(err)
	}
	if _, err := a.loadKey(); err != nil {
		t.Fatalf("the same key again: %v", err)
	}
	key := filepath.Join(dir, "keys", "phdp.key")
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	if _, err := a.loadKey(); err == nil || !strings.Contains(err.Error(), "restore") {
		t.Errorf("without the key: %v", err)
	}
	if err := os.WriteFile(key, []byte(strings.Repeat("ab", 32)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := a.loadKey(); err == nil || !strings.Contains(err.Error(), "not the key of this lake") {
		t.Errorf("with another key: %v", err)
	}
}

// Offsets of another cluster mean nothing: following them would lose records.
func TestALakeKeepsToItsCluster(t *testing.T) {
	a := &app{dir: t.TempDir()}
	first, err := a.belongsTo("one")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := a.belongsTo("one"); err != nil || again.ID != first.ID || first.ID == "" {
		t.Errorf("the same cluster again: %v, ids %q and %q", err, first.ID, again.ID)
	}
	if _, err := a.belongsTo("two"); err == nil || !strings.Contains(err.Error(), "another Kafka cluster") {
		t.Errorf("another cluster: %v", err)
	}
}
