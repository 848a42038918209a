package transform

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"phdp/ingest"
)

// smallMessages are enough for a model that knows two concepts.
func smallMessages() []LabelledMessage {
	var out []LabelledMessage
	for i := range 40 {
		where := []string{"药盒", "桌上", "包里", "家里"}[i%4]
		out = append(out,
			LabelledMessage{fmt.Sprintf("那颗白的还在%s躺着", where), []string{"missed_dose"}, true},
			LabelledMessage{fmt.Sprintf("银子都流进那个玻璃柜台%d", i), []string{"price"}, true},
			LabelledMessage{fmt.Sprintf("%s放着报纸", where), nil, true},
			LabelledMessage{"药太贵了", []string{"price"}, true},
			LabelledMessage{"小区停车贵死了", nil, true})
	}
	return out
}

// reading returns a transformer whose catalogue has a model, or none.
func reading(t *testing.T, model *MessageModel) *Transformer {
	t.Helper()
	catalogue := testTransformer(t).Catalogue().RulesAlone()
	catalogue.messages = model
	key, err := NewKey([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	tr, err := New(Config{Key: key, Catalogue: catalogue})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// withModel trains a model and returns a transformer with it, through the table that a catalogue keeps.
func withModel(t *testing.T, messages []LabelledMessage) (*Transformer, *bytes.Buffer) {
	t.Helper()
	alone := reading(t, nil)
	m, err := TrainMessages(alone, messages)
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	if _, err := m.WriteTo(&table); err != nil {
		t.Fatal(err)
	}
	written := fstest.MapFS{messageWeights: {Data: bytes.Clone(table.Bytes())}}
	if m, err = alone.catalogue.loadMessageModel(written); err != nil {
		t.Fatal(err)
	}
	return reading(t, m), &table
}

func TestMessageModelFindsWhatNoRuleDoes(t *testing.T) {
	tr, _ := withModel(t, smallMessages())
	alone := reading(t, nil)
	cases := []struct{ text, concept, mention, subject string }{
		{"早上好，那颗白的还在抽屉躺着，先忙了", "missed_dose", "那颗白的还在抽屉躺着", SubjectSelf},
		{"我妈那颗白的还在药盒躺着", "missed_dose", "我妈那颗白的还在药盒躺着", SubjectRelative},
		{"银子都流进那个玻璃柜台", "price", "银子都流进那个玻璃柜台", SubjectSelf},
	}
	for _, tc := range cases {
		is := func(f Finding) bool { return f.Concept == tc.concept }
		if slices.ContainsFunc(alone.Findings(ingest.SpeakerPatient, tc.text), is) {
			t.Errorf("%s: the rules find it, so it shows nothing", tc.text)
		}
		found := tr.Findings(ingest.SpeakerPatient, tc.text)
		at := slices.IndexFunc(found, is)
		if at < 0 {
			t.Errorf("%s: %s is not found", tc.text, tc.concept)
			continue
		}
		f := found[at]
		if f.Mention != tc.mention || f.Subject != tc.subject || f.Status != StatusPresent || f.RuleID != "model."+tc.concept {
			t.Errorf("%s: got %+v", tc.text, f)
		}
		if got := string([]rune(tc.text)[f.Start:f.End]); got != f.Mention {
			t.Errorf("%s: the offsets say %q, the mention %q", tc.text, got, f.Mention)
		}
		if staff := tr.Findings(ingest.SpeakerStaff, tc.text); slices.ContainsFunc(staff, is) {
			t.Errorf("%s: the model reads what the care team writes", tc.text)
		}
	}
}

// TestMessageModelTakesBack teaches that a rule is wrong in some company.
func TestMessageModelTakesBack(t *testing.T) {
	messages := smallMessages()
	for range 30 {
		messages = append(messages, LabelledMessage{"剧里那个人吃不起药", nil, true}, LabelledMessage{"我吃不起药", []string{"price"}, true})
	}
	tr, _ := withModel(t, messages)
	for text, want := range map[string]bool{"剧里那个人吃不起药": false, "我吃不起药": true} {
		got := slices.ContainsFunc(tr.Findings(ingest.SpeakerPatient, text), func(f Finding) bool { return f.Concept == "price" && f.Status == StatusPresent })
		if got != want {
			t.Errorf("%s: price is %v, want %v", text, got, want)
		}
	}
}

func TestTrainMessagesIsRepeatable(t *testing.T) {
	_, a := withModel(t, smallMessages())
	_, b := withModel(t, smallMessages())
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same messages gave other weights")
	}
}

func TestMessageWeightsAreChecked(t *testing.T) {
	c := testTransformer(t).Catalogue()
	for _, tc := range []struct{ name, table, want string }{
		{"unknown concept", "piece\tweights\nconcept nonsense\t0 1 0 0\n", `message_weights.tsv:2: column piece: "nonsense" is not in lexicon.tsv`},
		{"two numbers", "piece\tweights\nconcept price\t0 1\n", "message_weights.tsv:2: column weights: 2 numbers; a concept has three"},
		{"no number", "piece\tweights\nconcept price\t0 1 x\n", "message_weights.tsv:2: column weights: number 3 is none"},
		{"concept too high", "piece\tweights\nconcept price\t0 1 0\n贵\t1:50\n", `message_weights.tsv:3: column weights: "1:50" names no concept`},
		{"no weight", "piece\tweights\nconcept price\t0 1 0\n贵\t0:x\n", `message_weights.tsv:3: column weights: "0:x" has no whole number`},
		{"wrong header", "weights\n", "message_weights.tsv:1: the first line must name the columns"},
	} {
		_, err := c.loadMessageModel(fstest.MapFS{messageWeights: {Data: []byte(tc.table)}})
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %s", tc.name, err, tc.want)
		}
	}
}

func TestTrainMessagesRefuses(t *testing.T) {
	_, err := TrainMessages(reading(t, nil), []LabelledMessage{{"x", []string{"nonsense"}, true}})
	if err == nil || !strings.Contains(err.Error(), `"nonsense" is no concept`) {
		t.Errorf("an unknown label: %v", err)
	}
	_, err = TrainMessages(reading(t, &MessageModel{}), nil)
	if err == nil || !strings.Contains(err.Error(), messageWeights) {
		t.Errorf("a catalogue with a model: %v", err)
	}
}

// TestSumsAreThoseOfThePieces adds up the weights of the table piece by piece, in the plainest way.
func TestSumsAreThoseOfThePieces(t *testing.T) {
	m := testTransformer(t).Catalogue().messages
	weights := map[string]map[uint16]int32{}
	for i, piece := range m.pieces {
		weights[piece] = map[uint16]int32{}
		for _, w := range m.weights[m.from[i]:m.from[i+1]] {
			weights[piece][w.concept] = int32(w.weight)
		}
	}
	for _, text := range []string{"^$", "^药吃完了$", "^ab贵0$", "^" + strings.Repeat("吃不起药", maxUnit/4) + "$", "^龘药$"} {
		var want weightSums
		for _, piece := range piecesOf([]rune(text)) {
			for concept, weight := range weights[piece] {
				want[concept] += weight
			}
		}
		ms := &modelScratch{unit: []rune(text)}
		if m.sum(ms, &ms.sums); ms.sums != want {
			t.Errorf("%s:\n got %v\nwant %v", text, ms.sums, want)
		}
	}
}
