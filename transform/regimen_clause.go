package transform

import "strings"

// asks says that the sentence is a question without a mark, or begins as one.
func (r *regimen) asks() bool {
	for _, word := range askedBehind {
		if strings.HasSuffix(r.text, word) {
			return true
		}
	}
	for _, word := range askedBefore {
		if strings.HasPrefix(r.text, word) {
			return true
		}
	}
	return false
}

// askedBehind end a question, askedBefore begin one: 能换成一周一次的不, 有没有一个月打一次的.
var (
	askedBehind = []string{"吗", "的不", "行不", "好不", "可以不", "能不", "么", "是不", "对不"}
	askedBefore = []string{"有没有", "能换", "能不能", "可不可以", "要不要", "可以换"}
)

// formerly says that the clause that byte i stands in is about what was before: 原来一天两顿.
func (r *regimen) formerly(i int) bool {
	clause := r.text[:i]
	if at := strings.LastIndexAny(clause, ",， "); at >= 0 {
		clause = clause[at+1:]
	}
	return strings.Contains(clause, "原来") || strings.Contains(clause, "以前") || strings.Contains(clause, "原先") || strings.Contains(clause, "本来")
}
