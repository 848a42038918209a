package transform

import (
	"fmt"
	"io/fs"
	"strings"
)

// Kinds of concepts.
const (
	KindSymptom  = "symptom"
	KindDrug     = "drug"
	KindReaction = "reaction"
	KindBarrier  = "barrier"
	KindIntent   = "intent"
	KindStage    = "stage"
	KindEvent    = "event"
	KindLife     = "life"
	KindRelation = "relation"
	KindNeed     = "need"
	KindDisease  = "disease"
)

// Flags of a line of the lexicon.
const (
	flagAct    = 1 << iota // something one does: asking about it is no report of it
	flagFirm               // negation, question and doubt around it do not change it
	flagAlso               // its forms may be forms of another concept too
	flagHead               // counts at the beginning of a clause only
	flagBehind             // counts behind a drug only
	flagMain               // the complaint itself: no adverse reaction when it follows a drug
	flagVague              // a complaint that names no symptom: listed among the findings of a dialogue
	flagHint               // too weak alone: counts only where a model weighs it

	flagAsked   // counts in a question only
	flagAdverse // counts only when a drug was taken before it

	flagDrug     // by kind, not written: a drug
	flagSymptom  // by kind: a symptom
	flagRelation // by kind: turns the subject
	flagClaim    // by kind: a diagnosis or a stage, which a question does not state
	flagDisease  // by kind: a diagnosis, which the care team talks of without stating it
)

var flagNames = map[string]uint16{"act": flagAct, "firm": flagFirm, "also": flagAlso, "head": flagHead, "main": flagMain, "behind": flagBehind,
	"vague": flagVague, "hint": flagHint, "asked": flagAsked, "adverse": flagAdverse}

var kindFlags = map[string]uint16{
	KindDrug: flagDrug, KindSymptom: flagSymptom, KindRelation: flagRelation | flagFirm, KindDisease: flagClaim | flagDisease, KindStage: flagClaim,
	KindIntent: flagFirm,
}

// Polarity that a surface form carries in itself: 不疼 denies, 疼不疼 asks.
const (
	polarNone = iota
	polarNo
	polarAsk
)

// form is one surface form after expansion.
type form struct {
	text     string
	concept  int   // index in the catalogue's concepts, -1 for a cue
	cue      cue   // cueNone for a concept
	polarity uint8 // of the form itself
	flags    uint16
	rule     string // id of the line: the concept and its number within the concept
	literal  bool   // written without a class of words
	line     int
	part     uint16 // of a part
}

const maxForms = 400_000

// loadLexicon reads words.tsv, lexicon.tsv and cues.tsv into the forms that the scanner is built from.
func (c *Catalogue) loadLexicon(fsys fs.FS) error {
	words, err := loadWords(fsys)
	if err != nil {
		return err
	}
	t, err := readTable(fsys, "lexicon.tsv", "concept", "kind", "name", "forms", "flags")
	if err != nil {
		return err
	}
	set := formSet{at: map[string][]int{}, gaps: newGapSet()}
	lines := map[string]int{} // lines so far, by concept
	for _, line := range t.lines {
		at, err := c.readConcept(line)
		if err != nil {
			return err
		}
		flags, err := readFlags(line)
		if err != nil {
			return err
		}
		code := c.concepts[at].Code
		lines[code]++
		f := form{concept: at, flags: flags | kindFlags[c.concepts[at].Kind], rule: fmt.Sprintf("%s.%d", code, lines[code]), line: line.number}
		if err := set.addLine(line, words, f, &c.written); err != nil {
			return err
		}
	}
	if err := loadCues(fsys, words, &set); err != nil {
		return err
	}
	c.forms, c.gaps = set.forms, set.gaps
	return nil
}

func (c *Catalogue) readConcept(line tableLine) (int, error) {
	code, err := line.code("concept")
	if err != nil {
		return 0, err
	}
	kind, err := line.oneOf("kind", KindSymptom, KindDrug, KindReaction, KindBarrier, KindIntent, KindStage, KindEvent,
		KindLife, KindRelation, KindNeed, KindDisease)
	if err != nil {
		return 0, err
	}
	name, err := line.required("name")
	if err != nil {
		return 0, err
	}
	if at, ok := c.conceptAt[code]; ok {
		if known := c.concepts[at]; known.Kind != kind || known.Name != name {
			return 0, line.fail("name", "%q is a %s named %s further up; a concept has one kind and one name", code, known.Kind, known.Name)
		}
		return at, nil
	}
	c.conceptAt[code] = len(c.concepts)
	c.concepts = append(c.concepts, Concept{Code: code, Kind: kind, Name: name})
	return len(c.concepts) - 1, nil
}

func readFlags(line tableLine) (uint16, error) {
	var flags uint16
	for _, name := range strings.Fields(line.text("flags")) {
		bit, ok := flagNames[name]
		if !ok {
			return 0, line.fail("flags", "%q is not known; use act, firm, also, head, main, behind, vague, hint, asked, adverse with spaces between them", name)
		}
		flags |= bit
	}
	return flags, nil
}

// formSet collects forms and refuses two meanings for one.
type formSet struct {
	forms []form
	at    map[string][]int
	gaps  *gapSet
}

func (s *formSet) addLine(line tableLine, words wordClasses, f form, written *int) error {
	text, err := line.required("forms")
	if err != nil {
		return err
	}
	for _, pattern := range strings.Split(text, "|") {
		if pattern == "" {
			return line.fail("forms", "there is an empty form; put one | between two forms and none at the ends")
		}
		*written++
		if strings.Contains(pattern, gapMark) && f.concept >= 0 {
			if err := s.gaps.add(line, words, f, pattern); err != nil {
				return err
			}
			continue
		}
		expanded, err := words.expand(pattern)
		if err != nil {
			return line.fail("forms", "%s", err)
		}
		f.literal = !strings.Contains(pattern, "{")
		for _, e := range expanded {
			f.text, f.polarity = e.text, e.polarity
			if err := s.add(line, f); err != nil {
				return err
			}
		}
		if len(s.forms) > maxForms {
			return line.fail("forms", "more than %d forms after expansion; use fewer classes in one form", maxForms)
		}
	}
	return nil
}

// add keeps one meaning per form: one that is written out wins over one that came from classes, equal
// meanings are one, and two meanings are an error unless the line says also. A concept may be a cue as
// well: 好转了 is news by itself and takes the edge off what stands before it.
func (s *formSet) add(line tableLine, f form) error {
	if f.text == "" {
		return line.fail("forms", "a form expands to nothing; not every class in it may be empty")
	}
	for _, i := range s.at[f.text] {
		old := &s.forms[i]
		switch {
		case old.concept == f.concept && old.cue == f.cue:
			if f.literal && !old.literal {
				*old = f
			}
			return nil
		case f.flags&flagAlso != 0, (old.cue == cueNone) != (f.cue == cueNone) && old.cue != cueSkip && f.cue != cueSkip:
		case old.literal && !f.literal:
			return nil
		case f.literal && !old.literal:
			*old = f
			return nil
		default:
			return line.fail("forms", "%s already stands in line %d with another meaning; remove one, or give this line the flag also", f.text, old.line)
		}
	}
	s.at[f.text] = append(s.at[f.text], len(s.forms))
	s.forms = append(s.forms, f)
	return nil
}
