package lake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"phdp/ingest"
	"phdp/transform"
)

// Why a record has no row in any table.
const (
	Nothing = "nothing" // it became no row: a tombstone, an offset that Kafka's log skips
	Erased  = "erased"  // its rows were those of a person who was erased
)

// Absence is a run of records that are known to have no row. It names coordinates, never a person.
type Absence struct {
	transform.Range
	Reason string
}

// The catalogue keeps absences beside Iceberg's own tables. They are written before the commit that they
// belong to, and writing one again changes nothing, so that a crash between the two does no harm.
const createAbsent = `create table if not exists phdp_absent (
	topic text not null, partition integer not null, first_offset integer not null, end_offset integer not null,
	reason text not null, primary key (topic, partition, first_offset, reason)) without rowid`

// Absences lists every run of records that are known to have no row.
func (l *Lake) Absences(ctx context.Context) ([]Absence, error) {
	rows, err := l.db.QueryContext(ctx, "select topic, partition, first_offset, end_offset, reason from phdp_absent order by 1, 2, 3")
	if err != nil {
		return nil, fmt.Errorf("read the lake's absences: %w", err)
	}
	defer rows.Close()
	var all []Absence
	for rows.Next() {
		var a Absence
		if err := rows.Scan(&a.Topic, &a.Partition, &a.Start, &a.End, &a.Reason); err != nil {
			return nil, fmt.Errorf("read the lake's absences: %w", err)
		}
		all = append(all, a)
	}
	return all, rows.Err()
}

// note writes absences down.
func (l *Lake) note(ctx context.Context, all []Absence) (err error) {
	if len(all) == 0 {
		return nil
	}
	tx, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("note absent records: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("note absent records: %w", err), tx.Rollback())
		}
	}()
	insert, err := tx.PrepareContext(ctx, `insert into phdp_absent values (?, ?, ?, ?, ?)
		on conflict do update set end_offset = max(end_offset, excluded.end_offset)`)
	if err != nil {
		return err
	}
	for _, a := range all {
		if _, err := insert.ExecContext(ctx, a.Topic, a.Partition, a.Start, a.End, a.Reason); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func createAbsences(ctx context.Context, db *sql.DB) error {
	if _, err := db.ExecContext(ctx, createAbsent); err != nil {
		return fmt.Errorf("create the lake's absences: %w", err)
	}
	return nil
}

// nothings are the runs of a batch's records that have no row in it.
func nothings(batch *transform.Batch) []Absence {
	held := offsetsOf(batch)
	var all []Absence
	for _, r := range batch.Ranges {
		for _, gap := range held[ingest.Partition{Topic: r.Topic, ID: r.Partition}].gaps(r.Start, r.End) {
			all = append(all, Absence{transform.Range{Topic: r.Topic, Partition: r.Partition, Start: gap[0], End: gap[1]}, Nothing})
		}
	}
	return all
}

// offsetsOf collects where the rows of a batch come from.
func offsetsOf(batch *transform.Batch) map[ingest.Partition]offsets {
	c := collector{all: map[ingest.Partition]offsets{}}
	for _, rows := range batch.Parts {
		each(&c, rows.Chats, func(r *transform.ChatRow) *transform.Origin { return &r.Origin })
		each(&c, rows.Findings, func(r *transform.FindingRow) *transform.Origin { return &r.Origin })
		each(&c, rows.Prescriptions, func(r *transform.PrescriptionRow) *transform.Origin { return &r.Origin })
		each(&c, rows.Activities, func(r *transform.ActivityRow) *transform.Origin { return &r.Origin })
		each(&c, rows.Measurements, func(r *transform.MeasurementRow) *transform.Origin { return &r.Origin })
		each(&c, rows.Links, func(r *transform.LinkRow) *transform.Origin { return &r.Origin })
		each(&c, rows.DeadLetters, func(r *transform.DeadLetterRow) *transform.Origin { return &r.Origin })
	}
	return c.all
}

// collector remembers the partition of the row before, as neighbours mostly come from the same one.
type collector struct {
	all  map[ingest.Partition]offsets
	last ingest.Partition
	set  offsets
}

func each[T any](c *collector, rows []T, origin func(*T) *transform.Origin) {
	for i := range rows {
		o := origin(&rows[i])
		if c.set == nil || o.Partition != c.last.ID || o.Topic != c.last.Topic {
			c.last = ingest.Partition{Topic: o.Topic, ID: o.Partition}
			if c.set = c.all[c.last]; c.set == nil {
				c.set = offsets{}
				c.all[c.last] = c.set
			}
		}
		c.set.add(o.Offset)
	}
}

// offsets is a set of offsets, a bit for each, in pages of pageBits; pages without any are not there.
type offsets map[int64]*[pageBits / 64]uint64

const pageBits = 4096

func (s offsets) add(offset int64) {
	page := s[offset/pageBits]
	if page == nil {
		page = new([pageBits / 64]uint64)
		s[offset/pageBits] = page
	}
	page[offset%pageBits/64] |= 1 << (offset % 64)
}

func (s offsets) has(offset int64) bool {
	page := s[offset/pageBits]
	return page != nil && page[offset%pageBits/64]&(1<<(offset%64)) != 0
}

// gaps are the runs of [start, end) that are not in the set.
func (s offsets) gaps(start, end int64) [][2]int64 {
	var runs [][2]int64
	next := start // the first offset that is not yet known to be there
	for _, n := range slices.Sorted(maps.Keys(s)) {
		for o := max(start, n*pageBits); o < min(end, (n+1)*pageBits); o++ {
			if !s.has(o) {
				continue
			}
			if o > next {
				runs = append(runs, [2]int64{next, o})
			}
			next = o + 1
		}
	}
	if next < end {
		runs = append(runs, [2]int64{next, end})
	}
	return runs
}

func (s offsets) addAll(other offsets) {
	for n, page := range other {
		if s[n] == nil {
			s[n] = new([pageBits / 64]uint64)
		}
		for i := range page {
			s[n][i] |= page[i]
		}
	}
}

// runs are the runs of offsets that are in the set.
func (s offsets) runs() [][2]int64 {
	var runs [][2]int64
	for _, n := range slices.Sorted(maps.Keys(s)) {
		for o := n * pageBits; o < (n+1)*pageBits; o++ {
			switch last := len(runs) - 1; {
			case !s.has(o):
			case last >= 0 && runs[last][1] == o:
				runs[last][1]++
			default:
				runs = append(runs, [2]int64{o, o + 1})
			}
		}
	}
	return runs
}
