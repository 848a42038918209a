package transform

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"unicode/utf8"
)

//go:embed catalogue/*.tsv
var defaultCatalogue embed.FS

// Tag is one line of tags.tsv: something that may be said of a patient.
type Tag struct {
	ID        string
	NameZH    string // at most 15 characters, the limit of WeCom
	Family    string
	Line      string // disease line, or all
	Source    string // where the evidence comes from: chat, prescription, activity, measurement, profile
	Rule      string // in words, for the people who sign it off
	ExclGroup string // at most one tag of a group is true per patient, "" for none
	TTLDays   int    // days that it stays true without new evidence, 0 until contradicted
	WeComPush string // yes, code (a neutral code only) or no
}

// TagConcept is one line of tag_concepts.tsv: findings of Concept and Kind with this Status, Speaker and
// Subject count for the tag when they are at most WindowDays old. The lines of a tag count together:
// the tag holds with MinCount findings on MinDays different days.
type TagConcept struct {
	TagID      string
	Concept    string
	Kind       string
	Status     string
	Speaker    string
	Subject    string
	WindowDays int
	MinCount   int
	MinDays    int
}

// Concept is something that messages mention, with the name that people read.
type Concept struct {
	Code string // snake_case
	Kind string
	Name string // preferred name in Chinese
}

// Catalogue is what the tables say that the text rules are made from: tags, the lexicon, the words that
// turn a mention (negation, question, doubt, …) and which findings make which tag. It does not change.
type Catalogue struct {
	tags         []Tag
	tagConcepts  []TagConcept
	rules        []TagRule
	interactions []Interaction
	concepts     []Concept
	conceptAt    map[string]int // index in concepts
	forms        []form
	gaps         *gapSet
	messages     *MessageModel // nil for none
	version      string
	written      int // surface forms as written in the lexicon, before classes are expanded
}

// DefaultCatalogue returns the catalogue that comes with the product.
func DefaultCatalogue() (*Catalogue, error) {
	fsys, err := fs.Sub(defaultCatalogue, "catalogue")
	if err != nil {
		return nil, fmt.Errorf("load default catalogue: %w", err)
	}
	return LoadCatalogue(fsys)
}

// LoadCatalogue reads tags.tsv, tag_concepts.tsv, lexicon.tsv, cues.tsv and words.tsv, and message_weights.tsv when there is one. An error names
// file, line and column, and says what to do.
func LoadCatalogue(fsys fs.FS) (*Catalogue, error) {
	c := &Catalogue{conceptAt: map[string]int{}}
	var err error
	if c.version, err = versionOf(fsys); err != nil {
		return nil, err
	}
	if err := c.loadTags(fsys); err != nil {
		return nil, err
	}
	if err := c.loadLexicon(fsys); err != nil {
		return nil, err
	}
	if c.messages, err = c.loadMessageModel(fsys); err != nil {
		return nil, err
	}
	if err := c.loadTagConcepts(fsys); err != nil {
		return nil, err
	}
	if err := c.loadRules(fsys); err != nil {
		return nil, err
	}
	if err := c.loadInteractions(fsys); err != nil {
		return nil, err
	}
	return c, nil
}

// Tags returns every tag, in the order of the file.
func (c *Catalogue) Tags() []Tag { return slices.Clone(c.tags) }

// TagConcepts returns which findings make which tag, in the order of the file.
func (c *Catalogue) TagConcepts() []TagConcept { return slices.Clone(c.tagConcepts) }

// Concepts returns every concept of the lexicon, in the order of the file.
func (c *Catalogue) Concepts() []Concept { return slices.Clone(c.concepts) }

// Concept returns the concept with this code.
func (c *Catalogue) Concept(code string) (Concept, bool) {
	i, ok := c.conceptAt[code]
	if !ok {
		return Concept{}, false
	}
	return c.concepts[i], true
}

// Forms returns how many surface forms the lexicon writes down and how many they stand for after the
// classes of words in them are expanded.
func (c *Catalogue) Forms() (written, expanded int) { return c.written, len(c.forms) }

const maxTagName = 15

func (c *Catalogue) loadTags(fsys fs.FS) error {
	t, err := readTable(fsys, "tags.tsv", "id", "name_zh", "family", "line", "source", "rule", "excl_group", "ttl_days", "wecom_push")
	if err != nil {
		return err
	}
	seen := map[string]int{}
	for _, line := range t.lines {
		tag, err := readTag(line)
		if err != nil {
			return err
		}
		if first, ok := seen[tag.ID]; ok {
			return line.fail("id", "%q is already on line %d; every tag has one line", tag.ID, first)
		}
		seen[tag.ID] = line.number
		c.tags = append(c.tags, tag)
	}
	return nil
}

func readTag(l tableLine) (tag Tag, err error) {
	if tag.ID, err = l.code("id"); err != nil {
		return tag, err
	}
	if tag.NameZH, err = l.required("name_zh"); err != nil {
		return tag, err
	}
	if n := utf8.RuneCountInString(tag.NameZH); n > maxTagName {
		return tag, l.fail("name_zh", "%d characters; WeCom takes at most %d", n, maxTagName)
	}
	if tag.Family, err = l.oneOf("family", "basic", "disease_stage", "treatment", "adherence", "engagement", "lifestyle",
		"family_risk", "monitoring", "needs_barriers", "value_lifecycle", "service_stage", "consent_contact"); err != nil {
		return tag, err
	}
	if tag.Line, err = l.code("line"); err != nil {
		return tag, err
	}
	if tag.Source, err = l.oneOf("source", "chat", "prescription", "activity", "measurement", "profile"); err != nil {
		return tag, err
	}
	if tag.Rule, err = l.required("rule"); err != nil {
		return tag, err
	}
	tag.ExclGroup = l.text("excl_group")
	if tag.TTLDays, err = l.whole("ttl_days", 0); err != nil {
		return tag, err
	}
	tag.WeComPush, err = l.oneOf("wecom_push", "yes", "code", "no")
	return tag, err
}

func (c *Catalogue) loadTagConcepts(fsys fs.FS) error {
	t, err := readTable(fsys, "tag_concepts.tsv", "tag_id", "concept", "kind", "status", "speaker", "subject", "window_days", "min_count", "min_days")
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, tag := range c.tags {
		known[tag.ID] = true
	}
	first := map[string]TagConcept{}
	for _, line := range t.lines {
		tc, err := c.readTagConcept(line)
		if err != nil {
			return err
		}
		if !known[tc.TagID] {
			return line.fail("tag_id", "%q is not in tags.tsv; add the tag there first", tc.TagID)
		}
		f, ok := first[tc.TagID]
		if ok && (f.WindowDays != tc.WindowDays || f.MinCount != tc.MinCount || f.MinDays != tc.MinDays) {
			return line.fail("window_days", "window_days, min_count and min_days must be the same on all lines of %q, as they count together", tc.TagID)
		}
		first[tc.TagID] = tc
		if slices.Contains(c.tagConcepts, tc) {
			return line.fail("concept", "%q is already a line of %q; remove one of them", tc.Concept, tc.TagID)
		}
		c.tagConcepts = append(c.tagConcepts, tc)
	}
	return nil
}

func (c *Catalogue) readTagConcept(l tableLine) (tc TagConcept, err error) {
	if tc.TagID, err = l.code("tag_id"); err != nil {
		return tc, err
	}
	if tc.Concept, err = l.code("concept"); err != nil {
		return tc, err
	}
	concept, ok := c.Concept(tc.Concept)
	if !ok {
		return tc, l.fail("concept", "%q is not in lexicon.tsv; add it there or correct the spelling", tc.Concept)
	}
	if tc.Kind, err = l.oneOf("kind", concept.Kind); err != nil {
		return tc, err
	}
	if tc.Status, err = l.oneOf("status", StatusPresent, StatusAbsent, StatusUnknown, StatusAsked); err != nil {
		return tc, err
	}
	if tc.Speaker, err = l.oneOf("speaker", "patient", "staff", "robot"); err != nil {
		return tc, err
	}
	if tc.Subject, err = l.oneOf("subject", SubjectSelf, SubjectRelative); err != nil {
		return tc, err
	}
	if tc.WindowDays, err = l.whole("window_days", 1); err != nil {
		return tc, err
	}
	if tc.MinCount, err = l.whole("min_count", 1); err != nil {
		return tc, err
	}
	tc.MinDays, err = l.whole("min_days", 1)
	return tc, err
}
