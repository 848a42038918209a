package ingest

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

const recallJSON = `{"v":1,"event_id":"c-000018","type":"chat.recall","at":"2026-01-05T01:14:00Z","patient":{"kind":"wecom","id":"wmSYN0001"},"speaker":"patient","recalls":"c-000017"}`

// one decodes a value that must give one event.
func one(t *testing.T, decode Decode, rec *Record) *Event {
	t.Helper()
	events, err := all(decode, rec)
	if err != nil {
		t.Fatal(err)
	}
	if len(events) != 1 {
		t.Fatalf("%d events, want 1", len(events))
	}
	return events[0]
}

func all(decode Decode, rec *Record) ([]*Event, error) {
	var events []*Event
	err := decode(rec, func(e *Event) { events = append(events, e) })
	return events, err
}

// wantReject decodes a value that must be refused, with no event, for a reason at a field.
func wantReject(t *testing.T, decode Decode, rec *Record, reason, field string) {
	t.Helper()
	events, err := all(decode, rec)
	if len(events) != 0 {
		t.Errorf("%d events beside a reject", len(events))
	}
	var reject *Reject
	if !errors.As(err, &reject) {
		t.Fatalf("error %v, want a reject with %s at %q", err, reason, field)
	}
	if reject.Reason != reason || reject.Field != field {
		t.Errorf("got %s at %q (%s), want %s at %q", reject.Reason, reject.Field, reject.Detail, reason, field)
	}
	if reject.Detail == "" {
		t.Error("a reject without detail")
	}
}

// replaced changes one place of an example.
func replaced(t *testing.T, example, old, with string) string {
	t.Helper()
	if strings.Count(example, old) != 1 {
		t.Fatalf("%q is not once in the example", old)
	}
	return strings.Replace(example, old, with, 1)
}

// replacedOnce is replaced for tables, which have no test to fail.
func replacedOnce(example, old, with string) string { return strings.Replace(example, old, with, 1) }

func ptr(f float64) *float64 { return &f }

var canonicalEvents = []struct {
	name, value string
	want        Event
}{
	{"chat", chatJSON, Event{
		ID: "c-000017", Type: "message", At: time.Date(2026, 1, 5, 1, 12, 33, 120e6, time.UTC), Patient: Identifier{KindWeCom, "wmSYN0001"}, Line: "onfh", Source: "canonical",
		Chat: &Chat{Speaker: SpeakerPatient, StaffID: "pharm_lin", MsgType: "text", Text: "林药师，昨天忘了吃药，今天要补吗"},
	}},
	{"recall", recallJSON, Event{
		ID: "c-000018", Type: "recall", At: time.Date(2026, 1, 5, 1, 14, 0, 0, time.UTC),
		Patient: Identifier{KindWeCom, "wmSYN0001"}, Source: "canonical",
		Chat: &Chat{Speaker: SpeakerPatient, MsgType: "revoke", Recalls: "c-000017"},
	}},
	{"prescription", prescriptionJSON, Event{
		ID: "p-000042", Type: "paid", At: time.Date(2026, 1, 6, 12, 1, 0, 0, time.UTC), Line: "onfh", Source: "canonical",
		Patient: Identifier{KindYouzan, "yzSYN0001"}, Links: []Identifier{{KindPhone, "13800000001"}},
		Prescription: &Prescription{OrderID: "E20260106000001", Channel: "youzan", Items: []Item{
			{ClaimID: "E20260106000001-1", SKU: "SKU-ONFH-01", Quantity: 2, AmountFen: 29800},
		}},
	}},
	{"measurement", activityJSON, Event{
		ID: "a-000099", Type: "measurement", At: time.Date(2026, 1, 6, 23, 30, 0, 0, time.UTC), Line: "htn", Source: "canonical",
		Patient: Identifier{KindWeCom, "wmSYN0001"},
		Activity: &Activity{Measurements: []Measurement{
			{"bp_systolic", 152, "mmHg", "home"}, {"bp_diastolic", 96, "mmHg", "home"},
		}},
	}},
	{"attributes that are not kept", replacedOnce(leadJSON, `"city_tier":"2"`, `"name":"Ann","city_tier":""`), Event{
		ID: "a-000100", Type: "lead", At: time.Date(2026, 1, 6, 23, 30, 0, 0, time.UTC), Source: "canonical",
		Patient:  Identifier{KindWeCom, "wmSYN0001"},
		Activity: &Activity{Channel: "doctor_qr", Attributes: map[string]string{"sex": "female", "birth_year": "1961"}},
	}},
	{"lead", leadJSON, Event{
		ID: "a-000100", Type: "lead", At: time.Date(2026, 1, 6, 23, 30, 0, 0, time.UTC), Source: "canonical",
		Patient: Identifier{KindWeCom, "wmSYN0001"},
		Activity: &Activity{Channel: "doctor_qr", Attributes: map[string]string{
			"sex": "female", "birth_year": "1961", "city_tier": "2",
		}},
	}},
	{"all of an item", replacedOnce(prescriptionJSON, `"quantity":2`, `"drug":"x","quantity":0.5,"days_supply":14,"daily_dose":2`), Event{
		ID: "p-000042", Type: "paid", At: time.Date(2026, 1, 6, 12, 1, 0, 0, time.UTC), Line: "onfh", Source: "canonical",
		Patient: Identifier{KindYouzan, "yzSYN0001"}, Links: []Identifier{{KindPhone, "13800000001"}},
		Prescription: &Prescription{OrderID: "E20260106000001", Channel: "youzan", Items: []Item{{
			ClaimID: "E20260106000001-1", SKU: "SKU-ONFH-01", Drug: "x", Quantity: 0.5,
			DaysSupply: ptr(14), DailyDose: ptr(2), AmountFen: 29800,
		}}},
	}},
}

func TestDecodeCanonical(t *testing.T) {
	for _, c := range canonicalEvents {
		t.Run(c.name, func(t *testing.T) {
			got := one(t, DecodeCanonical, &Record{Value: []byte(c.value)})
			if !reflect.DeepEqual(*got, c.want) {
				t.Errorf("got %+v\nwant %+v", *got, c.want)
			}
		})
	}
}

// canonicalAccepts is what the format lets pass: each is an example with one place changed.
var canonicalAccepts = []struct{ name, example, old, with string }{
	{"version 1.0", chatJSON, `"v":1`, `"v":1.0`},
	{"unknown fields", chatJSON, `"v":1`, `"v":1,"name":{"first":["x"]},"items":5`},
	{"null is absent", chatJSON, `"line":"onfh"`, `"line":null,"room_id":null,"links":null`},
	{"space around", chatJSON, `{"v":1`, " \n\t{ \"v\" : 1"},
	{"image without text", chatJSON, `"text":"林药师，昨天忘了吃药，今天要补吗"`, `"msg_type":"image"`},
	{"text at the limit", chatJSON, "今天要补吗", strings.Repeat("a", MaxTextBytes-len("林药师，昨天忘了吃药，"))},
	{"half a surrogate", chatJSON, "今天要补吗", `\ud83d`},
	{"escaped type", chatJSON, `"chat.message"`, `"\u0063hat.message"`},
	{"a string that looks like a name", chatJSON, `"pharm_lin"`, `"\"v\":1,\"v\":1"`},
	{"same names in two objects", prescriptionJSON, `"items":[`, `"items":[{"claim_id":"x","sku":"y","quantity":1},`},
	{"a line of one's own", chatJSON, `"onfh"`, `"copd_2"`},
	{"year 1900", chatJSON, "2026-", "1900-"},
	{"type of one's own", leadJSON, "activity.lead", "activity.yoga"},
	{"attribute that is not kept", leadJSON, `"sex"`, `"name":"x","sex"`},
	{"empty attribute", leadJSON, `"female"`, `""`},
	{"labels instead of a text", chatJSON, `"text":"林药师，昨天忘了吃药，今天要补吗"`, `"labels":["missed_dose"]`},
	{"a trade of Taobao", prescriptionJSON, `"channel":"youzan"`, `"channel":"taobao"`},
	{"price of nothing", prescriptionJSON, "29800", "0"},
	{"amount 29800.0", prescriptionJSON, "29800", "29800.0"},
	{"measurement below zero", activityJSON, "152", "-2.5"},
}

func TestDecodeCanonicalAccepts(t *testing.T) {
	for _, c := range canonicalAccepts {
		t.Run(c.name, func(t *testing.T) {
			one(t, DecodeCanonical, &Record{Value: []byte(replaced(t, c.example, c.old, c.with))})
		})
	}
}

// Every name of an activity that the documentation lists decodes, and the list has those of a programme.
func TestActivityNames(t *testing.T) {
	page, err := os.ReadFile("../docs/formats/canonical.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(page), "Types in use:")
	list, _, _ = strings.Cut(list, "Any other")
	for i, name := range strings.Split(list, "`") {
		if i%2 == 0 {
			continue
		}
		value := replaced(t, activityJSON, "activity.measurement", "activity."+name)
		if got := one(t, DecodeCanonical, &Record{Value: []byte(value)}); got.Type != name {
			t.Errorf("%s became %s", name, got.Type)
		}
	}
	for _, name := range strings.Fields(`add_friend del_friend join_group leave_group read_article view_live view_video submit_form
		check_in_medicine check_in_exercise book_consult attend_light_clinic attend_heavy_clinic attend_offline_meeting
		points_earn points_spend register_visit first_visit report_read revisit referral_made referral_done
		task_created task_started task_closed alert_raised alert_ack icbt_session_done`) {
		if !strings.Contains(list, "`"+name+"`") {
			t.Errorf("%s is not in the documentation", name)
		}
	}
}

// rejectCase is an example with one place changed and what must come of it.
type rejectCase struct{ name, example, old, with, reason, field string }

var canonicalRejects = []rejectCase{
	{"broken off", chatJSON, `吗"}`, ``, ReasonBadJSON, ""},
	{"more behind", chatJSON, `吗"}`, `吗"} x`, ReasonBadJSON, ""},
	{"a list", chatJSON, `{"v":1`, `[{"v":1`, ReasonBadJSON, ""},
	{"raw line end in a string", chatJSON, `pharm_lin`, "pharm\nlin", ReasonBadJSON, ""},
	{"name twice", chatJSON, `"line":"onfh"`, `"event_id":"c-000018"`, ReasonBadJSON, "event_id"},
	{"name twice, once escaped", chatJSON, `"line":"onfh"`, `"event\u005fid":"c-000018"`, ReasonBadJSON, "event_id"},
	{"name twice, below", prescriptionJSON, `"quantity":2`, `"quantity":2,"quantity":3`, ReasonBadJSON, "items[0].quantity"},
	{"name twice that is not ours", chatJSON, `"v":1`, `"v":1,"13800000001":1,"13800000001":2`, ReasonBadJSON, "*"},
	{"nested too deep", chatJSON, `"v":1`, `"v":1,"x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40), ReasonBadJSON, "*" + strings.Repeat("[0]", 31)},
	{"not UTF-8", chatJSON, "今天", "\xff\xfe", ReasonBadEncoding, ""},
	{"half a character", chatJSON, "今天", "\xe4\xbb", ReasonBadEncoding, ""},
	{"version 2", chatJSON, `"v":1`, `"v":2`, ReasonWrongVersion, "v"},
	{"version 0", chatJSON, `"v":1`, `"v":0`, ReasonWrongVersion, "v"},
	{"no version", chatJSON, `"v":1,`, ``, ReasonMissingField, "v"},
	{"version as text", chatJSON, `"v":1`, `"v":"1"`, ReasonBadValue, "v"},
	{"no type", chatJSON, `"type":"chat.message",`, ``, ReasonMissingField, "type"},
	{"type in another case", chatJSON, `"type"`, `"Type"`, ReasonMissingField, "type"},
	{"type of no stream", chatJSON, "chat.message", "letter.sent", ReasonUnknownType, "type"},
	{"unknown type of chat", chatJSON, "chat.message", "chat.shout", ReasonUnknownType, "type"},
	{"unknown type of prescription", prescriptionJSON, "prescription.paid", "prescription.lost", ReasonUnknownType, "type"},
	{"activity without a type", leadJSON, "activity.lead", "activity.", ReasonUnknownType, "type"},
	{"activity in capitals", leadJSON, "activity.lead", "activity.Lead", ReasonUnknownType, "type"},
	{"no event id", chatJSON, `"event_id":"c-000017",`, ``, ReasonMissingField, "event_id"},
	{"empty event id", chatJSON, `"c-000017"`, `""`, ReasonMissingField, "event_id"},
	{"event id too long", chatJSON, `c-000017`, strings.Repeat("c", MaxIDBytes+1), ReasonTooLarge, "event_id"},
	{"event id with a NUL", chatJSON, `c-000017`, `c-\u0000`, ReasonBadValue, "event_id"},
	{"no time", chatJSON, `"at":"2026-01-05T09:12:33.120+08:00",`, ``, ReasonMissingField, "at"},
	{"time without offset", chatJSON, "+08:00", "", ReasonBadTime, "at"},
	{"time with a space", chatJSON, "05T09", "05 09", ReasonBadTime, "at"},
	{"time with a comma", chatJSON, "33.120", "33,120", ReasonBadTime, "at"},
	{"hour of one digit", chatJSON, "T09:", "T9:", ReasonBadTime, "at"},
	{"30 February", chatJSON, "2026-01-05", "2026-02-30", ReasonBadTime, "at"},
	{"offset of 25 hours", chatJSON, "+08:00", "+25:00", ReasonBadTime, "at"},
	{"year 1026", chatJSON, "2026-", "1026-", ReasonBadTime, "at"},
	{"year 2206", chatJSON, "2026-", "2206-", ReasonBadTime, "at"},
	{"time as a number", chatJSON, `"2026-01-05T09:12:33.120+08:00"`, "1767575553", ReasonBadValue, "at"},
	{"no patient", chatJSON, `"patient":{"kind":"wecom","id":"wmSYN0001"},`, ``, ReasonMissingField, "patient.kind"},
	{"patient without id", chatJSON, `,"id":"wmSYN0001"`, ``, ReasonMissingField, "patient.id"},
	{"patient id as a number", chatJSON, `"wmSYN0001"`, `13800000001`, ReasonBadValue, "patient.id"},
	{"patient id with a line end", chatJSON, `wmSYN0001"`, `wmSYN0001\n"`, ReasonBadValue, "patient.id"},
	{"patient as text", chatJSON, `{"kind":"wecom","id":"wmSYN0001"}`, `"wmSYN0001"`, ReasonBadValue, "patient"},
	{"kind in capitals", chatJSON, `"kind":"wecom"`, `"kind":"WeCom"`, ReasonBadValue, "patient.kind"},
	{"link without id", prescriptionJSON, `,"id":"13800000001"`, ``, ReasonMissingField, "links[0].id"},
	{"too many links", prescriptionJSON, `"links":[`, `"links":[` + strings.Repeat(`{"kind":"phone","id":"1"},`, MaxListLength), ReasonTooLarge, "links"},
	{"line in Chinese", chatJSON, `"onfh"`, `"骨坏死"`, ReasonBadValue, "line"},

	{"no speaker", chatJSON, `"speaker":"patient",`, ``, ReasonMissingField, "speaker"},
	{"unknown speaker", chatJSON, `"speaker":"patient"`, `"speaker":"doctor"`, ReasonBadValue, "speaker"},
	{"no text", chatJSON, `,"text":"林药师，昨天忘了吃药，今天要补吗"`, ``, ReasonMissingField, "text"},
	{"no labels either", chatJSON, `"text":"林药师，昨天忘了吃药，今天要补吗"`, `"labels":[]`, ReasonMissingField, "text"},
	{"label without a name", chatJSON, `"line":"onfh"`, `"labels":[""]`, ReasonMissingField, "labels[0]"},
	{"text too long", chatJSON, "今天要补吗", strings.Repeat("a", MaxTextBytes), ReasonTooLarge, "text"},
	{"text as a list", chatJSON, `"林药师，昨天忘了吃药，今天要补吗"`, `["x"]`, ReasonBadValue, "text"},
	{"recall of nothing", recallJSON, `,"recalls":"c-000017"`, ``, ReasonMissingField, "recalls"},

	{"recall of an empty id", recallJSON, `"recalls":"c-000017"`, `"recalls":""`, ReasonMissingField, "recalls"},
	{"empty text", chatJSON, `"林药师，昨天忘了吃药，今天要补吗"`, `"","msg_type":"text"`, ReasonMissingField, "text"},

	{"no channel", prescriptionJSON, `"channel":"youzan",`, ``, ReasonMissingField, "channel"},
	{"unknown channel", prescriptionJSON, `"channel":"youzan"`, `"channel":"taxi"`, ReasonBadValue, "channel"},
	{"no items", prescriptionJSON, `"items":[`, `"x":[`, ReasonMissingField, "items"},
	{"items as an object", prescriptionJSON, `[{"claim_id":"E20260106000001-1","sku":"SKU-ONFH-01","quantity":2,"amount_fen":29800}]`, `{}`, ReasonBadValue, "items"},
	{"too many items", prescriptionJSON, `"items":[`, `"items":[` + strings.Repeat(`{},`, MaxListLength), ReasonTooLarge, "items"},
	{"no claim id", prescriptionJSON, `"claim_id":"E20260106000001-1",`, ``, ReasonMissingField, "items[0].claim_id"},
	{"claim id twice", prescriptionJSON, `"items":[`, `"items":[{"claim_id":"E20260106000001-1","drug":"x","quantity":1},`, ReasonBadValue, "items[1].claim_id"},
	{"neither sku nor drug", prescriptionJSON, `"sku":"SKU-ONFH-01",`, ``, ReasonMissingField, "items[0].sku"},
	{"empty sku, no drug", prescriptionJSON, `"SKU-ONFH-01"`, `"","drug":null`, ReasonMissingField, "items[0].sku"},
	{"no quantity", prescriptionJSON, `"quantity":2,`, ``, ReasonMissingField, "items[0].quantity"},
	{"quantity 0", prescriptionJSON, `"quantity":2`, `"quantity":0`, ReasonBadValue, "items[0].quantity"},
	{"quantity below 0", prescriptionJSON, `"quantity":2`, `"quantity":-1`, ReasonBadValue, "items[0].quantity"},
	{"quantity as text", prescriptionJSON, `"quantity":2`, `"quantity":"2"`, ReasonBadValue, "items[0].quantity"},
	{"quantity beyond numbers", prescriptionJSON, `"quantity":2`, `"quantity":1e999`, ReasonBadValue, "items[0].quantity"},
	{"quantity absurd", prescriptionJSON, `"quantity":2`, `"quantity":1e6`, ReasonBadValue, "items[0].quantity"},
	{"days supply 0", prescriptionJSON, `"quantity":2`, `"quantity":2,"days_supply":0`, ReasonBadValue, "items[0].days_supply"},
	{"days supply of a century", prescriptionJSON, `"quantity":2`, `"quantity":2,"days_supply":36500`, ReasonBadValue, "items[0].days_supply"},
	{"daily dose below 0", prescriptionJSON, `"quantity":2`, `"quantity":2,"daily_dose":-1`, ReasonBadValue, "items[0].daily_dose"},
	{"amount in yuan", prescriptionJSON, `29800`, `298.50`, ReasonBadValue, "items[0].amount_fen"},
	{"amount below 0", prescriptionJSON, `29800`, `-29800`, ReasonBadValue, "items[0].amount_fen"},
	{"empty diagnosis", prescriptionJSON, `"channel"`, `"icd10":["I10",""],"channel"`, ReasonMissingField, "icd10[1]"},
	{"diagnosis as text", prescriptionJSON, `"channel"`, `"icd10":"I10","channel"`, ReasonBadValue, "icd10"},

	{"measurement without numbers", activityJSON, `"measurements"`, `"readings"`, ReasonMissingField, "measurements"},
	{"measurement of none", activityJSON, `"measurements":[`, `"measurements":[],"x":[`, ReasonMissingField, "measurements"},
	{"measurement without value", activityJSON, `"value":96,`, ``, ReasonMissingField, "measurements[1].value"},
	{"measurement as text", activityJSON, `96`, `"96"`, ReasonBadValue, "measurements[1].value"},
	{"measurement absurd", activityJSON, `96`, `1e300`, ReasonBadValue, "measurements[1].value"},
	{"measurement without kind", activityJSON, `"kind":"bp_diastolic",`, ``, ReasonMissingField, "measurements[1].kind"},
	{"sex in Chinese", leadJSON, `"female"`, `"女"`, ReasonBadValue, "attributes.sex"},
	{"city tier 4", leadJSON, `"city_tier":"2"`, `"city_tier":"4"`, ReasonBadValue, "attributes.city_tier"},
	{"granted yes", leadJSON, `"city_tier":"2"`, `"granted":"yes"`, ReasonBadValue, "attributes.granted"},
	{"birth year of two digits", leadJSON, `"1961"`, `"61"`, ReasonBadValue, "attributes.birth_year"},
	{"birth year with a sign", leadJSON, `"1961"`, `"+196"`, ReasonBadValue, "attributes.birth_year"},
	{"attribute as a number", leadJSON, `"1961"`, `1961`, ReasonBadValue, "attributes.birth_year"},
	{"attribute of another name as a number", leadJSON, `"sex"`, `"13800000001":1,"sex"`, ReasonBadValue, "attributes.*"},
	{"attribute as a list", leadJSON, `"1961"`, `["1961"]`, ReasonBadValue, "attributes.birth_year"},
	{"attribute with a line end", leadJSON, `"city_tier":"2"`, `"state":"a\nb"`, ReasonBadValue, "attributes.state"},
	{"attributes as a list", leadJSON, `"attributes":{`, `"attributes":[],"x":{`, ReasonBadValue, "attributes"},
}

func TestDecodeCanonicalRejects(t *testing.T) {
	for _, c := range canonicalRejects {
		t.Run(c.name, func(t *testing.T) {
			value := replaced(t, c.example, c.old, c.with)
			wantReject(t, DecodeCanonical, &Record{Value: []byte(value)}, c.reason, c.field)
		})
	}
}

// Every reason has a case: those of values as a whole are in TestDecodeWholeValue, no_patient is WeCom's,
// fhir_r5 is FHIR's.
func TestEveryReasonHasACase(t *testing.T) {
	had := map[string]bool{ReasonTombstone: true, ReasonNoPatient: true, ReasonFHIRR5: true}
	for _, c := range canonicalRejects {
		had[c.reason] = true
	}
	for _, reason := range Reasons() {
		if !had[reason] {
			t.Errorf("no case for %s", reason)
		}
	}
}

// All decoders refuse these in the same way.
func TestDecodeWholeValue(t *testing.T) {
	for _, c := range []struct {
		name, value, reason string
	}{
		{"tombstone", "", ReasonTombstone},
		{"too large", "{" + strings.Repeat(" ", MaxValueBytes), ReasonTooLarge},
		{"not UTF-8", "{\"a\":\"\xff\"}", ReasonBadEncoding},
		{"null", "null", ReasonBadJSON},
		{"only space", "  ", ReasonBadJSON},
		{"only a bracket", "{", ReasonBadJSON},
		{"an open string", `{"`, ReasonBadJSON},
		{"an open escape", `{"a":"\`, ReasonBadJSON},
	} {
		for _, format := range FormatNames() {
			t.Run(c.name+"/"+format, func(t *testing.T) {
				decode, err := DecodeByName(format)
				if err != nil {
					t.Fatal(err)
				}
				wantReject(t, decode, &Record{Value: []byte(c.value)}, c.reason, "")
			})
		}
	}
	if _, err := DecodeByName(""); err == nil || !strings.Contains(err.Error(), "no wire format is named, there are: canonical") {
		t.Errorf("error of no format: %v", err)
	}
	if _, err := DecodeByName("xml"); err == nil || !strings.Contains(err.Error(), "canonical, wecom, dialogue, synthea") {
		t.Errorf("error of an unknown format: %v", err)
	}
}

// Strings of events are parts of the value, so decoding and decoding again leave it as it is.
func TestDecodingLeavesTheValueAlone(t *testing.T) {
	for name, value := range map[string]string{
		"canonical": prescriptionJSON, "wecom": weComTextJSON, "dialogue": dialogueJSON,
		"cloudevents": structured("cn.phdp.fhir.r4.v1", requestJSON), "youzan": youzanJSON, "jd": jdJSON, "taobao": taobaoJSON,
		"fhir": dispenseJSON, "segment": trackJSON, "wecom_contact": contactJSON, "wecom_callback": callbackJSON,
		"wecom_consent": consentJSON,
	} {
		t.Run(name, func(t *testing.T) {
			decode, err := DecodeByName(name)
			if err != nil {
				t.Fatal(err)
			}
			rec := &Record{Value: []byte(value), Time: time.Unix(1.7e9, 0)}
			got, err := all(decode, rec)
			if err != nil {
				t.Fatal(err)
			}
			again, err := all(decode, rec)
			if err != nil {
				t.Fatal(err)
			}
			if string(rec.Value) != value || !reflect.DeepEqual(got, again) {
				t.Error("decoding changed the value, or the events of the first time")
			}
		})
	}
}

// The examples in the documentation are events, and every format has a page with one.
func TestExamplesInTheDocumentation(t *testing.T) {
	for _, f := range formats() {
		name, _, _ := strings.Cut(f.name, "_0") // alihealth_0male is on the page of alihealth
		page, err := os.ReadFile("../docs/formats/" + name + ".md")
		if err != nil {
			t.Fatal(err)
		}
		blocks := strings.Split(string(page), "```")
		found := 0
		for i := 1; i < len(blocks); i += 2 {
			example, isJSON := strings.CutPrefix(blocks[i], "json\n")
			if !isJSON {
				continue
			}
			found++
			if _, err := all(f.decode, &Record{Value: []byte(example), Time: time.Unix(1.7e9, 0)}); err != nil {
				t.Errorf("%s.md, example %d: %v", name, found, err)
			}
		}
		if found == 0 {
			t.Errorf("%s.md has no example", name)
		}
	}
}

// The mapping in the documentation loads.
func TestMappingInTheDocumentation(t *testing.T) {
	page, err := os.ReadFile("../docs/formats/csv.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	example, _, _ := strings.Cut(rest, "```")
	if m, err := parseMapping("csv.md", []byte(example)); err != nil || m.kind != mapFills {
		t.Errorf("%v", err)
	}
}
