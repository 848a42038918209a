package lake

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"phdp/ingest"
	"phdp/transform"
)

// peopleBatch has records [start, end) of 10 people in turn, an hour apart: a chat each, a finding for every
// second, and for every fifth a link to the person after; every seventh is a dead letter beside it.
func peopleBatch(start, end int64) *transform.Batch {
	b := chats(0, start, end)
	rows := b.Parts[0]
	for i := range rows.Chats {
		o := &rows.Chats[i].Origin
		o.PatientKey = personKey(o.Offset % 10)
		if o.Offset%2 == 0 {
			rows.Findings = append(rows.Findings, transform.FindingRow{Origin: *o, Concept: "headache"})
		}
		if o.Offset%5 == 0 {
			rows.Links = append(rows.Links, transform.LinkRow{Origin: *o, LinkedKey: personKey((o.Offset + 1) % 10)})
		}
		if o.Offset%7 == 0 {
			letter := transform.DeadLetterRow{Origin: *o, Reason: "bad_json"}
			letter.PatientKey = ""
			rows.DeadLetters = append(rows.DeadLetters, letter)
		}
	}
	return b
}

func personKey(n int64) string { return fmt.Sprintf("%032x", n) }

// onDisk counts the rows of a person in every Parquet file under the lake's folder, of whatever snapshot.
func onDisk(t *testing.T, l *Lake, key string) (rows int) {
	t.Helper()
	err := filepath.WalkDir(l.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".parquet" {
			return err
		}
		all, err := parquet.ReadFile[struct {
			PatientKey string `parquet:"patient_key,dict"`
		}](path)
		for _, r := range all {
			if r.PatientKey == key {
				rows++
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestEraseLeavesNothingOfAPerson(t *testing.T) {
	for _, compacted := range []bool{false, true} {
		t.Run(fmt.Sprint("compacted ", compacted), func(t *testing.T) {
			l := open(t, t.TempDir())
			appendAll(t, l, peopleBatch(0, 100), peopleBatch(100, 200))
			if compacted {
				if _, err := l.Compact(t.Context(), CompactOptions{MinFiles: 2}); err != nil {
					t.Fatal(err)
				}
			}
			before, err := l.load(t.Context(), "chats")
			if err != nil {
				t.Fatal(err)
			}
			report, err := l.Erase(t.Context(), []string{personKey(6), personKey(3)})
			if err != nil {
				t.Fatal(err)
			}
			after, err := l.load(t.Context(), "chats")
			if err != nil || len(after.Metadata().Snapshots()) != 1 || report.Tables[0].Forgotten < len(before.Metadata().Snapshots()) {
				t.Errorf("%d snapshots before, %d forgotten, %v", len(before.Metadata().Snapshots()), report.Tables[0].Forgotten, err)
			}
			want := map[string]int64{"chats": 40, "findings": 20, "links": 20} // links: of offset 5, 15, … to person 6
			for _, done := range report.Tables {
				if done.Removed != want[done.Table] || done.RowsBefore != done.RowsLeft+done.Removed || done.Looked < done.Rewritten {
					t.Errorf("%+v, want %d removed", done, want[done.Table])
				}
			}
			if a, b := onDisk(t, l, personKey(6)), onDisk(t, l, personKey(3)); a+b != 0 {
				t.Errorf("%d and %d rows are left on the disk", a, b)
			}
			if others := onDisk(t, l, personKey(4)); others != 20+20 {
				t.Errorf("another person has %d rows left, want 40", others)
			}
			if n := orphansOf(t, l); n != 0 {
				t.Errorf("%d files that no snapshot knows", n)
			}
			if next, err := l.Offsets(t.Context()); err != nil || next[ingest.Partition{Topic: "phdp.chats"}] != 200 {
				t.Errorf("offsets %v, %v; want 200", next, err)
			}
			again, err := l.Erase(t.Context(), []string{personKey(6), personKey(3)})
			if err != nil || again.Tables[0].Rewritten != 0 {
				t.Errorf("erased again: %+v, %v", again.Tables, err)
			}
			wantBooks(t, l, "chats", 160)
			wantBooks(t, l, "findings", 80)
			wantBooks(t, l, "links", 20)
		})
	}
}

// wantBooks compares what a table promises with what its files hold, and the absences with what went.
func wantBooks(t *testing.T, l *Lake, table string, rows int64) {
	t.Helper()
	audits, err := l.Audit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a := audits[slices.Index(Names(), table)]
	if p := a.Partitions[ingest.Partition{Topic: "phdp.chats"}]; len(a.Faults) != 0 || a.Rows != rows || p.Rows != rows || p.Start != 0 || !p.IsCounted {
		t.Errorf("%s: %d rows, promise %+v, faults %v; want %d", table, a.Rows, p, a.Faults, rows)
	}
}

func TestEraseWritesDownCoordinatesOnly(t *testing.T) {
	l := open(t, t.TempDir())
	appendAll(t, l, peopleBatch(0, 30))
	if _, err := l.Erase(t.Context(), []string{personKey(7)}); err != nil {
		t.Fatal(err)
	}
	all, err := l.Absences(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	for _, a := range all {
		if a.Reason != Erased || a.Topic != "phdp.chats" || a.End != a.Start+1 {
			t.Errorf("absence %+v", a)
		}
		got = append(got, a.Start)
	}
	if want := []int64{7, 17, 27}; !slices.Equal(got, want) {
		t.Errorf("absent are %v, want %v", got, want)
	}
}

// The lowest and highest keys of replaced files are in no manifest either.
func TestEraseLeavesNoBoundOfAPerson(t *testing.T) {
	l := open(t, t.TempDir())
	appendAll(t, l, peopleBatch(0, 30), peopleBatch(30, 60))
	key := "ffffffffffffffffffffffffffffffff"
	last := chats(0, 60, 63)
	last.Parts[0].Chats[0].PatientKey = key
	appendAll(t, l, last)
	if _, err := l.Compact(t.Context(), CompactOptions{MinFiles: 2}); err != nil { // as they come, files have no bounds of it
		t.Fatal(err)
	}
	if bounds := boundsIn(t, l, key[:16]); bounds == 0 {
		t.Fatal("the highest key is in no manifest; the test proves nothing")
	}
	if _, err := l.Erase(t.Context(), []string{key}); err != nil {
		t.Fatal(err)
	}
	if bounds := boundsIn(t, l, key[:16]); bounds != 0 {
		t.Errorf("the key is a bound in %d entries of manifests", bounds)
	}
	lists, _ := filepath.Glob(filepath.Join(l.dir, "chats", "metadata", "snap-*.avro"))
	if len(lists) != 1 {
		t.Errorf("%d lists of manifests are left, want the current one", len(lists))
	}
	wantBooks(t, l, "chats", 62)
}

// boundsIn counts the entries of the manifests on the disk that have a bound with this beginning.
func boundsIn(t *testing.T, l *Lake, prefix string) (n int) {
	t.Helper()
	tbl, err := l.load(t.Context(), "chats")
	if err != nil {
		t.Fatal(err)
	}
	files, err := tbl.FS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range tbl.Metadata().Snapshots() {
		manifests, err := s.Manifests(files)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range manifests {
			for e, err := range m.Entries(files, false) {
				if err != nil {
					t.Fatal(err)
				}
				for _, bounds := range []map[int][]byte{e.DataFile().LowerBoundValues(), e.DataFile().UpperBoundValues()} {
					for _, b := range bounds {
						if strings.HasPrefix(string(b), prefix[:15]) {
							n++
						}
					}
				}
			}
		}
	}
	return n
}

// A person is all there is in a file: the file goes, and nothing comes in its place.
func TestEraseTheOnlyPerson(t *testing.T) {
	l := open(t, t.TempDir())
	only := chats(0, 0, 5)
	for i := range only.Parts[0].Chats {
		only.Parts[0].Chats[i].PatientKey = personKey(1)
	}
	appendAll(t, l, only)
	report, err := l.Erase(t.Context(), []string{personKey(1)})
	if err != nil || report.Tables[0].Removed != 5 || len(filesOf(t, l)) != 0 {
		t.Fatalf("%+v, %v, %d files left", report.Tables[0], err, len(filesOf(t, l)))
	}
	appendAll(t, l, peopleBatch(5, 25))
	wantBooks(t, l, "chats", 20)
}

// Erasures beside appends of the same people and compactions: what came in before each began is gone.
func TestEraseBesideWriters(t *testing.T) {
	dir := t.TempDir()
	l, other := open(t, dir), open(t, dir)
	appendAll(t, l, peopleBatch(0, 100))
	var all sync.WaitGroup
	all.Go(func() {
		for o := int64(100); o < 200; o += 10 {
			if err := other.Append(t.Context(), peopleBatch(o, o+10)); err != nil {
				t.Error(err)
			}
		}
	})
	all.Go(func() {
		for range 4 {
			if _, err := other.Compact(t.Context(), CompactOptions{MinFiles: 2}); err != nil {
				t.Error(err)
			}
		}
	})
	all.Go(func() {
		for range 3 {
			if _, err := l.Erase(t.Context(), []string{personKey(2)}); err != nil {
				t.Error(err)
			}
		}
	})
	all.Wait()
	if _, err := l.Erase(t.Context(), []string{personKey(2)}); err != nil {
		t.Fatal(err)
	}
	if left := onDisk(t, l, personKey(2)); left != 0 {
		t.Errorf("%d rows are left", left)
	}
	wantBooks(t, l, "chats", 180)
	wantBooks(t, l, "findings", 80)
}

// What a crashed process left behind holds the person too.
func TestEraseReachesFilesThatNobodyKnows(t *testing.T) {
	l := open(t, t.TempDir())
	appendAll(t, l, peopleBatch(0, 20))
	for _, batch := range []*transform.Batch{peopleBatch(20, 40), chats(0, 20, 25)} {
		if _, err := l.tables[0].write(filepath.Join(l.dir, "chats", "data"), batch.Parts, newIntake(nil).keep, spans{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.Erase(t.Context(), []string{personKey(4)}); err != nil {
		t.Fatal(err)
	}
	if left := onDisk(t, l, personKey(4)); left != 0 {
		t.Errorf("%d rows are left", left)
	}
	if n := orphansOf(t, l); n != 3 {
		t.Errorf("%d files that no snapshot knows, want the three of four without the person", n)
	}
}

func TestEraseLetters(t *testing.T) {
	l := open(t, t.TempDir())
	appendAll(t, l, peopleBatch(0, 30))
	at := []ingest.Position{{Topic: "phdp.chats", Offset: 14}, {Topic: "phdp.chats", Offset: 15}, {Topic: "other", Offset: 7}}
	n, err := l.EraseLetters(t.Context(), at)
	if err != nil || n != 1 {
		t.Fatalf("%d erased, %v; want 1", n, err)
	}
	wantBooks(t, l, "deadletters", 4)
	wantBooks(t, l, "chats", 30)
	if n, err := l.EraseLetters(t.Context(), at); err != nil || n != 0 {
		t.Errorf("%d erased again, %v", n, err)
	}
}

func TestEraseNobody(t *testing.T) {
	l := open(t, t.TempDir())
	appendAll(t, l, chats(0, 0, 5)) // without a patient key
	if _, err := l.Erase(t.Context(), []string{""}); err == nil {
		t.Error("the empty key was accepted")
	}
	started := time.Now()
	report, err := l.Erase(t.Context(), []string{personKey(1)})
	if err != nil || report.Tables[0].Rewritten != 0 || report.Tables[0].Looked != 1 {
		t.Errorf("%+v, %v after %v", report.Tables, err, time.Since(started))
	}
}
