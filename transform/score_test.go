package transform

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func testData(t testing.TB, name string) string {
	root := os.Getenv("PHDP_TESTDATA")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "data")
	}
	path := filepath.Join(root, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no test data: set PHDP_TESTDATA to the folder that holds %s", name)
	}
	return path
}

func readDialogues(t testing.TB, name string) []LabelledDialogue {
	f, err := os.Open(testData(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []LabelledDialogue
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var d LabelledDialogue
		if err := json.Unmarshal(lines.Bytes(), &d); err != nil {
			t.Fatal(err)
		}
		out = append(out, d)
	}
	return out
}

func score(r *StatusReader, dialogues []LabelledDialogue) *Score {
	s := &Score{}
	for i := range dialogues {
		read := r.Read(dialogues[i].texts())
		found := read.Label(dialogues[i].ID)
		s.Add(&dialogues[i], &found)
	}
	return s
}

// TestScoreOnLabelledConsultations measures both ways of reading on real consultations that were not learnt from.
// Every symptom that is found counts, also when the labels do not know its name.
func TestScoreOnLabelledConsultations(t *testing.T) {
	dialogues := readDialogues(t, filepath.Join("chats", "cmdd_dev.ndjson"))
	tr := testTransformer(t)
	model, err := DefaultStatusModel()
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name                                string
		model                               *StatusModel
		detection, withStatus, falsePresent float64
	}{
		{"rules", nil, 0.88, 0.67, 0.16},
		{"model", model, 0.905, 0.74, 0.10},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			s := score(NewStatusReader(tr, tc.model), dialogues)
			t.Logf("per dialogue: detection %v, with status %v, absent called present %.3f", s.Dialogue, s.DialogueStatus, s.FalsePresent())
			t.Logf("per utterance: detection %v, with status %v", s.Utterance, s.UtteranceStatus)
			if s.Dialogue.F1() < tc.detection || s.DialogueStatus.F1() < tc.withStatus || s.FalsePresent() > tc.falsePresent {
				t.Errorf("the scores are down; want at least %v and %v, and at most %v", tc.detection, tc.withStatus, tc.falsePresent)
			}
		})
	}
}

func TestScoreCounts(t *testing.T) {
	gold := LabelledDialogue{ID: "d1", Symptoms: []LabelledName{{Name: "发热", Status: StatusAbsent}, {Name: "咳嗽", Status: StatusPresent}},
		Utterances: []LabelledUtterance{{I: 1, Symptoms: []LabelledName{{Name: "咳嗽", Status: StatusPresent}}}}}
	found := LabelledDialogue{ID: "d1", Symptoms: []LabelledName{{Name: "发热", Status: StatusPresent}, {Name: "头痛", Status: StatusPresent}},
		Utterances: []LabelledUtterance{{I: 1, Symptoms: []LabelledName{{Name: "咳嗽", Status: StatusPresent}}}}}
	var s Score
	s.Add(&gold, &found)
	if s.Dialogue != (Tally{1, 1, 1}) || s.DialogueStatus != (Tally{0, 2, 2}) || s.Utterance != (Tally{1, 0, 0}) || s.FalsePresent() != 1 {
		t.Errorf("got %+v", s)
	}
}

// TestTrainingIsDeterministic trains twice on a few dialogues and compares the weights byte by byte.
func TestTrainingIsDeterministic(t *testing.T) {
	tr := testTransformer(t)
	var dialogues []LabelledDialogue
	for range 12 {
		dialogues = append(dialogues, LabelledDialogue{
			Utterances: []LabelledUtterance{
				{I: 0, Speaker: "doctor", Text: "有没有发烧", Symptoms: []LabelledName{{Name: "发热", Status: StatusAbsent, Start: 3, End: 5}}},
				{I: 1, Speaker: "patient", Text: "没有，咳嗽", Symptoms: []LabelledName{{Name: "咳嗽", Status: StatusPresent, Start: 3, End: 5}}},
			},
			Symptoms: []LabelledName{{Name: "发热", Status: StatusAbsent}, {Name: "咳嗽", Status: StatusPresent}},
		})
	}
	var first, second strings.Builder
	for _, out := range []*strings.Builder{&first, &second} {
		if _, err := TrainStatus(tr, dialogues).WriteTo(out); err != nil {
			t.Fatal(err)
		}
	}
	if first.String() != second.String() || first.Len() < 500 {
		t.Errorf("%d and %d bytes of weights that are not the same", first.Len(), second.Len())
	}
	again, err := ReadStatusModel(strings.NewReader(first.String()))
	if err != nil {
		t.Fatal(err)
	}
	got := NewStatusReader(tr, again).Read(dialogues[0].texts())
	if len(got.Symptoms) != 2 || got.Symptoms[0] != (Symptom{"发热", StatusAbsent}) || got.Symptoms[1] != (Symptom{"咳嗽", StatusPresent}) {
		t.Errorf("got %v", got.Symptoms)
	}
}

func TestReadStatusModelTellsTheLine(t *testing.T) {
	for _, line := range []string{"mention\tbias\t1\t2\t3", "mention\tbias\t1\t2\t3\tx", "other\tbias\t1\t2\t3\t4"} {
		_, err := ReadStatusModel(strings.NewReader("level\tfeature\tnone\tpresent\tabsent\tunknown\n" + line))
		if err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v", line, err)
		}
	}
}

func cmddSpeaker(s string) string {
	if s == "doctor" {
		return "staff"
	}
	return s
}

func testTransformer(t testing.TB) *Transformer {
	t.Helper()
	key, err := NewKey([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	tr, err := New(Config{Key: key, Products: testProducts})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

var testProducts = []Product{
	{SKU: "SKU-HTN-01", DrugCode: "valsartan", NameZH: "缬沙坦胶囊 80mg*28", Aliases: []string{"缬沙坦", "代文"}},
	{SKU: "SKU-DM-01", DrugCode: "metformin", NameZH: "盐酸二甲双胍片 0.5g*30", Aliases: []string{"二甲双胍", "格华止"}},
	{SKU: "SKU-BC-01", DrugCode: "letrozole", NameZH: "来曲唑片 2.5mg*10", Aliases: []string{"来曲唑", "弗隆"}},
	{SKU: "SKU-ONFH-01", DrugCode: "onfh_capsule", NameZH: "通络生骨胶囊", Aliases: []string{"通络生骨"}},
}
