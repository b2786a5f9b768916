package tail

import "math"

// NormalLower is P(Z ≤ z).
func NormalLower(z float64) float64 { return 0.5 * math.Erfc(-z/math.Sqrt2) }

// NormalUpper is P(Z > z).
func NormalUpper(z float64) float64 { return 0.5 * math.Erfc(z/math.Sqrt2) }

// TwoSidedNormal is P(|Z| ≥ |z|), the p value of a z statistic.
func TwoSidedNormal(z float64) float64 { return math.Erfc(math.Abs(z) / math.Sqrt2) }

// NormalDensity is the density of the standard normal distribution.
func NormalDensity(z float64) float64 { return math.Exp(-z*z/2 - halfLogTwoPi) }

// NormalQuantile is the z with P(Z ≤ z) = p: -Inf at 0, +Inf at 1. The upper quantile of a small q is -NormalQuantile(q).
func NormalQuantile(p float64) float64 {
	switch {
	case !(p >= 0 && p <= 1):
		return math.NaN()
	case p == 0:
		return math.Inf(-1)
	case p > 0.5:
		return -NormalQuantile(1 - p)
	case p > 0.01:
		return math.Sqrt2 * math.Erfinv(2*p-1)
	}
	logP := math.Log(p)
	z := -math.Sqrt(-2 * logP)
	return newton(z, math.Inf(-1), 0, func(z float64) (float64, float64) {
		lower := NormalLower(z)
		return math.Log(lower) - logP, NormalDensity(z) / lower
	})
}

// NormalCritical is the z with P(|Z| ≤ z) = level, 1.96 for 0.95: by it a standard error is multiplied for the limits of a confidence interval.
func NormalCritical(level float64) float64 { return -NormalQuantile((1 - level) / 2) }

// newton finds the zero, between low and high, of a monotone concave function from its value and its slope. It ends when steps no longer
// shrink, that is at the limit of the arithmetic.
func newton(x, low, high float64, at func(x float64) (value, slope float64)) float64 {
	last := math.Inf(1)
	for range 500 {
		value, slope := at(x)
		next := min(max(x-value/slope, low), high)
		size := math.Abs(next - x)
		if math.IsNaN(next) || size <= 1e-16*math.Abs(x) || size < 1e-9*(1+math.Abs(x)) && size >= last {
			return x
		}
		x, last = next, size
	}
	return x
}
