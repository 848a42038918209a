package adherence

import (
	"io"
	"slices"
)

// Times are follow-up times of a file with the groups of each subject.
type Times struct {
	Columns  []string // names of the grouping columns
	Subjects []Subject
	labels   [][]string // per column
}

// ReadTimes reads patient_id,time,event from CSV with the named grouping columns; without names all columns
// beyond these three are grouping columns. time is 0 or more, event is 1 (it happened) or 0 (censored).
func ReadTimes(r io.Reader, name string, columns []string) (*Times, []Reject, error) {
	t, err := openTable(r, name)
	if err != nil {
		return nil, nil, err
	}
	needed := []string{"patient_id", "time", "event"}
	if len(columns) == 0 {
		columns = slices.DeleteFunc(slices.Clone(t.header), func(c string) bool { return slices.Contains(needed, c) })
	}
	at, err := t.columns(append(needed, columns...)...)
	if err != nil {
		return nil, nil, err
	}
	times := &Times{Columns: columns, labels: make([][]string, len(columns))}
	patients := newRoster(name)
	known := map[string]string{}
	for {
		more, err := t.read()
		if err != nil {
			return nil, nil, err
		}
		if !more {
			return times, patients.rejects, nil
		}
		owner, ok := patients.row(t, at[0])
		if !ok {
			continue
		}
		time, ok := parseNumber(t.field(at[1]))
		if !ok || time < 0 {
			patients.reject(owner, t.line, "time", "bad_time", "give a number that is 0 or greater")
			continue
		}
		event := string(t.field(at[2]))
		if event != "0" && event != "1" {
			patients.reject(owner, t.line, "event", "bad_event", "write 1 when it happened and 0 when censored")
			continue
		}
		times.Subjects = append(times.Subjects, Subject{time, event == "1"})
		for i := range columns {
			times.labels[i] = append(times.labels[i], interned(known, t.field(at[3+i])))
		}
	}
}

func interned(known map[string]string, text []byte) string {
	if s, ok := known[string(text)]; ok {
		return s
	}
	s := string(text)
	known[s] = s
	return s
}

// Group are the subjects with one label.
type Group struct {
	Label    string
	Subjects []Subject
}

// Groups are the subjects by the labels of a grouping column, sorted by label.
func (t *Times) Groups(column int) []Group {
	at := map[string]int{}
	var groups []Group
	for i, label := range t.labels[column] {
		g, known := at[label]
		if !known {
			g = len(groups)
			at[label] = g
			groups = append(groups, Group{Label: label})
		}
		groups[g].Subjects = append(groups[g].Subjects, t.Subjects[i])
	}
	slices.SortFunc(groups, func(a, b Group) int {
		x, ok1 := parseNumber([]byte(a.Label))
		y, ok2 := parseNumber([]byte(b.Label))
		if ok1 && ok2 && x != y {
			return compareTime(x, y)
		}
		if a.Label < b.Label {
			return -1
		}
		return 1
	})
	return groups
}
