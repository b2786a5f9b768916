package tail

import "math"

// Beyond this many degrees of freedom the t distribution is computed as a normal one with a corrected argument (Abramowitz and Stegun 26.7.8).
const nearlyNormal = 1e12

// TLower is P(T ≤ t) of Student's t; df need not be whole and may be +Inf.
func TLower(t, df float64) float64 { return TUpper(-t, df) }

// TUpper is P(T > t) of Student's t; df need not be whole and may be +Inf.
func TUpper(t, df float64) float64 {
	if t < 0 {
		return 1 - TwoSidedT(t, df)/2
	}
	return TwoSidedT(t, df) / 2
}

// TwoSidedT is P(|T| ≥ |t|), the p value of a t statistic; df need not be whole and may be +Inf.
func TwoSidedT(t, df float64) float64 {
	switch {
	case !(df > 0) || math.IsNaN(t):
		return math.NaN()
	case math.IsInf(t, 0):
		return 0
	case df > nearlyNormal:
		c := 1 / (4 * df)
		return TwoSidedNormal(t * (1 - c) / math.Sqrt(1+2*t*t*c))
	}
	ratio := math.Abs(t) / math.Sqrt(df)
	if ratio > 1e150 { // its square would overflow: the first term of the tail is all there is
		return math.Exp(-df*math.Log(ratio) - math.Log(df/2) - logBeta(df/2, 0.5))
	}
	ratio *= ratio
	lower, _ := betaTails(df/2, 0.5, 1/(1+ratio), ratio/(1+ratio))
	return lower
}

// TQuantile is the t with P(T ≤ t) = p; df need not be whole and may be +Inf. The upper quantile of a small q is -TQuantile(q, df).
func TQuantile(p, df float64) float64 {
	switch {
	case !(p >= 0 && p <= 1 && df > 0):
		return math.NaN()
	case p > 0.5:
		return -TQuantile(1-p, df)
	case p == 0.5:
		return 0
	case df > nearlyNormal:
		z := NormalQuantile(p)
		return z + (z*z*z+z)/(4*df)
	}
	u := betaLogit(df/2, 0.5, 2*p, 1-2*p)
	return -math.Sqrt(df) * math.Exp(-u/2)
}
