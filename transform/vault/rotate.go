package vault

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"

	"phdp/transform"
)

// rotateRows is how many rows a rotation reads at once.
const rotateRows = 20_000

// Rewrap wraps every data key with the newest master key, in one transaction, and says how many it changed.
// The identifiers stay as they are.
func (v *Vault) Rewrap(ctx context.Context) (changed int64, err error) {
	tx, err := v.db.BeginTx(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("wrap data keys anew: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	for after := []byte{}; after != nil; {
		var n int64
		if n, after, err = v.rewrapSome(ctx, tx, after); err != nil {
			return 0, fmt.Errorf("wrap data keys anew: %w", err)
		}
		changed += n
	}
	return changed, tx.Commit()
}

// rewrapSome wraps the data keys behind one patient key; last is nil when there are no more.
func (v *Vault) rewrapSome(ctx context.Context, tx *sql.Tx, after []byte) (changed int64, last []byte, err error) {
	rows, err := tx.QueryContext(ctx, "select patient_key, wrapped from people.data_keys where patient_key > ? order by patient_key limit ?", after, rotateRows)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = rows.Close() }()
	fresh := map[keyBytes][]byte{}
	newest := v.cfg.Master.newest().id
	for rows.Next() {
		var key, wrapped []byte
		if err := rows.Scan(&key, &wrapped); err != nil {
			return 0, nil, err
		}
		last = key
		if len(wrapped) > 1+idBytes && bytes.Equal(wrapped[1:1+idBytes], newest[:]) {
			continue
		}
		dataKey, err := v.cfg.Master.unwrap(key, wrapped)
		if err != nil {
			return 0, nil, err
		}
		fresh[keyBytes(key)] = v.cfg.Master.wrap(keyBytes(key), dataKey)
	}
	if err := rows.Err(); err != nil {
		return 0, nil, err
	}
	for key, wrapped := range fresh {
		if _, err := tx.ExecContext(ctx, "update people.data_keys set wrapped = ? where patient_key = ?", wrapped, key[:]); err != nil {
			return 0, nil, err
		}
	}
	return int64(len(fresh)), last, nil
}

// Older hands out, a piece at a time and in the order in which they were stored, the identifiers whose
// pseudonyms another key made than the one of now. The audit log says that all were read.
func (v *Vault) Older(ctx context.Context, r Request, do func([]transform.Identified) error) error {
	if err := v.audit(r, auditLine{All: true}); err != nil {
		return err
	}
	for after := int64(0); ; {
		some, last, err := v.olderSome(ctx, after)
		if err != nil {
			return fmt.Errorf("read vault: %w", err)
		}
		if len(some) == 0 {
			return nil
		}
		if err := do(some); err != nil {
			return err
		}
		after = last
	}
}

func (v *Vault) olderSome(ctx context.Context, after int64) (some []transform.Identified, last int64, err error) {
	rows, err := v.db.QueryContext(ctx, `select i.id, i.patient_key, i.sealed, k.wrapped from main.identifiers as i
		join people.data_keys as k on k.patient_key = i.patient_key where i.id > ? and i.made_by <> ? order by i.id limit ?`, after, v.cfg.MadeBy, rotateRows)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var key, sealed, wrapped []byte
		if err := rows.Scan(&last, &key, &sealed, &wrapped); err != nil {
			return nil, 0, err
		}
		id, err := v.open(keyBytes(key), wrapped, sealed)
		if err != nil {
			return nil, 0, err
		}
		some = append(some, transform.Identified{Key: fmt.Sprintf("%x", key), Identifier: id})
	}
	return some, last, rows.Err()
}
