package vault

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"syscall"
	"time"

	"phdp/transform"
)

// Forget writes down that people were erased at a moment, and waits for the appends that are under way: after
// it, no older event of theirs reaches the lake. Their identifiers can still be read, until Destroy.
func (v *Vault) Forget(ctx context.Context, keys []string, at time.Time) error {
	err := v.each(ctx, keys, func(tx *sql.Tx, k keyBytes) error {
		_, err := tx.ExecContext(ctx, "insert or replace into people.erased (patient_key, erased_at) values (?, ?)", k[:], at.UnixMicro())
		return err
	})
	if err != nil {
		return fmt.Errorf("note erasure: %w", err)
	}
	alone, err := v.enter(syscall.LOCK_EX)
	if err != nil {
		return err
	}
	return alone.Close()
}

// Destroy deletes the data keys and the sealed identifiers of people, overwrites where they stood, and says how
// many data keys there were. Copies of the sealed identifiers elsewhere cannot be read any more.
func (v *Vault) Destroy(ctx context.Context, keys []string) (destroyed int64, err error) {
	err = v.each(ctx, keys, func(tx *sql.Tx, k keyBytes) error {
		done, err := tx.ExecContext(ctx, "delete from people.data_keys where patient_key = ?", k[:])
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		destroyed += n
		if err == nil {
			_, err = tx.ExecContext(ctx, "delete from main.identifiers where patient_key = ?", k[:])
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("destroy data keys: %w", err)
	}
	for _, file := range []string{"main", "people"} { // the log of changes still holds the pages as they were
		if err := v.truncate(ctx, file); err != nil {
			return destroyed, fmt.Errorf("destroy data keys: %w", err)
		}
	}
	return destroyed, nil
}

func (v *Vault) truncate(ctx context.Context, file string) error {
	for deadline := time.Now().Add(time.Minute); ; {
		var busy, log, moved int
		if err := v.db.QueryRowContext(ctx, "pragma "+file+".wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &moved); err != nil {
			return err
		}
		if busy == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return errors.New("the vault is in use all the time; try again")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Left counts what the vault still holds of people: 0 after Destroy.
func (v *Vault) Left(ctx context.Context, keys []string) (left int64, err error) {
	err = v.each(ctx, keys, func(tx *sql.Tx, k keyBytes) error {
		var n int64
		err := tx.QueryRowContext(ctx, "select (select count(*) from people.data_keys where patient_key = ?1) + (select count(*) from main.identifiers where patient_key = ?1)", k[:]).Scan(&n)
		left += n
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("look into vault: %w", err)
	}
	return left, nil
}

// each runs do for every key in one transaction.
func (v *Vault) each(ctx context.Context, keys []string, do func(*sql.Tx, keyBytes) error) error {
	tx, err := v.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, key := range keys {
		k, err := parseKey(key)
		if err != nil {
			return err
		}
		if err := do(tx, k); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// readErased reads who was erased since the last time.
func (v *Vault) readErased(ctx context.Context) error {
	rows, err := v.db.QueryContext(ctx, "select id, patient_key, erased_at from people.erased where id > ? order by id", v.latest)
	if err != nil {
		return fmt.Errorf("read erasures: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, at int64
		var key []byte
		if err := rows.Scan(&id, &key, &at); err != nil {
			return fmt.Errorf("read erasures: %w", err)
		}
		k := keyBytes(key)
		v.erased[k], v.latest = at, id
		v.known.drop(k)
	}
	return rows.Err()
}

// carryOver notes people who were erased under an older key as erased under the one of now: the pseudonym has
// changed, the person has not.
func (v *Vault) carryOver(ctx context.Context, batch *transform.Batch) error {
	if v.cfg.Older == nil {
		return nil
	}
	for _, rows := range batch.Parts {
		for _, id := range rows.Identifiers {
			key, err := parseKey(id.Key)
			if err != nil {
				return err
			}
			if _, noted := v.erased[key]; noted || v.known.has(key) {
				continue
			}
			for _, old := range v.cfg.Older(id.Identifier) {
				o, err := parseKey(old)
				if err != nil {
					continue
				}
				at, was := v.erased[o]
				if !was {
					continue
				}
				if _, err := v.db.ExecContext(ctx, "insert or replace into people.erased (patient_key, erased_at) values (?, ?)", key[:], at); err != nil {
					return fmt.Errorf("note erasure: %w", err)
				}
				v.erased[key] = at
			}
		}
	}
	return nil
}
