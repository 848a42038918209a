package transform

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"phdp/ingest"
)

// KeyBytes is the length of the data key.
const KeyBytes = 32

const (
	sealVersion = 1
	sealInfo    = "phdp dead letter payload v1"
	nonceInfo   = "phdp dead letter nonce v1"
)

// Key is the data key: pseudonyms are made with it and dead letters are sealed with it. Losing it means
// that new events can no longer be joined to old ones. It prints as a fixed word.
type Key struct{ secret *secret }

// secret sits behind a pointer, so that printing a struct that holds a Key shows an address at most.
type secret struct {
	macs  sync.Pool // of hash.Hash, HMAC-SHA-256 over the data key
	nonce []byte
	aead  cipher.AEAD
	older []Key // the oldest first
}

// NewKey makes a Key from 32 secret bytes.
func NewKey(data []byte) (Key, error) {
	if len(data) != KeyBytes {
		return Key{}, fmt.Errorf("make data key: %d bytes instead of %d", len(data), KeyBytes)
	}
	data = bytes.Clone(data)
	sealKey, err := hkdf.Key(sha256.New, data, nil, sealInfo, 32)
	if err != nil {
		return Key{}, fmt.Errorf("derive sealing key: %w", err)
	}
	nonce, err := hkdf.Key(sha256.New, data, nil, nonceInfo, 32)
	if err != nil {
		return Key{}, fmt.Errorf("derive nonce key: %w", err)
	}
	block, err := aes.NewCipher(sealKey)
	if err != nil {
		return Key{}, fmt.Errorf("make cipher: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return Key{}, fmt.Errorf("make cipher: %w", err)
	}
	s := &secret{nonce: nonce, aead: aead}
	s.macs.New = func() any { return hmac.New(sha256.New, data) }
	return Key{secret: s}, nil
}

// NewKeys makes a Key from secrets: the newest, the last, makes pseudonyms and seals; the older ones still open
// what they sealed, and know the pseudonyms that they made.
func NewKeys(secrets Secrets) (Key, error) {
	if len(secrets) == 0 {
		return Key{}, errors.New("make data key: no secret")
	}
	var older []Key
	for _, data := range secrets[:len(secrets)-1] {
		k, err := NewKey(data)
		if err != nil {
			return Key{}, err
		}
		older = append(older, k)
	}
	key, err := NewKey(secrets[len(secrets)-1])
	if err != nil {
		return Key{}, err
	}
	key.secret.older = older
	return key, nil
}

// LoadKey reads a data key: a file of 64 hex digits a line that nobody but its owner may read.
func LoadKey(path string) (Key, error) {
	secrets, err := ReadSecrets(context.Background(), KeySource{File: path})
	if err != nil {
		return Key{}, err
	}
	return NewKeys(secrets)
}

// LoadOrCreateKey reads the data key at path, or makes a random one there when there is no file yet.
// Two processes that start together get the same key.
func LoadOrCreateKey(path string) (Key, error) {
	secrets, err := ReadOrCreateSecrets(context.Background(), KeySource{File: path})
	if err != nil {
		return Key{}, err
	}
	return NewKeys(secrets)
}

// createKey writes a new key beside path and links it into place, so that path is never half written
// and never overwritten.
func createKey(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	data := make([]byte, KeyBytes)
	if _, err := rand.Read(data); err != nil {
		return err
	}
	if _, err := tmp.WriteString(hex.EncodeToString(data) + "\n"); err != nil {
		return err
	}
	if err := tmp.Sync(); err != nil {
		return err
	}
	return os.Link(tmp.Name(), path)
}

// IsZero says that the key was never loaded.
func (k Key) IsZero() bool { return k.secret == nil }

// Pseudonym returns the keyed hash of an identifier: 32 hex digits of HMAC-SHA-256 over the kind and the
// normalised value. An empty value has the pseudonym "". The key must have been loaded.
func (k Key) Pseudonym(id ingest.Identifier) string {
	kind, value := normalKind(id.Kind), normalIdentifier(id)
	if value == "" {
		return ""
	}
	var buf [128]byte
	in := append(append(append(buf[:0], kind...), 0), value...)
	mac := k.secret.macs.Get().(hash.Hash)
	mac.Reset()
	mac.Write(in)
	var sum [sha256.Size]byte
	mac.Sum(sum[:0])
	k.secret.macs.Put(mac)
	var out [32]byte
	hex.Encode(out[:], sum[:16])
	return string(out[:])
}

// ID names the key without telling it: 8 hex digits of its fingerprint.
func (k Key) ID() string { return k.Fingerprint()[:8] }

// Fingerprint is what the key makes of a fixed word; another key makes something else of it.
func (k Key) Fingerprint() string {
	return k.Pseudonym(ingest.Identifier{Kind: "fingerprint", Value: "phdp"})
}

// Older returns the keys that were used before, the oldest first.
func (k Key) Older() []Key { return k.secret.older }

// Pseudonyms returns what the key and the older ones make of an identifier, the newest first.
func (k Key) Pseudonyms(id ingest.Identifier) []string {
	all := []string{k.Pseudonym(id)}
	for _, old := range slices.Backward(k.secret.older) {
		all = append(all, old.Pseudonym(id))
	}
	return all
}

// seal encrypts a payload. The nonce is a keyed hash of the payload, so that reading a record again
// gives the same bytes; equal payloads are visible as equal, nothing else is.
func (k Key) seal(payload []byte) []byte {
	mac := hmac.New(sha256.New, k.secret.nonce)
	mac.Write(payload)
	size := k.secret.aead.NonceSize()
	out := make([]byte, 0, 1+size+len(payload)+k.secret.aead.Overhead())
	out = append(out, sealVersion)
	out = append(out, mac.Sum(nil)[:size]...)
	return k.secret.aead.Seal(out, out[1:1+size], payload, nil)
}

// Open returns the payload of a dead letter that was sealed with this key or an older one.
func (k Key) Open(sealed []byte) ([]byte, error) {
	if k.IsZero() {
		return nil, errors.New("open dead letter: no key")
	}
	for _, old := range k.secret.older {
		if payload, err := old.Open(sealed); err == nil {
			return payload, nil
		}
	}
	size := k.secret.aead.NonceSize()
	if len(sealed) < 1+size || sealed[0] != sealVersion {
		return nil, errors.New("open dead letter: not a sealed payload of version 1")
	}
	payload, err := k.secret.aead.Open(nil, sealed[1:1+size], sealed[1+size:], nil)
	if err != nil {
		return nil, errors.New("open dead letter: another key or damaged bytes")
	}
	return payload, nil
}

const redactedKey = "[key]"

// String hides the key.
func (Key) String() string { return redactedKey }

// GoString hides the key from %#v.
func (Key) GoString() string { return redactedKey }

// LogValue hides the key from slog.
func (Key) LogValue() slog.Value { return slog.StringValue(redactedKey) }
