package transform

import (
	"slices"
	"unicode/utf8"

	"phdp/ingest"
)

// appendChat adds the message with its text cleaned and redacted, its findings, and the measurements that
// the patient reports of themselves. The findings of a message without text are its labels.
func (t *Transformer) appendChat(rows *Rows, o *Origin, chat *ingest.Chat) {
	text, redactedCount := t.cleanAndRedact(chat.Text)
	rows.Chats = append(rows.Chats, ChatRow{
		Origin:   *o,
		Speaker:  chat.Speaker,
		StaffID:  chat.StaffID,
		RoomKey:  t.roomKey(chat.RoomID),
		MsgType:  chat.MsgType,
		Text:     text,
		Recalls:  chat.Recalls,
		Redacted: int32(redactedCount),
	})
	if text == "" {
		t.appendLabels(rows, o, chat)
		return
	}
	sc := t.scratch.Get().(*scratch)
	defer t.scratch.Put(sc)
	for i, f := range t.find(chat.Speaker, text, sc) {
		rows.Findings = append(rows.Findings, FindingRow{
			Origin:  *o,
			Ordinal: int32(i),
			Concept: f.Concept,
			Kind:    f.Kind,
			Status:  f.Status,
			Subject: f.Subject,
			Speaker: chat.Speaker,
			Mention: f.Mention,
			Start:   int32(f.Start),
			End:     int32(f.End),
			RuleID:  f.RuleID,
		})
	}
	if chat.Speaker == ingest.SpeakerPatient {
		t.appendReadings(rows, o, text, sc)
	}
}

// Kinds of the findings that labels make where they are no concept: a tag of the catalogue, or a word that
// only the system that labelled knows. ruleLabel is the rule of all findings that come from labels.
const (
	KindTag   = "tag"
	KindLabel = "label"
	ruleLabel = "label"
)

// maxLabel is the length of a label that is kept, in characters.
const maxLabel = 64

// appendLabels adds a finding for each label of a message, once. A label stands for its meaning and has no
// place in a text, so both offsets are 0.
func (t *Transformer) appendLabels(rows *Rows, o *Origin, chat *ingest.Chat) {
	first := len(rows.Findings)
	for _, label := range chat.Labels {
		concept, kind, subject := t.labelled(label)
		isKnown := slices.ContainsFunc(rows.Findings[first:], func(f FindingRow) bool { return f.Concept == concept })
		if concept == "" || isKnown {
			continue
		}
		rows.Findings = append(rows.Findings, FindingRow{
			Origin:  *o,
			Ordinal: int32(len(rows.Findings) - first),
			Concept: concept,
			Kind:    kind,
			Status:  StatusPresent,
			Subject: subject,
			Speaker: chat.Speaker,
			Mention: concept,
			RuleID:  ruleLabel,
		})
	}
}

// labelled says what a label means: the code of a concept, the id of a tag, or else itself, cleaned and
// redacted like a text, as anything may stand in it.
func (t *Transformer) labelled(label string) (concept, kind, subject string) {
	if c, isConcept := t.catalogue.Concept(label); isConcept {
		if c.Kind == KindRelation {
			return c.Code, c.Kind, SubjectRelative
		}
		return c.Code, c.Kind, SubjectSelf
	}
	if slices.ContainsFunc(t.catalogue.tags, func(tag Tag) bool { return tag.ID == label }) {
		return label, KindTag, SubjectSelf
	}
	text, _ := t.cleanAndRedact(label)
	if utf8.RuneCountInString(text) > maxLabel {
		text = string([]rune(text)[:maxLabel])
	}
	return text, KindLabel, SubjectSelf
}

// appendReadings adds the numbers that a patient reports. Numbers of a relative are left out, as the row
// would say that they are the patient's.
func (t *Transformer) appendReadings(rows *Rows, o *Origin, text string, sc *scratch) {
	ordinal := int32(0)
	for _, m := range t.readings(text, sc) {
		if relativeAt(sc.findings, m.Start) {
			continue
		}
		rows.Measurements = append(rows.Measurements, MeasurementRow{
			Origin:  *o,
			Ordinal: ordinal,
			Kind:    m.Kind,
			Value:   m.Value,
			Unit:    m.Unit,
			Context: m.Context,
			Via:     "chat",
		})
		ordinal++
	}
}

// relativeAt says that the last finding before position at is about a relative.
func relativeAt(findings []Finding, at int) bool {
	relative := false
	for i := range findings {
		if findings[i].Start > at {
			break
		}
		relative = findings[i].Subject == SubjectRelative || findings[i].Kind == KindRelation
	}
	return relative
}

// KindRoom is the kind of identifier that the pseudonym of a group chat is made with.
const KindRoom = "room"

func (t *Transformer) roomKey(room string) string {
	if room == "" {
		return ""
	}
	return t.key.Pseudonym(ingest.Identifier{Kind: KindRoom, Value: ingest.PatientID(room)})
}

// cleanAndRedact returns the text as it is stored and how many identifiers were replaced in it.
func (t *Transformer) cleanAndRedact(text string) (string, int) {
	if text == "" {
		return "", 0
	}
	hints := t.cleaner.look(text)
	if !hints.clean {
		text = t.cleaner.rewrite(text, nil)
		hints = t.cleaner.look(text)
	}
	return redact(text, hints)
}
