package adherence

import (
	"io"
	"maps"
	"math"
	"slices"
	"strings"
)

// Fills are the claims of a file by patient.
type Fills struct {
	name   string
	claims map[string][]Claim
	bad    map[string]bool
}

// ReadFills reads patient_id,claim_id,fill_date,drug,days_supply,status[,ingredients] from CSV, ingredients
// joined by ';'. Rows of a patient may stand anywhere. A patient with a row that cannot be read is rejected.
func ReadFills(r io.Reader, name string) (*Fills, []Reject, error) {
	t, err := openTable(r, name)
	if err != nil {
		return nil, nil, err
	}
	at, err := t.columns("patient_id", "claim_id", "fill_date", "drug", "days_supply", "status", "ingredients?")
	if err != nil {
		return nil, nil, err
	}
	patients := newRoster(name)
	fills := &Fills{name: name, claims: map[string][]Claim{}, bad: map[string]bool{}}
	for {
		more, err := t.read()
		if err != nil {
			return nil, nil, err
		}
		if !more {
			break
		}
		owner, ok := patients.row(t, at[0])
		if !ok {
			continue
		}
		if claim, isFill := readClaim(t, at, patients, owner); isFill {
			id := patients.ids[owner]
			fills.claims[id] = append(fills.claims[id], claim)
		}
	}
	for i, id := range patients.ids {
		fills.bad[id] = patients.bad[i]
	}
	return fills, patients.rejects, nil
}

// readClaim reads the current record; false when it is no fill or cannot be read.
func readClaim(t *table, at []int, patients *roster, owner int32) (Claim, bool) {
	c := Claim{ID: string(t.field(at[1])), Drug: string(t.field(at[3])), Line: t.line}
	var ok bool
	if c.Day, ok = ParseDay(t.field(at[2])); !ok {
		patients.reject(owner, t.line, "fill_date", "bad_date", "write the date like 2026-01-31")
		return c, false
	}
	if c.Drug == "" {
		patients.reject(owner, t.line, "drug", "no_drug", "fill it in")
		return c, false
	}
	if text := t.field(at[4]); len(text) > 0 {
		supply, ok := parseNumber(text)
		if !ok || supply != math.Trunc(supply) || math.Abs(supply) > 1e6 {
			patients.reject(owner, t.line, "days_supply", "bad_days_supply", "give a whole number of days")
			return c, false
		}
		c.Supply, c.HasSupply = int(supply), true
	}
	for name := range strings.FieldsFuncSeq(string(t.field(at[6])), func(r rune) bool { return r == ';' || r == '|' }) {
		c.Ingredients = append(c.Ingredients, strings.TrimSpace(name))
	}
	switch strings.ToLower(string(t.field(at[5]))) {
	case "", "paid", "dispensed", "completed", "partial", "filled":
	case "cancelled", "canceled", "reversed":
		c.Status = Cancelled
	case "returned":
		c.Status = Returned
	case "prescribed":
		patients.rejects = append(patients.rejects, Reject{Patient: patients.ids[owner], Claim: c.ID, File: t.name, Line: t.line,
			Field: "status", Reason: "not_filled", Remedy: "none; only medicine that was handed over counts"})
		return c, false
	default:
		patients.reject(owner, t.line, "status", "unknown_status", "write paid, dispensed, cancelled, reversed, returned or prescribed")
		return c, false
	}
	return c, true
}

// Of returns the fills of a patient that count and rejects for the others; false when the patient is rejected.
func (f *Fills) Of(patient string, maxSupply int) ([]Claim, []Reject, bool) {
	if f.bad[patient] {
		return nil, nil, false
	}
	var accepted []Claim
	var rejects []Reject
	claims := f.claims[patient]
	for i, reason := range Judge(claims, maxSupply) {
		if reason == "" {
			accepted = append(accepted, claims[i])
			continue
		}
		rejects = append(rejects, Reject{Patient: patient, Claim: claims[i].ID, File: f.name, Line: claims[i].Line, Reason: reason})
	}
	return accepted, rejects, true
}

// Without returns rejects for patients with fills that are not among the members.
func (f *Fills) Without(members map[string]bool) (rejects []Reject) {
	for _, id := range slices.Sorted(maps.Keys(f.bad)) {
		if !f.bad[id] && !members[id] {
			rejects = append(rejects, Reject{Patient: id, File: f.name, Field: "patient_id", Reason: "no_period", Remedy: "add the patient to the file of periods"})
		}
	}
	return rejects
}
