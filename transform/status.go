package transform

// Statuses of a finding.
const (
	StatusPresent = "present" // it is said to be so
	StatusAbsent  = "absent"  // it is said not to be so, or no more
	StatusUnknown = "unknown" // doubt, a condition, a guess
	StatusAsked   = "asked"   // a question that waits for its answer
)

// Subjects of a finding.
const (
	SubjectSelf     = "self"
	SubjectRelative = "relative"
)

// How many runes a cue reaches. They were chosen on real consultations.
const (
	reachNo    = 5  // from 没有 to what it denies
	reachNot   = 0  // from 不
	reachList  = 0  // from a list's item, or the word that joins it, to the next
	reachGone  = 3  // from a symptom to 好了
	reachDoubt = 12 // from 怀疑 to what is doubted
	reachCan   = 6  // from 能 to the act
	reachAfter = 10 // between drug, after and symptom
	reachBare  = 1  // from 吃了, without a drug, to the symptom
	reachNext  = 14 // the same, when the symptom stands in a later clause
)

// maxMentions ends a sentence that never ends; each mention is compared with those before it.
const maxMentions = 256

// mention is a concept that stands in the sentence at hand.
type mention struct {
	token
	status   string
	relative bool
	reaction bool // it came after a drug was taken
	wide     bool // two parts with a gap between them
}

// reader walks through the tokens of one message and decides the status of each mention.
type reader struct {
	patient  bool // the patient speaks
	relative bool // the subject, until the speaker turns to somebody else
	sc       *scratch
	gaps     []gapPart
	clause   clauseState
	course   courseState
}

// clauseState is what the cues of the clause so far say about what follows.
type clauseState struct {
	no, not      int32 // where the denial ends that still reaches, -1 for none
	deniedAt     int32 // where the last denial begins
	listed       int32 // end of the last denied mention, -1 for none
	whether      bool
	doubt        int32
	condition    bool
	can          int32
	which        bool
	elsewhere    bool // it is about things that have nothing to do with health
	firstMention int  // index in sentence
}

// courseState follows "took X, then Y" through a sentence.
type courseState struct {
	drug, took, after int32 // ends of the last such tokens, -1 for none
	bare              int32 // end of 吃了 and the like with nothing behind it yet, -1 for none
	later             bool  // a clause has ended since after
}

func freshClause(first int) clauseState {
	return clauseState{no: -1, not: -1, listed: -1, doubt: -1, can: -1, firstMention: first}
}

// read walks the tokens and calls flush at the end of every sentence.
func (r *reader) read(flush func()) {
	r.startSentence()
	tokens, parts := r.sc.tokens, r.sc.parts
	for i := range tokens {
		t := tokens[i]
		for ; len(parts) > 0 && parts[0].start <= t.start; parts = parts[1:] {
			r.part(parts[0].form.part, parts[0])
		}
		switch {
		case t.form.cue == cueNone:
			r.mention(i)
		case t.form.cue == cueStop:
			flush()
			r.startSentence()
		case t.form.cue == cueAsk:
			r.ask()
			flush()
			r.startSentence()
		case t.form.cue == cueComma:
			r.comma(i)
		default:
			r.cue(i)
		}
		if len(r.sc.sentence) >= maxMentions {
			flush()
			r.startSentence()
		}
	}
	for _, t := range parts {
		r.part(t.form.part, t)
	}
	flush()
}

func (r *reader) startSentence() {
	r.sc.clause += 2 // no clause of the last sentence stands next to the first of this one
	r.sc.sentence = r.sc.sentence[:0]
	r.clause = freshClause(0)
	r.course = courseState{drug: -1, took: -1, after: -1, bare: -1}
}

// comma begins a clause. A clause that is nothing but a mention goes on with the list before it.
func (r *reader) comma(i int) {
	before := r.clause
	r.course.took, r.course.bare, r.course.later = -1, -1, true
	r.sc.clause++
	r.clause = freshClause(len(r.sc.sentence))
	r.clause.condition = before.condition && !r.patient
	if !r.bare(i + 1) {
		return
	}
	r.clause.whether, r.clause.which = before.whether, before.which
	if !r.patient {
		r.clause.firstMention = before.firstMention
	}
	if before.listed >= 0 {
		r.clause.listed = r.sc.tokens[i].end
	}
}

// bare says that the clause that begins with token i holds one mention and nothing else.
func (r *reader) bare(i int) bool {
	tokens := r.sc.tokens
	if i >= len(tokens) || tokens[i].form.cue != cueNone || tokens[i].start != tokens[i-1].end {
		return false
	}
	if i+1 == len(tokens) {
		return int(tokens[i].end) == len(r.sc.classes)
	}
	next := tokens[i+1]
	return next.start == tokens[i].end && (next.form.cue <= cueList && next.form.cue != cueNone)
}

func (r *reader) cue(i int) {
	t, c := r.sc.tokens[i], &r.clause
	switch t.form.cue {
	case cueNo:
		if !r.askedAtEnd(i) {
			c.no, c.deniedAt = t.end, t.start
		}
	case cueNot:
		if !r.askedAtEnd(i) {
			c.not, c.deniedAt = t.end, t.start
		}
	case cueGone:
		r.gone(t)
	case cueBetter:
		r.course.after = -1 // it helped: what follows is no reaction
		if m := r.lastMention(t.start, reachGone); m != nil {
			m.reaction = false
		}
	case cueWhether:
		c.whether, c.no, c.not = true, -1, -1
	case cueDoubt:
		c.doubt = t.end
	case cueIf:
		c.condition = true
	case cueCan:
		c.can = t.end
	case cueBut:
		c.no, c.not, c.listed = -1, -1, -1
	case cueList:
		if c.listed >= 0 && t.start-c.listed <= 1 {
			c.listed = t.end
		}
	case cueSelf:
		r.relative = false
	case cueOther:
		r.relative = r.patient
	case cueElse:
		r.elsewhere()
	case cueNoneOf:
		r.noneOf(i)
	case cueWhich:
		c.which = true
	case cueDrug, cueTook, cueAfter, cueStill, cueTaken:
		r.follow(t)
	}
}

// follow keeps track of a drug that was taken and of what came after it.
func (r *reader) follow(t token) {
	k := &r.course
	k.later = k.later && t.form.cue == cueStill
	near := func(at int32) bool { return at >= 0 && t.start-at <= reachAfter }
	switch t.form.cue {
	case cueTook:
		k.took, k.bare = t.end, -1
		if t.end-t.start == 2 && !near(k.drug) {
			k.bare = t.end
		}
		if near(k.drug) {
			k.after = t.end
		}
	case cueAfter:
		if near(k.drug) {
			k.after = t.end
		}
	case cueStill:
		k.after = -1
	case cueTaken:
		k.drug, k.after = t.end, t.end
	default: // a drug
		r.part(drugPart, part{token: t})
		k.drug = t.end
		if near(k.took) {
			k.after = t.end
		}
	}
}

// askedAtEnd sees 没有 or 不 right behind a mention at the end of a sentence: 发烧没有, 疼不. It is a
// question there, from whomever.
func (r *reader) askedAtEnd(i int) bool {
	tokens := r.sc.tokens
	t := tokens[i]
	if i == 0 || tokens[i-1].form.cue != cueNone || tokens[i-1].end != t.start {
		return false
	}
	last := i+1 == len(tokens) && int(t.end) == len(r.sc.classes)
	if !last && (i+1 == len(tokens) || tokens[i+1].start != t.end || tokens[i+1].form.cue == cueNone || tokens[i+1].form.cue > cueComma) {
		return false
	}
	for k := r.clause.firstMention; k < len(r.sc.sentence); k++ {
		if m := &r.sc.sentence[k]; m.form.flags&flagAsked != 0 && m.end == t.start {
			m.status = StatusPresent
		}
	}
	if m := r.lastMention(t.start, 0); m != nil && m.form.flags&flagFirm == 0 {
		m.status = r.questioned()
		if r.patient && t.form.cue == cueNo {
			m.status, m.reaction = StatusAbsent, false // 头晕没有: a patient answers with it
		}
	}
	return true
}

// elsewhere takes what people want or worry about in this clause as being about something else: 学费太贵, 裤子要退货.
func (r *reader) elsewhere() {
	r.clause.elsewhere = true
	for k := r.clause.firstMention; k < len(r.sc.sentence); k++ {
		if m := &r.sc.sentence[k]; m.form.isDeed() {
			m.status = StatusUnknown
		}
	}
}

// noneOf denies all that the clause names when it ends here: 发烧、咳嗽都没有. Elsewhere it denies what follows.
func (r *reader) noneOf(i int) {
	t, c := r.sc.tokens[i], &r.clause
	last := int(t.end) == len(r.sc.classes)
	if !last && (i+1 == len(r.sc.tokens) || r.sc.tokens[i+1].start != t.end || r.sc.tokens[i+1].form.cue == cueNone || r.sc.tokens[i+1].form.cue > cueComma) {
		c.no, c.deniedAt = t.end, t.start
		return
	}
	for k := c.firstMention; k < len(r.sc.sentence); k++ {
		if m := &r.sc.sentence[k]; m.form.flags&flagFirm == 0 && r.patient {
			m.status, m.reaction = StatusAbsent, false
		}
	}
}

// lastMention returns the mention that ends at most reach runes before position at.
func (r *reader) lastMention(at, reach int32) *mention {
	for i := len(r.sc.sentence) - 1; i >= 0; i-- {
		m := &r.sc.sentence[i]
		if m.end > at {
			continue
		}
		if at-m.end <= reach {
			return m
		}
		break
	}
	return nil
}

func (r *reader) gone(t token) {
	m := r.lastMention(t.start, reachGone)
	if m != nil && m.status == StatusPresent && m.form.flags&(flagSymptom|flagClaim) != 0 {
		m.status, m.reaction = StatusAbsent, false
	}
}

// mention decides what one concept means where it stands.
func (r *reader) mention(i int) {
	t := r.sc.tokens[i]
	m := mention{token: t, relative: r.relative}
	if r.aNotA(i, t) || r.hidden(t) {
		return
	}
	if last := r.lastMention(t.end, 0); last != nil && last.start == t.start {
		m.status = last.status // another concept of the same words
	} else {
		m.status = r.status(t)
	}
	switch {
	case t.form.flags&flagDrug != 0:
		r.follow(t)
	case t.form.flags&flagSymptom != 0:
		r.part(symptomPart, part{token: t})
		m.reaction = r.reacts(m) && !r.told(t)
	case t.form.flags&flagRelation != 0:
		r.relative, m.relative = true, true
	case t.form.flags&flagAdverse != 0:
		if !r.reacts(m) || r.told(t) {
			m.status = ""
		}
	case t.form.flags&flagAct != 0:
		r.course.drug = -1 // 激素我不敢吃，会胖: it was not taken
	}
	r.sc.sentence = append(r.sc.sentence, m)
}

// reacts says that a symptom came up after a drug was taken, the patient's or that of the person who is spoken of.
func (r *reader) reacts(m mention) bool {
	reach := int32(reachAfter)
	if r.course.later {
		reach = reachNext
	}
	if !r.patient || m.status != StatusPresent || m.form.flags&flagMain != 0 {
		return false
	}
	bare := r.course.bare >= 0 && m.start-r.course.bare <= reachBare && m.form.flags&flagAdverse == 0
	return bare || r.course.after >= 0 && m.start-r.course.after <= reach
}

// told says that t begins inside of a deed in two parts that was just found: 药刚咽下去就吐了 is about the drug.
func (r *reader) told(t token) bool {
	list := r.sc.sentence
	for i := max(0, len(list)-3); i < len(list); i++ {
		if m := &list[i]; m.wide && m.form.flags&flagAct != 0 && t.start >= m.start && t.start < m.end {
			return true
		}
	}
	return false
}

// aNotA sees the second half of 咳不咳 and 吐没吐, which asks for the first.
func (r *reader) aNotA(i int, t token) bool {
	if i < 2 {
		return false
	}
	mid, first := r.sc.tokens[i-1], r.sc.tokens[i-2]
	if mid.form.cue != cueNot && mid.form.cue != cueNo || mid.start != first.end || mid.end != t.start || first.form.concept != t.form.concept {
		return false
	}
	m := r.lastMention(mid.start, 0)
	if m == nil {
		return false
	}
	m.status, m.end = r.questioned(), t.end
	if i >= 3 && r.sc.tokens[i-3].form.cue == cueNot && r.sc.tokens[i-3].end == first.start {
		m.status = StatusAbsent // 不哭不闹
	}
	r.clause.no, r.clause.not = -1, -1
	return true
}

func (r *reader) status(t token) string {
	c := &r.clause
	if t.form.flags&flagAsked != 0 && !c.whether {
		return "" // until the question is there
	}
	if c.elsewhere && t.form.isDeed() {
		return StatusUnknown
	}
	if t.form.flags&flagFirm != 0 {
		return StatusPresent
	}
	denied := t.form.polarity == polarNo || r.denied(t)
	switch {
	case t.form.polarity == polarAsk:
		return r.questioned()
	case c.whether:
		return r.questioned()
	case denied:
		return StatusAbsent
	case c.condition, !r.patient && t.form.flags&flagDisease != 0:
		return StatusUnknown
	case c.doubt >= 0 && t.start-c.doubt <= reachDoubt:
		return StatusUnknown
	case t.form.flags&flagAct != 0 && c.can >= 0 && t.start-c.can <= reachCan:
		return r.questioned()
	}
	return StatusPresent
}

// questioned is the status of what a question asks for: it waits for an answer when the care team asks.
func (r *reader) questioned() string {
	if r.patient {
		return StatusUnknown
	}
	return StatusAsked
}

// denied says that a denial in the clause reaches t, and lets it reach the rest of a list.
func (r *reader) denied(t token) bool {
	c := &r.clause
	reaches := func(from, reach int32) bool { return from >= 0 && t.start-from <= reach }
	switch {
	case reaches(c.no, reachNo), reaches(c.listed, reachList):
		c.listed = t.end
	case reaches(c.not, reachNot):
	default:
		return false
	}
	c.no, c.not = -1, -1
	return true
}

// ask ends a clause with ? or 吗. For the care team it asks for the mentions of the clause, unless it
// asks when, how long or how. A patient's question leaves a symptom as it is, but not a diagnosis or an
// act: 是二期吗 and 可以停药吗 report neither.
func (r *reader) ask() {
	if r.clause.which {
		return
	}
	for i := r.clause.firstMention; i < len(r.sc.sentence); i++ {
		m := &r.sc.sentence[i]
		if m.form.flags&flagAsked != 0 {
			m.status = StatusPresent
		}
		if m.form.flags&flagFirm != 0 {
			continue
		}
		switch {
		case !r.patient:
			m.status = StatusAsked
		case m.form.flags&flagAct != 0:
			m.status = StatusAsked
		case m.form.flags&flagClaim != 0 && m.status == StatusPresent:
			m.status = StatusUnknown
		}
		m.reaction = m.reaction && m.status == StatusPresent
	}
}
