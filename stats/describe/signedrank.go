package describe

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/tail"
)

// SignedRankTest compares measurements of the same patients by ranks.
type SignedRankTest struct {
	N, Zeros     int     // pairs with a difference, and without one, which are left out
	V            float64 // sum of the ranks of the differences above 0
	Exact        float64 // two-sided p from all 2ᴺ signs, given the ranks with their ties; NaN for more than 300 pairs
	Normal       float64 // two-sided p of the normal approximation, corrected for continuity and ties
	Shift        float64 // Hodges-Lehmann estimate: the median of the means of all two differences
	Lower, Upper float64 // its limits, from the exact distribution; the confidence is at least what was asked for. NaN for more than 300 pairs
}

const mostSigned = 300

// SignedRank is Wilcoxon's test of first less second, one pair a row. Fewer than one difference is a NotEstimable error.
// Wilcoxon, Biometrics Bull 1 (1945) 80-83; limits: Tukey's, from the ordered means of two (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, 3rd ed. 2014, section 3.3).
func SignedRank(first, second []float64, level float64) (SignedRankTest, error) {
	var r SignedRankTest
	if len(first) != len(second) {
		return r, &stats.Error{Method: "signed-rank test", Problem: stats.Invalid, Detail: fmt.Sprintf("%d and %d values", len(first), len(second))}
	}
	var differences, sizes []float64
	for i, a := range first {
		d := a - second[i]
		switch {
		case d == 0:
			r.Zeros++
		case !math.IsNaN(d):
			differences, sizes = append(differences, d), append(sizes, math.Abs(d))
		}
	}
	if r.N = len(differences); r.N == 0 {
		return r, &stats.Error{Method: "signed-rank test", Problem: stats.NotEstimable, Detail: "no pair differs"}
	}
	ranks := midranks(sizes)
	for i, d := range differences {
		if d > 0 {
			r.V += ranks[i]
		}
	}
	r.Normal = r.normal(rank(sizes).ties)
	r.Exact, r.Lower, r.Upper = math.NaN(), math.NaN(), math.NaN()
	walsh := walshMeans(differences)
	r.Shift = Quantile7(walsh, 0.5)
	if r.N <= mostSigned {
		chances := signChances(ranks)
		r.Exact = r.exact(chances)
		r.Lower, r.Upper = signedLimits(walsh, r.N, (1-level)/2)
	}
	return r, nil
}

// midranks are the ranks of values in their own order.
func midranks(values []float64) []float64 {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	out := make([]float64, len(values))
	for i, v := range values {
		low, _ := slices.BinarySearch(sorted, v)
		high := low
		for high < len(sorted) && sorted[high] == v {
			high++
		}
		out[i] = float64(low+high+1) / 2
	}
	return out
}

func (r SignedRankTest) normal(ties float64) float64 {
	n := float64(r.N)
	mean, variance := n*(n+1)/4, n*(n+1)*(2*n+1)/24-ties/48
	z := r.V - mean
	z -= math.Copysign(min(0.5, math.Abs(z)), z)
	return tail.TwoSidedNormal(z / math.Sqrt(variance))
}

// signChances is the distribution of twice the rank sum, each sign being as likely as the other.
func signChances(ranks []float64) []float64 {
	total := 0
	for _, k := range ranks {
		total += int(2 * k)
	}
	chance := make([]float64, total+1)
	chance[0] = 1
	reached := 0
	for _, k := range ranks {
		step := int(2 * k)
		reached += step
		for s := reached; s >= 0; s-- {
			chance[s] /= 2
			if s >= step {
				chance[s] += chance[s-step] / 2 // of before this rank, as the sums go down
			}
		}
	}
	return chance
}

func (r SignedRankTest) exact(chance []float64) float64 {
	at := int(2 * r.V)
	var below, above float64
	for s, c := range chance {
		if s <= at {
			below += c
		}
		if s >= at {
			above += c
		}
	}
	return min(1, 2*min(below, above))
}

// walshMeans are the means of all two differences, each with itself too, sorted.
func walshMeans(d []float64) []float64 {
	out := make([]float64, 0, len(d)*(len(d)+1)/2)
	for i, a := range d {
		for _, b := range d[:i+1] {
			out = append(out, (a+b)/2)
		}
	}
	slices.Sort(out)
	return out
}

// signedLimits leave at most side of the distribution without ties on each side.
func signedLimits(walsh []float64, n int, side float64) (lower, upper float64) {
	ranks := make([]float64, n)
	for i := range ranks {
		ranks[i] = float64(i + 1)
	}
	sum, k := 0.0, 0
	for s, c := range signChances(ranks) {
		if s%2 == 0 {
			if sum += c; sum >= side {
				k = s / 2
				break
			}
		}
	}
	k = max(k, 1)
	return walsh[k-1], walsh[len(walsh)-k]
}
