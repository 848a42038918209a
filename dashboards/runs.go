package dashboards

import (
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	apiRows      = 1_000 // of an answer as JSON that does not say how many
	exportedRows = 100_000
	runTimeout   = 60 * time.Second
	keptRuns     = 64
	parallelRuns = 2
	briefWait    = 250 * time.Millisecond
)

// run is one statement of the SQL page. Its text stays in memory only.
type run struct {
	ID      string
	Text    string
	Owner   string // who may see it, with their rules
	Started time.Time
	Params  []parameter // whose values stand in the text
	cancel  context.CancelFunc
	done    chan struct{} // closed when the fields below are final

	Columns []column
	rows    resultRows
	Total   int  // rows of the result, counted up to exportedRows
	AtLeast bool // there are more rows than Total
	Elapsed time.Duration
	Err     string
	Outcome string // ok, error, cancelled, timeout
}

// column is a column of a result.
type column struct {
	Name, Type string
	IsNumber   bool
}

// cell is a value of a result as text.
type cell struct {
	Text   string
	IsNull bool
}

// Finished tells whether the run is over.
func (r *run) Finished() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// TotalText is the number of rows; with a + when there are more than were counted.
func (r *run) TotalText() string {
	if r.AtLeast {
		return formatInt(int64(r.Total)) + "+"
	}
	return formatInt(int64(r.Total))
}

// Shown is how many rows the page shows.
func (r *run) Shown() string { return formatInt(int64(r.Kept())) }

// Millis is how long the run took.
func (r *run) Millis() int64 { return r.Elapsed.Milliseconds() }

// runs keeps the latest runs, so that a result can be asked for by its id.
type runs struct {
	now   func() time.Time
	slots chan struct{}
	most  int // bytes of the rows of one result
	room  int // and of all results

	mu    sync.Mutex
	byID  map[string]*run
	order []string
}

func newRuns(now func() time.Time) *runs {
	return &runs{now: now, slots: make(chan struct{}, parallelRuns), most: resultRoom, room: allRoom, byID: map[string]*run{}}
}

// get returns a run of its owner, or nil.
func (rs *runs) get(id, owner string) *run {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if r := rs.byID[id]; r != nil && r.Owner == owner {
		return r
	}
	return nil
}

// start runs a statement in the background. release gives the warehouse back when it is over.
func (rs *runs) start(db *sql.DB, owner, text string, params []parameter, release func(), finished func(*run)) *run {
	ctx, cancel := context.WithTimeout(context.Background(), runTimeout)
	r := &run{ID: rand.Text(), Text: text, Owner: owner, Started: rs.now(), Params: params, cancel: cancel, done: make(chan struct{}), rows: resultRows{room: rs.most}}
	rs.keep(r)
	go func() {
		defer release()
		defer cancel()
		started := time.Now()
		select {
		case rs.slots <- struct{}{}:
			r.read(ctx, db)
			<-rs.slots
		case <-ctx.Done():
			r.fail(ctx, ctx.Err())
		}
		r.Elapsed = time.Since(started)
		close(r.done)
		rs.makeRoom()
		finished(r)
	}()
	return r
}

func (rs *runs) keep(r *run) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.byID[r.ID] = r
	rs.order = append(rs.order, r.ID)
	if len(rs.order) > keptRuns {
		rs.byID[rs.order[0]].cancel()
		delete(rs.byID, rs.order[0])
		rs.order = rs.order[1:]
	}
}

func (rs *runs) cancelAll() {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for _, r := range rs.byID {
		r.cancel()
	}
}

// read keeps the rows for which there is room and counts the others.
func (r *run) read(ctx context.Context, db *sql.DB) {
	conn, drop, err := ownConnection(ctx, db)
	if err != nil {
		r.fail(ctx, err)
		return
	}
	defer drop()
	rows, err := conn.QueryContext(ctx, r.Text)
	if err != nil {
		r.fail(ctx, err)
		return
	}
	defer rows.Close()
	scan, err := newScanner(rows)
	if err != nil {
		r.fail(ctx, err)
		return
	}
	r.Columns = scan.columns
	for rows.Next() {
		if r.Total == exportedRows {
			r.AtLeast = true
			break
		}
		r.Total++
		if r.rows.full {
			continue
		}
		cells, err := scan.row()
		if err == nil {
			err = r.rows.add(cells)
		}
		if err != nil {
			r.fail(ctx, err)
			return
		}
	}
	if err := rows.Err(); err != nil {
		r.fail(ctx, err)
		return
	}
	r.rows.finish()
	r.Outcome = "ok"
}

// ownConnection gives a person's statement a connection that nobody uses after it: whatever the statement
// leaves behind there (a temporary table, a prepared statement) is gone with drop.
func ownConnection(ctx context.Context, db *sql.DB) (conn *sql.Conn, drop func(), err error) {
	conn, err = db.Conn(ctx)
	if err != nil {
		return nil, nil, err
	}
	return conn, func() {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // takes the connection out of the pool
		_ = conn.Close()
	}, nil
}

func (r *run) fail(ctx context.Context, err error) {
	r.rows, r.Total, r.AtLeast = resultRows{}, 0, false
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		r.Outcome = "timeout"
	case ctx.Err() != nil:
		r.Outcome = "cancelled"
	default:
		r.Outcome, r.Err = "error", fmt.Sprint(err)
	}
}
