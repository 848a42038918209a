package transform

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"phdp/ingest"
)

var (
	testAt  = ingest.Position{Topic: "phdp.chats", Partition: 3, Offset: 42}
	testDay = time.Date(2026, 1, 5, 9, 12, 33, 0, time.FixedZone("CST", 8*3600))
)

func testEvent() *ingest.Event {
	return &ingest.Event{
		ID: "c-1", Type: "message", At: testDay, Line: "htn", Source: "canonical",
		Patient: ingest.Identifier{Kind: "wecom", Value: "wmSYN0001"},
	}
}

func TestAppendChat(t *testing.T) {
	tr := testTransformer(t)
	ev := testEvent()
	ev.Links = []ingest.Identifier{{Kind: "phone", Value: "138 0000 0001"}, ev.Patient, {Kind: "unionid", Value: ""}}
	ev.Chat = &ingest.Chat{Speaker: "patient", StaffID: "pharm_lin", RoomID: "wmSYN0001", MsgType: "text",
		Text: "我妈血压１５０／９５。我头晕，血压140/90，电话13800000001"}
	var rows Rows
	tr.Append(&rows, testAt, ev)
	if len(rows.Chats) != 1 || len(rows.Links) != 1 {
		t.Fatalf("%d chats, %d links", len(rows.Chats), len(rows.Links))
	}
	c := rows.Chats[0]
	if c.Text != "我妈血压150/95。我头晕，血压140/90，电话[电话]" || c.Redacted != 1 || c.StaffID != "pharm_lin" {
		t.Errorf("chat %q, %d redacted, staff %s", c.Text, c.Redacted, c.StaffID)
	}
	if c.EventAt.Location() != time.UTC || !c.EventAt.Equal(testDay) || c.Offset != 42 || c.LineCode != "htn" {
		t.Errorf("origin %+v", c.Origin)
	}
	// The room has the patient's own id here, and still another key.
	if len(c.PatientKey) != 32 || len(c.RoomKey) != 32 || c.RoomKey == c.PatientKey {
		t.Errorf("keys %q %q", c.PatientKey, c.RoomKey)
	}
	if l := rows.Links[0]; l.Kind != "wecom" || l.LinkKind != "phone" || l.LinkedKey != tr.key.Pseudonym(ingest.Identifier{Kind: "phone", Value: "13800000001"}) {
		t.Errorf("link %+v", l)
	}
	runes := []rune(c.Text)
	for i, f := range rows.Findings {
		if int(f.Ordinal) != i || string(runes[f.Start:f.End]) != f.Mention || f.Speaker != "patient" {
			t.Errorf("finding %+v", f)
		}
	}
	if len(rows.Findings) != 2 || len(rows.Measurements) != 2 || rows.Measurements[0].Value != 140 || rows.Measurements[1].Ordinal != 1 {
		t.Errorf("findings %+v, measurements %+v", rows.Findings, rows.Measurements)
	}
}

func TestStaffMessagesMeasureNothing(t *testing.T) {
	tr := testTransformer(t)
	ev := testEvent()
	ev.Chat = &ingest.Chat{Speaker: "staff", MsgType: "text", Text: "您上次血压150/95"}
	var rows Rows
	tr.Append(&rows, testAt, ev)
	if len(rows.Measurements) != 0 {
		t.Errorf("measurements %+v", rows.Measurements)
	}
}

func TestAppendPrescription(t *testing.T) {
	tr := testTransformer(t)
	days := 28.0
	ev := testEvent()
	ev.Type = ingest.Paid
	ev.Prescription = &ingest.Prescription{OrderID: " E1 ", Channel: "youzan", ICD10: []string{"i10", " I10", "E11.9"}, Items: []ingest.Item{
		{ClaimID: "1", SKU: "sku-htn-01", Quantity: 2, AmountFen: 100, DaysSupply: &days},
		{ClaimID: "2", Drug: "代文", Quantity: 1},
		{ClaimID: "3", Drug: "ＶＡＬＳＡＲＴＡＮ", Quantity: 1},
		{ClaimID: "4", Drug: "缬沙坦胶囊 160mg*7", Quantity: 1},
		{ClaimID: "5", SKU: "nobody", Drug: "板蓝根", Quantity: 1},
		{ClaimID: "6", SKU: "", Drug: "", Quantity: 1},
	}}
	var rows Rows
	tr.Append(&rows, testAt, ev)
	want := []struct{ code, name string }{
		{"valsartan", "缬沙坦胶囊 80mg*28"}, {"valsartan", "代文"}, {"valsartan", "VALSARTAN"}, {"valsartan", "缬沙坦胶囊 160mg*7"}, {"", "板蓝根"}, {"", ""},
	}
	if len(rows.Prescriptions) != len(want) {
		t.Fatalf("%d rows", len(rows.Prescriptions))
	}
	for i, r := range rows.Prescriptions {
		if r.DrugCode != want[i].code || r.DrugName != want[i].name || int(r.Ordinal) != i || r.ICD10 != "I10;E11.9" || r.OrderID != "E1" || r.EventType != "paid" {
			t.Errorf("row %d: %+v", i, r)
		}
	}
	if r := rows.Prescriptions[0]; r.DaysSupply == nil || *r.DaysSupply != 28 || r.Quantity != 2 || r.AmountFen != 100 {
		t.Errorf("row 0: %+v", r)
	}
}

func TestAppendActivity(t *testing.T) {
	tr := testTransformer(t)
	ev := testEvent()
	ev.Type = "measurement"
	ev.Activity = &ingest.Activity{StaffID: "pharm_lin", Channel: "doctor_qr",
		Attributes:   map[string]string{"sex": "male", "birth_year": "1960", "reason": "回电13800000001", "name": "李小雷", "due_at": "2026-01-07T07:30:00+08:00"},
		Measurements: []ingest.Measurement{{Kind: "glucose", Value: 126, Unit: "mg/dL", Context: "fasting"}}}
	var rows Rows
	tr.Append(&rows, testAt, ev)
	want := `{"birth_year":"1960","due_at":"2026-01-07T07:30:00+08:00","reason":"回电[电话]","sex":"male"}`
	if rows.Activities[0].Attributes != want || !json.Valid([]byte(rows.Activities[0].Attributes)) {
		t.Errorf("attributes %s", rows.Activities[0].Attributes)
	}
	m := rows.Measurements[0]
	if math.Abs(m.Value-6.9929) > 1e-9 || m.Unit != "mmol/L" || m.Context != "fasting" || m.Via != "activity" {
		t.Errorf("measurement %+v", m)
	}
}

func TestAppendIsDeterministic(t *testing.T) {
	ev := testEvent()
	ev.Chat = &ingest.Chat{Speaker: "patient", MsgType: "text", Text: "吃了缬沙坦后头晕，血压150/95"}
	var a, b Rows
	one, two := testTransformer(t), testTransformer(t)
	one.Append(&a, testAt, ev)
	two.Append(&b, testAt, ev)
	rec := &ingest.Record{Position: testAt, Value: []byte("{"), Time: testDay}
	one.AppendReject(&a, rec, &ingest.Reject{Reason: "bad_json"})
	two.AppendReject(&b, rec, &ingest.Reject{Reason: "bad_json"})
	if !reflect.DeepEqual(a, b) || len(a.Findings) == 0 {
		t.Errorf("%+v and %+v", a, b)
	}
}

func TestAppendReject(t *testing.T) {
	tr := testTransformer(t)
	var rows Rows
	rec := &ingest.Record{Position: testAt, Value: []byte(`{"patient":"13800000001"`), Time: testDay}
	tr.AppendReject(&rows, rec, &ingest.Reject{Reason: "bad_json", Field: "patient", Detail: "is cut off"})
	d := rows.DeadLetters[0]
	if d.Reason != "bad_json" || d.Offset != 42 || d.PatientKey != "" || strings.Contains(string(d.Payload), "138") {
		t.Errorf("dead letter %+v", d)
	}
	if got, err := tr.key.Open(d.Payload); err != nil || string(got) != string(rec.Value) {
		t.Errorf("opened %q, %v", got, err)
	}
}

func TestNewNeedsAKey(t *testing.T) {
	if _, err := New(Config{}); err == nil {
		t.Error("made without a key")
	}
}
