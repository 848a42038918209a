package adherence

import (
	"fmt"
	"math"
	"slices"
)

// Test is a test of no difference between groups.
type Test struct {
	ChiSquare float64
	Freedom   int
	P         float64
}

// LogRank tests whether groups have the same survival (Mantel's test, each time has the same weight). An
// error says that there is nothing to compare.
func LogRank(groups [][]Subject) (Test, error) {
	groups = slices.DeleteFunc(slices.Clone(groups), func(g []Subject) bool { return len(g) == 0 })
	if len(groups) < 2 {
		return Test{}, fmt.Errorf("the log-rank test needs at least two groups")
	}
	excess, variance := logRankSums(groups)
	// The excesses add up to 0, so the last group follows from the others.
	k := len(groups) - 1
	solved, rank := solve(variance[:k], excess[:k])
	if rank == 0 {
		return Test{}, fmt.Errorf("the log-rank test needs an event while two groups are at risk")
	}
	t := Test{Freedom: rank}
	for i := range k {
		t.ChiSquare += excess[i] * solved[i]
	}
	t.P = chiSquareTail(t.ChiSquare, t.Freedom)
	return t, nil
}

// logRankSums are observed minus expected events per group and their covariance.
func logRankSums(groups [][]Subject) (excess []float64, variance [][]float64) {
	type moment struct {
		time  float64
		group int
		event bool
	}
	var all []moment
	atRisk := make([]float64, len(groups))
	for g, subjects := range groups {
		atRisk[g] = float64(len(subjects))
		for _, s := range subjects {
			all = append(all, moment{s.Time, g, s.Event})
		}
		variance = append(variance, make([]float64, len(groups)))
	}
	slices.SortFunc(all, func(a, b moment) int { return compareTime(a.time, b.time) })
	excess = make([]float64, len(groups))
	for i := 0; i < len(all); {
		from, n, events := i, float64(len(all)-i), 0.0
		for ; i < len(all) && all[i].time == all[from].time; i++ {
			if all[i].event {
				events++
				excess[all[i].group]++
			}
		}
		if events > 0 {
			addMoment(excess, variance, atRisk, n, events)
		}
		for _, m := range all[from:i] {
			atRisk[m.group]--
		}
	}
	return excess, variance
}

// addMoment takes the expected events of one time off and adds the hypergeometric covariance.
func addMoment(excess []float64, variance [][]float64, atRisk []float64, n, events float64) {
	factor := 0.0
	if n > 1 {
		factor = events * (n - events) / (n * n * (n - 1))
	}
	for g := range atRisk {
		excess[g] -= events * atRisk[g] / n
		variance[g][g] += factor * atRisk[g] * n
		for h := range atRisk {
			variance[g][h] -= factor * atRisk[g] * atRisk[h]
		}
	}
}

// solve solves a symmetric system by elimination and leaves out directions without variance; rank counts
// the others.
func solve(matrix [][]float64, right []float64) (x []float64, rank int) {
	n := len(right)
	m := make([][]float64, n)
	scale := 0.0
	for i := range m {
		m[i] = append(slices.Clone(matrix[i][:n]), right[i])
		scale = max(scale, matrix[i][i])
	}
	done := make([]bool, n)
	for range n {
		pivot := -1
		for i := range n {
			if !done[i] && m[i][i] > 1e-10*scale && (pivot < 0 || m[i][i] > m[pivot][pivot]) {
				pivot = i
			}
		}
		if pivot < 0 {
			break
		}
		done[pivot] = true
		rank++
		eliminate(m, pivot)
	}
	x = make([]float64, n)
	for i := range n {
		if done[i] {
			x[i] = m[i][n] / m[i][i]
		}
	}
	return x, rank
}

func eliminate(m [][]float64, pivot int) {
	for i := range m {
		if i == pivot {
			continue
		}
		f := m[i][pivot] / m[pivot][pivot]
		for j := range m[i] {
			m[i][j] -= f * m[pivot][j]
		}
	}
}

// chiSquareTail is the probability of a larger chi-square, by the finite sums for whole degrees of freedom.
func chiSquareTail(x float64, freedom int) float64 {
	if x <= 0 {
		return 1
	}
	half := x / 2
	if freedom%2 == 0 {
		term, sum := math.Exp(-half), 0.0
		for k := range freedom / 2 {
			sum += term
			term *= half / float64(k+1)
		}
		return sum
	}
	sum := math.Erfc(math.Sqrt(half))
	term := math.Exp(-half) * math.Sqrt(half) / math.Gamma(1.5)
	for k := range freedom / 2 {
		sum += term
		term *= half / (float64(k) + 1.5)
	}
	return sum
}
