package transform

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// numberAt reads the number that begins at byte i, in digits or in Chinese: 12, 2.5, 两, 半, 十二, 一百五, 七点八. A
// half stands for 0.5; the 五 of 一百五 for fifty.
func numberAt(text string, i int) (value float64, end int, ok bool) {
	for end = i; end < len(text) && (isDigit(text[end]) || text[end] == '.' && end > i && end+1 < len(text) && isDigit(text[end+1])); {
		end++
	}
	if end > i {
		value, err := strconv.ParseFloat(text[i:end], 64)
		return value, end, err == nil
	}
	return chineseNumber(text, i)
}

// chineseNumber reads a number up to 999 with decimals.
func chineseNumber(text string, i int) (value float64, end int, ok bool) {
	if strings.HasPrefix(text[i:], "半") {
		return 0.5, i + len("半"), true
	}
	total, digit, last, end := 0, -1, 1, i
	for end < len(text) {
		r, size := utf8.DecodeRuneInString(text[end:])
		d := spokenDigit(r)
		switch {
		case d >= 0 && digit < 0:
			digit = d
		case r == '十' && (last == 1 || last == 100):
			total, digit, last = total+10*max(digit, 1)*btoi(digit != 0), -1, 10
		case r == '百' && digit > 0 && last == 1:
			total, digit, last = 100*digit, -1, 100
		case r == '点' && (digit >= 0 || total > 0):
			return chineseDecimals(text, total+max(digit, 0), end)
		default:
			size = 0
		}
		if size == 0 {
			break
		}
		if d == 0 {
			digit, last = -1, max(last, 1) // 一百零五
			if total == 0 {
				digit = 0
			} else {
				last = 10
			}
		}
		end += size
	}
	if end == i || total == 0 && digit < 0 {
		return 0, i, false
	}
	if digit > 0 && last == 100 {
		digit *= 10 // 一百五
	}
	return float64(total + max(digit, 0)), end, true
}

// chineseDecimals reads what stands behind 点.
func chineseDecimals(text string, whole, end int) (float64, int, bool) {
	value, place, next := float64(whole), 0.1, end+len("点")
	for next < len(text) && place > 0.001 {
		r, size := utf8.DecodeRuneInString(text[next:])
		d := spokenDigit(r)
		if d < 0 {
			break
		}
		value, place, next = value+float64(d)*place, place/10, next+size
	}
	if place == 0.1 {
		return value, end, true // 三点: no decimals
	}
	return round(value), next, true
}

// spokenDigit is chineseDigit with 俩 and 仨.
func spokenDigit(r rune) int {
	switch r {
	case '俩':
		return 2
	case '仨':
		return 3
	}
	return chineseDigit(r)
}

// daysAt reads a span of time: 三个月, 半年, 一年半, 一个半月, 二十来天.
func daysAt(text string, i int) (days float64, end int, ok bool) {
	if rest, found := strings.CutPrefix(text[i:], "半年"); found {
		return 180, len(text) - len(rest), true
	}
	value, end, ok := numberAt(text, i)
	if !ok {
		return 0, i, false
	}
	if half := strings.HasPrefix(text[end:], "个半月"); half {
		return value*30 + 15, end + len("个半月"), true
	}
	for _, u := range timeUnits {
		if strings.HasPrefix(text[end:], u.word) {
			days, end = value*u.value, end+len(u.word)
			if strings.HasPrefix(text[end:], "半") {
				days, end = days+u.value/2, end+len("半")
			}
			return round(days), end, true
		}
	}
	return 0, i, false
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
