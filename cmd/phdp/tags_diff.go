package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"sort"

	"phdp/transform"
)

type tagsDiffCommand struct {
	Old      string `arg:"" help:"Folder of the catalogue in use, or 'default' for PHDP's own."`
	New      string `arg:"" help:"Folder of the changed catalogue, or 'default'."`
	In       string `required:"" placeholder:"FILE" help:"Dialogues, one a line; - is standard input."`
	Examples int    `default:"2" help:"Masked examples for each tag and direction."`
}

// Help is the long help of phdp tags diff.
func (tagsDiffCommand) Help() string {
	return `What a changed catalogue would change before it is published: how many dialogues gain and lose each tag, with
examples. Examples are cleaned and redacted as in the lake, with 0 for every digit. Both catalogues are read by the
rules alone. Exit status 0 also when they differ.

Examples:
  phdp tags diff default ours --in dialogues.ndjson
  phdp tags diff ours-v3 ours-v4 --in dialogues.ndjson --examples 5`
}

// tagChange is what one tag gains and loses.
type tagChange struct {
	before, after int
	gained, lost  int
	examples      []string
}

// Run reads every dialogue with both catalogues.
func (c *tagsDiffCommand) Run(ctx context.Context, _ *app) error {
	before, err := tagger(catalogueDir(c.Old))
	if err != nil {
		return err
	}
	after, err := tagger(catalogueDir(c.New))
	if err != nil {
		return err
	}
	changes := map[string]*tagChange{}
	shown := newProgress(os.Stderr)
	dialogues := 0
	err = eachDialogue(ctx, c.In, func(d *transform.LabelledDialogue) error {
		dialogues++
		shown.show("%d dialogues", dialogues)
		c.compare(changes, before, after, d)
		return nil
	})
	shown.end()
	if err != nil {
		return err
	}
	printChanges(os.Stdout, changes, dialogues)
	return nil
}

func catalogueDir(name string) string {
	if name == "default" {
		return ""
	}
	return name
}

// compare counts the tags of one dialogue.
func (c *tagsDiffCommand) compare(changes map[string]*tagChange, before, after *transform.Transformer, d *transform.LabelledDialogue) {
	old, now := readTags(before, transform.NewStatusReader(before, nil), d), readTags(after, transform.NewStatusReader(after, nil), d)
	change := func(tag string) *tagChange {
		if changes[tag] == nil {
			changes[tag] = &tagChange{}
		}
		return changes[tag]
	}
	for _, tag := range old.Tags {
		t := change(tag)
		t.before++
		if !slices.Contains(now.Tags, tag) {
			t.lost++
			c.example(t, t.lost, "- ", before, d, tag)
		}
	}
	for _, tag := range now.Tags {
		t := change(tag)
		t.after++
		if !slices.Contains(old.Tags, tag) {
			t.gained++
			c.example(t, t.gained, "+ ", after, d, tag)
		}
	}
}

// example keeps the first message that counts for a tag, with what made it count.
func (c *tagsDiffCommand) example(change *tagChange, n int, sign string, t *transform.Transformer, d *transform.LabelledDialogue, tag string) {
	if n > c.Examples {
		return
	}
	for _, u := range d.Utterances {
		for _, hit := range t.Catalogue().TagHits(speaker(u.Speaker), t.Findings(speaker(u.Speaker), u.Text)) {
			if hit.Tag == tag {
				change.examples = append(change.examples, sign+"【"+t.Masked(hit.Finding.Mention)+"】 "+t.Masked(u.Text))
				return
			}
		}
	}
	change.examples = append(change.examples, sign+"(from a question and its answer)")
}

func printChanges(out io.Writer, changes map[string]*tagChange, dialogues int) {
	tags := make([]string, 0, len(changes))
	for tag, t := range changes {
		if t.gained+t.lost > 0 {
			tags = append(tags, tag)
		}
	}
	sort.Strings(tags)
	fmt.Fprintf(out, "%d dialogues; %d tags change\n\n", dialogues, len(tags))
	if len(tags) == 0 {
		return
	}
	fmt.Fprintf(out, "%-28s %8s %8s %8s %8s\n", "tag", "old", "new", "gained", "lost")
	for _, tag := range tags {
		t := changes[tag]
		fmt.Fprintf(out, "%-28s %8d %8d %8d %8d\n", tag, t.before, t.after, t.gained, t.lost)
		for _, e := range t.examples {
			fmt.Fprintf(out, "    %s\n", e)
		}
	}
}

// speaker is patient or staff, as messages have it.
func speaker(s string) string {
	if s == "patient" {
		return s
	}
	return "staff"
}
