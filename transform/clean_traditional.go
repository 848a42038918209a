package transform

import (
	_ "embed"
	"strings"
	"unicode/utf8"
)

//go:embed traditional.tsv
var traditionalTable string

// simplifiedOf maps traditional characters to simplified ones, one to one, so that offsets do not move.
func simplifiedOf() map[rune]rune {
	table := map[rune]rune{}
	for line := range strings.Lines(traditionalTable) {
		from, to, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok || strings.HasPrefix(from, "#") {
			continue
		}
		r, _ := utf8.DecodeRuneInString(from)
		table[r], _ = utf8.DecodeRuneInString(to)
	}
	return table
}
