package vault

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"phdp/transform"
)

// Append stores the identifiers of a batch, takes the old events of erased people out of it, and then
// lets next append it. An erasure waits for appends that began before it, so that nothing of the person
// slips in behind it. When next fails, identifiers may stay that no row of the lake refers to; the batch
// comes again.
func (v *Vault) Append(ctx context.Context, batch *transform.Batch, next func(context.Context, *transform.Batch) error) error {
	open, err := v.enter(syscall.LOCK_SH)
	if err != nil {
		return err
	}
	defer func() { _ = open.Close() }()
	if err := v.keep(ctx, batch); err != nil {
		return fmt.Errorf("keep identifiers: %w", err)
	}
	return next(ctx, batch)
}

// enter takes the gate, shared for an append or alone for an erasure; closing the file leaves it.
func (v *Vault) enter(how int) (*os.File, error) {
	file, err := os.OpenFile(v.gate, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("enter vault: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), how); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("enter vault: %w", err)
	}
	return file, nil
}

func (v *Vault) keep(ctx context.Context, batch *transform.Batch) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.readErased(ctx); err != nil {
		return err
	}
	if len(v.erased) > 0 {
		if err := v.carryOver(ctx, batch); err != nil {
			return err
		}
		for _, rows := range batch.Parts {
			v.leaveOut(rows)
		}
	}
	fresh, err := v.fresh(batch)
	if err != nil || len(fresh) == 0 {
		return err
	}
	return v.store(ctx, fresh)
}

// fresh lists the identifiers that are not known to be stored, each key once.
func (v *Vault) fresh(batch *transform.Batch) (map[keyBytes]transform.Identified, error) {
	fresh := map[keyBytes]transform.Identified{}
	for _, rows := range batch.Parts {
		for _, id := range rows.Identifiers {
			key, err := parseKey(id.Key)
			if err != nil {
				return nil, err
			}
			if _, twice := fresh[key]; !twice && !v.known.has(key) { // erased people are never known
				fresh[key] = id
			}
		}
	}
	return fresh, nil
}

// store writes what is not in both files yet in one transaction, in the order of the keys, by which the files are
// sorted. A key without its identifier, or the other way round, is what a lost machine leaves; it is written anew.
func (v *Vault) store(ctx context.Context, fresh map[keyBytes]transform.Identified) error {
	tx, err := v.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	keys := slices.SortedFunc(maps.Keys(fresh), func(a, b keyBytes) int { return bytes.Compare(a[:], b[:]) })
	for some := range slices.Chunk(keys, storeRows) {
		stored, err := storedOf(ctx, tx, some)
		if err != nil {
			return err
		}
		some = slices.DeleteFunc(slices.Clone(some), func(k keyBytes) bool { return stored[k] })
		if err := v.put(ctx, tx, some, fresh); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	for _, key := range keys {
		if _, erased := v.erased[key]; !erased { // its identifier may be destroyed while we run
			v.known.add(key)
		}
	}
	return nil
}

// storeRows is how many rows one statement writes.
const storeRows = 64

// storedOf tells which of the keys stand in both files.
func storedOf(ctx context.Context, tx *sql.Tx, keys []keyBytes) (map[keyBytes]bool, error) {
	args := make([]any, len(keys))
	for i := range keys {
		args[i] = keys[i][:]
	}
	rows, err := tx.QueryContext(ctx, "select i.patient_key from main.identifiers as i join people.data_keys as k on k.patient_key = i.patient_key where i.patient_key in (?"+
		strings.Repeat(", ?", len(keys)-1)+")", args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	stored := map[keyBytes]bool{}
	for rows.Next() {
		var key []byte
		if err := rows.Scan(&key); err != nil {
			return nil, err
		}
		stored[keyBytes(key)] = true
	}
	return stored, rows.Err()
}

// put seals identifiers, each with a data key of its own, and writes both.
func (v *Vault) put(ctx context.Context, tx *sql.Tx, keys []keyBytes, of map[keyBytes]transform.Identified) error {
	if len(keys) == 0 {
		return nil
	}
	var identifiers, dataKeys []any
	now := v.cfg.Now().UnixMicro()
	for i := range keys {
		dataKey := make([]byte, 32)
		_, _ = rand.Read(dataKey) // never fails
		normal := transform.Normal(of[keys[i]].Identifier)
		sealed, err := seal(keys[i], dataKey, slices.Concat([]byte(normal.Kind), []byte{0}, []byte(normal.Value)))
		if err != nil {
			return err
		}
		identifiers = append(identifiers, keys[i][:], v.cfg.MadeBy, now, sealed)
		dataKeys = append(dataKeys, keys[i][:], v.cfg.Master.wrap(keys[i], dataKey))
	}
	more := len(keys) - 1
	if _, err := tx.ExecContext(ctx, "insert or replace into main.identifiers (patient_key, made_by, stored_at, sealed) values (?, ?, ?, ?)"+
		strings.Repeat(", (?, ?, ?, ?)", more), identifiers...); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "insert or replace into people.data_keys (patient_key, wrapped) values (?, ?)"+strings.Repeat(", (?, ?)", more), dataKeys...)
	return err
}

// leaveOut drops the rows that tell of an erased person before their erasure, and links to such a person.
func (v *Vault) leaveOut(rows *transform.Rows) {
	gone := func(o *transform.Origin) bool { return v.isGone(o.PatientKey, o.EventAt) }
	rows.Chats = slices.DeleteFunc(rows.Chats, func(r transform.ChatRow) bool { return gone(&r.Origin) })
	rows.Findings = slices.DeleteFunc(rows.Findings, func(r transform.FindingRow) bool { return gone(&r.Origin) })
	rows.Prescriptions = slices.DeleteFunc(rows.Prescriptions, func(r transform.PrescriptionRow) bool { return gone(&r.Origin) })
	rows.Activities = slices.DeleteFunc(rows.Activities, func(r transform.ActivityRow) bool { return gone(&r.Origin) })
	rows.Measurements = slices.DeleteFunc(rows.Measurements, func(r transform.MeasurementRow) bool { return gone(&r.Origin) })
	rows.Links = slices.DeleteFunc(rows.Links, func(r transform.LinkRow) bool { return gone(&r.Origin) || v.isGone(r.LinkedKey, r.EventAt) })
	remaining := map[string]bool{}
	v.namesLeft(rows, remaining)
	rows.Identifiers = slices.DeleteFunc(rows.Identifiers, func(id transform.Identified) bool {
		return v.wasErased(id.Key) && !remaining[id.Key]
	})
}

// isGone says that a key was erased after a moment.
func (v *Vault) isGone(key string, at time.Time) bool {
	k, err := parseKey(key)
	if err != nil {
		return false
	}
	erasedAt, ok := v.erased[k]
	return ok && at.UnixMicro() < erasedAt
}

func (v *Vault) wasErased(key string) bool {
	k, err := parseKey(key)
	_, ok := v.erased[k]
	return ok && err == nil
}

// namesLeft notes the erased people who have rows left, as they came back after their erasure.
func (v *Vault) namesLeft(rows *transform.Rows, names map[string]bool) {
	note := func(key string) {
		if v.wasErased(key) {
			names[key] = true
		}
	}
	for i := range rows.Chats {
		note(rows.Chats[i].PatientKey)
	}
	for i := range rows.Prescriptions {
		note(rows.Prescriptions[i].PatientKey)
	}
	for i := range rows.Activities {
		note(rows.Activities[i].PatientKey)
	}
	for i := range rows.Links {
		note(rows.Links[i].PatientKey)
		note(rows.Links[i].LinkedKey)
	}
}
