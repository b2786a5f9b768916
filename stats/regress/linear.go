package regress

import (
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
	"consilium/stats/tail"
)

// LinearEstimate is a linear model fitted by (weighted) least squares, as far as it can be told without the rows.
type LinearEstimate struct {
	Terms         []string
	Coef          []float64
	Covariance    matrix.Symmetric // σ²·(XᵀWX)⁻¹, with σ² of the residual degrees of freedom
	Unscaled      matrix.Symmetric // (XᵀWX)⁻¹
	Sigma         float64          // residual standard deviation
	RSS, TSS      float64          // (weighted) sums of squares of the residuals, and of the outcome about its mean (about 0 without an intercept)
	LogLik        float64          // Gaussian, at the maximum-likelihood variance
	N, DFResidual int
}

// LinearModel is a linear estimate with the rows that it was fitted to.
type LinearModel struct {
	LinearEstimate
	Fitted, Residual []float64
	X                stats.Design
	Y, Weights       []float64
}

// Linear fits linear regression by least squares; prior weights are those of weighted least squares (variance σ²/w).
//
// y has one value a row, x is n×k of full rank with n > k. It returns a *stats.Error for a term that others determine, fewer rows than terms plus one,
// and values that are not finite. Offset is subtracted from y before, and added to what is fitted.
func Linear(y []float64, x stats.Design, o Options) (*LinearModel, error) {
	const method = "linear regression"
	if err := checkLinear(method, y, x, o); err != nil {
		return nil, err
	}
	r := &rows{family: gaussian{}, x: x, y: y, offset: o.Offset, prior: o.Weights}
	c, inner := r.center()
	// The first step solves the normal equations, the next remove what rounding left of it.
	found, err := fit.Maximize(x.Terms, make([]float64, x.Width()), inner.sums, fit.Options{Tolerance: 1e-20 * inner.squares()})
	if err != nil {
		return nil, stats.In(method, err)
	}
	c.leave(found)
	m := r.linearModel(found)
	if err := m.exact(); err != nil {
		return nil, stats.In(method, err)
	}
	if err := reached(m.Coef, m.SE(), []float64{m.Sigma, m.LogLik}); err != nil {
		return nil, stats.In(method, err)
	}
	return m, nil
}

// exact refuses a fit that leaves no residuals.
func (m *LinearEstimate) exact() error {
	if !(m.RSS <= 1e-24*m.TSS) {
		return nil
	}
	return &stats.Error{Problem: stats.NotEstimable, Variable: Outcome, Detail: "the terms determine it: nothing is left to judge errors by"}
}

// squares is the sum of squares of the outcome: the unit in which a gain is small.
func (r *rows) squares() float64 {
	var sum float64
	for i, v := range r.y {
		sum += r.weight(i) * (v - r.shift(i)) * (v - r.shift(i))
	}
	return sum
}

func checkLinear(method string, y []float64, x stats.Design, o Options) error {
	if err := check(method, gaussian{}, y, x, o); err != nil {
		return err
	}
	if x.Rows() <= x.Width() {
		return &stats.Error{Method: method, Problem: stats.TooFewRows, Detail: "no degrees of freedom are left for the residuals", Advice: "Take fewer terms"}
	}
	return nil
}

func (r *rows) linearModel(found *fit.Fit) *LinearModel {
	m := &LinearModel{X: r.x, Y: r.y, Weights: r.prior, Fitted: r.means(found.Coef), Residual: make([]float64, len(r.y))}
	t := linearTotals{}
	for i, v := range r.y {
		w := r.weight(i)
		m.Residual[i] = v - m.Fitted[i]
		t.rss += w * m.Residual[i] * m.Residual[i]
		t.weight += w
		t.sum += w * (v - r.shift(i))
		if w > 0 {
			t.n++
			t.logWeight += math.Log(w)
		}
	}
	center := 0.0
	if r.intercept() >= 0 {
		center = t.sum / t.weight
	}
	for i, v := range r.y {
		t.tss += r.weight(i) * (v - r.shift(i) - center) * (v - r.shift(i) - center)
	}
	m.LinearEstimate = t.estimate(found)
	return m
}

// linearTotals are sums over the rows of a linear model.
type linearTotals struct {
	n                                int
	weight, logWeight, sum, rss, tss float64
}

func (t linearTotals) estimate(found *fit.Fit) LinearEstimate {
	e := LinearEstimate{Terms: found.Terms, Coef: found.Coef, Unscaled: found.Covariance, RSS: t.rss, TSS: t.tss, N: t.n}
	n := float64(t.n)
	e.DFResidual = t.n - len(e.Coef)
	e.Sigma = math.Sqrt(t.rss / float64(e.DFResidual))
	e.LogLik = t.logWeight/2 - n/2*(math.Log(2*math.Pi)+1+math.Log(t.rss/n))
	e.Covariance = e.Unscaled.Clone()
	e.Covariance.Scale(e.Sigma * e.Sigma)
	return e
}

// SE is the standard error of each coefficient.
func (m *LinearEstimate) SE() []float64 {
	f := fit.Fit{Coef: m.Coef, Covariance: m.Covariance}
	return f.SE()
}

// gaussian is the family of linear regression, with variance 1.
type gaussian struct{}

func (gaussian) block(eta, y, prior, residual, weight []float64) (loglik float64) {
	for i, h := range eta {
		w := 1.0
		if prior != nil {
			w = prior[i]
		}
		e := y[i] - h
		residual[i], weight[i] = w*e, w
		loglik -= w * e * e / 2
	}
	return loglik
}

func (gaussian) mean(eta float64) float64                            { return eta }
func (gaussian) eta(mean float64) float64                            { return mean }
func (gaussian) expected(y, mean float64) (residual, weight float64) { return y - mean, 1 }
func (gaussian) variance(float64) float64                            { return 1 }
func (gaussian) deviance(y, mean float64) float64                    { return (y - mean) * (y - mean) }
func (gaussian) constant(_, _ float64) float64                       { return -math.Log(2*math.Pi) / 2 }

// Test is each coefficient over its standard error, against t with the residual degrees of freedom.
func (m *LinearEstimate) Test() []Test { return testsOfT(m.Coef, m.SE(), float64(m.DFResidual)) }

// Interval is coefficient ± t·se at a confidence level such as 0.95.
func (m *LinearEstimate) Interval(level float64) []Interval {
	return around(m.Coef, m.SE(), -tail.TQuantile((1-level)/2, float64(m.DFResidual)))
}

// R2 is the share of the (weighted) sum of squares that the model explains, and the same adjusted for the number of terms.
func (m *LinearEstimate) R2() (r2, adjusted float64) {
	r2 = 1 - m.RSS/m.TSS
	return r2, 1 - (1-r2)*float64(m.N-m.constants())/float64(m.DFResidual)
}

// F tests all terms but the intercept together; with the degrees of freedom of numerator and denominator. NaN if there are none.
func (m *LinearEstimate) F() (f, df1, df2 float64) {
	df1, df2 = float64(len(m.Coef)-m.constants()), float64(m.DFResidual)
	if df1 == 0 {
		return math.NaN(), 0, df2
	}
	return (m.TSS - m.RSS) / df1 / (m.Sigma * m.Sigma), df1, df2
}

func (m *LinearEstimate) constants() int {
	if slices.Contains(m.Terms, stats.Intercept) {
		return 1
	}
	return 0
}

// AIC is -2·log-likelihood + 2·(terms + 1), the variance being a parameter too.
func (m *LinearEstimate) AIC() float64 { return -2*m.LogLik + 2*float64(len(m.Coef)+1) }

// BIC is -2·log-likelihood + log(n)·(terms + 1).
func (m *LinearEstimate) BIC() float64 {
	return -2*m.LogLik + math.Log(float64(m.N))*float64(len(m.Coef)+1)
}
