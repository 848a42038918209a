package generate

import "slices"

// treatment is what a person takes and when the supply lasted.
type treatment struct {
	prescribedAt int64 // 0: never prescribed
	start        int64 // moment of the first order, 0: never bought
	isOutside    bool  // bought from a public shop before anybody knew the person
	stopped      bool
	saidDay      int // last day on which the chats must still be open, because a reason is told
	spans        []span
	runOut       [2]int // first day without supply, per drug of the regimen
	taken        []int  // ingredients that were ever taken
	orders       int32
	channel      uint16 // the usual one
}

// span is days with supply, inclusive.
type span struct{ from, to int }

func (t *treatment) reset() {
	*t = treatment{spans: t.spans[:0], taken: t.taken[:0]}
}

// Channels of orders, in the order of lineRates.channels.
var (
	channelNames  = [5]string{"wecom_shop", "youzan", "jd", "pharmacy", "hospital"}
	channelIDs    = [5]idKind{idWeCom, idYouzan, idJD, idPharmacy, idHospital}
	channelPrefix = [5]string{"W", "E", "JD", "PD", "HD"}
)

const (
	chWeComShop = iota
	chYouzan
	chJD
	chPharmacy
	chHospital
)

// treat prescribes and then buys until the person stops, leaves or the window ends.
func (l *life) treat() {
	t := &l.treated
	if t.prescribedAt == 0 && t.start == 0 {
		return
	}
	t.channel = uint16(l.pick(l.rates().channels[:]))
	if t.isOutside {
		t.channel = chJD
		if l.lead == idYouzan {
			t.channel = chYouzan
		}
	}
	l.p.drugs[0] = l.newDrug(-1)
	if l.chance(l.rates().second) {
		l.p.drugs[1] = l.newDrug(l.p.drugs[0])
	}
	if t.prescribedAt != 0 {
		l.prescribe(t.prescribedAt)
	}
	if t.start != 0 {
		l.refill()
	}
}

// newDrug draws a drug of the line that shares no ingredient with anything taken before, and prefers
// another class than the drug beside it; -1 when there is none.
func (l *life) newDrug(beside int16) int16 {
	line := &l.g.lines[l.p.line]
	for range 12 {
		d := line.drugs[l.pick(line.weights)]
		info := &l.g.drugs[d]
		if slices.ContainsFunc(info.ingredients, func(i int) bool { return slices.Contains(l.treated.taken, i) }) {
			continue
		}
		if beside >= 0 && info.Class == l.g.drugs[beside].Class {
			continue
		}
		l.treated.taken = append(l.treated.taken, info.ingredients...)
		return int16(d)
	}
	return -1
}

// refill is the loop of orders. A person refills in time, or late by a personal measure, or stops.
func (l *life) refill() {
	t := &l.treated
	at := t.start
	for n := 0; dayOf(at) <= l.g.endDay && at < l.exitMS; n++ {
		if !l.order(at) {
			if l.chance(0.2) {
				l.stop(dayOf(at)+1, 0.3)
				return
			}
			at = l.when(dayOf(at) + l.between(2, 9))
			continue
		}
		if n%3 == 2 && !t.isOutside {
			l.prescribe(at - int64(l.between(20, 300))*minuteMS)
		}
		l.adjust(at)
		l.enrol(dayOf(at))
		if l.chance(l.stopRisk(n, dayOf(at))) {
			back := l.stop(t.runOut[0]-l.between(0, 6), l.rates().back)
			if back == noDay {
				return
			}
			at = l.when(back)
			continue
		}
		at = l.when(l.nextRefill(dayOf(at)))
	}
}

// stopRisk is the chance to stop after order n.
func (l *life) stopRisk(n, today int) float64 {
	risk := l.rates().stop * unsteadyStop
	if l.isSteady {
		risk = l.rates().stop * steadyStop
	}
	if n == 0 {
		risk *= firstStop
	}
	if l.isCoached(today) {
		risk *= coachedStop
	}
	return risk
}

// nextRefill draws the day of the next order: around the end of supply, late, or early in a campaign.
func (l *life) nextRefill(today int) int {
	due := l.treated.runOut[0]
	inTime, lag := unsteadyInTime, l.rates().lag*l.lateness
	if l.isSteady {
		inTime, lag = steadyInTime, lag*steadyLag
	}
	if l.isCoached(today) {
		inTime = coachedInTime
	}
	next := due + l.between(-6, 1)
	if !l.chance(inTime) {
		next = due + int((l.exp(0.5)+l.exp(0.5))*lag)
	}
	next = max(next, today+3)
	for day := today + 9; day < next+18; day++ {
		if campaignOf(day) == "" {
			continue
		}
		if l.chance(0.38) {
			next = day + l.rng.IntN(6)
		}
		break
	}
	return next
}

// adjust changes the regimen for a few: a switch of the first drug or a second drug beside it.
func (l *life) adjust(at int64) {
	t, p := &l.treated, &l.p
	if t.isOutside {
		return
	}
	switch x := l.rng.Float64(); {
	case x < 0.022:
		if d := l.newDrug(p.drugs[1]); d >= 0 {
			p.drugs[0], t.runOut[0] = d, t.runOut[0]-l.between(0, 8)
			l.prescribe(l.when(max(t.runOut[0]-3, dayOf(at)+2)))
		}
	case x < 0.040 && p.drugs[1] < 0:
		if d := l.newDrug(p.drugs[0]); d >= 0 {
			p.drugs[1], t.runOut[1] = d, 0
			l.prescribe(l.when(max(t.runOut[0]-3, dayOf(at)+2)))
		}
	}
}

// stop ends the treatment on a day, tells the reason in the chats for most, and returns the day on which
// the person comes back, or noDay. A call-back by the staff raises the chance of coming back.
func (l *life) stop(day int, back float64) int {
	why := reason(l.pick(l.rates().reasons[:]))
	day = max(day, dayOf(l.treated.start)+1)
	if day > l.g.endDay {
		return noDay
	}
	l.treated.stopped = true
	l.tellReason(day, why)
	reached := l.callBack(day+l.between(8, 24), why)
	if why == surgery || !l.chance(back) || (!reached && !l.chance(0.5)) {
		return noDay
	}
	l.treated.stopped = false
	next := max(day, l.treated.runOut[0]) + l.between(18, 95)
	if l.friendDay != noDay && l.chance(0.6) {
		l.say(chatPatient, l.when(next), l.g.topics.restarted)
	}
	return next
}

// tellReason writes the message that tells why, and puts it into the truth when it is really there.
func (l *life) tellReason(day int, why reason) {
	if l.friendDay == noDay || !l.chance(0.88) {
		return
	}
	at := l.when(max(day+l.between(0, 7), l.friendDay))
	if l.say(chatPatient, at, l.g.topics.stops[why]) {
		l.treated.saidDay = max(l.treated.saidDay, dayOf(at)+1)
		l.truth.reasons = append(l.truth.reasons, stopReason{day: dayOf(at), why: why})
		l.answer(at, l.g.topics.stopAnswer)
	}
}

// callBack makes the follow-up task of a person who stopped: created, begun, called, closed.
func (l *life) callBack(day int, why reason) bool {
	if l.friendDay == noDay || !l.chance(0.72) {
		return false
	}
	at := working(l.when(max(day, l.friendDay+1)))
	reached := l.chance(0.62)
	outcome := int32(0)
	if !reached {
		outcome = 1
	}
	l.task(at, taskCallBack, outcome)
	call := working(at + int64(l.between(2, 30))*hourMS)
	if !l.put(event{kind: actCallBack, at: call, who: idWeCom, staff: l.p.staff, a: outcome, b: int32(why)}) {
		return false
	}
	l.say(chatStaff, call+int64(l.between(1, 9))*minuteMS, l.g.topics.callBack)
	return reached
}
