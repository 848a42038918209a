package adherence

import (
	"math"
	"strconv"
)

// Appenders of the lines of the result files, in the order of their columns, each with a line end.

// AppendMeasure writes patient_id,measure,value.
func AppendMeasure(to []byte, patient string, m Measure, value float64) []byte {
	to = appendMeasureName(append(AppendText(to, patient), ','), m)
	return append(AppendNumber(append(to, ','), value), '\n')
}

func appendMeasureName(to []byte, m Measure) []byte {
	return append(to, 'c', 'm', 'a', byte('0'+m))
}

// AppendEpisode writes patient_id,episode,start,end,duration_days,end_gap_days.
func AppendEpisode(to []byte, patient string, number int, e Episode) []byte {
	to = append(AppendText(to, patient), ',')
	to = append(strconv.AppendInt(to, int64(number), 10), ',')
	to = append(e.Start.Append(to), ',')
	to = append(e.End().Append(to), ',')
	to = append(appendDays(to, e.Duration), ',')
	return append(appendDays(to, e.EndGap), '\n')
}

// AppendWindow writes patient_id,measure,window,start,end,value.
func AppendWindow(to []byte, patient string, m Measure, v WindowValue) []byte {
	to = append(appendMeasureName(append(AppendText(to, patient), ','), m), ',')
	to = append(strconv.AppendInt(to, int64(v.Number), 10), ',')
	to = append(v.Start.Append(to), ',')
	to = append(v.End.Append(to), ',')
	return append(AppendNumber(to, v.Value), '\n')
}

// AppendPDC writes patient_id,treatment_start,treatment_end,fill_dates,covered_days,treatment_days,
// pdc_ratio,is_eligible,is_adherent,reason; what has no value is empty.
func AppendPDC(to []byte, patient string, p PDC) []byte {
	to = append(AppendText(to, patient), ',')
	if p.Start == NoDay {
		return append(AppendText(append(to, ",,,,,,false,,"...), p.Reason), '\n')
	}
	to = append(p.Start.Append(to), ',')
	to = append(p.End.Append(to), ',')
	for _, n := range []int{p.FillDates, p.CoveredDays, p.TreatmentDays} {
		to = append(strconv.AppendInt(to, int64(n), 10), ',')
	}
	to = append(AppendNumber(to, p.Ratio()), ',')
	to = append(strconv.AppendBool(to, p.Eligible), ',')
	if p.Eligible {
		to = strconv.AppendBool(to, p.Adherent)
	}
	return append(AppendText(append(to, ','), p.Reason), '\n')
}

// AppendSurvival writes group,n,events,median,median_lower,median_upper,rmst365.
func AppendSurvival(to []byte, group string, c Curve) []byte {
	to = append(AppendText(to, group), ',')
	to = append(strconv.AppendInt(to, int64(c.Subjects), 10), ',')
	to = strconv.AppendInt(to, int64(c.Events), 10)
	median, lower, upper := c.Median()
	for _, value := range []float64{median, lower, upper, c.RestrictedMean(365)} {
		to = AppendNumber(append(to, ','), value)
	}
	return append(to, '\n')
}

// AppendStep writes group,time,n_risk,n_event,n_censor,survival,std_err,lower,upper.
func AppendStep(to []byte, group string, s Step) []byte {
	to = append(AppendText(to, group), ',')
	to = appendDays(to, s.Time)
	for _, n := range []int{s.AtRisk, s.Events, s.Censored} {
		to = strconv.AppendInt(append(to, ','), int64(n), 10)
	}
	for _, value := range []float64{s.Survival, s.StdErr, s.Lower, s.Upper} {
		to = AppendNumber(append(to, ','), value)
	}
	return append(to, '\n')
}

// AppendTest writes test,chisq,df,p; p has an exponent where 15 decimals would hide it.
func AppendTest(to []byte, name string, t Test) []byte {
	to = AppendNumber(append(AppendText(to, name), ','), t.ChiSquare)
	to = append(strconv.AppendInt(append(to, ','), int64(t.Freedom), 10), ',')
	if math.Abs(t.P) < 1e-4 {
		return append(strconv.AppendFloat(to, t.P, 'e', 15, 64), '\n')
	}
	return append(AppendNumber(to, t.P), '\n')
}

// AppendEra writes patient_id,drug,era_start,era_end,exposures.
func AppendEra(to []byte, patient string, e Era) []byte {
	to = AppendText(append(AppendText(to, patient), ','), e.Drug)
	to = e.Start.Append(append(to, ','))
	to = e.End.Append(append(to, ','))
	return append(strconv.AppendInt(append(to, ','), int64(e.Exposures), 10), '\n')
}
