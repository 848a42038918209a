package transform

import (
	"strings"
	"unicode/utf8"
)

// Tokens of what a word in front of it names a person by: a record in a hospital, a parcel, an order, a device.
const (
	tokenRecord = "[病历号]"
	tokenParcel = "[单号]"
	tokenIP     = "[IP]"
)

// numberWords call the code behind them what it is; the longer of two stands first. fewest is how many characters such
// a code has at least, and every code has four digits or more.
var numberWords = []struct {
	word, token string
	fewest      int
}{
	{"港澳台居民居住证", tokenID, 8}, {"港澳通行证", tokenID, 8}, {"回乡证", tokenID, 8}, {"台胞证", tokenID, 8}, {"通行证", tokenID, 8},
	{"护照", tokenID, 7}, {"居住证", tokenID, 8}, {"军官证", tokenID, 6}, {"驾驶证", tokenID, 12}, {"驾照", tokenID, 12},
	{"社会保障卡", tokenID, 8}, {"社保卡", tokenID, 8}, {"社保号", tokenID, 8}, {"医保卡", tokenID, 8}, {"医保号", tokenID, 8}, {"医保编号", tokenID, 8},
	{"住院号", tokenRecord, 5}, {"病历号", tokenRecord, 5}, {"病案号", tokenRecord, 5}, {"门诊号", tokenRecord, 5}, {"登记号", tokenRecord, 5},
	{"就诊号", tokenRecord, 5}, {"就诊卡", tokenRecord, 5}, {"诊疗卡", tokenRecord, 5}, {"病人ID", tokenRecord, 5}, {"患者ID", tokenRecord, 5},
	{"快递单号", tokenParcel, 8}, {"运单号", tokenParcel, 8}, {"物流单号", tokenParcel, 8}, {"快递号", tokenParcel, 8}, {"单号", tokenParcel, 8},
	{"订单编号", tokenParcel, 8}, {"订单号", tokenParcel, 8},
}

// documentSigns are the characters by which a first look finds that one of the words may be there.
const documentSigns = "证照卡号单I"

// numberJoins may stand between the word and its code.
var numberJoins = []string{"号码", "编号", "号", "是", "为", "：", ":", " ", "，", ",", "(", "（", "NO.", "No.", "no."}

// numberStarts are the characters that the words begin with.
var numberStarts = func() *runeSet {
	s := new(runeSet)
	for _, w := range numberWords {
		first, _ := utf8.DecodeRuneInString(w.word)
		s.add(first)
	}
	return s
}()

// hasCode is a quick look for what every code holds: four digits with nothing but letters and joins between them.
func hasCode(text string) bool {
	digits := 0
	for i := range len(text) {
		switch c := text[i]; {
		case isDigit(c):
			if digits++; digits == 4 {
				return true
			}
		case !isLetter(c) && strings.IndexByte("-_ ()", c) < 0:
			digits = 0
		}
	}
	return false
}

// nextDocument finds a code behind the word that says what it is.
func nextDocument(text string, from int) (span, bool) {
	for at := from; at < len(text); {
		first, n := utf8.DecodeRuneInString(text[at:])
		if !numberStarts.has(first) {
			at += n
			continue
		}
		for _, w := range numberWords {
			rest, ok := strings.CutPrefix(text[at:], w.word)
			if !ok {
				continue
			}
			start := skipNumberJoins(text, len(text)-len(rest))
			if end := codeEnd(text, start, w.fewest); end > 0 {
				return span{start, end, w.token}, true
			}
		}
		at += n
	}
	return span{}, false
}

func skipNumberJoins(text string, at int) int {
	for n := 0; n < 4; n++ {
		before := at
		for _, j := range numberJoins {
			if strings.HasPrefix(text[at:], j) {
				at += len(j)
				break
			}
		}
		if at == before {
			break
		}
	}
	return at
}

// codeEnd returns the end of a code of letters and digits, which may have single lines, spaces between groups of
// digits, and brackets around its last sign; 0 when there is none.
func codeEnd(text string, at, fewest int) int {
	end, signs, digits := at, 0, 0
	for i := at; i < len(text) && signs < maxAccount; i++ {
		c := text[i]
		switch {
		case isDigit(c):
			digits++
			signs++
			end = i + 1
		case isLetter(c):
			signs++
			end = i + 1
		case i > at && strings.IndexByte("-_ ()", c) >= 0 && i+1 < len(text) && (isDigit(text[i+1]) || c != ' ' && isLetter(text[i+1])):
		default:
			i = len(text)
		}
	}
	if signs < fewest || digits < 4 {
		return 0
	}
	if end < len(text) && text[end] == ')' && strings.LastIndexByte(text[at:end], '(') >= 0 {
		end++
	}
	return end
}

// nextIP finds an address of the internet: four numbers up to 255, not part of a longer number, and not all so small
// that they may be a date and a count.
func nextIP(text string, from int) (span, bool) {
	for at := from; at < len(text); at++ {
		if !isDigit(text[at]) || at > 0 && (isAlnum(text[at-1]) || text[at-1] == '.') {
			continue
		}
		if end := ipEnd(text, at); end > 0 {
			return span{at, end, tokenIP}, true
		}
		for at+1 < len(text) && (isAlnum(text[at+1]) || text[at+1] == '.') {
			at++
		}
	}
	return span{}, false
}

func ipEnd(text string, at int) int {
	largest := 0
	for part := range 4 {
		start, value := at, 0
		for at < len(text) && isDigit(text[at]) && at-start < 3 {
			value = 10*value + int(text[at]-'0')
			at++
		}
		if at == start || value > 255 || at-start > 1 && text[start] == '0' {
			return 0
		}
		largest = max(largest, value)
		if part < 3 {
			if at == len(text) || text[at] != '.' {
				return 0
			}
			at++
		}
	}
	if largest <= 31 || at < len(text) && (isAlnum(text[at]) || text[at] == '.' && at+1 < len(text) && isDigit(text[at+1])) {
		return 0
	}
	return at
}

// runeSet is a set of characters below 65,536.
type runeSet [1 << 10]uint64

func (s *runeSet) add(r rune) { s[r>>6] |= 1 << (r & 63) }

func (s *runeSet) has(r rune) bool { return r < 1<<16 && s[r>>6]&(1<<(r&63)) != 0 }
