package mixed

import (
	"math"

	"consilium/stats/matrix"
)

// expansion holds the derivatives of a center's joint log-density
//
//	f(u; β, s) = Σ_j [y_j·η_j - log(1 + exp η_j)] - u²/2,   η_j = x_jᵀβ + offset_j + s·u
//
// at one u. Writing ℓ_r for the r-th derivative of a row's term by η, it keeps
//
//	S_r = Σ ℓ_r,  V_r = Σ ℓ_r·x,  M_r = Σ ℓ_r·x·xᵀ
//
// of which all derivatives of f follow, because ∂η/∂u = s, ∂η/∂β = x and ∂η/∂s = u.
type expansion struct {
	s, u float64
	sum  [5]float64          // S_0 … S_4
	vec  [5][]float64        // V_1 … V_4, each of p
	mat  [5]matrix.Symmetric // M_2 … M_4, each p × p
}

func newExpansion(terms int) *expansion {
	e := &expansion{}
	for r := 1; r <= 4; r++ {
		e.vec[r] = make([]float64, terms)
		e.mat[r] = matrix.NewSymmetric(terms)
	}
	return e
}

// at computes all sums at u. linear is x_jᵀβ + offset_j of each row.
func (e *expansion) at(c *Center, linear []float64, s, u float64) {
	for r := 1; r <= 4; r++ {
		clear(e.mat[r].Data)
	}
	e.sums(c, linear, s, u, func(_ int, row []float64, l [5]float64) { e.add4(row, &l) })
}

// atNode computes the sums at u of which first derivatives by u are made, but M_2; curvature gets ℓ_2 of each row instead, so that the products of
// the terms are added once for all nodes.
func (e *expansion) atNode(c *Center, linear []float64, s, u float64, curvature []float64) {
	v1, v2 := e.vec[1], e.vec[2]
	e.sums(c, linear, s, u, func(j int, row []float64, l [5]float64) {
		e.sum[0] += l[0]
		e.sum[1] += l[1]
		e.sum[2] += l[2]
		curvature[j] = l[2]
		for a, x := range row {
			v1[a] += l[1] * x
			v2[a] += l[2] * x
		}
	})
}

// sums goes down the rows. The logarithms of 1 + e^-|η| are taken of their product over a few hundred rows, each factor being at most 2.
func (e *expansion) sums(c *Center, linear []float64, s, u float64, add func(j int, row []float64, l [5]float64)) {
	e.s, e.u, e.sum = s, u, [5]float64{}
	for r := 1; r <= 4; r++ {
		clear(e.vec[r])
	}
	p, product := len(e.vec[1]), 1.0
	for j, y := range c.y {
		l, factor := rowDerivatives(y, linear[j]+s*u)
		add(j, c.x[j*p:(j+1)*p], l)
		if product *= factor; product > 1e300 {
			e.sum[0] -= math.Log(product)
			product = 1
		}
	}
	e.sum[0] -= math.Log(product)
}

func (e *expansion) add4(row []float64, l *[5]float64) {
	for r, v := range l {
		e.sum[r] += v
	}
	v1, v2, v3, v4 := e.vec[1][:len(row)], e.vec[2][:len(row)], e.vec[3][:len(row)], e.vec[4][:len(row)]
	m2, m3, m4, k := e.mat[2].Data, e.mat[3].Data, e.mat[4].Data, 0
	for a, x := range row {
		x2, x3, x4 := l[2]*x, l[3]*x, l[4]*x
		v1[a] += l[1] * x
		v2[a] += x2
		v3[a] += x3
		v4[a] += x4
		for _, z := range row[a:] {
			m2[k] += x2 * z
			m3[k] += x3 * z
			m4[k] += x4 * z
			k++
		}
	}
}

// rowDerivatives are the log-likelihood of one Bernoulli outcome and its first four derivatives by the linear predictor. The logarithm of factor is still to be
// taken off the log-likelihood.
func rowDerivatives(y, eta float64) (l [5]float64, factor float64) {
	e := math.Exp(-math.Abs(eta))
	p := 1 / (1 + e) // of the likelier outcome
	q := e * p
	w := p * q
	d := p - q // 2P - 1
	if eta < 0 {
		p, q, d = q, p, -d
	}
	return [5]float64{y*eta - max(eta, 0), y*q - (1-y)*p, -w, w * d, -w * (1 - 6*w)}, 1 + e
}

// value is the k-th derivative of f by u.
func (e *expansion) value(k int) float64 {
	v := power(e.s, k) * e.sum[k]
	switch k {
	case 0:
		v -= e.u * e.u / 2
	case 1:
		v -= e.u
	case 2:
		v--
	}
	return v
}

// gradient writes the derivatives by β and s of the k-th derivative by u.
func (e *expansion) gradient(k int, into []float64) {
	sk, p := power(e.s, k), len(into)-1
	for a := range p {
		into[a] = sk * e.vec[k+1][a]
	}
	into[p] = float64(k)*power(e.s, k-1)*e.sum[k] + sk*e.u*e.sum[k+1]
}

// hessian writes the second derivatives by β and s of the k-th derivative by u.
func (e *expansion) hessian(k int, into matrix.Symmetric) {
	sk, p, n := power(e.s, k), into.N-1, float64(k)
	slope := n * power(e.s, k-1)
	for a := range p {
		row, m := into.Row(a), e.mat[k+2].Row(a)
		for b, v := range m {
			row[b] = sk * v
		}
		row[len(m)] = slope*e.vec[k+1][a] + sk*e.u*e.vec[k+2][a]
	}
	into.Row(p)[0] = n*(n-1)*power(e.s, k-2)*e.sum[k] + 2*slope*e.u*e.sum[k+1] + sk*e.u*e.u*e.sum[k+2]
}

// power is s^k for small k; below zero it multiplies a zero, so any finite value serves.
func power(s float64, k int) float64 {
	v := 1.0
	for range k {
		v *= s
	}
	return v
}
