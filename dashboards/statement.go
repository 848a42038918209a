package dashboards

import (
	"slices"
	"strings"
	"unicode"
)

// readers are the words that a statement may begin with. The connection is read-only and closed to the outside
// whatever is written; this check gives a clear answer before the database is asked.
var readers = []string{"select", "with", "from", "values", "explain", "describe", "show", "summarize"}

// checkStatement returns the key of a message when the text is not one reading statement, else "".
func checkStatement(text string) string {
	words, more := scanStatement(text)
	switch {
	case len(words) == 0:
		return "sql.error.empty"
	case more:
		return "sql.error.many"
	case !slices.Contains(readers, words[0]):
		return "sql.error.kind"
	}
	if words[0] != "explain" {
		return ""
	}
	rest := words[1:]
	if len(rest) > 0 && rest[0] == "analyze" {
		rest = rest[1:]
	}
	if len(rest) == 0 || !slices.Contains(readers, rest[0]) {
		return "sql.error.kind"
	}
	return ""
}

// scanStatement returns the first words of a statement in lower case, and whether another statement follows
// after a semicolon. Comments and quoted text are skipped.
func scanStatement(text string) (words []string, more bool) {
	ended := false
	for len(text) > 0 {
		size, word := nextToken(text)
		token := text[:size]
		text = text[size:]
		blank := strings.TrimSpace(token) == "" || strings.HasPrefix(token, "--") || strings.HasPrefix(token, "/*")
		switch {
		case blank:
		case token == ";":
			ended = true
		case ended:
			return words, true
		case word && len(words) < 3:
			words = append(words, strings.ToLower(token))
		case len(words) == 0 && token != "(":
			words = append(words, token)
		}
	}
	return words, false
}

// nextToken returns the length of the first token of a text and whether it is a word.
func nextToken(text string) (size int, word bool) {
	until := func(start int, end string) int {
		if i := strings.Index(text[start:], end); i >= 0 {
			return start + i + len(end)
		}
		return len(text)
	}
	switch {
	case strings.HasPrefix(text, "--"):
		return until(2, "\n"), false
	case strings.HasPrefix(text, "/*"):
		return until(2, "*/"), false
	case strings.HasPrefix(text, "e'") || strings.HasPrefix(text, "E'"):
		return escapedText(text), false
	case text[0] == '\'' || text[0] == '"':
		return until(1, text[:1]), false
	case text[0] == '$':
		if tag := strings.IndexByte(text[1:], '$'); tag >= 0 && isName(text[1:1+tag]) {
			return until(tag+2, text[:tag+2]), false
		}
		return 1, false
	}
	n := strings.IndexFunc(text, func(r rune) bool { return !isNameRune(r) })
	if n < 0 {
		n = len(text)
	}
	if n > 0 {
		return n, true
	}
	_, width := firstRune(text)
	return width, false
}

// escapedText is the length of a text like e'it\'s', in which a backslash escapes what follows.
func escapedText(text string) int {
	for i := 2; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '\'':
			return i + 1
		}
	}
	return len(text)
}

func isName(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !isNameRune(r) })
}

func isNameRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

func firstRune(text string) (rune, int) {
	for _, r := range text {
		return r, len(string(r))
	}
	return 0, 0
}
