package mixed

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
	"consilium/stats/regress"
)

const logisticName = "mixed logistic regression"

// SD is the name of the standard deviation of the random intercept, the last parameter of [Center.Sums].
const SD = "sd"

// Options are what a mixed logistic fit may be given; the zero value is Laplace's approximation.
type Options struct {
	Points int       // of adaptive Gauss-Hermite quadrature; 0 and 1 are Laplace
	Offset []float64 // added to the linear predictor of each row; nil for none
	fit.Options
}

// LogisticModel is a logistic model with a normal random intercept for each group.
type LogisticModel struct {
	fit.Fit                  // Terms, Coef, Covariance and SE() of the fixed effects; Sums are over (β, sd), of [Logistic] with terms around their means
	SD      float64          // of the random intercepts, on the scale of the linear predictor
	Full    matrix.Symmetric // covariance of (β, sd): the inverse of the full information. At sd = 0 that of β only, sd being at its bound
	LogLik  float64          // marginal, as approximated by Points
	Modes   []float64        // conditional mode of each group's intercept
	Points  int
	// Singular says that the maximum is at sd = 0: the groups differ no more than chance. A valid answer, equal to plain logistic regression.
	Singular bool
}

// ICC is the share of the variance on the latent scale that lies between groups, sd²/(sd² + π²/3).
func (m *LogisticModel) ICC() float64 {
	v := m.SD * m.SD
	return v / (v + math.Pi*math.Pi/3)
}

// MedianOddsRatio is the median, over pairs of groups, of the odds ratio between alike patients of the worse and the better one (Larsen and
// Merlo, American Journal of Epidemiology 161 (2005) 81-88): exp(√2·sd·Φ⁻¹(3/4)).
func (m *LogisticModel) MedianOddsRatio() float64 {
	const upperQuartile = 0.674489750196081743202227014542 // of the standard normal
	return math.Exp(math.Sqrt2 * m.SD * upperQuartile)
}

// Logistic fits logistic regression with a normal random intercept for each group, by maximum marginal likelihood: the intercept is integrated
// out by Laplace's approximation or by adaptive Gauss-Hermite quadrature (see [Rule]), and fixed effects and standard deviation are maximized
// together by Newton's method with exact derivatives (Breslow and Clayton, JASA 88 (1993) 9-25, for the model; Pinheiro and Chao, J Comput
// Graph Stat 15 (2006) 58-81, for the approximations).
//
// y is 0 or 1 for each of n rows; x is n×p with an intercept; group[i] is the group of row i, numbered from 0 without gaps (see stats.Groups).
// Coefficients are log odds ratios within a group. If groups differ no more than chance, SD is 0 and Singular true.
// It returns no model but a *stats.Error as [regress.Logistic] does, for fewer than two groups ([stats.OneLevel]), for groups of one row each
// ([stats.NotEstimable]) and if the outcomes within groups are all alike, so that the standard deviation has no end ([stats.Separation]).
func Logistic(y []float64, x stats.Design, group []int, o Options) (*LogisticModel, error) {
	if o.Points == 0 {
		o.Points = 1
	}
	rule, err := NewRule(o.Points)
	if err != nil {
		return nil, stats.In(logisticName, err)
	}
	if err := checkGroups(logisticName, group, x.Rows()); err != nil {
		return nil, err
	}
	plain, err := regress.Logistic(y, x, regress.Options{Offset: o.Offset})
	if err != nil {
		return nil, err
	}
	if err := checkBinary(y); err != nil {
		return nil, err
	}
	moved, around := originOf(x)
	centers := Centers(y, around, group, o.Offset)
	if !slices.ContainsFunc(centers, (*Center).varies) {
		return nil, stats.In(logisticName, alike("each has one outcome throughout"))
	}
	m, err := MaximizeLogistic(x.Terms, moved.enter(plain.Coef), sumOver(centers, rule), o.Options)
	if err != nil {
		return nil, stats.In(logisticName, err)
	}
	m.Points = o.Points
	for _, c := range centers {
		m.Modes = append(m.Modes, c.Mode(m.Coef, m.SD))
	}
	m.leave(moved)
	return m, nil
}

// leave goes from terms around an origin to the terms themselves.
func (m *LogisticModel) leave(o origin) {
	m.Coef, m.Covariance = o.back(m.Coef, m.Covariance, 1)
	if m.Full.N == len(m.Coef) {
		m.Full = m.Covariance
		return
	}
	o.mean = append(slices.Clone(o.mean), 0) // that of the standard deviation
	_, m.Full = o.back(append(slices.Clone(m.Coef), m.SD), m.Full, 1)
}

// varies says whether the group has both outcomes.
func (c *Center) varies() bool {
	return slices.Contains(c.y, 0) && slices.Contains(c.y, 1)
}

func checkBinary(y []float64) error {
	for i, v := range y {
		if v != 0 && v != 1 {
			return &stats.Error{Method: logisticName, Problem: stats.Invalid, Variable: regress.Outcome, Detail: fmt.Sprintf("row %d is %g", i+1, v), Advice: "Code it as 0 and 1"}
		}
	}
	return nil
}

// checkGroups refuses numbers of groups that are not 0 … G-1 with G at least 2, and groups of a single row each.
func checkGroups(method string, group []int, rows int) error {
	if len(group) != rows {
		return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "group", Detail: fmt.Sprintf("%d values for %d rows", len(group), rows)}
	}
	for i, g := range group {
		if g < 0 || g >= rows {
			return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "group", Detail: fmt.Sprintf("row %d has group %d of at most %d", i+1, g, rows)}
		}
	}
	size := sizes(group)
	switch {
	case rows == 0:
		return &stats.Error{Method: method, Problem: stats.TooFewRows, Detail: "there are no rows"}
	case slices.Contains(size, 0):
		return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "group", Detail: fmt.Sprintf("group %d has no row", slices.Index(size, 0))}
	case len(size) < 2:
		return &stats.Error{Method: method, Problem: stats.OneLevel, Variable: "group", Detail: "there are not two groups", Advice: "Fit the model without a random intercept"}
	case len(size) == rows:
		return &stats.Error{Method: method, Problem: stats.NotEstimable, Variable: "group", Detail: "each group has one row", Advice: "Fit the model without a random intercept"}
	}
	return nil
}

// sumOver gives the sums of all centers at (β, sd).
func sumOver(centers []*Center, rule Rule) func(par []float64) (fit.Sums, error) {
	shards := split(centers, func(c *Center) int { return len(c.y) })
	return func(par []float64) (fit.Sums, error) {
		last := len(par) - 1
		return sumShards(len(par), shards, func(out *fit.Sums, shard []*Center) {
			w := newScratch(last)
			for _, c := range shard {
				w.add(out, c, par[:last], par[last], rule)
			}
		}), nil
	}
}

// MaximizeLogistic finds the fixed effects and the standard deviation from sums over centers at (β, sd), which [Center.Sums] gives: of one table, or
// added up over hospitals. start is the plain logistic fit, which is the maximum at sd = 0.
func MaximizeLogistic(terms []string, start []float64, sums func(par []float64) (fit.Sums, error), o fit.Options) (*LogisticModel, error) {
	last := len(start)
	bound, err := sums(append(slices.Clone(start), 0))
	if err != nil {
		return nil, err
	}
	const within = 0.5 // log odds; from 0 itself there is no uphill, the likelihood being even in sd
	par, at, iterations, err := climb(append(slices.Clone(terms), SD), append(slices.Clone(start), within), sums, o)
	m := &LogisticModel{Fit: fit.Fit{Terms: terms, Start: bound, Iterations: iterations}}
	maximumAtZero := bound.Information.At(last, last) >= 0 && at.LogLik <= bound.LogLik+1e-9*(1+math.Abs(bound.LogLik))
	switch {
	case maximumAtZero || err == nil && math.Abs(par[last]) < 1e-6:
		m.Singular = true
		return m, m.finish(append(slices.Clone(start), 0), bound)
	case err != nil:
		return nil, err
	}
	return m, m.finish(par, at)
}

// finish writes what follows from the parameters that were reached.
func (m *LogisticModel) finish(par []float64, at fit.Sums) error {
	last := len(par) - 1
	m.Coef, m.SD, m.LogLik, m.Sums = par[:last:last], math.Abs(par[last]), at.LogLik, at
	information := at.Information
	if m.Singular {
		information = block(information, last)
	}
	c, dependent, ok := matrix.Factor(information)
	if !ok {
		return &stats.Error{Problem: stats.NotEstimable, Variable: append(slices.Clone(m.Terms), SD)[dependent], Detail: "the likelihood is flat at its maximum", Advice: "Take fewer terms"}
	}
	m.Full = c.Inverse()
	m.Covariance = block(m.Full, last)
	if par[last] < 0 { // the likelihood is even in sd
		for i := range min(last, m.Full.N-1) {
			m.Full.Set(i, last, -m.Full.At(i, last))
		}
	}
	return nil
}

// block is the matrix of the first n rows and columns.
func block(s matrix.Symmetric, n int) matrix.Symmetric {
	out := matrix.NewSymmetric(n)
	for i := range n {
		copy(out.Row(i), s.Row(i))
	}
	return out
}
