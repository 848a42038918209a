package access

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Cost of argon2id: 64 MiB, three passes, two lanes, as RFC 9106 recommends for machines with little memory.
const (
	argonTime    = 3
	argonMemory  = 64 << 10
	argonThreads = 2
	argonLength  = 32
)

// minPassword is the least number of characters of a password.
const minPassword = 12

// hashing bounds how many passwords are hashed at a time, so that guessing cannot take all memory.
type hashing chan struct{}

func (h hashing) key(password string, salt []byte) []byte {
	h <- struct{}{}
	defer func() { <-h }()
	return argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonLength)
}

// hash returns a password in the PHC format.
func (h hashing) hash(password string) (string, error) {
	if utf8.RuneCountInString(password) < minPassword {
		return "", fmt.Errorf("a password needs at least %d characters", minPassword)
	}
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("make a salt: %w", err)
	}
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads, encode(salt), encode(h.key(password, salt))), nil
}

// matches compares a password with a hash that this package made. Both failing paths take the same time.
func (h hashing) matches(password, hash string) (bool, error) {
	parts := strings.Split(hash, "$")
	cost := fmt.Sprintf("m=%d,t=%d,p=%d", argonMemory, argonTime, argonThreads)
	if len(parts) != 6 || parts[1] != "argon2id" || parts[3] != cost {
		return false, errors.New("the password's hash is of an unknown kind: set the password again")
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("read a password's salt: %w", err)
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, fmt.Errorf("read a password's hash: %w", err)
	}
	return subtle.ConstantTimeCompare(h.key(password, salt), want) == 1, nil
}
