package causal

import (
	"math"

	"consilium/stats"
)

// Imbalance is how far the arms differ in one covariate: standardized mean differences, treated minus untreated, as a love plot shows them.
// An absolute value above 0.1 is commonly taken as imbalance.
type Imbalance struct {
	Covariate            string
	Unweighted, Weighted float64
}

// Balance compares the arms in each covariate before and after weighting (or matching: see [Matching.Weights]). The mean difference is divided by
// sqrt((s1²+s0²)/2) of the unweighted arms in both, whatever the weights, so that the two are on one scale. An intercept is passed over.
// A covariate that varies in neither arm has 0 if the arms agree in it, an infinite difference if not; an arm with one row has no variance: a TooFewRows error.
// Source: Austin and Stuart, Statistics in Medicine 34 (2015) 3661–3679.
func Balance(a Arms, covariates stats.Design, w []float64) ([]Imbalance, error) {
	const method = "balance"
	if err := checkWeights(method, a, w); err != nil {
		return nil, err
	}
	if n1 := a.count(); n1 < 2 || len(a.Treated)-n1 < 2 {
		return nil, &stats.Error{Method: method, Problem: stats.TooFewRows, Variable: a.Name, Detail: "an arm has a single row"}
	}
	if len(covariates.Terms) != len(covariates.Columns) {
		return nil, &stats.Error{Method: method, Problem: stats.Invalid, Detail: "covariates without names"}
	}
	var out []Imbalance
	for j, x := range covariates.Columns {
		if covariates.Terms[j] == stats.Intercept {
			continue
		}
		if err := a.check(method, covariates.Terms[j], x); err != nil {
			return nil, err
		}
		out = append(out, imbalance(a, covariates.Terms[j], x, w))
	}
	return out, nil
}

func imbalance(a Arms, name string, x, w []float64) Imbalance {
	if d, fixed := a.fixed(x); fixed {
		return Imbalance{name, d, d}
	}
	ones := make([]float64, len(x))
	for i := range ones {
		ones[i] = 1
	}
	m1, m0 := a.means(x, ones)
	var s [2]float64 // sums of squares of the untreated, of the treated
	for i, v := range x {
		if a.Treated[i] {
			s[1] += (v - m1) * (v - m1)
		} else {
			s[0] += (v - m0) * (v - m0)
		}
	}
	n1 := float64(a.count())
	n0 := float64(len(x)) - n1
	sd := math.Sqrt((s[1]/(n1-1) + s[0]/(n0-1)) / 2)
	w1, w0 := a.means(x, w)
	return Imbalance{name, (m1 - m0) / sd, (w1 - w0) / sd}
}

// fixed says whether x is one value throughout each arm, and if so how far the arms are apart: 0, or infinitely.
func (a Arms) fixed(x []float64) (distance float64, fixed bool) {
	var value [2]float64
	var seen [2]bool
	for i, v := range x {
		arm := 0
		if a.Treated[i] {
			arm = 1
		}
		if seen[arm] && v != value[arm] {
			return 0, false
		}
		value[arm], seen[arm] = v, true
	}
	if value[1] == value[0] {
		return 0, true
	}
	return math.Inf(int(math.Copysign(1, value[1]-value[0]))), true
}

// means are the weighted means of both arms.
func (a Arms) means(x, w []float64) (treated, untreated float64) {
	var sum, weight [2]float64
	for i, v := range x {
		arm := 0
		if a.Treated[i] {
			arm = 1
		}
		sum[arm] += w[i] * v
		weight[arm] += w[i]
	}
	return sum[1] / weight[1], sum[0] / weight[0]
}

// checkWeights refuses weights that are negative, not finite, or nothing in one arm.
func checkWeights(method string, a Arms, w []float64) error {
	if err := a.check(method, "weights", w); err != nil {
		return err
	}
	var sum [2]float64
	for i, v := range w {
		if v < 0 {
			return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "weights", Detail: "a weight is negative"}
		}
		if a.Treated[i] {
			sum[1] += v
		} else {
			sum[0] += v
		}
	}
	if sum[0] == 0 || sum[1] == 0 {
		return &stats.Error{Method: method, Problem: stats.EmptyStratum, Variable: a.Name, Detail: "all weights of an arm are 0"}
	}
	return nil
}
