package delivery

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"
)

// evaluate looks at every rule once for each build, and at those again whose alert is due to be told again. A rule that
// cannot be read does not keep the others from being told.
func (s *Service) evaluate(ctx context.Context, build Build) error {
	last, err := s.Outbox.lastSeen(ctx, "build")
	if err != nil {
		return err
	}
	if err := s.Outbox.closeOthers(ctx, s.plan.Alerts); err != nil {
		return err
	}
	var problems []error
	for _, r := range s.plan.Alerts {
		if last != build.ID {
			if err := s.judge(ctx, r, build); err != nil {
				problems = append(problems, fmt.Errorf("rule %s: %w", r.Name, err))
			}
		}
		if err := s.remind(ctx, r, build); err != nil {
			problems = append(problems, fmt.Errorf("rule %s: %w", r.Name, err))
		}
	}
	if err := errors.Join(problems...); err != nil || last == build.ID {
		return err
	}
	return s.Outbox.see(ctx, "build", build.ID)
}

// closeOthers closes the alerts of rules that are not in the plan any more: nobody would see that they are over.
func (o *Outbox) closeOthers(ctx context.Context, rules []Rule) error {
	names := []string{}
	for _, r := range rules {
		names = append(names, r.Name)
	}
	kept, err := json.Marshal(names)
	if err != nil {
		return err
	}
	return o.change(ctx, "close alerts of rules that are gone", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "delete from alerts where rule not in (select value from json_each(?))", string(kept))
		return err
	})
}

// judge reads the number of a rule and tells when it begins or ceases to hold.
func (s *Service) judge(ctx context.Context, r Rule, build Build) error {
	value, err := s.Source.Measure(ctx, s.plan.Account, r)
	if err != nil {
		return err
	}
	day := build.AsOf.Format(time.DateOnly)
	before := sql.NullFloat64{}
	return s.Outbox.change(ctx, "note alert", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "insert into readings (rule, day, value) values (?, ?, ?) on conflict (rule, day) do update set value = excluded.value", r.Name, day, value); err != nil {
			return err
		}
		from, to := build.AsOf.AddDate(0, 0, -2*r.OverDays).Format(time.DateOnly), build.AsOf.AddDate(0, 0, -r.OverDays).Format(time.DateOnly)
		err := tx.QueryRowContext(ctx, "select value from readings where rule = ? and day between ? and ? order by day desc limit 1", r.Name, from, to).Scan(&before)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		n := notice{Rule: r.Name, Metric: r.Metric, Line: r.Line, Value: value, Before: before.Float64, HasBefore: before.Valid, OverDays: r.OverDays, AsOf: day, URL: s.URL, Lang: s.plan.Language}
		n.Why = r.broken(value, before)
		return s.turn(ctx, tx, r, n)
	})
}

// broken says which condition of the rule holds: above, below, change or none.
func (r Rule) broken(value float64, before sql.NullFloat64) string {
	switch {
	case r.Above != nil && value > *r.Above:
		return "above"
	case r.Below != nil && value < *r.Below:
		return "below"
	case r.Change != nil && before.Valid && before.Float64 != 0:
		change := 100 * (value - before.Float64) / math.Abs(before.Float64)
		if *r.Change < 0 && change <= *r.Change || *r.Change > 0 && math.Abs(change) >= *r.Change {
			return "change"
		}
	}
	return ""
}

// turn writes down what a rule says now, and puts a message into the outbox when that is something new.
func (s *Service) turn(ctx context.Context, tx *sql.Tx, r Rule, n notice) error {
	var since int64
	err := tx.QueryRowContext(ctx, "select since from alerts where rule = ?", r.Name).Scan(&since)
	open := err == nil
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	now := s.Now()
	switch {
	case n.Why != "" && !open:
		n.State = "begins"
		if _, err := tx.ExecContext(ctx, "insert into alerts (rule, since, value, told_at, told) values (?, ?, ?, ?, 1)", r.Name, now.UnixMilli(), n.Value, s.tellAt(r).UnixMilli()); err != nil {
			return err
		}
		return s.tell(ctx, tx, r, n, now, 1)
	case n.Why != "":
		_, err := tx.ExecContext(ctx, "update alerts set value = ? where rule = ?", n.Value, r.Name)
		return err
	case !open:
		return nil
	}
	if _, err := tx.ExecContext(ctx, "delete from alerts where rule = ?", r.Name); err != nil {
		return err
	}
	untold, err := tx.ExecContext(ctx, "delete from messages where job = ? and kind = ? and state = 'waiting' and attempts = 0", r.Name, kindAlert)
	if err != nil {
		return err
	}
	if gone, err := untold.RowsAffected(); err != nil || gone == int64(len(r.To)) {
		return err // it began and ended in quiet hours: nobody needs to know
	}
	n.State, n.Why = "over", ""
	return s.tell(ctx, tx, r, n, time.UnixMilli(since), 0)
}

// tellAt is when a rule may be told.
func (s *Service) tellAt(r Rule) time.Time {
	if r.Urgent {
		return s.Now()
	}
	return s.plan.afterQuiet(s.Now())
}

func (s *Service) tell(ctx context.Context, tx *sql.Tx, r Rule, n notice, since time.Time, number int) error {
	n.Limit = r.limit(n.Why)
	body, err := json.Marshal(n)
	if err != nil {
		return err
	}
	var all []Message
	for _, to := range r.To {
		all = append(all, Message{Key: keyOf(r.Name, since, to, n.State, fmt.Sprint(number)), Job: r.Name, Target: to, Kind: kindAlert, Subject: r.Name, Name: r.Name + ".json",
			ContentType: "application/json", Body: body, NotBefore: s.tellAt(r)})
	}
	return s.Outbox.put(ctx, tx, all)
}

// limit is the number that a condition compares with.
func (r Rule) limit(why string) float64 {
	switch why {
	case "above":
		return *r.Above
	case "below":
		return *r.Below
	case "change":
		return *r.Change
	}
	return 0
}

// remind tells an alert again that nobody has acknowledged for a while.
func (s *Service) remind(ctx context.Context, r Rule, build Build) error {
	now := s.Now()
	return s.Outbox.change(ctx, "repeat alert", func(tx *sql.Tx) error {
		var since, toldAt int64
		var told int
		var value float64
		err := tx.QueryRowContext(ctx, "select since, value, told_at, told from alerts where rule = ? and acked_at = 0", r.Name).Scan(&since, &value, &toldAt, &told)
		if errors.Is(err, sql.ErrNoRows) || err == nil && now.Sub(time.UnixMilli(toldAt)) < r.repeat {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "update alerts set told_at = ?, told = told + 1 where rule = ?", s.tellAt(r).UnixMilli(), r.Name); err != nil {
			return err
		}
		n := notice{State: "goes on", Rule: r.Name, Metric: r.Metric, Line: r.Line, Value: value, AsOf: build.AsOf.Format(time.DateOnly), URL: s.URL, Lang: s.plan.Language}
		return s.tell(ctx, tx, r, n, time.UnixMilli(since), told+1)
	})
}

// lastSeen and see remember a word over restarts.
func (o *Outbox) lastSeen(ctx context.Context, what string) (value string, err error) {
	err = o.db.QueryRowContext(ctx, "select value from seen where what = ?", what).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

func (o *Outbox) see(ctx context.Context, what, value string) error {
	_, err := o.db.ExecContext(ctx, "insert into seen (what, value) values (?, ?) on conflict (what) do update set value = excluded.value", what, value)
	return err
}
