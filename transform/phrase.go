package transform

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"phdp/ingest"
)

// Phrase is a run of characters that patients write near known concepts and that no rule catches.
type Phrase struct {
	Text    string
	Count   int     // messages with it near a concept
	Share   float64 // of all messages with it
	Near    string  // the concept that stands beside it most often
	Example string  // one clause, masked, the phrase in 【】
}

// PhraseCounter counts phrases over messages. Its memory does not grow beyond maxPhrases: what was seen once is
// forgotten when there are more.
type PhraseCounter struct {
	t    *Transformer
	seen map[string]*phraseCount
}

type phraseCount struct {
	near, far int
	last      int // message that was counted last
	concepts  map[string]int
	example   string
}

const (
	maxPhrases   = 1_500_000
	shortPhrase  = 2
	longPhrase   = 6
	exampleReach = 14 // characters of an example on each side of the phrase
)

// NewPhraseCounter returns a counter of what the rules of t do not catch.
func NewPhraseCounter(t *Transformer) *PhraseCounter {
	return &PhraseCounter{t: t, seen: map[string]*phraseCount{}}
}

// Add counts the phrases of one message of a patient; number tells messages apart.
func (p *PhraseCounter) Add(number int, text string) {
	text = p.t.Masked(text)
	sc := p.t.scratch.Get().(*scratch)
	defer p.t.scratch.Put(sc)
	p.t.find(ingest.SpeakerPatient, text, sc)
	runes := []rune(text)
	for start := 0; start < len(runes); {
		end := start
		for end < len(runes) && !isBreak(runes[end]) {
			end++
		}
		p.clause(number, runes, start, end, sc)
		start = end + 1
	}
	if len(p.seen) > maxPhrases {
		for text, c := range p.seen {
			if c.near+c.far < 2 {
				delete(p.seen, text)
			}
		}
	}
}

// clause counts the phrases of one clause that no form or cue covers.
func (p *PhraseCounter) clause(number int, runes []rune, start, end int, sc *scratch) {
	concept := ""
	covered := make([]bool, end-start)
	for _, t := range sc.tokens {
		for k := max(int(t.start), start); k < min(int(t.end), end); k++ {
			covered[k-start] = true
		}
	}
	for i := range sc.findings {
		if f := &sc.findings[i]; f.Start >= start && f.End <= end {
			concept = f.Concept
		}
	}
	for from := start; from < end; from++ {
		for to := from + 1; to <= min(end, from+longPhrase); to++ {
			if covered[to-1-start] || !unicode.Is(unicode.Han, runes[to-1]) {
				break
			}
			if to-from >= shortPhrase && !isFiller(runes[from]) && !isFiller(runes[to-1]) {
				p.count(number, runes, from, to, concept)
			}
		}
	}
}

// isFiller says that no telling phrase begins or ends with this character.
func isFiller(r rune) bool {
	return strings.ContainsRune("的了是我你您他她它这那个在有就也都还又很到说着过得地吗呢吧啊呀哦嗯和跟与给把被会要想能可以之后前上下里时候天日月年早晚现最开始点次号么什怎哪多少几一二三四五六七八九十两半今昨然但而且所因为如果感觉直般别特非常太真老总", r)
}

func (p *PhraseCounter) count(number int, runes []rune, from, to int, concept string) {
	text := string(runes[from:to])
	c := p.seen[text]
	if c == nil {
		c = &phraseCount{last: -1}
		p.seen[text] = c
	}
	if c.last == number {
		return
	}
	c.last = number
	if concept == "" {
		c.far++
		return
	}
	c.near++
	if c.concepts == nil {
		c.concepts = map[string]int{}
		c.example = string(runes[max(0, from-exampleReach):from]) + "【" + text + "】" + string(runes[to:min(len(runes), to+exampleReach)])
	}
	c.concepts[concept]++
}

// Top returns at most n phrases that stand at least least times near a concept, the most telling first. A phrase
// that hardly ever stands outside of a longer one is left out.
func (p *PhraseCounter) Top(least, n int) []Phrase {
	var out []Phrase
	for text, c := range p.seen {
		if c.near >= least {
			out = append(out, Phrase{Text: text, Count: c.near, Share: share(c.near, c.near+c.far), Near: mostOf(c.concepts), Example: c.example})
		}
	}
	inside := map[string]int{} // how often a longer phrase holds it
	for i := range out {
		runes := []rune(out[i].Text)
		for from := range runes {
			for to := from + shortPhrase; to <= len(runes); to++ {
				if part := string(runes[from:to]); part != out[i].Text {
					inside[part] = max(inside[part], out[i].Count)
				}
			}
		}
	}
	out = slices.DeleteFunc(out, func(f Phrase) bool { return inside[f.Text]*10 >= f.Count*7 })
	weight := func(f Phrase) float64 {
		return float64(f.Count) * f.Share * f.Share * float64(utf8.RuneCountInString(f.Text)-1)
	}
	slices.SortFunc(out, func(a, b Phrase) int {
		return cmp.Or(cmp.Compare(weight(b), weight(a)), strings.Compare(a.Text, b.Text))
	})
	return out[:min(n, len(out))]
}

func mostOf(counts map[string]int) string {
	best := ""
	for name, n := range counts {
		if best == "" || n > counts[best] || n == counts[best] && name < best {
			best = name
		}
	}
	return best
}

// Masked returns text as it would be stored, cleaned and redacted, and with 0 for every digit.
func (t *Transformer) Masked(text string) string {
	text, _ = t.cleanAndRedact(text)
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '0'
		}
		return r
	}, text)
}
