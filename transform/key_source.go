package transform

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// KeySource says where secret keys come from: the first of Value, Command and File that is set. Each holds
// keys of 64 hex digits, one a line, the newest last; lines that begin with # are remarks.
type KeySource struct {
	File    string // that nobody but its owner may read
	Value   string // the keys themselves, from the environment
	Command string // prints the keys; run by the shell
}

// Name says in words where the keys come from.
func (s KeySource) Name() string {
	switch {
	case s.Value != "":
		return "the key in the environment"
	case s.Command != "":
		return "the key that the command printed"
	}
	return s.File
}

// IsFile says that the keys are in a file.
func (s KeySource) IsFile() bool { return s.Value == "" && s.Command == "" }

// commandTime is how long a command for keys may take.
const commandTime = time.Minute

// Secrets are the keys of one source, the newest last. They print as a fixed word.
type Secrets [][]byte

// ReadSecrets reads all keys of a source. fs.ErrNotExist: there is no file yet.
func ReadSecrets(ctx context.Context, s KeySource) (Secrets, error) {
	switch {
	case s.Value != "":
		return parseSecrets([]byte(s.Value), "the environment")
	case s.Command != "":
		return commandSecrets(ctx, s.Command)
	}
	text, err := readSecretFile(s.File)
	if err != nil {
		return nil, fmt.Errorf("load key: %w", err)
	}
	return parseSecrets(text, s.File)
}

// ReadOrCreateSecrets is ReadSecrets, but makes a random key in the file when there is none yet. Two processes
// that start together get the same key.
func ReadOrCreateSecrets(ctx context.Context, s KeySource) (Secrets, error) {
	secrets, err := ReadSecrets(ctx, s)
	if err == nil || !errors.Is(err, fs.ErrNotExist) || !s.IsFile() {
		return secrets, err
	}
	if err := createKey(s.File); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("create key: %w", err)
	}
	return ReadSecrets(ctx, s)
}

// WithNew returns the secrets with a new random one as the newest.
func (s Secrets) WithNew() Secrets {
	data := make([]byte, KeyBytes)
	_, _ = rand.Read(data) // never fails
	return append(slices.Clip(s), data)
}

// WriteFile puts the secrets into a file in one step; nobody but the owner may read it.
func (s Secrets) WriteFile(path string) error {
	var text []byte
	for _, data := range s {
		text = append(hex.AppendEncode(text, data), '\n')
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".key-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write key: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = tmp.Write(text)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write key: %w", err)
	}
	return nil
}

// commandSecrets runs a command; its standard error goes through, so that it can ask for a password.
func commandSecrets(ctx context.Context, command string) (Secrets, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("load key: the command for it failed: %w", err)
	}
	return parseSecrets(text, "what the command for it printed")
}

func readSecretFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return nil, fmt.Errorf("%s has mode %04o and may be read by others; run: chmod 600 %s", path, perm, path)
	}
	return os.ReadFile(path)
}

func parseSecrets(text []byte, from string) (Secrets, error) {
	var secrets Secrets
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		data, err := hex.DecodeString(string(line))
		if err != nil || len(data) != KeyBytes {
			return nil, badSecret(from)
		}
		secrets = append(secrets, data)
	}
	if len(secrets) == 0 {
		return nil, badSecret(from)
	}
	return secrets, nil
}

func badSecret(from string) error {
	return fmt.Errorf("load key: %s must hold %d hex digits a line; restore it from a backup, a new key cannot read old data", from, 2*KeyBytes)
}

// String hides the keys.
func (Secrets) String() string { return redactedKey }

// GoString hides the keys from %#v.
func (Secrets) GoString() string { return redactedKey }

// LogValue hides the keys from slog.
func (Secrets) LogValue() slog.Value { return slog.StringValue(redactedKey) }
