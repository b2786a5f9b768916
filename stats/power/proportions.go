package power

import (
	"fmt"
	"math"

	"consilium/stats"
	"consilium/stats/tail"
)

// ProportionSizes are numbers per group for a comparison of two proportions, by three formulas.
type ProportionSizes struct {
	Pooled     float64 // variance pooled under the null hypothesis; R's power.prop.test. Fleiss, Statistical Methods for Rates and Proportions, 1981, formula 3.14
	Continuity float64 // the same for the test with continuity correction (Casagrande, Pike and Smith, Biometrics 1978; Fleiss, Tytun and Ury, Biometrics 1980)
	Unpooled   float64 // both variances under the alternative
}

// TwoProportions is the number per group to tell p1 from p2 with the given power in a two-sided test.
func TwoProportions(p1, p2, power, alpha float64) (ProportionSizes, error) {
	const method = "sample size for two proportions"
	if err := checkProportions(method, p1, p2, power, alpha); err != nil {
		return ProportionSizes{}, err
	}
	if p1 == p2 {
		return ProportionSizes{}, noDifference(method, "p2")
	}
	d := math.Abs(p1 - p2)
	za, zb := upper(alpha/2), upper(1-power)
	null, alternative := variances(p1, p2)
	root := za*math.Sqrt(null) + zb*math.Sqrt(alternative)
	s := ProportionSizes{Pooled: root * root / (d * d), Unpooled: (za + zb) * (za + zb) * alternative / (d * d)}
	c := 1 + math.Sqrt(1+4/(s.Pooled*d))
	s.Continuity = s.Pooled / 4 * c * c
	return s, nil
}

// variances of the difference of two proportions for one observation in each group: under the null hypothesis, both being the mean, and as they are.
func variances(p1, p2 float64) (null, alternative float64) {
	mean := (p1 + p2) / 2
	return 2 * mean * (1 - mean), p1*(1-p1) + p2*(1-p2)
}

func checkProportions(method string, p1, p2, power, alpha float64) error {
	for i, p := range []float64{p1, p2} {
		if !(p >= 0 && p <= 1) {
			return &stats.Error{Method: method, Problem: stats.Invalid, Variable: fmt.Sprintf("p%d", i+1), Detail: "a proportion lies between 0 and 1"}
		}
	}
	return check(method, alpha, power)
}

// OfTwoProportions is the power of n per group in a two-sided test of p1 against p2. strict counts significance in the wrong direction too.
func OfTwoProportions(n, p1, p2, alpha float64, strict bool) (float64, error) {
	const method = "power of two proportions"
	if err := checkProportions(method, p1, p2, (1+alpha)/2, alpha); err != nil {
		return math.NaN(), err
	}
	if err := checkSize(method, n, 0); err != nil {
		return math.NaN(), err
	}
	null, alternative := variances(p1, p2)
	if alternative == 0 && p1 != p2 {
		return 1, nil // 0 against 1
	}
	if alternative == 0 {
		return 0, nil // no test rejects equal groups that never vary
	}
	d, q := math.Sqrt(n)*math.Abs(p1-p2), upper(alpha/2)*math.Sqrt(null)
	power := tail.NormalLower((d - q) / math.Sqrt(alternative))
	if strict {
		power += tail.NormalUpper((d + q) / math.Sqrt(alternative))
	}
	return power, nil
}

func checkSize(method string, n, least float64) error {
	if !(n > least) || math.IsInf(n, 1) {
		return &stats.Error{Method: method, Problem: stats.TooFewRows, Variable: "n", Detail: "a group is too small to compare"}
	}
	return nil
}

// NonInferiorProportions is the number per group to show, one-sided at alpha, that the probability of harm of a new treatment, p1, exceeds that of the standard
// one, p2, by less than the margin. Blackwelder, Controlled Clinical Trials 1982. For a probability of success give the probabilities of failure.
func NonInferiorProportions(p1, p2, margin, power, alpha float64) (float64, error) {
	const method = "sample size for non-inferior proportions"
	if err := checkProportions(method, p1, p2, power, alpha); err != nil {
		return math.NaN(), err
	}
	room, err := room(method, margin, p1-p2)
	if err != nil {
		return math.NaN(), err
	}
	_, variance := variances(p1, p2)
	z := upper(alpha) + upper(1-power)
	return z * z * variance / (room * room), nil
}

// room is what lies between the true difference and the margin.
func room(method string, margin, difference float64) (float64, error) {
	if !(margin > 0) || math.IsInf(margin, 1) {
		return 0, &stats.Error{Method: method, Problem: stats.Invalid, Variable: "margin", Detail: "a margin is greater than 0"}
	}
	if !(margin > difference) {
		return 0, &stats.Error{Method: method, Problem: stats.NotEstimable, Variable: "margin", Detail: "the difference expected is not within the margin, so that no size can show it"}
	}
	return margin - difference, nil
}
