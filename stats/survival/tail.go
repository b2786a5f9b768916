package survival

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// normalP is the two-sided p of a standard normal statistic.
func normalP(z float64) float64 { return math.Erfc(math.Abs(z) / math.Sqrt2) }

// chiSquareP is the probability that a chi-square of df degrees of freedom exceeds x, by the finite sums for whole df
// (Abramowitz and Stegun 1964, 26.4.4 and 26.4.5): all terms are positive, so the tail keeps its digits.
func chiSquareP(x float64, df int) float64 {
	if math.IsNaN(x) || df < 1 {
		return math.NaN()
	}
	if x <= 0 {
		return 1
	}
	half, a, sum := x/2, 1.0, math.Exp(-x/2)
	term := sum
	if df%2 == 1 {
		a, sum = 0.5, math.Erfc(math.Sqrt(half))
		term = 2 / math.Sqrt(math.Pi) * math.Sqrt(half) * math.Exp(-half)
		if df > 1 {
			sum += term
		}
		a++
	} else {
		a = 1
	}
	for 2*a < float64(df) {
		term *= half / a
		sum += term
		a++
	}
	return min(1, sum)
}

// normalQuantile of the two-sided confidence level, 1.96 for 0.95.
func normalQuantile(level float64) float64 {
	return -distuv.UnitNormal.Quantile((1 - level) / 2)
}
