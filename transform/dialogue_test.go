package transform

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// readScript reads "d: …" (doctor) and "p: …" (patient), joined by |.
func readScript(script string) []Utterance {
	var out []Utterance
	for _, line := range strings.Split(script, "|") {
		who, text, _ := strings.Cut(strings.TrimSpace(line), ": ")
		out = append(out, Utterance{map[string]string{"d": "doctor", "p": "patient"}[who], text})
	}
	return out
}

func TestDialogueByRules(t *testing.T) {
	cases := []struct {
		name, script string
		want         []string
	}{
		{"bare no", "d: 有没有发烧？ | p: 没有", []string{"发热 absent"}},
		{"bare yes", "d: 有没有发烧？ | p: 有的", []string{"发热 present"}},
		{"no to a list", "d: 有没有发烧、咳嗽？ | p: 都没有", []string{"发热 absent", "咳嗽 absent"}},
		{"one of a list", "d: 有没有发烧、咳嗽？ | p: 有点咳嗽", []string{"发热 unknown", "咳嗽 present"}},
		{"no, but one of a list", "d: 有没有发烧、咳嗽？ | p: 没有，有点咳嗽", []string{"发热 absent", "咳嗽 present"}},
		{"one of a list, the rest not", "d: 有没有发烧、咳嗽、头晕？ | p: 有点咳嗽，其他没有", []string{"发热 absent", "咳嗽 present", "头晕 absent"}},
		{"two questions before the answer", "d: 发烧吗？ | d: 咳嗽吗？ | p: 没有", []string{"发热 absent", "咳嗽 absent"}},
		{"answered one by one", "d: 发烧吗？ | p: 没有 | d: 咳嗽吗？ | p: 有", []string{"发热 absent", "咳嗽 present"}},
		{"no answer", "d: 发烧吗？ | p: 你好", []string{"发热 unknown"}},
		{"does not know", "d: 发烧吗？ | p: 不清楚", []string{"发热 unknown"}},
		{"yes about something else", "d: 发烧吗？ | p: 有咳嗽", []string{"发热 unknown", "咳嗽 present"}},
		{"filler first", "d: 发烧吗？ | p: 嗯，没有", []string{"发热 absent"}},
		{"traditional", "d: 发热吗 | p: 沒有", []string{"发热 absent"}},
		{"later overrides", "p: 发烧 | d: 现在呢？ | p: 不发烧了", []string{"发热 absent"}},
		{"later overrides to present", "p: 没有发烧 | d: 好 | p: 又发烧了", []string{"发热 present"}},
		{"a question changes nothing that was said", "p: 发烧 | d: 有没有发烧？ | p: 谢谢", []string{"发热 present"}},
		{"no text", "p: ", nil},
	}
	r := NewStatusReader(testTransformer(t), nil)
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			for _, s := range r.Read(readScript(tc.script)).Symptoms {
				got = append(got, s.Name+" "+s.Status)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestDialogueLeavesNothingAsked(t *testing.T) {
	model, err := DefaultStatusModel()
	if err != nil {
		t.Fatal(err)
	}
	tr := testTransformer(t)
	for _, r := range []*StatusReader{NewStatusReader(tr, nil), NewStatusReader(tr, model)} {
		read := r.Read(readScript("d: 有没有发烧？停药了吗？ | p: 你好"))
		for _, found := range read.Utterances {
			for _, f := range found {
				if f.Status == StatusAsked {
					t.Errorf("%s is still asked", f.Concept)
				}
			}
		}
		if len(read.Utterances) != 2 {
			t.Errorf("%d utterances, want 2", len(read.Utterances))
		}
	}
}

func TestModelReadsPlainStatements(t *testing.T) {
	model, err := DefaultStatusModel()
	if err != nil {
		t.Fatal(err)
	}
	r := NewStatusReader(testTransformer(t), model)
	cases := map[string]string{
		"d: 有没有发烧？ | p: 没有":  "[{发热 absent}]",
		"p: 宝宝发烧两天了":         "[{发热 present}]",
		"p: 没有咳嗽":            "[{咳嗽 absent}]",
		"p: 不舒服":             "[]",
		"p: 吃了缬沙坦后头晕":        "[{头晕 present}]",
		"p: 左侧大腿根疼了半年，髋关节也疼": "[{腹股沟痛 present} {髋痛 present}]",
	}
	for script, want := range cases {
		if got := fmt.Sprint(r.Read(readScript(script)).Symptoms); got != want {
			t.Errorf("%s: got %s, want %s", script, got, want)
		}
	}
}

func TestDialogueTags(t *testing.T) {
	tr := testTransformer(t)
	texts := readScript("d: 您好 | p: 这个药太贵了吃不起 | p: 昨天停药了")
	read := NewStatusReader(tr, nil).Read(texts)
	got := tr.Catalogue().DialogueTags(texts, read.Utterances)
	if !slices.Contains(got, "barrier_price") || !slices.Contains(got, "self_report_stopped") || slices.Contains(got, "barrier_insurance") {
		t.Errorf("got %q", got)
	}
}

// TestAdviceIsNoConclusion: 嘴干 is no name that the model knows. What the care team alone says of it is advice; what
// the patient says is not.
func TestAdviceIsNoConclusion(t *testing.T) {
	model, err := DefaultStatusModel()
	if err != nil {
		t.Fatal(err)
	}
	reader := NewStatusReader(testTransformer(t), model)
	advice := reader.Read([]Utterance{{"patient", "你好"}, {"doctor", "多喝水，嘴干就多喝"}})
	told := reader.Read([]Utterance{{"patient", "你好，嘴干"}, {"doctor", "多喝水，嘴干就多喝"}})
	if len(advice.Symptoms) != 0 {
		t.Errorf("advice: got %v", advice.Symptoms)
	}
	if len(told.Symptoms) != 1 || told.Symptoms[0].Name != "口干" {
		t.Errorf("told: got %v", told.Symptoms)
	}
}
