package ingest

import (
	"reflect"
	"testing"
	"time"
)

const dialogueJSON = `{"id":"dialogue-syn-1","line":"htn","utterances":[{"i":0,"speaker":"patient","text":"今天血压有点高"},{"i":1,"speaker":"pharmacist","text":"多少呢"},{"i":2,"speaker":"patient","text":""}]}`

func TestDecodeDialogue(t *testing.T) {
	base := time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC)
	got, err := all(DecodeDialogue, &Record{Value: []byte(dialogueJSON), Time: base})
	if err != nil {
		t.Fatal(err)
	}
	// The prefix is the start of the SHA-256 of "8:dialogue14:dialogue-syn-1".
	prefix := hashID("dialogue", "dialogue-syn-1")
	event := func(id string, seconds int, chat Chat) *Event {
		return &Event{
			ID: prefix + id, Type: "message", At: base.Add(time.Duration(seconds) * time.Second), Line: "htn",
			Source: "dialogue", Patient: Identifier{KindDialogue, "dialogue-syn-1"}, Chat: &chat,
		}
	}
	want := []*Event{
		event("-0", 0, Chat{Speaker: SpeakerPatient, MsgType: "text", Text: "今天血压有点高"}),
		event("-1", 1, Chat{Speaker: SpeakerStaff, MsgType: "text", Text: "多少呢"}),
		event("-2", 2, Chat{Speaker: SpeakerPatient, MsgType: "unknown"}),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestDialogueTimes(t *testing.T) {
	recorded := time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct{ name, old, with, want string }{
		{"time of the record", `"i":1`, `"i":1`, "2026-01-01T08:00:01Z"},
		{"numbers with a gap", `"i":1`, `"i":60`, "2026-01-01T08:01:00Z"},
		{"no number", `"i":1,`, ``, "2026-01-01T08:00:01Z"},
		{"time of the dialogue", `"line"`, `"at":"2025-05-05T05:05:05+08:00","line"`, "2025-05-04T21:05:06Z"},
		{"time of the utterance", `"i":1`, `"at":"2025-06-06T06:06:06Z","i":1`, "2025-06-06T06:06:06Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			value := replaced(t, dialogueJSON, c.old, c.with)
			events, err := all(DecodeDialogue, &Record{Value: []byte(value), Time: recorded})
			if err != nil {
				t.Fatal(err)
			}
			if got := events[1].At.Format(time.RFC3339); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestDecodeDialogueRejects(t *testing.T) {
	for _, c := range []struct{ name, old, with, reason, field string }{
		{"no id", `"id":"dialogue-syn-1",`, ``, ReasonMissingField, "id"},
		{"no utterances", `"utterances"`, `"talk"`, ReasonMissingField, "utterances"},
		{"utterances as text", `"utterances":[`, `"utterances":"x","y":[`, ReasonBadValue, "utterances"},
		{"line in capitals", `"htn"`, `"HTN"`, ReasonBadValue, "line"},
		{"bad time", `"line"`, `"at":"yesterday","line"`, ReasonBadTime, "at"},
		{"bad time of an utterance", `"i":1`, `"at":"2025-01-01","i":1`, ReasonBadTime, "utterances[1].at"},
		{"unknown speaker", `"pharmacist"`, `"neighbour"`, ReasonBadValue, "utterances[1].speaker"},
		{"no speaker", `"speaker":"pharmacist",`, ``, ReasonMissingField, "utterances[1].speaker"},
		{"number twice", `"i":1`, `"i":0`, ReasonBadValue, "utterances[1].i"},
		{"number below 0", `"i":1`, `"i":-1`, ReasonBadValue, "utterances[1].i"},
		{"half a number", `"i":1`, `"i":0.5`, ReasonBadValue, "utterances[1].i"},
		{"huge number", `"i":1`, `"i":1e18`, ReasonBadValue, "utterances[1].i"},
		{"text as a number", `"多少呢"`, `1`, ReasonBadValue, "utterances[1].text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rec := &Record{Value: []byte(replaced(t, dialogueJSON, c.old, c.with)), Time: time.Unix(1.7e9, 0)}
			wantReject(t, DecodeDialogue, rec, c.reason, c.field)
		})
	}
	t.Run("no time at all", func(t *testing.T) {
		wantReject(t, DecodeDialogue, &Record{Value: []byte(dialogueJSON)}, ReasonBadTime, "at")
	})
}
