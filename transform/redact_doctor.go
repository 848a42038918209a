package transform

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A care worker who is addressed by name becomes their role: 王医生 and 李小雷主任 leave 医生 and 主任. The role is
// what the text needs; 谢谢医生, 检查医生, 当时医生 have no name in them although each has a surname before the role.

// roleOf returns the role that ends with the character behind a position, "" for none.
func roleOf(text string, end int) string {
	for _, role := range []string{"医生", "大夫", "主任", "药师", "医师", "教授", "护士", "院长", "老师", "博士", "护士长"} {
		if strings.HasSuffix(text[:end], role) {
			return role
		}
	}
	return ""
}

// endsRole says that a role ends with this character.
func endsRole(r rune) bool {
	switch r {
	case '生', '夫', '任', '师', '授', '士', '长':
		return true
	}
	return false
}

// nextDoctor finds the name before a role.
func nextDoctor(text string, from int) (span, bool) {
	for at := from; at < len(text); {
		r, n := utf8.DecodeRuneInString(text[at:])
		at += n
		if !endsRole(r) {
			continue
		}
		role := roleOf(text, at)
		if role == "" || at-len(role) <= from {
			continue
		}
		if start := doctorStart(text, from, at-len(role)); start >= 0 {
			return span{start: start, end: at - len(role)}, true
		}
	}
	return span{}, false
}

// doctorStart returns where a name that ends at a position begins, -1 when there is none: surname and given name
// behind a sign or a word of address, or a surname alone.
func doctorStart(text string, from, end int) int {
	starts := [4]int{}
	start, n := end, 0
	for n < len(starts) && start > from {
		r, size := utf8.DecodeLastRuneInString(text[from:start])
		if !unicode.Is(unicode.Han, r) {
			break
		}
		start -= size
		starts[n] = start
		n++
	}
	for i := n - 1; i > 0; i-- {
		if isFullName(text[starts[i]:end], i+1) && addressedBefore(text[from:starts[i]]) && !isThanks(text[from:starts[i]], text[starts[i]:end]) {
			return starts[i]
		}
	}
	if n > 1 && surnameAt(text, starts[1]) == end-starts[1] {
		return starts[1] // a surname of two characters
	}
	if n > 0 && surnameAt(text, starts[0]) > 0 && !isWordEnd(text[from:starts[0]], text[starts[0]:end]) {
		return starts[0]
	}
	return -1
}

// isFullName says that a word of so many characters is a surname with one or two characters of a given name.
func isFullName(word string, size int) bool {
	surname := surnameAt(word, 0)
	if given := size - utf8.RuneCountInString(word[:surname]); surname == 0 || given < 1 || given > 2 {
		return false
	}
	return !beginsOrdinary(word) && !strings.ContainsAny(word[surname:], unnamed+"谢您好请找科院边时")
}

// isThanks says that a name begins with the second half of 谢谢, 感谢, 多谢.
func isThanks(before, name string) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	return strings.HasPrefix(name, "谢") && strings.ContainsRune(wordEnds['谢'], last) && before != ""
}

// addressedBefore says that what stands before lets a name begin: nothing, a sign, or a word of address.
func addressedBefore(before string) bool {
	r, _ := utf8.DecodeLastRuneInString(before)
	return before == "" || !unicode.Is(unicode.Han, r) || strings.ContainsRune("谢好是问您你找请的了科院跟给让叫", r)
}

// wordEnds are surnames that also end words, and the characters before that make one; "*" is any, "-" any that
// is no word of address.
var wordEnds = map[rune]string{
	'谢': "谢感多拜致答道", '和': "*", '时': "*", '边': "*", '向': "*", '与': "*", '查': "-", '于': "-", '许': "允也或准", '任': "责主信", '温': "-",
	'安': "晚治早平公", '林': "西匹司", '康': "泰健", '明': "-", '方': "对双地官处药各大多", '何': "任如为", '成': "-", '管': "-", '解': "*", '白': "-",
	'全': "-", '应': "-", '关': "-", '易': "-", '万': "-", '金': "-", '费': "-", '马': "-", '房': "-", '史': "-", '黄': "-", '高': "-", '连': "-", '单': "-",
	'路': "-", '游': "-", '车': "-", '项': "-", '包': "-", '左': "-", '席': "-", '宫': "-", '段': "-", '汤': "-", '季': "-", '曾': "-", '麻': "-", '冷': "-",
	'池': "-", '石': "-", '江': "-", '宁': "-", '苏': "-", '华': "-", '余': "-", '文': "-", '武': "-", '牛': "-", '米': "-", '平': "-", '祝': "-", '甘': "-",
	'农': "-", '简': "-", '师': "*", '家': "*", '党': "-", '景': "-", '阳': "-", '司': "*", '古': "-", '商': "*", '柴': "-", '童': "*",
}

// isWordEnd says that a surname before a role is the end of another word.
func isWordEnd(before, surname string) bool {
	r, _ := utf8.DecodeRuneInString(surname)
	last, _ := utf8.DecodeLastRuneInString(before)
	switch ends := wordEnds[r]; {
	case ends == "":
		return false
	case ends == "*":
		return true
	case ends == "-":
		return !addressedBefore(before)
	case strings.HasSuffix(before, "谢谢") || strings.HasSuffix(before, "感谢"):
		return false // 谢谢谢医生
	default:
		return before != "" && strings.ContainsRune(ends, last)
	}
}
