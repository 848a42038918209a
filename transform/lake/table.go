package lake

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

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
	// write puts the rows that keep accepts into one Parquet file per day under dir.
	write func(dir string, rows *transform.Rows, keep func(*transform.Origin) bool) ([]dayFile, error)
	// merge reads files of one day and writes their rows into one, ordered by patient and time.
	merge func(dir string, day int32, paths []string) (dayFile, int, error)
	// committing is held while this process commits to the table, so that its own writers queue.
	committing sync.Mutex
}

type dayFile struct {
	path string
	day  int32 // days since 1970-01-01, UTC
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
	write := func(dir string, rows *transform.Rows, keep func(*transform.Origin) bool) ([]dayFile, error) {
		days := splitByDay(pick(rows), origin, keep)
		files := make([]dayFile, len(days))
		err := inParallel(len(days), func(i int) (err error) {
			files[i].day = days[i].day
			files[i].path, err = writeDay(writers, dir, days[i])
			return err
		})
		if err != nil {
			remove(files)
			return nil, fmt.Errorf("write %s: %w", name, err)
		}
		return files, nil
	}
	merge := func(dir string, day int32, paths []string) (dayFile, int, error) {
		rows, err := readFiles[T](paths)
		if err != nil {
			return dayFile{}, 0, fmt.Errorf("merge %s: %w", name, err)
		}
		slices.SortStableFunc(rows, func(a, b T) int { return byPatient(origin(&a), origin(&b)) })
		path, err := writeDay(writers, dir, dayRows[T]{day, rows})
		if err != nil {
			return dayFile{}, 0, fmt.Errorf("merge %s: %w", name, err)
		}
		return dayFile{path: path, day: day}, len(rows), nil
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

type dayRows[T any] struct {
	day  int32
	rows []T
}

func splitByDay[T any](rows []T, origin func(*T) *transform.Origin, keep func(*transform.Origin) bool) []dayRows[T] {
	byDay := map[int32][]T{}
	for i := range rows {
		o := origin(&rows[i])
		if keep(o) {
			day := dayOf(o.EventAt)
			byDay[day] = append(byDay[day], rows[i])
		}
	}
	days := make([]dayRows[T], 0, len(byDay))
	for day, rows := range byDay {
		days = append(days, dayRows[T]{day, rows})
	}
	slices.SortFunc(days, func(a, b dayRows[T]) int { return int(a.day - b.day) })
	return days
}

// dayOf is Iceberg's day transform: whole days since the epoch, rounded down.
func dayOf(at time.Time) int32 {
	seconds := at.Unix()
	day := seconds / 86400
	if seconds%86400 < 0 {
		day--
	}
	return int32(day)
}

func writeDay[T any](writers *sync.Pool, dir string, d dayRows[T]) (path string, err error) {
	folder := filepath.Join(dir, "event_at_day="+time.Unix(int64(d.day)*86400, 0).UTC().Format(time.DateOnly))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	path = filepath.Join(folder, uuid.NewString()+".parquet")
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(path)
		}
	}()
	w := writers.Get().(*parquet.GenericWriter[T])
	w.Reset(file)
	if _, err = w.Write(d.rows); err == nil {
		err = w.Close()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		writers.Put(w) // a writer that failed is not used again
	}
	return path, err
}

func remove(files []dayFile) {
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
