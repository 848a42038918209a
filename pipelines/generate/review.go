package generate

// What pharmacists, doctors and other patients say about a patient's things: audits of prescriptions, tasks for a doctor,
// answers in the group that helped somebody. They are lived last, so that the life before does not depend on them.

// Outcomes of an audit.
const (
	auditApproved = iota
	auditRejected
)

var auditOutcomes = [...]string{"approved", "rejected"}

// review writes audits, hand-overs to a doctor and helpful answers between two days.
func (l *life) review(from, to int) {
	l.audits()
	l.every(from, to, 400, len(l.treated.spans) > 0, func(at int64) { l.handOver(working(at)) })
	if l.chance(0.08) {
		l.help(from, to)
	}
}

// audits has a pharmacist look at every prescription. One in twelve is refused; half of those come back corrected.
func (l *life) audits() {
	for _, e := range l.events[:len(l.events):len(l.events)] {
		if e.kind != rxPrescribed {
			continue
		}
		at := e.at + int64(l.between(2, 25))*minuteMS
		audit := event{kind: actRxAudit, at: at, who: idHospital, a: auditApproved}
		if l.chance(0.08) {
			audit.a = auditRejected
		}
		l.put(audit)
		if audit.a == auditRejected && l.chance(0.5) {
			l.put(event{kind: actRxAudit, at: working(at + int64(l.between(4, 40))*hourMS), who: idHospital, a: auditApproved})
		}
	}
}

// handOver is a task for a doctor, which takes days and sometimes stays open.
func (l *life) handOver(at int64) {
	due := int32(dayOf(at) + 5)
	if !l.put(event{kind: actTaskCreated, at: at, who: idWeCom, staff: l.p.staff, a: taskDoctor, b: due}) || l.chance(0.2) {
		return
	}
	closed := working(at + int64(l.between(1, 9))*dayMS)
	l.put(event{kind: actTaskClosed, at: closed, who: idWeCom, staff: l.p.staff, a: taskDoctor, b: 3})
}

// help makes the patient one who talks in the group every other day and whose answers help others.
func (l *life) help(from, to int) {
	l.every(from, min(to, l.chatEnd), 2.5, true, func(at int64) {
		l.sayWith(event{kind: chatGroup, at: at, topic: l.g.topics.group, b: int32(l.p.group)})
	})
	l.every(from, to, 14, true, func(at int64) { l.put(event{kind: actAnswerHelpful, at: at, who: idWeCom}) })
}
