package dashboards

import (
	"context"
	"database/sql"
	"slices"
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
	Size        segmentSize
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
// shown, and at the end is_contactable and the totals of the whole list: people, and how many of them are on no list that
// leaves, by the reasons of segmentSize.
func (r *report) readList(ctx context.Context, name string, part listPart, titleKey string) (listing, error) {
	l := listing{Title: r.t.get(titleKey), Note: r.t.get(titleKey + ".note"), SQL: sqlText(name)}
	a := r.argsOf(name)
	a["limit"], a["offset"] = part.Limit, part.Offset
	found, err := r.rq.wh.list(ctx, name, a, part)
	if err != nil {
		return l, err
	}
	l.Columns, l.Size = found.columns, found.size
	for _, column := range l.Columns {
		l.Head = append(l.Head, r.t.get("col."+column))
	}
	for _, one := range found.rows {
		for i, code := range one.Codes {
			one.Cells = append(one.Cells, r.cell(l.Columns[i], code))
		}
		l.Rows = append(l.Rows, one)
	}
	return l, nil
}

// foundList is what a query that lists people gives, in nobody's language.
type foundList struct {
	columns []string
	rows    []listed
	size    segmentSize
}

// list runs a query that lists people. What a page shows is kept, what goes into a file is not.
func (w *warehouse) list(ctx context.Context, name string, a args, part listPart) (foundList, error) {
	find := func() ([]foundList, error) {
		var l foundList
		err := w.read(ctx, name, a, func(columns []string) { l.columns = columns[1 : len(columns)-7] }, func(rows *sql.Rows) error {
			one := listed{Codes: make([]string, len(l.columns))}
			to := []any{&one.ID}
			for i := range one.Codes {
				to = append(to, nullText{&one.Codes[i]})
			}
			err := rows.Scan(append(append(to, &one.Contactable), l.size.targets()...)...)
			l.rows = append(l.rows, one)
			return err
		})
		return []foundList{l}, err
	}
	if part.Limit > longAnswer {
		l, err := find()
		return l[0], err
	}
	l, err := remember(ctx, &w.kept, a.key(name), find)
	if err != nil {
		return foundList{}, err
	}
	return l[0], nil
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

// Number tells whether a column holds numbers.
func (l listing) Number(i int) bool {
	return slices.Contains([]string{"days_late", "days_since", "time_days", "sessions", "value"}, l.Columns[i])
}
