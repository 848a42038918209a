package dashboards

import (
	"math"
	"strconv"
	"strings"
)

// z95 is the normal quantile of a 95 % interval.
const z95 = 1.959963984540054

// rate is a count among a number of cases. It never travels without its denominator.
type rate struct{ K, N int64 }

// Known tells whether there is anything to divide by.
func (r rate) Known() bool { return r.N > 0 && r.K >= 0 }

// Value is k / n, 0 when n is 0.
func (r rate) Value() float64 {
	if !r.Known() {
		return 0
	}
	return float64(r.K) / float64(r.N)
}

// Wilson returns the 95 % Wilson score interval, 0 and 1 when nothing is known.
func (r rate) Wilson() (lower, upper float64) {
	if !r.Known() {
		return 0, 1
	}
	n, p, z2 := float64(r.N), r.Value(), z95*z95
	center := (p + z2/(2*n)) / (1 + z2/n)
	half := z95 * math.Sqrt(p*(1-p)/n+z2/(4*n*n)) / (1 + z2/n)
	return math.Max(0, center-half), math.Min(1, center+half)
}

// formatInt writes a whole number with thousands separators.
func formatInt(n int64) string {
	if n == hiddenCount {
		return "<" + strconv.Itoa(smallCount)
	}
	sign, digits := "", strconv.FormatInt(n, 10)
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}

// formatBig writes a large count short: 1.2万 in Chinese, 12.3k and 1.2M in English. Small counts stay whole.
func formatBig(n int64, lang string) string {
	short := func(unit float64, name string) string {
		return strings.TrimSuffix(strconv.FormatFloat(float64(n)/unit, 'f', 1, 64), ".0") + name
	}
	switch {
	case n == hiddenCount:
	case lang == "zh-CN" && n >= 1e8:
		return short(1e8, "亿")
	case lang == "zh-CN" && n >= 1e4:
		return short(1e4, "万")
	case lang == "en" && n >= 1e6:
		return short(1e6, "M")
	case lang == "en" && n >= 1e4:
		return short(1e3, "k")
	}
	return formatInt(n)
}

// formatPercent writes a share of 1 as a percentage with one decimal.
func formatPercent(x float64) string { return strconv.FormatFloat(100*x, 'f', 1, 64) + "%" }

// formatDecimal writes a number with so many decimals.
func formatDecimal(x float64, decimals int) string { return strconv.FormatFloat(x, 'f', decimals, 64) }

// formatRate writes a rate the only way it may be shown: percentage and fraction.
func formatRate(r rate) string {
	switch {
	case r.N == hiddenCount:
		return formatInt(r.N)
	case r.K == hiddenCount:
		return "– (" + formatInt(r.K) + "/" + formatInt(r.N) + ")"
	case !r.Known():
		return "–"
	}
	return formatPercent(r.Value()) + " (" + formatInt(r.K) + "/" + formatInt(r.N) + ")"
}

// formatShare writes the percentage of a rate whose fraction stands beside it.
func formatShare(r rate) string {
	if !r.Known() {
		return "–"
	}
	return formatPercent(r.Value())
}

// formatInterval writes the Wilson interval of a rate in percent.
func formatInterval(r rate) string {
	if !r.Known() {
		return "–"
	}
	lower, upper := r.Wilson()
	return formatDecimal(100*lower, 1) + "–" + formatDecimal(100*upper, 1) + "%"
}

// shortID is what a page shows of a patient's pseudonym.
func shortID(id string) string { return id[:min(10, len(id))] }

// X, LowerX and UpperX place a rate and its interval on a bar that is 100 wide.
func (r rate) X() string { return formatDecimal(100*r.Value(), 1) }

// LowerX is the place of the interval's lower end.
func (r rate) LowerX() string { lower, _ := r.Wilson(); return formatDecimal(100*lower, 1) }

// UpperX is the place of the interval's upper end.
func (r rate) UpperX() string { _, upper := r.Wilson(); return formatDecimal(100*upper, 1) }
