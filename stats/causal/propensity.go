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
		s.Probability[i] = saturated(eta)
	}
	return s, checkPropensity(method, a, s.Probability)
}

// saturated is the probability at a linear predictor. Beyond ±30 it is one epsilon from 1 or 0, as in R's glm: what a logistic model says of so small a
// rest is no measurement, and every row keeps a finite weight, by which [Score.Positivity] finds it.
func saturated(eta float64) float64 {
	const most, epsilon = 30, 0x1p-52
	odds := math.Exp(eta)
	switch {
	case eta > most:
		odds = 1 / epsilon
	case eta < -most:
		odds = epsilon
	}
	return odds / (1 + odds)
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

// checkPropensity refuses what is no probability, and arms whose probabilities do not overlap. One that rounds to 0 or 1 is refused by the weightings for which
// it has no finite weight, see [noWeight].
func checkPropensity(method string, a Arms, e []float64) error {
	if err := a.check(method, "propensity", e); err != nil {
		return err
	}
	low, high := [2]float64{2, 2}, [2]float64{-1, -1} // of the untreated, of the treated
	for i, p := range e {
		if !(p >= 0 && p <= 1) {
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

// noWeight is the error of a row whose propensity leaves it no finite weight.
func noWeight(method string, a Arms, row int, e float64) error {
	return &stats.Error{Method: method, Problem: stats.Infinite, Variable: a.Name, Detail: fmt.Sprintf("the propensity of row %d is %v, which leaves it no finite weight", row+1, e),
		Advice: "Compare only rows that could have had either treatment (trim the propensities), or take overlap weights"}
}

// Positivity is how near propensities come to 0 and 1, where a comparison rests on few rows or on none.
type Positivity struct {
	Least, Most float64 // propensities
	Outside     int     // rows with a propensity below 0.01 or above 0.99
	Extreme     []int   // rows within 1e-6 of 0 or 1: hardly anybody like them had the other treatment
}

// Positivity looks at all propensities.
func (s *Score) Positivity() Positivity {
	p := Positivity{Least: slices.Min(s.Probability), Most: slices.Max(s.Probability)}
	for i, e := range s.Probability {
		if e < 0.01 || e > 0.99 {
			p.Outside++
		}
		if e < 1e-6 || e > 1-1e-6 {
			p.Extreme = append(p.Extreme, i)
		}
	}
	return p
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
