package transform

import (
	"slices"
	"unicode/utf8"
)

// automaton finds all surface forms in a text in one pass: a trie in a double array over classes of
// runes. From each position it takes the longest form, and goes on behind it. Case and width do not
// matter. A form that begins or ends with a letter or digit of ASCII matches whole words only.
type automaton struct {
	pages [256]uint8 // page of a rune's high byte, 0 for one of which nothing is known
	runes [][256]runeInfo
	nodes []node
	ends  []nodeEnd // by node
	next  []int32   // next form with the same text, by form, -1 at the end
	weak  int32     // forms from here on are parts: they are found beside the others and hide none
}

// runeInfo is the class of a rune in its lower half, and its traits.
type runeInfo uint32

func (i runeInfo) class() uint16 { return uint16(i) }

// node is a state: its child by class c is nodes[base+c] when that has this node as its parent. Every step of a search
// reads one, so it is small.
type node struct {
	where  int32 // twice the base, and 1 when something ends here
	parent int32
}

// nodeEnd is what ends at a node.
type nodeEnd struct {
	form  int32 // -1 for none
	part  int32 // -1 for none
	bound uint8 // boundStart, boundEnd
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
	a := &automaton{runes: make([][256]runeInfo, 1), next: make([]int32, len(texts)), weak: int32(weak)}
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
	if class != classNone {
		a.learn(r, runeInfo(class))
	}
}

// learn adds to what is known of a rune.
func (a *automaton) learn(r rune, more runeInfo) {
	if r > 0xffff {
		return
	}
	if a.pages[r>>8] == 0 {
		a.runes = append(a.runes, [256]runeInfo{})
		a.pages[r>>8] = uint8(len(a.runes) - 1)
	}
	a.runes[a.pages[r>>8]][r&0xff] |= more
}

func (a *automaton) info(r rune) runeInfo {
	if r > 0xffff {
		return 0
	}
	return a.runes[a.pages[r>>8]][r&0xff]
}

func (a *automaton) class(r rune) uint16 { return a.info(r).class() }

// runeMarks is what the traits of its runes tell of a text.
type runeMarks struct {
	traits runeInfo // of all runes
	begins []int32  // bytes where a rune stands that a regimen may begin with
	stops  []int32  // bytes where a sentence ends
}

// decode fills classes with the class of each rune of text, which is valid UTF-8, and offsets with its byte, and the length of
// text as a last offset. An automaton that knows traits needs marks to tell them.
func (a *automaton) decode(text string, classes []uint16, offsets []int32, marks *runeMarks) ([]uint16, []int32) {
	if room := len(text) + 1; cap(classes) < room || cap(offsets) < room {
		classes, offsets = make([]uint16, 2*room), make([]int32, 2*room)
	}
	classes, offsets = classes[:len(text)], offsets[:len(text)+1]
	ascii, traits, n := &a.runes[a.pages[0]], runeInfo(0), 0
	for i := 0; i < len(text); n++ {
		info, width := ascii[text[i]], 1
		if text[i] >= utf8.RuneSelf {
			r := han(text, i)
			if width = 3; r < 0 {
				r, width = utf8.DecodeRuneInString(text[i:])
			}
			info = a.info(r)
		}
		classes[n], offsets[n] = info.class(), int32(i)
		if info&(traitBegins|traitStops) != 0 {
			marks.add(info, i)
		}
		traits |= info
		i += width
	}
	if marks != nil {
		marks.traits = traits
	}
	offsets[n] = int32(len(text))
	return classes[:n], offsets[:n+1]
}

func (m *runeMarks) add(info runeInfo, at int) {
	if info&traitStops != 0 {
		m.stops = append(m.stops, int32(at))
	}
	if info&traitBegins != 0 {
		m.begins = append(m.begins, int32(at))
	}
}

// han is the rune at byte i when it has three bytes, as Chinese characters have, and -1 when it has not.
func han(text string, i int) rune {
	if i+2 >= len(text) || text[i]&0xf0 != 0xe0 || text[i+1]&0xc0 != 0x80 || text[i+2]&0xc0 != 0x80 {
		return -1
	}
	return rune(text[i]&0xf)<<12 | rune(text[i+1]&0x3f)<<6 | rune(text[i+2]&0x3f)
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
		next := a.nodes[state].where>>1 + int32(class)
		if int(next) >= len(a.nodes) || a.nodes[next].parent != state {
			break
		}
		state = next
		if a.nodes[state].where&1 == 0 {
			continue
		}
		n := &a.ends[state]
		if n.form >= 0 && (n.bound == 0 || a.bounded(classes, at, i+1, n.bound)) {
			form, end = n.form, i+1
		}
		if n.part >= 0 {
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
	b.a.nodes, b.a.ends = slices.Clip(b.a.nodes), slices.Clip(b.a.ends)
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
	b.a.nodes[s.state].where |= base << 1
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
	b.a.nodes[state].where |= 1
	n := &b.a.ends[state]
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
		b.a.nodes, b.a.ends = append(b.a.nodes, node{parent: -1}), append(b.a.ends, nodeEnd{form: -1, part: -1})
		b.used = append(b.used, false)
	}
}

// unbound lets forms match inside words of ASCII letters and digits, as in bp150.
func (a *automaton) unbound() {
	for i := range a.ends {
		a.ends[i].bound = 0
	}
}
