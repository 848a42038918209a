package ingest

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func FuzzDecodeCanonical(f *testing.F) {
	for _, example := range []string{chatJSON, recallJSON, prescriptionJSON, activityJSON, leadJSON} {
		f.Add([]byte(example))
	}
	for _, c := range canonicalRejects {
		if len(c.with) < 1000 {
			f.Add([]byte(strings.Replace(c.example, c.old, c.with, 1)))
		}
	}
	f.Fuzz(func(t *testing.T, value []byte) { checkDecode(t, DecodeCanonical, value) })
}

func FuzzDecodeWeCom(f *testing.F) {
	f.Add([]byte(weComTextJSON))
	f.Add([]byte(weCom("mixed", `"mixed":{"item":[{"type":"text","content":"{\"content\":\"看\"}"}]}`)))
	f.Add([]byte(weCom("agree", `"agree":{"userid":"wmB","agree_time":1735707600}`)))
	for _, c := range weComRejects {
		if len(c.value) < 1000 {
			f.Add([]byte(c.value))
		}
	}
	f.Fuzz(func(t *testing.T, value []byte) { checkDecode(t, DecodeWeCom, value) })
}

func FuzzDecodeDialogue(f *testing.F) {
	f.Add([]byte(dialogueJSON))
	f.Add([]byte(`{"id":"x","at":"2025-05-05T05:05:05+08:00","utterances":[{"speaker":"robot","text":"y","at":"2025-05-05T05:05:05Z"}]}`))
	f.Fuzz(func(t *testing.T, value []byte) { checkDecode(t, DecodeDialogue, value) })
}

func FuzzDecodeSynthea(f *testing.F) {
	f.Add([]byte(orderJSON))
	f.Add([]byte(personJSON))
	f.Fuzz(func(t *testing.T, value []byte) { checkDecode(t, DecodeSynthea, value) })
}

// fuzzFormat fuzzes a decoder from its examples; records have a key and a time.
func fuzzFormat(f *testing.F, decode Decode, examples ...string) {
	for _, example := range examples {
		f.Add([]byte(example))
		for i, value := range hostile(f, example) {
			if i%11 == 0 && len(value) < 2000 { // all of them are in TestHostileFields
				f.Add([]byte(value))
			}
		}
	}
	f.Fuzz(func(t *testing.T, value []byte) { checkDecode(t, decode, value) })
}

func FuzzDecodeYouzan(f *testing.F) {
	fuzzFormat(f, DecodeYouzan, youzanJSON, strings.Replace(youzanJSON, youzanBody, quotedJSON(youzanBody), 1))
}

func FuzzDecodeJD(f *testing.F) { fuzzFormat(f, DecodeJD, jdJSON) }

func FuzzDecodeTaobao(f *testing.F) { fuzzFormat(f, DecodeTaobao, taobaoJSON) }

func FuzzDecodeAlihealth(f *testing.F) { fuzzFormat(f, keyed(DecodeAlihealth), alihealthJSON) }

func FuzzDecodeFHIR(f *testing.F) {
	fuzzFormat(f, DecodeFHIR, requestJSON, dispenseJSON, `{"resourceType":"Bundle","entry":[{"resource":`+dispenseJSON+`}]}`)
}

func FuzzDecodeWeComContact(f *testing.F) { fuzzFormat(f, DecodeWeComContact, contactJSON, batchJSON) }

func FuzzDecodeWeComCallback(f *testing.F) { fuzzFormat(f, DecodeWeComCallback, callbackJSON) }

func FuzzDecodeWeComConsent(f *testing.F) { fuzzFormat(f, DecodeWeComConsent, consentJSON) }

func FuzzDecodeSegment(f *testing.F) { fuzzFormat(f, DecodeSegment, trackJSON) }

func FuzzDecodeCloudEvent(f *testing.F) {
	fuzzFormat(f, DecodeCloudEvent, structured("cn.phdp.chat.message.v1", chatJSON), structured("cn.phdp.fhir.r4.v1", requestJSON))
}

func FuzzMappingDecode(f *testing.F) {
	m, err := parseMapping("fills.yaml", []byte(fillsYAML))
	if err != nil {
		f.Fatal(err)
	}
	fuzzFormat(f, m.Decode, csvRowJSON)
}

func FuzzParseMapping(f *testing.F) {
	f.Add([]byte(fillsYAML))
	f.Add([]byte(readingsYAML))
	f.Add([]byte(clockYAML))
	f.Fuzz(func(t *testing.T, text []byte) {
		if m, err := parseMapping("x", text); (m == nil) && (err == nil) {
			t.Error("neither a mapping nor an error")
		}
	})
}

// A guess of any file is a mapping, but for fields that nobody can guess, or an error.
func FuzzGuessMapping(f *testing.F) {
	for _, content := range []string{fillsCSV, readingsCSV, "\xff\xfea\x00", "PK\x03\x04", "\xef\xbb\xbf会员号;日期\n", "x\n数量,日期,sku,phone\n1盒,45658,a,b\n"} {
		f.Add([]byte(content))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		guess, err := guessMapping(content)
		if err != nil {
			return
		}
		if _, err := parseMapping("x", guess); err != nil && !strings.Contains(err.Error(), "one of these fields is needed") {
			t.Errorf("%v in\n%s", err, guess)
		}
	})
}

// A CloudEvent in binary mode, with any type and time in its headers.
func FuzzDecodeBinaryCloudEvent(f *testing.F) {
	f.Add("cn.phdp.chat.message.v1", "2025-01-01T10:00:00Z", "wmA", []byte(chatJSON))
	f.Add("cn.phdp.alihealth.prescription.0male.v1", "", "h-1", []byte(alihealthJSON))
	f.Add("cn.phdp.wecom.archive.v1", "", "", []byte(weComTextJSON))
	f.Fuzz(func(t *testing.T, kind, at, subject string, value []byte) {
		headers := binaryHeaders()
		headers["ce_type"], headers["ce_time"], headers["ce_subject"] = kind, at, subject
		decode := ByCloudEvent(DecodeCanonical)
		checkDecode(t, func(rec *Record, emit func(*Event)) error {
			rec.Headers = headers
			return decode(rec, emit)
		}, value)
	})
}

// checkDecode holds what is true of every decoder and every value: events are complete, or there is a
// reject with a known reason and none of the payload in it.
func checkDecode(t *testing.T, decode Decode, value []byte) {
	before := slices.Clone(value)
	events, err := all(decode, &Record{Value: value, Key: []byte("key-1"), Time: time.Unix(1.7e9, 0)})
	if !slices.Equal(before, value) {
		t.Fatal("the decoder changed the value")
	}
	if err == nil {
		checkEvents(t, events)
		return
	}
	var reject *Reject
	if !errors.As(err, &reject) || len(events) > 0 {
		t.Fatalf("%d events and %v", len(events), err)
	}
	if !slices.Contains(Reasons(), reject.Reason) || reject.Detail == "" {
		t.Errorf("reject %+v", reject)
	}
	for _, text := range stringsOf(value) {
		isIn := strings.Contains(reject.Detail, text) || strings.Contains(reject.Field, text)
		if isIn && len(text) > 5 && !isOurs(text) {
			t.Errorf("%q of the payload is in the reject %q", text, err)
		}
	}
}

func checkEvents(t *testing.T, events []*Event) {
	if len(events) == 0 {
		t.Error("neither an event nor a reject")
	}
	seen := map[string]bool{}
	for _, e := range events {
		bodies := 0
		for _, has := range []bool{e.Chat != nil, e.Prescription != nil, e.Activity != nil} {
			if has {
				bodies++
			}
		}
		if bodies != 1 || e.ID == "" || e.Type == "" || e.Patient.Kind == "" || e.Patient.Value == "" || e.Source == "" {
			t.Errorf("incomplete event %+v", e)
		}
		if e.At.Location() != time.UTC || e.At.Year() < 1900 || e.At.Year() > 2101 || seen[e.ID] {
			t.Errorf("event at %v, id repeated: %v", e.At, seen[e.ID])
		}
		seen[e.ID] = true
		if e.Chat != nil && !utf8.ValidString(e.Chat.Text) || !utf8.ValidString(string(e.Patient.Value)) {
			t.Error("text that is not UTF-8")
		}
		checkNumbers(t, e)
	}
}

func checkNumbers(t *testing.T, e *Event) {
	if e.Prescription == nil {
		return
	}
	if len(e.Prescription.Items) == 0 {
		t.Error("a prescription without items")
	}
	for _, item := range e.Prescription.Items {
		if item.ClaimID == "" || item.SKU+item.Drug == "" || !(item.Quantity > 0) || item.AmountFen < 0 {
			t.Errorf("item %+v", item)
		}
		if item.DaysSupply != nil && !(*item.DaysSupply > 0) {
			t.Error("days supply not above 0")
		}
	}
}

// stringsOf lists the strings and the numbers of a JSON value, names included.
func stringsOf(value []byte) []string {
	decoder := json.NewDecoder(strings.NewReader(string(value)))
	decoder.UseNumber()
	var found []string
	for {
		switch token, err := decoder.Token(); token := token.(type) {
		case string:
			found = append(found, token)
		case json.Number:
			found = append(found, token.String())
		default:
			if err != nil {
				return found
			}
		}
	}
}

// isOurs says whether a text of the payload is one that rejects use anyway: a name of a field, a word
// of a detail, or digits of a limit.
func isOurs(text string) bool {
	for _, sentence := range slices.Concat(fieldNames, attributeNames, details) {
		if strings.Contains(sentence, text) {
			return true
		}
	}
	return false
}

// details are the sentences of all rejects.
var details = []string{
	"required", "no value", "not UTF-8", "not a JSON object", "another JSON type, or a number out of range",
	"more than 4194304 bytes", "more than 100000 bytes", "more than 512 bytes", "more than 1000 entries",
	"a name that is there twice", "nested too deep", "too many names", "only version 1 is read",
	"not chat, prescription or activity", "not chat.message or chat.recall", "no known type of prescription event",
	"not a lower-case word after activity.", "a control character", "not a lower-case word",
	"none of the values that it may have", "not within 1,000,000,000 of zero", "not RFC 3339 with an offset",
	"outside 1900 to 2100", "sku or drug is required", "repeats an earlier line", "repeats an earlier utterance",
	"not a whole number from 0 to 1000000000", "not above 0 or at most 100000", "not above 0 or at most 3660",
	"not a year from 1900 to 2100", "no one outside contact that this is from or to",
	"not a time in milliseconds or seconds", "not a JSON object in a string", "not a JSON object with a text in it",
	"not M or F", "after the death of the patient or the end of the export", "before START",
	"not a whole number from 1 to 10000", "not a number", "not an amount in yuan with two decimals", "not like 2025-01-31 09:30:00", "a trial push of the platform",
	"not of an order", "not URL-encoded", "a resource of FHIR R5, R4 is read", "no MedicationRequest or MedicationDispense",
	"required when the quantity is not in packs", "not days, weeks or months", "drug_id or drug_name is required",
	"no number of the patient, and no key of the record", "an error instead of an answer", "not change_external_contact",
	"only CloudEvents 1.0 is read", "no CloudEvents type that has a format here", "not base 64", "no name in Latin letters",
	"not track, identify, alias, page, screen or group", "not in the encoding of the mapping",
	"another number of columns than the header", "in none of the date formats of the mapping", "not a time of day like 09:30", "a unit that is no pack", "more than 3000 entries",
	"still encrypted; the connector has to decrypt it", "ce_specversion", "ce_source", "ce_type", "ce_subject", "ce_time", "ce_id", "attributes.", "measurements[0].", "utterances[0].", "revoke.pre_msgid",
}

// The same, on values that are made to be refused at every field: the identifier and the text are long
// and occur nowhere else.
func TestRejectsHideThePayload(t *testing.T) {
	secrets := []string{"wmSYN0001", "13800000001", "林药师", "yzSYN0001", "E20260106", "1961", "pharm_lin"}
	for _, c := range canonicalRejects {
		_, err := all(DecodeCanonical, &Record{Value: []byte(replaced(t, c.example, c.old, c.with))})
		for _, secret := range secrets {
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the reject holds %s: %v", c.name, secret, err)
			}
		}
	}
}
