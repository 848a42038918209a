package transform

import (
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"phdp/ingest"
)

var fuzzSeeds = []string{
	"", "您好", "没有发烧、咳嗽，就是头晕", "血压150/95，空腹7.8，体温38度5", "１３８００００００００１", "+86 138-0000-0001 微信:abc_123",
	"11010519491231002X 4111 1111 1111 1111", "我妈吃了缬沙坦后头晕吗？不咳不喘", "e\u200d\u0301\xff\ufeff", "一三八零零零零零零零一", "a@b.cn @@ x@",
	"家住建设路88号3栋", "我叫李小雷", "38度5 38度55 1/2/3 150/95/60", "ARCO II期 HER2+", "(((010-)) 400-820-8820", "wxid_", "疼不疼？疼不", "没没没有不不不",
}

func seed(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add(s)
	}
}

func FuzzClean(f *testing.F) {
	seed(f)
	c := newCleaner()
	f.Fuzz(func(t *testing.T, text string) {
		var from []int32
		got := c.clean(text)
		if !utf8.ValidString(got) || strings.TrimSpace(got) != got {
			t.Fatalf("%q gives %q", text, got)
		}
		if again := c.clean(got); again != got {
			t.Fatalf("%q gives %q and then %q", text, got, again)
		}
		mapped := c.rewrite(text, &from)
		if len(from) != utf8.RuneCountInString(mapped)+1 {
			t.Fatalf("%d offsets for %q", len(from), mapped)
		}
	})
}

func FuzzRedact(f *testing.F) {
	seed(f)
	tr := testTransformer(f)
	f.Fuzz(func(t *testing.T, text string) {
		got, n := tr.cleanAndRedact(text)
		if !utf8.ValidString(got) || n < 0 || n == 0 && got != tr.cleaner.clean(text) {
			t.Fatalf("%q gives %q (%d)", text, got, n)
		}
	})
}

// FuzzRedactPlanted plants a mobile number into any text: it must be gone.
func FuzzRedactPlanted(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add(s, s)
	}
	tr := testTransformer(f)
	f.Fuzz(func(t *testing.T, before, after string) {
		digit := func(r rune) bool { return chineseDigit(r) >= 0 || r >= '0' && r <= '9' }
		before, after = tr.cleaner.clean(before+"，"), tr.cleaner.clean("，"+after)
		if strings.ContainsFunc(before, digit) || strings.ContainsFunc(after, digit) || strings.Contains(before+after, "@") {
			return // digits beside the number make it another one
		}
		if got, _ := tr.cleanAndRedact(before + "13800000001" + after); strings.Contains(got, "13800000001") {
			t.Fatalf("%q and %q leave %q", before, after, got)
		}
	})
}

func FuzzFindings(f *testing.F) {
	seed(f)
	tr := testTransformer(f)
	f.Fuzz(func(t *testing.T, text string) {
		runes := []rune(text)
		for _, speaker := range []string{ingest.SpeakerPatient, ingest.SpeakerStaff} {
			last := 0
			for _, found := range tr.Findings(speaker, text) {
				if found.Start < last || found.End <= found.Start || found.End > len(runes) || string(runes[found.Start:found.End]) != found.Mention {
					t.Fatalf("%q: %+v", text, found)
				}
				if found.Status == "" || found.Kind == "" || found.RuleID == "" {
					t.Fatalf("%q: %+v", text, found)
				}
				last = found.Start
			}
		}
	})
}

func FuzzMeasurements(f *testing.F) {
	seed(f)
	tr := testTransformer(f)
	f.Fuzz(func(t *testing.T, text string) {
		runes := []rune(text)
		for _, m := range tr.Measurements(text) {
			if m.End <= m.Start || m.End > len(runes) || string(runes[m.Start:m.End]) != m.Mention || m.Unit == "" {
				t.Fatalf("%q: %+v", text, m)
			}
		}
	})
}

// TestLongTextsStayLinear feeds texts of the largest size that ingest lets through. What is linear takes a tenth of a second of
// processor time, what is quadratic minutes.
func TestLongTextsStayLinear(t *testing.T) {
	tr := testTransformer(t)
	for _, s := range append(fuzzSeeds, "1 ", "1-", "路1", "微信", "(", "没", "不疼", "吃药疼", "e\u0301", "\u0301", "\u200b", "1380000000") {
		if s == "" {
			continue
		}
		text := strings.Repeat(s, 100_000/len(s))
		begin := processorTime(t)
		clean, _ := tr.cleanAndRedact(text)
		tr.Findings(ingest.SpeakerPatient, clean)
		tr.Measurements(clean)
		if took := processorTime(t) - begin; took > 20*time.Second {
			t.Errorf("%d bytes of %q took %v", len(text), s, took)
		}
	}
}

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
