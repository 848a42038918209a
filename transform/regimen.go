package transform

import (
	"math/bits"
	"strings"
	"unicode/utf8"
)

// Kinds of readings that say how a drug is taken. Frequency is per day, duration in days, a month has 30 of them.
const (
	kindDose      = "dose"
	kindFrequency = "dose_frequency"
	kindDuration  = "duration"
)

// Contexts of a duration.
const (
	contextTaken   = "taken"   // 吃了三个月
	contextStopped = "stopped" // 停药两周, 两天没吃药
	contextAway    = "away"    // 半年没复查
)

// wordValue is a word and the number or unit that it stands for.
type wordValue struct {
	word  string
	value float64
	unit  string
}

// doseUnits stand behind the number of a dose. Longer words come before their beginnings.
var doseUnits = []wordValue{
	{"片", 1, "tablet"}, {"粒", 1, "capsule"}, {"颗", 1, "capsule"}, {"袋", 1, "sachet"}, {"包", 1, "sachet"}, {"支", 1, "ampoule"},
	{"丸", 1, "pill"}, {"个单位", 1, "IU"}, {"单位", 1, "IU"}, {"iu", 1, "IU"}, {"mg", 1, "mg"}, {"毫克", 1, "mg"}, {"ml", 1, "mL"},
	{"毫升", 1, "mL"}, {"g", 1000, "mg"}, {"克", 1000, "mg"}, {"u", 1, "IU"}, {"滴", 1, "drop"}, {"贴", 1, "patch"},
}

// periods are how often a day something happens that happens once in them, before a dose or a count.
var periods = []wordValue{
	{word: "早中晚", value: 3}, {word: "早晚", value: 2}, {word: "隔一天", value: 0.5}, {word: "隔天", value: 0.5}, {word: "隔日", value: 0.5},
	{word: "两天", value: 0.5}, {word: "每两天", value: 0.5}, {word: "一天", value: 1}, {word: "每天", value: 1}, {word: "一日", value: 1},
	{word: "每日", value: 1}, {word: "天天", value: 1}, {word: "每晚", value: 1}, {word: "每早", value: 1}, {word: "睡前", value: 1},
	{word: "1天", value: 1}, {word: "1日", value: 1}, {word: "一周", value: 1.0 / 7}, {word: "每周", value: 1.0 / 7}, {word: "一个星期", value: 1.0 / 7},
	{word: "三餐", value: 3}, {word: "每餐", value: 3}, {word: "每顿", value: 3}, {word: "每三天", value: 1.0 / 3},
	{word: "两周", value: 1.0 / 14}, {word: "每两周", value: 1.0 / 14}, {word: "三周", value: 1.0 / 21}, {word: "每三周", value: 1.0 / 21},
	{word: "21天", value: 1.0 / 21}, {word: "28天", value: 1.0 / 28}, {word: "每28天", value: 1.0 / 28}, {word: "四周", value: 1.0 / 28},
	{word: "每星期", value: 1.0 / 7}, {word: "每礼拜", value: 1.0 / 7}, {word: "一礼拜", value: 1.0 / 7}, {word: "一个礼拜", value: 1.0 / 7}, {word: "一星期", value: 1.0 / 7}, {word: "一个月", value: 1.0 / 30}, {word: "每个月", value: 1.0 / 30}, {word: "每月", value: 1.0 / 30},
}

// periodsBy groups the periods by their first byte and the last of their first character, in their order.
var periodsBy = func() (by [256][]wordValue) {
	for _, p := range periods {
		at := firstCharacter(p.word)
		by[at] = append(by[at], p)
	}
	return by
}()

// firstCharacter is a number that few characters share.
func firstCharacter(text string) byte {
	if text[0] < utf8.RuneSelf {
		return text[0]
	}
	return text[1]<<6 ^ text[2]
}

// countless are the periods that say how often without a count: 早晚吃, 隔天打.
var countless = []string{"早中晚", "早晚", "隔一天", "隔天", "隔日"}

// shortFrequencies are the letters of prescriptions.
var shortFrequencies = []wordValue{{word: "qod", value: 0.5}, {word: "bid", value: 2}, {word: "tid", value: 3}, {word: "qid", value: 4}, {word: "qd", value: 1}, {word: "qn", value: 1}, {word: "qw", value: 1.0 / 7}}

// timeUnits are days.
var timeUnits = []wordValue{{word: "个月", value: 30}, {word: "个多月", value: 30}, {word: "个星期", value: 7}, {word: "个礼拜", value: 7}, {word: "星期", value: 7}, {word: "礼拜", value: 7},
	{word: "周", value: 7}, {word: "来天", value: 1}, {word: "多天", value: 1}, {word: "天", value: 1}, {word: "多年", value: 365}, {word: "年", value: 365}, {word: "月", value: 30}}

// notDrugs in a sentence say that its times a day are of something else.
var notDrugs = []string{"拉", "咳", "吐", "便", "尿", "厕所", "洗", "走路", "步", "饭", "水", "奶", "量", "测", "醒", "疼", "痛", "发烧", "抽烟", "烟", "酒", "屁", "运动", "锻炼", "大号", "小号", "复查", "检查", "透析", "直播", "课", "喷嚏", "嗝"}

// eachTimes stand before a dose.
var eachTimes = []string{"每次", "一次", "每回", "一回", "1次", "次"}

// timesWords stand behind a count.
var timesWords = []string{"次", "回", "顿", "遍", "针"}

// verbs stand between a period and a dose or a count.
var verbs = []string{"早上", "早晨", "晚上", "中午", "下午", "睡前", "早饭后", "晚饭后", "午饭后", "饭后", "饭前", "空腹", "随餐", "固定", "就", "只", "都", "得", "要", "吃", "服用", "服", "喝", "用", "打", "注射", "各", "是", "了", " ", ":", "："}

// aboutWords stand between a verb and a span of time.
var aboutWords = []string{"已经", "大概", "差不多", "将近", "大约", "快", "有", "了", "也"}

// courses begin a course of treatment or a break.
var courses = []struct{ word, context string }{
	{"停药", contextStopped}, {"停了", contextStopped}, {"断药", contextStopped}, {"断了", contextStopped}, {"停服", contextStopped},
	{"吃药", contextTaken}, {"服药", contextTaken}, {"用药", contextTaken}, {"吃了", contextTaken}, {"服了", contextTaken}, {"用了", contextTaken},
	{"喝了", contextTaken}, {"打了", contextTaken}, {"服用了", contextTaken}, {"已经吃", contextTaken}, {"吃过", contextTaken},
	{"吃满", contextTaken}, {"服满", contextTaken}, {"打满", contextTaken}, {"用满", contextTaken}, {"喝过", contextTaken}, {"打过", contextTaken}, {"用过", contextTaken},
	{"打针", contextTaken}, {"吃上", contextTaken}, {"用上", contextTaken},
}

// takings stand before the name of a drug, drugTails at its end: 吃缬沙坦三年, 打胰岛素两个月.
var (
	takings   = []string{"吃", "服用", "服", "用", "打", "喝"}
	drugTails = []string{"药", "沙坦", "地平", "普利", "洛尔", "他汀", "双胍", "列净", "列汀", "格列", "列齐特", "列美脲", "波糖", "胰岛素", "肽", "昔芬", "曲唑", "美坦", "西利",
		"替尼", "单抗", "他滨", "激素", "泼尼松", "膦酸钠", "昔布", "洛芬", "钙", "氨糖", "胶囊", "片", "颗粒", "丸", "针", "林", "噻嗪", "帕胺", "内酯"}
)

// tailsBy has a bit for each of the drugTails that begins with a character.
var (
	tailStarts = new(runeSet)
	tailsBy    = func() map[rune]uint64 {
		by := map[rune]uint64{}
		for i, tail := range drugTails {
			first, _ := utf8.DecodeRuneInString(tail)
			by[first] |= 1 << i
			tailStarts.add(first)
		}
		return by
	}()
)

// nameReach is how many bytes the name of a drug may have behind the verb.
const nameReach = 30

// absences stand behind a span of time without something.
var absences = []struct{ word, context string }{
	{"没吃饭", ""}, {"没吃东西", ""}, {"没吃药", contextStopped}, {"没服药", contextStopped}, {"没打针", contextStopped}, {"没用药", contextStopped}, {"没有吃药", contextStopped},
	{"没碰药", contextStopped}, {"没沾药", contextStopped}, {"没带药", contextStopped}, {"没带针", contextStopped}, {"没碰这药", contextStopped},
	{"没来", contextAway}, {"没去", contextAway}, {"没复查", contextAway}, {"没查", contextAway}, {"没看医生", contextAway}, {"没开药", contextAway}, {"没拿药", contextAway},
}

// regimen reads how drugs are taken from a text, one sentence after the other.
type regimen struct {
	text     string // the sentence, in lower case
	from     int    // where it begins
	original string // the text
	readings []Reading
}

// regimens appends doses, frequencies and durations that clean text tells, in the order of the sentences.
func (r *regimen) regimens(text string, marks *runeMarks, out []Reading) []Reading {
	if marks.traits&traitNumber == 0 || marks.traits&traitTime == 0 {
		return out
	}
	*r = regimen{original: text, readings: out}
	if marks.traits&traitCapital != 0 {
		text = lowerASCII(text)
	}
	begins := marks.begins
	for i := 0; r.from < len(text); i++ {
		end, next := len(text), len(text)
		if i < len(marks.stops) {
			end = int(marks.stops[i])
			next = end + runeLength(text[end])
		}
		r.text = text[r.from:end]
		n := 0
		for n < len(begins) && int(begins[n]) < end {
			n++
		}
		if n > 0 && !strings.HasPrefix(text[end:], "?") && !strings.HasPrefix(text[end:], "？") && !r.asks() {
			r.read(begins[:n])
		}
		begins, r.from = begins[n:], next
	}
	return r.readings
}

// lowerASCII makes capital letters small; every byte stays where it is.
func lowerASCII(text string) string {
	b := []byte(text)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// runeLength is how many bytes the character has that begins with b; those that end sentences have one or three.
func runeLength(b byte) int {
	if b < utf8.RuneSelf {
		return 1
	}
	return 3
}

// at turns bytes of the sentence into characters of the text.
func (r *regimen) at(from, to int) (start, end int, mention string) {
	from, to = r.from+from, r.from+to
	mention = r.original[from:to]
	start = utf8.RuneCountInString(r.original[:from])
	return start, start + utf8.RuneCountInString(mention), mention
}

// read reads what begins in the sentence at bytes of the text where something may begin.
func (r *regimen) read(begins []int32) {
	next := 0
	for _, at := range begins {
		if i := int(at) - r.from; i >= next {
			first, _ := utf8.DecodeRuneInString(r.text[i:])
			next = r.readAt(i, first)
		}
	}
}

// readAt reads what begins at byte i with the character first and returns where to go on, i when nothing does.
// What can not begin with the character is not tried.
func (r *regimen) readAt(i int, first rune) int {
	switch first {
	case '早', '隔', '天', '睡':
		return r.period(i)
	case '每':
		return r.either(i, (*regimen).period, (*regimen).eachTime)
	case '次':
		return r.eachTime(i)
	case '停', '断', '吃', '服', '用', '喝', '打', '已':
		return r.either(i, (*regimen).course, (*regimen).lasting)
	case 'b', 't', 'q':
		return r.letters(i)
	case '一', '两', '三', '四', '1', '2':
		return r.either(i, (*regimen).period, (*regimen).eachTime, (*regimen).strength, (*regimen).without)
	case '半':
		return r.without(i)
	}
	if first < utf8.RuneSelf && isDigit(byte(first)) {
		return r.either(i, (*regimen).strength, (*regimen).without)
	}
	if spokenDigit(first) >= 0 {
		return r.without(i)
	}
	return i
}

// either tries one way after the other.
func (r *regimen) either(i int, ways ...func(*regimen, int) int) int {
	for _, read := range ways {
		if end := read(r, i); end > i {
			return end
		}
	}
	return i
}

// period reads what is taken in one of the periods.
func (r *regimen) period(i int) int {
	for _, p := range periodsBy[firstCharacter(r.text[i:])] {
		if strings.HasPrefix(r.text[i:], p.word) {
			if end := r.afterPeriod(i, i+len(p.word), p.value); end > i {
				return end
			}
		}
	}
	return i
}

// eachTime reads 每次两片.
func (r *regimen) eachTime(i int) int {
	for _, word := range eachTimes {
		if strings.HasPrefix(r.text[i:], word) {
			if end := r.dose(r.verb(i + len(word))); end > 0 {
				return end
			}
		}
	}
	return i
}

// afterPeriod reads 一天三次, 每晚一片, 早晚各一粒, 每8小时一次 is not among them.
func (r *regimen) afterPeriod(from, i int, perDay float64) int {
	i = r.verb(i)
	if end := r.dose(i); end > 0 {
		r.frequency(from, i, perDay)
		return end
	}
	count, end, ok := numberAt(r.text, i)
	if !ok || count <= 0 || count > 12 {
		return r.uncounted(from, i, perDay)
	}
	for _, unit := range timesWords {
		if strings.HasPrefix(r.text[end:], unit) {
			end += len(unit)
			if !r.ofDrug() {
				return end
			}
			r.frequency(from, end, perDay*count)
			return end
		}
	}
	return r.uncounted(from, i, perDay) // 早晚吃一直这样
}

// uncounted reads 早晚吃 and 隔天打: what ends at i is a period and a verb.
func (r *regimen) uncounted(from, i int, perDay float64) int {
	for _, word := range countless {
		said, ok := strings.CutPrefix(r.text[from:i], word)
		if ok && strings.ContainsAny(said, "吃服打") && r.ofDrug() && !strings.HasPrefix(r.text[i:], "什么") && !strings.HasPrefix(r.text[i:], "啥") {
			r.frequency(from, i, perDay)
			return i
		}
	}
	return from
}

// verb steps over 吃, 各, 打 and the like, with what may stand behind them.
func (r *regimen) verb(i int) int {
	for range 3 {
		before := i
		for _, word := range verbs {
			if strings.HasPrefix(r.text[i:], word) {
				i += len(word)
				break
			}
		}
		if i == before {
			break
		}
	}
	return i
}

// ofDrug says that the times a day of the sentence are those of a drug.
func (r *regimen) ofDrug() bool {
	for _, word := range notDrugs {
		if strings.Contains(r.text, word) {
			return false
		}
	}
	return true
}

func (r *regimen) frequency(from, end int, perDay float64) {
	if r.formerly(end) {
		return
	}
	r.add(kindFrequency, round(perDay), "/d", "", from, end)
}

// dose reads a number with a dose unit at byte i; it returns 0 when there is none.
func (r *regimen) dose(i int) int {
	value, end, ok := numberAt(r.text, i)
	if !ok {
		return 0
	}
	unit, after := unitAt(r.text, end)
	if unit.word == "" || value <= 0 || value > 5000 {
		return 0
	}
	r.add(kindDose, round(value*unit.value), unit.unit, "", i, after)
	return after
}

// strength reads 500mg bid and 2.5mg每天一次: a dose with its frequency behind it.
func (r *regimen) strength(i int) int {
	if i > 0 && isDigit(r.text[i-1]) || !isDigit(r.text[i]) {
		return i
	}
	_, end, ok := numberAt(r.text, i)
	if !ok {
		return i
	}
	unit, after := unitAt(r.text, end)
	rest := strings.TrimLeft(r.text[after:], " ,，")
	if unit.word == "" {
		return i
	}
	for _, list := range [][]wordValue{shortFrequencies, periods} {
		for _, f := range list {
			if strings.HasPrefix(rest, f.word) {
				return max(i, r.dose(i))
			}
		}
	}
	return i
}

func unitAt(text string, i int) (wordValue, int) {
	for i < len(text) && text[i] == ' ' {
		i++
	}
	for _, u := range doseUnits {
		if end := i + len(u.word); strings.HasPrefix(text[i:], u.word) && (end == len(text) || !isLetter(u.word[len(u.word)-1]) || !isLetter(text[end])) {
			return u, end
		}
	}
	return wordValue{}, i
}

// letters reads bid, tid, qd.
func (r *regimen) letters(i int) int {
	if i > 0 && isLetter(r.text[i-1]) {
		return i
	}
	for _, f := range shortFrequencies {
		if end := i + len(f.word); strings.HasPrefix(r.text[i:], f.word) && (end == len(r.text) || !isLetter(r.text[end])) {
			r.frequency(i, end, f.value)
			return end
		}
	}
	return i
}

// course reads 吃了三个月, 停药两周.
func (r *regimen) course(i int) int {
	for _, c := range courses {
		if !strings.HasPrefix(r.text[i:], c.word) || c.word == "打了" && strings.Contains(r.text, "电话") {
			continue
		}
		from := i + len(c.word)
		for _, about := range aboutWords {
			from += len(about) * btoi(strings.HasPrefix(r.text[from:], about))
		}
		if days, end, ok := daysAt(r.text, from); ok && !strings.HasPrefix(r.text[end:], "酒") && !strings.HasPrefix(r.text[end:], "是不是") && (c.context == contextStopped || !strings.HasPrefix(r.text[end:], "后")) && !strings.HasPrefix(r.text[end:], "打鱼") {
			r.add(kindDuration, days, "d", c.context, i, end)
			return end
		}
	}
	return r.named(i)
}

// lasting reads 吃两个月了: the 了 behind tells it from an order.
func (r *regimen) lasting(i int) int {
	for _, verb := range takings {
		rest, ok := strings.CutPrefix(r.text[i:], verb)
		if !ok {
			continue
		}
		days, end, ok := daysAt(rest, 0)
		if ok && strings.HasPrefix(rest[end:], "了") && !strings.HasSuffix(r.text[:i], "够") {
			end += i + len(verb)
			r.add(kindDuration, days, "d", contextTaken, i, end)
			return end
		}
	}
	return i
}

// named reads 吃缬沙坦三年: the name of the drug stands between the verb and the span of time.
func (r *regimen) named(i int) int {
	for _, verb := range takings {
		rest, ok := strings.CutPrefix(r.text[i:], verb)
		if !ok {
			continue
		}
		rest = rest[:min(len(rest), nameReach)]
		if stop := strings.IndexAny(rest, ",，、 "); stop >= 0 {
			rest = rest[:stop]
		}
		possible := uint64(0)
		for _, c := range rest {
			if tailStarts.has(c) {
				possible |= tailsBy[c]
			}
		}
		for ; possible != 0; possible &= possible - 1 {
			tail := drugTails[bits.TrailingZeros64(possible)]
			k := strings.Index(rest, tail)
			if k < 0 {
				continue
			}
			from := i + len(verb) + k + len(tail)
			for _, about := range aboutWords {
				from += len(about) * btoi(strings.HasPrefix(r.text[from:], about))
			}
			if days, end, ok := daysAt(r.text, from); ok && days >= 3 && !strings.HasPrefix(r.text[end:], "后") && !strings.HasPrefix(r.text[end:], "打鱼") {
				r.add(kindDuration, days, "d", contextTaken, i, end)
				return end
			}
		}
	}
	return i
}

// without reads 半年没复查 and 两天没吃药.
func (r *regimen) without(i int) int {
	days, end, ok := daysAt(r.text, i)
	if !ok {
		return i
	}
	rest := strings.TrimLeft(r.text[end:], "了都也")
	for _, c := range absences {
		if strings.HasPrefix(rest, c.word) {
			if c.context != "" {
				r.add(kindDuration, days, "d", c.context, i, end)
			}
			return end
		}
	}
	return i
}

func (r *regimen) add(kind string, value float64, unit, context string, from, to int) {
	start, end, mention := r.at(from, to)
	r.readings = append(r.readings, Reading{Kind: kind, Value: value, Unit: unit, Context: context, Mention: mention, Start: start, End: end})
}
