package lake

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"phdp/ingest"
	"phdp/transform"
)

// A month of flushes in which every batch also brings events of three earlier days: with upkeep now and
// then, no day ever has more than a few files, and every record stays there once.
func TestMonthOfLateEventsHasFewFilesADay(t *testing.T) {
	const days, flushes, upkeepAfter, openFiles = 30, 2, 4, 6
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

// The same month as it is: a flush every five seconds, half of which bring events of one to three earlier days,
// and upkeep every ten minutes. Only the choice of files is played, on sizes; what it costs is counted as how often
// a byte is written again.
func TestMonthOfAFlushEveryFiveSeconds(t *testing.T) {
	const days, flushes, upkeepAfter = 30, 24 * 720, 120
	random := rand.New(rand.NewPCG(3, 4))
	size := func(f int64) int64 { return f }
	var open [days][]int64 // sizes of the files of each day
	var written, rewritten int64
	most, mostClosed := 0, 0
	for flush := range days * flushes {
		today := flush / flushes
		add := func(day int, bytes int64) {
			open[day] = append(open[day], bytes)
			written += bytes
		}
		add(today, 150_000+random.Int64N(100_000))
		if random.IntN(2) == 0 && today > 0 {
			for range 1 + random.IntN(3) {
				add(random.IntN(today), 4_000+random.Int64N(2_000))
			}
		}
		if flush%upkeepAfter != upkeepAfter-1 {
			continue
		}
		for day := range today + 1 {
			least := 4
			if day == today {
				least = 32
			}
			most = max(most, len(open[day]))
			for _, tier := range tiers(slices.Clone(open[day]), size, least, 256<<20) {
				sum := int64(0)
				for _, bytes := range tier {
					sum += bytes
					i := slices.Index(open[day], bytes)
					open[day] = slices.Delete(open[day], i, i+1)
				}
				open[day] = append(open[day], sum)
				rewritten += sum
			}
			if day < today {
				mostClosed = max(mostClosed, len(open[day]))
			}
		}
	}
	if most > 170 || mostClosed > 25 {
		t.Errorf("a day has up to %d files, and a closed one %d after upkeep; want at most 170 and 25", most, mostClosed)
	}
	if ratio := float64(rewritten) / float64(written); ratio > 5 {
		t.Errorf("each byte is written again %.1f times, want at most 5", ratio)
	}
	t.Logf("at most %d files a day, %d when it is closed; each byte written again %.1f times", most, mostClosed, float64(rewritten)/float64(written))
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
