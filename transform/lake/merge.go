package lake

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"io"
	"os"
	"slices"

	"github.com/parquet-go/parquet-go"

	"phdp/transform"
)

// source is a file that is merged with others; sorted ones are read as they are.
type source struct {
	path     string
	isSorted bool
}

// merger sorts the rows of many files into one. Files that are sorted are read side by side; rows of the
// others are sorted in memory, bound at a time, and put aside in files of their own when there are more. So
// its memory does not grow with the files: bound rows, and a few thousand of each of fanIn files.
type merger[T any] struct {
	writers *writers[T]
	origin  func(*T) *transform.Origin
	dir     string
	span    span
	bound   int // rows in memory
	fanIn   int // files that are read at once
	peak    int // most rows that were in memory to be sorted
}

const (
	mergeBound = 50_000
	mergeFanIn = 16
)

// byPatient puts what is asked for together next to each other; offset decides between equals.
func byPatient(a, b *transform.Origin) int {
	return cmp.Or(cmp.Compare(a.PatientKey, b.PatientKey), a.EventAt.Compare(b.EventAt),
		cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
}

// merge returns the new file and how many rows are in it. What it put aside is deleted.
func (m *merger[T]) merge(ctx context.Context, sources []source) (_ spanFile, n int, err error) {
	var aside []spanFile
	defer func() { remove(aside) }()
	var sorted []string
	var rest []T
	for _, s := range sources {
		if s.isSorted {
			sorted = append(sorted, s.path)
			continue
		}
		err := eachChunk(ctx, s.path, func(rows []T) error {
			rest = append(rest, rows...)
			if m.peak = max(m.peak, len(rest)); len(rest) < m.bound {
				return nil
			}
			m.sort(rest)
			file, err := writeFile(m.writers, m.dir, spanRows[T]{m.span, [][]T{rest}})
			clear(rest)
			rest, aside = rest[:0], append(aside, file)
			return err
		})
		if err != nil {
			return spanFile{}, 0, err
		}
	}
	for _, f := range aside {
		sorted = append(sorted, f.path)
	}
	for len(sorted) > m.fanIn {
		some, _, err := m.join(ctx, sorted[:m.fanIn], nil)
		if err != nil {
			return spanFile{}, 0, err
		}
		aside, sorted = append(aside, some), append(sorted[m.fanIn:], some.path)
	}
	m.sort(rest)
	return m.join(ctx, sorted, rest)
}

func (m *merger[T]) sort(rows []T) {
	slices.SortStableFunc(rows, func(a, b T) int { return byPatient(m.origin(&a), m.origin(&b)) })
}

// join writes the rows of sorted files, and sorted rows, into one sorted file.
func (m *merger[T]) join(ctx context.Context, paths []string, rest []T) (_ spanFile, n int, err error) {
	open := &cursors[T]{origin: m.origin}
	defer func() { err = errors.Join(err, open.close()) }()
	for _, path := range paths {
		c, err := openCursor[T](path)
		if err != nil {
			return spanFile{}, 0, err
		}
		open.opened = append(open.opened, c)
	}
	open.opened = append(open.opened, &cursor[T]{rows: rest})
	file, err := createFile(m.writers, m.dir, m.span, func(w *parquet.GenericWriter[T]) error {
		if err := open.begin(); err != nil {
			return err
		}
		out := make([]T, 0, chunkRows)
		for len(open.next) > 0 {
			out = append(out, *open.first())
			if err := open.advance(); err != nil {
				return err
			}
			if len(out) < chunkRows && len(open.next) > 0 {
				continue
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if _, err := w.Write(out); err != nil {
				return err
			}
			n += len(out)
			out = out[:0]
		}
		return nil
	})
	file.isSorted = true
	return file, n, err
}

// cursor reads a sorted file, or rows in memory, one row after the other.
type cursor[T any] struct {
	file *os.File // nil for rows in memory
	from *parquet.GenericReader[T]
	rows []T // read and not passed on
	room []T
}

func openCursor[T any](path string) (*cursor[T], error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &cursor[T]{file: file, from: parquet.NewGenericReader[T](file), room: make([]T, chunkRows)}, nil
}

// fill makes sure that there is a row, if there are any more.
func (c *cursor[T]) fill() error {
	for len(c.rows) == 0 && c.from != nil {
		n, err := c.from.Read(c.room)
		c.rows = c.room[:n]
		if errors.Is(err, io.EOF) {
			err = errors.Join(c.from.Close(), c.file.Close())
			c.from, c.file = nil, nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// cursors is a heap of those that have a row, the first row on top.
type cursors[T any] struct {
	origin func(*T) *transform.Origin
	opened []*cursor[T]
	next   []*cursor[T]
}

func (c *cursors[T]) begin() error {
	for _, each := range c.opened {
		if err := each.fill(); err != nil {
			return err
		}
		if len(each.rows) > 0 {
			c.next = append(c.next, each)
		}
	}
	heap.Init(c)
	return nil
}

func (c *cursors[T]) first() *T { return &c.next[0].rows[0] }

// advance passes the first row on.
func (c *cursors[T]) advance() error {
	top := c.next[0]
	top.rows = top.rows[1:]
	if err := top.fill(); err != nil {
		return err
	}
	if len(top.rows) == 0 {
		heap.Pop(c)
	} else {
		heap.Fix(c, 0)
	}
	return nil
}

func (c *cursors[T]) close() (err error) {
	for _, each := range c.opened {
		if each.from != nil {
			err = errors.Join(err, each.from.Close(), each.file.Close())
		}
	}
	return err
}

// Len, Less, Swap, Push and Pop are for package heap.
func (c *cursors[T]) Len() int { return len(c.next) }
func (c *cursors[T]) Less(i, j int) bool {
	return byPatient(c.origin(&c.next[i].rows[0]), c.origin(&c.next[j].rows[0])) < 0
}
func (c *cursors[T]) Swap(i, j int) { c.next[i], c.next[j] = c.next[j], c.next[i] }
func (c *cursors[T]) Push(x any)    { c.next = append(c.next, x.(*cursor[T])) }
func (c *cursors[T]) Pop() any {
	last := c.next[len(c.next)-1]
	c.next = c.next[:len(c.next)-1]
	return last
}
