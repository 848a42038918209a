package transform

import (
	"strings"
	"unicode/utf8"
)

// tokenGarbled flags text that was decoded with the wrong character set: nothing can be read in it, and what it was
// can only be found at its source.
const tokenGarbled = "[乱码]"

// garbledRare are characters that hardly occur but where Chinese in UTF-8 was read as GBK: 锛 is ， and 鐨 begins 的.
const garbledRare = "锛銆鐨鏄鎴浣鍚鍦鏈璇闂鐥鑽鍛鍘鍙鍥鎮"

// leastGarbled is how many of them make a text garbled.
const leastGarbled = 3

// markGarbled replaces text that is garbled: all of it when Chinese was read as GBK, else the runs of 锟斤拷, 烫烫烫, and
// of letters with accents that Chinese in UTF-8 becomes when it is read as Latin-1.
func markGarbled(text string) string {
	rare := 0
	for _, r := range text {
		if strings.ContainsRune(garbledRare, r) {
			rare++
		}
	}
	if rare >= leastGarbled && rare*8 >= utf8.RuneCountInString(text) {
		return tokenGarbled
	}
	out, _ := replace(text, nextGarbled)
	return out
}

// nextGarbled finds a run of the signs of a wrong character set.
func nextGarbled(text string, from int) (span, bool) {
	for at := from; at < len(text); {
		for _, sign := range []string{"锟斤拷", "烫烫烫", "屯屯屯"} {
			if rest, ok := strings.CutPrefix(text[at:], sign); ok {
				end := len(text) - len(strings.TrimLeft(rest, "锟斤拷烫屯"))
				return span{at, end, tokenGarbled}, true
			}
		}
		if end := latinRun(text, at); end > 0 {
			return span{at, end, tokenGarbled}, true
		}
		_, n := utf8.DecodeRuneInString(text[at:])
		at += n
	}
	return span{}, false
}

// latinRun returns the end of a run of characters as UTF-8 becomes in Latin-1 or Windows-1252, 0 when there is none:
// six or more, two of them a letter that begins a Chinese character.
func latinRun(text string, at int) int {
	count, begins, end := 0, 0, at
	for i, r := range text[at:] {
		isHigh := r >= 0x80 && r <= 0xff || strings.ContainsRune("€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ", r)
		if !isHigh {
			break
		}
		if r >= 'ä' && r <= 'é' {
			begins++
		}
		count++
		end = at + i + utf8.RuneLen(r)
	}
	if count < 6 || begins < 2 {
		return 0
	}
	return end
}
