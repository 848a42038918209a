package transform

import (
	"phdp/ingest"
)

// appendChat adds the message with its text cleaned and redacted, its findings, and the measurements that
// the patient reports of themselves.
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

// appendReadings adds the numbers that a patient reports. Numbers of a relative are left out, as the row
// would say that they are the patient's.
func (t *Transformer) appendReadings(rows *Rows, o *Origin, text string, sc *scratch) {
	ordinal := int32(0)
	for _, m := range t.meter.read(text, sc) {
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
