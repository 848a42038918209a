package transform

import (
	"fmt"
	"strings"
	"testing"

	"phdp/ingest"
)

// A message from WeCom's data zone brings what was read in it instead of its text. From the bytes of the
// record to the rows: a concept and a tag are known by their code, anything else keeps its own name.
func TestLabelsBecomeFindings(t *testing.T) {
	tr := testTransformer(t)
	long := strings.Repeat("长", maxLabel)
	for _, c := range []struct {
		name, labels string
		want         []string
	}{
		{"a concept", `"missed_dose"`, []string{"missed_dose barrier self"}},
		{"several, in their order", `"dizziness","missed_dose"`, []string{"dizziness symptom self", "missed_dose barrier self"}},
		{"a relative", `"mother"`, []string{"mother relation relative"}},
		{"a tag", `"caregiver_contact"`, []string{"caregiver_contact tag self"}},
		{"a word of another system", `"复诊 意向"`, []string{"复诊 意向 label self"}},
		{"the same twice", `"dizziness","dizziness"`, []string{"dizziness symptom self"}},
		{"a telephone number", `"来电13800000001"`, []string{"来电[电话] label self"}},
		{"longer than names are", `"` + long + `尾"`, []string{long + " label self"}},
		{"nothing but a space", `" "`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			value := `{"msgid":"m-1","action":"send","from":"wmSYN0001","tolist":["pharm_lin"],"roomid":"",` +
				`"msgtime":1735707900000,"msgtype":"text","labels":[` + c.labels + `]}`
			var rows Rows
			record := ingest.Record{Position: testAt, Value: []byte(value)}
			if err := ingest.DecodeWeCom(&record, func(e *ingest.Event) { tr.Append(&rows, testAt, e) }); err != nil {
				t.Fatal(err)
			}
			if len(rows.Chats) != 1 || rows.Chats[0].Text != "" {
				t.Errorf("chats %+v", rows.Chats)
			}
			var got []string
			for i, f := range rows.Findings {
				got = append(got, fmt.Sprintf("%s %s %s", f.Concept, f.Kind, f.Subject))
				if int(f.Ordinal) != i || f.Status != StatusPresent || f.RuleID != "label" || f.Speaker != "patient" ||
					f.EventID != "m-1" || f.Mention != f.Concept || f.Start != 0 || f.End != 0 || f.PatientKey == "" {
					t.Errorf("finding %+v", f)
				}
			}
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// Labels of many events in one batch count from 0 in each event.
func TestLabelsOfABatch(t *testing.T) {
	tr := testTransformer(t)
	var rows Rows
	for range 2 {
		ev := testEvent()
		ev.Chat = &ingest.Chat{Speaker: "patient", MsgType: "text", Labels: []string{"dizziness", "nausea"}}
		tr.Append(&rows, testAt, ev)
	}
	if len(rows.Findings) != 4 || rows.Findings[2].Ordinal != 0 || rows.Findings[3].Ordinal != 1 {
		t.Errorf("findings %+v", rows.Findings)
	}
}
