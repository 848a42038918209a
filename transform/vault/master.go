package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"

	"phdp/transform"
)

const (
	wrapVersion = 1
	wrapInfo    = "phdp vault wrap v1"
	idInfo      = "phdp vault key id v1"
	idBytes     = 4
	nonceBytes  = 12
)

// Master is the vault's master key: the newest secret wraps, older ones only unwrap until everything is
// wrapped anew. It prints as a fixed word.
type Master struct{ keys *[]masterKey }

type masterKey struct {
	id   [idBytes]byte
	aead cipher.AEAD
}

// NewMaster makes a Master from secrets, the newest last.
func NewMaster(secrets transform.Secrets) (Master, error) {
	if len(secrets) == 0 {
		return Master{}, errors.New("make vault key: no secret")
	}
	keys := make([]masterKey, 0, len(secrets))
	for _, secret := range secrets {
		wrap, err := hkdf.Key(sha256.New, secret, nil, wrapInfo, 32)
		if err != nil {
			return Master{}, fmt.Errorf("derive vault key: %w", err)
		}
		id, err := hkdf.Key(sha256.New, secret, nil, idInfo, idBytes)
		if err != nil {
			return Master{}, fmt.Errorf("derive vault key: %w", err)
		}
		aead, err := newAEAD(wrap)
		if err != nil {
			return Master{}, err
		}
		keys = append(keys, masterKey{[idBytes]byte(id), aead})
	}
	return Master{&keys}, nil
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return cipher.NewGCM(block)
}

// IsZero says that the key was never loaded.
func (m Master) IsZero() bool { return m.keys == nil }

func (m Master) newest() masterKey { return (*m.keys)[len(*m.keys)-1] }

// ID is the fingerprint of the secret that wraps.
func (m Master) ID() string {
	id := m.newest().id
	return hex.EncodeToString(id[:])
}

// wrap seals a data key for one patient key: version, key id, nonce, sealed.
func (m Master) wrap(patient keyBytes, dataKey []byte) []byte {
	k := m.newest()
	out := make([]byte, 1+idBytes+nonceBytes, 1+idBytes+nonceBytes+len(dataKey)+16)
	out[0] = wrapVersion
	copy(out[1:], k.id[:])
	nonce := out[1+idBytes:]
	_, _ = rand.Read(nonce) // never fails
	return k.aead.Seal(out, nonce, dataKey, patient[:])
}

// unwrap opens what wrap made.
func (m Master) unwrap(patient, wrapped []byte) ([]byte, error) {
	if len(wrapped) < 1+idBytes+nonceBytes || wrapped[0] != wrapVersion {
		return nil, errors.New("open data key: not of version 1")
	}
	id := [idBytes]byte(wrapped[1 : 1+idBytes])
	for _, k := range *m.keys {
		if k.id != id {
			continue
		}
		key, err := k.aead.Open(nil, wrapped[1+idBytes:1+idBytes+nonceBytes], wrapped[1+idBytes+nonceBytes:], patient)
		if err != nil {
			return nil, errors.New("open data key: damaged")
		}
		return key, nil
	}
	return nil, fmt.Errorf("open data key: it was wrapped by vault key %x, which is not there; restore it", id)
}

// seal encrypts an identifier with its data key: version, nonce, sealed.
func seal(patient keyBytes, dataKey, plain []byte) ([]byte, error) {
	aead, err := newAEAD(dataKey)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 1+nonceBytes, 1+nonceBytes+len(plain)+16)
	out[0] = wrapVersion
	_, _ = rand.Read(out[1:]) // never fails
	return aead.Seal(out, out[1:], plain, patient[:]), nil
}

func unseal(patient, dataKey, sealed []byte) ([]byte, error) {
	if len(sealed) < 1+nonceBytes || sealed[0] != wrapVersion {
		return nil, errors.New("open identifier: not of version 1")
	}
	aead, err := newAEAD(dataKey)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, sealed[1:1+nonceBytes], sealed[1+nonceBytes:], patient)
	if err != nil {
		return nil, errors.New("open identifier: another data key or damaged bytes")
	}
	return plain, nil
}

const redacted = "[key]"

// String hides the key.
func (Master) String() string { return redacted }

// GoString hides the key from %#v.
func (Master) GoString() string { return redacted }

// LogValue hides the key from slog.
func (Master) LogValue() slog.Value { return slog.StringValue(redacted) }
