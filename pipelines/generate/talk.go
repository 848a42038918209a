package generate

// Phases of a person's life for the choice of subjects.
const (
	phaseBefore = iota // not yet on the medicine
	phaseOn            // has supply
	phaseGap           // had supply, has none now
	phases
)

// threadsPerYear is how often a person of middle engagement begins to talk, by phase.
var threadsPerYear = [phases]float64{17, 29, 14}

func (l *life) phaseAt(day int) int {
	if len(l.treated.spans) == 0 || day < l.treated.spans[0].from {
		return phaseBefore
	}
	for _, s := range l.treated.spans {
		if s.from <= day && day <= s.to {
			return phaseOn
		}
	}
	return phaseGap
}

// say writes one message of a one-to-one chat; the drug is the one that the person takes first.
func (l *life) say(k kind, at int64, topic uint16) bool {
	return l.sayWith(event{kind: k, at: at, topic: topic})
}

func (l *life) sayWith(e event) bool {
	if dayOf(e.at) > l.chatEnd {
		return false
	}
	e.who, e.staff, e.c = idWeCom, l.p.staff, int32(l.p.drugs[0]+1)
	return l.put(e)
}

// answer lets the care worker answer a message after some minutes, in working hours; it returns when.
func (l *life) answer(at int64, topic uint16) int64 {
	at = working(at + int64(20_000+l.exp(14*minuteMS)))
	l.say(chatStaff, at, topic)
	return at
}

// greet is the hour after the friend request: the robot, the pharmacist, the patient.
func (l *life) greet(at int64) {
	l.say(chatRobot, at, l.g.topics.robotWelcome)
	at = working(at + int64(l.between(2, 60))*minuteMS)
	l.say(chatStaff, at, l.g.topics.welcome)
	if l.chance(0.75) {
		l.say(chatPatient, at+int64(l.exp(25*minuteMS)), l.g.topics.hello)
	}
}

// talk writes all conversations between two days: those that the patient begins and those of the team.
func (l *life) talk(from, to int) {
	for day := float64(from) + 0.3; ; {
		rate := threadsPerYear[l.phaseAt(int(day))] * l.engagement
		day += l.exp(365 / rate)
		if int(day) > to {
			break
		}
		l.thread(l.when(int(day)), l.phaseAt(int(day)))
	}
	l.routine(from, to)
	l.reminders(to)
}

// thread is one conversation that the patient begins: a question or a report, an answer, a close.
func (l *life) thread(at int64, phase int) {
	flow := &l.g.texts.flows[l.pick(l.g.texts.flowWeights[l.p.line][phase])]
	k := chatPatient
	switch x := l.rng.Float64(); {
	case x < 0.03:
		k = chatVoice
	case flow.isImage:
		l.say(chatImage, at-int64(l.between(3, 200))*1000, 0)
	}
	if !l.ask(k, at, flow) {
		return
	}
	last := at
	if l.chance(0.28) {
		last += int64(l.between(4, 90)) * 1000
		l.say(chatPatient, last, l.g.topics.more)
	}
	if l.chance(0.006) {
		l.recall(last + 20_000)
	}
	if l.chance(0.024) {
		last += int64(l.between(10, 200)) * 1000
		l.plant(last)
	}
	if l.chance(0.93) {
		last = l.answer(last, flow.answer)
		if l.chance(0.16) {
			last += int64(l.between(30, 400)) * 1000
			l.say(chatPatient, last, l.g.topics.followUp)
			last = l.answer(last, l.g.topics.followAnswer)
		}
	}
	if l.chance(0.55) {
		l.say(chatPatient, last+int64(l.exp(6*minuteMS)), l.g.topics.thanks)
	}
}

// ask writes the first message of a thread, with readings in it where the subject is a reading.
func (l *life) ask(k kind, at int64, flow *flow) bool {
	e := event{kind: k, at: at, topic: flow.topic}
	switch flow.reading {
	case readBP:
		e.a, e.b = l.bloodPressure(dayOf(at))
	case readGlucose:
		e.a = l.glucose(dayOf(at), false)
		e.b = l.glucose(dayOf(at), true)
	case readHbA1c:
		e.a = l.hba1c(dayOf(at))
	case readVAS:
		e.a = l.vas(dayOf(at))
	}
	if k == chatVoice {
		e.topic = 0
	}
	return l.sayWith(e)
}

// recall withdraws the last message of the patient, unless it tells a reason or carries a planted value.
func (l *life) recall(at int64) {
	last := l.events[len(l.events)-1]
	if last.kind == chatPatient {
		l.sayWith(event{kind: chatRecall, at: at, a: int32(last.seq)})
	}
}

// plant writes a message that carries a personal number, for tests of redaction.
func (l *life) plant(at int64) {
	what := plantKind(l.pick(plantWeights[:]))
	if l.sayWith(event{kind: chatPatient, at: at, topic: l.g.topics.plants[what], a: int32(what) + 1}) {
		last := l.events[len(l.events)-1]
		l.truth.planted = append(l.truth.planted, planted{seq: last.seq, seed: last.seed, what: what})
	}
}

// routine is the team's fixed follow-up: days 1, 3, 7 and 14, then about every four weeks; the question is
// answered with a bare yes or no by most.
func (l *life) routine(from, to int) {
	day, step := from+1, 0
	gaps := []int{2, 4, 7}
	for ; day <= to; step++ {
		gap := l.between(24, 34)
		if step < len(gaps) {
			gap = gaps[step]
		}
		l.followUp(working(l.when(day)), l.phaseAt(day))
		day += gap
	}
}

func (l *life) followUp(at int64, phase int) {
	t := &l.g.topics
	if phase == phaseBefore || l.chance(0.25) {
		l.say(chatStaff, at, t.educate)
		if l.chance(0.4) {
			l.say(chatPatient, at+int64(l.exp(2*hourMS)), t.thanks)
		}
		return
	}
	side := l.chance(0.5)
	question := t.askTaken
	if side {
		question = t.askSide
	}
	l.say(chatStaff, at, question)
	if !l.chance(0.72) {
		return
	}
	reply := at + int64(l.exp(70*minuteMS))
	switch x := l.rng.Float64(); {
	case side && x < 0.72:
		l.say(chatPatient, reply, t.no)
	case side:
		l.say(chatPatient, reply, t.sideReport)
		l.answer(reply, t.sideAnswer)
	case phase == phaseOn && x < 0.80:
		l.say(chatPatient, reply, t.yes)
	default:
		l.say(chatPatient, reply, t.forgotOnce)
		l.answer(reply, t.forgotAnswer)
	}
}

// reminders come from the robot before the supply ends and from the team after it.
func (l *life) reminders(to int) {
	t := &l.g.topics
	for i, s := range l.treated.spans {
		if s.to-5 > to || s.to-5 < l.friendDay {
			continue
		}
		at := working(l.when(s.to - 5))
		if l.chance(0.7) {
			l.say(chatRobot, at, t.robotRefill)
			if l.chance(0.35) {
				l.say(chatPatient, at+int64(l.exp(3*hourMS)), t.refillReply)
			}
		}
		next := l.g.endDay + 1
		if i+1 < len(l.treated.spans) {
			next = l.treated.spans[i+1].from
		}
		if next > s.to+5 && l.chance(0.5) {
			l.say(chatStaff, working(l.when(s.to+4)), t.overdue)
		}
	}
}
