package transform

import (
	"testing"

	"phdp/ingest"
)

func TestDaysAgo(t *testing.T) {
	tr := testTransformer(t)
	cases := []struct {
		text    string
		concept string
		want    int // -1 when nothing is said
	}{
		{"昨天忘吃药了", "missed_dose", 1},
		{"三天前开始头晕", "dizziness", 3},
		{"上周头晕，前天开始咳嗽", "cough", 2},
		{"上周头晕，前天开始咳嗽", "dizziness", 7},
		{"头晕是昨天的事", "dizziness", 1},
		{"去年做的手术", "surgery", 365},
		{"两个月以前停药", "stopped_drug", 60},
		{"10天前发烧", "fever", 10},
		{"昨天头晕今天好点", "dizziness", 1},
		{"昨天挺好。头晕", "dizziness", -1},
		{"头晕三天了", "dizziness", -1},
	}
	for _, tc := range cases {
		got := -2
		for _, f := range tr.Findings(ingest.SpeakerPatient, tc.text) {
			if f.Concept != tc.concept {
				continue
			}
			got = -1
			if days, ok := DaysAgo(tc.text, &f); ok {
				got = days
			}
		}
		if got != tc.want {
			t.Errorf("%s: %s %d days ago, want %d", tc.text, tc.concept, got, tc.want)
		}
	}
}
