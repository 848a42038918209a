package lake

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"

	"phdp/transform"
)

// mergeParts writes files of rows of random people on one day; every third is sorted.
func mergeParts(t *testing.T, m *merger[transform.ChatRow], files, rows int) []source {
	t.Helper()
	random := rand.New(rand.NewPCG(5, 6))
	var all []source
	for f := range files {
		part := chats(0, int64(f*rows), int64((f+1)*rows)).Parts[0].Chats
		for i := range part {
			part[i].PatientKey, part[i].EventAt = personKey(random.Int64N(40)), today
		}
		isSorted := f%3 == 0
		if isSorted {
			m.sort(part)
		}
		file, err := writeFile(m.writers, m.dir, spanRows[transform.ChatRow]{m.span, [][]transform.ChatRow{part}})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, source{file.path, isSorted})
	}
	return all
}

// A partition that is many times larger than what may be in memory is merged into one sorted file.
func TestMergeHoldsNoMoreThanItsBound(t *testing.T) {
	cases := []struct{ files, rows, bound, fanIn int }{
		{1, 100, 1000, 16},
		{9, 100, 1000, 16},  // all unsorted rows fit
		{12, 300, 500, 16},  // some are put aside
		{40, 250, 400, 4},   // more files than are read at once, several times over
		{3, 10_000, 400, 8}, // files that are larger than the bound, and than what is read at a time
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%d files of %d rows", c.files, c.rows), func(t *testing.T) {
			m := &merger[transform.ChatRow]{writers: newWriters[transform.ChatRow](newPageCodec(), bounded), dir: t.TempDir(), span: spans{}.of(today), bound: c.bound, fanIn: c.fanIn,
				origin: func(r *transform.ChatRow) *transform.Origin { return &r.Origin }}
			parts := mergeParts(t, m, c.files, c.rows)
			file, n, err := m.merge(t.Context(), parts)
			if err != nil || n != c.files*c.rows || !file.isSorted {
				t.Fatalf("%d rows, sorted %v, %v; want %d", n, file.isSorted, err, c.files*c.rows)
			}
			if limit := c.bound + chunkRows; m.peak > limit {
				t.Errorf("%d rows were in memory, want at most %d", m.peak, limit)
			}
			merged, err := parquet.ReadFile[transform.ChatRow](file.path)
			if err != nil || !slices.IsSortedFunc(merged, func(a, b transform.ChatRow) int { return byPatient(&a.Origin, &b.Origin) }) {
				t.Errorf("the file is not sorted, %v", err)
			}
			seen := map[int64]bool{}
			for _, r := range merged {
				seen[r.Offset] = true
			}
			if len(seen) != n || len(merged) != n {
				t.Errorf("%d different rows of %d, want %d", len(seen), len(merged), n)
			}
			if left, _ := filepath.Glob(filepath.Join(m.dir, "*", "*")); len(left) != c.files+1 {
				t.Errorf("%d files are left, want the old ones and the new one", len(left))
			}
		})
	}
}

func TestMergeEndsWithItsContext(t *testing.T) {
	m := &merger[transform.ChatRow]{writers: newWriters[transform.ChatRow](newPageCodec(), bounded), dir: t.TempDir(), span: spans{}.of(today), bound: 100, fanIn: 4,
		origin: func(r *transform.ChatRow) *transform.Origin { return &r.Origin }}
	parts := mergeParts(t, m, 4, 200)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := m.merge(ctx, parts); !errors.Is(err, context.Canceled) {
		t.Errorf("merge: %v, want that it was cancelled", err)
	}
	if err := os.Remove(parts[0].path); err != nil {
		t.Fatal(err)
	}
	if _, _, err := m.merge(t.Context(), parts); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("merge of a file that is gone: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(m.dir, "*", "*")); len(left) != len(parts)-1 {
		t.Errorf("%d files are left, want the %d old ones", len(left), len(parts)-1)
	}
}
