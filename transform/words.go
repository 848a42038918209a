package transform

import (
	"fmt"
	"io/fs"
	"strings"
)

// wordClasses are the named lists of words.tsv. A form such as {肚子}{很}疼 stands for every choice of one
// word from each class; "-" is the empty word, a leading ! marks a word that denies, a leading ? one
// that asks.
type wordClasses map[string][]expansion

type expansion struct {
	text     string
	polarity uint8
}

func loadWords(fsys fs.FS) (wordClasses, error) {
	t, err := readTable(fsys, "words.tsv", "class", "words")
	if err != nil {
		return nil, err
	}
	classes := wordClasses{}
	for _, line := range t.lines {
		name, err := line.required("class")
		if err != nil {
			return nil, err
		}
		if _, ok := classes[name]; ok {
			return nil, line.fail("class", "%q is defined twice; put all its words on one line", name)
		}
		list, err := line.required("words")
		if err != nil {
			return nil, err
		}
		for _, word := range strings.Split(list, "|") {
			if strings.ContainsAny(word, "{}") || word == "" || word == "!" || word == "?" {
				return nil, line.fail("words", "%q is not a word; write - for the empty word", word)
			}
			classes[name] = append(classes[name], readWord(word))
		}
	}
	return classes, nil
}

func readWord(word string) expansion {
	switch {
	case word == "-":
		return expansion{}
	case word[0] == '!':
		return expansion{word[1:], polarNo}
	case word[0] == '?':
		return expansion{word[1:], polarAsk}
	}
	return expansion{text: word}
}

// expand returns every text that a form stands for.
func (w wordClasses) expand(pattern string) ([]expansion, error) {
	out := []expansion{{}}
	for pattern != "" {
		open := strings.IndexByte(pattern, '{')
		if open < 0 {
			open = len(pattern)
		}
		if strings.Contains(pattern[:open], "}") {
			return nil, fmt.Errorf("%q has a } without a {", pattern)
		}
		for i := range out {
			out[i].text += pattern[:open]
		}
		if pattern = pattern[open:]; pattern == "" {
			break
		}
		end := strings.IndexByte(pattern, '}')
		if end < 0 {
			return nil, fmt.Errorf("%q has a { without a }", pattern)
		}
		class, ok := w[pattern[1:end]]
		if !ok {
			return nil, fmt.Errorf("there is no class %q in words.tsv", pattern[1:end])
		}
		out = cross(out, class)
		pattern = pattern[end+1:]
	}
	return out, nil
}

func cross(heads, tails []expansion) []expansion {
	out := make([]expansion, 0, len(heads)*len(tails))
	for _, h := range heads {
		for _, t := range tails {
			out = append(out, expansion{h.text + t.text, max(h.polarity, t.polarity)})
		}
	}
	return out
}
