package tail

import "math"

// BinomialMass is P(X = k) of n trials that each succeed with probability p.
func BinomialMass(k, n int, p float64) float64 {
	if !binomial(n, p) {
		return math.NaN()
	}
	if k < 0 || k > n {
		return 0
	}
	return math.Exp(logBinomial(float64(k), float64(n-k), p, 1-p))
}

// BinomialLower is P(X ≤ k).
func BinomialLower(k, n int, p float64) float64 {
	switch {
	case !binomial(n, p):
		return math.NaN()
	case k < 0:
		return 0
	case k >= n:
		return 1
	}
	return BetaUpper(p, float64(k+1), float64(n-k))
}

// BinomialAtLeast is P(X ≥ k).
func BinomialAtLeast(k, n int, p float64) float64 {
	switch {
	case !binomial(n, p):
		return math.NaN()
	case k <= 0:
		return 1
	case k > n:
		return 0
	}
	return BetaLower(p, float64(k), float64(n-k+1))
}

// BinomialQuantile is the smallest k with P(X ≤ k) ≥ level; -1 if there is no such distribution or level.
func BinomialQuantile(level float64, n int, p float64) int {
	if !binomial(n, p) || !(level >= 0 && level <= 1) {
		return -1
	}
	return smallest(0, n, func(k int) bool { return BinomialLower(k, n, p) >= level*(1-64*epsilon) })
}

func binomial(n int, p float64) bool { return n >= 0 && p >= 0 && p <= 1 }

// PoissonMass is P(X = k) of a Poisson count.
func PoissonMass(k int, mean float64) float64 {
	switch {
	case !(mean >= 0) || math.IsInf(mean, 1):
		return math.NaN()
	case k < 0:
		return 0
	}
	return math.Exp(logPoisson(float64(k), mean))
}

// PoissonLower is P(X ≤ k).
func PoissonLower(k int, mean float64) float64 {
	switch {
	case !(mean >= 0) || math.IsInf(mean, 1):
		return math.NaN()
	case k < 0:
		return 0
	}
	return GammaUpper(float64(k)+1, mean)
}

// PoissonAtLeast is P(X ≥ k).
func PoissonAtLeast(k int, mean float64) float64 {
	switch {
	case !(mean >= 0) || math.IsInf(mean, 1):
		return math.NaN()
	case k <= 0:
		return 1
	}
	return GammaLower(float64(k), mean)
}

// PoissonQuantile is the smallest k with P(X ≤ k) ≥ level, level < 1; -1 if there is no such distribution or level.
func PoissonQuantile(level, mean float64) int {
	if !(mean >= 0 && mean < 1e15) || !(level >= 0 && level < 1) {
		return -1
	}
	enough := func(k int) bool { return PoissonLower(k, mean) >= level*(1-64*epsilon) }
	high := int(mean) + 1
	for !enough(high) {
		high *= 2
	}
	return smallest(0, high, enough)
}

const epsilon = 0x1p-52

// smallest is the least k from low to high that is enough, found by halving; high if no other is.
func smallest(low, high int, enough func(k int) bool) int {
	for low < high {
		middle := low + (high-low)/2
		if enough(middle) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}

// BinomialLimits are the exact limits of a proportion from k successes in n trials (Clopper and Pearson, Biometrika 1934), level 0.95 for 95 %.
// From 0 successes the lower one is 0, from n the upper one is 1; NaN for counts that cannot be.
func BinomialLimits(k, n int, level float64) (lower, upper float64) {
	if k < 0 || k > n || n == 0 || !(level > 0 && level < 1) {
		return math.NaN(), math.NaN()
	}
	alpha := (1 - level) / 2
	lower, upper = 0, 1
	if k > 0 {
		lower = BetaQuantile(alpha, float64(k), float64(n-k+1))
	}
	if k < n {
		upper = 1 / (1 + math.Exp(-betaLogit(float64(k+1), float64(n-k), 1-alpha, alpha)))
	}
	return lower, upper
}

// WilsonLimits are those of a proportion, x of n, by inversion of the score test without continuity correction (Wilson, Journal of the American Statistical
// Association 1927), level 0.95 for 95 %. From 0 the lower one is 0, from n the upper one is 1; NaN for what is no proportion.
func WilsonLimits(x, n, level float64) (lower, upper float64) {
	if !(x >= 0 && x <= n && n > 0) || math.IsInf(n, 1) {
		return math.NaN(), math.NaN()
	}
	z, p := NormalCritical(level), x/n
	center := p + z*z/(2*n)
	half := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	scale := 1 + z*z/n
	lower, upper = (center-half)/scale, (center+half)/scale
	if x == 0 {
		lower = 0 // which rounding misses by 1e-17
	}
	if x == n {
		upper = 1
	}
	return lower, upper
}

// PoissonLimits are the exact limits of the mean of a count (Garwood, Biometrika 1936), level 0.95 for 95 %. From 0 the lower one is 0; NaN for a
// count below 0.
func PoissonLimits(count int, level float64) (lower, upper float64) {
	if count < 0 || !(level > 0 && level < 1) {
		return math.NaN(), math.NaN()
	}
	alpha := (1 - level) / 2
	if count > 0 {
		lower = gammaQuantile(float64(count), alpha, 1-alpha)
	}
	return lower, gammaQuantile(float64(count)+1, 1-alpha, alpha)
}
