package generate

import "slices"

// The invented team runs two experiments. People are drawn into one at a refill 90 days or more after the first, so
// that there is a time before to compare with; half of them are treated.
const (
	programme = iota // 22 weekly sessions: the treated refill in time and stop less often
	reminders        // another wording of the refill reminder, which changes nothing
)

var experiments = [...]struct {
	name  string
	lines []string
	share float64
}{
	programme: {"icbt_22w", []string{"bc"}, 0.85},
	reminders: {"reminder_wording", []string{"htn", "dm"}, 0.30},
}

const (
	enrolAfterDays = 90
	programmeWeeks = 22
	coachedInTime  = 0.90 // refills in time
	coachedStop    = 0.25 // of the stop risk of others
)

// trial is the place of a person in an experiment.
type trial struct {
	isAsked    bool // drawn or not, nobody is asked twice
	isAssigned bool
	experiment int
	arm        int32 // index into arms
	day        int
}

var arms = [2]string{"control", "treatment"}

// enrol draws a person into an experiment of the line on the day of a refill.
func (l *life) enrol(today int) {
	if l.trial.isAsked || today < l.friendDay || today < dayOf(l.treated.start)+enrolAfterDays {
		return
	}
	l.trial.isAsked = true
	for i, x := range experiments {
		if !slices.Contains(x.lines, l.code()) || !l.chance(x.share) {
			continue
		}
		arm := int32(l.rng.IntN(len(arms)))
		if l.inOtherArm {
			arm = 1 - arm
		}
		at := working(l.when(today))
		if l.put(event{kind: actAssigned, at: at, who: idWeCom, staff: l.p.staff, topic: uint16(i), b: arm}) {
			l.trial = trial{isAsked: true, isAssigned: true, experiment: i, arm: arm, day: dayOf(at)}
		}
		return
	}
}

// isCoached tells whether the programme works on a person on a day.
func (l *life) isCoached(day int) bool {
	t := l.trial
	return t.isAssigned && t.experiment == programme && t.arm == 1 && day >= t.day
}

// sessions are the weekly sessions of the treated, which people miss or give up.
func (l *life) sessions(to int) {
	if !l.isCoached(l.trial.day) {
		return
	}
	giveUp := 5 + int(l.exp(25))
	for week := 1; week <= programmeWeeks && week <= giveUp; week++ {
		day := l.trial.day + 7*week
		if day <= to && l.chance(0.88) {
			l.put(event{kind: actSession, at: l.when(day), who: idWeCom, topic: programme, a: int32(week), b: l.trial.arm})
		}
	}
}

// outcomeDays is the time after the assignment in which covered days are counted.
const outcomeDays = 180

// outcome counts the days after the assignment that are observed, and of these the days with medicine.
func (l *life) outcome() (days, covered int) {
	to := min(l.g.endDay, l.trial.day+outcomeDays)
	if l.truth.exitDay != 0 {
		to = min(to, l.truth.exitDay)
	}
	days = to - l.trial.day
	supply := l.supplyOf("")
	if days <= 0 || len(supply) == 0 {
		return max(0, days), 0
	}
	first := supply[0].day
	for _, s := range supply {
		first = min(first, s.day)
	}
	for i, isCovered := range coveredDays(supply, first, to) {
		if isCovered && first+i > l.trial.day {
			covered++
		}
	}
	return days, covered
}

// Assignment is a person's arm in an experiment and the outcome: days with medicine among the first 180 after the
// assignment, in this arm and, what only the generator can know, in the other arm.
type Assignment struct {
	PersonNo         int
	Experiment       string
	Arm              string
	AssignedDate     Date
	AfterDays        int
	CoveredDays      int
	OtherCoveredDays int
}

// addExperiment lets an assigned person live once more, in the other arm.
func (t *Truth) addExperiment(l, other *life) {
	if !l.trial.isAssigned {
		return
	}
	days, covered := l.outcome()
	other.live(l.p.no)
	_, otherCovered := other.outcome()
	t.Assignments = append(t.Assignments, Assignment{PersonNo: int(l.p.no), Experiment: experiments[l.trial.experiment].name,
		Arm: arms[l.trial.arm], AssignedDate: Date(l.trial.day), AfterDays: days, CoveredDays: covered, OtherCoveredDays: otherCovered})
}
