package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"
)

// wireDialogue is one imported dialogue.
type wireDialogue struct {
	ID         string          `json:"id"`
	At         string          `json:"at"`
	Line       string          `json:"line"`
	Utterances []wireUtterance `json:"utterances"`
}

// wireUtterance is one thing said.
type wireUtterance struct {
	I       *float64 `json:"i"`
	Speaker string   `json:"speaker"`
	Text    string   `json:"text"`
	At      string   `json:"at"`
}

// msgUnknown is the message type of an utterance without words: a picture or a sound that was not exported.
const msgUnknown = "unknown"

// DecodeDialogue reads one dialogue (docs/formats/dialogue.md) and emits a chat event for each
// utterance. The dialogue is the patient: its id is an identifier of kind dialogue.
func DecodeDialogue(rec *Record, emit func(*Event)) error {
	events, reject := decodeDialogue(rec)
	if reject != nil {
		return reject
	}
	for i := range events {
		emit(&events[i])
	}
	return nil
}

func decodeDialogue(rec *Record) ([]Event, *Reject) {
	if _, reject := inspect(rec.Value); reject != nil {
		return nil, reject
	}
	var wire wireDialogue
	if reject := unmarshal(rec.Value, &wire); reject != nil {
		return nil, reject
	}
	base, reject := wire.check(rec.Time)
	if reject != nil {
		return nil, reject
	}
	events := make([]Event, len(wire.Utterances))
	chats := make([]Chat, len(wire.Utterances))
	said := make(map[int]bool, len(wire.Utterances))
	prefix := hashID("dialogue", wire.ID)
	for i := range wire.Utterances {
		u := &wire.Utterances[i]
		number, at, reject := u.check(i, base)
		if reject == nil && said[number] {
			reject = badValue("i", "repeats an earlier utterance")
		}
		if reject != nil {
			return nil, reject.in("utterances", i)
		}
		said[number] = true
		chats[i] = u.chat()
		events[i] = Event{
			ID: prefix + "-" + strconv.Itoa(number), Type: typeMessage, At: at, Line: wire.Line, Source: sourceDialogue,
			Patient: Identifier{Kind: KindDialogue, Value: PatientID(wire.ID)}, Chat: &chats[i],
		}
	}
	return events, nil
}

// check looks at the dialogue as a whole and returns the time of its first utterance: its own, else the
// record's.
func (w *wireDialogue) check(recorded time.Time) (time.Time, *Reject) {
	reject := first(required("id", w.ID), count("utterances", len(w.Utterances)))
	if reject == nil && len(w.Utterances) == 0 {
		reject = missing("utterances")
	}
	if reject == nil && w.Line != "" {
		reject = word("line", w.Line)
	}
	if reject != nil {
		return time.Time{}, reject
	}
	if w.At != "" {
		return instant("at", w.At)
	}
	return inRange("at", recorded)
}

// check looks at one utterance and returns its number (its place when it has none) and its time (a
// second per number after the base when it has none).
func (u *wireUtterance) check(place int, base time.Time) (int, time.Time, *Reject) {
	number := place
	if u.I != nil {
		number = int(min(max(*u.I, -1), 1e6+1))
		if float64(number) != *u.I || number < 0 || number > 1e6 {
			return 0, base, badValue("i", "not a whole number from 0 to 1000000")
		}
	}
	if speakerOf(u.Speaker) == "" {
		return 0, base, oneOf("speaker", u.Speaker)
	}
	if reject := checkText("text", u.Text); reject != nil {
		return 0, base, reject
	}
	if u.At != "" {
		at, reject := instant("at", u.At)
		return number, at, reject
	}
	return number, base.Add(time.Duration(number) * time.Second), nil
}

func (u *wireUtterance) chat() Chat {
	chat := Chat{Speaker: speakerOf(u.Speaker), MsgType: msgText, Text: u.Text}
	if u.Text == "" {
		chat.MsgType = msgUnknown
	}
	return chat
}

// speakerOf maps the speakers of dialogues to ours, "" when there is none such.
func speakerOf(speaker string) string {
	switch speaker {
	case "patient":
		return SpeakerPatient
	case "doctor", "pharmacist", "nurse", "staff":
		return SpeakerStaff
	case "robot":
		return SpeakerRobot
	}
	return ""
}

// hashID makes an event id from what identifies the event in its source. The lake keeps event ids as
// they are, so what stands for a person does not go in plainly. Two of a billion ids of 80 bits are the
// same with a chance below one in a million.
func hashID(parts ...string) string {
	hash := sha256.New()
	for _, part := range parts {
		hash.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	return hex.EncodeToString(hash.Sum(nil)[:10])
}
