package generate

import (
	"math"
	"slices"
)

// The oracle counts days one by one, with a stock per drug: a fill adds its days to the stock, a day with
// stock is covered and takes one away. It is the slow and plain form of the adherence rules, written
// without intervals or closed forms, so that it can check the fast ones.

// supplied is days of one drug that came on a day.
type supplied struct{ drug, day, days int }

// coveredDays marks the days of [from, to] on which at least one drug is in stock. Only supply that comes
// inside the span counts.
func coveredDays(supply []supplied, from, to int) []bool {
	covered := make([]bool, to-from+1)
	for _, drug := range drugsOf(supply) {
		stock := 0
		for day := from; day <= to; day++ {
			for _, s := range supply {
				if s.drug == drug && s.day == day {
					stock += s.days
				}
			}
			if stock > 0 {
				covered[day-from] = true
				stock--
			}
		}
	}
	return covered
}

func drugsOf(supply []supplied) []int {
	var drugs []int
	for _, s := range supply {
		if !slices.Contains(drugs, s.drug) {
			drugs = append(drugs, s.drug)
		}
	}
	return drugs
}

// Rules of eligibility: two fills on different dates, 91 days of treatment period.
const (
	minFillDates     = 2
	minTreatmentDays = 91
)

// ratio is the proportion of days covered of one person, one class and one period.
type ratio struct {
	covered, treatment   int
	isEligible, isAdhere bool
}

// adherence measures the supply of one class in the period [start, end]; the treatment period begins with
// the first fill in the period and ends with the period or with death or leaving. ok is false when the
// period holds no fill.
func adherence(supply []supplied, start, end, exitDay int, threshold float64) (r ratio, ok bool) {
	if exitDay != 0 {
		end = min(end, exitDay)
	}
	var inside []supplied
	var dates []int
	index := math.MaxInt
	for _, s := range supply {
		if s.day < start || s.day > end {
			continue
		}
		inside = append(inside, s)
		index = min(index, s.day)
		if !slices.Contains(dates, s.day) {
			dates = append(dates, s.day)
		}
	}
	if len(inside) == 0 {
		return ratio{}, false
	}
	for _, isCovered := range coveredDays(inside, index, end) {
		r.treatment++
		if isCovered {
			r.covered++
		}
	}
	r.isEligible = len(dates) >= minFillDates && r.treatment >= minTreatmentDays
	r.isAdhere = r.covered*100 >= int(math.Round(threshold*100))*r.treatment
	return r, true
}

// firstCovered returns the first covered day on or after a day, over all supply, or noDay.
func firstCovered(supply []supplied, from, to int) int {
	if len(supply) == 0 || from > to {
		return noDay
	}
	first := supply[0].day
	for _, s := range supply {
		first = min(first, s.day)
	}
	if first > to {
		return noDay
	}
	for i, isCovered := range coveredDays(supply, first, to) {
		if isCovered && first+i >= from {
			return first + i
		}
	}
	return noDay
}
