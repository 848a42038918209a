package vault

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"phdp/ingest"
	"phdp/transform"
)

// Purposes are what identifiers may be read for.
func Purposes() []string {
	return []string{"service", "marketing", "research", "safety", "request", "erasure", "rotation"}
}

// Request says who reads and what for.
type Request struct {
	Purpose string // one of Purposes
	Actor   string // who asks: an account of staff or of the system
	Reason  string // in words or a ticket number; no identifier of a person
}

// auditLine is one line of audit.jsonl.
type auditLine struct {
	At      time.Time `json:"at"`
	Purpose string    `json:"purpose"`
	Actor   string    `json:"actor"`
	Reason  string    `json:"reason"`
	Keys    []string  `json:"patient_keys,omitempty"`
	All     bool      `json:"all,omitempty"`
}

// Read returns the identifiers behind patient keys, those that are there, after it has written who asked for
// which of them and what for. It is the only way to an identifier.
func (v *Vault) Read(ctx context.Context, r Request, keys []string) ([]transform.Identified, error) {
	if err := v.audit(r, auditLine{Keys: keys}); err != nil {
		return nil, err
	}
	var found []transform.Identified
	for _, key := range keys {
		k, err := parseKey(key)
		if err != nil {
			return nil, fmt.Errorf("read vault: %w", err)
		}
		var sealed, wrapped []byte
		err = v.db.QueryRowContext(ctx, "select i.sealed, k.wrapped from main.identifiers as i join people.data_keys as k on k.patient_key = i.patient_key where i.patient_key = ?", k[:]).
			Scan(&sealed, &wrapped)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read vault: %w", err)
		}
		id, err := v.open(k, wrapped, sealed)
		if err != nil {
			return nil, fmt.Errorf("read vault: %w", err)
		}
		found = append(found, transform.Identified{Key: key, Identifier: id})
	}
	return found, nil
}

func (v *Vault) open(k keyBytes, wrapped, sealed []byte) (id ingest.Identifier, err error) {
	dataKey, err := v.cfg.Master.unwrap(k[:], wrapped)
	if err != nil {
		return id, err
	}
	plain, err := unseal(k[:], dataKey, sealed)
	if err != nil {
		return id, err
	}
	kind, value, ok := bytes.Cut(plain, []byte{0})
	if !ok {
		return id, errors.New("open identifier: no kind")
	}
	return ingest.Identifier{Kind: string(kind), Value: ingest.PatientID(value)}, nil
}

// audit writes a line and forces it to the disk, or refuses the request.
func (v *Vault) audit(r Request, line auditLine) error {
	if !slices.Contains(Purposes(), r.Purpose) {
		return fmt.Errorf("read vault: no purpose %q, there are: %v", r.Purpose, Purposes())
	}
	if r.Actor == "" {
		return errors.New("read vault: nobody asks; name an account")
	}
	line.At, line.Purpose, line.Actor, line.Reason = v.cfg.Now().UTC(), r.Purpose, r.Actor, r.Reason
	text, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("write vault audit: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(v.cfg.Dir, "audit.jsonl"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("write vault audit: %w", err)
	}
	_, err = file.Write(append(text, '\n'))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write vault audit: %w", err)
	}
	return nil
}

// Status is how much a vault holds.
type Status struct {
	Identifiers, DataKeys, Erased int64
	MadeBy                        map[string]int64 // identifiers by the key that made their pseudonym
}

// Status counts; it opens nothing.
func (v *Vault) Status(ctx context.Context) (s Status, err error) {
	s.MadeBy = map[string]int64{}
	for query, to := range map[string]*int64{
		"select count(*) from main.identifiers": &s.Identifiers,
		"select count(*) from people.data_keys": &s.DataKeys,
		"select count(*) from people.erased":    &s.Erased,
	} {
		if err := v.db.QueryRowContext(ctx, query).Scan(to); err != nil {
			return s, fmt.Errorf("count vault: %w", err)
		}
	}
	rows, err := v.db.QueryContext(ctx, "select made_by, count(*) from main.identifiers group by made_by")
	if err != nil {
		return s, fmt.Errorf("count vault: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id string
		var n int64
		if err := rows.Scan(&id, &n); err != nil {
			return s, fmt.Errorf("count vault: %w", err)
		}
		s.MadeBy[id] = n
	}
	return s, rows.Err()
}
