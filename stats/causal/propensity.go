package causal

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/regress"
)

// Score is each row's probability of treatment given its covariates, by logistic regression.
type Score struct {
	Model       *regress.Model
	Probability []float64 // e, within (0, 1)
	Linear      []float64 // log(e/(1-e))
}

// Propensity fits the propensity score: the probability of treatment given the covariates (with their intercept), by maximum likelihood.
// Covariates that tell the arms apart without fault leave propensities of 0 and 1: an Infinite error that names the covariate.
// Source: Rosenbaum and Rubin, Biometrika 70 (1983) 41–55.
func Propensity(a Arms, covariates stats.Design) (*Score, error) {
	const method = "propensity score"
	t := a.numbers()
	if err := a.check(method, a.Name, t); err != nil {
		return nil, err
	}
	model, err := regress.Logistic(t, covariates, regress.Options{Options: fit.Options{Tolerance: 1e-20}}) // one step more: weights multiply what is left
	if err != nil {
		return nil, infinite(a, err)
	}
	s := &Score{Model: model, Linear: covariates.Times(model.Coef), Probability: make([]float64, len(t))}
	for i, eta := range s.Linear {
		s.Probability[i] = 1 / (1 + math.Exp(-eta))
	}
	return s, checkPropensity(method, a, s.Probability)
}

// infinite says of a separated treatment what it means here: weights without bound.
func infinite(a Arms, err error) error {
	var e *stats.Error
	if !errors.As(err, &e) {
		return err
	}
	named := *e
	named.Method = "propensity score"
	if e.Problem == stats.Separation {
		named.Problem = stats.Infinite
		if named.Variable == "" {
			named.Variable = a.Name
		}
		named.Detail = "it tells treated from untreated rows without fault, so that propensities are 0 or 1"
		named.Advice = "Leave it out, or compare only rows that could have had either treatment"
	}
	return &named
}

// checkPropensity refuses probabilities that give no finite weight, and arms whose probabilities do not overlap.
func checkPropensity(method string, a Arms, e []float64) error {
	if err := a.check(method, "propensity", e); err != nil {
		return err
	}
	low, high := [2]float64{2, 2}, [2]float64{-1, -1} // of the untreated, of the treated
	for i, p := range e {
		if p < 1e-13 || p > 1-1e-13 {
			return &stats.Error{Method: method, Problem: stats.Infinite, Variable: a.Name, Detail: fmt.Sprintf("the propensity of row %d is %v", i+1, p),
				Advice: "Compare only rows that could have had either treatment"}
		}
		arm := 0
		if a.Treated[i] {
			arm = 1
		}
		low[arm], high[arm] = min(low[arm], p), max(high[arm], p)
	}
	if low[1] > high[0] || high[1] < low[0] {
		return &stats.Error{Method: method, Problem: stats.NotEstimable, Variable: a.Name,
			Detail: fmt.Sprintf("no overlap: propensities of the treated go from %.4g to %.4g, of the untreated from %.4g to %.4g", low[1], high[1], low[0], high[0]),
			Advice: "Compare only rows that could have had either treatment"}
	}
	return nil
}

// C is the probability that a treated row has the higher score of a treated and an untreated one, ties counting half. Near 0.5 the covariates
// do not tell the arms apart; near 1 the arms hardly overlap.
func (s *Score) C(a Arms) float64 {
	values := slices.Clone(s.Probability)
	level, order := levels(values)
	var below, concordant, n1 float64 // untreated rows of lower levels; pairs won, ties by half
	for from := 0; from < len(order); {
		to, treated := from, 0.0
		for ; to < len(order) && level[order[to]] == level[order[from]]; to++ {
			if a.Treated[order[to]] {
				treated++
			}
		}
		untreated := float64(to-from) - treated
		concordant += treated * (below + untreated/2)
		below += untreated
		n1 += treated
		from = to
	}
	return concordant / (n1 * below)
}

// near is the difference below which two distances count as equal: equal covariates give sums that may differ by rounding.
const near = 1e-12

// levels numbers values from the lowest, those within rounding of each other alike, and gives the rows by level and, within one, by row.
func levels(values []float64) (level, order []int) {
	type row struct {
		value float64
		at    int
	}
	rows := make([]row, len(values))
	scale := 1.0
	for i, v := range values {
		rows[i] = row{v, i}
		scale = max(scale, math.Abs(v))
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.value, b.value) })
	level, order = make([]int, len(values)), make([]int, len(values))
	start, number := 0, 0
	for k, r := range rows {
		if k > 0 && r.value-rows[k-1].value > near*scale {
			slices.Sort(order[start:k])
			start, number = k, number+1
		}
		level[r.at], order[k] = number, r.at
	}
	slices.Sort(order[start:])
	return level, order
}
