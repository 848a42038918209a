package models

import (
	"regexp"
	"strings"
)

var (
	sqlNoise = regexp.MustCompile(`(?s)--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'`)
	sqlWord  = regexp.MustCompile(`[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)?|"[^"]*"|[(),]|[^\s]`)
)

// tablesUsed returns the tables that a select reads: the names after from and join that are neither
// named blocks of its own nor functions. It reads the house style, not all of SQL: names are lower
// case, and tables are joined with join, never with commas.
func tablesUsed(sql string) []string {
	words := sqlWord.FindAllString(strings.ToLower(stripNoise(sql)), -1)
	at := func(i int) string {
		if i < 0 || i >= len(words) {
			return ""
		}
		return words[i]
	}
	blocks := blockNames(words)
	var tables []string
	for i, w := range words {
		if w != "from" && w != "join" || at(i-1) == "distinct" {
			continue
		}
		name := at(i + 1)
		if !regexpName.MatchString(name) || at(i+2) == "(" || blocks[name] || name == "lateral" {
			continue
		}
		tables = append(tables, name)
	}
	return sortedUnique(tables)
}

// stripNoise removes comments and leaves a quote where a string stood.
func stripNoise(sql string) string {
	return sqlNoise.ReplaceAllStringFunc(sql, func(noise string) string {
		if noise[0] == '\'' {
			return " ' "
		}
		return " "
	})
}

var regexpName = regexp.MustCompile(`^[a-z_][a-z0-9_.]*$`)

// blockNames finds the names that "with name as (" and "with name (columns) as (" introduce.
func blockNames(words []string) map[string]bool {
	blocks := map[string]bool{}
	for i := 1; i < len(words); i++ {
		if !regexpName.MatchString(words[i]) {
			continue
		}
		if before := words[i-1]; before != "with" && before != "recursive" && before != "," {
			continue
		}
		next := i + 1
		if next < len(words) && words[next] == "(" { // column list
			for next < len(words) && words[next] != ")" {
				next++
			}
			next++
		}
		if next+1 < len(words) && words[next] == "as" && (words[next+1] == "(" || words[next+1] == "materialized") {
			blocks[words[i]] = true
		}
	}
	return blocks
}
