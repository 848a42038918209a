package dashboards

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"time"
)

// Media types of the answers.
const (
	kindJSON    = "application/json"
	kindCSV     = "text/csv"
	kindXLSX    = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	kindParquet = "application/vnd.apache.parquet"
	kindArrow   = "application/vnd.apache.arrow.stream"
)

// slotWait is how long a statement waits for one of the places that statements have.
const slotWait = 10 * time.Second

// vet reads a statement and refuses what may not run; both are in the audit log when it returns.
func (s *Server) vet(ctx context.Context, rq *request, text, act, detail string) error {
	if len(text) > maxStatement {
		return apiError{kind: "refused", status: http.StatusBadRequest, detail: "the statement is too long"}
	}
	refused, err := rq.wh.inspect(ctx, text)
	if err != nil {
		return err
	}
	if refused != nil {
		if err := s.audit(rq, "query_refused", "sha256:"+sum(text), refused.key); err != nil {
			return err
		}
		return apiError{kind: "refused", status: http.StatusBadRequest, detail: s.render.texts[rq.lang].get(refused.key, refused.word)}
	}
	return s.audit(rq, act, "sha256:"+sum(text), detail+" "+shape(text))
}

// rows runs a statement that was vetted on a connection of its own, for as long as a statement may take. done
// gives back what it holds.
func (s *Server) rows(ctx context.Context, wh *warehouse, text string) (rows *sql.Rows, done func(), err error) {
	wait := time.NewTimer(slotWait)
	defer wait.Stop()
	select {
	case s.runs.slots <- struct{}{}:
	case <-wait.C:
		return nil, nil, apiError{kind: "busy", status: http.StatusServiceUnavailable}
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, runTimeout)
	conn, drop, err := ownConnection(ctx, wh.db)
	if err != nil {
		cancel()
		<-s.runs.slots
		return nil, nil, err
	}
	done = func() {
		if rows != nil {
			rows.Close()
		}
		drop()
		cancel()
		<-s.runs.slots
	}
	if rows, err = conn.QueryContext(ctx, text); err != nil {
		err = statementError(ctx, err) // before done ends ctx
		done()
		return nil, nil, err
	}
	return rows, done, nil
}

// statementError is what a program is told about a statement that fails.
func statementError(ctx context.Context, err error) error {
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return apiError{kind: "timeout", status: http.StatusRequestTimeout}
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return apiError{kind: "failed", status: http.StatusBadRequest, detail: err.Error()}
}
