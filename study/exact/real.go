package exact

import "math/big"

// Zero is a new 0.
func Zero() *big.Float { return new(big.Float).SetPrec(Precision) }

// Of is a float64, exactly.
func Of(v float64) *big.Float { return Zero().SetFloat64(v) }

// Add is a + b, a new number, as are the results of all functions here.
func Add(a, b *big.Float) *big.Float { return Zero().Add(a, b) }

// Sub is a − b.
func Sub(a, b *big.Float) *big.Float { return Zero().Sub(a, b) }

// Mul is a · b.
func Mul(a, b *big.Float) *big.Float { return Zero().Mul(a, b) }

// Quo is a / b, and 0 where b is 0: the caller asks beforehand where that would be an answer.
func Quo(a, b *big.Float) *big.Float {
	if b.Sign() == 0 {
		return Zero()
	}
	return Zero().Quo(a, b)
}

// Sqrt is the root, and 0 of what is negative: of a variance that rounding has left below 0.
func Sqrt(a *big.Float) *big.Float {
	if a.Sign() <= 0 {
		return Zero()
	}
	return Zero().Sqrt(a)
}

// Float is the nearest float64.
func Float(a *big.Float) float64 {
	v, _ := a.Float64()
	return v
}

// RoughLog is the natural logarithm of a positive number, to within 0.06: where a fit may begin. It is the same on every machine, as math.Log is not.
func RoughLog(a *big.Float) float64 {
	mantissa := Zero()
	exponent := a.MantExp(mantissa) // a = mantissa · 2^exponent, mantissa from 1/2 below 1, and log2 of that nearly 2·(mantissa - 1)
	log2 := Add(Of(float64(exponent)), Mul(Of(2), Sub(mantissa, Of(1))))
	return Float(Mul(log2, Of(0.6931471805599453)))
}

// Floats are the nearest float64 of each.
func Floats(list []*big.Float) []float64 {
	out := make([]float64, len(list))
	for i, v := range list {
		out[i] = Float(v)
	}
	return out
}

// Ofs are float64s, exactly.
func Ofs(list []float64) []*big.Float {
	out := make([]*big.Float, len(list))
	for i, v := range list {
		out[i] = Of(v)
	}
	return out
}

// Dot is Σ a·b.
func Dot(a, b []*big.Float) *big.Float {
	sum := Zero()
	for i := range a {
		sum.Add(sum, Mul(a[i], b[i]))
	}
	return sum
}

// Text writes a number so that it reads back to the same bits everywhere.
func Text(a *big.Float) string { return a.Text('p', 0) }

// Matrix is symmetric; only a[i][j] with j ≤ i is kept.
type Matrix [][]*big.Float

// NewMatrix is n×n zeros.
func NewMatrix(n int) Matrix {
	m := make(Matrix, n)
	for i := range m {
		m[i] = make([]*big.Float, i+1)
		for j := range m[i] {
			m[i][j] = Zero()
		}
	}
	return m
}

// MatrixOf reads the lower triangle, row by row, of an n×n matrix.
func MatrixOf(n int, lower []*big.Float) Matrix {
	m := make(Matrix, n)
	for i := range m {
		m[i], lower = lower[:i+1], lower[i+1:]
	}
	return m
}

// At is the element in row i and column j.
func (m Matrix) At(i, j int) *big.Float {
	if j > i {
		i, j = j, i
	}
	return m[i][j]
}

// Times is m·v.
func (m Matrix) Times(v []*big.Float) []*big.Float {
	out := make([]*big.Float, len(m))
	for i := range m {
		out[i] = Zero()
		for j := range m {
			out[i].Add(out[i], Mul(m.At(i, j), v[j]))
		}
	}
	return out
}

// Factor is the Cholesky factor L of a positive definite matrix, m = L·Lᵀ. Where the matrix is not positive definite, or hardly, ok is false and dependent is
// the first row that those before it determine.
func (m Matrix) Factor() (l Matrix, dependent int, ok bool) {
	// 2^-40 of the diagonal is far above rounding of the sums that came from float64 rows, and far below what a model that means anything has.
	tiny := Zero().SetMantExp(Of(1), -40)
	l = NewMatrix(len(m))
	for i := range m {
		for j := 0; j <= i; j++ {
			sum := Zero().Set(m[i][j])
			for k := range j {
				sum.Sub(sum, Mul(l[i][k], l[j][k]))
			}
			if j < i {
				l[i][j] = Quo(sum, l[j][j])
				continue
			}
			if sum.Cmp(Mul(tiny, m[i][i])) <= 0 {
				return nil, i, false
			}
			l[i][i] = Sqrt(sum)
		}
	}
	return l, 0, true
}

// Solve solves m·x = b for a factor of m.
func (l Matrix) Solve(b []*big.Float) []*big.Float {
	n := len(l)
	x := make([]*big.Float, n)
	for i := range n {
		x[i] = Zero().Set(b[i])
		for k := range i {
			x[i].Sub(x[i], Mul(l[i][k], x[k]))
		}
		x[i] = Quo(x[i], l[i][i])
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			x[i].Sub(x[i], Mul(l[k][i], x[k]))
		}
		x[i] = Quo(x[i], l[i][i])
	}
	return x
}

// Inverse is the inverse of m for a factor of m.
func (l Matrix) Inverse() Matrix {
	n := len(l)
	out := NewMatrix(n)
	for j := range n {
		unit := make([]*big.Float, n)
		for i := range unit {
			unit[i] = Zero()
		}
		unit[j] = Of(1)
		column := l.Solve(unit)
		for i := j; i < n; i++ {
			out[i][j] = column[i]
		}
	}
	return out
}

// Quadratic is vᵀ·m·v.
func (m Matrix) Quadratic(v []*big.Float) *big.Float { return Dot(v, m.Times(v)) }
