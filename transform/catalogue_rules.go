package transform

import (
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// TagRule is one line of tag_rules.tsv: a condition of a tag on structured facts, which models evaluate. A
// patient has the tag when all conditions of role all hold, one of role any (if there is one), none of role none. The
// conditions of a role any:x are one: they hold together or not at all.
type TagRule struct {
	TagID      string
	Line       int    // of the file; names the condition
	Role       string // all, any, any:a to any:z, none
	Source     string // finding, text, measurement, activity, fill, diagnosis, attribute, message, adherence, tag
	Name       string // what of the source, several with | between them
	Detail     string // status of a finding, context of a measurement, attribute of an activity
	Op         string // "", <, <=, >, >=, in, =
	Value      string // a number, 7..9 for in (below 9), words with | for =
	Pick       string // each, newest, mean, sum
	WindowDays int    // (D-n, D]; 0 is ever
	MinCount   int
	MinDays    int
}

// Interaction is one line of interactions.tsv: two ingredients that a pharmacist looks at when a patient has both.
type Interaction struct {
	IngredientA, IngredientB, Reason string
}

const (
	rulesFile        = "tag_rules.tsv"
	interactionsFile = "interactions.tsv"
)

// Interactions returns the pairs of ingredients of interactions.tsv, in the order of the file.
func (c *Catalogue) Interactions() []Interaction { return slices.Clone(c.interactions) }

// loadInteractions reads interactions.tsv, which may be missing.
func (c *Catalogue) loadInteractions(fsys fs.FS) error {
	t, err := readTable(fsys, interactionsFile, "ingredient_a", "ingredient_b", "reason")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	seen := map[[2]string]int{}
	for _, line := range t.lines {
		a, err := line.code("ingredient_a")
		if err != nil {
			return err
		}
		b, err := line.code("ingredient_b")
		if err != nil {
			return err
		}
		pair := [2]string{min(a, b), max(a, b)}
		if first, ok := seen[pair]; ok {
			return line.fail("ingredient_b", "the pair is already on line %d; write each pair once", first)
		}
		seen[pair] = line.number
		reason, err := line.required("reason")
		if err != nil {
			return err
		}
		c.interactions = append(c.interactions, Interaction{IngredientA: a, IngredientB: b, Reason: reason})
	}
	return nil
}

// TagRules returns the conditions of tags on structured facts, in the order of the file.
func (c *Catalogue) TagRules() []TagRule { return slices.Clone(c.rules) }

// loadRules reads tag_rules.tsv; a catalogue without it has tags from texts and built-in models alone.
func (c *Catalogue) loadRules(fsys fs.FS) error {
	t, err := readTable(fsys, rulesFile, "tag_id", "role", "source", "name", "detail", "op", "value", "pick", "window_days", "min_count", "min_days")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	positive, first := map[string]bool{}, map[string]tableLine{}
	for _, line := range t.lines {
		r, err := c.readRule(line)
		if err != nil {
			return err
		}
		if _, ok := first[r.TagID]; !ok {
			first[r.TagID] = line
		}
		positive[r.TagID] = positive[r.TagID] || r.Role != "none"
		c.rules = append(c.rules, r)
	}
	for _, r := range c.rules {
		if !positive[r.TagID] {
			return first[r.TagID].fail("role", "%q has only conditions of role none; add one of role all or any", r.TagID)
		}
	}
	return nil
}

func (c *Catalogue) readRule(l tableLine) (r TagRule, err error) {
	r = TagRule{Line: l.number, Detail: l.text("detail")}
	if r.TagID, err = l.code("tag_id"); err != nil {
		return r, err
	}
	if !c.hasTag(r.TagID) {
		return r, l.fail("tag_id", "%q is not in tags.tsv; add the tag there first", r.TagID)
	}
	if r.Role, err = readRole(l); err != nil {
		return r, err
	}
	if r.Source, err = l.oneOf("source", "finding", "text", "measurement", "activity", "fill", "diagnosis", "attribute", "message", "adherence", "tag"); err != nil {
		return r, err
	}
	if r.Name, err = l.required("name"); err != nil {
		return r, err
	}
	if err := c.checkNames(l, r); err != nil {
		return r, err
	}
	if r.Op, r.Value, err = readComparison(l); err != nil {
		return r, err
	}
	if r.Pick, err = l.oneOf("pick", "each", "newest", "mean", "sum"); err != nil {
		return r, err
	}
	if r.WindowDays, err = l.whole("window_days", 0); err != nil {
		return r, err
	}
	if r.MinCount, err = l.whole("min_count", 1); err != nil {
		return r, err
	}
	r.MinDays, err = l.whole("min_days", 1)
	return r, err
}

// readRole is all, any, none, or any: and a letter for conditions that hold together.
func readRole(l tableLine) (string, error) {
	if group, ok := strings.CutPrefix(l.text("role"), "any:"); ok && len(group) == 1 && group[0] >= 'a' && group[0] <= 'z' {
		return l.text("role"), nil
	}
	return l.oneOf("role", "all", "any", "any:a", "none")
}

func (c *Catalogue) hasTag(id string) bool {
	return slices.ContainsFunc(c.tags, func(t Tag) bool { return t.ID == id })
}

// checkNames refuses names that the catalogue could know and does not.
func (c *Catalogue) checkNames(l tableLine, r TagRule) error {
	for name := range strings.SplitSeq(r.Name, "|") {
		if _, known := c.Concept(name); r.Source == "finding" && !known {
			return l.fail("name", "%q is not in lexicon.tsv; add it there or correct the spelling", name)
		}
		if r.Source == "text" && !slices.ContainsFunc(c.tagConcepts, func(t TagConcept) bool { return t.TagID == name }) {
			return l.fail("name", "%q has no line in tag_concepts.tsv; add one there or correct the spelling", name)
		}
		if r.Source == "tag" && !c.hasTag(name) {
			return l.fail("name", "%q is not in tags.tsv; correct the spelling", name)
		}
		if r.Source == "tag" && name == r.TagID {
			return l.fail("name", "%q cannot depend on itself", name)
		}
	}
	return nil
}

func readComparison(l tableLine) (op, value string, err error) {
	op, value = l.text("op"), l.text("value")
	numbers := []string{value}
	switch op {
	case "":
		if value != "" {
			return "", "", l.fail("op", "is empty beside the value %q; use one of: <, <=, >, >=, in, =", value)
		}
		return "", "", nil
	case "=":
		_, err = l.required("value")
		return op, value, err
	case "in":
		low, high, ok := strings.Cut(value, "..")
		if !ok {
			return "", "", l.fail("value", "%q is no range; write it like 7..9, which ends below 9", value)
		}
		numbers = []string{low, high}
	case "<", "<=", ">", ">=":
	default:
		return "", "", l.fail("op", "%q is not known; use one of: <, <=, >, >=, in, =", op)
	}
	for _, n := range numbers {
		if _, err := strconv.ParseFloat(n, 64); err != nil {
			return "", "", l.fail("value", "%q is not a number", n)
		}
	}
	return op, value, nil
}
