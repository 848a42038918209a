package transform

import "strings"

// A form of the lexicon with ~ in it is two parts with a few characters between them: 挂~号 finds 挂您的号 and
// 挂一个专家号. Both parts stand in one clause; <drug> as a part is any drug, by name or as
// 药, and <symptom> any symptom. Parts mean nothing alone and hide no other form.
// With ~~ the second part may also stand in the clause behind: 不疼了~~没吃 finds 腿不疼了，药就没吃.
const gapMark = "~"

// How many runes may lie between the two parts.
const (
	reachGap = 6
	reachFar = 10
)

// Parts that stand for any drug and any symptom.
const (
	drugPart = iota
	symptomPart
)

// gapRule is what two parts mean together. Its form is the concept's, with the pattern as its text.
type gapRule struct {
	first, last uint16
	far         bool // the second part may stand in the next clause
	form        form
}

// gapSet collects the rules of the lexicon and the parts that they are made of.
type gapSet struct {
	ids   map[string]uint16 // by the part as it is written
	forms []form            // of the parts, expanded
	rules []gapRule
}

func newGapSet() *gapSet {
	return &gapSet{ids: map[string]uint16{"<drug>": drugPart, "<symptom>": symptomPart}}
}

// add reads a form with ~ in it.
func (g *gapSet) add(line tableLine, words wordClasses, f form, pattern string) error {
	first, last, _ := strings.Cut(pattern, gapMark)
	f.text, f.literal = pattern, false
	rule := gapRule{form: f}
	last, rule.far = strings.CutPrefix(last, gapMark)
	for _, part := range []struct {
		text string
		id   *uint16
	}{{first, &rule.first}, {last, &rule.last}} {
		if part.text == "" || strings.Contains(part.text, gapMark) {
			return line.fail("forms", "%q must have one ~ with words on both sides of it", pattern)
		}
		var err error
		if *part.id, err = g.part(line, words, part.text); err != nil {
			return err
		}
	}
	g.rules = append(g.rules, rule)
	return nil
}

// part returns the number of a part, and keeps what it expands to when it is new.
func (g *gapSet) part(line tableLine, words wordClasses, text string) (uint16, error) {
	if id, ok := g.ids[text]; ok {
		return id, nil
	}
	expanded, err := words.expand(text)
	if err != nil {
		return 0, line.fail("forms", "%s", err)
	}
	id := uint16(len(g.ids))
	g.ids[text] = id
	for _, e := range expanded {
		if e.text == "" {
			return 0, line.fail("forms", "the part %q may be nothing at all; take the - out", text)
		}
		if e.polarity == polarNone {
			g.forms = append(g.forms, form{text: e.text, concept: -1, part: id, line: line.number})
		}
	}
	return id, nil
}

// gapPart is what is known of a part: whether rules begin with it, and those that end with it.
type gapPart struct {
	begins bool
	ends   []gapEnd
	firsts []uint64 // set of the first parts of those; nil when it ends none
}

// gapEnd is a rule as seen from its last part; there are hundreds for some parts, so it is small.
type gapEnd struct {
	first uint16
	far   bool
	form  *form
}

// byPart groups the rules by their parts.
func (g *gapSet) byPart() []gapPart {
	out := make([]gapPart, len(g.ids))
	for i := range g.rules {
		rule := &g.rules[i]
		out[rule.first].begins = true
		last := &out[rule.last]
		last.ends = append(last.ends, gapEnd{rule.first, rule.far, &rule.form})
		if last.firsts == nil {
			last.firsts = make([]uint64, len(out)/64+1)
		}
		last.firsts[rule.first/64] |= 1 << (rule.first % 64)
	}
	return out
}

// lastSeen is where a part stood last: in which clause, and its place among those that have begun.
type lastSeen struct {
	clause int64
	at     int32
}

// seenPart is where a part stood, and what the cues before it say.
type seenPart struct {
	id         uint16
	clause     int64
	start, end int32
	before     clauseState
}

// part takes a part into the clause, and makes a mention of each rule that it completes.
func (r *reader) part(id uint16, t part) {
	sc := r.sc
	known := &r.gaps[id]
	if known.firsts != nil && r.hasBegun(known.firsts) {
		r.complete(known.ends, t)
	}
	if known.begins && !t.inner {
		sc.seen[id] = lastSeen{sc.clause, int32(len(sc.begun))}
		sc.begun = append(sc.begun, seenPart{id, sc.clause, t.start, t.end, r.clause})
	}
}

// hasBegun says that one of these parts stands in this clause or the one before. Most often none does.
func (r *reader) hasBegun(firsts []uint64) bool {
	begun := r.sc.begun
	for i := len(begun) - 1; i >= 0 && r.sc.clause-begun[i].clause <= 1; i-- {
		if id := begun[i].id; firsts[id/64]&(1<<(id%64)) != 0 {
			return true
		}
	}
	return false
}

// complete makes a mention of each rule whose first part stands near before t, its last.
func (r *reader) complete(ends []gapEnd, t part) {
	sc := r.sc
	for i := range ends {
		rule := &ends[i]
		seen := &sc.seen[rule.first]
		apart, reach := sc.clause-seen.clause, int32(reachGap)
		if apart > 1 || apart == 1 && !rule.far {
			continue
		}
		if rule.far {
			reach = reachFar
		}
		if first := &sc.begun[seen.at]; t.start >= first.end && t.start-first.end <= reach {
			r.joined(first, t.token, rule.form)
		}
	}
}

// joined adds a mention of two parts, unless the clause has one of the concept there already. It hides what
// people do or want that stands inside it. A denial counts before the first part and between the two.
func (r *reader) joined(first *seenPart, last token, f *form) {
	m := mention{token: token{f, first.start, last.end}, relative: r.relative, wide: true}
	list := r.sc.sentence
	for i := r.clause.firstMention; i < len(list); i++ {
		if old := &list[i]; old.form.concept == f.concept && old.start < m.end && m.start < old.end && (f.flags&flagAsked != 0 || !old.token.inside(&m)) {
			return
		}
	}
	now := r.clause
	r.clause = first.before
	m.status = r.status(m.token)
	r.clause = now
	between := func(at int32) bool { return now.deniedAt >= first.end && at > first.end && at == last.start }
	if f.flags&flagFirm == 0 && (between(now.no) || between(now.not)) {
		m.status = StatusAbsent
	}
	m.reaction = f.flags&flagSymptom != 0 && r.reacts(m)
	kept := list[:now.firstMention]
	for _, old := range list[now.firstMention:] {
		if !old.token.inside(&m) {
			kept = append(kept, old)
		}
	}
	r.sc.sentence = append(kept, m)
}

// inside says that t is what people want or worry about, and stands inside a mention of two parts. What they did
// stays: 忘了吃药怎么办 says both.
func (t token) inside(m *mention) bool {
	return m.wide && t.start >= m.start && t.end <= m.end && t.form.isDeed() && t.form.flags&flagAct == 0
}

// hidden says that the last mention is of two parts and t stands inside it, or says the same.
func (r *reader) hidden(t token) bool {
	n := len(r.sc.sentence)
	if n == 0 {
		return false
	}
	m := &r.sc.sentence[n-1]
	return t.inside(m) || m.wide && t.form.concept == m.form.concept && t.end <= m.end
}
