package transform

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func TestDefaultCatalogue(t *testing.T) {
	c, err := DefaultCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	written, expanded := c.Forms()
	byText := map[string]bool{}
	for _, tc := range c.TagConcepts() {
		byText[tc.TagID] = true
	}
	t.Logf("%d tags, %d of them from text, %d concepts, %d surface forms written, %d expanded",
		len(c.Tags()), len(byText), len(c.Concepts()), written, expanded)
	if len(c.Tags()) != 249 || written < 1200 || len(byText) < 55 {
		t.Error("the catalogue has shrunk")
	}
	families, want := map[string]bool{}, map[string]bool{}
	for _, tag := range c.Tags() {
		want[tag.Family] = true
		families[tag.Family] = families[tag.Family] || byText[tag.ID]
	}
	for family := range want {
		if !families[family] {
			t.Errorf("no text makes a tag of family %s", family)
		}
	}
	if concept, ok := c.Concept(ConceptReaction); !ok || concept.Kind != KindReaction {
		t.Errorf("%s is not a reaction of the lexicon", ConceptReaction)
	}
}

func TestLoadCatalogueErrors(t *testing.T) {
	cases := []struct {
		name, file, old, new string
		want                 []string
	}{
		{"wrong column names", "tags.tsv", "id\t", "tag\t", []string{"tags.tsv:1", "name_zh"}},
		{"missing column", "tags.tsv", "\tyes", "", []string{"tags.tsv:2", "8 columns instead of 9"}},
		{"unknown family", "tags.tsv", "adherence", "adherance", []string{"tags.tsv:2", "column family", "adherence"}},
		{"name too long", "tags.tsv", "自述停药", "自述停药自述停药自述停药自述停药", []string{"tags.tsv:2", "column name_zh", "15"}},
		{"bad number", "tags.tsv", "\t60\t", "\t6o\t", []string{"tags.tsv:2", "column ttl_days"}},
		{"bad code", "tags.tsv", "stopped\t自述", "Stopped\t自述", []string{"column id", "snake_case"}},
		{"tag twice", "tags.tsv", "\n", "\nstopped\t甲\tbasic\tall\tchat\tr\t\t0\tyes\n", []string{"tags.tsv:3", "already on line 2"}},
		{"unknown kind", "lexicon.tsv", "\tbarrier", "\tbarier", []string{"lexicon.tsv:2", "column kind"}},
		{"unknown flag", "lexicon.tsv", "\tact", "\tacts", []string{"lexicon.tsv:2", "column flags", "acts"}},
		{"empty form", "lexicon.tsv", "停药|", "停药||", []string{"lexicon.tsv:2", "column forms"}},
		{"gap at an end", "lexicon.tsv", "停药|", "停药|~停了|", []string{"lexicon.tsv:2", "one ~"}},
		{"two gaps", "lexicon.tsv", "停药|", "停药|把~药~停|", []string{"lexicon.tsv:2", "one ~"}},
		{"class in a gap", "lexicon.tsv", "停药|", "停药|{狠}~停|", []string{"lexicon.tsv:2", "words.tsv"}},
		{"unknown class", "lexicon.tsv", "{很}", "{狠}", []string{"lexicon.tsv:3", "words.tsv"}},
		{"open class", "lexicon.tsv", "{很}", "{很", []string{"lexicon.tsv:3", "without a }"}},
		{"two meanings", "lexicon.tsv", "头疼", "停药", []string{"lexicon.tsv:3", "停药", "line 2"}},
		{"concept with two kinds", "lexicon.tsv", "headache\tsymptom\t头痛", "stopped_drug\tsymptom\t头痛", []string{"lexicon.tsv:3", "stopped_drug"}},
		{"unknown cue", "cues.tsv", "no\t", "nope\t", []string{"cues.tsv:2", "column cue", "nope"}},
		{"class twice", "words.tsv", "\n很", "\n很\t太\n很", []string{"words.tsv:3", "column class"}},
		{"unknown tag", "tag_concepts.tsv", "stopped\t", "stoped\t", []string{"tag_concepts.tsv:2", "column tag_id", "tags.tsv"}},
		{"unknown concept", "tag_concepts.tsv", "stopped_drug", "stoped_drug", []string{"tag_concepts.tsv:2", "column concept", "lexicon.tsv"}},
		{"wrong kind", "tag_concepts.tsv", "barrier", "symptom", []string{"tag_concepts.tsv:2", "column kind"}},
		{"zero window", "tag_concepts.tsv", "\t60\t", "\t0\t", []string{"tag_concepts.tsv:2", "column window_days"}},
	}
	if _, err := LoadCatalogue(smallCatalogue()); err != nil {
		t.Fatal(err)
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			files := smallCatalogue()
			text := string(files[tc.file].Data)
			files[tc.file] = &fstest.MapFile{Data: []byte(strings.Replace(text, tc.old, tc.new, 1))}
			_, err := LoadCatalogue(files)
			if err == nil {
				t.Fatal("no error")
			}
			for _, w := range tc.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q without %q", err, w)
				}
			}
		})
	}
}

func TestLoadCatalogueNeedsEveryFile(t *testing.T) {
	for name := range smallCatalogue() {
		some := smallCatalogue()
		delete(some, name)
		if _, err := LoadCatalogue(fs.FS(some)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

func smallCatalogue() fstest.MapFS {
	file := func(lines ...string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(strings.Join(lines, "\n") + "\n")}
	}
	return fstest.MapFS{
		"tags.tsv": file("id\tname_zh\tfamily\tline\tsource\trule\texcl_group\tttl_days\twecom_push",
			"stopped\t自述停药\tadherence\tall\tchat\tsaid so\t\t60\tyes"),
		"lexicon.tsv": file("concept\tkind\tname\tforms\tflags", "stopped_drug\tbarrier\t停药\t停药|不吃药了\tact", "headache\tsymptom\t头痛\t头疼|头{很}疼\t"),
		"words.tsv":   file("class\twords", "很\t-|很|!不"),
		"cues.tsv":    file("cue\tforms", "no\t没有|没"),
		"tag_concepts.tsv": file("tag_id\tconcept\tkind\tstatus\tspeaker\tsubject\twindow_days\tmin_count\tmin_days",
			"stopped\tstopped_drug\tbarrier\tpresent\tpatient\tself\t60\t1\t1"),
	}
}

func TestVersionFollowsTheFiles(t *testing.T) {
	first, err := LoadCatalogue(smallCatalogue())
	if err != nil {
		t.Fatal(err)
	}
	files := smallCatalogue()
	files["cues.tsv"].Data = []byte(strings.Replace(string(files["cues.tsv"].Data), "|没", "|无", 1)) // as long as before
	second, err := LoadCatalogue(files)
	if err != nil {
		t.Fatal(err)
	}
	again, err := LoadCatalogue(smallCatalogue())
	if err != nil {
		t.Fatal(err)
	}
	if first.Version() != again.Version() || first.Version() == second.Version() || len(first.Version()) != 12 {
		t.Errorf("%q, again %q, changed %q", first.Version(), again.Version(), second.Version())
	}
}
