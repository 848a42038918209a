package transform

import (
	"slices"
	"unicode/utf8"
)

// automaton finds all surface forms in a text in one pass: a trie in a double array over classes of
// runes. From each position it takes the longest form, and goes on behind it. Case and width do not
// matter. A form that begins or ends with a letter or digit of ASCII matches whole words only.
type automaton struct {
	pages   [256]uint8 // page of a rune's high byte, 0 for one without any form
	classes [][256]uint16
	nodes   []node
	next    []int32 // next form with the same text, by form, -1 at the end
	weak    int32   // forms from here on are parts: they are found beside the others and hide none
}

// node is a state: its child by class c is nodes[base+c] when that has this node as its parent.
type node struct {
	base, parent int32
	form         int32 // form that ends here, -1 for none
	part         int32 // part that ends here, -1 for none
	bound        uint8 // boundStart, boundEnd
}

const (
	boundStart = 1 << iota
	boundEnd
)

// classWord is the lowest class of ASCII letters and digits; they come before all others.
const (
	classNone  = 0
	classWord  = 1
	classOther = 37
)

// newAutomaton compiles texts; a match is told by the index of its text. Those from weak on are parts.
func newAutomaton(texts []string, weak int) *automaton {
	a := &automaton{classes: make([][256]uint16, 1), next: make([]int32, len(texts)), weak: int32(weak)}
	a.nameClasses(texts)
	b := trieBuilder{a: a, keys: make([]trieKey, 0, len(texts))}
	for i, text := range texts {
		a.next[i] = -1
		var classes []uint16
		for _, r := range text {
			classes = append(classes, a.class(r))
		}
		b.keys = append(b.keys, trieKey{classes, int32(i)})
	}
	b.build()
	return a
}

// foldRune maps full width to half width and upper case to lower case.
func foldRune(r rune) rune {
	if r >= '！' && r <= '～' {
		r -= '！' - '!'
	}
	if r == '\u3000' {
		r = ' '
	}
	if r >= 'A' && r <= 'Z' {
		r += 'a' - 'A'
	}
	return r
}

func (a *automaton) nameClasses(texts []string) {
	for i := range 10 {
		a.setClass(rune('0'+i), uint16(classWord+i))
	}
	for i := range 26 {
		a.setClass(rune('a'+i), uint16(classWord+10+i))
		a.setClass(rune('A'+i), uint16(classWord+10+i))
	}
	last := uint16(classOther - 1)
	for _, text := range texts {
		for _, r := range text {
			if f := foldRune(r); a.class(f) == classNone {
				last++
				a.setClass(f, last)
			}
		}
	}
	for r := '！'; r <= '～'; r++ {
		a.setClass(r, a.class(foldRune(r)))
	}
	a.setClass('\u3000', a.class(' '))
}

func (a *automaton) setClass(r rune, class uint16) {
	if r > 0xffff || class == classNone {
		return
	}
	if a.pages[r>>8] == 0 {
		a.classes = append(a.classes, [256]uint16{})
		a.pages[r>>8] = uint8(len(a.classes) - 1)
	}
	a.classes[a.pages[r>>8]][r&0xff] = class
}

func (a *automaton) class(r rune) uint16 {
	if r > 0xffff {
		return classNone
	}
	return a.classes[a.pages[r>>8]][r&0xff]
}

// decode appends the class and the byte offset of each rune, and the length of text as a last offset.
func (a *automaton) decode(text string, classes []uint16, offsets []int32) ([]uint16, []int32) {
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			classes = append(classes, a.classes[a.pages[0]][text[i]])
			offsets = append(offsets, int32(i))
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		classes = append(classes, a.class(r))
		offsets = append(offsets, int32(i))
		i += n
	}
	return classes, append(offsets, int32(len(text)))
}

// partMatch is a part that begins at a position, and its end.
type partMatch struct {
	part int32
	end  int
}

// longest returns the longest form that begins at position at, and its end; form is -1 when there is none.
func (a *automaton) longest(classes []uint16, at int) (form int32, end int) {
	form, end, _ = a.match(classes, at, nil)
	return form, end
}

// match is longest; it adds every part that begins there to parts too.
func (a *automaton) match(classes []uint16, at int, parts []partMatch) (form int32, end int, all []partMatch) {
	form, end = -1, at
	state := int32(0)
	for i := at; i < len(classes); i++ {
		class := classes[i]
		if class == classNone {
			break
		}
		next := a.nodes[state].base + int32(class)
		if int(next) >= len(a.nodes) || a.nodes[next].parent != state {
			break
		}
		state = next
		if n := &a.nodes[state]; n.form >= 0 && (n.bound == 0 || a.bounded(classes, at, i+1, n.bound)) {
			form, end = n.form, i+1
		}
		if n := &a.nodes[state]; n.part >= 0 {
			parts = append(parts, partMatch{n.part, i + 1})
		}
	}
	return form, end, parts
}

// bounded says that no letter or digit goes on beyond a form that begins or ends with one.
func (a *automaton) bounded(classes []uint16, start, end int, bound uint8) bool {
	if bound&boundStart != 0 && start > 0 && isWord(classes[start-1]) {
		return false
	}
	return bound&boundEnd == 0 || end == len(classes) || !isWord(classes[end])
}

func isWord(class uint16) bool { return class >= classWord && class < classOther }

type trieKey struct {
	classes []uint16
	form    int32
}

// trieBuilder places the nodes of the trie, breadth first, each at the first base where its children fit.
type trieBuilder struct {
	a     *automaton
	keys  []trieKey
	used  []bool
	first int // hardly a free node below
}

type trieSpan struct {
	state      int32
	depth      int
	start, end int // of keys
}

func (b *trieBuilder) build() {
	slices.SortStableFunc(b.keys, func(x, y trieKey) int { return slices.Compare(x.classes, y.classes) })
	b.grow(1)
	b.used[0] = true
	queue := []trieSpan{{0, 0, 0, len(b.keys)}}
	for len(queue) > 0 {
		span := queue[0]
		queue = append(queue[1:], b.place(span)...)
	}
	b.a.nodes = slices.Clip(b.a.nodes)
}

// place gives the children of one node their places and returns their spans of keys.
func (b *trieBuilder) place(s trieSpan) []trieSpan {
	for s.start < s.end && len(b.keys[s.start].classes) == s.depth {
		b.finish(s.state, b.keys[s.start])
		s.start++
	}
	var children []trieSpan
	var labels []uint16
	for i := s.start; i < s.end; {
		label := b.keys[i].classes[s.depth]
		j := i
		for j < s.end && b.keys[j].classes[s.depth] == label {
			j++
		}
		labels = append(labels, label)
		children = append(children, trieSpan{depth: s.depth + 1, start: i, end: j})
		i = j
	}
	if len(labels) == 0 {
		return nil
	}
	base := b.fit(labels)
	b.a.nodes[s.state].base = base
	for i, label := range labels {
		at := base + int32(label)
		b.used[at] = true
		b.a.nodes[at].parent = s.state
		children[i].state = at
	}
	return children
}

// finish makes state the end of a key; further keys with the same text are chained.
func (b *trieBuilder) finish(state int32, k trieKey) {
	n := &b.a.nodes[state]
	first := &n.form
	if k.form >= b.a.weak {
		first = &n.part
	}
	if *first < 0 {
		*first = k.form
		if isWord(k.classes[0]) {
			n.bound |= boundStart
		}
		if isWord(k.classes[len(k.classes)-1]) {
			n.bound |= boundEnd
		}
		return
	}
	last := *first
	for b.a.next[last] >= 0 {
		last = b.a.next[last]
	}
	b.a.next[last] = k.form
}

// fit returns the first base at which all labels are free. Cells that are nearly all taken are left
// behind for good, which keeps building linear.
func (b *trieBuilder) fit(labels []uint16) int32 {
	first, last := int(labels[0]), int(labels[len(labels)-1])
	tried := 0
	from := max(b.first, first+1)
	for at := from; ; at++ {
		base := at - first
		b.grow(base + last + 1)
		if b.used[at] {
			tried++
			continue
		}
		if !slices.ContainsFunc(labels, func(l uint16) bool { return b.used[base+int(l)] }) {
			if tried*100 >= (at-from+1)*95 {
				b.first = at
			}
			return int32(base)
		}
	}
}

func (b *trieBuilder) grow(n int) {
	for len(b.a.nodes) < n {
		b.a.nodes = append(b.a.nodes, node{parent: -1, form: -1, part: -1})
		b.used = append(b.used, false)
	}
}

// unbound lets forms match inside words of ASCII letters and digits, as in bp150.
func (a *automaton) unbound() {
	for i := range a.nodes {
		a.nodes[i].bound = 0
	}
}
