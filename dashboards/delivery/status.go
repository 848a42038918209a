package delivery

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Sent is a message as the outbox remembers it, without its body.
type Sent struct {
	ID                           int64
	Job, Target, Kind, Name, Key string
	State, Error                 string // waiting, delivered or failed
	Attempts                     int
	Made, Next, Done             time.Time
}

// Which says which messages are wanted.
type Which struct {
	ID    int64  // 0: any
	State string // "": any
	Limit int    // how many at most
}

// Messages returns messages, newest first.
func (o *Outbox) Messages(ctx context.Context, w Which) ([]Sent, error) {
	rows, err := o.db.QueryContext(ctx, `select id, job, target, kind, name, key, state, error, attempts, made_at, next_at, done_at from messages
		where ?1 in (0, id) and ?2 in ('', state) order by id desc limit ?3`, w.ID, w.State, w.Limit)
	if err != nil {
		return nil, fmt.Errorf("read outbox: %w", err)
	}
	defer rows.Close()
	var all []Sent
	for rows.Next() {
		var s Sent
		var made, next, done int64
		if err := rows.Scan(&s.ID, &s.Job, &s.Target, &s.Kind, &s.Name, &s.Key, &s.State, &s.Error, &s.Attempts, &made, &next, &done); err != nil {
			return nil, fmt.Errorf("read outbox: %w", err)
		}
		s.Made, s.Next, s.Done = time.UnixMilli(made), time.UnixMilli(next), time.UnixMilli(done)
		all = append(all, s)
	}
	return all, rows.Err()
}

// Counts returns how many messages there are in each state.
func (o *Outbox) Counts(ctx context.Context) (map[string]int64, error) {
	rows, err := o.db.QueryContext(ctx, "select state, count(*) from messages group by state")
	if err != nil {
		return nil, fmt.Errorf("count messages: %w", err)
	}
	defer rows.Close()
	all := map[string]int64{}
	for rows.Next() {
		var state string
		var n int64
		if err := rows.Scan(&state, &n); err != nil {
			return nil, fmt.Errorf("count messages: %w", err)
		}
		all[state] = n
	}
	return all, rows.Err()
}

// Alert is a rule that holds now.
type Alert struct {
	Rule    string
	Since   time.Time
	Value   float64
	Told    int       // how often it was told
	ToldAt  time.Time // the last time; in quiet hours the end of them
	AckedBy string
	AckedAt time.Time
}

// Alerts returns the rules that hold now, by name.
func (o *Outbox) Alerts(ctx context.Context) ([]Alert, error) {
	rows, err := o.db.QueryContext(ctx, "select rule, since, value, told, told_at, acked_by, acked_at from alerts order by rule")
	if err != nil {
		return nil, fmt.Errorf("read alerts: %w", err)
	}
	defer rows.Close()
	var all []Alert
	for rows.Next() {
		var a Alert
		var since, told, acked int64
		if err := rows.Scan(&a.Rule, &since, &a.Value, &a.Told, &told, &a.AckedBy, &acked); err != nil {
			return nil, fmt.Errorf("read alerts: %w", err)
		}
		a.Since, a.ToldAt, a.AckedAt = time.UnixMilli(since), time.UnixMilli(told), time.UnixMilli(acked)
		all = append(all, a)
	}
	return all, rows.Err()
}

// Acknowledge notes that somebody cares for an alert: it is not told again until it is over. It returns false when no
// such alert is open.
func (o *Outbox) Acknowledge(ctx context.Context, rule, by string) (found bool, err error) {
	err = o.change(ctx, "acknowledge alert", func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, "update alerts set acked_by = ?, acked_at = ? where rule = ?", by, o.now().UnixMilli(), rule)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		found = n > 0
		return err
	})
	return found, err
}

// Retry puts a message that was given up back among those that wait. It returns false when there is no such message.
func (o *Outbox) Retry(ctx context.Context, id int64) (found bool, err error) {
	err = o.change(ctx, "retry message", func(tx *sql.Tx) error {
		now := o.now().UnixMilli()
		done, err := tx.ExecContext(ctx, "update messages set state = 'waiting', attempts = 0, made_at = ?, next_at = ? where id = ? and state <> 'delivered'", now, now, id)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		found = n > 0
		return err
	})
	return found, err
}
