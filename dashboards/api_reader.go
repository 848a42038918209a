package dashboards

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"

	"phdp/dashboards/access"
	"phdp/dashboards/columnar"
)

// What a Reader's caller tells from one another; every other error of a Reader is the server's.
var (
	// ErrSignIn tells that there is no valid token.
	ErrSignIn = errSignIn
	// ErrForbidden tells that the account or the token has no right to statements.
	ErrForbidden = errForbidden
)

// Refused is an error whose text is for the reader: a statement that may not run, that failed, or that must wait.
type Refused struct {
	Kind   string // as in problems: refused, failed, busy, timeout, too-many
	Detail string
}

func (r Refused) Error() string { return r.Kind + ": " + r.Detail }

// Reader is a program that sends statements by another way than HTTP, under the rules of its token. They run in
// the same sandbox and leave the same rows in the audit log as those of the SQL page.
type Reader struct {
	server *Server
	who    access.Identity
	from   string
}

// Reader finds out for whom a token stands. On the machine of the owner, where nobody signs in, any text will do.
// from is the address of the client, without its port.
func (s *Server) Reader(token, from string) (*Reader, error) {
	r := &Reader{server: s, from: from}
	if s.cfg.Access.Local {
		r.who = localIdentity(&http.Request{})
		return r, nil
	}
	var err error
	if r.who, err = s.identifyToken(token, from); err != nil {
		return nil, readerError(err)
	}
	if !r.who.May(access.RunSQL) {
		rq := r.request(nil)
		return nil, errors.Join(s.audit(rq, "refused", "flight", ""), ErrForbidden)
	}
	return r, nil
}

// Owner names the reader with the rules that hold, so that what one leaves behind is found by nobody else.
func (r *Reader) Owner() string { return ownerOf(r.request(nil)) + " " + r.who.Token }

func (r *Reader) request(wh *warehouse) *request {
	return &request{Request: &http.Request{RemoteAddr: r.from}, lang: "en", wh: wh, who: r.who, totals: !r.who.May(access.SeePatients)}
}

// open takes hold of the warehouse as the reader's rules show it.
func (r *Reader) open(ctx context.Context) (*request, func(), error) {
	wh, release := r.server.store.acquire()
	if wh == nil {
		return nil, nil, Refused{Kind: errNotReady.kind, Detail: problemTexts[errNotReady.kind][1]}
	}
	wh, err := wh.scoped(ctx, r.server.cfg, scopeOf(r.who))
	if err != nil {
		release()
		return nil, nil, err
	}
	return r.request(wh), release, nil
}

// Query runs a statement and returns its rows, at most limit of them; done gives back what they hold.
func (r *Reader) Query(ctx context.Context, text string, limit int) (rows *columnar.Reader, done func(), err error) {
	rq, release, err := r.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := r.server.vet(ctx, rq, text, "query", "kind=flight"); err != nil {
		release()
		return nil, nil, readerError(err)
	}
	found, stop, err := r.server.rows(ctx, rq.wh, text)
	if err != nil {
		release()
		return nil, nil, readerError(err)
	}
	done = func() { stop(); release() }
	if rows, err = columnar.NewReader(found, limit); err != nil {
		done()
		return nil, nil, err
	}
	return rows, done, nil
}

// Columns returns the columns that a statement will have. It looks at the statement and reads no row.
func (r *Reader) Columns(ctx context.Context, text string) ([]columnar.Column, error) {
	rq, release, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	if err := r.server.vet(ctx, rq, text, "describe", "kind=flight"); err != nil {
		return nil, readerError(err)
	}
	words, _ := scanStatement(text)
	var rows *sql.Rows
	if shown := map[string]bool{"explain": true, "describe": true, "show": true, "summarize": true}[words[0]]; shown {
		return r.shownColumns(ctx, rq, text)
	}
	rows, stop, err := r.server.rows(ctx, rq.wh, "describe "+text)
	if err != nil {
		return nil, readerError(err)
	}
	defer stop()
	var all []columnar.Column
	for rows.Next() {
		var one columnar.Column
		var rest [4]any
		if err := rows.Scan(&one.Name, &one.Type, &rest[0], &rest[1], &rest[2], &rest[3]); err != nil {
			return nil, fmt.Errorf("describe a statement: %w", err)
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// shownColumns runs a statement that describes something, which cannot be described itself.
func (r *Reader) shownColumns(ctx context.Context, rq *request, text string) ([]columnar.Column, error) {
	rows, stop, err := r.server.rows(ctx, rq.wh, text)
	if err != nil {
		return nil, readerError(err)
	}
	defer stop()
	kinds, err := rows.ColumnTypes()
	if err != nil {
		return nil, fmt.Errorf("describe a statement: %w", err)
	}
	all := make([]columnar.Column, len(kinds))
	for i, kind := range kinds {
		all[i] = columnar.Column{Name: kind.Name(), Type: kind.DatabaseTypeName()}
	}
	return all, nil
}

// Table is a table that the reader's statements may name.
type Table struct {
	Schema, Name string
	Columns      []columnar.Column
}

// Tables returns the tables of the reader in the order of their names.
func (r *Reader) Tables(ctx context.Context) ([]Table, error) {
	rq, release, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	type row struct{ schema, table, column, kind string }
	found, err := query(ctx, rq.wh, "flight.Columns", nil, func(x *row) []any { return []any{&x.schema, &x.table, &x.column, &x.kind} })
	var all []Table
	for _, x := range found {
		if n := len(all); n == 0 || all[n-1].Schema != x.schema || all[n-1].Name != x.table {
			all = append(all, Table{Schema: x.schema, Name: x.table})
		}
		last := &all[len(all)-1]
		last.Columns = append(last.Columns, columnar.Column{Name: x.column, Type: x.kind})
	}
	return all, err
}

// readerError turns the errors of the API into those of a Reader.
func readerError(err error) error {
	var known apiError
	var pause pauseError
	switch {
	case errors.As(err, &pause):
		return Refused{Kind: "too-many", Detail: problemTexts["too-many"][1]}
	case errors.As(err, &known):
		detail := known.detail
		if detail == "" {
			detail = problemTexts[known.kind][1]
		}
		return Refused{Kind: known.kind, Detail: detail}
	}
	return err
}
