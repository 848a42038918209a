package delivery

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver of the outbox
)

// Kinds of messages.
const (
	kindList   = "list"
	kindMarks  = "marks"
	kindAlert  = "alert"
	kindReport = "report"
)

// Message is something for one target. Its body is in the outbox, or in a file that lives elsewhere. Of marks the body
// names people by pseudonyms.
type Message struct {
	Key         string // names the message for ever: the receiver knows it by it
	Job         string // name in the plan
	Target      string
	Kind        string
	Subject     string
	Name        string // of the file at the receiver
	ContentType string
	Body        []byte
	File        string    // path of the body when Body is nil
	NotBefore   time.Time // zero: at once
}

// waiting is a message that is still in the outbox.
type waiting struct {
	Message
	id       int64
	attempts int
	made     time.Time
}

// giveUpAfter is how old a message gets, and keepDone how long it is remembered afterwards.
const (
	giveUpAfter = 72 * time.Hour
	keepDone    = 90 * 24 * time.Hour
)

const schema = `
create table if not exists messages (id integer primary key, key text not null unique, job text not null, target text not null,
    kind text not null, subject text not null, name text not null, content_type text not null, body blob, file text not null,
    made_at integer not null, next_at integer not null, attempts integer not null default 0,
    state text not null default 'waiting', done_at integer not null default 0, error text not null default '');
create index if not exists messages_waiting on messages (next_at) where state = 'waiting';
create table if not exists runs (job text not null, due integer not null, primary key (job, due));
create table if not exists marks (job text not null, userid text not null, patient_key text not null, tag text not null,
    primary key (job, userid, patient_key, tag)) without rowid;
create table if not exists readings (rule text not null, day text not null, value real not null, primary key (rule, day));
create table if not exists alerts (rule text primary key, since integer not null, value real not null, told_at integer not null,
    told integer not null, acked_by text not null default '', acked_at integer not null default 0);
create table if not exists seen (what text primary key, value text not null);`

// Outbox keeps what waits and what was handed on. Every change is on the disk before it is believed.
type Outbox struct {
	db  *sql.DB
	now func() time.Time
}

// OpenOutbox opens the outbox of a folder, which it makes. Several may be open at once, in one process and in many.
func OpenOutbox(ctx context.Context, dir string, now func() time.Time) (*Outbox, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open outbox: %w", err)
	}
	path := filepath.Join(dir, "outbox.db")
	if err := makePrivate(path); err != nil {
		return nil, fmt.Errorf("open outbox: %w", err)
	}
	options := url.Values{"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "secure_delete(ON)"}, "_txlock": {"immediate"}}
	db, err := sql.Open("sqlite", "file:"+path+"?"+options.Encode())
	if err != nil {
		return nil, fmt.Errorf("open outbox: %w", err)
	}
	db.SetMaxOpenConns(1)
	o := &Outbox{db: db, now: now}
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(fmt.Errorf("open outbox: %w", err), db.Close())
	}
	_, err = db.ExecContext(ctx, "delete from messages where state <> 'waiting' and done_at < ?", now().Add(-keepDone).UnixMilli())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open outbox: %w", err), db.Close())
	}
	return o, nil
}

// makePrivate makes a file that nobody else may ever read, unless it is there. One that is there stays closed: closing it
// would drop the locks that another Outbox of this process has on it.
func makePrivate(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// Close closes the file.
func (o *Outbox) Close() error { return o.db.Close() }

// change runs do in one transaction.
func (o *Outbox) change(ctx context.Context, what string, do func(tx *sql.Tx) error) error {
	tx, err := o.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := do(tx); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// put adds messages; one whose key is there already is there only once.
func (o *Outbox) put(ctx context.Context, tx *sql.Tx, all []Message) error {
	now := o.now()
	for _, m := range all {
		next := now
		if m.NotBefore.After(now) {
			next = m.NotBefore
		}
		_, err := tx.ExecContext(ctx, `insert into messages (key, job, target, kind, subject, name, content_type, body, file, made_at, next_at)
			values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (key) do nothing`, m.Key, m.Job, m.Target, m.Kind, m.Subject, m.Name, m.ContentType, m.Body, m.File, now.UnixMilli(), next.UnixMilli())
		if err != nil {
			return err
		}
	}
	return nil
}

// ran tells whether a job was done for a moment.
func (o *Outbox) ran(ctx context.Context, job string, due time.Time) (done bool, err error) {
	err = o.db.QueryRowContext(ctx, "select exists (select 1 from runs where job = ? and due = ?)", job, due.UnixMilli()).Scan(&done)
	if err != nil {
		return false, fmt.Errorf("read outbox: %w", err)
	}
	return done, nil
}

// once notes that a job was done for a moment, with what came of it, unless it was noted before.
func (o *Outbox) once(ctx context.Context, job string, due time.Time, all []Message) error {
	return o.change(ctx, "fill outbox", func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, "insert into runs (job, due) values (?, ?) on conflict do nothing", job, due.UnixMilli())
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return o.put(ctx, tx, all)
	})
}

// due are the messages of a target whose time has come, oldest first.
func (o *Outbox) due(ctx context.Context, target string) ([]waiting, error) {
	rows, err := o.db.QueryContext(ctx, `select id, attempts, made_at, key, job, target, kind, subject, name, content_type, body, file
		from messages where state = 'waiting' and target = ? and next_at <= ? order by id limit 200`, target, o.now().UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read outbox: %w", err)
	}
	defer rows.Close()
	var all []waiting
	for rows.Next() {
		var w waiting
		var made int64
		if err := rows.Scan(&w.id, &w.attempts, &made, &w.Key, &w.Job, &w.Target, &w.Kind, &w.Subject, &w.Name, &w.ContentType, &w.Body, &w.File); err != nil {
			return nil, fmt.Errorf("read outbox: %w", err)
		}
		w.made = time.UnixMilli(made)
		all = append(all, w)
	}
	return all, rows.Err()
}

// delivered notes that the receiver has a message. Of marks it notes what WeCom has now; missing are pairs that could not
// be sent because nobody knows the person, or because the two are no friends any more.
func (o *Outbox) delivered(ctx context.Context, w waiting, missing map[Pair]bool) error {
	return o.change(ctx, "note delivery", func(tx *sql.Tx) error {
		if w.Kind == kindMarks {
			if err := noteMarks(ctx, tx, w, missing); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, "update messages set state = 'delivered', done_at = ?, attempts = attempts + 1, body = null, error = '' where id = ?", o.now().UnixMilli(), w.id)
		return err
	})
}

func noteMarks(ctx context.Context, tx *sql.Tx, w waiting, missing map[Pair]bool) error {
	var changes []Change
	if err := json.Unmarshal(w.Body, &changes); err != nil {
		return err
	}
	for _, c := range changes {
		if missing[c.Pair] {
			if _, err := tx.ExecContext(ctx, "delete from marks where job = ? and userid = ? and patient_key = ?", w.Job, c.Staff, c.PatientKey); err != nil {
				return err
			}
			continue
		}
		for _, tag := range c.Remove {
			if _, err := tx.ExecContext(ctx, "delete from marks where job = ? and userid = ? and patient_key = ? and tag = ?", w.Job, c.Staff, c.PatientKey, tag); err != nil {
				return err
			}
		}
		for _, tag := range c.Add {
			if _, err := tx.ExecContext(ctx, "insert into marks (job, userid, patient_key, tag) values (?, ?, ?, ?) on conflict do nothing", w.Job, c.Staff, c.PatientKey, tag); err != nil {
				return err
			}
		}
	}
	return nil
}

// failed notes an attempt. The next is later each time, from ten seconds to an hour; after three days, or when it can never
// succeed, nobody tries again.
func (o *Outbox) failed(ctx context.Context, w waiting, cause error) error {
	state, now := "waiting", o.now()
	var never permanent
	if errors.As(cause, &never) || now.Sub(w.made) > giveUpAfter {
		state = "failed"
	}
	wait := min(time.Hour, 10*time.Second<<min(w.attempts, 10))
	return o.change(ctx, "note failed delivery", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "update messages set state = ?, attempts = attempts + 1, next_at = ?, done_at = ?, error = ? where id = ?",
			state, now.Add(wait).UnixMilli(), now.UnixMilli(), cause.Error(), w.id)
		return err
	})
}

// permanent is an error that another attempt would meet again.
type permanent struct{ error }
