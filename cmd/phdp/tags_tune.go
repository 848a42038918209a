package main

import (
	"context"
	"fmt"
	"os"

	"phdp/transform"
)

type tagsTuneCommand struct {
	In        string `required:"" placeholder:"FILE" help:"Dialogues, one a line; - is standard input."`
	Catalogue string `placeholder:"DIR" help:"Folder of another catalogue; default is PHDP's own."`
	Least     int    `default:"5" help:"Messages that a phrase must stand in."`
	Top       int    `default:"50" help:"Phrases to print."`
	Marks     string `placeholder:"FILE" help:"Take a sample of hits for a reviewer, or measure with the marks that are there, instead of phrases."`
	Sample    int    `default:"20" help:"With --marks: hits of each tag, and ten times as many messages without a hit."`
}

// Help is the long help of phdp tags tune.
func (tagsTuneCommand) Help() string {
	return `Without --marks: the phrases of patients that stand near known concepts and that no rule catches, the most telling
first, with the messages that hold them, the share of these near a concept, the concept, and a masked example.

With --marks FILE: the first run writes a sample of hits, masked, to FILE, tab-separated. A reviewer writes into the
column mark: right or wrong; or missed, with the tag, in a line whose message should have had one. Every later run
keeps the marks, adds a sample of tags that have none, and prints precision and recall for each tag, of the catalogue
as it is now: a marked hit that a changed rule no longer finds counts as such.

Examples:
  phdp tags tune --in dialogues.ndjson
  phdp tags tune --in dialogues.ndjson --least 20 --top 200
  phdp tags tune --in dialogues.ndjson --marks marks.tsv`
}

// Run prints phrases, or works with marks.
func (c *tagsTuneCommand) Run(ctx context.Context, _ *app) error {
	t, err := tagger(c.Catalogue)
	if err != nil {
		return err
	}
	if c.Marks != "" {
		return c.mark(ctx, t)
	}
	phrases := transform.NewPhraseCounter(t)
	shown := newProgress(os.Stderr)
	messages := 0
	err = eachDialogue(ctx, c.In, func(d *transform.LabelledDialogue) error {
		for _, u := range d.Utterances {
			if u.Speaker == "patient" {
				phrases.Add(messages, u.Text)
				messages++
			}
		}
		shown.show("%d messages", messages)
		return nil
	})
	shown.end()
	if err != nil {
		return err
	}
	fmt.Printf("%d messages of patients\n\nphrase\tmessages\tnear\tconcept\texample\n", messages)
	for _, p := range phrases.Top(c.Least, c.Top) {
		fmt.Printf("%s\t%d\t%.0f %%\t%s\t%s\n", p.Text, p.Count, 100*p.Share, p.Near, p.Example)
	}
	return nil
}
