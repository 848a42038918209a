package dashboards

import "math"

// Totals that leave for somebody who may not see people are protected: a count under smallCount is hidden, 0
// too, and any other is shown as the middle of its band of smallCount values: 11 to 21 as 16, 22 to 32 as 27. Rates,
// losses and shares are computed from the protected counts only. A hidden count is then not the difference of two
// shown ones: whatever they are, every value from 1 to 10 stays possible. The filters of such a reader are few and fixed, so that the same people are
// not shown within many different totals. docs/decisions has the reasons and the limits.
const smallCount = 11

// hiddenCount stands for a count that is hidden. Formats write it as <11.
const hiddenCount = math.MinInt64

// protectCount returns what may be shown of a count.
func protectCount(n int64) int64 {
	if n < smallCount {
		return hiddenCount
	}
	return n/smallCount*smallCount + smallCount/2
}

// guardCounts protects counts in place when the reader sees totals only.
func (rq *request) guardCounts(counts ...*int64) {
	if !rq.totals {
		return
	}
	for _, n := range counts {
		*n = protectCount(*n)
	}
}

// hides tells whether a count that was protected is hidden from a reader of totals. A row or cell of such a count is
// left out, or looks the same for one person as for nobody.
func (rq *request) hides(n int64) bool { return rq.totals && n == hiddenCount }

// guardMean returns a mean of some cases with two decimals, or nothing when the cases are hidden. It is called
// after the number of cases was protected.
func (rq *request) guardMean(mean float64, cases int64) float64 {
	switch {
	case !rq.totals:
		return mean
	case cases == hiddenCount:
		return 0
	}
	return math.Round(mean*100) / 100
}

// less is a difference of counts, hidden when one of them is, or when it is small after rounding.
func less(from, n int64) int64 {
	if from == hiddenCount || n == hiddenCount {
		return hiddenCount
	}
	return from - n
}

// guardCurve returns a share of n people that was not counted but estimated, as a survival curve is: for readers of
// totals it is put into bands like the count that it stands for, so that a step of it tells no small count.
func (rq *request) guardCurve(share number, n int64) number {
	if !rq.totals || !share.Valid {
		return share
	}
	people, of := protectCount(int64(math.Round(share.Float64*float64(n)))), protectCount(n)
	if people == hiddenCount || of == hiddenCount {
		return number{}
	}
	return number{Float64: float64(people) / float64(of), Valid: true}
}
