package adherence

import (
	"cmp"
	"slices"
)

// Exposure is a stretch of days on which a patient has a drug, ends inclusive.
type Exposure struct {
	Drug       string
	Start, End Day
}

// Era is the time that a patient stays on a drug: exposures with at most the permitted gap between them.
type Era struct {
	Drug       string
	Start, End Day
	Exposures  int
}

// Eras joins the exposures of a patient, drug by drug: an exposure that starts at most gap days after the
// latest end so far goes on with the era. An era ends with its last exposure, the gap is not added.
func Eras(exposures []Exposure, gap int) []Era {
	exposures = slices.Clone(exposures)
	slices.SortStableFunc(exposures, func(a, b Exposure) int {
		return cmp.Or(cmp.Compare(a.Drug, b.Drug), cmp.Compare(a.Start, b.Start))
	})
	var eras []Era
	for _, x := range exposures {
		last := len(eras) - 1
		if last < 0 || eras[last].Drug != x.Drug || int(x.Start)-int(eras[last].End) > gap {
			eras = append(eras, Era{x.Drug, x.Start, x.End, 1})
			continue
		}
		eras[last].End = max(eras[last].End, x.End)
		eras[last].Exposures++
	}
	return eras
}
