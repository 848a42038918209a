package dashboards

import (
	"strconv"
	"time"
)

// beginning and end are the days of a report without a period.
const beginning, end = "0001-01-01", "9999-12-31"

// months makes the last n months, this one included, the period of the report; queries know it as $from and $to.
func (r *report) months(n int) {
	asOf := r.asOf()
	first := time.Date(asOf.Year(), asOf.Month(), 1, 0, 0, 0, 0, time.UTC)
	r.monthly = true
	r.during(first.AddDate(0, 1-n, 0), asOf, func(day time.Time) time.Time { return day.AddDate(0, -n, 0) })
}

// chosenMonths makes the months that the reader chose the period of the report.
func (r *report) chosenMonths() {
	n, _ := strconv.Atoi(r.rq.state.Get("months")) // one of the values of the parameter
	r.months(n)
}

// monthsOver makes the last n months that are over the period of the report.
func (r *report) monthsOver(n int) {
	next := r.asOf().AddDate(0, 0, 1)
	last := time.Date(next.Year(), next.Month(), 1, 0, 0, 0, 0, time.UTC)
	r.during(last.AddDate(0, -n, 0), last.AddDate(0, 0, -1), func(day time.Time) time.Time { return day.AddDate(0, -n, 0) })
}

// daysBefore makes the n days before the business day the period of the report.
func (r *report) daysBefore(n int) {
	r.during(r.asOf().AddDate(0, 0, -n), r.asOf().AddDate(0, 0, -1), func(day time.Time) time.Time { return day.AddDate(0, 0, -n) })
}

// days makes the last n days the period of the report.
func (r *report) days(n int) {
	r.during(r.asOf().AddDate(0, 0, 1-n), r.asOf(), func(day time.Time) time.Time { return day.AddDate(0, 0, -n) })
}

// always leaves the report without a period.
func (r *report) always() { r.args["from"], r.args["to"] = beginning, end }

// during sets the period, moved back when the report is the earlier one of two.
func (r *report) during(from, to time.Time, previous func(time.Time) time.Time) {
	switch r.ago {
	case "prev":
		from, to = previous(from), from.AddDate(0, 0, -1)
	case "yoy":
		from, to = from.AddDate(-1, 0, 0), to.AddDate(-1, 0, 0)
	}
	if r.monthly && r.ago != "" { // months of a comparison are whole
		to = time.Date(to.Year(), to.Month()+1, 0, 0, 0, 0, 0, time.UTC)
	}
	r.from, r.to = from, to
	r.args["from"], r.args["to"] = from.Format(time.DateOnly), to.Format(time.DateOnly)
}

// asOf is the business day of the warehouse.
func (r *report) asOf() time.Time {
	day, err := time.Parse(time.DateOnly, r.rq.wh.AsOf)
	if err != nil { // the warehouse always has one
		return time.Time{}
	}
	return day
}

// periodParam is the time in which people begin: any, or the last half year or year.
var periodParam = oneOf("since", "", "180", "365")

// choosePeriod adds the select of the beginning. Readers of totals get one period, so that few people stand between two.
func (r *report) choosePeriod() {
	values := []string{"180", "365"}
	if r.rq.totals {
		if values = values[1:]; r.args["since"] == "180" {
			r.dropFilters("since")
		}
	}
	r.choose("since", "filter.since", "filter.since.any", "since", values...)
	switch r.args["since"] {
	case "180":
		r.days(180)
	case "365":
		r.days(365)
	default:
		r.always()
	}
}
