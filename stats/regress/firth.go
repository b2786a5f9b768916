package regress

import (
	"math"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
	"consilium/stats/tail"
)

// FirthModel is a logistic regression by penalized likelihood.
type FirthModel struct {
	fit.Fit                      // Sums.LogLik is the penalized log-likelihood; Covariance the inverse of the unpenalized information
	Fitted             []float64 // probability of each row
	LogLik             float64   // penalized: l(β) + ½·log|I(β)|
	X                  stats.Design
	Y, Offset, Weights []float64
}

const firthMethod = "Firth's logistic regression"

// steadily is how far penalized fits go: their steps use the information without the penalty, so each step gains a constant share of what is left.
var steadily = fit.Options{MaxIterations: 2000, Tolerance: 1e-24}

// Firth fits logistic regression by maximizing l(β) + ½·log|I(β)| (Firth, Biometrika 80 (1993) 27–38; Heinze and Schemper, Statistics in Medicine 21 (2002)
// 2409–2419). The estimate is finite under separation too, and has less bias in small samples.
//
// y is 0 or 1 (or a proportion with weights), x is n×k of full rank; of the options Tolerance is not used. It returns a *stats.Error for an outcome of one level, collinear terms and values
// that are not finite. The leverages of its score depend on all rows, so it is not a plain sum over hospitals.
func Firth(y []float64, x stats.Design, o Options) (*FirthModel, error) {
	if err := check(firthMethod, binomial{}, y, x, o); err != nil {
		return nil, err
	}
	m := &FirthModel{X: x, Y: y, Offset: o.Offset, Weights: o.Weights}
	start := o.Start
	if start == nil {
		start = make([]float64, x.Width())
	}
	options := steadily
	if o.MaxIterations > 0 {
		options.MaxIterations = o.MaxIterations
	}
	found, err := fit.Maximize(x.Terms, start, m.sums, options)
	if err != nil {
		return nil, stats.In(firthMethod, err)
	}
	m.Fit, m.LogLik, m.Fitted = *found, found.Sums.LogLik, m.rows().means(found.Coef)
	if err := reached(m.Coef, m.SE(), []float64{m.LogLik}); err != nil {
		return nil, stats.In(firthMethod, err)
	}
	return m, nil
}

func (m *FirthModel) rows() *rows {
	return &rows{family: binomial{}, x: m.X, y: m.Y, offset: m.Offset, prior: m.Weights}
}

// sums are those of the penalized likelihood: Firth's score is Σ x·(y - p + h·(½-p)), h the leverages.
func (m *FirthModel) sums(beta []float64) (fit.Sums, error) {
	r := m.rows()
	s, err := r.sums(beta)
	if err != nil {
		return s, err
	}
	c, _, ok := matrix.Factor(s.Information)
	if !ok { // a step went so far that every probability is 0 or 1; where it starts, it is the terms, and the step says so
		s.LogLik = math.Inf(-1)
		return s, nil
	}
	s.LogLik += c.LogDet() / 2
	p := r.means(beta)
	weight := make([]float64, len(p))
	for i, v := range p {
		weight[i] = r.weight(i) * v * (1 - v)
	}
	for i, h := range (sandwich{x: m.X, weight: weight, bread: c.Inverse()}).leverage() {
		for j, column := range m.X.Columns {
			s.Score[j] += column[i] * h * (0.5 - p[i])
		}
	}
	return s, nil
}

// Profile is the profile penalized-likelihood interval of each coefficient, with the penalty of the full information profiled too.
func (m *FirthModel) Profile(level float64) ([]Interval, error) {
	if err := checkLevel(firthMethod, level); err != nil {
		return nil, err
	}
	out := make([]Interval, len(m.Coef))
	for j := range out {
		p := m.profile(j)
		var err error
		if out[j], err = p.interval(tail.NormalCritical(level)); err != nil {
			return nil, stats.In(firthMethod, err)
		}
	}
	return out, nil
}

func (m *FirthModel) profile(term int) profile {
	return profile{terms: m.Terms, fixed: term, coef: m.Coef, covariance: m.Covariance, top: m.LogLik, sums: m.sums, options: steadily}
}

// LikelihoodRatio tests each coefficient against 0 by twice the fall of the penalized log-likelihood, chi-square with one degree of freedom.
func (m *FirthModel) LikelihoodRatio() ([]Test, error) {
	out := make([]Test, len(m.Coef))
	for j := range out {
		p := m.profile(j)
		loglik, _, _, err := p.at(0, m.Coef)
		if err != nil {
			return nil, stats.In(firthMethod, err)
		}
		chi := max(0, 2*(m.LogLik-loglik))
		out[j] = Test{chi, tail.ChiSquareUpper(chi, 1)}
	}
	return out, nil
}
