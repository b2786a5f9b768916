package regress

import (
	"math"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
)

// LinearModel is a linear model fitted by (weighted) least squares.
type LinearModel struct {
	Terms            []string
	Coef             []float64
	Covariance       matrix.Symmetric // σ²·(XᵀWX)⁻¹, with σ² of the residual degrees of freedom
	Unscaled         matrix.Symmetric // (XᵀWX)⁻¹
	Fitted, Residual []float64
	Sigma            float64 // residual standard deviation
	RSS, TSS         float64 // (weighted) sums of squares of the residuals, and of the outcome about its mean (about 0 without an intercept)
	LogLik           float64 // Gaussian, at the maximum-likelihood variance
	N, DFResidual    int
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
	start := make([]float64, x.Width())
	at, _ := r.sums(start)
	beta := start
	for range 3 { // the second and third steps remove what rounding left of the first
		change, _, err := fit.Step(x.Terms, at)
		if err != nil {
			return nil, stats.In(method, err)
		}
		beta = add(beta, change)
		at, _ = r.sums(beta)
	}
	c, _, _ := matrix.Factor(at.Information)
	return r.linearModel(beta, c.Inverse()), nil
}

func add(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] + b[i]
	}
	return out
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

func (r *rows) linearModel(beta []float64, unscaled matrix.Symmetric) *LinearModel {
	m := &LinearModel{Terms: r.x.Terms, Coef: beta, Unscaled: unscaled, X: r.x, Y: r.y, Weights: r.prior, Fitted: r.linear(beta)}
	m.Residual = make([]float64, len(r.y))
	var sw, sy, logs float64
	for i, v := range r.y {
		w := r.weight(i)
		m.Residual[i] = v - m.Fitted[i]
		m.RSS += w * m.Residual[i] * m.Residual[i]
		sw += w
		sy += w * (v - r.shift(i))
		if w > 0 {
			m.N++
			logs += math.Log(w)
		}
	}
	center := 0.0
	if r.intercept() >= 0 {
		center = sy / sw
	}
	for i, v := range r.y {
		m.TSS += r.weight(i) * (v - r.shift(i) - center) * (v - r.shift(i) - center)
	}
	n := float64(m.N)
	m.DFResidual = m.N - len(beta)
	m.Sigma = math.Sqrt(m.RSS / float64(m.DFResidual))
	m.LogLik = logs/2 - n/2*(math.Log(2*math.Pi)+1+math.Log(m.RSS/n))
	m.Covariance = unscaled.Clone()
	for i := range m.Covariance.Data {
		m.Covariance.Data[i] *= m.Sigma * m.Sigma
	}
	return m
}

// SE is the standard error of each coefficient.
func (m *LinearModel) SE() []float64 {
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

func (gaussian) mean(eta float64) float64         { return eta }
func (gaussian) eta(mean float64) float64         { return mean }
func (gaussian) variance(float64) float64         { return 1 }
func (gaussian) deviance(y, mean float64) float64 { return (y - mean) * (y - mean) }
func (gaussian) constant(_, _ float64) float64    { return -math.Log(2*math.Pi) / 2 }
