package describe

import (
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/tail"
)

// Test is a statistic with its p value.
type Test struct {
	Statistic float64
	DF        float64 // NaN where the reference distribution has none
	P         float64 // two-sided
}

// ranked are the values of several groups together, sorted, with midranks.
type ranked struct {
	values []float64
	groups []int
	ranks  []float64 // ties share the mean of their ranks
	ties   float64   // sum of t³ - t over the runs of t equal values
}

func rank(groups ...[]float64) ranked {
	type entry struct {
		value float64
		group int
	}
	var all []entry
	for g, values := range groups {
		for _, v := range values {
			if !math.IsNaN(v) {
				all = append(all, entry{v, g})
			}
		}
	}
	slices.SortFunc(all, func(a, b entry) int {
		switch {
		case a.value < b.value:
			return -1
		case a.value > b.value:
			return 1
		}
		return 0
	})
	r := ranked{make([]float64, len(all)), make([]int, len(all)), make([]float64, len(all)), 0}
	for i, e := range all {
		r.values[i], r.groups[i] = e.value, e.group
	}
	for i := 0; i < len(all); {
		end := i + 1
		for end < len(all) && all[end].value == all[i].value {
			end++
		}
		for k := i; k < end; k++ {
			r.ranks[k] = float64(i+end+1) / 2
		}
		t := float64(end - i)
		r.ties += t*t*t - t
		i = end
	}
	return r
}

// sums are the number of values and the rank sum of each group.
func (r ranked) sums(groups int) (n, sum []float64) {
	n, sum = make([]float64, groups), make([]float64, groups)
	for i, g := range r.groups {
		n[g]++
		sum[g] += r.ranks[i]
	}
	return n, sum
}

// KruskalWallis tests whether several groups come from one distribution, corrected for ties. Kruskal and Wallis, Journal of the American Statistical
// Association 1952. It needs two groups with values, and two values that differ.
func KruskalWallis(groups ...[]float64) (Test, error) {
	const method = "Kruskal-Wallis test"
	groups = slices.DeleteFunc(slices.Clone(groups), func(g []float64) bool { return len(present(g)) == 0 })
	if len(groups) < 2 {
		return Test{}, &stats.Error{Method: method, Problem: stats.TooFewRows, Detail: "fewer than two groups have values"}
	}
	r := rank(groups...)
	n, sum := r.sums(len(groups))
	size := float64(len(r.values))
	if r.ties == size*size*size-size {
		return Test{}, &stats.Error{Method: method, Problem: stats.OneLevel, Detail: "all values are equal"}
	}
	h := 0.0
	for g := range groups {
		d := sum[g] - n[g]*(size+1)/2
		h += d * d / n[g]
	}
	h *= 12 / (size * (size + 1)) / (1 - r.ties/(size*size*size-size))
	df := float64(len(groups) - 1)
	return Test{Statistic: h, DF: df, P: tail.ChiSquareUpper(h, df)}, nil
}

// RankSum is the comparison of two groups by ranks (Wilcoxon, Biometrics Bulletin 1945; Mann and Whitney, Annals of Mathematical Statistics 1947).
type RankSum struct {
	U float64 // pairs in which the first group's value is larger, ties counting one half
	W float64 // sum of the first group's midranks

	n, m          float64
	ranked        ranked
	first, second []float64 // sorted
}

// NewRankSum ranks two groups, of which neither may be empty.
func NewRankSum(first, second []float64) (*RankSum, error) {
	r := rank(first, second)
	n, sum := r.sums(2)
	if n[0] == 0 || n[1] == 0 {
		return nil, &stats.Error{Method: "rank-sum test", Problem: stats.TooFewRows, Detail: "a group has no values"}
	}
	s := &RankSum{W: sum[0], U: sum[0] - n[0]*(n[0]+1)/2, n: n[0], m: n[1], ranked: r}
	for i, v := range r.values {
		if r.groups[i] == 0 {
			s.first = append(s.first, v)
		} else {
			s.second = append(s.second, v)
		}
	}
	return s, nil
}

// Ties says whether any two values are equal.
func (s *RankSum) Ties() bool { return s.ranked.ties > 0 }

// Normal is the test by the normal approximation, with the variance corrected for ties; continuity moves U by one half toward its expectation.
func (s *RankSum) Normal(continuity bool) (Test, error) {
	sd := s.sd(s.ranked.ties)
	if sd == 0 {
		return Test{}, &stats.Error{Method: "rank-sum test", Problem: stats.OneLevel, Detail: "all values are equal"}
	}
	z := s.U - s.n*s.m/2
	if continuity && z != 0 {
		z -= math.Copysign(0.5, z)
	}
	return Test{Statistic: s.U, DF: math.NaN(), P: min(1, tail.TwoSidedNormal(z/sd))}, nil
}

// sd is that of U, given the sum of t³ - t over ties.
func (s *RankSum) sd(ties float64) float64 {
	size := s.n + s.m
	return math.Sqrt(max(0, s.n*s.m/12*(size+1-ties/(size*(size-1)))))
}
