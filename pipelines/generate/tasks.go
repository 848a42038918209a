package generate

// Names of tasks, outcomes, alerts and reasons as the attributes carry them.
var (
	taskNames   = [...]string{"call_back", "follow_up", "report_check", "refill_check", "doctor_review"}
	outcomes    = [...]string{"reached", "no_answer", "refused", "done"}
	alertNames  = [...]string{"bp_crisis", "hypo_level2", "refill_overdue"}
	leftReasons = [...]string{"moved", "other_hospital", "asked_to_leave", "course_completed"}
)

const (
	taskCallBack = iota
	taskFollowUp
	taskReport
	taskRefill
	taskDoctor
)

// task is the life of one follow-up task; some stay open.
func (l *life) task(at int64, what int32, outcome int32) {
	due := at + int64(l.between(1, 3))*dayMS
	e := event{kind: actTaskCreated, at: at, who: idWeCom, staff: l.p.staff, a: what, b: int32(dayOf(due))}
	if !l.put(e) || l.chance(0.08) {
		return
	}
	started := working(at + int64(l.between(1, 60))*hourMS)
	l.put(event{kind: actTaskStarted, at: started, who: idWeCom, staff: l.p.staff, a: what})
	closed := started + int64(l.between(3, 40))*minuteMS
	l.put(event{kind: actTaskClosed, at: closed, who: idWeCom, staff: l.p.staff, a: what, b: outcome})
}

// alert is raised by a dangerous reading and acknowledged by the team.
func (l *life) alert(at int64, what int32) {
	if !l.put(event{kind: actAlertRaised, at: at + 2000, who: idWeCom, staff: l.p.staff, a: what}) || l.chance(0.07) {
		return
	}
	ack := at + int64(l.exp(35*minuteMS)) + 60_000
	l.put(event{kind: actAlertAck, at: ack, who: idWeCom, staff: l.p.staff, a: what})
}

// tasks writes the work of the team and the visits that are not part of the funnel.
func (l *life) tasks(to int) {
	from := l.friendDay + 15
	isBuyer := len(l.treated.spans) > 0
	l.every(from, to, 75, isBuyer, func(at int64) { l.task(working(at), taskFollowUp, 3) })
	l.every(from, to, 170, isBuyer, func(at int64) { l.task(working(at), taskRefill, 3) })
	l.every(from, to, 150, true, func(at int64) {
		if l.put(event{kind: actBookConsult, at: at, who: idWeCom}) && l.chance(0.5) {
			l.put(event{kind: actRegisterVisit, at: at + 3*hourMS, who: idWeCom})
		}
	})
	l.every(from, to, 120, isBuyer && !l.treated.isOutside, func(at int64) {
		l.put(event{kind: actRevisit, at: at, who: idHospital})
	})
	l.every(from, to, 130, isBuyer || l.chance(0.3), func(at int64) {
		l.put(event{kind: actReportRead, at: working(at), who: idWeCom, staff: l.p.staff})
	})
	l.every(from, to, 1500, true, func(at int64) { l.put(event{kind: actReferralDone, at: at, who: idWeCom}) })
	l.sessions(to)
}
