package transform

import (
	"strings"
	"unicode/utf8"
)

// provinces begin a number plate.
const provinces = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"

// platePattern is how many letters and digits follow the letter of the city: five, or six of electric cars.
const (
	plateSigns         = 5
	plateSignsElectric = 6
)

// nextPlate finds a number plate: province, letter, five or six letters and digits, at least three of them digits.
func nextPlate(text string, from int) (span, bool) {
	for at := from + 1; at < len(text); at++ {
		if text[at]|0x20 < 'a' || text[at]|0x20 > 'z' || text[at-1] < utf8.RuneSelf {
			continue
		}
		r, size := utf8.DecodeLastRuneInString(text[from:at])
		if !strings.ContainsRune(provinces, r) {
			continue
		}
		if end := plateEnd(text, at+1); end > 0 {
			return span{at - size, end, tokenPlate}, true
		}
	}
	return span{}, false
}

// plateEnd returns the end of the signs behind the city's letter, 0 when they are no plate's.
func plateEnd(text string, at int) int {
	for _, dot := range []string{"·", "•", ".", " ", "-"} {
		if rest, ok := strings.CutPrefix(text[at:], dot); ok {
			at = len(text) - len(rest)
			break
		}
	}
	end, digits := at, 0
	for end < len(text) && isAlnum(text[end]) {
		if isDigit(text[end]) {
			digits++
		}
		end++
	}
	if n := end - at; n != plateSigns && n != plateSignsElectric || digits < 3 {
		return 0
	}
	return end
}

// nextLink finds an address of the web that has a number of four digits or more in its path or query: it may lead
// to a person.
func nextLink(text string, from int) (span, bool) {
	for at := from; at < len(text); at++ {
		rest := text[at:]
		if !strings.HasPrefix(rest, "http://") && !strings.HasPrefix(rest, "https://") && !strings.HasPrefix(rest, "www.") {
			continue
		}
		end := at
		for end < len(text) && text[end] > ' ' && text[end] < utf8.RuneSelf && strings.IndexByte("<>\"'()[]{}", text[end]) < 0 {
			end++
		}
		if hasDigits(text[at:end], 4) {
			return span{at, end, tokenLink}, true
		}
		at = end - 1
	}
	return span{}, false
}

func hasDigits(text string, size int) bool {
	n := 0
	for i := range len(text) {
		if n++; !isDigit(text[i]) {
			n = 0
		}
		if n >= size {
			return true
		}
	}
	return false
}
