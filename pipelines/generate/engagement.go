package generate

// browse writes the reading and watching of content, perYear articles for a person of middle engagement.
// A person who is no friend reads with the identifier of the first contact.
func (l *life) browse(from, to int, perYear float64) {
	who := l.lead
	if l.friendDay != noDay {
		who = idWeCom
	}
	content := func(k kind) func(int64) {
		return func(at int64) { l.put(event{kind: k, at: at, who: who}) }
	}
	gap := 365 / (perYear * l.engagement)
	l.every(from, to, gap, true, content(actReadArticle))
	l.every(from, to, 3.2*gap, l.friendDay != noDay, content(actViewVideo))
	l.every(from, to, 3.8*gap, l.friendDay != noDay, content(actViewLive))
}

// community writes groups, clinics, points and check-ins.
func (l *life) community(from, to int) {
	act := func(k kind) func(int64) {
		return func(at int64) { l.put(event{kind: k, at: at, who: idWeCom}) }
	}
	if l.chance(0.55) {
		l.group(from, to)
	}
	l.every(from, to, 330/l.engagement, true, act(actLightClinic))
	l.every(from, to, 900/l.engagement, true, act(actHeavyClinic))
	l.every(from, to, 1900/l.engagement, true, act(actOfflineMeeting))
	l.every(from, to, 45/l.engagement, l.chance(0.6), act(actPointsEarn))
	l.every(from, to, 190/l.engagement, l.chance(0.4), act(actPointsSpend))
	l.every(from, to, 80/l.engagement, l.chance(0.20), func(at int64) { l.streak(at, actCheckInMedicine) })
	l.every(from, to, 110/l.engagement, l.chance(0.15), func(at int64) { l.streak(at, actCheckInExercise) })
	l.every(from, to, 700, true, func(at int64) { l.put(event{kind: actReferralMade, at: at, who: idWeCom}) })
}

// group joins the patients' group, talks there, and leaves it for some.
func (l *life) group(from, to int) {
	joined := l.when(min(from+l.between(1, 12), l.g.endDay))
	if !l.put(event{kind: actJoinGroup, at: joined, who: idWeCom}) {
		return
	}
	left := to
	if day := dayOf(joined) + 10 + int(l.exp(900)); day < to {
		left = day
		l.put(event{kind: actLeaveGroup, at: l.when(day), who: idWeCom})
	}
	l.every(dayOf(joined)+1, left-1, 16/l.engagement, true, func(at int64) {
		l.sayWith(event{kind: chatGroup, at: at, topic: l.g.topics.group, b: int32(l.p.group)})
	})
}

// streak is a check-in on several days in a row, at about the same hour.
func (l *life) streak(at int64, k kind) {
	for range l.between(3, 12) {
		if !l.put(event{kind: k, at: at, who: idWeCom}) {
			return
		}
		at += dayMS + int64(l.between(-30, 30))*minuteMS
	}
}

// consents are asked for at the friend request: most grant the service, some never answer, some say no;
// a few withdraw later or ask not to be contacted.
func (l *life) consents(at int64) {
	at += int64(l.between(2, 2000)) * minuteMS
	x := l.rng.Float64()
	if x >= 0.95 {
		return
	}
	granted := x < 0.93
	l.consent(at, purposeService, granted)
	if granted {
		l.consent(at+1000, purposeArchive, l.chance(0.97))
	}
	if withdrawn := at + int64(l.exp(365/0.025)*dayMS); granted && dayOf(withdrawn) <= l.g.endDay {
		l.consent(withdrawn, purposeService, false)
	}
	if asked := at + int64(l.exp(365/0.03)*dayMS); dayOf(asked) <= l.g.endDay {
		if l.say(chatPatient, asked, l.g.topics.doNotContact) {
			l.consent(asked+10*minuteMS, purposeContact, false)
		}
	}
}

// Purposes of a consent; the number stands in the event.
const (
	purposeService = iota
	purposeArchive
	purposeContact
)

var purposes = [...]string{"service", "archive", "contact"}

func (l *life) consent(at int64, purpose int, granted bool) {
	e := event{kind: actConsent, at: at, who: idWeCom, staff: l.p.staff, a: int32(purpose)}
	if granted {
		e.b = 1
	}
	if !l.put(e) {
		return
	}
	switch {
	case purpose == purposeService && granted:
		l.truth.consent = consentGranted
	case purpose == purposeService && l.truth.consent == consentGranted:
		l.truth.consent = consentWithdrawn
	case purpose == purposeService:
		l.truth.consent = consentRefused
	case purpose == purposeContact:
		l.truth.isDoNotContact = true
	}
}
