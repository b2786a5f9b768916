package describe

import (
	"fmt"
	"math"

	"consilium/stats"
	"consilium/stats/tail"
)

// Interval is a pair of confidence limits.
type Interval struct{ Lower, Upper float64 }

// ClopperPearson are the exact limits of a proportion, x of n (Clopper and Pearson, Biometrika 1934).
func ClopperPearson(x, n int, level float64) (Interval, error) {
	if err := checkProportion("Clopper-Pearson limits", x, n, level); err != nil {
		return Interval{}, err
	}
	lower, upper := tail.BinomialLimits(x, n, level)
	return Interval{lower, upper}, nil
}

// Wilson are the limits of a proportion, x of n, by inversion of the score test without continuity correction (Wilson, Journal of the American Statistical
// Association 1927).
func Wilson(x, n int, level float64) (Interval, error) {
	if err := checkProportion("Wilson limits", x, n, level); err != nil {
		return Interval{}, err
	}
	lower, upper := tail.WilsonLimits(float64(x), float64(n), level)
	return Interval{lower, upper}, nil
}

// BinomialTest is the exact two-sided p value of x successes in n trials against a probability: the sum of the probabilities that do not exceed that of x
// by more than one in ten million, for equal ones that rounding made unequal.
func BinomialTest(x, n int, p float64) (float64, error) {
	if err := checkProportion("binomial test", x, n, 0.5); err != nil {
		return math.NaN(), err
	}
	if !(p >= 0 && p <= 1) {
		return math.NaN(), &stats.Error{Method: "binomial test", Problem: stats.Invalid, Variable: "p", Detail: "a probability lies between 0 and 1"}
	}
	expected := float64(n) * p
	limit := tail.BinomialMass(x, n, p) * (1 + 1e-7)
	rare := func(k int) bool { return tail.BinomialMass(k, n, p) <= limit }
	switch {
	case float64(x) == expected:
		return 1, nil
	case float64(x) < expected: // masses fall from the mode up: find the first that is rare again
		mode := int(math.Ceil(expected))
		first := firstTrue(mode, n+1, rare)
		return min(1, tail.BinomialLower(x, n, p)+tail.BinomialAtLeast(first, n, p)), nil
	default:
		mode := int(math.Floor(expected))
		last := mode - firstTrue(0, mode+1, func(i int) bool { return rare(mode - i) })
		return min(1, tail.BinomialLower(last, n, p)+tail.BinomialAtLeast(x, n, p)), nil
	}
}

// firstTrue is the least i from low up to which, if not high, the condition holds; it must stay true once it is.
func firstTrue(low, high int, condition func(i int) bool) int {
	for low < high {
		if middle := low + (high-low)/2; condition(middle) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}

func checkProportion(method string, x, n int, level float64) error {
	if n < 1 || x < 0 || x > n {
		return &stats.Error{Method: method, Problem: stats.Invalid, Detail: fmt.Sprintf("%d of %d is not a proportion", x, n)}
	}
	return checkLevel(method, level)
}

// TwoProportions compares a proportion with another one, first minus second or first over second.
type TwoProportions struct {
	P1, P2     float64
	Difference float64
	Wald       Interval // of the difference; a point if both proportions are 0 or 1, where only Newcombe's says something
	Newcombe   Interval // of the difference: hybrid score, method 10 of Newcombe, Statistics in Medicine 1998, without continuity correction
	RiskRatio  float64  // NaN, as its limits, if either count is 0
	Katz       Interval // of the ratio (Katz and others, Biometrics 1978)
	OddsRatio  float64  // NaN, as its limits, if either count is 0; +Inf or 0 if all of one group have the event, with the limit beyond it NaN
	Woolf      Interval // of the odds ratio (Woolf, Annals of Human Genetics 1955)
}

// CompareProportions compares x1 of n1 with x2 of n2.
func CompareProportions(x1, n1, x2, n2 int, level float64) (TwoProportions, error) {
	w1, err := Wilson(x1, n1, level)
	if err != nil {
		return TwoProportions{}, stats.In("two proportions", err)
	}
	w2, err := Wilson(x2, n2, level)
	if err != nil {
		return TwoProportions{}, stats.In("two proportions", err)
	}
	z := tail.NormalCritical(level)
	a, n, c, m := float64(x1), float64(n1), float64(x2), float64(n2)
	t := TwoProportions{P1: a / n, P2: c / m}
	t.Difference = t.P1 - t.P2
	half := z * math.Sqrt(t.P1*(1-t.P1)/n+t.P2*(1-t.P2)/m)
	t.Wald = Interval{t.Difference - half, t.Difference + half}
	t.Newcombe = Interval{t.Difference - math.Hypot(t.P1-w1.Lower, w2.Upper-t.P2), t.Difference + math.Hypot(w1.Upper-t.P1, t.P2-w2.Lower)}
	t.RiskRatio, t.OddsRatio = math.NaN(), math.NaN()
	t.Katz, t.Woolf = Interval{math.NaN(), math.NaN()}, Interval{math.NaN(), math.NaN()}
	if x1 == 0 || x2 == 0 {
		return t, nil
	}
	t.RiskRatio, t.Katz = ratio(t.P1/t.P2, z*math.Sqrt(1/a-1/n+1/c-1/m))
	t.OddsRatio, t.Woolf = ratio(a*(m-c)/(c*(n-a)), z*math.Sqrt(1/a+1/(n-a)+1/c+1/(m-c)))
	return t, nil
}

// ratio has limits that are symmetric in its logarithm.
func ratio(estimate, half float64) (float64, Interval) {
	return estimate, Interval{estimate * math.Exp(-half), estimate * math.Exp(half)}
}
