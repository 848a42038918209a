package adherence

import (
	"io"
	"math"
)

// ReadStays reads patient_id,admit_date,discharge_date from CSV and merges the stays of each patient. A stay
// without a discharge date has no end.
func ReadStays(r io.Reader, name string) (stays map[string][]Span, bad map[string]bool, rejects []Reject, err error) {
	t, err := openTable(r, name)
	if err != nil {
		return nil, nil, nil, err
	}
	at, err := t.columns("patient_id", "admit_date", "discharge_date")
	if err != nil {
		return nil, nil, nil, err
	}
	patients := newRoster(name)
	stays, bad = map[string][]Span{}, map[string]bool{}
	for {
		more, err := t.read()
		if err != nil {
			return nil, nil, nil, err
		}
		if !more {
			break
		}
		owner, ok := patients.row(t, at[0])
		if !ok {
			continue
		}
		start, ok1 := ParseDay(t.field(at[1]))
		end, ok2 := optionalDay(t.field(at[2]))
		if end == NoDay {
			end = math.MaxInt32 / 2
		}
		if !ok1 || !ok2 || end < start {
			patients.reject(owner, t.line, "discharge_date", "bad_stay", "give two dates like 2026-01-31, discharge not before admission")
			continue
		}
		stays[patients.ids[owner]] = append(stays[patients.ids[owner]], Span{start, end})
	}
	for i, id := range patients.ids {
		stays[id] = MergeStays(stays[id])
		bad[id] = patients.bad[i]
	}
	return stays, bad, patients.rejects, nil
}

func optionalDay(text []byte) (Day, bool) {
	if len(text) == 0 {
		return NoDay, true
	}
	return ParseDay(text)
}

// Member is a measurement period of a patient of a file.
type Member struct {
	Patient string
	Period  Period
}

// ReadMembers reads patient_id,period_start,period_end[,death_date][,disenrolment_date] from CSV, in the
// order of the file; a patient may have several periods.
func ReadMembers(r io.Reader, name string) ([]Member, []Reject, error) {
	t, err := openTable(r, name)
	if err != nil {
		return nil, nil, err
	}
	at, err := t.columns("patient_id", "period_start", "period_end", "death_date?", "disenrolment_date?")
	if err != nil {
		return nil, nil, err
	}
	patients := newRoster(name)
	var members []Member
	for {
		more, err := t.read()
		if err != nil {
			return nil, nil, err
		}
		if !more {
			return members, patients.rejects, nil
		}
		owner, ok := patients.row(t, at[0])
		if !ok {
			continue
		}
		if period, field := readPeriod(t, at); field != "" {
			patients.reject(owner, t.line, field, "bad_date", "write the date like 2026-01-31, the end not before the start")
		} else {
			members = append(members, Member{patients.ids[owner], period})
		}
	}
}

// readPeriod reads the current record; field names what is wrong.
func readPeriod(t *table, at []int) (p Period, field string) {
	var ok [4]bool
	p.Start, ok[0] = ParseDay(t.field(at[1]))
	p.End, ok[1] = ParseDay(t.field(at[2]))
	p.Death, ok[2] = optionalDay(t.field(at[3]))
	p.Disenrolment, ok[3] = optionalDay(t.field(at[4]))
	for i, name := range []string{"period_start", "period_end", "death_date", "disenrolment_date"} {
		if !ok[i] {
			return p, name
		}
	}
	if p.End < p.Start {
		return p, "period_end"
	}
	return p, ""
}
