package transform

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// longPiece is the length of the longest piece, maxUnit of a sentence that is weighed in one go, and maxWeighed of what is
// weighed of a message, in characters: what is longer is pasted, and no statement of the patient.
const (
	longPiece  = 3
	maxUnit    = 60
	maxWeighed = 600
)

// Signs that stand for classes of words, for any number, and for both ends.
const (
	signDrug     = '药'
	signSymptom  = '症'
	signNone     = '否' // a symptom that is denied
	signRelation = '亲'
	signNumber   = '0'
	signStart    = '^'
	signEnd      = '$'
)

// unitOf writes characters from to to of a text as the model reads them.
func unitOf(text string, sc *scratch, from, to int32, unit []rune) []rune {
	unit = append(unit[:0], signStart)
	at := from
	for i := range sc.tokens {
		t := &sc.tokens[i]
		if t.start >= to {
			break
		}
		sign := sc.signOf(t)
		if sign == 0 || t.start < at || t.end > to {
			continue
		}
		unit = append(appendPlain(unit, text[sc.offsets[at]:sc.offsets[t.start]]), sign)
		at = t.end
	}
	unit = appendPlain(unit, text[sc.offsets[at]:sc.offsets[to]])
	return append(unit, signEnd)
}

func (sc *scratch) signOf(t *token) rune {
	f := t.form
	switch {
	case f.flags&flagDrug != 0 || f.cue == cueDrug:
		return signDrug
	case f.flags&flagSymptom != 0:
		for i := range sc.findings {
			if sc.findings[i].Start == int(t.start) && sc.findings[i].Status == StatusAbsent {
				return signNone
			}
		}
		return signSymptom
	case f.flags&flagRelation != 0:
		return signRelation
	}
	return 0
}

// appendPlain appends text with one sign for every number.
func appendPlain(unit []rune, text string) []rune {
	for _, r := range text {
		if r < '0' || r > '9' {
			unit = append(unit, foldRune(r))
		} else if unit[len(unit)-1] != signNumber {
			unit = append(unit, signNumber)
		}
	}
	return unit
}

// eachUnit cuts a text behind the ends of clauses into parts of at most maxUnit characters.
func eachUnit(text string, sc *scratch, do func(from, to int32)) {
	n := int32(min(len(sc.classes), maxWeighed))
	for from := int32(0); from < n; {
		to := min(n, from+maxUnit)
		for cut := to; to < n && cut > from; cut-- {
			if endsClause(text[sc.offsets[cut-1]:sc.offsets[cut]]) {
				to = cut
				break
			}
		}
		do(from, to)
		from = to
	}
}

func endsClause(char string) bool {
	r, _ := utf8.DecodeRuneInString(char)
	return strings.ContainsRune(",;!?\n，；！？。、 ", r)
}

// The model adds a finding above addFrom, unless the rules read that it is denied, asked or in doubt, and takes one of the
// rules back below dropFrom, in logarithms of odds.
const (
	addFrom  = 0.5
	dropFrom = -2
)

// What the rules say of a concept.
const (
	saidPresent = 1 << iota
	saidOther   // denied, asked, in doubt
)

// revise lets the model add to and take from what the rules found in a patient's message.
func (t *Transformer) revise(text string, sc *scratch) {
	m, ms := t.catalogue.messages, &sc.model
	before := len(sc.findings)
	changed := false
	eachUnit(text, sc, func(from, to int32) {
		ms.unit = unitOf(text, sc, from, to, ms.unit)
		m.sum(ms, &ms.sums)
		m.listen(sc.findings[:before], &ms.said, from, to)
		for i := range m.concepts {
			z := m.concepts[i].judge(ms.sums[i], ms.said[i])
			if ms.said[i] == 0 && z > addFrom || ms.said[i]&saidPresent != 0 && z < dropFrom {
				m.change(i, text, sc, from, to)
				changed = true
			}
		}
	})
	if changed {
		sc.findings = slices.DeleteFunc(sc.findings, func(f Finding) bool { return f.Status == "" })
		slices.SortStableFunc(sc.findings, func(a, b Finding) int { return a.Start - b.Start })
	}
}

// listen notes what the rules say of each concept between from and to.
func (m *MessageModel) listen(findings []Finding, said *[maxModelConcepts]uint8, from, to int32) {
	clear(said[:])
	for k := range findings {
		f := &findings[k]
		if f.Start < int(from) || f.Start >= int(to) || f.Kind == KindSymptom || f.Kind == KindDrug {
			continue
		}
		if i, ok := m.at[sameConcept(f.Concept)]; ok {
			if f.Status == StatusPresent {
				said[i] |= saidPresent
			} else {
				said[i] |= saidOther
			}
		}
	}
}

// judge is above 0 when a concept is present.
func (c *modelConcept) judge(sum int32, said uint8) float64 {
	z := c.bias + c.score*float64(sum)/100
	if said&saidPresent != 0 {
		z += c.present
	}
	return z
}

// change adds a finding of a concept that the rules did not find present in a unit, or marks those that they found for removal.
func (m *MessageModel) change(i int, text string, sc *scratch, from, to int32) {
	if sc.model.said[i]&saidPresent == 0 {
		sc.findings = append(sc.findings, m.finding(i, text, sc, from, to))
		return
	}
	for k := range sc.findings {
		f := &sc.findings[k]
		if f.Start >= int(from) && f.Start < int(to) && f.Status == StatusPresent && sameConcept(f.Concept) == m.concepts[i].Code {
			f.Status = ""
		}
	}
}

// sameConcept maps a concept that is a case of another to that one.
func sameConcept(code string) string {
	if code == "forget_dose" {
		return "missed_dose"
	}
	return code
}

// finding shows the clause that says most for a concept.
func (m *MessageModel) finding(i int, text string, sc *scratch, from, to int32) Finding {
	c, ms := &m.concepts[i], &sc.model
	start, end, best := from, to, int32(0)
	for at := from; at < to; {
		stop := at
		for stop < to && !endsClause(text[sc.offsets[stop]:sc.offsets[stop+1]]) {
			stop++
		}
		if stop > at {
			ms.unit = unitOf(text, sc, at, stop, ms.unit)
			if m.sum(ms, &ms.clause); ms.clause[i] > best {
				start, end, best = at, stop, ms.clause[i]
			}
		}
		at = stop + 1
	}
	f := Finding{Concept: c.Code, Kind: c.Kind, Name: c.Name, Status: StatusPresent, Subject: SubjectSelf,
		Mention: text[sc.offsets[start]:sc.offsets[end]], Start: int(start), End: int(end), RuleID: "model." + c.Code}
	if relativeAt(sc.findings, f.Start) || m.namesRelative(sc, from, end) {
		f.Subject = SubjectRelative
	}
	return f
}

// namesRelative says that a relative is named between from and end.
func (m *MessageModel) namesRelative(sc *scratch, from, end int32) bool {
	for i := range sc.tokens {
		if t := &sc.tokens[i]; t.form.flags&flagRelation != 0 && t.start >= from && t.end <= end {
			return true
		}
	}
	return false
}
