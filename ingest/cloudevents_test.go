package ingest

import (
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"
)

func quotedJSON(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		return ""
	}
	return string(quoted)
}

func binaryHeaders() map[string]string {
	return map[string]string{"ce_specversion": "1.0", "ce_id": "01JSYN", "ce_source": "/wecom/corp1",
		"ce_type": "cn.phdp.chat.message.v1", "content-type": "application/json"}
}

func structured(kind, data string) string {
	return `{"specversion":"1.0","id":"01JSYN","source":"/wecom/corp1","type":"` + kind + `","time":"2025-01-01T10:00:00.123+08:00","datacontenttype":"application/json","data":` + data + `}`
}

// The format is chosen by the type of the event, in either mode, and else by the topic.
func TestByCloudEvent(t *testing.T) {
	decode := ByCloudEvent(DecodeDialogue)
	whole := map[string]string{"content-type": "application/cloudevents+json; charset=UTF-8"}
	typed := binaryHeaders()
	typed["ce_type"] = "cn.phdp.wecom.archive.v1"
	for _, c := range []struct {
		name, value string
		headers     map[string]string
		source      string
	}{
		{"binary, canonical", chatJSON, binaryHeaders(), "canonical"},
		{"binary, archive", weComTextJSON, typed, "wecom"},
		{"structured, canonical", structured("cn.phdp.chat.message.v1", chatJSON), whole, "canonical"},
		{"structured, archive", structured("cn.phdp.wecom.archive.v1", weComTextJSON), whole, "wecom"},
		{"structured, JSON in a string", structured("cn.phdp.wecom.archive.v1", quotedJSON(weComTextJSON)), whole, "wecom"},
		{"other headers", dialogueJSON, map[string]string{"trace": "x"}, "dialogue"},
		{"no headers", dialogueJSON, nil, "dialogue"},
	} {
		t.Run(c.name, func(t *testing.T) {
			events, err := all(decode, &Record{Value: []byte(c.value), Headers: c.headers, Time: time.Unix(1.7e9, 0)})
			if err != nil {
				t.Fatal(err)
			}
			if events[0].Source != c.source {
				t.Errorf("source %s, want %s", events[0].Source, c.source)
			}
		})
	}
}

func TestCloudEventTypes(t *testing.T) {
	for kind, value := range map[string]string{
		"cn.phdp.chat.recall.v1": recallJSON, "cn.phdp.prescription.paid.v1": prescriptionJSON, "cn.phdp.activity.lead.v1": leadJSON,
		"cn.phdp.wecom.contact.v1": contactJSON, "cn.phdp.wecom.callback.v1": callbackJSON, "cn.phdp.wecom.consent.v1": consentJSON,
		"cn.phdp.youzan.push.v1": youzanJSON, "cn.phdp.jd.order.v1": jdJSON, "cn.phdp.taobao.trade.v1": taobaoJSON,
		"cn.phdp.fhir.r4.v1": dispenseJSON, "cn.phdp.segment.v1": trackJSON, "cn.phdp.dialogue.v1": dialogueJSON,
	} {
		if _, err := all(DecodeCloudEvent, &Record{Value: []byte(structured(kind, value))}); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	// The patient of a prescription without a number is the subject.
	value := replaced(t, structured("cn.phdp.alihealth.prescription.v1", alihealthJSON), `"id":"01JSYN"`, `"id":"01JSYN","subject":"h-1"`)
	events, err := all(DecodeCloudEvent, &Record{Value: []byte(value)})
	if err != nil || string(events[0].Patient.Value) != "h-1" {
		t.Errorf("%d events, %v", len(events), err)
	}
}

// Event ids of two sources never meet, those of one source repeat, and a recall finds its message.
func TestCloudEventIDs(t *testing.T) {
	id := func(change ...string) *Event {
		value := structured("cn.phdp.chat.message.v1", chatJSON)
		for i := 0; i < len(change); i += 2 {
			value = replaced(t, value, change[i], change[i+1])
		}
		return one(t, DecodeCloudEvent, &Record{Value: []byte(value)})
	}
	first, again := id(), id()
	if first.ID != again.ID || first.ID == id("/wecom/corp1", "/wecom/corp2").ID {
		t.Error("ids do not follow the source")
	}
	recall := one(t, DecodeCloudEvent, &Record{Value: []byte(structured("cn.phdp.chat.recall.v1", recallJSON))})
	if recall.Chat.Recalls != id().ID {
		t.Errorf("recalls %s, the message is %s", recall.Chat.Recalls, id().ID)
	}
	headers := binaryHeaders()
	if got := one(t, ByCloudEvent(DecodeDialogue), &Record{Value: []byte(chatJSON), Headers: headers}); got.ID != id().ID {
		t.Error("the same event has another id in binary mode")
	}
}

func TestCloudEventRejects(t *testing.T) {
	example := structured("cn.phdp.chat.message.v1", chatJSON)
	coded := base64.StdEncoding.EncodeToString([]byte(chatJSON))
	checkFormat(t, DecodeCloudEvent, example, []formatCase{
		{"base 64", []string{`"data":` + chatJSON, `"data_base64":"` + coded + `"`}, []string{"message 2026-01-05T09:12:33 wecom:wmSYN0001 line=onfh"}, refusedAs("", "")},
		{"not base 64", []string{`"data":` + chatJSON, `"data_base64":"%"`}, nil, refusedAs(ReasonBadValue, "data_base64")},
		{"version 0.3", []string{`"specversion":"1.0"`, `"specversion":"0.3"`}, nil, refusedAs(ReasonWrongVersion, "specversion")},
		{"no version", []string{`"specversion":"1.0",`, ``}, nil, refusedAs(ReasonMissingField, "specversion")},
		{"no source", []string{`"source":"/wecom/corp1",`, ``}, nil, refusedAs(ReasonMissingField, "source")},
		{"no id", []string{`"id":"01JSYN",`, ``}, nil, refusedAs(ReasonMissingField, "id")},
		{"type of others", []string{`cn.phdp.chat.message.v1`, `com.example.chat`}, nil, refusedAs(ReasonUnknownType, "type")},
		{"next version of a type", []string{`message.v1`, `message.v2`}, nil, refusedAs(ReasonUnknownType, "type")},
		{"no data", []string{`"data":`, `"x":`}, nil, refusedAs(ReasonMissingField, "data")},
		{"data as a list", []string{`"data":` + chatJSON, `"data":[1]`}, nil, refusedAs(ReasonBadJSON, "data")},
		{"fault in the data", []string{`"speaker":"patient"`, `"speaker":"doctor"`}, nil, refusedAs(ReasonBadValue, "data.speaker")},
		{"name twice in the data", []string{`"line":"onfh"`, `"v":1`}, nil, refusedAs(ReasonBadJSON, "data.v")},
		{"bad time", []string{`"time":"2025-01-01T10:00:00.123+08:00"`, `"time":"noon"`}, nil, refusedAs(ReasonBadTime, "time")},
	})
	decode := ByCloudEvent(DecodeDialogue)
	without := binaryHeaders()
	delete(without, "ce_type")
	unknown := binaryHeaders()
	unknown["ce_type"] = "cn.phdp.letter.v1"
	for _, c := range []struct {
		name, value   string
		headers       map[string]string
		reason, field string
	}{
		{"tombstone", "", binaryHeaders(), ReasonTombstone, ""},
		{"structured tombstone", "", map[string]string{"content-type": structuredType}, ReasonTombstone, ""},
		{"tombstone without attributes", "", nil, ReasonTombstone, ""},
		{"no type", chatJSON, without, ReasonMissingField, "ce_type"},
		{"unknown type", chatJSON, unknown, ReasonUnknownType, "ce_type"},
		{"body of another format", dialogueJSON, binaryHeaders(), ReasonMissingField, "v"},
	} {
		t.Run("binary "+c.name, func(t *testing.T) {
			wantReject(t, decode, &Record{Value: []byte(c.value), Headers: c.headers}, c.reason, c.field)
		})
	}
}
