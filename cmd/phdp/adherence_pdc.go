package main

import (
	"fmt"
	"io"

	"phdp/models/adherence"
)

type pdcCommand struct {
	Fills     string `required:"" type:"existingfile" placeholder:"FILE" help:"CSV: patient_id,claim_id,fill_date,drug,days_supply,status[,ingredients]."`
	Patients  string `required:"" type:"existingfile" placeholder:"FILE" help:"CSV: patient_id,period_start,period_end[,death_date][,disenrolment_date]."`
	Stays     string `type:"existingfile" placeholder:"FILE" help:"CSV: patient_id,admit_date,discharge_date; needed by --inpatient cms."`
	Shift     string `default:"drug" enum:"drug,class,none" help:"Whose earlier supply an early fill waits for: drug, class or none."`
	SameDay   string `default:"stack" enum:"stack,longest" help:"What fills of one drug on one day add up to: stack or longest."`
	CarryIn   bool   `help:"Fills before the period count."`
	Inpatient string `default:"none" enum:"none,cms" help:"cms takes days in hospital out of the count."`
	Index     string `default:"first_fill" enum:"first_fill,period_start" help:"Where the treatment period starts: first_fill or period_start."`
	resultFlags
}

// pdcInput is what the files hold.
type pdcInput struct {
	fills    *adherence.Fills
	members  []adherence.Member
	stays    map[string][]adherence.Span
	badStays map[string]bool
	rejects  []adherence.Reject
}

// Run measures every period of every patient.
func (c *pdcCommand) Run() error {
	if c.Inpatient == "cms" && c.Stays == "" {
		return fmt.Errorf("--inpatient cms needs the hospital stays; add --stays FILE")
	}
	input, err := c.read()
	if err != nil {
		return err
	}
	settings := adherence.DefaultPDC()
	settings.Shift, settings.SameDay, settings.CarryIn = c.Shift, c.SameDay, c.CarryIn
	settings.Inpatient, settings.Index = c.Inpatient, c.Index
	rejected := make([][]adherence.Reject, len(input.members))
	known := map[string]bool{}
	isFirst := make([]bool, len(input.members))
	for i, m := range input.members {
		isFirst[i] = !known[m.Patient]
		known[m.Patient] = true
	}
	const header = "patient_id,treatment_start,treatment_end,fill_dates,covered_days,treatment_days,pdc_ratio,is_eligible,is_adherent,reason"
	err = c.write(c.Out, header, func(w io.Writer) error {
		return adherence.WriteParallel(w, len(input.members), func() func([]byte, int) []byte {
			return func(to []byte, i int) []byte {
				m := input.members[i]
				fills, rejects, ok := input.fills.Of(m.Patient, adherence.MaxSupply)
				if !ok || input.badStays[m.Patient] {
					return to
				}
				if isFirst[i] {
					rejected[i] = rejects
				}
				return adherence.AppendPDC(to, m.Patient, settings.Compute(m.Period, fills, input.stays[m.Patient]))
			}
		})
	})
	if err != nil {
		return err
	}
	rejects := append(input.rejects, input.fills.Without(known)...)
	for _, list := range rejected {
		rejects = append(rejects, list...)
	}
	text := fmt.Sprintf("shift %s, same-day %s, carry-in %v, inpatient %s, index %s, at least %d fill dates and %d days, adherent from %.2f, plausible supply up to %d days",
		c.Shift, c.SameDay, c.CarryIn, c.Inpatient, c.Index, settings.MinFillDates, settings.MinDays, float64(settings.ThresholdPoints)/10000, adherence.MaxSupply)
	return c.report(text, fmt.Sprintf("%d periods", len(input.members)), rejects)
}

func (c *pdcCommand) read() (input pdcInput, err error) {
	err = withInput(c.Patients, func(r io.Reader) error {
		members, rejects, err := adherence.ReadMembers(r, c.Patients)
		input.members, input.rejects = members, rejects
		return err
	})
	if err != nil {
		return input, err
	}
	err = withInput(c.Fills, func(r io.Reader) error {
		fills, rejects, err := adherence.ReadFills(r, c.Fills)
		input.fills, input.rejects = fills, append(input.rejects, rejects...)
		return err
	})
	if err != nil || c.Inpatient != "cms" {
		return input, err
	}
	err = withInput(c.Stays, func(r io.Reader) error {
		stays, bad, rejects, err := adherence.ReadStays(r, c.Stays)
		input.stays, input.badStays, input.rejects = stays, bad, append(input.rejects, rejects...)
		return err
	})
	return input, err
}

// withInput opens a file for a reader of it.
func withInput(path string, read func(io.Reader) error) error {
	file, err := openInput(path)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	defer file.Close()
	return read(file)
}

type erasCommand struct {
	Exposures string `required:"" type:"existingfile" placeholder:"FILE" help:"CSV: patient_id,drug,start_date,end_date."`
	Gap       int    `default:"30" help:"Days that may lie between two exposures of an era."`
	resultFlags
}

// Run joins exposures into eras.
func (c *erasCommand) Run() error {
	if c.Gap < 0 || c.Gap > 100_000 {
		return fmt.Errorf("--gap is a number of days from 0 to 100,000")
	}
	var patients []adherence.PatientExposures
	var rejects []adherence.Reject
	err := withInput(c.Exposures, func(r io.Reader) (err error) {
		patients, rejects, err = adherence.ReadExposures(r, c.Exposures)
		return err
	})
	if err != nil {
		return err
	}
	err = c.write(c.Out, "patient_id,drug,era_start,era_end,exposures", func(w io.Writer) error {
		return adherence.WriteParallel(w, len(patients), func() func([]byte, int) []byte {
			return func(to []byte, i int) []byte {
				for _, e := range adherence.Eras(patients[i].Exposures, c.Gap) {
					to = adherence.AppendEra(to, patients[i].Patient, e)
				}
				return to
			}
		})
	})
	if err != nil {
		return err
	}
	return c.report(fmt.Sprintf("gap %d", c.Gap), fmt.Sprintf("%d patients", len(patients)), rejects)
}
