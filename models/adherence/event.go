package adherence

import (
	"io"
	"math"
	"slices"
	"strconv"
)

// Event is medicine handed to a patient.
type Event struct {
	Day    Day
	Drug   int32   // number of the drug in the file; 0 when the file has no drugs
	Supply float64 // days, greater than 0
	Dose   float64 // per day; 0 when the file has no doses
}

// Patients are the supply events of a file by patient, in order of first appearance in the file.
type Patients struct {
	ids    []string
	ends   []int // end of the events of each patient
	events []Event
}

// Len is the number of patients.
func (p *Patients) Len() int { return len(p.ids) }

// ID is the identifier of patient i in the file.
func (p *Patients) ID(i int) string { return p.ids[i] }

// Events are the events of patient i by date; those of one day are in the order of the file.
func (p *Patients) Events(i int) []Event {
	if i == 0 {
		return p.events[:p.ends[0]]
	}
	return p.events[p.ends[i-1]:p.ends[i]]
}

// EventNeeds are columns that the settings need beyond patient_id, date and days_supply.
type EventNeeds struct{ Drug, Dose bool }

// ReadEvents reads patient_id,date,days_supply[,drug][,daily_dose] from CSV; other columns are ignored and
// rows of a patient may stand anywhere. A patient with a row that cannot be read is rejected as a whole.
func ReadEvents(r io.Reader, name string, needs EventNeeds) (*Patients, []Reject, error) {
	t, err := openTable(r, name)
	if err != nil {
		return nil, nil, err
	}
	drug, dose := "drug?", "daily_dose?"
	if needs.Drug {
		drug = "drug"
	}
	if needs.Dose {
		dose = "daily_dose"
	}
	at, err := t.columns("patient_id", "date", "days_supply", drug, dose)
	if err != nil {
		return nil, nil, err
	}
	e := &eventReader{table: t, at: at, needs: needs, patients: newRoster(name), drugs: map[string]int32{}}
	for {
		more, err := t.read()
		if err != nil {
			return nil, nil, err
		}
		if !more {
			return e.group(), e.patients.rejects, nil
		}
		e.add()
	}
}

type eventReader struct {
	table    *table
	at       []int
	needs    EventNeeds
	patients *roster
	drugs    map[string]int32
	names    []string // of drug 1, 2, …
	drug     int32    // of the row before
	owners   []int32
	events   []Event
}

// add takes the current record in.
func (e *eventReader) add() {
	t := e.table
	owner, ok := e.patients.row(t, e.at[0])
	if !ok {
		return
	}
	day, ok := ParseDay(t.field(e.at[1]))
	if !ok {
		e.patients.reject(owner, t.line, "date", "bad_date", "write the date like 2026-01-31")
		return
	}
	supply, ok := parseNumber(t.field(e.at[2]))
	if !ok || supply <= 0 || supply > 1e6 {
		e.patients.reject(owner, t.line, "days_supply", "bad_days_supply", "give a number of days greater than 0")
		return
	}
	event := Event{Day: day, Supply: supply}
	if name := t.field(e.at[3]); len(name) > 0 {
		event.Drug = e.drugNumber(name)
	}
	if e.needs.Dose {
		event.Dose, ok = parseNumber(t.field(e.at[4]))
		if !ok || event.Dose <= 0 {
			e.patients.reject(owner, t.line, "daily_dose", "bad_daily_dose", "give a number greater than 0")
			return
		}
	}
	if len(e.events) == cap(e.events) {
		more := t.rowsLeft(len(e.events))
		e.owners, e.events = slices.Grow(e.owners, more), slices.Grow(e.events, more)
	}
	e.owners, e.events = append(e.owners, owner), append(e.events, event)
}

func (e *eventReader) drugNumber(name []byte) int32 {
	if e.drug > 0 && string(name) == e.names[e.drug-1] {
		return e.drug
	}
	number, known := e.drugs[string(name)]
	if !known {
		text := string(name)
		e.names = append(e.names, text)
		number = int32(len(e.names))
		e.drugs[text] = number
	}
	e.drug = number
	return number
}

// group sorts the events by patient and date, keeping the order of the file, and drops rejected patients.
func (e *eventReader) group() *Patients {
	counts := make([]int, len(e.patients.ids)+1)
	for _, owner := range e.owners {
		counts[owner+1]++
	}
	for i := 1; i < len(counts); i++ {
		counts[i] += counts[i-1]
	}
	sorted := e.events
	if !slices.IsSorted(e.owners) {
		next := slices.Clone(counts)
		sorted = make([]Event, len(e.events))
		for i, owner := range e.owners {
			sorted[next[owner]] = e.events[i]
			next[owner]++
		}
	}
	p := &Patients{events: sorted[:0]}
	for i, id := range e.patients.ids {
		events := sorted[counts[i]:counts[i+1]]
		if e.patients.bad[i] || len(events) == 0 {
			continue
		}
		sortByDay(events)
		// Never ahead of the reading: the kept events are at most those already passed.
		p.events = append(p.events, events...)
		p.ids, p.ends = append(p.ids, id), append(p.ends, len(p.events))
	}
	return p
}

// sortByDay is stable; most files are sorted already.
func sortByDay(events []Event) {
	for i := 1; i < len(events); i++ {
		if events[i].Day < events[i-1].Day {
			slices.SortStableFunc(events, func(a, b Event) int { return int(a.Day) - int(b.Day) })
			return
		}
	}
}

// parseNumber reads a finite number.
func parseNumber(text []byte) (float64, bool) {
	if n, ok := digits(text); ok && len(text) > 0 && len(text) < 10 {
		return float64(n), true
	}
	value, err := strconv.ParseFloat(string(text), 64)
	return value, err == nil && !math.IsNaN(value) && !math.IsInf(value, 0)
}
