package transform

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// withFile is the default catalogue with one file replaced.
func withFile(t *testing.T, name, text string) fs.FS {
	t.Helper()
	base, err := fs.Sub(defaultCatalogue, "catalogue")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{name: &fstest.MapFile{Data: []byte(text)}}
	for _, other := range []string{"tags.tsv", "tag_concepts.tsv", "tag_rules.tsv", "interactions.tsv", "lexicon.tsv", "cues.tsv", "words.tsv"} {
		if data, err := fs.ReadFile(base, other); err == nil && other != name {
			files[other] = &fstest.MapFile{Data: data}
		}
	}
	return files
}

func TestRulesOfTheDefaultCatalogue(t *testing.T) {
	c, err := DefaultCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	tags := map[string]bool{}
	for _, r := range c.TagRules() {
		tags[r.TagID] = true
	}
	t.Logf("%d conditions of %d tags, %d interactions", len(c.TagRules()), len(tags), len(c.Interactions()))
	if len(tags) < 38 || len(c.Interactions()) < 30 {
		t.Error("the catalogue has shrunk")
	}
}

const ruleHeader = "tag_id\trole\tsource\tname\tdetail\top\tvalue\tpick\twindow_days\tmin_count\tmin_days\n"

// A wrong line names file, line and column, and what would be right.
func TestWrongRules(t *testing.T) {
	for name, c := range map[string]struct{ line, want string }{
		"unknown tag":      {"nonsense\tall\tmeasurement\tvas\t\t>=\t7\tnewest\t30\t1\t1", `tag_rules.tsv:2: column tag_id: "nonsense" is not in tags.tsv`},
		"unknown group":    {"vas_severe\tany:1\tmeasurement\tvas\t\t>=\t7\tnewest\t30\t1\t1", "tag_rules.tsv:2: column role"},
		"no text":          {"vas_severe\tall\ttext\tvas_moderate\t\t\t\teach\t0\t1\t1", `tag_rules.tsv:2: column name: "vas_moderate" has no line in tag_concepts.tsv`},
		"unknown role":     {"vas_severe\tsome\tmeasurement\tvas\t\t>=\t7\tnewest\t30\t1\t1", "tag_rules.tsv:2: column role"},
		"unknown source":   {"vas_severe\tall\tdevice\tvas\t\t>=\t7\tnewest\t30\t1\t1", "tag_rules.tsv:2: column source"},
		"unknown concept":  {"vas_severe\tall\tfinding\thip_pain|nonsense\t\t\t\teach\t30\t1\t1", `tag_rules.tsv:2: column name: "nonsense" is not in lexicon.tsv`},
		"unknown tag name": {"vas_severe\tall\ttag\tnonsense\t\t\t\teach\t0\t1\t1", `tag_rules.tsv:2: column name: "nonsense" is not in tags.tsv`},
		"on itself":        {"vas_severe\tall\ttag\tvas_severe\t\t\t\teach\t0\t1\t1", "tag_rules.tsv:2: column name: \"vas_severe\" cannot depend on itself"},
		"unknown operator": {"vas_severe\tall\tmeasurement\tvas\t\t=>\t7\tnewest\t30\t1\t1", "tag_rules.tsv:2: column op"},
		"value without op": {"vas_severe\tall\tmeasurement\tvas\t\t\t7\tnewest\t30\t1\t1", "tag_rules.tsv:2: column op"},
		"no number":        {"vas_severe\tall\tmeasurement\tvas\t\t>=\tseven\tnewest\t30\t1\t1", `tag_rules.tsv:2: column value: "seven" is not a number`},
		"no range":         {"vas_severe\tall\tmeasurement\tvas\t\tin\t7\tnewest\t30\t1\t1", "tag_rules.tsv:2: column value"},
		"unknown pick":     {"vas_severe\tall\tmeasurement\tvas\t\t>=\t7\toldest\t30\t1\t1", "tag_rules.tsv:2: column pick"},
		"negative window":  {"vas_severe\tall\tmeasurement\tvas\t\t>=\t7\tnewest\t-1\t1\t1", "tag_rules.tsv:2: column window_days"},
		"count of zero":    {"vas_severe\tall\tmeasurement\tvas\t\t>=\t7\tnewest\t30\t0\t1", "tag_rules.tsv:2: column min_count"},
		"only none":        {"vas_severe\tnone\tmeasurement\tvas\t\t>=\t7\tnewest\t30\t1\t1", "tag_rules.tsv:2: column role: \"vas_severe\" has only conditions of role none"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := LoadCatalogue(withFile(t, "tag_rules.tsv", ruleHeader+c.line+"\n"))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

// A second customer's catalogue adds a tag with two lines of text.
func TestATagAsData(t *testing.T) {
	c, err := LoadCatalogue(withFile(t, "tag_rules.tsv", ruleHeader+
		"vas_severe\tall\tmeasurement\tvas\t\t>=\t7\tnewest\t30\t1\t1\nvas_severe\tnone\tfill\tonfh_analgesic\t\t\t\teach\t14\t1\t1\n"))
	if err != nil {
		t.Fatal(err)
	}
	if rules := c.TagRules(); len(rules) != 2 || rules[0].Line != 2 || rules[1].Role != "none" || rules[1].WindowDays != 14 {
		t.Errorf("%+v", rules)
	}
	if _, err := LoadCatalogue(withFile(t, "interactions.tsv", "ingredient_a\tingredient_b\treason\na\tb\tx\nb\ta\ty\n")); err == nil ||
		!strings.Contains(err.Error(), "interactions.tsv:3: column ingredient_b: the pair is already on line 2") {
		t.Errorf("a pair twice: %v", err)
	}
}
