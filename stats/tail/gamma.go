package tail

import "math"

// GammaLower is P(X ≤ x) of a gamma variable with the given shape and scale 1, the regularized incomplete gamma function P(shape, x).
func GammaLower(shape, x float64) float64 { lower, _ := gammaTails(shape, x); return lower }

// GammaUpper is P(X > x) of a gamma variable with the given shape and scale 1, the regularized incomplete gamma function Q(shape, x).
func GammaUpper(shape, x float64) float64 { _, upper := gammaTails(shape, x); return upper }

// GammaQuantile is the x with P(X ≤ x) = p.
func GammaQuantile(p, shape float64) float64 { return gammaQuantile(shape, p, 1-p) }

// ChiSquareLower is P(X ≤ x) of a chi-square variable; df need not be whole.
func ChiSquareLower(x, df float64) float64 { return GammaLower(df/2, x/2) }

// ChiSquareUpper is P(X > x) of a chi-square variable, the p value of its statistic; df need not be whole.
func ChiSquareUpper(x, df float64) float64 { return GammaUpper(df/2, x/2) }

// ChiSquareQuantile is the x with P(X ≤ x) = p.
func ChiSquareQuantile(p, df float64) float64 { return 2 * gammaQuantile(df/2, p, 1-p) }

// ChiSquareQuantileUpper is the x with P(X > x) = q, for a q too small to be told from 1 by its complement.
func ChiSquareQuantileUpper(q, df float64) float64 { return 2 * gammaQuantile(df/2, 1-q, q) }

func gammaTails(shape, x float64) (lower, upper float64) {
	switch {
	case !(shape > 0) || math.IsNaN(x) || math.IsInf(shape, 1):
		return math.NaN(), math.NaN()
	case x <= 0:
		return 0, 1
	case math.IsInf(x, 1):
		return 1, 0
	}
	logTail, isLower := gammaTail(shape, x)
	tail := min(math.Exp(logTail), 1)
	if isLower {
		return tail, 1 - tail
	}
	return 1 - tail, tail
}

// gammaTail is the logarithm of the tail that is computed without a subtraction: the lower one left of the mean.
func gammaTail(shape, x float64) (logTail float64, isLower bool) {
	if shape > manyTerms {
		return gammaTailOfLargeShape(shape, x), x < shape
	}
	density := logPoisson(shape, x)
	if x <= max(shape, 1) {
		return density + math.Log(gammaSeries(shape, x)), true
	}
	return density + math.Log(shape) + math.Log(gammaFraction(shape, x)), false
}

// The series and the fraction take about the square root of the shape in terms; from this shape on the expansion for large ones is exact enough.
const manyTerms = 1e9

// gammaTailOfLargeShape is the logarithm of the smaller tail by the first term of Temme's uniform expansion (DLMF 8.12.3 and 8.12.4), whose relative
// error is below 1/(500 shape).
func gammaTailOfLargeShape(shape, x float64) float64 {
	d := deviance(shape, x, shape-x)
	mu := (x - shape) / shape
	eta := math.Copysign(math.Sqrt(2*d/shape), mu)
	correction := 1/mu - 1/eta
	if math.Abs(mu) < 1e-5 {
		correction = -1./3 + mu/12
	}
	if x < shape {
		correction = -correction
	}
	if d > 700 {
		return math.Inf(-1)
	}
	return math.Log(math.Erfc(math.Sqrt(d))/2 + math.Exp(-d)*correction/math.Sqrt(2*math.Pi*shape))
}

// gammaSeries is 1 + x/(a+1) + x²/((a+1)(a+2)) + … (DLMF 8.7.1).
func gammaSeries(a, x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-17*sum; k++ {
		term *= x / (a + k)
		sum += term
	}
	return sum
}

// gammaFraction is 1/(x+1-a - 1(1-a)/(x+3-a - 2(2-a)/(x+5-a - …))) by the method of Lentz (DLMF 8.9.2, contracted).
func gammaFraction(a, x float64) float64 {
	b := x + 1 - a
	c, d := math.Inf(1), 1/b
	h := d
	for k := 1.0; k < 1e6; k++ {
		n := -k * (k - a)
		b += 2
		d = 1 / nonzero(n*d+b)
		c = nonzero(b + n/c)
		h *= c * d
		if !(math.Abs(c*d-1) > 3e-16) {
			break
		}
	}
	return h
}

func nonzero(v float64) float64 {
	if v == 0 {
		return 1e-300
	}
	return v
}

// gammaQuantile solves for log x, whose density is log-concave, by the smaller of the two tails p = 1-q.
func gammaQuantile(shape, p, q float64) float64 {
	switch {
	case !(shape > 0 && p >= 0 && q >= 0) || math.IsInf(shape, 1):
		return math.NaN()
	case p == 0:
		return 0
	case q == 0:
		return math.Inf(1)
	}
	// Left of the root in log x is where xᵃ/Γ(a+1) = p, exact as x goes to 0. Right of it is the bound of a sub-gamma variable
	// (Boucheron, Lugosi and Massart, Concentration Inequalities, 2013, section 2.4).
	lg, _ := math.Lgamma(shape + 1)
	low := (math.Log(p) + lg) / shape
	high := math.Log(shape + math.Sqrt(-2*shape*math.Log(q)) - math.Log(q))
	start := high
	switch {
	case low < -690:
		return math.Exp(low)
	case p <= q && shape >= 1:
		start = math.Log(shape)
	case p <= q:
		start = low
	}
	return math.Exp(newton(start, low-0.01, high, func(u float64) (float64, float64) {
		x := math.Exp(u)
		slope := logPoisson(shape, x) + math.Log(shape) // log of the density of u
		return logTailLess(p, q, slope, func() (float64, bool) { return gammaTail(shape, x) })
	}))
}

// logTailLess is log of a tail less log of its wanted value, with the derivative, for the smaller of the wanted tails p and q.
func logTailLess(p, q, logDensity float64, tail func() (logTail float64, isLower bool)) (value, slope float64) {
	logTail, isLower := tail()
	if wantLower := p <= q; wantLower != isLower {
		logTail = math.Log1p(-min(math.Exp(logTail), 1))
	}
	slope = math.Exp(logDensity - logTail)
	if p <= q {
		return logTail - math.Log(p), slope
	}
	return logTail - math.Log(q), -slope
}
