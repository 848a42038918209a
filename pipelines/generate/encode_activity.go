package generate

import "strconv"

// attributes writes the attributes object of an activity one after another.
type attributes struct {
	b     []byte
	count int
}

func (a *attributes) add(name, value string) {
	if a.count == 0 {
		a.b = append(a.b, `,"attributes":{"`...)
	} else {
		a.b = append(a.b, `,"`...)
	}
	a.count++
	a.b = append(a.b, name...)
	a.b = append(a.b, `":"`...)
	a.b = append(appendEscaped(a.b, value), '"')
}

func (a *attributes) number(name string, value int) { a.add(name, strconv.Itoa(value)) }

func (a *attributes) flag(name string, value bool) { a.add(name, strconv.FormatBool(value)) }

func (a *attributes) end() []byte {
	if a.count > 0 {
		a.b = append(a.b, '}')
	}
	return a.b
}

// activity writes the fields of everything that is neither chat nor prescription.
func (w *writer) activity(b []byte, e *event, p *person) []byte {
	b = w.staffID(b, e)
	switch e.kind {
	case actMeasurement:
		return w.measurement(b, e)
	case actLead:
		b = appendField(b, "channel", sources[p.source].name)
		fallthrough
	case actPointsSpend:
		if campaign := campaignOf(dayOf(e.at)); campaign != "" {
			b = appendField(b, "campaign", campaign)
		}
	case actAddFriend:
		b = appendField(b, "channel", sources[p.source].name)
	case actReadArticle:
		b = appendField(b, "channel", contentChannels[e.seed>>8%3])
	}
	a := attributes{b: b}
	w.describe(&a, e, p)
	return a.end()
}

var (
	contentChannels = [3]string{"article", "moments", "group"}
	contentStages   = [3]string{"early", "middle", "late"}
	modules         = [4]string{"education", "medication", "rehabilitation", "psychology"}
)

// describe adds the attributes of each kind.
func (w *writer) describe(a *attributes, e *event, p *person) {
	d := dice(e.seed)
	switch e.kind {
	case actLead:
		if p.source == doctorQR {
			a.add("state", doctorState(p.no))
		}
	case actAddFriend:
		a.number("add_way", sources[p.source].addWay)
		switch p.source {
		case doctorQR:
			a.add("state", doctorState(p.no))
		case publicEcom:
			a.add("state", "parcel")
		}
	case actJoinGroup, actLeaveGroup:
		a.number("group", int(p.group))
	case actReadArticle, actViewLive, actViewVideo:
		w.content(a, e, &d)
	case actSubmitForm:
		w.profile(a, p)
	case actCheckInMedicine, actCheckInExercise, actPointsEarn:
		a.number("points", 5+5*d.roll(4))
	case actPointsSpend:
		a.number("points", 100+50*d.roll(8))
	case actReportRead, actRevisit:
		w.illness(a, p)
	default:
		w.describeCare(a, e, &d)
	}
}

// describeCare adds the attributes of what the team does, and of consents.
func (w *writer) describeCare(a *attributes, e *event, d *dice) {
	switch e.kind {
	case actTaskCreated:
		a.add("task", taskNames[e.a])
		a.add("due_at", Date(e.b).String())
		if e.a == taskDoctor {
			a.add("role", "doctor")
		}
	case actTaskStarted:
		a.add("task", taskNames[e.a])
	case actTaskClosed:
		a.add("task", taskNames[e.a])
		a.add("outcome", outcomes[e.b])
	case actAlertRaised, actAlertAck:
		a.add("reason", alertNames[e.a])
	case actCallBack:
		a.add("outcome", outcomes[e.a])
		a.add("reason", reasonNames[e.b])
	case actSession:
		a.add("experiment", experiments[e.topic].name)
		a.number("week", int(e.a))
		a.add("arm", arms[e.b])
		a.add("module", modules[d.roll(4)])
	case actAssigned:
		a.add("experiment", experiments[e.topic].name)
		a.add("arm", arms[e.b])
	case actConsent:
		a.add("purpose", purposes[e.a])
		a.flag("granted", e.b == 1)
	case actRxAudit:
		a.add("outcome", auditOutcomes[e.a])
	case actLeft:
		a.add("reason", leftReasons[e.a])
	case actReferralMade, actReferralDone:
		a.add("role", "patient")
	}
}

func doctorState(no uint32) string {
	return string(appendPadded([]byte("dr_"), 1+int(mix(uint64(no)^0xd0c)%60), 4))
}

func (w *writer) content(a *attributes, e *event, d *dice) {
	prefix, seconds := "art_", 8+d.roll(180)
	switch e.kind {
	case actViewLive:
		prefix, seconds = "live_", 60+d.roll(3600)
	case actViewVideo:
		prefix, seconds = "vid_", 10+d.roll(400)
	}
	a.add("content_id", string(appendPadded([]byte(prefix), 1+d.roll(120), 3)))
	a.add("content_stage", contentStages[d.roll(3)])
	a.number("seconds", seconds)
}

// profile writes what the profile form asks.
func (w *writer) profile(a *attributes, p *person) {
	sex := "male"
	if p.female {
		sex = "female"
	}
	a.add("sex", sex)
	a.number("birth_year", int(p.birthYear))
	a.number("city_tier", int(p.tier))
	a.add("relation", relations[p.relation])
	a.add("smoking", smokings[p.smoking])
	a.add("alcohol", alcohols[p.alcohol])
	a.add("family_history", families[p.family])
	a.add("allergy", allergies[p.allergy])
	w.illness(a, p)
}

// illness writes stage and cause in the words of the line.
func (w *writer) illness(a *attributes, p *person) {
	switch w.g.lines[p.line].Code {
	case "onfh":
		a.add("stage", "ARCO "+romans[p.stage])
		a.add("cause", causes[p.cause])
		a.add("side", sides[p.side])
	case "bc":
		a.add("stage", "AJCC "+romans[p.stage])
		a.add("receptor", receptors[p.cause])
		if p.menopause {
			a.add("menopause", "post")
		} else {
			a.add("menopause", "pre")
		}
	default:
		if p.stage <= 2 {
			a.add("stage", "controlled")
		} else {
			a.add("stage", "uncontrolled")
		}
	}
}

func (w *writer) measurement(b []byte, e *event) []byte {
	form := measureForms[e.topic]
	b = append(b, `,"measurements":[`...)
	b = appendReading(b, form.kind, e.a, form.unit, form.context)
	if m := measure(e.topic); m == mBPHome || m == mBPOffice {
		b = append(b, ',')
		b = appendReading(b, "bp_diastolic", e.b, form.unit, form.context)
	}
	return append(b, ']')
}

func appendReading(b []byte, kind string, tenths int32, unit, context string) []byte {
	b = append(b, `{"kind":"`...)
	b = append(b, kind...)
	b = append(b, `","value":`...)
	b = appendTenths(b, tenths)
	b = appendField(b, "unit", unit)
	b = appendField(b, "context", context)
	return append(b, '}')
}
