package tail

import "math"

const halfLogTwoPi = 0.918938533204672741780329736406

// stirlingError is log Γ(n+1) less Stirling's formula √(2πn)·(n/e)ⁿ in logarithms; n > 0.
func stirlingError(n float64) float64 {
	if n < 10 {
		lg, _ := math.Lgamma(n + 1)
		return lg - (n+0.5)*math.Log(n) + n - halfLogTwoPi
	}
	m := 1 / (n * n)
	return (1./12 - m*(1./360-m*(1./1260-m*(1./1680-m*(1./1188-m*691./360360))))) / n
}

// deviance is x·log(x/mean) + mean - x without loss of digits where x is close to the mean (Loader's D0); x ≥ 0, mean > 0. The difference
// x - mean is given by who may know it better than by subtraction.
func deviance(x, mean, difference float64) float64 {
	if x == 0 {
		return mean
	}
	if math.Abs(difference) >= 0.1*(x+mean) {
		return x*math.Log(x/mean) - difference
	}
	v := difference / (x + mean)
	sum := difference * v
	term := 2 * x * v
	for j := 3.0; j < 40; j += 2 { // v² < 0.01
		term *= v * v
		sum += term / j
	}
	return sum
}

// logPoisson is log of meanˣ·e^(-mean)/Γ(x+1), x ≥ 0 and not necessarily whole.
func logPoisson(x, mean float64) float64 {
	switch {
	case mean == 0 && x == 0:
		return 0
	case mean == 0:
		return math.Inf(-1)
	case x == 0:
		return -mean
	}
	return -stirlingError(x) - deviance(x, mean, x-mean) - halfLogTwoPi - 0.5*math.Log(x)
}

// logBinomial is log of Γ(a+b+1)/(Γ(a+1)Γ(b+1))·pᵃ·qᵇ, where q = 1-p is given too because it may be tiny; a, b ≥ 0, not necessarily whole.
func logBinomial(a, b, p, q float64) float64 {
	switch {
	case a == 0 && b == 0:
		return 0
	case a == 0:
		return b * logOf(q, p)
	case b == 0:
		return a * logOf(p, q)
	case p == 0 || q == 0:
		return math.Inf(-1)
	}
	n := a + b
	above := excess(a, b, p, q)
	return stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance(a, n*p, above) - deviance(b, n*q, -above) -
		halfLogTwoPi + 0.5*(math.Log(n/a)-math.Log(b))
}

// excess is a - (a+b)p = (a+b)q - b, by which a lies above its mean and b below its own.
func excess(a, b, p, q float64) float64 {
	if q < p {
		return (a+b)*q - b
	}
	return a - (a+b)*p
}

// logOf is log p, taken from q = 1-p where that is the more exact of the two.
func logOf(p, q float64) float64 {
	if q < 0.5 {
		return math.Log1p(-q)
	}
	return math.Log(p)
}
