package transform

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A number in a text is a list of groups of digits with one separator between two of them:
// 138 0000 0001, 010-6555 1234, +86-13800000001. Which groups together are a telephone number, an identity
// card or a bank card is decided by the digits and by how they are grouped, so that dates and blood
// pressures in a row (2026-01-06, 150-95) stay.

type digitGroup struct {
	start, end int // bytes
	size       int // digits
}

// digitRun is a number with the digits of all its groups in ASCII.
type digitRun struct {
	text   string
	groups []digitGroup
	digits []byte
}

const (
	maxGroups    = 24
	maxRunDigits = 64
)

// nextNumber finds the next number that names or reaches a person.
func nextNumber(text string, from int) (span, bool) {
	for at := from; at < len(text); {
		run, next := readRun(text, at)
		if len(run.digits) >= 7 {
			if s, ok := run.first(); ok {
				return s, true
			}
		}
		at = next
	}
	return span{}, false
}

// readRun reads the next run of digit groups at or behind position at, and returns where to go on.
func readRun(text string, at int) (digitRun, int) {
	run := digitRun{text: text}
	for at < len(text) {
		if _, n := digitAt(text, at); n > 0 {
			break
		}
		_, n := utf8.DecodeRuneInString(text[at:])
		at += n
	}
	for at < len(text) && len(run.groups) < maxGroups && len(run.digits) < maxRunDigits {
		start := at
		for at < len(text) {
			d, n := digitAt(text, at)
			if n == 0 {
				break
			}
			run.digits = append(run.digits, '0'+d)
			at += n
		}
		run.groups = append(run.groups, digitGroup{start: start, end: at})
		last := &run.groups[len(run.groups)-1]
		last.size = len(run.digits)
		for _, g := range run.groups[:len(run.groups)-1] {
			last.size -= g.size
		}
		n := separator(text[at:])
		if n == 0 {
			break
		}
		if _, d := digitAt(text, at+n); d == 0 {
			break
		}
		at += n
	}
	return run, at
}

// digitAt returns the digit at a position, ASCII or Chinese, and its length, 0 for none.
func digitAt(text string, at int) (digit byte, size int) {
	if at >= len(text) {
		return 0, 0
	}
	if c := text[at]; c < utf8.RuneSelf {
		if isDigit(c) {
			return c - '0', 1
		}
		return 0, 0
	}
	r, n := utf8.DecodeRuneInString(text[at:])
	if d := chineseDigit(r); d >= 0 {
		return byte(d), n
	}
	return 0, 0
}

// separator returns the length of what may stand between two groups: a space, a line, brackets, also two
// of them as in ") " or " - ".
func separator(text string) int {
	n := 0
	for n < len(text) && n < 3 && strings.IndexByte(" -().", text[n]) >= 0 {
		n++
	}
	return n
}

// first finds the first personal number in the run: from each group on the longest that fits.
func (r *digitRun) first() (span, bool) {
	offset := 0
	for i := range r.groups {
		for j := min(len(r.groups), i+19); j > i; j-- {
			if s, ok := r.match(i, j, offset); ok {
				return s, true
			}
		}
		offset += r.groups[i].size
	}
	return span{}, false
}

func (r *digitRun) match(i, j, offset int) (span, bool) {
	size := 0
	sizes := make([]int, 0, maxGroups)
	for _, g := range r.groups[i:j] {
		size += g.size
		sizes = append(sizes, g.size)
	}
	if size < 7 || size > 21 {
		return span{}, false
	}
	s := span{start: r.groups[i].start, end: r.groups[j-1].end}
	digits := string(r.digits[offset : offset+size])
	dotted := strings.Contains(r.text[s.start:s.end], ".")
	switch {
	case isIdentity(digits, sizes, r.checkLetter(s.end)):
		s.token = tokenID
		s.end += r.checkLetter(s.end)
	case isMobile(digits, sizes):
		s.token = tokenPhone
		s.start -= countPlus(r.text[:s.start])
	case !dotted && isCard(digits, sizes):
		s.token = tokenCard
	case !dotted && isLandline(digits, sizes):
		s.token = tokenPhone
		s.start -= countBracket(r.text[:s.start])
	case len(sizes) == 1 && size <= 12 && announced(r.text[:s.start], phoneWords):
		s.token = tokenPhone
	case !dotted && size >= 15 && size <= 19 && announced(r.text[:s.start], cardWords):
		s.token = tokenCard
	case !dotted && size >= 15 && size <= 18 && announced(r.text[:s.start], identityWords):
		s.token = tokenID
		s.end += r.checkLetter(s.end)
	default:
		return s, false
	}
	return s, true
}

// checkLetter is 1 when the X of an identity card stands at a position, with no letter behind it.
func (r *digitRun) checkLetter(at int) int {
	if at < len(r.text) && r.text[at]|0x20 == 'x' && (at+1 == len(r.text) || !isAlnum(r.text[at+1])) {
		return 1
	}
	return 0
}

func countPlus(before string) int {
	if strings.HasSuffix(before, "+") {
		return 1
	}
	return 0
}

func countBracket(before string) int {
	if strings.HasSuffix(before, "(") {
		return 1
	}
	return 0
}

// grouped says that digits are grouped in one of the ways people write such a number, or one by one.
func grouped(sizes []int, ways ...[]int) bool {
	if len(sizes) > 7 && slices.Max(sizes) == 1 {
		return true
	}
	return slices.ContainsFunc(ways, func(w []int) bool { return slices.Equal(w, sizes) })
}

var mobileWays = [][]int{{11}, {3, 4, 4}, {3, 8}, {7, 4}, {4, 4, 3}, {3, 3, 5}, {5, 6}, {4, 3, 4}, {4, 7}, {6, 5}, {8, 3}}

// isMobile knows mobile numbers of mainland China, with or without the country code.
func isMobile(digits string, sizes []int) bool {
	for _, code := range []string{"0086", "086", "86"} {
		rest, ok := strings.CutPrefix(digits, code)
		if !ok || len(rest) != 11 {
			continue
		}
		if sizes[0] == len(code) {
			return isMobile(rest, sizes[1:])
		}
		less := slices.Clone(sizes)
		if less[0] -= len(code); less[0] > 0 {
			return isMobile(rest, less)
		}
	}
	return len(digits) == 11 && digits[0] == '1' && digits[1] >= '3' && grouped(sizes, mobileWays...)
}

// isLandline knows area code and number, and service numbers that begin with 400 or 800.
func isLandline(digits string, sizes []int) bool {
	if (strings.HasPrefix(digits, "400") || strings.HasPrefix(digits, "800")) && len(digits) == 10 {
		return grouped(sizes, []int{10}, []int{3, 3, 4}, []int{3, 4, 3}, []int{3, 7})
	}
	if digits[0] != '0' || digits[1] == '0' || len(digits) < 10 || len(digits) > 12 {
		return false
	}
	area := 4
	if digits[1] == '1' || digits[1] == '2' {
		area = 3
	}
	rest := len(digits) - area
	return (rest == 7 || rest == 8) && grouped(sizes, []int{len(digits)}, []int{area, rest}, []int{area, rest - 4, 4}, []int{area, 4, rest - 4})
}

// Words that call the number behind them what it is, so that a mistyped one goes too.
var (
	phoneWords    = []string{"电话", "手机", "联系方式", "座机", "固话", "致电", "热线"}
	cardWords     = []string{"卡", "银行卡", "账", "账户"}
	identityWords = []string{"身份证", "证件"}
)

// announced says that one of the words stands just before a number.
func announced(before string, words []string) bool {
	before = strings.TrimRight(before, " :：是为,，(号码")
	return slices.ContainsFunc(words, func(w string) bool { return strings.HasSuffix(before, w) })
}

var identityWays = [][]int{{18}, {17}, {15}, {6, 8, 4}, {6, 8, 3}, {6, 4, 4, 4}, {6, 4, 4, 3}, {6, 4, 2, 2, 4}, {6, 4, 2, 2, 3}, {3, 3, 4, 4, 4}, {3, 3, 4, 4, 3}, {6, 6, 3}}

// isIdentity knows identity card numbers: 18 digits, 17 with the check letter X, or 15 of the old kind.
// A wrong check digit is let pass when place and birth date are right, as people mistype.
func isIdentity(digits string, sizes []int, letter int) bool {
	if !grouped(sizes, identityWays...) || digits[0] == '0' || digits[0] == '9' || digits[0] > '8' {
		return false
	}
	switch len(digits) + letter {
	case 18:
		if len(digits) == 18 && letter == 0 || len(digits) == 17 {
			return isDay(digits[6:10], digits[10:12], digits[12:14]) || identityCheck(digits)
		}
	case 15:
		return letter == 0 && isDay("19"+digits[6:8], digits[8:10], digits[10:12])
	}
	return false
}

func isDay(year, month, day string) bool {
	return year >= "1880" && year <= "2099" && month >= "01" && month <= "12" && day >= "01" && day <= "31"
}

// identityCheck is the check digit of ISO 7064 MOD 11-2; 17 digits stand for a number that ends in X.
func identityCheck(digits string) bool {
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += w * int(digits[i]-'0')
	}
	check := byte('X')
	if len(digits) == 18 {
		check = digits[17]
	}
	return "10X98765432"[sum%11] == check
}

// isCard knows bank cards: 16 to 19 digits that pass the Luhn check and begin like a card.
func isCard(digits string, sizes []int) bool {
	n := len(digits)
	if n < 16 || n > 19 || digits[0] < '3' || digits[0] > '6' {
		return false
	}
	if !grouped(sizes, []int{n}, []int{4, 4, 4, 4}, []int{4, 4, 4, 4, n - 16}, []int{6, n - 6}, []int{4, n - 4}, []int{8, n - 8}) {
		return false
	}
	sum := 0
	for i := range n {
		d := int(digits[n-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
