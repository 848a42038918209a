package transform

import (
	"fmt"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"phdp/ingest"
)

// BenchmarkAppendChat measures the whole way of a chat message, with real texts when they are there: cleaning,
// redaction, pseudonym, findings, measurements and rows.
func BenchmarkAppendChat(b *testing.B) {
	tr := testTransformer(b)
	events := chatEvents(b)
	b.ReportAllocs()
	defer reportCPU(b)()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		var rows Rows
		for i := 0; pb.Next(); i++ {
			if i%4096 == 0 {
				rows = Rows{Chats: rows.Chats[:0], Findings: rows.Findings[:0], Measurements: rows.Measurements[:0]}
			}
			tr.Append(&rows, ingest.Position{}, events[i%len(events)])
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

// reportCPU adds the processor time of an operation, which neighbours on the machine do not change.
func reportCPU(b *testing.B) func() {
	before := cpuTime()
	return func() { b.ReportMetric(float64(cpuTime()-before)/float64(b.N), "cpu-ns/op") }
}

func cpuTime() int64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

func chatEvents(b *testing.B) []*ingest.Event {
	var events []*ingest.Event
	for _, d := range readDialogues(b, filepath.Join("chats", "meddg.ndjson")) {
		for _, u := range d.Utterances {
			events = append(events, &ingest.Event{
				ID: "e", Type: "message", At: time.Unix(1767000000, 0), Source: "canonical",
				Patient: ingest.Identifier{Kind: ingest.KindWeCom, Value: "wmSYN0001"},
				Chat:    &ingest.Chat{Speaker: cmddSpeaker(u.Speaker), MsgType: "text", Text: u.Text},
			})
		}
	}
	return events
}

// BenchmarkFindings compares ways to find the same: the rules, ten times as many rules, one pass of the plain
// automaton over the same forms (nothing can be faster), and the forms as Go regular expressions, one by one (a
// hundredth of them, so that it ends).
func BenchmarkFindings(b *testing.B) {
	tr := testTransformer(b)
	events := chatEvents(b)
	b.Run("rules", func(b *testing.B) { benchFind(b, tr, events) })
	b.Run("rulesTimes10", func(b *testing.B) { benchFind(b, tenfold(b), events) })
	b.Run("automaton", func(b *testing.B) {
		sc := new(scratch)
		auto := tr.scanner.auto
		b.ReportAllocs()
		defer reportCPU(b)()
		for i := range b.N {
			sc.classes, sc.offsets = auto.decode(events[i%len(events)].Chat.Text, sc.classes, sc.offsets, &sc.marks)
			sc.marks.begins, sc.marks.stops = sc.marks.begins[:0], sc.marks.stops[:0]
			for at := 0; at < len(sc.classes); {
				var end int
				_, end, sc.matches = auto.match(sc.classes, at, sc.matches[:0])
				at = max(end, at+1)
			}
		}
	})
	b.Run("regexpsTenth", func(b *testing.B) {
		all := lineRegexps(b, tr.catalogue)
		some := all[:len(all)/10]
		b.ReportMetric(float64(len(some)), "rules")
		defer reportCPU(b)()
		b.ResetTimer()
		for i := range b.N {
			for _, re := range some {
				re.FindStringIndex(events[i%len(events)].Chat.Text)
			}
		}
	})
}

func benchFind(b *testing.B, tr *Transformer, events []*ingest.Event) {
	sc := new(scratch)
	b.ReportAllocs()
	b.ReportMetric(float64(len(tr.scanner.forms)), "forms")
	defer reportCPU(b)()
	b.ResetTimer()
	for i := range b.N {
		c := events[i%len(events)].Chat
		tr.find(c.Speaker, c.Text, sc)
	}
}

// tenfold has nine invented forms, of the same characters, beside each form of the catalogue.
func tenfold(b *testing.B) *Transformer {
	tr := testTransformer(b)
	c := *tr.catalogue
	c.forms = append([]form(nil), c.forms...)
	seen := map[string]bool{}
	for i := range c.forms {
		seen[c.forms[i].text] = true
	}
	for i, n := 0, len(c.forms); i < n; i++ {
		runes := []rune(c.forms[i].text)
		other := []rune(c.forms[(i*7919+13)%n].text)
		for k := range 9 {
			f := c.forms[i]
			f.text = string(runes) + string(other[:min(len(other), 1+k%3)]) + string(runes[:min(len(runes), 1+k/3)])
			if f.cue == cueNone && !seen[f.text] {
				seen[f.text] = true
				c.forms = append(c.forms, f)
			}
		}
	}
	out, err := New(Config{Key: tr.key, Catalogue: &c, Products: testProducts})
	if err != nil {
		b.Fatal(err)
	}
	return out
}

// lineRegexps writes each line of the lexicon as one regular expression.
func lineRegexps(b *testing.B, c *Catalogue) []*regexp.Regexp {
	lines := map[int][]string{}
	most := 0
	for i := range c.forms {
		f := &c.forms[i]
		if f.concept >= 0 {
			lines[f.line] = append(lines[f.line], regexp.QuoteMeta(f.text))
			most = max(most, f.line)
		}
	}
	var out []*regexp.Regexp
	for line := 0; line <= most; line++ {
		if len(lines[line]) == 0 {
			continue
		}
		re, err := regexp.Compile(strings.Join(lines[line], "|"))
		if err != nil {
			b.Fatal(err)
		}
		out = append(out, re)
	}
	return out
}

// BenchmarkNew measures how long a catalogue takes to compile and how much memory it keeps.
func BenchmarkNew(b *testing.B) {
	var kept []*Transformer
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range b.N {
		kept = append(kept, testTransformer(b))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(b.N)/1e6, "MB-kept/op")
	b.ReportMetric(float64(len(kept[0].scanner.auto.nodes)), "nodes")
	if testing.Verbose() {
		fmt.Println(len(kept[0].scanner.forms), "forms")
	}
}
