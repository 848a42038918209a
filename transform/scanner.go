package transform

import (
	"strings"
	"unicode/utf8"
)

// scanner reads the tokens of a text: concepts and cues. It is compiled once from the catalogue and the
// products.
type scanner struct {
	auto     *automaton
	forms    []form
	gaps     []gapPart
	concepts []Concept // the catalogue's, then one per drug of the products
}

// token is one form that stands in a text. Positions are in runes.
type token struct {
	form       *form
	start, end int32
}

// part is a part that stands in a text; inner says that it stands inside a token that it is no beginning of.
type part struct {
	token
	inner bool
}

// scratch is the memory of one call, kept for the next.
type scratch struct {
	classes  []uint16
	offsets  []int32
	marks    runeMarks
	tokens   []token
	parts    []part
	matches  []partMatch
	seen     []lastSeen // by part
	begun    []seenPart // parts of the text that rules begin with
	clause   int64      // number of the clause, never used twice
	sentence []mention
	findings []Finding
	readings []Reading
	regimen  regimen
	model    modelScratch
	hints    bool // mentions that are too weak alone count too
}

func newScanner(c *Catalogue, products []Product) *scanner {
	s := &scanner{concepts: append([]Concept(nil), c.concepts...)}
	s.forms = append(s.forms, c.forms...)
	s.addProducts(c, products)
	weak := len(s.forms)
	s.forms = append(s.forms, c.gaps.forms...)
	s.gaps = c.gaps.byPart()
	texts := make([]string, len(s.forms))
	for i := range s.forms {
		texts[i] = s.forms[i].text
	}
	s.auto = newAutomaton(texts, weak)
	s.auto.learnTraits()
	return s
}

// addProducts makes a drug concept of each drug code. A name that the lexicon has as a drug too belongs
// to the product then.
func (s *scanner) addProducts(c *Catalogue, products []Product) {
	at := map[string]int{}
	for i := range s.forms {
		at[foldText(s.forms[i].text)] = i
	}
	codes := map[string]int{}
	for _, p := range products {
		concept, ok := codes[p.DrugCode]
		if !ok {
			concept = len(s.concepts)
			s.concepts = append(s.concepts, Concept{Code: p.DrugCode, Kind: KindDrug, Name: drugBaseName(p)})
			codes[p.DrugCode] = concept
		}
		for _, name := range drugNames(p) {
			f := form{text: name, concept: concept, flags: flagDrug, rule: "product." + p.DrugCode, literal: true}
			old, ok := at[foldText(name)]
			switch {
			case !ok:
				at[foldText(name)] = len(s.forms)
				s.forms = append(s.forms, f)
			case s.forms[old].concept >= 0 && s.concepts[s.forms[old].concept].Kind == KindDrug && s.forms[old].concept < len(c.concepts):
				s.forms[old] = f
			}
		}
	}
}

// drugNames are the names of a product that a message may hold: its aliases and its own name without
// strength and pack.
func drugNames(p Product) []string {
	names := make([]string, 0, len(p.Aliases)+1)
	for _, name := range append([]string{drugBaseName(p)}, p.Aliases...) {
		if name = strings.TrimSpace(name); utf8.RuneCountInString(name) >= 2 {
			names = append(names, name)
		}
	}
	return names
}

// drugBaseName is the part of a product's name before the strength: 缬沙坦胶囊 80mg*28 gives 缬沙坦胶囊.
func drugBaseName(p Product) string {
	name := strings.TrimSpace(p.NameZH)
	if i := strings.IndexAny(name, " 0123456789(（*×"); i > 0 {
		name = name[:i]
	}
	return name
}

func foldText(text string) string { return strings.Map(foldRune, text) }

// look fills sc with the classes, offsets and marks of clean text.
func (s *scanner) look(text string, sc *scratch) {
	sc.marks.begins, sc.marks.stops = sc.marks.begins[:0], sc.marks.stops[:0]
	sc.classes, sc.offsets = s.auto.decode(text, sc.classes, sc.offsets, &sc.marks)
}

// tokens fills sc with the tokens of text, none inside another, and with the parts, which may stand anywhere.
func (s *scanner) tokens(text string, sc *scratch) {
	s.look(text, sc)
	sc.tokens, sc.parts, sc.begun = sc.tokens[:0], sc.parts[:0], sc.begun[:0]
	if len(sc.seen) < len(s.gaps) {
		sc.seen = make([]lastSeen, len(s.gaps))
	}
	behind := int32(0) // the end of the last token
	for i := range int32(len(sc.classes)) {
		if sc.classes[i] == classNone {
			continue
		}
		var f int32
		var end int
		f, end, sc.matches = s.auto.match(sc.classes, int(i), sc.matches[:0])
		inner := i < behind
		if !inner && f >= 0 && s.add(sc, f, token{start: i, end: int32(end)}) {
			behind = int32(end)
		}
		if len(sc.matches) > 0 {
			s.addParts(sc, i, behind, inner)
		}
	}
}

// add appends a token for each meaning of a form that counts here.
func (s *scanner) add(sc *scratch, f int32, t token) bool {
	before := len(sc.tokens)
	for ; f >= 0; f = s.auto.next[f] {
		if t.form = &s.forms[f]; s.counts(t.form, sc.tokens[:before], t.start) {
			sc.tokens = append(sc.tokens, t)
		}
	}
	return len(sc.tokens) > before
}

// addParts appends the parts that begin at i. Inside of what people do or want a part can only be the last one; what
// is skipped has none.
func (s *scanner) addParts(sc *scratch, i, behind int32, inner bool) {
	if i < behind {
		last := sc.tokens[len(sc.tokens)-1].form
		if last.cue == cueSkip {
			return
		}
		inner = inner && last.isDeed()
	}
	for _, m := range sc.matches {
		for p := m.part; p >= 0; p = s.auto.next[p] {
			sc.parts = append(sc.parts, part{token{&s.forms[p], i, int32(m.end)}, inner})
		}
	}
}

// isDeed says that a form means what people do, want or worry about: no cue, drug, symptom, person or diagnosis.
func (f *form) isDeed() bool {
	return f.cue == cueNone && f.flags&(flagDrug|flagSymptom|flagRelation|flagClaim|flagDisease) == 0
}

// reachBehind is how many runes may lie between a drug and what counts behind a drug only.
const reachBehind = 6

// counts says that a form counts at position at, given the tokens before it.
func (s *scanner) counts(f *form, before []token, at int32) bool {
	if f.flags&(flagHead|flagBehind) == 0 {
		return true
	}
	if f.flags&flagHead != 0 {
		if len(before) == 0 {
			return at == 0
		}
		last := before[len(before)-1]
		return last.end == at && last.form.cue >= cueStop && last.form.cue <= cueComma
	}
	for i := len(before) - 1; i >= 0 && at-before[i].end <= reachBehind; i-- {
		if b := before[i].form; b.cue == cueDrug || b.flags&flagDrug != 0 {
			return true
		}
	}
	return false
}
