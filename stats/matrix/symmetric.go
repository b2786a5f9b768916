// Package matrix solves the small symmetric systems that fits step by: tens of terms, not thousands. For larger or general
// matrices the methods use gonum's mat.
package matrix

import "math"

// Symmetric is a symmetric matrix of N rows, its upper triangle packed by rows: element (i, j), i ≤ j, is at [At].
type Symmetric struct {
	N    int
	Data []float64
}

// NewSymmetric is a zero matrix of n rows.
func NewSymmetric(n int) Symmetric { return Symmetric{n, make([]float64, n*(n+1)/2)} }

// index of (i, j) in Data, i ≤ j.
func (s Symmetric) index(i, j int) int { return i*(2*s.N-i-1)/2 + j }

// At is the element of row i and column j.
func (s Symmetric) At(i, j int) float64 {
	if i > j {
		i, j = j, i
	}
	return s.Data[s.index(i, j)]
}

// Set writes the element of row i and column j, and so of row j and column i.
func (s Symmetric) Set(i, j int, v float64) {
	if i > j {
		i, j = j, i
	}
	s.Data[s.index(i, j)] = v
}

// Row is the part of row i from the diagonal on: (i, i) … (i, N-1). Writing to it writes to the matrix.
func (s Symmetric) Row(i int) []float64 { return s.Data[s.index(i, i) : s.index(i, s.N-1)+1] }

// Clone is a copy.
func (s Symmetric) Clone() Symmetric {
	return Symmetric{s.N, append([]float64(nil), s.Data...)}
}

// Rows is the matrix as rows of full length.
func (s Symmetric) Rows() [][]float64 {
	out := make([][]float64, s.N)
	for i := range out {
		out[i] = make([]float64, s.N)
		for j := range out[i] {
			out[i][j] = s.At(i, j)
		}
	}
	return out
}

// Times is the product with a vector.
func (s Symmetric) Times(v []float64) []float64 {
	out := make([]float64, s.N)
	for i := range out {
		for j, x := range v {
			out[i] += s.At(i, j) * x
		}
	}
	return out
}

// Quadratic is vᵀ·S·v.
func (s Symmetric) Quadratic(v []float64) float64 {
	var sum float64
	for i, x := range s.Times(v) {
		sum += x * v[i]
	}
	return sum
}

// AddOuter adds factor·v·vᵀ; nothing for a factor of 0, whatever v.
func (s Symmetric) AddOuter(v []float64, factor float64) {
	if factor == 0 {
		return
	}
	for i, x := range v {
		row := s.Row(i)
		for k := range row {
			row[k] += factor * x * v[i+k]
		}
	}
}

// Scale multiplies every element.
func (s Symmetric) Scale(by float64) {
	for i := range s.Data {
		s.Data[i] *= by
	}
}

// Sandwich is bread·meat·bread: the covariance of estimates from that of the equations that they solve (Huber, Fifth Berkeley Symposium 1967; White,
// Econometrica 1980).
func Sandwich(bread, meat Symmetric) Symmetric {
	out := NewSymmetric(bread.N)
	rows := bread.Rows()
	for i, row := range rows {
		half := meat.Times(row)
		to := out.Row(i)
		for k := range to {
			for j, v := range half {
				to[k] += v * rows[i+k][j]
			}
		}
	}
	return out
}

// Cholesky is the factor of a positive definite matrix: S = Uᵀ·U, with U upper triangular, packed like Symmetric.
type Cholesky struct{ u Symmetric }

// Tolerance is how small a pivot may become, as a share of its diagonal element, before the row counts as determined by those before it.
// It stands near the rounding of a cross product: a correlation of 0.999999 (pivot 2e-6) is still told apart.
const Tolerance = 1e-11

// Factor factors s. If row i is determined by the rows before it (to [Tolerance]), it returns that i and false: the caller names the term.
func Factor(s Symmetric) (c Cholesky, dependent int, ok bool) {
	u := s.Clone()
	for i := range s.N {
		row := u.Row(i)
		for k := range i {
			above := u.Row(k)[i-k:]
			f := above[0]
			for j := range row {
				row[j] -= f * above[j]
			}
		}
		if !(row[0] > Tolerance*s.At(i, i)) || math.IsInf(row[0], 0) {
			return Cholesky{}, i, false
		}
		d := math.Sqrt(row[0])
		for j := range row {
			row[j] /= d
		}
	}
	return Cholesky{u}, 0, true
}

// Whiten is U⁻ᵀ·v: uncorrelated and of variance 1, if S is the covariance of v. Its squared length is vᵀ·S⁻¹·v.
func (c Cholesky) Whiten(v []float64) []float64 {
	x := append([]float64(nil), v...)
	for i := range x { // Uᵀ x = v
		row := c.u.Row(i)
		x[i] /= row[0]
		for j := 1; j < len(row); j++ {
			x[i+j] -= row[j] * x[i]
		}
	}
	return x
}

// Solve is S⁻¹·b.
func (c Cholesky) Solve(b []float64) []float64 {
	x := c.Whiten(b)                   // Uᵀ y = b
	for i := len(x) - 1; i >= 0; i-- { // U x = y
		row := c.u.Row(i)
		for j := 1; j < len(row); j++ {
			x[i] -= row[j] * x[i+j]
		}
		x[i] /= row[0]
	}
	return x
}

// Quadratic is vᵀ·S⁻¹·v: a chi-square, if S is the covariance of v.
func (c Cholesky) Quadratic(v []float64) float64 {
	var sum float64
	for i, x := range c.Solve(v) {
		sum += x * v[i]
	}
	return sum
}

// Inverse is S⁻¹.
func (c Cholesky) Inverse() Symmetric {
	n := c.u.N
	inverse := NewSymmetric(n)
	unit := make([]float64, n)
	for j := range n {
		clear(unit)
		unit[j] = 1
		column := c.Solve(unit)
		for i := 0; i <= j; i++ {
			inverse.Set(i, j, column[i])
		}
	}
	return inverse
}

// LogDet is log|S|.
func (c Cholesky) LogDet() float64 {
	var sum float64
	for i := range c.u.N {
		sum += math.Log(c.u.Row(i)[0])
	}
	return 2 * sum
}
