package adherence

// roster numbers the patients of a file in order of first appearance and notes the rejected ones.
type roster struct {
	file    string
	ids     []string
	numbers map[string]int32
	bad     []bool
	rejects []Reject
	last    int32 // patient of the row before
}

func newRoster(file string) *roster {
	return &roster{file: file, numbers: map[string]int32{}, last: -1}
}

// row returns the patient of the current record; false when the record cannot be used.
func (p *roster) row(t *table, column int) (int32, bool) {
	id := t.field(column)
	if len(id) == 0 {
		p.rejects = append(p.rejects, Reject{File: p.file, Line: t.line, Field: "patient_id", Reason: "no_patient_id", Remedy: "fill it in"})
		return 0, false
	}
	owner := p.number(id)
	if !t.isWhole() {
		p.reject(owner, t.line, "", "wrong_field_count", "give every row as many fields as the header")
		return 0, false
	}
	return owner, true
}

func (p *roster) number(id []byte) int32 {
	if p.last >= 0 && p.ids[p.last] == string(id) {
		return p.last
	}
	number, known := p.numbers[string(id)]
	if !known {
		number = int32(len(p.ids))
		text := string(id)
		p.ids, p.bad = append(p.ids, text), append(p.bad, false)
		p.numbers[text] = number
	}
	p.last = number
	return number
}

// reject leaves a patient out.
func (p *roster) reject(owner int32, line int, field, reason, remedy string) {
	p.bad[owner] = true
	p.rejects = append(p.rejects, Reject{Patient: p.ids[owner], File: p.file, Line: line, Field: field, Reason: reason, Remedy: remedy})
}
