package tail

import "math"

// BetaLower is P(X ≤ x) of a beta variable, the regularized incomplete beta function I(x; a, b).
func BetaLower(x, a, b float64) float64 { lower, _ := betaTails(a, b, x, 1-x); return lower }

// BetaUpper is P(X > x) of a beta variable.
func BetaUpper(x, a, b float64) float64 { _, upper := betaTails(a, b, x, 1-x); return upper }

// BetaQuantile is the x with P(X ≤ x) = p.
func BetaQuantile(p, a, b float64) float64 {
	u := betaLogit(a, b, p, 1-p)
	return 1 / (1 + math.Exp(-u))
}

// FLower is P(X ≤ x) of an F variable with d1 and d2 degrees of freedom, not necessarily whole.
func FLower(x, d1, d2 float64) float64 { lower, _ := fTails(x, d1, d2); return lower }

// FUpper is P(X > x) of an F variable with d1 and d2 degrees of freedom, the p value of its statistic.
func FUpper(x, d1, d2 float64) float64 { _, upper := fTails(x, d1, d2); return upper }

// FQuantile is the x with P(X ≤ x) = p.
func FQuantile(p, d1, d2 float64) float64 {
	if math.IsInf(d2, 1) {
		return ChiSquareQuantile(p, d1) / d1
	}
	return math.Exp(betaLogit(d1/2, d2/2, p, 1-p)) * (d2 / d1)
}

func fTails(x, d1, d2 float64) (lower, upper float64) {
	switch {
	case math.IsInf(d2, 1):
		return gammaTails(d1/2, d1*x/2)
	case x <= 0:
		return betaTails(d1/2, d2/2, 0, 1)
	}
	ratio := d1 * x / d2
	return betaTails(d1/2, d2/2, 1/(1+1/ratio), 1/(1+ratio))
}

// betaTails takes y = 1-x too, because one of them may be tiny.
func betaTails(a, b, x, y float64) (lower, upper float64) {
	switch {
	case !(a > 0 && b > 0) || math.IsNaN(x) || math.IsInf(a, 1) || math.IsInf(b, 1):
		return math.NaN(), math.NaN()
	case x <= 0:
		return 0, 1
	case y <= 0:
		return 1, 0
	}
	logTail, isLower := betaTail(a, b, x, y)
	tail := min(math.Exp(logTail), 1)
	if isLower {
		return tail, 1 - tail
	}
	return 1 - tail, tail
}

// betaTail is the logarithm of the tail that is computed without a subtraction: the lower one left of the mean.
func betaTail(a, b, x, y float64) (logTail float64, isLower bool) {
	density := logBinomial(a, b, x, y) + math.Log(a) + math.Log(b) - math.Log(a+b)
	if above := excess(a, b, x, y); above >= 0 {
		return density + math.Log(betaFraction(a, b, x, y, above)), true
	} else {
		return density + math.Log(betaFraction(b, a, y, x, -above)), false
	}
}

// betaFraction is 1/(β0 + α1/(β1 + α2/(β2 + …))) of I(x; a, b), without its density, by the method of Lentz. These are the even convergents of DLMF 8.17.22 as
// Didonato and Morris write them (ACM Transactions on Mathematical Software 1992, formula 9), with lambda = a-(a+b)x ≥ 0 known exactly.
func betaFraction(a, b, x, y, lambda float64) float64 {
	beta := a / (a + 1) * (lambda + 1)
	f, c, d := beta, beta, 0.0
	for n := 1.0; n < 1e6; n++ {
		p := a + 2*n - 1
		alpha := (a + n - 1) / p * ((a + b + n - 1) / p) * n * (b - n) * x * x
		beta = n + n*(b-n)*x/p + (a+n)/(p+2)*(lambda+1+n*(1+y))
		d = 1 / nonzero(beta+alpha*d)
		c = nonzero(beta + alpha/c)
		f *= c * d
		if !(math.Abs(c*d-1) > 3e-16) {
			break
		}
	}
	return 1 / f
}

// betaLogit is the quantile as log(x/(1-x)), which loses digits at neither end; p = 1-q.
func betaLogit(a, b, p, q float64) float64 {
	switch {
	case !(a > 0 && b > 0 && p >= 0 && q >= 0) || math.IsInf(a, 1) || math.IsInf(b, 1):
		return math.NaN()
	case p == 0:
		return math.Inf(-1)
	case q == 0:
		return math.Inf(1)
	}
	// Where xᵃ/(a·B(a,b)) = p, exact as x goes to 0 and always left of the root; and the same from the other end.
	left := (math.Log(p) + math.Log(a) + logBeta(a, b)) / a
	right := -(math.Log(q) + math.Log(b) + logBeta(a, b)) / b
	switch {
	case left < -690:
		return left
	case right > 690:
		return right
	}
	start := math.Log(a / b)
	if a < 1 && p <= q {
		start = left
	} else if b < 1 && q < p {
		start = right
	}
	return newton(start, left-0.01, right+0.01, func(u float64) (float64, float64) {
		x, y := 1/(1+math.Exp(-u)), 1/(1+math.Exp(u))
		density := logBinomial(a, b, x, y) + math.Log(a) + math.Log(b) - math.Log(a+b) // of u
		return logTailLess(p, q, density, func() (float64, bool) { return betaTail(a, b, x, y) })
	})
}

// logBeta is the logarithm of the beta function.
func logBeta(a, b float64) float64 {
	n := a + b
	return math.Log(n) - math.Log(a) - math.Log(b) -
		(logBinomial(a, b, a/n, b/n) - a*logOf(a/n, b/n) - b*logOf(b/n, a/n))
}
