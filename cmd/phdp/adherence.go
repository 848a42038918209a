package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"phdp/models/adherence"
)

type adherenceCommand struct {
	CMA      cmaCommand      `cmd:"" name:"cma" help:"Continuous measures of medication availability, CMA1 to CMA9."`
	Episodes episodesCommand `cmd:"" help:"Treatment episodes."`
	Sliding  slidingCommand  `cmd:"" help:"A measure in sliding windows."`
	PDC      pdcCommand      `cmd:"" name:"pdc" help:"Proportion of days covered by the rules of PQA and CMS."`
	KM       kmCommand       `cmd:"" name:"km" help:"Kaplan-Meier curves, medians, restricted means and log-rank tests."`
	Eras     erasCommand     `cmd:"" help:"Drug eras by the OHDSI convention."`
}

// Help is the long help of phdp adherence.
func (adherenceCommand) Help() string {
	return `Adherence and persistence of any CSV file, by the engine that PHDP itself is checked with. docs/adherence.md
defines every measure. Missing values are empty; a patient whose rows cannot be read becomes a reject and never
stops the others. Rows of a patient may stand anywhere in a file.

Examples:
  phdp adherence cma --events events.csv --measure all --fu-duration 730 --ow-start 182 --ow-duration 365
  phdp adherence pdc --fills fills.csv --patients patients.csv --rejects rejects.csv
  phdp adherence km --times times.csv --group arm --curve curve.csv --tests tests.csv`
}

// resultFlags say where results and rejects go.
type resultFlags struct {
	Out     string `placeholder:"FILE" help:"Write the result here instead of to standard output."`
	Rejects string `placeholder:"FILE" help:"Write rejected patients, rows and fills here, with reasons."`
}

// write creates a CSV with a header; what is nil or '-' goes to standard output.
func (f *resultFlags) write(path, header string, lines func(io.Writer) error) error {
	if path == "" || path == "-" {
		return writeLines(os.Stdout, header, lines)
	}
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	err = writeLines(file, header, lines)
	return errors.Join(err, file.Close())
}

func writeLines(w io.Writer, header string, lines func(io.Writer) error) error {
	out := bufio.NewWriterSize(w, 256<<10)
	if _, err := out.WriteString(header + "\n"); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	if err := lines(out); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

// report writes the rejects and says on standard error with which settings what was measured.
func (f *resultFlags) report(settings string, measured string, rejects []adherence.Reject) error {
	fmt.Fprintf(os.Stderr, "settings: %s\n%s; %d rejects", settings, measured, len(rejects))
	switch {
	case len(rejects) > 0 && f.Rejects == "":
		r := rejects[0]
		fmt.Fprintf(os.Stderr, ", the first: %s, line %d, column %s: %s; --rejects FILE lists all", r.File, r.Line, r.Field, r.Reason)
	case len(rejects) > 0:
		fmt.Fprintf(os.Stderr, " in %s", f.Rejects)
	}
	fmt.Fprintln(os.Stderr)
	if f.Rejects == "" {
		return nil
	}
	file, err := os.Create(f.Rejects)
	if err != nil {
		return fmt.Errorf("write rejects: %w", err)
	}
	return errors.Join(adherence.WriteRejects(file, rejects), file.Close())
}

// openInput opens an input file; '-' is standard input.
func openInput(path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(os.Stdin), nil
	}
	return os.Open(path)
}

// windowFlags are the follow-up and observation windows.
type windowFlags struct {
	FuStart    int    `default:"0" help:"Start of the follow-up window after the first event of the patient."`
	FuDuration int    `default:"730" help:"Duration of the follow-up window."`
	FuUnit     string `default:"days" enum:"days,weeks,months,years" help:"Unit of both: days, weeks, months or years."`
	OwStart    int    `default:"0" help:"Start of the observation window after the start of the follow-up."`
	OwDuration int    `default:"730" help:"Duration of the observation window."`
	OwUnit     string `default:"days" enum:"days,weeks,months,years" help:"Unit of both: days, weeks, months or years."`
}

func (f *windowFlags) windows() (adherence.Windows, error) {
	w := adherence.Windows{
		FollowUpStart: f.FuStart, FollowUpDuration: f.FuDuration, FollowUpUnit: adherence.Unit(f.FuUnit),
		ObservationStart: f.OwStart, ObservationDuration: f.OwDuration, ObservationUnit: adherence.Unit(f.OwUnit),
	}
	return w, w.Check()
}

func (f *windowFlags) String() string {
	return fmt.Sprintf("fu-start %d, fu-duration %d, fu-unit %s, ow-start %d, ow-duration %d, ow-unit %s",
		f.FuStart, f.FuDuration, f.FuUnit, f.OwStart, f.OwDuration, f.OwUnit)
}

// eventFlags are the supply events and how supply is carried from one to the next.
type eventFlags struct {
	Events               string `required:"" type:"existingfile" placeholder:"FILE" help:"CSV: patient_id,date,days_supply[,drug][,daily_dose]; others are ignored."`
	CarryOnlySameDrug    bool   `help:"Supply that is left is lost when the drug changes."`
	ConsiderDosageChange bool   `help:"Supply that is left is worth old dose / new dose."`
}

func (f *eventFlags) carry() adherence.Carry {
	return adherence.Carry{OnlySameDrug: f.CarryOnlySameDrug, DosageChange: f.ConsiderDosageChange}
}

func (f *eventFlags) read(needs adherence.EventNeeds) (*adherence.Patients, []adherence.Reject, error) {
	needs.Drug = needs.Drug || f.CarryOnlySameDrug
	needs.Dose = needs.Dose || f.ConsiderDosageChange
	file, err := openInput(f.Events)
	if err != nil {
		return nil, nil, fmt.Errorf("read events: %w", err)
	}
	defer file.Close()
	return adherence.ReadEvents(file, f.Events, needs)
}

func (f *eventFlags) String() string {
	return fmt.Sprintf("carry-only-same-drug %v, consider-dosage-change %v", f.CarryOnlySameDrug, f.ConsiderDosageChange)
}

// outside are rejects for patients whose observation window leaves the follow-up window, which only
// windows in months or years can do.
func outside(patients *adherence.Patients, is []bool, file string) (rejects []adherence.Reject) {
	for i := range patients.Len() {
		if is[i] {
			rejects = append(rejects, adherence.Reject{Patient: patients.ID(i), File: file, Reason: "observation_outside_follow_up",
				Remedy: "make the follow-up window longer or the observation window shorter"})
		}
	}
	return rejects
}
