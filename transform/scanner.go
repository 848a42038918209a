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
	concepts []Concept // the catalogue's, then one per drug of the products
}

// token is one form that stands in a text. Positions are in runes.
type token struct {
	form       *form
	start, end int32
}

// scratch is the memory of one call, kept for the next.
type scratch struct {
	classes  []uint16
	offsets  []int32
	tokens   []token
	sentence []mention
	findings []Finding
	readings []Reading
	hints    bool // mentions that are too weak alone count too
}

func newScanner(c *Catalogue, products []Product) *scanner {
	s := &scanner{concepts: append([]Concept(nil), c.concepts...)}
	s.forms = append(s.forms, c.forms...)
	s.addProducts(c, products)
	texts := make([]string, len(s.forms))
	for i := range s.forms {
		texts[i] = s.forms[i].text
	}
	s.auto = newAutomaton(texts)
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

// tokens fills sc with the tokens of text.
func (s *scanner) tokens(text string, sc *scratch) {
	sc.classes, sc.offsets = s.auto.decode(text, sc.classes[:0], sc.offsets[:0])
	sc.tokens = sc.tokens[:0]
	for i := 0; i < len(sc.classes); {
		if sc.classes[i] == classNone {
			i++
			continue
		}
		f, end := s.auto.longest(sc.classes, i)
		if f < 0 {
			i++
			continue
		}
		before := len(sc.tokens)
		for ; f >= 0; f = s.auto.next[f] {
			if s.counts(&s.forms[f], sc.tokens[:before], int32(i)) {
				sc.tokens = append(sc.tokens, token{&s.forms[f], int32(i), int32(end)})
			}
		}
		if len(sc.tokens) == before {
			i++
			continue
		}
		i = end
	}
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
