package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"sort"
	"strconv"
	"strings"

	"phdp/transform"
)

// Marks of a reviewer.
const (
	markRight  = "right"
	markWrong  = "wrong"
	markMissed = "missed"
)

// tagMark is one line of the marks: a message that has a tag or should have one. For is how many messages it
// stands for, as a sample.
type tagMark struct {
	mark, tag, dialogue string
	utterance           int
	weight              float64
	mention, text       string
}

const marksHeader = "mark\ttag\tdialogue\tutterance\tstands_for\tmention\ttext"

// noTag stands for the tag in a message without a hit, until a reviewer writes one there.
const noTag = "-"

func (m *tagMark) key() string { return m.dialogue + "\t" + strconv.Itoa(m.utterance) }

// mark adds a sample for tags without marks, keeps what is there, and prints what the marks say.
func (c *tagsTuneCommand) mark(ctx context.Context, t *transform.Transformer) error {
	marks, err := readMarks(c.Marks)
	if err != nil {
		return err
	}
	sampled := map[string]bool{}
	for i := range marks {
		sampled[marks[i].tag] = sampled[marks[i].tag] || marks[i].mark != markMissed
	}
	hits := map[string]map[string]bool{} // tags, by message
	pools := map[string]*markPool{}
	shown := newProgress(os.Stderr)
	messages := 0
	err = eachDialogue(ctx, c.In, func(d *transform.LabelledDialogue) error {
		for _, u := range d.Utterances {
			messages++
			c.take(t, hits, pools, d.ID, u)
		}
		shown.show("%d messages", messages)
		return nil
	})
	shown.end()
	if err != nil {
		return err
	}
	printMarks(marks, hits)
	added := 0
	for _, tag := range sortedPools(pools) {
		if !sampled[tag] && !(tag == noTag && len(marks) > 0) {
			more := pools[tag].lines()
			added += len(more)
			marks = append(marks, more...)
		}
	}
	fmt.Printf("%d lines added to %s, %d in all\n", added, c.Marks, len(marks))
	return writeMarks(c.Marks, marks)
}

// take offers the hits of one message to the samples.
func (c *tagsTuneCommand) take(t *transform.Transformer, hits map[string]map[string]bool, pools map[string]*markPool, id string, u transform.LabelledUtterance) {
	m := tagMark{dialogue: id, utterance: u.I}
	who := speaker(u.Speaker)
	found := t.Catalogue().TagHits(who, t.Findings(who, u.Text))
	if len(found) == 0 {
		if who == "patient" {
			m.tag = noTag
			offer(pools, m, u.Text, t, 10*c.Sample)
		}
		return
	}
	hits[m.key()] = map[string]bool{}
	for _, hit := range found {
		hits[m.key()][hit.Tag] = true
		m.tag, m.mention = hit.Tag, t.Masked(hit.Finding.Mention)
		offer(pools, m, u.Text, t, c.Sample)
	}
}

// markPool keeps the messages of one tag whose hashes are smallest: a sample that does not depend on the order.
type markPool struct {
	all   int
	marks []tagMark
	order []uint64
}

func offer(pools map[string]*markPool, m tagMark, text string, t *transform.Transformer, size int) {
	p := pools[m.tag]
	if p == nil {
		p = &markPool{}
		pools[m.tag] = p
	}
	p.all++
	hash := fnv.New64a()
	hash.Write([]byte(m.tag + "\t" + m.key()))
	at := sort.Search(len(p.order), func(i int) bool { return p.order[i] >= hash.Sum64() })
	if at >= size {
		return
	}
	m.text = strings.Join(strings.Fields(t.Masked(text)), " ")
	p.order = append(p.order[:at], append([]uint64{hash.Sum64()}, p.order[at:]...)...)
	p.marks = append(p.marks[:at], append([]tagMark{m}, p.marks[at:]...)...)
	if len(p.order) > size {
		p.order, p.marks = p.order[:size], p.marks[:size]
	}
}

func (p *markPool) lines() []tagMark {
	for i := range p.marks {
		p.marks[i].weight = float64(p.all) / float64(len(p.marks))
	}
	return p.marks
}

func sortedPools(pools map[string]*markPool) []string {
	out := make([]string, 0, len(pools))
	for tag := range pools {
		out = append(out, tag)
	}
	sort.Strings(out)
	return out
}

// printMarks prints precision and recall of each tag that has marks.
func printMarks(marks []tagMark, hits map[string]map[string]bool) {
	type score struct{ marked, right, wrong, missed float64 }
	scores := map[string]*score{}
	var tags []string
	for i := range marks {
		m := &marks[i]
		if m.mark == "" || m.tag == noTag {
			continue
		}
		s := scores[m.tag]
		if s == nil {
			s = &score{}
			scores[m.tag] = s
			tags = append(tags, m.tag)
		}
		s.marked++
		hit := hits[m.key()][m.tag]
		switch {
		case m.mark == markWrong && hit:
			s.wrong += m.weight
		case m.mark == markWrong:
		case hit:
			s.right += m.weight
		default:
			s.missed += m.weight
		}
	}
	if len(tags) == 0 {
		fmt.Println("no marks yet: write right, wrong or missed into the first column")
		return
	}
	sort.Strings(tags)
	fmt.Printf("%-28s %8s %10s %8s\n", "tag", "marks", "precision", "recall")
	for _, tag := range tags {
		s := scores[tag]
		fmt.Printf("%-28s %8.0f %10s %8s\n", tag, s.marked, ratio(s.right, s.right+s.wrong), ratio(s.right, s.right+s.missed))
	}
}

func ratio(part, whole float64) string {
	if whole == 0 {
		return "-"
	}
	return strconv.FormatFloat(part/whole, 'f', 3, 64)
}

// readMarks reads a file of marks; none is an empty one. An error names file and line.
func readMarks(path string) ([]tagMark, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read marks: %w", err)
	}
	var out []tagMark
	for n, line := range strings.Split(strings.TrimRight(string(text), "\n"), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if n == 0 && line != marksHeader {
			return nil, fmt.Errorf("%s:1: the first line must be: %s", path, strings.ReplaceAll(marksHeader, "\t", ", "))
		}
		if n == 0 {
			continue
		}
		m, err := readMark(strings.Split(line, "\t"))
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n+1, err)
		}
		out = append(out, m)
	}
	return out, nil
}

func readMark(f []string) (m tagMark, err error) {
	if len(f) != 7 {
		return m, fmt.Errorf("%d columns instead of 7, with a tab between them", len(f))
	}
	m = tagMark{mark: strings.TrimSpace(f[0]), tag: strings.TrimSpace(f[1]), dialogue: f[2], mention: f[5], text: f[6]}
	switch m.mark {
	case "", markRight, markWrong, markMissed:
	default:
		return m, fmt.Errorf("mark %q is not known; use right, wrong, missed or nothing", m.mark)
	}
	if m.mark == markMissed && m.tag == noTag {
		return m, errors.New("a missed tag must be named in the column tag")
	}
	if m.utterance, err = strconv.Atoi(f[3]); err != nil {
		return m, fmt.Errorf("utterance %q is no number", f[3])
	}
	if m.weight, err = strconv.ParseFloat(f[4], 64); err != nil || m.weight <= 0 {
		return m, fmt.Errorf("stands_for %q is no number above 0", f[4])
	}
	return m, nil
}

// writeMarks replaces the file at once, so that marks are never lost half way.
func writeMarks(path string, marks []tagMark) error {
	var b strings.Builder
	b.WriteString(marksHeader + "\n")
	for i := range marks {
		m := &marks[i]
		fmt.Fprintf(&b, "%s\t%s\t%s\t%d\t%s\t%s\t%s\n", m.mark, m.tag, m.dialogue, m.utterance, strconv.FormatFloat(m.weight, 'f', -1, 64), m.mention, m.text)
	}
	if err := os.WriteFile(path+".new", []byte(b.String()), 0o600); err != nil {
		return fmt.Errorf("write marks: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("write marks: %w", err)
	}
	return nil
}
