package lake

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"phdp/ingest"
	"phdp/transform"
)

// A month of flushes in which every batch also brings events of three earlier days: with upkeep now and
// then, no day ever has more than a few files, and every record stays there once.
func TestMonthOfLateEventsHasFewFilesADay(t *testing.T) {
	const days, flushes, upkeepAfter, openFiles = 30, 12, 4, 6
	l := open(t, t.TempDir())
	begin := today.AddDate(0, 0, -days)
	random := rand.New(rand.NewPCG(1, 2))
	offset, most := int64(0), 0
	for flush := range days * flushes {
		now := begin.Add(time.Duration(flush) * 24 * time.Hour / flushes)
		batch := lateBatch(random, now, begin, offset)
		if err := l.appendTo(t.Context(), l.tables[0], batch); err != nil {
			t.Fatal(err)
		}
		offset = batch.Ranges[0].End
		if flush%upkeepAfter == upkeepAfter-1 {
			compactOne(t, l, CompactOptions{MinFiles: 4, OpenMinFiles: openFiles, MaxBytes: 64 << 20, Before: now})
			most = max(most, mostFiles(t, l))
		}
	}
	if limit := openFiles + upkeepAfter; most > limit {
		t.Errorf("a day has %d files after upkeep, want at most %d", most, limit)
	}
	count, distinct, low, high := offsetsIn(t, l, 0)
	if count != offset || distinct != offset || low != 0 || high != offset-1 {
		t.Errorf("rows %d, distinct %d, %d to %d; want 0 to %d once each", count, distinct, low, high, offset-1)
	}
	if next := reachedBy(t, l)[ingest.Partition{Topic: "phdp.chats"}]; next != offset {
		t.Errorf("next offset %d, want %d", next, offset)
	}
}

// lateBatch is 40 rows of now and one row of each of three earlier days.
func lateBatch(random *rand.Rand, now, begin time.Time, from int64) *transform.Batch {
	b := chats(0, from, from+43)
	for i := range b.Parts[0].Chats {
		row := &b.Parts[0].Chats[i]
		row.EventAt, row.PatientKey, row.Text = now, fmt.Sprintf("%032x", random.IntN(50)), fmt.Sprintf("血压%d", random.Uint64())
		if i >= 40 {
			row.EventAt = begin.Add(rand.N(now.Sub(begin) + time.Hour))
		}
	}
	return b
}

func compactOne(t *testing.T, l *Lake, o CompactOptions) {
	t.Helper()
	_, err := l.compactTable(t.Context(), l.tables[0], o)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.expireTable(t.Context(), l.tables[0], time.Now()); err != nil {
		t.Fatal(err)
	}
}

func mostFiles(t *testing.T, l *Lake) (most int) {
	t.Helper()
	tbl, err := l.load(t.Context(), "chats")
	if err != nil {
		t.Fatal(err)
	}
	files, err := dataFiles(t.Context(), tbl)
	if err != nil {
		t.Fatal(err)
	}
	perSpan := map[span]int{}
	for _, f := range files {
		s := spanOf(tbl, f)
		perSpan[s]++
		most = max(most, perSpan[s])
	}
	return most
}

func reachedBy(t *testing.T, l *Lake) map[ingest.Partition]int64 {
	t.Helper()
	tbl, err := l.load(t.Context(), "chats")
	if err != nil {
		t.Fatal(err)
	}
	return reached(tbl)
}

// Late files beside a large one are rewritten among themselves.
func TestCompactLeavesALargeFileAlone(t *testing.T) {
	l := open(t, t.TempDir())
	large := chats(0, 0, 5000)
	for i := range large.Parts[0].Chats {
		large.Parts[0].Chats[i].EventAt, large.Parts[0].Chats[i].Text = today, fmt.Sprintf("%x%x", rand.Uint64(), rand.Uint64())
	}
	appendAll(t, l, large)
	kept := filesOf(t, l)[0]
	for o := int64(5000); o < 5005; o++ {
		late := chats(0, o, o+1)
		late.Parts[0].Chats[0].EventAt = today.Add(time.Hour)
		appendAll(t, l, late)
	}
	if _, err := l.Compact(t.Context(), CompactOptions{MinFiles: 4}); err != nil {
		t.Fatal(err)
	}
	files := filesOf(t, l)
	if len(files) != 2 || files[0] != kept && files[1] != kept {
		t.Errorf("%d files, want the large one as it was and one for the late events", len(files))
	}
}
