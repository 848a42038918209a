package transform

import "strings"

// dayWords are days before the message. Longer words come before their beginnings.
var dayWords = []wordValue{
	{word: "大前天", value: 3}, {word: "前天", value: 2}, {word: "前晚", value: 2}, {word: "昨天", value: 1}, {word: "昨晚", value: 1}, {word: "昨日", value: 1}, {word: "昨夜", value: 1},
	{word: "今天", value: 0}, {word: "今早", value: 0}, {word: "今晚", value: 0}, {word: "刚才", value: 0}, {word: "刚刚", value: 0}, {word: "今日", value: 0},
	{word: "上上周", value: 14}, {word: "上周", value: 7}, {word: "上星期", value: 7}, {word: "上个星期", value: 7}, {word: "上礼拜", value: 7},
	{word: "上个月", value: 30}, {word: "上月", value: 30}, {word: "前年", value: 730}, {word: "去年", value: 365},
}

// DaysAgo returns how many days before the message the words near a finding put it: the last such words before it in
// its sentence, or else the first behind it in its clause. ok is false when nothing is said. Months have 30 days and
// years 365. text is what the finding was found in.
func DaysAgo(text string, f *Finding) (days int, ok bool) {
	runes := []rune(text)
	start, end := f.Start, min(f.End, len(runes))
	for start > 0 && !strings.ContainsRune("。！？；!?;\n", runes[start-1]) {
		start--
	}
	for end < len(runes) && !isBreak(runes[end]) {
		end++
	}
	sentence := string(runes[start:end])
	before := len(string(runes[start:f.Start]))
	for i := 0; i < len(sentence); {
		value, next, found := dayAt(sentence, i)
		if !found {
			i++
			continue
		}
		if i >= before && ok {
			break
		}
		days, ok, i = value, true, next
	}
	return days, ok
}

// dayAt reads 昨天, 三天前, 两个月以前 at byte i.
func dayAt(text string, i int) (days, end int, ok bool) {
	for _, w := range dayWords {
		if strings.HasPrefix(text[i:], w.word) {
			return int(w.value), i + len(w.word), true
		}
	}
	if i > 0 && isDigit(text[i-1]) || text[i]&0xc0 == 0x80 {
		return 0, i, false
	}
	span, end, ok := daysAt(text, i)
	if !ok {
		return 0, i, false
	}
	for _, behind := range []string{"以前", "之前", "前"} {
		if strings.HasPrefix(text[end:], behind) {
			return int(span), end + len(behind), true
		}
	}
	return 0, i, false
}
