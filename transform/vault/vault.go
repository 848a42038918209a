// Package vault keeps the identifiers that pseudonyms stand for, encrypted, for what operations need them:
// a list for WeCom, a call, a request of the person. Each pseudonym has a random data key of its own, which
// seals its identifier with AES-256-GCM and is itself wrapped by the vault's master key. Data keys stand in
// a second file, beside the master key: who deletes one there makes every copy of the identifier unreadable,
// in backups too. Reading takes a purpose and leaves a line in the audit log first. The vault also knows who
// was erased, and keeps their old events out of what is appended to the lake.
package vault

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver of both files

	"phdp/ingest"
)

// Config says where a vault is.
type Config struct {
	Dir    string                           // folder of identifiers.db and audit.jsonl
	KeyDir string                           // folder of people.db, the data keys; to be backed up apart from Dir, and not for long
	Master Master                           // wraps the data keys
	MadeBy string                           // id of the key that makes the pseudonyms
	Older  func(ingest.Identifier) []string // pseudonyms under keys that were used before; nil when there are none
	Now    func() time.Time
}

// Vault is an open vault. Several processes may use one at a time.
type Vault struct {
	cfg  Config
	db   *sql.DB // identifiers.db, with people.db attached as people
	gate string  // file whose lock orders appends and erasures

	mu     sync.Mutex
	known  recent             // keys that are stored
	erased map[keyBytes]int64 // Unix microseconds
	latest int64              // row of people.erased that was read last
}

// keyBytes is a pseudonym without its hex digits.
type keyBytes [16]byte

const (
	schemaIdentifiers = `create table if not exists main.identifiers (
		id integer primary key autoincrement,
		patient_key blob not null unique,
		made_by text not null,
		stored_at integer not null,
		sealed blob not null)`
	schemaPeople = `create table if not exists people.data_keys (patient_key blob primary key, wrapped blob not null) without rowid`
	schemaErased = `create table if not exists people.erased (id integer primary key autoincrement, patient_key blob not null unique, erased_at integer not null)`
)

// Open opens the vault and makes what is missing.
func Open(ctx context.Context, cfg Config) (*Vault, error) {
	if cfg.Master.IsZero() {
		return nil, errors.New("open vault: no master key")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	for _, dir := range []string{cfg.Dir, cfg.KeyDir} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("open vault: %w", err)
		}
	}
	db, err := connect(ctx, filepath.Join(cfg.Dir, "identifiers.db"), filepath.Join(cfg.KeyDir, "people.db"))
	if err != nil {
		return nil, fmt.Errorf("open vault %s: %w", cfg.Dir, err)
	}
	v := &Vault{cfg: cfg, db: db, gate: filepath.Join(cfg.KeyDir, "gate"), known: newRecent(), erased: map[keyBytes]int64{}}
	if err := v.checkMaster(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open vault %s: %w", cfg.Dir, err), db.Close())
	}
	return v, nil
}

// connect opens one connection to both files, so that one transaction writes both.
func connect(ctx context.Context, identifiers, people string) (*sql.DB, error) {
	for _, path := range []string{identifiers, people} {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, err
		}
		if err := file.Close(); err != nil {
			return nil, err
		}
	}
	dsn := "file:" + url.PathEscape(identifiers) + "?_txlock=immediate&_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=secure_delete(ON)&_pragma=cache_size(-32000)"
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	db.SetConnMaxIdleTime(0)
	if _, err = db.ExecContext(ctx, "attach database ? as people", people); err == nil {
		for _, s := range []string{"pragma people.journal_mode = WAL", "pragma people.synchronous = FULL", "pragma people.secure_delete = ON",
			schemaIdentifiers, schemaPeople, schemaErased} {
			if _, err = db.ExecContext(ctx, s); err != nil {
				break
			}
		}
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Close closes both files.
func (v *Vault) Close() error { return v.db.Close() }

// checkMaster opens one data key, so that a wrong master key is noticed before anything is stored with it.
func (v *Vault) checkMaster(ctx context.Context) error {
	var key, wrapped []byte
	err := v.db.QueryRowContext(ctx, "select patient_key, wrapped from people.data_keys limit 1").Scan(&key, &wrapped)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = v.cfg.Master.unwrap(key, wrapped)
	return err
}

func parseKey(key string) (k keyBytes, err error) {
	if len(key) != 2*len(k) {
		return k, errors.New("a patient key has 32 hex digits")
	}
	if _, err := hex.Decode(k[:], []byte(key)); err != nil {
		return k, errors.New("a patient key has 32 hex digits")
	}
	return k, nil
}

// recent is a bounded set: two halves, of which the older is dropped when the newer is full.
type recent struct{ young, old map[keyBytes]struct{} }

const recentHalf = 1 << 19

func newRecent() recent { return recent{map[keyBytes]struct{}{}, map[keyBytes]struct{}{}} }

func (r *recent) has(k keyBytes) bool {
	if _, ok := r.young[k]; ok {
		return true
	}
	_, ok := r.old[k]
	return ok
}

func (r *recent) add(k keyBytes) {
	if len(r.young) >= recentHalf {
		r.old, r.young = r.young, map[keyBytes]struct{}{}
	}
	r.young[k] = struct{}{}
}

func (r *recent) drop(k keyBytes) { delete(r.young, k); delete(r.old, k) }
