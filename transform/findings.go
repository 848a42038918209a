package transform

import (
	"phdp/ingest"
)

// Finding is a concept that a message mentions, and what the message says of it.
type Finding struct {
	Concept string // code
	Kind    string
	Name    string // preferred name in Chinese
	Status  string // present, absent, unknown, asked
	Subject string // self, relative
	Mention string // as it is written
	Start   int    // in characters (code points), from the beginning of the text
	End     int    // behind the last character
	RuleID  string // line of the lexicon
	vague   bool
}

// ConceptReaction is the concept of a symptom of one's own that came after a drug.
const ConceptReaction = "suspected_reaction"

const reactionRule = "drug_then_symptom"

// Findings returns what a message mentions, in the order of the text. Offsets refer to text as it is
// given; a text that needs cleaning is cleaned for the search only.
func (t *Transformer) Findings(speaker, text string) []Finding {
	return t.findIn(speaker, text, false)
}

// findIn is Findings, on demand with the mentions that are too weak alone.
func (t *Transformer) findIn(speaker, text string, hints bool) []Finding {
	sc := t.scratch.Get().(*scratch)
	defer t.scratch.Put(sc)
	sc.hints = hints
	defer func() { sc.hints = false }()
	if t.cleaner.look(text).clean {
		return append([]Finding(nil), t.find(speaker, text, sc)...)
	}
	var from []int32
	found := append([]Finding(nil), t.find(speaker, t.cleaner.rewrite(text, &from), sc)...)
	runes := []rune(text)
	for i := range found {
		f := &found[i]
		f.Start = int(from[f.Start])
		f.End = int(from[f.End-1]) + 1
		f.Mention = string(runes[f.Start:f.End])
	}
	return found
}

// find reads clean text. The findings are valid until sc is used again.
func (t *Transformer) find(speaker, text string, sc *scratch) []Finding {
	t.scanner.tokens(text, sc)
	sc.findings = sc.findings[:0]
	r := reader{patient: speaker == ingest.SpeakerPatient, sc: sc, gaps: t.scanner.gaps}
	if len(sc.tokens) > 0 || len(sc.parts) > 1 {
		r.read(func() { t.keep(text, sc, r.patient) })
	}
	if r.patient && t.catalogue.messages != nil {
		t.revise(text, sc)
	}
	return sc.findings
}

// keep turns the mentions of a sentence into findings.
func (t *Transformer) keep(text string, sc *scratch, patient bool) {
	for i := range sc.sentence {
		m := &sc.sentence[i]
		c := &t.scanner.concepts[m.form.concept]
		if !patient && c.Kind == KindIntent {
			continue // what the care team writes shows no intent of the patient
		}
		if m.form.flags&flagHint != 0 && !sc.hints || m.status == "" {
			continue
		}
		f := Finding{
			Concept: c.Code,
			Kind:    c.Kind,
			Name:    c.Name,
			Status:  m.status,
			Subject: SubjectSelf,
			Mention: text[sc.offsets[m.start]:sc.offsets[m.end]],
			Start:   int(m.start),
			End:     int(m.end),
			RuleID:  m.form.rule,
			vague:   m.form.flags&flagVague != 0,
		}
		if m.relative {
			f.Subject = SubjectRelative
		}
		sc.findings = append(sc.findings, f)
		if m.reaction {
			f.Concept, f.Kind, f.Name, f.RuleID = ConceptReaction, KindReaction, "疑似不良反应", reactionRule
			sc.findings = append(sc.findings, f)
		}
	}
}
