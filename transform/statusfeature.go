package transform

import (
	"strconv"
	"strings"
)

// reachContext is how many characters on each side of a mention are looked at.
const reachContext = 6

// mentionFeatures says what is true of mention i: the word itself, what the rules say, the characters around it,
// the answer behind it and the question before it.
func (d *dialogue) mentionFeatures(i int) []feature {
	m := &d.mentions[i]
	u := &d.utterances[m.at]
	who := d.speaker(m.at)
	c := &collector{}
	c.add("bias")
	c.add("who=" + who)
	c.add("name=" + m.Name)
	c.add("form=" + m.Mention)
	c.add("form=" + m.Name + "|" + m.Mention)
	c.add("said=" + who + m.said)
	c.add("name+said=" + m.Name + who + m.said)
	c.add("linked=" + who + m.said + m.Status)
	c.add("subject=" + m.Subject)
	c.add("place=" + who + strconv.Itoa(4*m.at/len(d.utterances)))
	c.add("count=" + who + strconv.Itoa(min(u.last-u.first, 5)))
	c.add("length=" + who + strconv.Itoa(min(len(u.runes)/10, 6)))
	c.add("kind=" + m.Kind + who)
	c.around(u.runes, m.Start, m.End, who)
	c.clause(u.runes, m.Start, m.End, who)
	d.neighbours(c, i, who)
	d.elsewhere(c, i, who)
	return c.list
}

// speaker is p for the patient and d for the care team.
func (d *dialogue) speaker(utterance int) string {
	if d.utterances[utterance].patient {
		return "p"
	}
	return "d"
}

// collector gathers features of weight one.
type collector struct{ list []feature }

func (c *collector) add(name string) { c.list = append(c.list, feature{name, 1}) }

// around adds the characters on both sides, alone by distance, in pairs, and the whole words next to the mention.
func (c *collector) around(text []rune, start, end int, who string) {
	for side, step := range map[string]int{"<": -1, ">": 1} {
		at := end
		if step < 0 {
			at = start - 1
		}
		var before rune
		word := ""
		for n := 0; n < reachContext; n++ {
			r := rune('^')
			if at >= 0 && at < len(text) {
				r = plainRune(text[at])
			}
			if n < 2 {
				c.add(side + strconv.Itoa(n) + string(r) + who)
			}
			c.add(side + string(r) + who)
			if before != 0 {
				c.add(side + pair(before, r, step))
			}
			if word = joinRune(word, r, step); n == 2 || n == 3 {
				c.add(side + "=" + word)
			}
			if r == '^' {
				break
			}
			before, at = r, at+step
		}
	}
}

func pair(before, r rune, step int) string {
	if step < 0 {
		return string([]rune{r, before})
	}
	return string([]rune{before, r})
}

func joinRune(word string, r rune, step int) string {
	if step < 0 {
		return string(r) + word
	}
	return word + string(r)
}

// plainRune makes one digit of all and folds width and breaks.
func plainRune(r rune) rune {
	switch r = foldRune(r); {
	case r >= '0' && r <= '9':
		return '0'
	case r == '\t' || r == '\n' || r == '\r':
		return ' '
	}
	return r
}

// clauseWords decide the status of what stands in the same clause or sentence.
var clauseWords = strings.Fields(`如果 要是 导致 引起 容易 预防 避免 可能 考虑 会 注意 观察 出现 建议 需要 是不是 有没有 有无 是否 吗 么 不 没 没有 无 别 还 已经 以前 之前 现在
	好了 好转 正常 症状 情况 几天 多久 什么 怎么 怀疑 担心 怕 好像 的话 或者 一般 这种 原因 治疗 药 因为 由于 属于 诊断 检查 排除 除了 有点 有些 昨天 今天 晚上 一直 厉害 就 都 也 等 病史 家里 妈妈 我 过 时 后 用于 缓解 减少 说`)

func (c *collector) clause(text []rune, start, end int, who string) {
	left, right := start, end
	for left > 0 && !isBreak(text[left-1]) {
		left--
	}
	for right < len(text) && !isBreak(text[right]) {
		right++
	}
	before, after := string(text[left:start]), string(text[end:right])
	for _, w := range clauseWords {
		if strings.Contains(before, w) {
			c.add("before=" + w + who)
		}
		if strings.Contains(after, w) {
			c.add("after=" + w + who)
		}
	}
	whole := string(text)
	for _, w := range clauseWords[:34] {
		if strings.Contains(whole, w) {
			c.add("whole=" + w + who)
		}
	}
	if right < len(text) {
		c.add("stop=" + string(plainRune(text[right])) + who)
	}
	if n := len(text); n > 0 {
		c.add("ends=" + string(plainRune(text[n-1])) + who)
	}
	c.add("head=" + strconv.Itoa(min(start, 3)) + who)
}

func isBreak(r rune) bool { return strings.ContainsRune("，。！？；,.!?; \n", r) }

// neighbours adds what is said right behind and right before: an answer, or a question.
func (d *dialogue) neighbours(c *collector, i int, who string) {
	m := &d.mentions[i]
	answers := 0
	for k := m.at + 1; k < len(d.utterances) && k <= m.at+4 && answers < 2; k++ {
		u := &d.utterances[k]
		if u.patient == d.utterances[m.at].patient || len(u.runes) == 0 {
			continue
		}
		answers++
		c.reply("answer"+strconv.Itoa(answers)+who+asWord(m.said), u.runes)
		c.add("answers=" + strconv.Itoa(answers) + who + m.said + answerKind(string(u.runes)))
	}
	for k := m.at - 1; k >= 0 && k >= m.at-3; k-- {
		u := &d.utterances[k]
		if u.patient == d.utterances[m.at].patient || len(u.runes) == 0 {
			continue
		}
		c.reply("question"+who, u.runes[max(0, len(u.runes)-6):])
		break
	}
}

// asWord tells a question from the rest.
func asWord(said string) string {
	if said == StatusAsked {
		return "?"
	}
	return ""
}

// reply adds the beginning of a reply, its pairs of characters and, when it is short, all of it.
func (c *collector) reply(as string, text []rune) {
	short := text[:min(len(text), 12)]
	if len(text) <= 6 {
		c.add(as + "==" + string(text))
	}
	for k := range short {
		if k > 0 {
			c.add(as + ":" + string([]rune{plainRune(short[k-1]), plainRune(short[k])}))
		}
	}
	for n := 1; n <= 3 && n <= len(short); n++ {
		c.add(as + "^" + string(short[:n]))
	}
}

// elsewhere adds what the rules say of other mentions of the symptom.
func (d *dialogue) elsewhere(c *collector, i int, who string) {
	m := &d.mentions[i]
	for k := range d.mentions {
		o := &d.mentions[k]
		if k == i || o.Name != m.Name {
			continue
		}
		side, speaker := "later", d.speaker(o.at)
		if k < i {
			side = "earlier"
		}
		c.add(side + "=" + who + speaker + o.Status)
		if side == "later" && o.at-m.at <= 2 {
			c.add("soon=" + who + speaker + m.said + o.Status)
		}
	}
}

// symptomGroup is all that a dialogue says of one symptom.
type symptomGroup struct {
	name     string
	status   string // by the rules
	mentions []int
}

// symptoms groups the mentions by name, in the order of their first mention.
func (d *dialogue) symptoms() []symptomGroup {
	var out []symptomGroup
	at := map[string]int{}
	for i := range d.mentions {
		m := &d.mentions[i]
		if !isSymptom(&m.Finding) {
			continue
		}
		k, ok := at[m.Name]
		if !ok {
			k = len(out)
			at[m.Name] = k
			out = append(out, symptomGroup{name: m.Name, status: plainStatus(m.Status)})
		} else if d.overrides(m, out[k].status) && m.Status != StatusAsked {
			out[k].status = m.Status
		}
		out[k].mentions = append(out[k].mentions, i)
	}
	return out
}

// onlyAdvice says that only the care team speaks of a symptom, and that no patient answered.
func (d *dialogue) onlyAdvice(g symptomGroup) bool {
	for _, i := range g.mentions {
		if m := &d.mentions[i]; d.utterances[m.at].patient || m.answer >= 0 {
			return false
		}
	}
	return true
}

func plainStatus(status string) string {
	if status == StatusAsked {
		return StatusUnknown
	}
	return status
}

// groupFeatures says what the mentions of one symptom amount to, given the probabilities of each.
func (d *dialogue) groupFeatures(g symptomGroup, said []scores) []feature {
	c := &collector{}
	c.add("bias")
	c.add("name=" + g.name)
	c.add("rules=" + g.status)
	c.add("mentions=" + strconv.Itoa(min(len(g.mentions), 5)))
	last := g.mentions[len(g.mentions)-1]
	who := ""
	for _, i := range g.mentions {
		m := &d.mentions[i]
		c.add("form=" + g.name + "|" + m.Mention)
		if speaker := d.speaker(m.at); !strings.Contains(who, speaker) {
			who += speaker
		}
	}
	c.add("who=" + who + g.status)
	c.add("name+who=" + g.name + who)
	c.add("end=" + who + d.speaker(d.mentions[last].at) + d.mentions[last].said)
	var top, mean, patient scores
	none := 1.0
	for _, i := range g.mentions {
		none *= said[i][classDrop]
		for k := range top {
			top[k] = max(top[k], said[i][k])
			mean[k] += said[i][k] / float64(len(g.mentions))
			if d.utterances[d.mentions[i].at].patient {
				patient[k] = said[i][k]
			}
		}
	}
	for k := range classCount {
		id := strconv.Itoa(k)
		c.list = append(c.list, feature{"top" + id, top[k]}, feature{"mean" + id, mean[k]}, feature{"patient" + id, patient[k]},
			feature{"last" + id, said[last][k]}, feature{"first" + id, said[g.mentions[0]][k]})
	}
	c.list = append(c.list, feature{"none", none})
	c.add("best=" + strconv.Itoa(mean.best()) + strconv.Itoa(top.best()) + strconv.Itoa(said[last].best()))
	c.add("speaker=" + strconv.FormatBool(d.utterances[d.mentions[last].at].patient) + strconv.Itoa(said[last].best()))
	return c.list
}
