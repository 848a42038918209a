package generate

// measure is the kind of a measurement event.
type measure uint16

const (
	mBPHome measure = iota
	mBPOffice
	mFasting
	mAfterMeal
	mHbA1c
	mVAS
	mHarris
	mTScore
	mLVEF
	mWeight
	mLDL
	mEGFR
	mUACR
	mALT
)

// measureForms says how each kind is written: the value is a divided by 10 (and b by 10 for a pair).
var measureForms = [...]struct{ kind, unit, context string }{
	mBPHome: {"bp_systolic", "mmHg", "home"}, mBPOffice: {"bp_systolic", "mmHg", "office"},
	mFasting: {"glucose", "mmol/L", "fasting"}, mAfterMeal: {"glucose", "mmol/L", "after_meal"},
	mHbA1c: {"hba1c", "%", ""}, mVAS: {"vas", "score", ""}, mHarris: {"harris", "score", ""},
	mTScore: {"tscore", "SD", ""}, mLVEF: {"lvef", "%", ""}, mWeight: {"weight", "kg", ""},
	mLDL: {"ldl", "mmol/L", ""}, mEGFR: {"egfr", "mL/min/1.73m2", ""}, mUACR: {"uacr", "mg/g", ""}, mALT: {"alt", "U/L", ""},
}

// isTreated tells whether the medicine works on a day: it has been taken for two weeks or so.
func (l *life) isTreated(day int) bool {
	return l.phaseAt(day) == phaseOn && l.phaseAt(day-14) == phaseOn
}

// bloodPressure draws one reading in tenths of mmHg; the medicine takes about 17 off.
func (l *life) bloodPressure(day int) (sys, dia int32) {
	mean := 152 * l.vital
	if l.isTreated(day) {
		mean -= 18
	}
	s := mean + 8*l.rng.NormFloat64()
	d := s*0.42 + 27 + 5*l.rng.NormFloat64()
	s = min(max(s, 84), 218)
	d = min(max(d, 46), 128, s-12)
	return int32(s) * 10, int32(d) * 10
}

// glucose draws one reading in tenths of mmol/L.
func (l *life) glucose(day int, afterMeal bool) int32 {
	mean := 8.8 * l.vital * l.vital
	if l.isTreated(day) {
		mean -= 1.7
	}
	if afterMeal {
		mean += 2.9
	}
	value := mean + 1.1*l.rng.NormFloat64()
	if l.chance(0.004) {
		value = 2.5 + 1.3*l.rng.Float64()
	}
	return int32(10 * min(max(value, 2.4), 24))
}

func (l *life) hba1c(day int) int32 {
	mean := 8.4 * l.vital * l.vital
	if l.isTreated(day) {
		mean -= 1.3
	}
	return int32(10 * min(max(mean+0.5*l.rng.NormFloat64(), 4.8), 14))
}

// vas draws a pain score in tenths, whole points; it falls slowly under treatment.
func (l *life) vas(day int) int32 {
	mean := 3.2 + 0.9*float64(l.p.stage)
	if l.isTreated(day) {
		mean -= min(2.2, float64(day-l.treated.spans[0].from)/60)
	}
	return 10 * int32(min(max(mean+1.2*l.rng.NormFloat64(), 0), 10))
}

// monitor writes the readings of a line between two days.
func (l *life) monitor(from, to int) {
	switch l.code() {
	case "htn":
		l.every(from, to, 24, l.hasMeter, func(at int64) { l.series(at, to) })
		l.every(from, to, 110, true, func(at int64) { l.measure(at, mBPOffice) })
		l.every(from, to, 300, true, func(at int64) { l.measure(at, mLDL) })
	case "dm":
		l.every(from, to, 6.5, l.hasMeter, func(at int64) { l.measure(at, mFasting) })
		l.every(from, to, 12, l.hasMeter, func(at int64) { l.measure(at, mAfterMeal) })
		l.every(from, to, 110, true, func(at int64) { l.measure(at, mHbA1c) })
		l.every(from, to, 260, true, func(at int64) { l.measure(at, mUACR) })
		l.every(from, to, 320, true, func(at int64) { l.measure(at, mEGFR) })
	case "onfh":
		l.every(from, to, 28, true, func(at int64) { l.measure(at, mVAS) })
		l.every(from, to, 95, true, func(at int64) { l.measure(at, mHarris) })
	case "bc":
		l.every(from, to, 190, true, func(at int64) { l.measure(at, mTScore) })
		l.every(from, to, 170, true, func(at int64) { l.measure(at, mLVEF) })
		l.every(from, to, 150, true, func(at int64) { l.measure(at, mALT) })
	}
	l.every(from, to, 90, true, func(at int64) { l.measure(at, mWeight) })
}

// series is home blood pressure as the team asks for it: some days in a row, morning and evening.
func (l *life) series(at int64, to int) {
	day := dayOf(at)
	for ; day < dayOf(at)+4 && day <= to; day++ {
		for _, hour := range [2]int64{7, 20} {
			if l.chance(0.85) {
				l.measure(startOf(day)+hour*hourMS+int64(l.rng.IntN(hourMS)), mBPHome)
			}
		}
	}
}

// every calls do at random moments, one each so many days on average.
func (l *life) every(from, to int, days float64, isOn bool, do func(at int64)) {
	if !isOn {
		return
	}
	for day := float64(from) + l.exp(days); int(day) <= to; day += l.exp(days) {
		do(l.when(int(day)))
	}
}

func (l *life) measure(at int64, m measure) {
	e := event{kind: actMeasurement, at: at, who: idWeCom, topic: uint16(m)}
	day := dayOf(at)
	norm := l.rng.NormFloat64()
	switch m {
	case mBPHome, mBPOffice:
		e.a, e.b = l.bloodPressure(day)
		if e.a >= 1800 || e.b >= 1200 {
			l.alert(at, 0)
		}
	case mFasting, mAfterMeal:
		e.a = l.glucose(day, m == mAfterMeal)
		if e.a < 30 {
			l.alert(at, 1)
		}
	case mHbA1c:
		e.a = l.hba1c(day)
	case mVAS:
		e.a = l.vas(day)
	case mHarris:
		e.a = 10 * int32(min(max(88-7*float64(l.p.stage)+7*norm, 25), 100))
	case mTScore:
		e.a = int32(min(max(-14*l.vital+9*norm, -45), 20))
	case mLVEF:
		e.a = 10 * int32(min(max(63+4*norm, 38), 75))
	case mWeight:
		e.a = int32(10 * min(max(66*l.vital+3*norm, 38), 130))
	case mLDL:
		e.a = int32(10 * min(max(2.8*l.vital+0.6*norm, 0.8), 7))
	case mEGFR:
		e.a = 10 * int32(min(max(86/l.vital+12*norm, 15), 130))
	case mUACR:
		e.a = int32(10 * min(max(22*l.vital*l.vital+14*norm, 2), 900))
	case mALT:
		e.a = 10 * int32(min(max(24+9*norm, 6), 260))
	}
	l.put(e)
}
