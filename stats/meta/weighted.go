package meta

import (
	"math"

	"consilium/stats"
	"consilium/stats/matrix"
)

// weighted is weighted least squares of the effects at one value of τ²: weights w = 1/(v+τ²), coefficients b, residuals e = y − Xb.
type weighted struct {
	w, e   []float64
	coef   []float64
	cov    matrix.Symmetric // (XᵀWX)⁻¹
	logDet float64          // log|XᵀWX|
	q      float64          // Σ w·e², which is yᵀPy
}

// fitAt computes it. It fails if the terms of the design determine one another, or if sums overflow.
func (m *model) fitAt(tau2 float64) (weighted, error) {
	f := weighted{w: make([]float64, m.k()), e: make([]float64, m.k())}
	for i, v := range m.Variance {
		f.w[i] = 1 / (v + tau2)
	}
	information := m.cross(f.w)
	c, dependent, ok := matrix.Factor(information)
	if !ok {
		return f, &stats.Error{Method: m.method, Problem: stats.Collinear, Variable: m.x.Terms[dependent], Detail: "the other moderators determine it, or it does not vary", Advice: "Leave it out"}
	}
	right := make([]float64, m.p())
	for j, column := range m.x.Columns {
		for i, x := range column {
			right[j] += f.w[i] * x * m.Effect[i]
		}
	}
	f.coef, f.cov, f.logDet = c.Solve(right), c.Inverse(), c.LogDet()
	for i, fitted := range m.x.Times(f.coef) {
		f.e[i] = m.Effect[i] - fitted
		f.q += f.w[i] * f.e[i] * f.e[i]
	}
	if math.IsNaN(f.q) || math.IsInf(f.q, 0) {
		return f, m.notConverged("sums over the studies are not finite")
	}
	return f, nil
}

// cross is XᵀDX for a diagonal D.
func (m *model) cross(d []float64) matrix.Symmetric {
	s := matrix.NewSymmetric(m.p())
	for a, left := range m.x.Columns {
		row := s.Row(a)
		for b, right := range m.x.Columns[a:] {
			for i, x := range left {
				row[b] += d[i] * x * right[i]
			}
		}
	}
	return s
}

// traces are tr P and tr PP.
func (m *model) traces(f weighted) (trP, trPP float64) {
	w2, w3 := make([]float64, len(f.w)), make([]float64, len(f.w))
	for i, w := range f.w {
		w2[i], w3[i] = w*w, w*w*w
		trP += w
		trPP += w2[i]
	}
	second := product(f.cov, m.cross(w2))
	trP -= trace(second)
	trPP -= 2 * trace(product(f.cov, m.cross(w3)))
	for i := range second {
		for j := range second {
			trPP += second[i][j] * second[j][i]
		}
	}
	return trP, trPP
}

func product(a, b matrix.Symmetric) [][]float64 {
	out := make([][]float64, a.N)
	for i := range out {
		out[i] = make([]float64, a.N)
		for j := range out[i] {
			for k := range a.N {
				out[i][j] += a.At(i, k) * b.At(k, j)
			}
		}
	}
	return out
}

func trace(rows [][]float64) float64 {
	var sum float64
	for i := range rows {
		sum += rows[i][i]
	}
	return sum
}

// squares is yᵀPPy = Σ (w·e)².
func (f weighted) squares() float64 {
	var sum float64
	for i, w := range f.w {
		sum += w * w * f.e[i] * f.e[i]
	}
	return sum
}

// restricted is the restricted log-likelihood at the fit's τ², up to a constant.
func (f weighted) restricted() float64 {
	sum := -f.logDet - f.q
	for _, w := range f.w {
		sum += math.Log(w)
	}
	return sum / 2
}
