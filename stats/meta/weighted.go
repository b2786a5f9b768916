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

// traceP is tr P = Σ w(1−h), with h the leverage of each study.
func (m *model) traceP(f weighted) (sum float64) {
	for i, d := range m.diagonal(f) {
		sum += f.w[i] * d
	}
	return sum
}

// tracePP is tr PP, as the sum of the squares of P's elements: none is a difference of large numbers, where tr W² less what the fit takes from it would leave
// nothing of a study that is far more precise than the others.
func (m *model) tracePP(f weighted) (sum float64) {
	for i, d := range m.diagonal(f) {
		sum += f.w[i] * d * f.w[i] * d
	}
	rows := m.rowsOf()
	for i, row := range rows {
		left := times(f.cov, row)
		for j := range i {
			g := dot(left, rows[j])
			sum += 2 * f.w[i] * f.w[j] * g * g * f.w[i] * f.w[j]
		}
	}
	return sum
}

// diagonal is 1−h of each study. Where h is near 1 it is 1/(1 + w·xᵀA⁻¹x), with A the information of the other studies, which loses no digits
// (Sherman and Morrison 1950).
func (m *model) diagonal(f weighted) []float64 {
	out := make([]float64, len(f.w))
	for i, row := range m.rowsOf() {
		h := f.w[i] * dot(row, times(f.cov, row))
		out[i] = 1 - h
		if h < 0.5 {
			continue
		}
		others := append([]float64(nil), f.w...)
		others[i] = 0
		out[i] = 0 // the others leave a term open that this study alone determines
		if c, _, ok := matrix.Factor(m.cross(others)); ok {
			out[i] = 1 / (1 + f.w[i]*dot(row, c.Solve(row)))
		}
	}
	return out
}

// rowsOf are the rows of the design.
func (m *model) rowsOf() [][]float64 {
	rows := make([][]float64, m.k())
	for i := range rows {
		for _, column := range m.x.Columns {
			rows[i] = append(rows[i], column[i])
		}
	}
	return rows
}

func times(a matrix.Symmetric, x []float64) []float64 {
	out := make([]float64, len(x))
	for i := range out {
		for j, v := range x {
			out[i] += a.At(i, j) * v
		}
	}
	return out
}

func dot(a, b []float64) (sum float64) {
	for i, v := range a {
		sum += v * b[i]
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
