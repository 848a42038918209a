package transform

import (
	"strings"
	"unicode/utf8"
)

// Text that was copied out of a page brings tags and entities along. Tags of text go, those that end a line become a
// line break; a "<" that is a comparison (血压<140) stays.

// inlineTags and breakingTags are the tags that are known, in lower case.
var (
	inlineTags   = strings.Fields("a b i u em strong span font img small big sub sup mark code s label")
	breakingTags = strings.Fields("br p div li ul ol tr td th table tbody h1 h2 h3 h4 h5 h6 hr section body html head blockquote pre")
)

// maxTag is the longest tag, in bytes, that is looked at.
const maxTag = 2000

// tagAt returns the length of the tag that a text begins with, 0 for none, and whether it ends a line.
func tagAt(text string) (size int, breaks bool) {
	name := strings.TrimPrefix(text[1:], "/")
	n := 0
	for n < len(name) && isAlnum(name[n]) {
		n++
	}
	end := strings.IndexAny(text[1:min(len(text), maxTag)], "<>")
	if n == 0 || end < 0 || text[1+end] != '>' {
		return 0, false
	}
	if rest := name[n]; rest != '>' && rest != ' ' && rest != '/' && rest != '\n' && rest != '\t' {
		return 0, false
	}
	word := strings.ToLower(name[:n])
	for _, t := range breakingTags {
		if t == word {
			return end + 2, true
		}
	}
	for _, t := range inlineTags {
		if t == word {
			return end + 2, false
		}
	}
	return 0, false
}

// entities are the names of characters that chats and forms leave in a text.
var entities = []struct{ name, text string }{
	{"&nbsp;", " "}, {"&quot;", `"`}, {"&#39;", "'"}, {"&apos;", "'"}, {"&ldquo;", "“"}, {"&rdquo;", "”"}, {"&hellip;", "…"}, {"&mdash;", "—"},
	{"&middot;", "·"}, {"&times;", "×"}, {"&deg;", "°"}, {"&le;", "≤"}, {"&ge;", "≥"}, {"&lt;", "<"}, {"&amp;", "&"},
}

// entityAt returns the entity that a text begins with and its character, "" for none. "<" and "&" stay written out
// where they would begin a tag or another entity.
func entityAt(text string) (name, char string) {
	for _, e := range entities {
		if !strings.HasPrefix(text, e.name) {
			continue
		}
		next, _ := utf8.DecodeRuneInString(text[len(e.name):])
		if (e.text == "<" || e.text == "&") && next < utf8.RuneSelf && next != ' ' && !(e.text == "<" && next >= '0' && next <= '9') && len(text) > len(e.name) {
			return "", ""
		}
		return e.name, e.text
	}
	return "", ""
}
