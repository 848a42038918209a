package ingest

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// cloudEvent is the envelope of an event by CloudEvents 1.0: headers of the record in binary mode, the
// names beside the data in structured mode.
type cloudEvent struct {
	SpecVersion string          `json:"specversion"`
	ID          string          `json:"id"`
	Source      string          `json:"source"`
	Type        string          `json:"type"`
	Subject     string          `json:"subject"`
	Time        string          `json:"time"`
	ContentType string          `json:"datacontenttype"`
	Data        json.RawMessage `json:"data"`
	DataBase64  string          `json:"data_base64"`
}

// structuredType is the content type of a record that holds a whole CloudEvent.
const structuredType = "application/cloudevents+json"

// ByCloudEvent returns a Decode that chooses for each record: by the CloudEvents type in its headers
// (binary mode) or in its value (structured mode, told by the content type), and configured where there
// is none. The events of a CloudEvent have ids of their own in each CloudEvents source, see
// docs/formats/cloudevents.md.
func ByCloudEvent(configured Decode) Decode {
	return func(rec *Record, emit func(*Event)) error {
		switch {
		case len(rec.Headers) == 0:
			return configured(rec, emit)
		case isStructured(rec.Headers):
			return DecodeCloudEvent(rec, emit)
		case !hasAttributes(rec.Headers):
			return configured(rec, emit)
		}
		envelope := binaryEvent(rec.Headers)
		if len(rec.Value) == 0 {
			return checkValue(rec.Value)
		}
		if reject := envelope.check("ce_"); reject != nil {
			return reject
		}
		return envelope.decode(rec, rec.Value, "ce_", emit)
	}
}

// isStructured looks at the content type, which may have parameters behind it.
func isStructured(headers map[string]string) bool {
	name, _, _ := strings.Cut(contentType(headers), ";")
	return strings.EqualFold(strings.TrimSpace(name), structuredType)
}

func contentType(headers map[string]string) string {
	if value, isThere := headers["content-type"]; isThere {
		return value
	}
	return headers["Content-Type"]
}

// hasAttributes says whether a record is a CloudEvent in binary mode: any of the required attributes is
// there. One of several that is missing makes a reject, not another format.
func hasAttributes(headers map[string]string) bool {
	for _, name := range []string{"ce_type", "ce_specversion", "ce_id", "ce_source"} {
		if _, isThere := headers[name]; isThere {
			return true
		}
	}
	return false
}

func binaryEvent(headers map[string]string) *cloudEvent {
	return &cloudEvent{
		SpecVersion: headers["ce_specversion"], ID: headers["ce_id"], Source: headers["ce_source"],
		Type: headers["ce_type"], Subject: headers["ce_subject"], Time: headers["ce_time"],
		ContentType: contentType(headers),
	}
}

// DecodeCloudEvent reads a CloudEvent in structured mode: the attributes and the data in one JSON object.
// It emits what the decoder of its type does.
func DecodeCloudEvent(rec *Record, emit func(*Event)) error {
	if _, reject := inspect(rec.Value); reject != nil {
		return reject
	}
	var envelope cloudEvent
	if reject := unmarshal(rec.Value, &envelope); reject != nil {
		return reject
	}
	if reject := envelope.check(""); reject != nil {
		return reject
	}
	data, reject := envelope.data()
	if reject != nil {
		return reject
	}
	return envelope.decode(rec, data, "", emit)
}

// check holds the attributes to CloudEvents 1.0; prefix is that of the headers.
func (c *cloudEvent) check(prefix string) *Reject {
	if c.SpecVersion != "" && c.SpecVersion != "1.0" {
		return &Reject{ReasonWrongVersion, prefix + "specversion", "only CloudEvents 1.0 is read"}
	}
	return first(required(prefix+"specversion", c.SpecVersion), required(prefix+"id", c.ID),
		required(prefix+"source", c.Source), required(prefix+"type", c.Type), optional(prefix+"subject", c.Subject))
}

// data returns the data of a structured event: an object, JSON in a string, or either in base 64.
func (c *cloudEvent) data() ([]byte, *Reject) {
	data := []byte(c.Data)
	field := "data"
	switch {
	case c.DataBase64 != "":
		plain, err := base64.StdEncoding.DecodeString(c.DataBase64)
		if err != nil {
			return nil, badValue("data_base64", "not base 64")
		}
		data, field = plain, "data_base64"
	case len(data) > 0 && data[0] == '"':
		var text string
		if json.Unmarshal(data, &text) != nil {
			return nil, badValue(field, "not a JSON object in a string")
		}
		data = []byte(text)
	}
	if len(data) == 0 || string(data) == "null" {
		return nil, missing("data")
	}
	return data, checkValue(data).nested(field)
}

// decode hands the data to the decoder of the type. The subject stands for the key and the time of the
// event for that of the record, for formats that have none of their own.
func (c *cloudEvent) decode(rec *Record, data []byte, prefix string, emit func(*Event)) error {
	decode := decodeByType(c.Type)
	if decode == nil {
		return &Reject{ReasonUnknownType, prefix + "type", "no CloudEvents type that has a format here"}
	}
	inner := &Record{Position: rec.Position, Key: rec.Key, Value: data, Time: rec.Time}
	if c.Subject != "" {
		inner.Key = []byte(c.Subject)
	}
	if c.Time != "" {
		at, err := time.Parse(time.RFC3339, c.Time)
		if err != nil {
			return &Reject{ReasonBadTime, prefix + "time", "not RFC 3339 with an offset"}
		}
		inner.Time = at
	}
	scope := hashID("cloudevents", c.Source)
	err := decode(inner, func(event *Event) {
		event.ID = scope + "-" + event.ID
		if event.Chat != nil && event.Chat.Recalls != "" {
			event.Chat.Recalls = scope + "-" + event.Chat.Recalls
		}
		emit(event)
	})
	if reject, isReject := err.(*Reject); isReject && prefix == "" {
		return reject.nested("data")
	}
	return err
}

// decodeByType returns the decoder of a CloudEvents type, nil when there is none. Types end in a version;
// those of canonical events are their type in between.
func decodeByType(name string) Decode {
	name, isOurs := strings.CutPrefix(name, "cn.phdp.")
	name, isFirst := strings.CutSuffix(name, ".v1")
	if !isOurs || !isFirst {
		return nil
	}
	switch stream, _, _ := strings.Cut(name, "."); stream {
	case "chat", "prescription", "activity":
		return DecodeCanonical
	}
	switch name {
	case "wecom.archive":
		return DecodeWeCom
	case "wecom.contact":
		return DecodeWeComContact
	case "wecom.callback":
		return DecodeWeComCallback
	case "wecom.consent":
		return DecodeWeComConsent
	case "youzan.push":
		return DecodeYouzan
	case "jd.order":
		return DecodeJD
	case "taobao.trade":
		return DecodeTaobao
	case "alihealth.prescription":
		return DecodeAlihealth
	case "alihealth.prescription.0male":
		return AlihealthWithSex(SexZeroMale)
	case "alihealth.prescription.0female":
		return AlihealthWithSex(SexZeroFemale)
	case "fhir.r4":
		return DecodeFHIR
	case "segment":
		return DecodeSegment
	case "dialogue":
		return DecodeDialogue
	}
	return nil
}
