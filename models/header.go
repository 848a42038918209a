package models

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// entry is one "key: text" of a header, continuation lines joined.
type entry struct {
	key, text string
}

var (
	keyLine  = regexp.MustCompile(`^-- ([a-z][a-z0-9_]*): *(.*)$`)
	moreLine = regexp.MustCompile(`^--   +(.*)$`)
	reserved = []string{"grain", "inputs", "by", "first", "compared", "due", "view", "gives", "severity", "denominator"}
)

// parseHeader splits a file into its description, its entries and the statement. The description ends at
// the first reserved key; an entry goes on in lines that are indented by three spaces or more.
func parseHeader(text string) (description string, entries []entry, sql string) {
	lines := strings.Split(text, "\n")
	var words []string
	n := 0
	for ; n < len(lines) && strings.HasPrefix(lines[n], "--"); n++ {
		key := keyLine.FindStringSubmatch(lines[n])
		more := moreLine.FindStringSubmatch(lines[n])
		switch {
		case key != nil && (len(entries) > 0 || slices.Contains(reserved, key[1])):
			entries = append(entries, entry{key[1], strings.TrimSpace(key[2])})
		case more != nil && len(entries) > 0:
			last := &entries[len(entries)-1]
			last.text = strings.TrimSpace(last.text + " " + strings.TrimSpace(more[1]))
		default:
			words = append(words, strings.TrimSpace(strings.TrimPrefix(lines[n], "--")))
		}
	}
	body := strings.TrimSpace(strings.Join(lines[n:], "\n"))
	return strings.TrimSpace(strings.Join(words, " ")), entries, strings.TrimSpace(strings.TrimSuffix(body, ";"))
}

func parseModel(file, text string, layer Layer) (Model, error) {
	m := Model{Name: strings.TrimSuffix(path.Base(file), ".sql"), Layer: layer, File: file}
	var entries []entry
	m.Description, entries, m.SQL = parseHeader(text)
	for _, e := range entries {
		switch e.key {
		case "grain":
			m.Grain = splitList(e.text)
		case "inputs":
			m.Inputs = splitList(e.text)
		case "by":
			m.By = splitList(e.text)
		case "first":
			m.First = splitList(e.text)
		case "compared":
			m.Compared = splitList(e.text)
		case "due":
			m.Due = e.text
		case "view":
			m.View = e.text
		case "gives":
			m.Tags = splitList(e.text)
		default:
			m.Columns = append(m.Columns, Column{e.key, e.text})
		}
	}
	for what, missing := range map[string]bool{
		"description": m.Description == "", "grain": len(m.Grain) == 0, "inputs": len(m.Inputs) == 0, "statement": m.SQL == "",
	} {
		if missing {
			return m, fmt.Errorf("%s: no %s", file, what)
		}
	}
	if strings.Contains(stripNoise(m.SQL), ";") {
		return m, fmt.Errorf("%s: more than one statement", file)
	}
	return m, nil
}

func parseCheck(file, text string) (Check, error) {
	c := Check{Name: strings.TrimSuffix(path.Base(file), ".sql"), File: file}
	var entries []entry
	c.Description, entries, c.SQL = parseHeader(text)
	for _, e := range entries {
		switch e.key {
		case "severity":
			c.Severity = Severity(e.text)
		case "inputs":
			c.Inputs = splitList(e.text)
		case "denominator":
			c.Denominator = e.text
		default:
			return c, fmt.Errorf("%s: unknown key %q", file, e.key)
		}
	}
	if c.Severity != Error && c.Severity != Warn {
		return c, fmt.Errorf("%s: severity is %q, want error or warn", file, c.Severity)
	}
	for what, missing := range map[string]bool{
		"description": c.Description == "", "denominator": c.Denominator == "", "inputs": len(c.Inputs) == 0, "statement": c.SQL == "",
	} {
		if missing {
			return c, fmt.Errorf("%s: no %s", file, what)
		}
	}
	return c, nil
}

func readModels(fsys fs.FS, layer Layer) ([]Model, error) {
	texts, err := readSQL(fsys, string(layer))
	if err != nil {
		return nil, err
	}
	var ms []Model
	for _, name := range sortedKeys(texts) {
		m, err := parseModel(path.Join(string(layer), name+".sql"), texts[name], layer)
		if err != nil {
			return nil, err
		}
		ms = append(ms, m)
	}
	return ms, nil
}

func readChecks(fsys fs.FS) ([]Check, error) {
	texts, err := readSQL(fsys, "checks")
	if err != nil {
		return nil, err
	}
	var cs []Check
	for _, name := range sortedKeys(texts) {
		c, err := parseCheck(path.Join("checks", name+".sql"), texts[name])
		if err != nil {
			return nil, err
		}
		cs = append(cs, c)
	}
	return cs, nil
}

// readSQL returns name → text of the SQL files in one directory.
func readSQL(fsys fs.FS, dir string) (map[string]string, error) {
	names, err := fs.Glob(fsys, dir+"/*.sql")
	if err != nil {
		return nil, err
	}
	texts := map[string]string{}
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		texts[strings.TrimSuffix(path.Base(name), ".sql")] = string(text)
	}
	return texts, nil
}

func splitList(text string) []string {
	var list []string
	for _, word := range strings.Split(text, ",") {
		if word = strings.TrimSpace(word); word != "" {
			list = append(list, word)
		}
	}
	return list
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func sortedUnique(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}
