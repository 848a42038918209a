package transform

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// keptPunctuation stays full width although NFKC would make it ASCII: Chinese text is read with it.
const keptPunctuation = "，！？：；（）…"

// textHints is what one look at a text tells about the work that it needs.
type textHints struct {
	clean  bool // nothing to clean
	digits int  // ASCII and Chinese digits in it
	marks  bool // it has a Latin letter or an at sign, so it may hold an account
	signs  sign // what else its characters hint at
}

// sign is a set of what a character may be a part of.
type sign uint16

const (
	signStable   sign = 1 << iota // cleaning keeps the character as it is wherever it stands
	signDigit                     // a Chinese digit
	signPlace                     // of a street or a house number
	signName                      // of a word that announces a name
	signRole                      // at the end of a care worker's role
	signAccount                   // of a word that announces an account
	signGarbled                   // of text in the wrong character set
	signDocument                  // of a word that announces the number of a document, a record or a parcel
)

// cleaner normalises text. signs has what each character of the basic plane hints at.
type cleaner struct {
	signs      [1 << 16]sign
	simplified map[rune]rune
}

func newCleaner() *cleaner {
	c := &cleaner{simplified: simplifiedOf()}
	for r := rune(0x20); r <= 0xffff; r++ {
		if _, traditional := c.simplified[r]; isStable(r) && !traditional {
			c.signs[r] |= signStable
		}
		if chineseDigit(r) >= 0 {
			c.signs[r] |= signDigit
		}
		if endsRole(r) {
			c.signs[r] |= signRole
		}
	}
	for hint, of := range map[sign]string{signPlace: "号栋幢室弄组楼路街巷村镇乡", signName: "叫姓收名系款礼签本里", signAccount: "微薇威扣企宝qvwQVW", signDocument: documentSigns, signGarbled: "锟烫屯äåæçèé" + garbledRare} {
		for _, r := range of {
			c.signs[r] |= hint
		}
	}
	return c
}

func isStable(r rune) bool {
	if strings.ContainsRune(keptPunctuation, r) {
		return true
	}
	if r == ' ' || !utf8.ValidRune(r) || dropInvisible(r) != r || unicode.IsSpace(r) || unicode.IsMark(r) {
		return false
	}
	s := string(r)
	return norm.NFKC.PropertiesString(s).BoundaryBefore() && norm.NFKC.String(s) == s
}

// look decides in one pass whether text needs cleaning and whether it may hold personal data.
func (c *cleaner) look(text string) textHints {
	h := textHints{clean: true}
	spaced := true // the previous rune was a space or there was none
	before := rune(0)
	for i := 0; i < len(text); {
		b := text[i]
		if b < utf8.RuneSelf {
			switch {
			case b == ' ' || b == '\n':
				h.clean = h.clean && !spaced
				spaced, before = true, ' '
				i++
				continue
			case b >= '0' && b <= '9':
				h.digits++
			case b < ' ' || b == 0x7f:
				h.clean = false
			case b == '<' || b == '&':
				h.clean = h.clean && markup(text[i:]) == 0
			case b == '!' || b == '?' || b == '~':
				h.clean = h.clean && rune(b) != before
			case b == '@' || (b|0x20 >= 'a' && b|0x20 <= 'z'):
				h.marks = true
				h.signs |= c.signs[b]
			}
			spaced, before = false, rune(b)
			i++
			continue
		}
		spaced = false
		r, n := han(text, i), 3
		if r < 0x800 || r >= 0xd800 && r < 0xe000 {
			r, n = utf8.DecodeRuneInString(text[i:])
		}
		i += n
		if r > 0xffff || (r == utf8.RuneError && n == 1) {
			h.clean = false
			continue
		}
		s := c.signs[r]
		h.signs |= s
		h.clean = h.clean && s&signStable != 0
		h.digits += int(s & signDigit >> 1)
		switch {
		case r == before && isFolded(r):
			h.clean = false
		case r == '是' && before == '我':
			h.signs |= signName
		case r == '道' && before == '大':
			h.signs |= signPlace
		}
		before = r
	}
	h.clean = h.clean && (!spaced || text == "")
	return h
}

// clean returns text in NFKC with Chinese punctuation kept, without invisible and control characters,
// with each run of white space as one space (one line break when there was a break in it) and none at
// either end, traditional characters simplified, tags and entities of HTML resolved, and a sign that is
// repeated (！！！) once. Clean text comes back as the same string.
func (c *cleaner) clean(text string) string {
	if c.look(text).clean {
		return text
	}
	return c.rewrite(text, nil)
}

// rewrite cleans text that is not clean. When from is not nil, the index of the input rune that each
// output rune came from is appended to it, and the number of input runes at the end.
func (c *cleaner) rewrite(text string, from *[]int32) string {
	if from == nil && c.look(text).signs&signGarbled != 0 {
		text = markGarbled(text) // before its signs are cleaned away
	}
	var out strings.Builder
	out.Grow(len(text))
	w := cleanWriter{out: &out, from: from, simplified: c.simplified}
	for pos, index := 0, int32(0); pos < len(text); {
		if n := w.markup(text[pos:], index); n > 0 {
			index += int32(utf8.RuneCountInString(text[pos : pos+n]))
			pos += n
			continue
		}
		n, runes := c.segment(text[pos:])
		w.write(text[pos:pos+n], index)
		pos += n
		index += runes
	}
	if from != nil {
		*from = append(*from, int32(utf8.RuneCountInString(text)))
	}
	return out.String()
}

// segment returns the bytes and runes of the next piece of text that can be normalised by itself: a
// character with the marks that combine with it, looking through what nobody sees.
func (c *cleaner) segment(text string) (size int, runes int32) {
	_, size = utf8.DecodeRuneInString(text)
	runes = 1
	for size < len(text) {
		r, n := utf8.DecodeRuneInString(text[size:])
		if dropInvisible(r) >= 0 && norm.NFKC.PropertiesString(text[size:]).BoundaryBefore() {
			break
		}
		size += n
		runes++
	}
	return size, runes
}

// cleanWriter collects cleaned runes and folds white space.
type cleanWriter struct {
	out   *strings.Builder
	from  *[]int32
	space rune  // pending white space: 0, ' ' or '\n'
	where int32 // index of the rune where it began
	last  rune  // that was written

	simplified map[rune]rune
}

// markup writes what a tag or an entity at the beginning of text stands for, and returns its length, 0 for none.
func (w *cleanWriter) markup(text string, index int32) int {
	switch n := markup(text); {
	case n == 0:
		return 0
	case text[0] == '&':
		_, char := entityAt(text)
		w.write(char, index)
		return n
	default:
		if _, breaks := tagAt(text); breaks {
			w.gap('\n', index)
		} else if w.last == '<' || w.last == '&' {
			w.gap(' ', index) // else what stood apart would become a tag
		}
		return n
	}
}

// markup returns the length of the tag or entity that a text begins with, 0 for none.
func markup(text string) int {
	switch text[0] {
	case '<':
		n, _ := tagAt(text)
		return n
	case '&':
		name, _ := entityAt(text)
		return len(name)
	}
	return 0
}

// isFolded says that a sign means no more when it is repeated.
func isFolded(r rune) bool {
	switch r {
	case '！', '？', '，', '。', '、', '；', '～', '!', '?', '~':
		return true
	}
	return false
}

func (w *cleanWriter) write(piece string, index int32) {
	piece = strings.Map(dropInvisible, piece)
	r, n := utf8.DecodeRuneInString(piece)
	if n == len(piece) && strings.ContainsRune(keptPunctuation, r) {
		w.put(r, index)
		return
	}
	for _, r := range norm.NFKC.String(piece) {
		switch {
		case r == '\n' || r == '\u2028' || r == '\u2029' || r == '\r':
			w.gap('\n', index)
		case unicode.IsSpace(r):
			w.gap(' ', index)
		case dropInvisible(r) >= 0:
			w.put(r, index)
		}
	}
}

func (w *cleanWriter) gap(space rune, index int32) {
	if w.space == 0 {
		w.where = index
	}
	if w.space != '\n' {
		w.space = space
	}
}

func (w *cleanWriter) put(r rune, index int32) {
	if w.space != 0 && w.out.Len() > 0 {
		w.emit(w.space, w.where)
	}
	if s, ok := w.simplified[r]; ok {
		r = s
	}
	if w.space == 0 && r == w.last && isFolded(r) {
		return
	}
	w.space = 0
	w.emit(r, index)
}

func (w *cleanWriter) emit(r rune, index int32) {
	w.last = r
	w.out.WriteRune(r)
	if w.from != nil {
		*w.from = append(*w.from, index)
	}
}

// dropInvisible maps characters that nobody sees (zero-width, direction marks, variation selectors,
// controls, private use, what was no UTF-8) to -1 and keeps the others. Emoji lose their joiners and stay as their parts.
func dropInvisible(r rune) rune {
	switch {
	case r == '\n' || r == '\t' || r == '\r':
		return r
	case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), unicode.Is(unicode.Cs, r):
		return -1
	case unicode.Is(unicode.Variation_Selector, r), r == '\u034f', r == '\u115f', r == '\u1160', r == '\u3164', r == '\uffa0', r == '\ufffd':
		return -1
	}
	return r
}

// chineseDigit returns the value of a Chinese digit as telephone numbers are read out, or -1.
func chineseDigit(r rune) int {
	switch r {
	case '零', '〇':
		return 0
	case '一', '幺', '壹':
		return 1
	case '二', '两', '贰':
		return 2
	case '三', '叁':
		return 3
	case '四', '肆':
		return 4
	case '五', '伍':
		return 5
	case '六', '陆':
		return 6
	case '七', '柒':
		return 7
	case '八', '捌':
		return 8
	case '九', '玖':
		return 9
	}
	return -1
}
