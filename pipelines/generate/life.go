package generate

import (
	"math"
	"math/rand/v2"
	"slices"
)

// life makes the events of one person after another. It is used again for each person, so that a
// population costs no more memory than its events.
type life struct {
	g   *Generator
	pcg *rand.PCG
	rng *rand.Rand
	p   person

	events []event
	seq    uint16

	engagement float64 // how much the person writes and reads, about 1
	lateness   float64 // how late the person refills, about 1
	vital      float64 // how high the readings are, about 1
	hasMeter   bool
	isSteady   bool // refills in time
	isQuiet    bool // never treated, hardly ever writes

	friendDay  int   // noDay while the person is no friend
	chatEnd    int   // last day of the friendship
	exitMS     int64 // moment of death or leaving; nothing happens after it
	treated    treatment
	trial      trial
	inOtherArm bool  // of an experiment than the draw says
	linked     idSet // identifiers that events have tied together
	used       idSet // identifiers on any event
	lead       idKind

	truth lifeTruth
}

const noDay = math.MaxInt32

func (g *Generator) newLife() *life {
	pcg := rand.NewPCG(0, 0)
	return &life{g: g, pcg: pcg, rng: rand.New(pcg)}
}

// live makes the whole life of person no; the events are in no order.
func (l *life) live(no uint32) {
	l.pcg.Seed(mix(l.g.cfg.Seed), mix(uint64(no)))
	l.p = person{no: no}
	l.events, l.seq = l.events[:0], 0
	l.friendDay, l.chatEnd, l.exitMS = noDay, noDay, math.MaxInt64
	l.linked, l.used = 0, 0
	l.isQuiet = l.g.isQuiet(no)
	l.treated.reset()
	l.trial = trial{}
	l.truth.reset()
	l.born()
	l.journey()
	l.shareIdentifiers()
	l.settleFaults()
}

// journey walks the funnel; a person who is lost at a step does little afterwards.
func (l *life) journey() {
	first := l.firstContact()
	at := l.when(first)
	l.lead = sources[l.p.source].lead
	if l.p.source == publicEcom && l.chance(0.4) {
		l.lead = idYouzan
	}
	l.linked = l.linked.with(l.lead)
	l.put(event{kind: actLead, at: at, who: l.lead})
	if !l.isQuiet && l.p.source == publicEcom && l.chance(ecomFirstRate) {
		l.treated.start = at + 2*minuteMS
		l.treated.isOutside = true
	}
	if !l.chance(sources[l.p.source].friend) {
		l.browse(first, min(first+60, l.g.endDay), l.perYear(4))
		l.treat()
		return
	}
	l.befriend(at + int64(l.exp(0.8)*dayMS) + 3*minuteMS)
	l.care()
}

// firstContact draws the first day: many people come over from earlier lists in the first weeks, fewer
// later, and half as many again on the days of a sales campaign.
func (l *life) firstContact() int {
	span := float64(l.g.endDay - l.g.firstDay + 1)
	for {
		day := l.g.firstDay + int(span*math.Pow(l.rng.Float64(), 2.4))
		if campaignOf(day) != "" || l.chance(0.66) {
			return min(day, l.g.endDay)
		}
	}
}

// befriend adds the pharmacist and walks on to the profile form, the first visit and the prescription.
func (l *life) befriend(at int64) {
	if dayOf(at) > l.g.endDay {
		return
	}
	l.friendDay = dayOf(at)
	l.p.staff = uint16(1 + l.pick(l.g.load))
	l.exit()
	l.put(event{kind: actAddFriend, at: at, who: idWeCom, staff: l.p.staff})
	l.sayExit()
	l.greet(at + 30_000)
	l.consents(at)
	if !l.chance(profileRate) {
		return
	}
	at = l.later(at, 2.5)
	l.put(event{kind: actSubmitForm, at: at, who: idWeCom, staff: l.p.staff, links: idSet(0).with(idPhone)})
	if l.isQuiet || l.treated.isOutside || !l.chance(visitRate) {
		return
	}
	at = l.later(at, 5)
	l.put(event{kind: actRegisterVisit, at: at, who: idHospital})
	at += int64(l.between(20, 600)) * minuteMS
	l.put(event{kind: actFirstVisit, at: at, who: idHospital})
	if !l.chance(prescribeRate) {
		return
	}
	l.treated.prescribedAt = at + int64(l.between(10, 50))*minuteMS
	if l.chance(firstFillRate) {
		l.treated.start = l.later(l.treated.prescribedAt, 3.5)
	}
}

// care fills the time after the friend request: treatment, talk, content, readings, tasks.
func (l *life) care() {
	l.treat()
	if l.friendDay == noDay {
		return
	}
	l.unfriend()
	to := min(l.g.endDay, l.chatEnd)
	if l.isQuiet {
		l.browse(l.friendDay, to, l.perYear(11))
		return
	}
	l.talk(l.friendDay, to)
	l.monitor(l.friendDay, to)
	l.browse(l.friendDay, to, 11)
	l.community(l.friendDay, to)
	l.tasks(to)
	l.review(l.friendDay+15, to)
}

// exit decides whether the person dies or leaves the programme inside the window. The last day holds
// nothing but the event that says so; then no fill meets the end of treatment.
func (l *life) exit() {
	years := func(rate float64) int64 { return int64(l.exp(1/rate) * 365 * dayMS) }
	from := startOf(l.friendDay) + 5*dayMS
	died, left := from+years(l.rates().death), from+years(leaveRate)
	at, k := died, actDied
	if left < died {
		at, k = left, actLeft
	}
	if dayOf(at) > l.g.endDay {
		return
	}
	l.exitMS = startOf(dayOf(at))
	l.truth.exitDay, l.truth.exitKind = dayOf(at), k
}

// sayExit writes the event of the exit, if there is one.
func (l *life) sayExit() {
	if l.exitMS == math.MaxInt64 {
		return
	}
	exit := l.exitMS
	l.exitMS = math.MaxInt64
	at := exit + int64(l.between(8*60, 20*60))*minuteMS
	l.put(event{kind: l.truth.exitKind, at: at, who: idWeCom, staff: l.p.staff, a: int32(l.rng.IntN(len(leftReasons)))})
	l.exitMS = exit
}

// unfriend ends the friendship for some, more often after the medicine was stopped.
func (l *life) unfriend() {
	rate := 0.05
	if l.treated.stopped {
		rate = 0.20
	}
	day := l.friendDay + 7 + int(l.exp(1/rate)*365)
	if day > l.g.endDay {
		return
	}
	day = max(day, l.treated.saidDay+1)
	if l.put(event{kind: actDelFriend, at: l.when(day), who: idWeCom, staff: l.p.staff}) {
		l.chatEnd = day - 1
		l.events = slices.DeleteFunc(l.events, func(e event) bool { return e.kind <= chatRecall && dayOf(e.at) >= day })
	}
}

// put numbers an event, ties its identifier to the person and keeps it, unless it is outside the window
// or after the end of the life; it tells which.
func (l *life) put(e event) bool {
	if e.at >= l.exitMS || dayOf(e.at) > l.g.endDay {
		return false
	}
	e.links &^= 1 << e.who
	l.tie(&e)
	l.used |= e.links.with(e.who)
	e.person, e.seq, e.seed = l.p.no, l.seq, l.rng.Uint32()
	l.seq++
	l.events = append(l.events, e)
	return true
}

// tie makes sure that the identifiers of an event lead to the rest of the person: most often by a link on
// the event itself, else by an identity_linked event some days or weeks later.
func (l *life) tie(e *event) {
	own := e.links.with(e.who)
	if own&l.linked != 0 {
		l.linked |= own
		return
	}
	base := l.lead
	if l.linked.has(idPhone) && l.chance(0.6) {
		base = idPhone
	} else if l.linked.has(idWeCom) && l.chance(0.7) {
		base = idWeCom
	}
	l.linked |= own
	at := e.at + int64((3+37*l.rng.Float64())*dayMS)
	if l.chance(0.86) || at >= l.exitMS || dayOf(at) > l.g.endDay {
		e.links = e.links.with(base)
		return
	}
	l.put(event{kind: actIdentityLinked, at: at, who: base, links: idSet(0).with(e.who)})
}
