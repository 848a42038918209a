package lake

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/apache/iceberg-go"
	"github.com/google/uuid"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
	"golang.org/x/sync/errgroup"

	"phdp/transform"
)

// table is one lake table: its name, its columns, and how to write its part of a batch.
type table struct {
	name   string
	schema *iceberg.Schema
	// write puts the rows that keep accepts into one Parquet file per span under dir; spans tells which.
	write func(dir string, rows *transform.Rows, keep func(*transform.Origin) bool, spans spans) ([]spanFile, error)
	// merge reads files of one span and writes their rows into one, ordered by patient and time.
	merge func(dir string, s span, paths []string) (spanFile, int, error)
	// committing is held while this process commits to the table, so that its own writers queue.
	committing sync.Mutex
}

// spanFile is a finished file and the partition that it belongs to.
type spanFile struct {
	path string
	span span
}

// Names of the lake's tables.
func Names() []string {
	return []string{"chats", "findings", "prescriptions", "activities", "measurements", "links", "deadletters"}
}

func tables() ([]*table, error) {
	var all []*table
	var failed error
	add := func(t *table, err error) {
		if err != nil && failed == nil {
			failed = err
		}
		all = append(all, t)
	}
	add(define("chats", func(r *transform.Rows) []transform.ChatRow { return r.Chats }, func(r *transform.ChatRow) *transform.Origin { return &r.Origin }))
	add(define("findings", func(r *transform.Rows) []transform.FindingRow { return r.Findings }, func(r *transform.FindingRow) *transform.Origin { return &r.Origin }))
	add(define("prescriptions", func(r *transform.Rows) []transform.PrescriptionRow { return r.Prescriptions }, func(r *transform.PrescriptionRow) *transform.Origin { return &r.Origin }))
	add(define("activities", func(r *transform.Rows) []transform.ActivityRow { return r.Activities }, func(r *transform.ActivityRow) *transform.Origin { return &r.Origin }))
	add(define("measurements", func(r *transform.Rows) []transform.MeasurementRow { return r.Measurements }, func(r *transform.MeasurementRow) *transform.Origin { return &r.Origin }))
	add(define("links", func(r *transform.Rows) []transform.LinkRow { return r.Links }, func(r *transform.LinkRow) *transform.Origin { return &r.Origin }))
	add(define("deadletters", func(r *transform.Rows) []transform.DeadLetterRow { return r.DeadLetters }, func(r *transform.DeadLetterRow) *transform.Origin { return &r.Origin }))
	return all, failed
}

func define[T any](name string, pick func(*transform.Rows) []T, origin func(*T) *transform.Origin) (*table, error) {
	schema, err := icebergSchema(parquet.SchemaOf(new(T)))
	if err != nil {
		return nil, fmt.Errorf("define lake table %s: %w", name, err)
	}
	writers := &sync.Pool{New: func() any {
		return parquet.NewGenericWriter[T](nil, parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest}))
	}}
	write := func(dir string, rows *transform.Rows, keep func(*transform.Origin) bool, spans spans) ([]spanFile, error) {
		parts := split(pick(rows), origin, keep, spans)
		files := make([]spanFile, len(parts))
		err := inParallel(len(parts), func(i int) (err error) {
			files[i], err = writeFile(writers, dir, parts[i])
			return err
		})
		if err != nil {
			remove(files)
			return nil, fmt.Errorf("write %s: %w", name, err)
		}
		return files, nil
	}
	merge := func(dir string, s span, paths []string) (spanFile, int, error) {
		rows, err := readFiles[T](paths)
		if err != nil {
			return spanFile{}, 0, fmt.Errorf("merge %s: %w", name, err)
		}
		slices.SortStableFunc(rows, func(a, b T) int { return byPatient(origin(&a), origin(&b)) })
		file, err := writeFile(writers, dir, spanRows[T]{s, rows})
		if err != nil {
			return spanFile{}, 0, fmt.Errorf("merge %s: %w", name, err)
		}
		return file, len(rows), nil
	}
	return &table{name: name, schema: schema, write: write, merge: merge}, nil
}

// byPatient puts what is asked for together next to each other; offset decides between equals.
func byPatient(a, b *transform.Origin) int {
	return cmp.Or(cmp.Compare(a.PatientKey, b.PatientKey), a.EventAt.Compare(b.EventAt),
		cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
}

func readFiles[T any](paths []string) ([]T, error) {
	var all []T
	for _, path := range paths {
		rows, err := parquet.ReadFile[T](path)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

type spanRows[T any] struct {
	span span
	rows []T
}

func split[T any](rows []T, origin func(*T) *transform.Origin, keep func(*transform.Origin) bool, spans spans) []spanRows[T] {
	bySpan := map[span][]T{}
	for i := range rows {
		o := origin(&rows[i])
		if keep(o) {
			s := spans.of(o.EventAt)
			bySpan[s] = append(bySpan[s], rows[i])
		}
	}
	parts := make([]spanRows[T], 0, len(bySpan))
	for s, rows := range bySpan {
		parts = append(parts, spanRows[T]{s, rows})
	}
	slices.SortFunc(parts, func(a, b spanRows[T]) int { return a.span.compare(b.span) })
	return parts
}

func writeFile[T any](writers *sync.Pool, dir string, part spanRows[T]) (done spanFile, err error) {
	folder := filepath.Join(dir, part.span.folder())
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
	w := writers.Get().(*parquet.GenericWriter[T])
	w.Reset(file)
	if _, err = w.Write(part.rows); err == nil {
		err = w.Close()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		writers.Put(w) // a writer that failed is not used again
	}
	return spanFile{path, part.span}, err
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
