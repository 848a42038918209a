package transform

import "io/fs"

// cue is a word that is no concept but decides what a concept near it means.
type cue uint8

// Cues of cues.tsv.
const (
	cueNone    cue = iota
	cueStop        // 。！？ and line breaks: the end of a sentence
	cueAsk         // ？ and 吗: the sentence is a question, and ends or nearly ends here
	cueComma       // ，and spaces: the end of a clause
	cueList        // 、和 或: joins what is before and after it
	cueNo          // 没有 无 未 否认: denies what follows in the clause, lists included
	cueNot         // 不: denies what follows at once
	cueGone        // 好了 消失了: what was said just before is over
	cueWhether     // 有没有 是否: asks for what follows
	cueDoubt       // 怀疑 会不会是 好像: what follows is not certain
	cueIf          // 如果 避免 预防: what follows is not said to be so
	cueCan         // 能 可以 要不要: before an act, it has not happened
	cueBut         // 但是: a denial before it does not reach behind it
	cueSelf        // 我 本人: the speaker is meant again
	cueDrug        // 药: something taken that no product names
	cueAfter       // 后 以后 就: what follows came after what stands before
	cueTook        // 吃完 打完: before or after a drug, it was taken
	cueStill       // 还是 仍然: what follows is no news
	cueBetter      // 好多了 减轻: what was said just before is there, but less
	cueWhich       // 几天 多久 怎么: the question is not whether
	cueTaken       // 吃了以后 化疗完: something was taken, which nobody names, and what follows came then
	cueNoneOf      // 都没有 at the end of a clause: denies all that the clause names
	cueOther       // 他 她: somebody else is meant
	cueElse        // 学费 裤子: what people want or worry about in this clause is none of our matters
	cueSkip        // means nothing here and hides the words inside it: 退烧药, 不停
)

var cueNames = map[string]cue{
	"stop": cueStop, "ask": cueAsk, "comma": cueComma, "list": cueList, "no": cueNo, "not": cueNot, "gone": cueGone,
	"whether": cueWhether, "doubt": cueDoubt, "if": cueIf, "can": cueCan, "but": cueBut, "self": cueSelf,
	"drug": cueDrug, "after": cueAfter, "took": cueTook, "still": cueStill, "better": cueBetter, "which": cueWhich,
	"taken": cueTaken, "none": cueNoneOf, "other": cueOther, "else": cueElse, "skip": cueSkip,
}

// punctuation is known without the table.
var punctuation = []struct {
	text string
	cue  cue
}{
	{"。", cueStop}, {"!", cueStop}, {"\n", cueStop}, {";", cueStop}, {"…", cueStop}, {"?", cueAsk},
	{",", cueComma}, {" ", cueComma}, {":", cueComma}, {"(", cueComma}, {")", cueComma}, {"~", cueComma}, {"、", cueList}, {"/", cueList},
}

func loadCues(fsys fs.FS, words wordClasses, set *formSet) error {
	for _, p := range punctuation {
		set.at[p.text] = append(set.at[p.text], len(set.forms))
		set.forms = append(set.forms, form{text: p.text, concept: -1, cue: p.cue, literal: true})
	}
	t, err := readTable(fsys, "cues.tsv", "cue", "forms")
	if err != nil {
		return err
	}
	for _, line := range t.lines {
		kind, ok := cueNames[line.text("cue")]
		if !ok {
			return line.fail("cue", "%q is not known; the comment at the head of the file lists them", line.text("cue"))
		}
		var written int
		if err := set.addLine(line, words, form{concept: -1, cue: kind, line: line.number}, &written); err != nil {
			return err
		}
	}
	return nil
}
