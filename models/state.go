package models

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// stateVersion changes when what is kept between builds changes its meaning.
const stateVersion = "1"

// stateDDL creates what a build has to know of the one before. Pending is what has changed in the state since
// the build base_id, in case that warehouse is still the newest: a build that broke off between the two.
const stateDDL = `
create schema if not exists staging;
create schema if not exists intermediate;
create schema if not exists kept;
create table if not exists kept.builds (build_id varchar, base_id varchar, as_of varchar, version varchar, share double);
create table if not exists kept.files (source varchar, path varchar);
create table if not exists kept.hashes (name varchar, hash varchar);
create table if not exists kept.pending (name varchar, extent varchar, why varchar);
create table if not exists kept.people (patient_id varchar);
`

// state is what one build leaves for the next.
type state struct {
	buildID, baseID string
	asOf            string // 2026-03-31
	version         string // of DuckDB, of the macros and of the state
	share           float64
	files           map[string][]string // lake table → its files, sorted
	hashes          map[string]string   // model or reference table → fingerprint of its text or rows
	pending         map[string]change
}

// change is how far a table differs from what its readers saw, and why.
type change struct {
	extent Extent
	why    string
}

// readState reads what the build before left; a new database has an empty state.
func (b *builder) readState(ctx context.Context) (state, error) {
	s := state{files: map[string][]string{}, hashes: map[string]string{}, pending: map[string]change{}}
	if err := b.exec(ctx, stateDDL); err != nil {
		return s, err
	}
	err := b.conn.QueryRowContext(ctx, "select build_id, base_id, as_of, version, share from kept.builds").
		Scan(&s.buildID, &s.baseID, &s.asOf, &s.version, &s.share)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return s, err
	}
	rows, err := b.conn.QueryContext(ctx, `select 'file', source, path, '' from kept.files where path <> ''
		union all select 'hash', name, hash, '' from kept.hashes
		union all select 'pending', name, extent, why from kept.pending order by all`)
	if err != nil {
		return s, err
	}
	defer rows.Close()
	for rows.Next() {
		var kind, name, value, why string
		if err := rows.Scan(&kind, &name, &value, &why); err != nil {
			return s, err
		}
		switch kind {
		case "file":
			s.files[name] = append(s.files[name], value)
		case "hash":
			s.hashes[name] = value
		case "pending":
			s.pending[name] = change{Extent(value), why}
		}
	}
	return s, rows.Err()
}

// currentState describes the build that is about to be made. The fingerprint of ref.settings is the business day.
func (b *builder) currentState(ctx context.Context, sources []Source, refs []Ref) (s state, err error) {
	s = state{buildID: b.opts.BuildID, asOf: b.opts.AsOf.Format(time.DateOnly), files: map[string][]string{}, hashes: map[string]string{}}
	ddl := map[string]string{}
	for _, src := range sources {
		s.files[src.Name] = slices.Sorted(slices.Values(src.Files))
		ddl["lake."+src.Name] = src.DDL
	}
	for _, m := range b.models {
		text := m.SQL + m.Due + strings.Join(slices.Concat(m.Grain, m.By, m.First, m.Compared), ",")
		for _, in := range m.Inputs {
			text += ddl[in]
		}
		s.hashes[m.Name] = fingerprint(text)
	}
	names := sortedKeys(b.reference)
	for _, r := range refs {
		names = append(names, r.Name)
	}
	for _, name := range sortedUnique(names) {
		rows, err := b.strings(ctx, "select cast(t as varchar) as r from ref."+name+" as t order by r")
		if err != nil {
			return s, fmt.Errorf("fingerprint of ref.%s: %w", name, err)
		}
		s.hashes["ref."+name] = fingerprint(strings.Join(rows, "\n"))
	}
	s.hashes["ref.settings"] = s.asOf
	var duckdb string
	err = b.conn.QueryRowContext(ctx, "select version()").Scan(&duckdb)
	s.version = strings.Join([]string{duckdb, fingerprint(b.macros), stateVersion}, " ")
	return s, err
}

func fingerprint(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:12])
}

// saveState replaces what was kept; people_changed are the people of the pending changes.
func (b *builder) saveState(ctx context.Context, s state) error {
	for _, table := range []string{"builds", "files", "hashes", "pending", "people"} {
		if err := b.exec(ctx, "delete from kept."+table); err != nil {
			return err
		}
	}
	if err := b.exec(ctx, "insert into kept.builds values (?, ?, ?, ?, ?)", s.buildID, s.baseID, s.asOf, s.version, s.share); err != nil {
		return err
	}
	for _, name := range sortedKeys(s.files) {
		if err := b.exec(ctx, "insert into kept.files select ?, unnest(string_split(?, chr(10)))", name, strings.Join(s.files[name], "\n")); err != nil {
			return err
		}
	}
	for _, name := range sortedKeys(s.hashes) {
		if err := b.exec(ctx, "insert into kept.hashes values (?, ?)", name, s.hashes[name]); err != nil {
			return err
		}
	}
	for _, name := range sortedKeys(s.pending) {
		if err := b.exec(ctx, "insert into kept.pending values (?, ?, ?)", name, string(s.pending[name].extent), s.pending[name].why); err != nil {
			return err
		}
	}
	return b.exec(ctx, "insert into kept.people select patient_id from people_changed")
}
