package transform

import "strings"

// Answers are read from the beginning of what the patient writes after a question of the care team, up to the
// next question. Longer forms come first where one begins another.
var (
	noAnswers = []string{"都没有", "全没有", "什么都没有", "这些都没有", "你说的都没有", "您说的都没有", "没有出现", "没出现", "没发现", "没有", "没得", "没", "木有", "沒有", "沒",
		"都不", "不会", "不是", "不", "无", "否", "都正常", "正常", "从来没有", "暂时没有", "目前没有", "现在没有", "今天没有", "好像没有", "应该没有", "倒没有"}
	yesAnswers = []string{"有一点点", "有一点", "有一些", "有点", "有些", "有的", "有过", "有", "是的", "是", "对的", "对", "嗯", "恩", "会的", "会", "偶尔", "经常", "一直",
		"都有", "轻微", "稍微", "明显", "好像有", "确实有"}
	notYes = []string{"有时间", "有什么", "有没有", "有关系", "是不是", "是什么", "对了", "会不会", "没事", "没关系", "没办法", "没问题", "不客气", "不好意思", "不知道", "不清楚", "不一定", "不用", "不确定", "没注意"}
)

// answerKind reads what the beginning of an answer says: "" for neither yes nor no.
func answerKind(text string) string {
	text = strings.TrimLeft(text, " ，,。.哦噢呃额啊好")
	for _, w := range notYes {
		if strings.HasPrefix(text, w) {
			return ""
		}
	}
	for _, lead := range []string{"嗯", "恩", "就是", "宝宝", "孩子", "医生", "目前", "现在", "暂时", "好像", "应该", "都", "这些", "一直", "倒是", "也", "他", "她", "从来"} {
		text = cutLead(text, lead)
	}
	for _, w := range noAnswers {
		if strings.HasPrefix(text, w) {
			return StatusAbsent
		}
	}
	for _, w := range yesAnswers {
		if strings.HasPrefix(text, w) {
			return StatusPresent
		}
	}
	return ""
}

// cutLead takes a word off that says neither yes nor no, when something stands behind it.
func cutLead(text, lead string) string {
	rest, ok := strings.CutPrefix(text, lead)
	rest = strings.TrimLeft(rest, " ，,。")
	if !ok || rest == "" {
		return text
	}
	return rest
}

// restNegative sees that a later clause denies all the rest: 有点咳嗽，其他都没有.
func restNegative(text string) bool {
	for _, w := range []string{"都没有", "其他没有", "其它没有", "别的没有", "其他的没有", "其余没有", "其他正常", "其它正常", "其他都好", "别的都好"} {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// How far an answer may stand behind its question, in utterances of the patient and of anybody.
const (
	reachAnswers    = 3
	reachUtterances = 6
)

// link settles what the care team asked by what the patient answers.
func link(d *dialogue) {
	var open []int // mentions that wait for an answer
	asked, answers := -1, 0
	for i := range d.utterances {
		u := &d.utterances[i]
		if !u.patient {
			if questions := d.asked(u); len(questions) > 0 {
				if answers > 0 {
					open = open[:0]
				}
				open, asked, answers = append(open, questions...), i, 0
			}
			continue
		}
		if len(open) == 0 || i-asked > reachUtterances || answers >= reachAnswers {
			open = open[:0]
			continue
		}
		if len(u.runes) == 0 {
			continue
		}
		open = d.answer(i, open)
		answers++
	}
}

func (d *dialogue) asked(u *spokenText) []int {
	var out []int
	for i := u.first; i < u.last; i++ {
		if d.mentions[i].Status == StatusAsked {
			out = append(out, i)
		}
	}
	return out
}

// answer settles open questions by utterance i and returns those that stay open. A concept that the answer names
// itself is as the answer says; 没有 denies what it does not name; a bare 有 affirms all.
func (d *dialogue) answer(i int, open []int) []int {
	u := &d.utterances[i]
	text := string(u.runes)
	kind := answerKind(text)
	named := false
	rest := open[:0:0]
	for _, q := range open {
		if status := d.statedIn(u, d.mentions[q].Concept); status != "" {
			d.settle(q, status, i)
			named = true
			continue
		}
		rest = append(rest, q)
	}
	switch {
	case kind == StatusAbsent || restNegative(text):
		return d.settleAll(rest, StatusAbsent, i)
	case kind == StatusPresent && !named && d.quiet(u):
		return d.settleAll(rest, StatusPresent, i)
	}
	return rest
}

// quiet says that an utterance names no other symptom, so that its yes is about the question.
func (d *dialogue) quiet(u *spokenText) bool {
	for i := u.first; i < u.last; i++ {
		if isSymptom(&d.mentions[i].Finding) {
			return false
		}
	}
	return true
}

// statedIn returns what the utterance says of a concept, "" when it does not name it.
func (d *dialogue) statedIn(u *spokenText, concept string) string {
	for i := u.first; i < u.last; i++ {
		m := &d.mentions[i]
		if m.Concept == concept && (m.Status == StatusPresent || m.Status == StatusAbsent) {
			return m.Status
		}
	}
	return ""
}

func (d *dialogue) settleAll(open []int, status string, answer int) []int {
	for _, q := range open {
		d.settle(q, status, answer)
	}
	return nil
}

func (d *dialogue) settle(question int, status string, answer int) {
	m := &d.mentions[question]
	m.Status, m.answer = status, answer
}
