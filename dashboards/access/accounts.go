package access

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// namePattern is what an account may be called.
var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{0,63}$`)

// ErrNoAccount tells that there is no account of a name, or that it is disabled.
var ErrNoAccount = errors.New("no such account")

// Account is a local account as it is kept.
type Account struct {
	Identity
	Password string `api:"-"` // PHC format
	Disabled bool
	Created  time.Time
	Changed  time.Time // of the password, roles or limits; older sessions end
}

// Accounts are the local accounts of one file. A change by another process is seen at the next call.
type Accounts struct {
	hashing hashing
	nobody  string // a hash that no password has

	mu     sync.Mutex
	file   listFile[Account]
	byName map[string]Account
}

// OpenAccounts reads the accounts of a folder; a missing file has none.
func OpenAccounts(dir string) (*Accounts, error) {
	a := &Accounts{file: listFile[Account]{path: filepath.Join(dir, "accounts.json")}, hashing: make(hashing, 2)}
	var err error
	if a.nobody, err = a.hashing.hash("nobody has this password"); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a, a.refresh()
}

// refresh reads the accounts again when another process changed them. The caller holds the lock.
func (a *Accounts) refresh() error { return a.file.refresh(a.keep) }

func (a *Accounts) keep(all []Account) {
	a.byName = make(map[string]Account, len(all))
	for _, one := range all {
		a.byName[one.Name] = one
	}
}

// List returns all accounts by name.
func (a *Accounts) List() ([]Account, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.refresh(); err != nil {
		return nil, err
	}
	return a.sorted(), nil
}

func (a *Accounts) sorted() []Account {
	all := make([]Account, 0, len(a.byName))
	for _, one := range a.byName {
		all = append(all, one)
	}
	slices.SortFunc(all, func(x, y Account) int { return strings.Compare(x.Name, y.Name) })
	return all
}

// Get returns an account that may be used, or ErrNoAccount.
func (a *Accounts) Get(name string) (Account, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.refresh(); err != nil {
		return Account{}, err
	}
	one, ok := a.byName[name]
	if !ok || one.Disabled {
		return Account{}, ErrNoAccount
	}
	return one, nil
}

// Add makes an account.
func (a *Accounts) Add(who Identity, password string, now time.Time) error {
	if !namePattern.MatchString(who.Name) {
		return fmt.Errorf("account %q: a name has lower-case letters, digits and . _ @ - only", who.Name)
	}
	if err := who.Check(); err != nil {
		return err
	}
	hash, err := a.hashing.hash(password)
	if err != nil {
		return fmt.Errorf("account %q: %w", who.Name, err)
	}
	return a.change(func(all map[string]Account) error {
		if _, taken := all[who.Name]; taken {
			return fmt.Errorf("account %q exists already", who.Name)
		}
		all[who.Name] = Account{Identity: who, Password: hash, Created: now, Changed: now}
		return nil
	})
}

// SetPassword gives an account another password and ends its sessions.
func (a *Accounts) SetPassword(name, password string, now time.Time) error {
	hash, err := a.hashing.hash(password)
	if err != nil {
		return fmt.Errorf("account %q: %w", name, err)
	}
	return a.update(name, func(one *Account) { one.Password, one.Changed = hash, now })
}

// SetDisabled closes or opens an account; closing ends its sessions.
func (a *Accounts) SetDisabled(name string, disabled bool, now time.Time) error {
	return a.update(name, func(one *Account) { one.Disabled, one.Changed = disabled, now })
}

func (a *Accounts) update(name string, fn func(*Account)) error {
	return a.change(func(all map[string]Account) error {
		one, ok := all[name]
		if !ok {
			return fmt.Errorf("account %q: %w", name, ErrNoAccount)
		}
		fn(&one)
		all[name] = one
		return nil
	})
}

// change rewrites the file beside every other process that does.
func (a *Accounts) change(fn func(map[string]Account) error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.file.change(a.keep, func() ([]Account, error) {
		err := fn(a.byName)
		return a.sorted(), err
	})
}

// Verify returns the account when the password is its own, else ErrNoAccount after the same time.
func (a *Accounts) Verify(name, password string) (Account, error) {
	one, err := a.Get(name)
	hash := one.Password
	if errors.Is(err, ErrNoAccount) {
		hash = a.nobody
	} else if err != nil {
		return Account{}, err
	}
	same, matchErr := a.hashing.matches(password, hash)
	if err != nil || matchErr == nil && !same {
		return Account{}, ErrNoAccount
	}
	return one, matchErr
}
