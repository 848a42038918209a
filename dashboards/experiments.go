package dashboards

import (
	"context"
	"math"
	"regexp"
	"slices"
)

// Limits of a sound experiment: of the sample ratio test, and of a baseline's standardised difference.
const (
	mismatchP   = 0.001
	balancedSMD = 0.1
)

func experimentsPage() reportPage {
	return reportPage{name: "experiments", whole: "segment.drawn", fill: experiments, people: armPeople, params: []param{{name: "experiment", valid: isExperimentCode}, oneOf("arm", "", "control", "treatment")}}
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
	if r.rq.totals {
		r.dropFilters("arm")
	}
	if err := r.chooseExperiment(ctx); err != nil {
		return err
	}
	results, source, err := r.experimentResults(ctx)
	if err != nil {
		return err
	}
	arms, err := query(ctx, r.rq.wh, "experiments.Arms", r.argsOf("experiments.Arms"), func(x *arm) []any {
		return []any{&x.Code, &x.People, &x.Twice, &x.First, &x.Last, &x.Sessions[0], &x.Sessions[1], &x.Sessions[2], &x.Sessions[3], &x.Mean}
	})
	if err != nil {
		return err
	}
	if r.soundness(results, arms); len(arms) == 0 {
		r.add(r.figure("balance", "experiments.balance", "smd", source))
		return nil
	}
	r.balance(results, source)
	r.effects(results, source)
	r.attendance(arms)
	return nil
}

// experimentResults are the measures of both arms and the statement that they come from. The table of results is about
// nobody; a reader of some rows gets the same of these rows.
func (r *report) experimentResults(ctx context.Context) ([]experimentResult, string, error) {
	source := "experiments.Results"
	open, err := r.needs(ctx, "fct_experiment_results")
	if err != nil {
		return nil, "", err
	}
	if r.Closed = false; !open {
		source = "experiments.Measures"
	}
	results, err := query(ctx, r.rq.wh, source, r.argsOf(source), func(x *experimentResult) []any {
		return []any{&x.Code, &x.Kind, &x.Control, &x.Treatment, &x.ControlMean, &x.TreatmentMean, &x.Difference, &x.Low, &x.High, &x.SMD, &x.VarianceRatio, &x.P}
	})
	for i := range results {
		results[i].test()
		results[i].guard(r.rq)
	}
	return results, source, err
}

// interval writes the interval of the difference, where there is one.
func (x experimentResult) interval() string {
	if !x.Low.Valid || !x.High.Valid {
		return "–"
	}
	return decimal(x.Low, 3) + " – " + decimal(x.High, 3)
}

// test fills in the chance of a larger difference when there is none, where the statement has not.
func (x *experimentResult) test() {
	var z float64
	switch {
	case x.P.Valid:
		return
	case x.Kind == "arms" && x.Control+x.Treatment > 0:
		z = float64(x.Treatment-x.Control) / math.Sqrt(float64(x.Control+x.Treatment))
	case x.Kind != "arms" && x.High.Valid && x.High.Float64 > x.Low.Float64:
		z = x.Difference.Float64 / (x.High.Float64 - x.Low.Float64) * 2 * z95
	default:
		return
	}
	x.P = number{Float64: math.Erfc(math.Abs(z) / math.Sqrt2), Valid: true}
}

// guard protects the numbers for readers of totals. Intervals and tests are made of exact counts, so these readers do
// not get them; nor means of an arm whose size is hidden.
func (x *experimentResult) guard(rq *request) {
	if !rq.totals {
		return
	}
	rq.guardCounts(&x.Control, &x.Treatment)
	x.Low, x.High, x.P, x.VarianceRatio = number{}, number{}, number{}, number{}
	if rq.hides(x.Control) || rq.hides(x.Treatment) {
		x.ControlMean, x.TreatmentMean, x.Difference, x.SMD = number{}, number{}, number{}, number{}
		return
	}
	x.ControlMean.Float64, x.TreatmentMean.Float64 = rq.guardMean(x.ControlMean.Float64, x.Control), rq.guardMean(x.TreatmentMean.Float64, x.Treatment)
	x.Difference.Float64, x.SMD.Float64 = x.TreatmentMean.Float64-x.ControlMean.Float64, rq.guardMean(x.SMD.Float64, x.Control)
}

// soundness says before anything else whether the test can be trusted.
func (r *report) soundness(results []experimentResult, arms []arm) {
	var twice, unbalanced, baselines int64
	for _, a := range arms {
		twice += a.Twice
		days := a.First + " – " + a.Last
		if r.rq.guardCounts(&a.People); r.rq.hides(a.People) {
			days = ""
		}
		r.stat(a.Code, "arm."+a.Code, formatInt(a.People), days, "experiment")
	}
	for _, x := range results {
		if x.Kind == "arms" {
			verdict := r.t.get("experiments.ratio.good")
			if x.P.Valid && x.P.Float64 < mismatchP {
				verdict = r.t.get("experiments.ratio.bad")
			}
			if !x.P.Valid {
				verdict = r.t.get("survival.no_test")
			}
			r.stat("ratio", "experiments.ratio", "p = "+decimal(x.P, 3), verdict, "sample_ratio")
		}
		if x.Kind == "baseline" && x.SMD.Valid {
			baselines++
			unbalanced += int64(b2i(x.SMD.Float64 > balancedSMD || x.SMD.Float64 < -balancedSMD))
		}
	}
	r.rq.guardCounts(&twice)
	r.stat("twice", "experiments.twice", formatInt(twice), r.t.get("experiments.twice.note"), "")
	if unbalanced > 0 {
		r.Notes = append(r.Notes, r.t.get("experiments.unbalanced", unbalanced, baselines))
	}
}

func (r *report) balance(results []experimentResult, source string) {
	f := r.figure("balance", "experiments.balance", "smd", source, "col.measure", "col.smd", "experiments.variance", "arm.control", "arm.treatment", "experiments.n")
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

func (r *report) effects(results []experimentResult, source string) {
	f := r.figure("effects", "experiments.effects", "experiment_effect", source, "col.measure", "experiments.difference", "col.interval", "arm.control", "arm.treatment", "experiments.n", "col.p")
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
			one.Counts = append(one.Counts, x.interval())
		}
		f.Table.Rows = append(f.Table.Rows, []string{name, decimal(x.Difference, 3), x.interval(), decimal(x.ControlMean, 3), decimal(x.TreatmentMean, 3), formatInt(x.Control) + " / " + formatInt(x.Treatment), decimal(x.P, 4)})
		if x.Code == "after_ratio" {
			key := "experiments.effects.none"
			if !x.Low.Valid {
				key = "experiments.effects.plain"
			}
			if x.Low.Valid && x.High.Valid && x.Low.Float64*x.High.Float64 > 0 {
				key = "experiments.effects.some"
			}
			f.Reading = r.t.get(key, decimal(x.Difference, 3), decimal(x.Low, 3), decimal(x.High, 3))
		}
	}
	f.Chart.Series = []chartLine{one}
	r.add(f)
}

// attendance shows how many sessions people took part in, when the experiment has any.
func (r *report) attendance(arms []arm) {
	if !slices.ContainsFunc(arms, func(a arm) bool { return a.Sessions[1]+a.Sessions[2]+a.Sessions[3] > 0 }) {
		return
	}
	f := r.figure("attendance", "experiments.attendance", "experiment", "experiments.Arms", "experiments.arm", "col.people", "experiments.sessions.0", "experiments.sessions.1", "experiments.sessions.2", "experiments.sessions.3", "experiments.mean")
	f.Wide = true
	f.Chart = chart{Kind: "stacked", Unit: "count", Names: [2]string{"", r.t.get("col.people")}}
	for i := range 4 {
		f.Chart.Series = append(f.Chart.Series, chartLine{Name: f.Table.Head[i+2]})
	}
	for _, a := range arms {
		name := r.t.get("arm." + a.Code)
		if f.Chart.Categories = append(f.Chart.Categories, name); !r.rq.totals {
			f.Chart.Links = append(f.Chart.Links, "/experiments"+r.rq.state.With("arm", a.Code)+"#list")
			f.Table.Links = f.Chart.Links
		}
		r.rq.guardCounts(&a.People, &a.Sessions[0], &a.Sessions[1], &a.Sessions[2], &a.Sessions[3])
		a.Mean = r.rq.guardMean(a.Mean, a.People)
		row := []string{name, formatInt(a.People)}
		for i, n := range a.Sessions {
			f.Chart.Series[i].Values = append(f.Chart.Series[i].Values, map[bool]*float64{false: value(float64(n))}[n == hiddenCount])
			row = append(row, formatInt(n))
		}
		f.Table.Rows = append(f.Table.Rows, append(row, formatDecimal(a.Mean, 1)))
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
