package tail

import "math"

// NoncentralTUpper is P(T > t) of a noncentral t variable (Z + noncentrality)/√(V/df), Z normal and V chi-square with df degrees of freedom, not
// necessarily whole. Deep upper tails keep their digits. A noncentrality beyond ±100,000 and
// degrees of freedom below 0.01 give NaN.
//
// The probability is the mean of P(Z > t·s - noncentrality) over s = √(V/df). It is summed over equal steps of u = log s, where the integrand is
// smooth, has one peak (its logarithm is concave), and falls off fast on both sides, so that a plain sum is exact to the last digits (Trefethen and
// Weideman, SIAM Review 2014).
func NoncentralTUpper(t, df, noncentrality float64) float64 {
	switch {
	case !(df >= 0.01) || math.IsNaN(t) || !(math.Abs(noncentrality) <= 1e5):
		return math.NaN()
	case df > nearlyNormal:
		c := 1 / (4 * df) // Abramowitz and Stegun 26.7.10
		return NormalUpper((t*(1-c) - noncentrality) / math.Sqrt(1+2*t*t*c))
	case math.IsInf(t, 1):
		return 0
	case t == 0:
		return NormalLower(noncentrality)
	case t < 0:
		return 1 - NoncentralTUpper(-t, df, -noncentrality)
	}
	f := noncentral{t: t, df: df, delta: noncentrality}
	peak := f.peak()
	z, slope := f.argument(peak)
	r := mills(z)
	curvature := 2*df*math.Exp(2*peak) + slope*r + slope*slope*r*(z+r)
	step := min(0.1, 0.5/math.Sqrt(curvature+math.Pow(slope+math.Abs(noncentrality), 2)))
	top := f.log(peak)
	sum := 1.0
	for _, h := range []float64{-step, step} {
		for k := 1.0; ; k++ {
			term := math.Exp(f.log(peak+k*h) - top)
			sum += term
			if !(term > 1e-18*sum) {
				break
			}
		}
	}
	return min(1, sum*step*df*math.Exp(top+logPoisson(df/2, df/2)))
}

// noncentral is the integrand over u = log √(V/df), up to a constant.
type noncentral struct{ t, df, delta float64 }

func (f noncentral) argument(u float64) (z, slope float64) {
	slope = f.t * math.Exp(u)
	return f.delta - slope, slope
}

func (f noncentral) log(u float64) float64 {
	z, _ := f.argument(u)
	return f.df/2*(2*u-math.Expm1(2*u)) + logNormalLower(z)
}

// peak is where the derivative, which falls, is zero; never right of 0, where the chi-square density alone has its peak.
func (f noncentral) peak() float64 {
	rising := func(u float64) bool {
		z, slope := f.argument(u)
		return -f.df*math.Expm1(2*u) > slope*mills(z)
	}
	low, high := -1.0, 0.0
	for !rising(low) {
		low *= 2
	}
	for high-low > 1e-6 {
		if middle := (low + high) / 2; rising(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}

// logNormalLower is log P(Z ≤ z), by its asymptotic series where the probability itself is too small to hold.
func logNormalLower(z float64) float64 {
	if z > -30 {
		return math.Log(NormalLower(z))
	}
	w := 1 / (z * z)
	return -z*z/2 - halfLogTwoPi - math.Log(-z) + math.Log1p(-w*(1-w*(3-w*(15-w*105))))
}

// mills is the density at z over P(Z ≤ z).
func mills(z float64) float64 { return math.Exp(-z*z/2 - halfLogTwoPi - logNormalLower(z)) }
