package dashboards

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"phdp/sql/queries"
)

// listPageSize is how many people a page of a list shows.
const listPageSize = 25

// listPart is the part of a list that is read.
type listPart struct{ Limit, Offset int }

// listing is a list of people with some words about each.
type listing struct {
	Title, Note string
	Columns     []string // names in the query, without the person and the flags
	Head        []string
	Rows        []listed
	Total       int64
	NoConsent   int64 // of all, people without service consent
	DoNotCall   int64 // of the others, people who do not want to be contacted
	Pager       pager
	SQL         string
}

// listed is a person of a list.
type listed struct {
	ID          string
	Cells       []string
	Codes       []string // the cells as the query gives them, for files
	Contactable bool
}

// readList runs a query that lists people. Its columns are patient_id, then texts whose names say how they are
// shown, and at the end is_contactable and the totals people, no_consent and do_not_contact of the whole list.
func (r *report) readList(ctx context.Context, name string, part listPart, titleKey string) (listing, error) {
	l := listing{Title: r.t.get(titleKey), Note: r.t.get(titleKey + ".note"), SQL: sqlText(name)}
	text, err := queries.Get(name)
	if err != nil {
		return l, err
	}
	named := []any{sql.Named("limit", part.Limit), sql.Named("offset", part.Offset)}
	for key, value := range r.argsOf(name) {
		named = append(named, sql.Named(key, value))
	}
	rows, err := r.rq.wh.db.QueryContext(ctx, text, named...)
	if err != nil {
		return l, fmt.Errorf("run %s: %w", name, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return l, fmt.Errorf("read %s: %w", name, err)
	}
	l.Columns = columns[1 : len(columns)-4]
	for _, column := range l.Columns {
		l.Head = append(l.Head, r.t.get("col."+column))
	}
	for rows.Next() {
		one := listed{Codes: make([]string, len(l.Columns))}
		to := []any{&one.ID}
		for i := range one.Codes {
			to = append(to, nullText{&one.Codes[i]})
		}
		if err := rows.Scan(append(to, &one.Contactable, &l.Total, &l.NoConsent, &l.DoNotCall)...); err != nil {
			return l, fmt.Errorf("read %s: %w", name, err)
		}
		for i, code := range one.Codes {
			one.Cells = append(one.Cells, r.cell(l.Columns[i], code))
		}
		l.Rows = append(l.Rows, one)
	}
	if err := rows.Err(); err != nil {
		return l, fmt.Errorf("read %s: %w", name, err)
	}
	return l, nil
}

// cell writes a value of a list in the reader's language by the name of its column.
func (r *report) cell(column, code string) string {
	switch {
	case code == "":
		return "–"
	case column == "line":
		return r.rq.wh.lineName(code, r.t)
	case column == "class":
		return r.rq.wh.className(code, r.t)
	}
	return r.t.word(column, code)
}

// Contactables is how many people of the list a file holds.
func (l listing) Contactables() int64 { return l.Total - l.NoConsent - l.DoNotCall }

// Number tells whether a column holds numbers.
func (l listing) Number(i int) bool {
	return slices.Contains([]string{"days_late", "days_since", "time_days", "sessions", "value"}, l.Columns[i])
}
