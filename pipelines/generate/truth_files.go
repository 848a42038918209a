package generate

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// WriteDir writes the truth as CSV files with a header into dir, which is made when it is missing. Dates
// are days in Asia/Shanghai, truth values true and false, unknown values empty.
func (t Truth) WriteDir(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write truth: %w", err)
	}
	for _, f := range t.files() {
		if err := writeCSV(filepath.Join(dir, f.name), f); err != nil {
			return fmt.Errorf("write truth %s: %w", f.name, err)
		}
	}
	return nil
}

// truthFile is one CSV file: its header and how row i reads.
type truthFile struct {
	name   string
	header []string
	rows   int
	row    func(i int) []string
}

func writeCSV(path string, f truthFile) (err error) {
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	buffered := bufio.NewWriter(out)
	w := csv.NewWriter(buffered)
	if err := w.Write(f.header); err != nil {
		return err
	}
	for i := range f.rows {
		if err := w.Write(f.row(i)); err != nil {
			return err
		}
	}
	w.Flush()
	return errors.Join(w.Error(), buffered.Flush())
}

func (t Truth) files() []truthFile {
	return []truthFile{
		{"persons.csv", []string{"person_no", "line", "kind", "id"}, len(t.Persons), func(i int) []string {
			p := t.Persons[i]
			return []string{strconv.Itoa(p.PersonNo), p.Line, p.Kind, string(p.ID)}
		}},
		{"patients.csv", []string{"person_no", "line", "sex", "birth_year", "channel", "owner", "consent", "first_contact",
			"last_contact", "do_not_contact"}, len(t.Patients), t.patientRow},
		{"fills.csv", []string{"person_no", "claim_id", "fill_date", "drug", "drug_class", "days_supply", "undone"},
			len(t.Fills), t.fillRow},
		{"adherence.csv", []string{"person_no", "drug_class", "period_code", "period_start", "period_end", "covered_days",
			"treatment_days", "is_eligible", "is_adherent"}, len(t.Adherence), t.adherenceRow},
		{"reasons.csv", []string{"person_no", "stopped_on", "reason"}, len(t.Reasons), func(i int) []string {
			r := t.Reasons[i]
			return []string{strconv.Itoa(r.PersonNo), r.StoppedOn.String(), r.Reason}
		}},
		{"journey.csv", []string{"person_no", "step_code", "reached_date"}, len(t.Journey), func(i int) []string {
			s := t.Journey[i]
			return []string{strconv.Itoa(s.PersonNo), s.StepCode, s.ReachedDate.String()}
		}},
		{"planted.csv", []string{"event_id", "kind", "value"}, len(t.Planted), func(i int) []string {
			return []string{t.Planted[i].EventID, t.Planted[i].Kind, t.Planted[i].Value}
		}},
		{"experiments.csv", []string{"person_no", "experiment", "arm", "assigned_date", "after_days", "covered_days", "other_covered_days"},
			len(t.Assignments), t.assignmentRow},
		{"counts.csv", []string{"name", "value"}, len(t.Counts), func(i int) []string {
			return []string{t.Counts[i].Name, strconv.Itoa(t.Counts[i].Value)}
		}},
	}
}

func (t Truth) patientRow(i int) []string {
	p := t.Patients[i]
	year := ""
	if p.BirthYear > 0 {
		year = strconv.Itoa(p.BirthYear)
	}
	return []string{strconv.Itoa(p.PersonNo), p.Line, p.Sex, year, p.Channel, p.Owner, p.Consent, p.FirstContact.String(),
		p.LastContact.String(), strconv.FormatBool(p.DoNotContact)}
}

func (t Truth) fillRow(i int) []string {
	f := t.Fills[i]
	return []string{strconv.Itoa(f.PersonNo), f.ClaimID, f.Date.String(), f.Drug, f.DrugClass, strconv.Itoa(f.DaysSupply),
		strconv.FormatBool(f.Undone)}
}

func (t Truth) adherenceRow(i int) []string {
	a := t.Adherence[i]
	isAdherent := ""
	if a.IsEligible {
		isAdherent = strconv.FormatBool(a.IsAdherent)
	}
	return []string{strconv.Itoa(a.PersonNo), a.DrugClass, a.PeriodCode, a.PeriodStart.String(), a.PeriodEnd.String(),
		strconv.Itoa(a.CoveredDays), strconv.Itoa(a.TreatmentDays), strconv.FormatBool(a.IsEligible), isAdherent}
}

func (t Truth) assignmentRow(i int) []string {
	a := t.Assignments[i]
	return []string{strconv.Itoa(a.PersonNo), a.Experiment, a.Arm, a.AssignedDate.String(), strconv.Itoa(a.AfterDays),
		strconv.Itoa(a.CoveredDays), strconv.Itoa(a.OtherCoveredDays)}
}
