package dashboards

import (
	"context"
	"regexp"

	"phdp/dashboards/access"
)

// Limits of a sound experiment: of the sample ratio test, and of a baseline's standardised difference.
const (
	mismatchP   = 0.001
	balancedSMD = 0.1
)

func experimentsPage() reportPage {
	return reportPage{name: "experiments", right: access.SeePatients, fill: experiments, people: armPeople, params: []param{{name: "experiment", valid: isExperimentCode}, oneOf("arm", "", "control", "treatment")}}
}

func isExperimentCode(_ *warehouse, v string) bool { return experimentCode.MatchString(v) }

var experimentCode = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// chooseExperiment adds the select of the experiment; the first one is shown when none is chosen.
func (r *report) chooseExperiment(ctx context.Context) error {
	codes, err := query(ctx, r.rq.wh, "experiments.Codes", nil, func(x *string) []any { return []any{x} })
	if err != nil {
		return err
	}
	if r.args["experiment"] == "" && len(codes) > 0 {
		r.args["experiment"] = codes[0]
	}
	c := choice{Name: "experiment", Label: r.t.get("filter.experiment")}
	for _, code := range codes {
		c.Options = append(c.Options, option{code, code, code == r.args["experiment"]})
	}
	r.Choices = append(r.Choices, c)
	return nil
}

// experimentResult is a measure of both arms.
type experimentResult struct {
	Code, Kind                                        string
	Control, Treatment                                int64
	ControlMean, TreatmentMean, Difference, Low, High number
	SMD, VarianceRatio, P                             number
}

// arm is an arm of the experiment.
type arm struct {
	Code          string
	People, Twice int64
	First, Last   string
	Sessions      [4]int64 // none, 1 to 7, 8 to 15, 16 and more
	Mean          float64
}

func experiments(ctx context.Context, r *report) error {
	if open, err := r.needs(ctx, "fct_experiment_results"); err != nil || !open {
		return err
	}
	if err := r.chooseExperiment(ctx); err != nil {
		return err
	}
	results, err := query(ctx, r.rq.wh, "experiments.Results", r.argsOf("experiments.Results"), func(x *experimentResult) []any {
		return []any{&x.Code, &x.Kind, &x.Control, &x.Treatment, &x.ControlMean, &x.TreatmentMean, &x.Difference, &x.Low, &x.High, &x.SMD, &x.VarianceRatio, &x.P}
	})
	if err != nil {
		return err
	}
	arms, err := query(ctx, r.rq.wh, "experiments.Arms", r.argsOf("experiments.Arms"), func(x *arm) []any {
		return []any{&x.Code, &x.People, &x.Twice, &x.First, &x.Last, &x.Sessions[0], &x.Sessions[1], &x.Sessions[2], &x.Sessions[3], &x.Mean}
	})
	if err != nil {
		return err
	}
	r.soundness(results, arms)
	r.balance(results)
	r.effects(results)
	r.attendance(arms)
	return nil
}

// soundness says before anything else whether the test can be trusted.
func (r *report) soundness(results []experimentResult, arms []arm) {
	var twice, unbalanced, baselines int64
	for _, a := range arms {
		twice += a.Twice
		r.stat(a.Code, "arm."+a.Code, formatInt(a.People), a.First+" – "+a.Last, "experiment")
	}
	for _, x := range results {
		if x.Kind == "arms" {
			verdict := r.t.get("experiments.ratio.good")
			if x.P.Valid && x.P.Float64 < mismatchP {
				verdict = r.t.get("experiments.ratio.bad")
			}
			r.stat("ratio", "experiments.ratio", "p = "+decimal(x.P, 3), verdict, "sample_ratio")
		}
		if x.Kind == "baseline" && x.SMD.Valid {
			baselines++
			unbalanced += int64(b2i(x.SMD.Float64 > balancedSMD || x.SMD.Float64 < -balancedSMD))
		}
	}
	r.stat("twice", "experiments.twice", formatInt(twice), r.t.get("experiments.twice.note"), "")
	if unbalanced > 0 {
		r.Notes = append(r.Notes, r.t.get("experiments.unbalanced", unbalanced, baselines))
	}
}

func (r *report) balance(results []experimentResult) {
	f := r.figure("balance", "experiments.balance", "smd", "experiments.Results", "col.measure", "col.smd", "experiments.variance", "arm.control", "arm.treatment", "experiments.n")
	f.Chart = chart{Kind: "differences", Unit: "SMD", Names: [2]string{"SMD", ""}, Bands: []chartBand{{-balancedSMD, balancedSMD}}}
	one := chartLine{Name: "SMD"}
	out := 0
	for _, x := range results {
		if x.Kind != "baseline" {
			continue
		}
		name := r.t.word("experiment_measure", x.Code)
		if x.SMD.Valid {
			f.Chart.Categories = append(f.Chart.Categories, name)
			one.Values, one.Lower, one.Upper = append(one.Values, pointer(x.SMD)), append(one.Lower, pointer(x.SMD)), append(one.Upper, pointer(x.SMD))
			out += b2i(x.SMD.Float64 > balancedSMD || x.SMD.Float64 < -balancedSMD)
		}
		f.Table.Rows = append(f.Table.Rows, []string{name, decimal(x.SMD, 2), decimal(x.VarianceRatio, 2), decimal(x.ControlMean, 2), decimal(x.TreatmentMean, 2), formatInt(x.Control) + " / " + formatInt(x.Treatment)})
	}
	f.Chart.Series = []chartLine{one}
	f.Reading = r.t.get("experiments.balance.reading", out, len(f.Chart.Categories))
	r.add(f)
}

func (r *report) effects(results []experimentResult) {
	f := r.figure("effects", "experiments.effects", "experiment_effect", "experiments.Results", "col.measure", "experiments.difference", "col.interval", "arm.control", "arm.treatment", "experiments.n", "col.p")
	f.Chart = chart{Kind: "differences", Unit: "ratio", Names: [2]string{r.t.get("experiments.axis"), ""}}
	one := chartLine{Name: r.t.get("experiments.difference")}
	for _, x := range results {
		if x.Kind != "outcome" || !x.Difference.Valid {
			continue
		}
		name := r.t.word("experiment_measure", x.Code)
		if x.Code != "persistence_days" { // in days; the others are shares
			f.Chart.Categories = append(f.Chart.Categories, name)
			one.Values, one.Lower, one.Upper = append(one.Values, pointer(x.Difference)), append(one.Lower, pointer(x.Low)), append(one.Upper, pointer(x.High))
			one.Counts = append(one.Counts, "["+decimal(x.Low, 3)+", "+decimal(x.High, 3)+"]")
		}
		f.Table.Rows = append(f.Table.Rows, []string{name, decimal(x.Difference, 3), decimal(x.Low, 3) + " – " + decimal(x.High, 3), decimal(x.ControlMean, 3), decimal(x.TreatmentMean, 3), formatInt(x.Control) + " / " + formatInt(x.Treatment), decimal(x.P, 4)})
		if x.Code == "after_ratio" {
			key := "experiments.effects.none"
			if x.Low.Valid && x.High.Valid && x.Low.Float64*x.High.Float64 > 0 {
				key = "experiments.effects.some"
			}
			f.Reading = r.t.get(key, decimal(x.Difference, 3), decimal(x.Low, 3), decimal(x.High, 3))
		}
	}
	f.Chart.Series = []chartLine{one}
	r.add(f)
}

func (r *report) attendance(arms []arm) {
	f := r.figure("attendance", "experiments.attendance", "experiment", "experiments.Arms", "experiments.arm", "col.people", "experiments.sessions.0", "experiments.sessions.1", "experiments.sessions.2", "experiments.sessions.3", "experiments.mean")
	f.Wide = true
	f.Chart = chart{Kind: "stacked", Unit: "count", Names: [2]string{"", r.t.get("col.people")}}
	for i := range 4 {
		f.Chart.Series = append(f.Chart.Series, chartLine{Name: f.Table.Head[i+2]})
	}
	for _, a := range arms {
		name := r.t.get("arm." + a.Code)
		f.Chart.Categories, f.Chart.Links = append(f.Chart.Categories, name), append(f.Chart.Links, "/experiments"+r.rq.state.With("arm", a.Code)+"#list")
		row := []string{name, formatInt(a.People)}
		for i, n := range a.Sessions {
			f.Chart.Series[i].Values = append(f.Chart.Series[i].Values, value(float64(n)))
			row = append(row, formatInt(n))
		}
		f.Table.Rows, f.Table.Links = append(f.Table.Rows, append(row, formatDecimal(a.Mean, 1))), append(f.Table.Links, f.Chart.Links[len(f.Chart.Links)-1])
		if a.Code == "treatment" {
			f.Reading = r.t.get("experiments.attendance.reading", formatRate(rate{a.Sessions[3], a.People}), formatDecimal(a.Mean, 1))
		}
	}
	r.add(f)
}

func armPeople(ctx context.Context, r *report, part listPart) (listing, error) {
	if r.args["arm"] == "" {
		return listing{}, nil
	}
	return r.readList(ctx, "experiments.People", part, "experiments.list")
}
