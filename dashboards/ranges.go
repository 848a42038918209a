package dashboards

import (
	"slices"
	"strconv"
	"strings"
)

// ranges are the numbers of a person that a segment may bound: days of supply left on the business day (below 0: out
// for so long), days since the last and since the first contact, the lowest PDC of 180 days in percent, and age in years.
var ranges = []string{"left", "seen", "known", "pdc", "age"}

// rangeParams are the bounds as parameters of the page, <range>_min and <range>_max, both included.
func rangeParams() []param {
	bound := func(_ *warehouse, v string) bool {
		n, err := strconv.Atoi(v)
		return err == nil && n >= -9999 && n <= 9999
	}
	var all []param
	for _, name := range ranges {
		all = append(all, param{name: name + "_min", valid: bound}, param{name: name + "_max", valid: bound})
	}
	return all
}

// bounds are the ends of one range; an empty one sets no limit.
type bounds struct{ Name, Min, Max string }

// String writes a range as left=-30..-8.
func (b bounds) String() string { return b.Name + "=" + b.Min + ".." + b.Max }

// boundsOf returns the ranges of a state, those without a limit too.
func boundsOf(s state) []bounds {
	var all []bounds
	for _, name := range ranges {
		all = append(all, bounds{name, s.Get(name + "_min"), s.Get(name + "_max")})
	}
	return all
}

// isOpen tells whether the range sets no limit.
func (b bounds) isOpen() bool { return b.Min == "" && b.Max == "" }

// writeBounds writes the ranges that set a limit in the order of ranges.
func writeBounds(all []bounds) string {
	var set []string
	for _, b := range all {
		if !b.isOpen() {
			set = append(set, b.String())
		}
	}
	return strings.Join(set, ";")
}

// Bounded tells whether a range sets a limit.
func (d segmentsData) Bounded() bool {
	return slices.ContainsFunc(d.Ranges, func(b bounds) bool { return !b.isOpen() })
}
