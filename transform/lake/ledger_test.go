package lake

import (
	"fmt"
	"testing"

	"phdp/ingest"
	"phdp/transform"
)

func TestGapsAndRuns(t *testing.T) {
	cases := []struct {
		name       string
		in         []int64
		start, end int64
		gaps, runs string
	}{
		{"none", nil, 5, 9, "[[5 9]]", "[]"},
		{"all", []int64{5, 6, 7, 8}, 5, 9, "[]", "[[5 9]]"},
		{"first, middle and last are absent", []int64{6, 8}, 5, 10, "[[5 6] [7 8] [9 10]]", "[[6 7] [8 9]]"},
		{"at the border of two pages", []int64{4094, 4095, 4096, 4098}, 4094, 4099, "[[4097 4098]]", "[[4094 4097] [4098 4099]]"},
		{"pages without any", []int64{1, 20000}, 0, 30000, "[[0 1] [2 20000] [20001 30000]]", "[[1 2] [20000 20001]]"},
		{"others are outside the range", []int64{1, 50}, 10, 20, "[[10 20]]", "[[1 2] [50 51]]"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := offsets{}
			for _, o := range c.in {
				s.add(o)
			}
			if gaps := fmt.Sprint(s.gaps(c.start, c.end)); gaps != c.gaps {
				t.Errorf("gaps %s, want %s", gaps, c.gaps)
			}
			if runs := fmt.Sprint(s.runs()); runs != c.runs {
				t.Errorf("runs %s, want %s", runs, c.runs)
			}
		})
	}
}

func TestRecordsWithoutARowAreWrittenDown(t *testing.T) {
	l := open(t, t.TempDir())
	b := chats(2, 100, 110)
	b.Parts[0].Chats = append(b.Parts[0].Chats[:4], b.Parts[0].Chats[7:9]...) // 104 to 106 and 109 became nothing
	b.Parts = append(b.Parts, &transform.Rows{DeadLetters: []transform.DeadLetterRow{{Origin: transform.Origin{Topic: "phdp.chats", Partition: 2, Offset: 105, EventAt: today}}}})
	appendAll(t, l, b, b)
	all, err := l.Absences(t.Context())
	want := "[{{phdp.chats 2 104 105} nothing} {{phdp.chats 2 106 107} nothing} {{phdp.chats 2 109 110} nothing}]"
	if got := fmt.Sprint(all); err != nil || got != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}

func TestLedgerCountsWhatATableTook(t *testing.T) {
	l := open(t, t.TempDir())
	appendAll(t, l, chats(0, 10, 50), chats(0, 30, 80), chats(1, 0, 5), chats(0, 20, 40))
	promise := func(p int32) Promise {
		t.Helper()
		audits, err := l.Audit(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return audits[0].Partitions[ingest.Partition{Topic: "phdp.chats", ID: p}]
	}
	if got, want := promise(0), (Promise{Start: 10, Next: 80, Rows: 70, IsCounted: true}); got != want {
		t.Errorf("partition 0: %+v, want %+v", got, want)
	}
	if got, want := promise(1), (Promise{Start: 0, Next: 5, Rows: 5, IsCounted: true}); got != want {
		t.Errorf("partition 1: %+v, want %+v", got, want)
	}
	tbl, err := l.load(t.Context(), "chats")
	if err != nil {
		t.Fatal(err)
	}
	tx := tbl.NewTransaction()
	if err := tx.RemoveProperties([]string{propertyOf(ledgerProperty, ingest.Partition{Topic: "phdp.chats"})}); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	appendAll(t, l, chats(0, 80, 90)) // as in a lake that is older than its ledgers
	if got, want := promise(0), (Promise{Next: 90}); got != want {
		t.Errorf("partition 0 without a ledger: %+v, want %+v", got, want)
	}
}
