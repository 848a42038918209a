package lake

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/parquet-go/parquet-go"

	"phdp/ingest"
	"phdp/transform"
)

// erasing says which rows go: those of some people, or the dead letters of some records.
type erasing interface {
	// row tells whether a row goes; linked is the other key of a link, else "".
	row(o *transform.Origin, linked string) bool
	// columns whose values decide, and whether one of them does.
	columns() []string
	value(v string) bool
}

// people are the keys of those who are erased.
type people map[string]bool

func newPeople(keys []string) people {
	p := people{}
	for _, k := range keys {
		p[k] = true
	}
	return p
}

func (p people) row(o *transform.Origin, linked string) bool { return p[o.PatientKey] || p[linked] }
func (p people) columns() []string                           { return []string{"patient_key", "linked_key"} }
func (p people) value(v string) bool                         { return p[v] }

// records are those whose dead letters are erased.
type records struct {
	at     map[ingest.Position]bool
	topics map[string]bool
}

func newRecords(at []ingest.Position) records {
	r := records{map[ingest.Position]bool{}, map[string]bool{}}
	for _, p := range at {
		r.at[p], r.topics[p.Topic] = true, true
	}
	return r
}

func (r records) row(o *transform.Origin, _ string) bool {
	return r.at[ingest.Position{Topic: o.Topic, Partition: o.Partition, Offset: o.Offset}]
}
func (r records) columns() []string   { return []string{"topic"} }
func (r records) value(v string) bool { return r.topics[v] }

// mayHold tells from a file's dictionaries, without reading its rows, whether it may hold rows to erase. It is
// exact for a single column: parquet-go puts every value of a chunk into its dictionary.
func mayHold(path string, what erasing) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return false, err
	}
	f, err := parquet.OpenFile(file, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return false, err
	}
	for _, name := range what.columns() {
		column, ok := f.Schema().Lookup(name)
		if !ok {
			continue
		}
		for _, group := range f.RowGroups() {
			if holds, err := chunkHolds(group.ColumnChunks()[column.ColumnIndex], what); holds || err != nil {
				return holds, err
			}
		}
	}
	return false, nil
}

func chunkHolds(chunk parquet.ColumnChunk, what erasing) (holds bool, err error) {
	pages := chunk.Pages()
	defer func() { err = errors.Join(err, pages.Close()) }()
	page, err := pages.ReadPage()
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer parquet.Release(page)
	values := page.Dictionary()
	if values == nil {
		return true, nil // of another writer: reading its rows will tell
	}
	for i := range values.Len() {
		if what.value(string(values.Index(int32(i)).ByteArray())) {
			return true, nil
		}
	}
	return false, nil
}

// rewriteFile copies a file without the rows to erase, in their order; no file is left when no row is.
func rewriteFile[T any](ctx context.Context, writers *writers[T], dir string, s span, path string, origin func(*T) *transform.Origin, what erasing) (r remainder, err error) {
	r.gone = map[ingest.Partition]gone{}
	r.file, err = createFile(writers, dir, s, func(w *parquet.GenericWriter[T]) error {
		return eachChunk(ctx, path, func(rows []T) error {
			kept := rows[:0]
			for i := range rows {
				if o := origin(&rows[i]); what.row(o, linkedKey(&rows[i])) {
					r.drop(o)
				} else {
					kept = append(kept, rows[i])
				}
			}
			r.left += int64(len(kept))
			_, err := w.Write(kept)
			return err
		})
	})
	if err == nil && r.left == 0 {
		remove([]spanFile{r.file})
		r.file = spanFile{}
	}
	return r, err
}

// linkedKey is the other key of a link; rows of other tables have none.
func linkedKey[T any](row *T) string {
	if link, ok := any(row).(*transform.LinkRow); ok {
		return link.LinkedKey
	}
	return ""
}

// chunkRows is how many rows of a file are in memory at a time.
const chunkRows = 1024

// eachChunk reads a file from its first row to its last, some rows at a time; they are valid until do returns.
func eachChunk[T any](ctx context.Context, path string, do func(rows []T) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	r := parquet.NewGenericReader[T](file)
	defer r.Close()
	rows := make([]T, chunkRows)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(rows)
		if n > 0 {
			if err := do(rows[:n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
