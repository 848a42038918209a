package lake

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/apache/iceberg-go"
	"github.com/google/uuid"
	"github.com/parquet-go/parquet-go"
	"golang.org/x/sync/errgroup"

	"phdp/transform"
)

// table is one lake table: its name, its columns, and how to write its part of a batch.
type table struct {
	name   string
	schema *iceberg.Schema
	// write puts the rows that keep accepts into one Parquet file per span under dir; spans tells which.
	write func(dir string, parts []*transform.Rows, keep func(*transform.Origin) bool, spans spans) ([]spanFile, error)
	// merge reads files of one span and writes their rows into one, ordered by patient and time.
	merge func(ctx context.Context, dir string, s span, sources []source) (spanFile, int, error)
	// rewrite copies a file of one span without the rows to erase.
	rewrite func(ctx context.Context, dir string, s span, path string, what erasing) (remainder, error)
	// committing is held while a writer commits to the table.
	committing tableLock
}

// spanFile is a finished file and the partition that it belongs to.
type spanFile struct {
	path     string
	span     span
	isSorted bool // by patient, as merge leaves it
}

// Names of the lake's tables.
func Names() []string {
	return []string{"chats", "findings", "prescriptions", "activities", "measurements", "links", "deadletters"}
}

func tables() ([]*table, error) {
	var all []*table
	var failed error
	pages := newPageCodec()
	add := func(t *table, err error) {
		if err != nil && failed == nil {
			failed = err
		}
		all = append(all, t)
	}
	add(define(pages, "chats", func(r *transform.Rows) []transform.ChatRow { return r.Chats }, func(r *transform.ChatRow) *transform.Origin { return &r.Origin }))
	add(define(pages, "findings", func(r *transform.Rows) []transform.FindingRow { return r.Findings }, func(r *transform.FindingRow) *transform.Origin { return &r.Origin }))
	add(define(pages, "prescriptions", func(r *transform.Rows) []transform.PrescriptionRow { return r.Prescriptions }, func(r *transform.PrescriptionRow) *transform.Origin { return &r.Origin }))
	add(define(pages, "activities", func(r *transform.Rows) []transform.ActivityRow { return r.Activities }, func(r *transform.ActivityRow) *transform.Origin { return &r.Origin }))
	add(define(pages, "measurements", func(r *transform.Rows) []transform.MeasurementRow { return r.Measurements }, func(r *transform.MeasurementRow) *transform.Origin { return &r.Origin }))
	add(define(pages, "links", func(r *transform.Rows) []transform.LinkRow { return r.Links }, func(r *transform.LinkRow) *transform.Origin { return &r.Origin }))
	add(define(pages, "deadletters", func(r *transform.Rows) []transform.DeadLetterRow { return r.DeadLetters }, func(r *transform.DeadLetterRow) *transform.Origin { return &r.Origin }))
	return all, failed
}

func define[T any](pages *pageCodec, name string, pick func(*transform.Rows) []T, origin func(*T) *transform.Origin) (*table, error) {
	schema, err := icebergSchema(parquet.SchemaOf(new(T)))
	if err != nil {
		return nil, fmt.Errorf("define lake table %s: %w", name, err)
	}
	asTheyCome := newWriters[T](pages, boundedAsTheyCome)
	writers := newWriters[T](pages, bounded)
	write := func(dir string, rows []*transform.Rows, keep func(*transform.Origin) bool, spans spans) ([]spanFile, error) {
		parts := split(rows, pick, origin, keep, spans)
		files := make([]spanFile, len(parts))
		err := inParallel(len(parts), func(i int) (err error) {
			files[i], err = writeFile(asTheyCome, dir, parts[i])
			return err
		})
		if err != nil {
			remove(files)
			return nil, fmt.Errorf("write %s: %w", name, err)
		}
		return files, nil
	}
	merge := func(ctx context.Context, dir string, s span, sources []source) (spanFile, int, error) {
		m := merger[T]{writers: writers, origin: origin, dir: dir, span: s, bound: mergeBound, fanIn: mergeFanIn}
		file, n, err := m.merge(ctx, sources)
		if err != nil {
			return spanFile{}, 0, fmt.Errorf("merge %s: %w", name, err)
		}
		return file, n, nil
	}
	rewrite := func(ctx context.Context, dir string, s span, path string, what erasing) (remainder, error) {
		return rewriteFile(ctx, writers, dir, s, path, origin, what)
	}
	return &table{name: name, schema: schema, write: write, merge: merge, rewrite: rewrite}, nil
}

// spanRows are the rows of one span: runs of neighbours, as they lie in the parts of a batch.
type spanRows[T any] struct {
	span span
	runs [][]T
}

func split[T any](parts []*transform.Rows, pick func(*transform.Rows) []T, origin func(*T) *transform.Origin, keep func(*transform.Origin) bool, spans spans) []spanRows[T] {
	runs := map[span][][]T{}
	for _, part := range parts {
		rows := pick(part)
		var current span
		first := -1 // of the run that goes on
		end := func(i int) {
			if first >= 0 {
				runs[current] = append(runs[current], rows[first:i])
			}
			first = -1
		}
		for i := range rows {
			o := origin(&rows[i])
			if !keep(o) {
				end(i)
				continue
			}
			if s := spans.of(o.EventAt); first < 0 || s != current {
				end(i)
				current, first = s, i
			}
		}
		end(len(rows))
	}
	all := make([]spanRows[T], 0, len(runs))
	for s, of := range runs {
		all = append(all, spanRows[T]{s, of})
	}
	slices.SortFunc(all, func(a, b spanRows[T]) int { return a.span.compare(b.span) })
	return all
}

// writeTo writes long runs as they are and gathers short ones, as a call for each row would be slow.
func (s spanRows[T]) writeTo(w *parquet.GenericWriter[T]) error {
	const few = 256
	gathered := make([]T, 0, few)
	for _, run := range s.runs {
		if len(run) >= few/4 {
			if _, err := w.Write(run); err != nil {
				return err
			}
			continue
		}
		if len(gathered)+len(run) > few {
			if _, err := w.Write(gathered); err != nil {
				return err
			}
			gathered = gathered[:0]
		}
		gathered = append(gathered, run...)
	}
	_, err := w.Write(gathered)
	return err
}

// writers keeps Parquet writers, which are costly to make, for the next file: as many as there are cores.
type writers[T any] struct {
	options []parquet.WriterOption
	idle    chan *parquet.GenericWriter[T]
}

func newWriters[T any](pages *pageCodec, bounded []string) *writers[T] {
	w := &writers[T]{idle: make(chan *parquet.GenericWriter[T], runtime.GOMAXPROCS(0))}
	w.options = append(w.options, parquet.Compression(pages), parquet.MaxRowsPerRowGroup(groupRows),
		parquet.DataPageStatistics(false)) // in the headers of pages, which no reader looks at before it has read the page
	for _, f := range parquet.SchemaOf(new(T)).Fields() {
		if !slices.Contains(bounded, f.Name()) {
			w.options = append(w.options, parquet.SkipPageBounds(f.Name()))
		}
	}
	return w
}

// groupRows is how many rows a writer gathers before it writes them: a bound of its memory, and what a reader of
// one patient reads of a sorted file.
const groupRows = 250_000

// bounded are the columns by whose lowest and highest value a reader leaves files out; finding them for
// the others would cost time and help nobody. In files that are not sorted by it patient_key tells nothing; and they
// are merged before the topic would.
var (
	bounded           = []string{"topic", "partition", "offset", "event_at", "patient_key"}
	boundedAsTheyCome = []string{"partition", "offset", "event_at"}
)

func (w *writers[T]) get(to io.Writer) *parquet.GenericWriter[T] {
	select {
	case idle := <-w.idle:
		idle.Reset(to)
		return idle
	default:
		return parquet.NewGenericWriter[T](to, w.options...)
	}
}

func (w *writers[T]) put(idle *parquet.GenericWriter[T]) {
	idle.Reset(nil)
	select {
	case w.idle <- idle:
	default:
	}
}

func writeFile[T any](writers *writers[T], dir string, part spanRows[T]) (spanFile, error) {
	return createFile(writers, dir, part.span, part.writeTo)
}

// createFile makes a file of one span and lets fill write its rows.
func createFile[T any](writers *writers[T], dir string, s span, fill func(*parquet.GenericWriter[T]) error) (done spanFile, err error) {
	folder := filepath.Join(dir, s.folder())
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return done, err
	}
	path := filepath.Join(folder, uuid.NewString()+".parquet")
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return done, err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(path)
		}
	}()
	w := writers.get(file)
	if err = fill(w); err == nil {
		err = w.Close()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		writers.put(w) // a writer that failed is not used again
	}
	return spanFile{path: path, span: s}, err
}

func remove(files []spanFile) {
	for _, f := range files {
		if f.path != "" {
			_ = os.Remove(f.path) // an orphan is swept later; nothing refers to it
		}
	}
}

// inParallel calls do for 0 to n-1 on all cores and returns the first error.
func inParallel(n int, do func(i int) error) error {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		group.Go(func() error { return do(i) })
	}
	return group.Wait()
}
