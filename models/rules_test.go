package models

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// readTSV reads a file of the catalogue as a table; numbered adds the line as the column rule_no.
func readTSV(t *testing.T, path string, numbered bool) table {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var rows table
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		cells := strings.Split(line, "\t")
		switch {
		case strings.HasPrefix(line, "#"):
			continue
		case i == 0:
			rows.header = cells
			if numbered {
				rows.header = append(rows.header, "rule_no")
			}
			continue
		case numbered:
			cells = append(cells, strconv.Itoa(i+1))
		}
		rows.rows = append(rows.rows, cells)
	}
	return rows
}

// ruleCase makes patients for the rules of tag_rules.tsv: what they have and whether they get the tag.
type ruleCase struct {
	t       *testing.T
	signals table
	facts   table
	texts   table
	want    map[string]bool // patient + " " + tag → has it
	event   int
}

type ruleLine map[string]string

func (l ruleLine) number(column string) int {
	n, _ := strconv.Atoi(l[column])
	return n
}

// give lets a rule hold for a patient at the very edge of its window and its value: off by one when a fault is
// asked for (old: a day before the window; off: a value next to the edge; few: one signal too few).
func (c *ruleCase) give(patient string, l ruleLine, fault string) {
	name := strings.Split(l["name"], "|")[0]
	if l["source"] == "tag" || l["source"] == "text" {
		c.hold(patient, l, fault)
		return
	}
	n, window := l.number("min_count"), l.number("window_days")
	if window == 0 {
		window = 400
	}
	date := day("2026-03-31").AddDate(0, 0, 1-window)
	if fault == "old" {
		date = date.AddDate(0, 0, -1)
	}
	if fault == "few" {
		n--
	}
	for i := range n {
		on := date.AddDate(0, 0, i%max(1, l.number("min_days")))
		value, text := c.value(l, fault == "off"), ""
		switch l["source"] {
		case "activity":
			value, text = "", fmt.Sprintf(`{"%s":"%s"}`, l["detail"], value)
		case "attribute":
			value, text = "", value
		}
		detail := l["detail"]
		if l["source"] == "activity" {
			detail = ""
		}
		c.event++
		c.signals.rows = append(c.signals.rows, []string{l["source"], name, detail, value, text, patient, "s",
			strconv.Itoa(c.event), "0", on.Format(time.DateOnly) + " 00:00:00+00", on.Format(time.DateOnly)})
	}
}

// hold gives tags that a rule names: of those it counts just enough, or one too few, with evidence at the edge of the window.
func (c *ruleCase) hold(patient string, l ruleLine, fault string) {
	n, date := l.number("min_count"), day("2026-03-31")
	if window := l.number("window_days"); window > 0 {
		date = date.AddDate(0, 0, 1-window)
	}
	switch fault {
	case "few":
		n--
	case "old":
		date = date.AddDate(0, 0, -1)
	}
	on := date.Format(time.DateOnly)
	for _, name := range strings.Split(l["name"], "|")[:n] {
		if l["source"] == "text" {
			c.texts.rows = append(c.texts.rows, []string{patient, name, on, on, "1", "e", "0.72"})
		} else {
			c.facts.rows = append(c.facts.rows, []string{patient, name, on, "1", "e", "1"})
		}
	}
}

// value is one at the edge that fits, or the nearest that does not.
func (c *ruleCase) value(l ruleLine, off bool) string {
	if l["op"] == "" {
		return ""
	}
	if l["op"] == "=" {
		if off {
			return "another"
		}
		return strings.Split(l["value"], "|")[0]
	}
	low, high, isRange := strings.Cut(l["value"], "..")
	bound, err := strconv.ParseFloat(low, 64)
	if err != nil {
		c.t.Fatal(err)
	}
	const step = 1.0 / 128
	inside := map[string]float64{"<": -step, "<=": 0, ">": step, ">=": 0, "in": 0}[l["op"]]
	outside := map[string]float64{"<": 0, "<=": step, ">": 0, ">=": -step, "in": -step}[l["op"]]
	switch {
	case off && isRange:
		return high // the upper end does not belong to the range
	case off:
		return strconv.FormatFloat(bound+outside, 'f', -1, 64)
	}
	return strconv.FormatFloat(bound+inside, 'f', -1, 64)
}

// person has what a tag needs: every condition of role all and the chosen one of role any (with those that hold together
// with it), of which the faulty one has a fault.
func (c *ruleCase) person(tag, label string, lines []ruleLine, chosen, faulty int, fault string, want bool) string {
	patient := tag + ":" + label
	for i, l := range lines {
		if l["role"] == "all" || i == chosen || chosen >= 0 && lines[chosen]["role"] != "any" && l["role"] == lines[chosen]["role"] {
			f := ""
			if i == faulty {
				f = fault
			}
			c.give(patient, l, f)
		}
	}
	c.want[patient] = want
	return patient
}

// TestEveryTagRule checks each condition of the catalogue at its edges: just inside the tag is given, just outside of the
// window, the value or the count it is not.
func TestEveryTagRule(t *testing.T) {
	rules := readTSV(t, "../transform/catalogue/tag_rules.tsv", true)
	tags := map[string][]ruleLine{}
	for _, row := range rules.rows {
		l := ruleLine{}
		for i, h := range rules.header {
			l[h] = row[i]
		}
		tags[l["tag_id"]] = append(tags[l["tag_id"]], l)
	}
	c := &ruleCase{t: t, want: map[string]bool{}, facts: table{header: []string{"patient_id", "tag_id", "last_date", "evidence_count", "last_event_id", "confidence"}},
		texts:   table{header: []string{"patient_id", "tag_id", "valid_from", "last_date", "evidence_count", "last_event_id", "confidence"}},
		signals: table{header: []string{"source", "name", "detail", "value", "text", "patient_id", "origin", "event_id", "ordinal", "event_at", "event_date"}}}
	for tag, lines := range tags {
		c.tag(tag, lines)
	}
	x := newBench(t, map[string]table{"ref.tag_rules": rules, "int_tags__signals": c.signals, "int_tags__current": c.facts, "int_tags__findings": c.texts})
	got := map[string]bool{}
	for _, model := range []string{"int_tags__fitting", "int_tags__conditions", "int_tags__rules", "int_tags__combined_rules"} {
		x.run(model, false)
		if model == "int_tags__fitting" || model == "int_tags__conditions" {
			continue
		}
		for _, row := range x.query(model, "patient_id", "tag_id") {
			if tag, _, _ := strings.Cut(row[0], ":"); tag == row[1] {
				got[row[0]] = true
			}
		}
	}
	for patient, want := range c.want {
		if got[patient] != want {
			t.Errorf("%s: has the tag %v, want %v", patient, got[patient], want)
		}
	}
	t.Logf("%d tags, %d conditions, %d patients", len(tags), len(rules.rows), len(c.want))
}

func (c *ruleCase) tag(tag string, lines []ruleLine) {
	first := slices.IndexFunc(lines, func(l ruleLine) bool { return strings.HasPrefix(l["role"], "any") })
	c.person(tag, "whole", lines, first, -1, "", true)
	for i, l := range lines {
		label := strconv.Itoa(i)
		chosen := first
		if strings.HasPrefix(l["role"], "any") {
			chosen = i
		}
		if l["role"] == "none" {
			c.give(c.person(tag, label+" barred", lines, first, -1, "", false), l, "")
			if l.number("window_days") > 0 {
				c.give(c.person(tag, label+" barred long ago", lines, first, -1, "", true), l, "old")
			}
			continue
		}
		c.person(tag, label+" whole", lines, chosen, -1, "", true)
		c.person(tag, label+" few", lines, chosen, i, "few", false)
		if l.number("window_days") > 0 {
			c.person(tag, label+" old", lines, chosen, i, "old", false)
		}
		if l["op"] != "" {
			c.person(tag, label+" off", lines, chosen, i, "off", false)
		}
	}
}

// TestEveryTextTag checks each line of tag_concepts.tsv at the edges of its window, its counts, status, speaker and
// subject.
func TestEveryTextTag(t *testing.T) {
	concepts := readTSV(t, "../transform/catalogue/tag_concepts.tsv", false)
	catalogue := readTSV(t, "../transform/catalogue/tags.tsv", false)
	for i, h := range catalogue.header {
		catalogue.header[i] = map[string]string{"id": "tag_id", "line": "line_code"}[h]
		if catalogue.header[i] == "" {
			catalogue.header[i] = h
		}
	}
	findings := table{header: []string{"patient_id", "source", "event_id", "ordinal", "event_at", "event_date", "concept", "kind", "status", "subject", "speaker"}}
	want := map[string]bool{}
	for i, row := range concepts.rows {
		l := ruleLine{}
		for j, h := range concepts.header {
			l[h] = row[j]
		}
		for _, fault := range []string{"", "old", "few", "absent", "other speaker", "other subject"} {
			patient := fmt.Sprintf("%s:%d %s", l["tag_id"], i, fault)
			want[patient] = fault == ""
			n := l.number("min_count")
			date := day("2026-03-31").AddDate(0, 0, 1-l.number("window_days"))
			status, speaker, subject := l["status"], l["speaker"], l["subject"]
			switch fault {
			case "old":
				date = date.AddDate(0, 0, -1)
			case "few":
				n--
			case "absent":
				status = "absent"
			case "other speaker":
				speaker = "robot"
			case "other subject":
				subject = map[string]string{"self": "relative", "relative": "self"}[subject]
			}
			for k := range n {
				on := date.AddDate(0, 0, k%max(1, l.number("min_days"))).Format(time.DateOnly)
				findings.rows = append(findings.rows, []string{patient, "s", fmt.Sprintf("%s-%d", patient, k), "0", on + " 00:00:00+00", on,
					l["concept"], l["kind"], status, subject, speaker})
			}
		}
	}
	x := newBench(t, map[string]table{"ref.tag_concepts": concepts, "ref.tags": catalogue, "int_findings__statements": findings})
	x.run("int_tags__matches", false)
	x.run("int_tags__findings", false)
	got := map[string]bool{}
	for _, row := range x.query("int_tags__findings", "patient_id", "tag_id") {
		if tag, _, _ := strings.Cut(row[0], ":"); tag == row[1] {
			got[row[0]] = true
		}
	}
	for patient, hasTag := range want {
		if got[patient] != hasTag {
			t.Errorf("%s: has the tag %v, want %v", patient, got[patient], hasTag)
		}
	}
	t.Logf("%d lines, %d patients", len(concepts.rows), len(want))
}
