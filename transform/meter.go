package transform

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// meter reads measurements from text: numbers, the words before them that say what is measured, and the
// units behind them.
type meter struct {
	auto  *automaton
	words []meterWord
}

// Roles of words that the meter knows.
const (
	roleTopic   = iota + 1 // what follows is this quantity
	roleMeal               // glucose, with a context
	roleUnit               // behind a number: it is this quantity, times factor
	roleOther              // behind a number: it is no measurement (片, 天, 岁)
	roleLimit              // before a number: a limit or a goal, not a reading
	roleBound              // behind a number: the same (以上)
	roleReset              // nothing before counts any more
	roleReach              // before a number: a goal, or a reading when 了 stands behind it (降到7.1了)
	roleTest               // something was measured
	roleChange             // before a number: a difference (瘦了)
	roleFrom               // before a number that was left behind (从8降到6.5)
	roleMorning            // before a number of glucose that is named later (早上6.5饭后9.1血糖)
	rolePair               // between the two values of a blood pressure
	roleStop
)

type meterWord struct {
	text    string
	role    uint8
	q       uint8
	context string
	factor  float64
}

// meterState is what the words before a number say.
type meterState struct {
	q       uint8
	at      int // end of the word or of the last number that was read for it
	context string
	mealAt  int
	block   int // end of a limit or a change that reaches the next number, -1 for none
	pair    int // index of the reading that may be the first of a pair, -1 for none
	joined  bool
	tested  bool // 测, 量: something was measured
	reached int  // end of 降到, -1 for none: the number behind it is a goal unless 了 follows
	from    int  // end of 从, -1 for none: 从8降到6.5 was reached
	morning int  // end of 早上, -1 for none: a number may be of glucose that is named later
	pulse   int  // where the third number of 162/97/88 begins, -1 for none
}

// reachTopic is how many runes may lie between the word and its number.
const (
	reachTopic = 9
	reachBlock = 3
	reachMeal  = 14
)

func freshMeter() meterState {
	return meterState{at: -100, mealAt: -100, block: -100, pair: -1, reached: -100, from: -100, morning: -100, pulse: -1}
}

func newMeter() *meter {
	m := &meter{words: meterWords()}
	texts := make([]string, len(m.words))
	for i, w := range m.words {
		texts[i] = w.text
	}
	m.auto = newAutomaton(texts, len(texts))
	m.auto.unbound()
	return m
}

// read returns the readings in clean text that sc has been filled with; they are valid until sc is used again.
func (m *meter) read(text string, sc *scratch) []Reading {
	sc.readings = sc.readings[:0]
	if sc.marks.traits&traitMeasure == 0 {
		return nil
	}
	sc.classes, sc.offsets = m.auto.decode(text, sc.classes, sc.offsets, nil)
	s := freshMeter()
	for i := 0; i < len(sc.classes); {
		if isDigit(text[sc.offsets[i]]) || s.spoken(text, sc, i) {
			i = m.number(text, sc, &s, i)
			continue
		}
		w, end := m.auto.longest(sc.classes, i)
		if w < 0 {
			s.joined = false
			i++
			continue
		}
		s.word(&m.words[w], end)
		i = end
	}
	return sc.readings
}

// word takes a word that is not behind a number into the state.
func (s *meterState) word(w *meterWord, end int) {
	s.joined = false
	switch w.role {
	case roleTopic:
		if w.q == qGlucose && s.q == qGlucose && end-s.mealAt <= reachMeal {
			s.at = end // 空腹血糖: the context stays
			return
		}
		s.q, s.at, s.context, s.pair = w.q, end, w.context, -1
	case roleMeal:
		s.q, s.at, s.context, s.mealAt, s.pair = qGlucose, end, w.context, end, -1
	case roleFrom:
		s.block, s.from = end, end
	case roleLimit, roleChange:
		s.block = end
	case roleReach:
		if end-s.from > reachTopic {
			s.reached = end
		}
	case roleMorning:
		s.morning = end
	case roleTest:
		s.tested = true
	case rolePair:
		s.joined = true
	case roleReset, roleStop:
		*s = freshMeter()
	}
}

// number reads the number at rune i and returns where to go on.
func (m *meter) number(text string, sc *scratch, s *meterState, i int) int {
	start := i
	value, to, ok := numberAt(text, int(sc.offsets[i]))
	end := i
	for end < len(sc.classes) && int(sc.offsets[end]) < to {
		end++
	}
	if !ok || end-start > 7 || start > 0 && isLetter(text[sc.offsets[start]-1]) && s.at != start {
		s.pair = -1
		return end
	}
	unit, next := m.unit(sc, end)
	if unit.q == qTemperature && unit.role == roleUnit {
		value, end, next = tenths(text, sc, value, end, next)
	}
	if unit.q == qHeight && unit.factor == 100 && value <= 2 {
		value, next = centimetres(text, sc, value, next)
	}
	n := numeral{value: value, start: start, end: end, unit: unit}
	n.whole = text[sc.offsets[start]:sc.offsets[end]]
	n.over = strings.HasPrefix(text[sc.offsets[next]:], "了")
	s.joined = s.joined || s.pair >= 0 && s.at == start // 一百六一百
	if n.named = start == s.morning && unit.role != roleUnit && unit.role != roleOther; n.named {
		n.named = n.value != float64(int(n.value)) && (strings.Contains(text, "血糖") || strings.Contains(text, "饭后") || strings.Contains(text, "餐后") || m.timedTwice(text, sc))
	}
	if s.slashPair(text, sc, n) && (s.q != qPressure || start-s.at > reachTopic) {
		s.q, s.at, s.context = qPressure, start, ""
	}
	if !s.take(sc, n) {
		s.pair = -1
	}
	s.joined = false
	if unit.role == roleUnit || unit.role == roleOther || unit.role == roleBound {
		return next
	}
	return end
}

// spoken says that a number in Chinese of several characters begins at rune i, behind the word for what is measured.
func (s *meterState) spoken(text string, sc *scratch, i int) bool {
	at := int(sc.offsets[i])
	if text[at] < utf8.RuneSelf {
		return false
	}
	if strings.HasPrefix(text[at:], "一米") {
		return true
	}
	value, end, ok := chineseNumber(text, at)
	if ok && end-at > len("百") && value > leastJin && strings.HasPrefix(text[end:], "斤") {
		return true // 一百六十斤
	}
	if (s.q == qNone || i-s.at > reachTopic) && !s.joined {
		return false
	}
	return ok && end-at > len("百")
}

// slashPair sees the upper value of a blood pressure that is written as 152/96 with nothing to announce it.
func (s *meterState) slashPair(text string, sc *scratch, n numeral) bool {
	slash := func(i int) bool {
		if i < 0 || i >= len(sc.classes) {
			return false
		}
		r, _ := utf8.DecodeRuneInString(text[sc.offsets[i]:])
		return r == '/' || (s.tested || n.start == 0 && len(n.whole) == len("128")) && (r == '-' || r == '—' || r == '~')
	}
	if s.barePair(text, sc, n) {
		return true
	}
	if slash(n.start-1) || !slash(n.end) || n.value < 80 || n.value > 260 || n.value != float64(int(n.value)) {
		return false
	}
	end := numberEnd(text, sc, n.end+1)
	lower, err := strconv.Atoi(text[sc.offsets[n.end+1]:sc.offsets[end]])
	if err != nil || lower < 40 || lower > 150 || float64(lower)+15 > n.value {
		return false
	}
	if slash(end) {
		last := numberEnd(text, sc, end+1)
		third, err := strconv.Atoi(text[sc.offsets[end+1]:sc.offsets[last]])
		if err != nil || third < 40 || third > 160 || slash(last) {
			return false
		}
		s.pulse = end + 1
	}
	return true
}

// barePair sees the upper value of a blood pressure in a message that begins with two numbers and no word for them:
// 128 79, 今早 180，110头胀. A third number is the pulse.
func (s *meterState) barePair(text string, sc *scratch, n numeral) bool {
	named := s.q == qPressure && n.start-s.at <= 2 // 血压138 88 76
	if n.start != 0 && n.start-s.morning > 1 && !named || len(n.whole) != len("128") || n.value < 90 || n.value > 240 {
		return false
	}
	lower, _, end := bareNumber(text, sc, n.end)
	if lower < 40 || lower > 130 || float64(lower)+15 > n.value {
		return false
	}
	third, at, end := bareNumber(text, sc, end)
	if fourth, _, _ := bareNumber(text, sc, end); third != 0 && (third < 40 || third > 160 || fourth != 0) {
		return false
	}
	if third != 0 {
		s.pulse = at
	}
	return true
}

// bareNumber reads a whole number without a unit behind a space or a comma at rune i, and says where it stands. It is
// 0 when there is none, and -1 when it is something else.
func bareNumber(text string, sc *scratch, i int) (value, start, end int) {
	if i >= len(sc.classes) {
		return 0, i, i
	}
	if separator, size := utf8.DecodeRuneInString(text[sc.offsets[i]:]); !strings.ContainsRune(" ,，、", separator) || int(sc.offsets[i])+size >= len(text) || !isDigit(text[int(sc.offsets[i])+size]) {
		return 0, i, i
	}
	end = numberEnd(text, sc, i+1)
	value, err := strconv.Atoi(text[sc.offsets[i+1]:sc.offsets[end]])
	next, _ := utf8.DecodeRuneInString(text[sc.offsets[end]:])
	if err != nil || strings.ContainsRune(unitBeginnings, next) {
		return -1, i, end
	}
	return value, i + 1, end
}

// unitBeginnings begin what counts something, or go on with a number.
const unitBeginnings = ".:：/-~%块元角斤片盒粒颗袋包支瓶针天日号月年岁个点次步分秒时度里米人家万千百公kcmKCM楼栋室单床"

// numeral is a number with the unit behind it.
type numeral struct {
	value      float64
	start, end int
	unit       meterWord
	whole      string
	over       bool // 了 stands behind it
	named      bool // it is glucose, by what the text says elsewhere
}

// leastJin is the weight without a unit above which it is told in jin: 体重132.
const leastJin = 105

func numberEnd(text string, sc *scratch, i int) int {
	dot := false
	for ; i < len(sc.classes); i++ {
		c := text[sc.offsets[i]]
		if c == '.' && !dot && i+1 < len(sc.classes) && isDigit(text[sc.offsets[i+1]]) {
			dot = true
			continue
		}
		if !isDigit(c) {
			break
		}
	}
	return i
}

// tenths reads the 5 of 38度5: the degree sign stands for the point. It returns the value, the end of
// the number, and where to go on at or behind it.
func tenths(text string, sc *scratch, value float64, end, i int) (float64, int, int) {
	if value != float64(int(value)) || i >= len(sc.classes) {
		return value, end, i
	}
	digit, next := digitOf(text, sc, i), -1
	if i+1 < len(sc.classes) {
		next = digitOf(text, sc, i+1)
	}
	if digit < 0 || next >= 0 {
		return value, end, i
	}
	return value + float64(digit)/10, i + 1, i + 1
}

// centimetres reads the 六八 of 一米六八 and gives metres; it leaves the rest as it is.
func centimetres(text string, sc *scratch, metres float64, i int) (float64, int) {
	cm, place, from := 0.0, 0.1, i
	for ; i < len(sc.classes) && i < from+2; i++ {
		d := digitOf(text, sc, i)
		if d < 0 {
			break
		}
		cm, place = cm+float64(d)*place, place/10
	}
	return round(metres + cm), i
}

// digitOf is the digit at character i, also a Chinese one, or -1.
func digitOf(text string, sc *scratch, i int) int {
	r, _ := utf8.DecodeRuneInString(text[sc.offsets[i]:])
	if r < utf8.RuneSelf && isDigit(byte(r)) {
		return int(r - '0')
	}
	return chineseDigit(r)
}

// timedTwice says that two times of the day stand in a text with a number of glucose right behind: 早上6.8中午9.2.
func (m *meter) timedTwice(text string, sc *scratch) bool {
	times := 0
	for i := 0; i < len(sc.classes); i++ {
		w, end := m.auto.longest(sc.classes, i)
		if w < 0 || m.words[w].role != roleMorning || end >= len(sc.classes) {
			continue
		}
		value, _, ok := numberAt(text, int(sc.offsets[end]))
		if ok && value >= 3 && value <= 30 && value != float64(int(value)) {
			times++
		}
	}
	return times > 1
}

// unit returns the word behind a number when it is one that tells what the number is.
func (m *meter) unit(sc *scratch, i int) (meterWord, int) {
	for i < len(sc.classes) && sc.classes[i] == m.auto.class(' ') {
		i++
	}
	if w, end := m.auto.longest(sc.classes, min(i, len(sc.classes))); w >= 0 {
		return m.words[w], end
	}
	return meterWord{}, i
}

// take decides what a number is and keeps it when it is a reading.
func (s *meterState) take(sc *scratch, n numeral) bool {
	if n.start-s.block <= reachBlock {
		s.block = n.end + 1 - reachBlock // the 90 of 高于140/90 goes with it
		return false
	}
	if n.start-s.reached <= reachBlock && !n.over {
		return false
	}
	if n.unit.role == roleBound && s.joined && s.pair >= 0 && s.pair == len(sc.readings)-1 {
		sc.readings = sc.readings[:s.pair] // 145/90以上: neither is a reading
	}
	if n.unit.role == roleBound || n.unit.role == roleOther && !(n.unit.q != qNone && n.unit.q == s.q) {
		return false
	}
	if s.second(sc, n) {
		return true
	}
	q, factor := s.q, 1.0
	if n.start-s.at > reachTopic {
		q = qNone
	}
	switch {
	case n.start == s.pulse:
		q = qHeartRate
	case n.named && q == qNone:
		q, s.context = qGlucose, ""
	}
	if n.unit.role == roleUnit {
		q, factor = s.byUnit(n, n.unit, q)
	}
	if q == qNone || q == qVAS && n.unit.q != qVAS && s.context != "score" {
		return false
	}
	return s.keep(sc, n, q, factor)
}

// byUnit lets a unit say the quantity, or agree with the word before.
func (s *meterState) byUnit(n numeral, u meterWord, q uint8) (uint8, float64) {
	switch {
	case u.q == qNone: // mmol, %, 分: the word before decides
		return q, u.factor
	case u.q == q, u.q == qPressure && (q == qSystolic || q == qDiastolic):
		return q, u.factor
	case u.q == qTemperature || u.q == qPressure:
		return u.q, u.factor
	case u.q == qWeight && n.value*u.factor >= 35 && n.value*u.factor <= 130,
		u.q == qHeight && n.value*u.factor >= 140 && n.value*u.factor <= 210:
		return u.q, u.factor // of a grown person
	}
	return qNone, 1
}

// keep adds a reading when its value is plausible.
func (s *meterState) keep(sc *scratch, n numeral, q uint8, factor float64) bool {
	spec := &quantities[q]
	value := n.value
	if q == qWeight && n.unit.role != roleUnit && value > leastJin {
		factor = 0.5
	}
	if factor != 1 && factor != 0 {
		value = round(value * factor)
	}
	if !spec.plausible(value) {
		return false
	}
	r := Reading{Kind: spec.kind, Value: value, Unit: spec.unit, Mention: n.whole, Start: n.start, End: n.end}
	if q == qGlucose {
		r.Context = s.context
	}
	s.q, s.at = q, n.end
	s.pair = -1
	if q == qPressure || q == qSystolic {
		s.pair = len(sc.readings)
	}
	sc.readings = append(sc.readings, r)
	return true
}

// second reads the lower value of a blood pressure pair, when the number before was its upper value.
func (s *meterState) second(sc *scratch, n numeral) bool {
	if !s.joined || s.pair < 0 || s.pair != len(sc.readings)-1 {
		return false
	}
	upper := &sc.readings[s.pair]
	spec := &quantities[qDiastolic]
	if n.value >= upper.Value || !spec.plausible(n.value) {
		return false
	}
	sc.readings = append(sc.readings, Reading{Kind: spec.kind, Value: n.value, Unit: spec.unit, Mention: n.whole, Start: n.start, End: n.end})
	s.pair, s.at, s.q = -1, n.end, qPressure
	return true
}
