package adherence

import "io"

// PatientExposures are the exposures of one patient of a file.
type PatientExposures struct {
	Patient   string
	Exposures []Exposure
}

// ReadExposures reads patient_id,drug,start_date,end_date from CSV, patients in order of first appearance;
// rows of a patient may stand anywhere. Without an end date an exposure ends the day after its start, as by
// OHDSI. A patient with a row that cannot be read is rejected as a whole.
func ReadExposures(r io.Reader, name string) ([]PatientExposures, []Reject, error) {
	t, err := openTable(r, name)
	if err != nil {
		return nil, nil, err
	}
	at, err := t.columns("patient_id", "drug", "start_date", "end_date")
	if err != nil {
		return nil, nil, err
	}
	patients := newRoster(name)
	known := map[string]string{}
	var exposures [][]Exposure
	for {
		more, err := t.read()
		if err != nil {
			return nil, nil, err
		}
		if !more {
			return withoutBad(patients, exposures), patients.rejects, nil
		}
		owner, ok := patients.row(t, at[0])
		for len(exposures) < len(patients.ids) {
			exposures = append(exposures, nil)
		}
		if !ok {
			continue
		}
		if x, field := readExposure(t, at, known); field != "" {
			patients.reject(owner, t.line, field, "bad_exposure", "give the drug and dates like 2026-01-31, the end not before the start")
		} else {
			exposures[owner] = append(exposures[owner], x)
		}
	}
}

// readExposure reads the current record; field names what is wrong.
func readExposure(t *table, at []int, known map[string]string) (x Exposure, field string) {
	drug := t.field(at[1])
	if len(drug) == 0 {
		return x, "drug"
	}
	start, ok := ParseDay(t.field(at[2]))
	if !ok {
		return x, "start_date"
	}
	end, ok := optionalDay(t.field(at[3]))
	if end == NoDay && ok {
		end = start + 1
	}
	if !ok || end < start {
		return x, "end_date"
	}
	return Exposure{interned(known, drug), start, end}, ""
}

func withoutBad(patients *roster, exposures [][]Exposure) (list []PatientExposures) {
	for i, id := range patients.ids {
		if !patients.bad[i] {
			list = append(list, PatientExposures{id, exposures[i]})
		}
	}
	return list
}
