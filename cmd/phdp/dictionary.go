package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"phdp/models"
)

type dictionaryCommand struct{}

// Help is the long help of phdp dictionary.
func (dictionaryCommand) Help() string {
	return "The same is in every warehouse, in meta.models and meta.columns.\n\nExample:\n  phdp dictionary > docs/dictionary.md"
}

// Run prints the dictionary.
func (c *dictionaryCommand) Run() error { return writeDictionary(os.Stdout) }

// dictionaryMeta says where a warehouse describes itself.
const dictionaryMeta = `
Every warehouse describes itself in the schema meta: builds, sources, models, lineage, columns and checks. A violated check
of severity error stops the build, so that the last warehouse stays; one of severity warn is printed by phdp build and kept:

    select name, severity, violated, denominator, description
    from meta.checks
    where violated > 0

Somebody whose role is limited reads the same names on the SQL page: they are views that show the rows of the role, see
[access](access.md).
`

// writeDictionary documents every published table from the header of its model, as Markdown.
func writeDictionary(out io.Writer) error {
	all, err := models.List()
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("# Data dictionary\n\nThe tables of the warehouse, made from the headers of [models](../models) by `phdp dictionary`. Times are UTC,\ndates are business days of Asia/Shanghai, ratios are 0 to 1, amounts are fen (1/100 yuan).\n" + dictionaryMeta)
	for _, m := range all {
		if m.Layer != models.Marts {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\nOne row per: `%s`. Made from: %s.\n\n| column | meaning |\n|---|---|\n",
			m.Name, m.Description, strings.Join(m.Grain, ", "), strings.Join(m.Inputs, ", "))
		for _, c := range m.Columns {
			fmt.Fprintf(&b, "| `%s` | %s |\n", c.Name, strings.ReplaceAll(c.Doc, "|", "\\|"))
		}
	}
	_, err = io.WriteString(out, b.String())
	return err
}
