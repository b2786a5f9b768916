package strength

import "math"

// cholesky solves the coarsest mesh's equations. A degree of freedom without stiffness of its own is left out (it gets 0): a support that holds everything
// that a coarse node moves makes such rows.
type cholesky struct {
	n       int
	l       []float64 // by rows, lower triangle
	skipped []bool
}

// newCholesky factors c's matrix.
func newCholesky(c *coarse) *cholesky {
	n := 3 * c.nodes()
	f := &cholesky{n: n, l: make([]float64, n*n), skipped: make([]bool, n)}
	for node := range c.block {
		for s := range 14 {
			other := int32(node)
			if s > 0 {
				other = c.near[node][s-1]
			}
			if other < 0 {
				continue
			}
			for e, v := range c.block[node][s] {
				f.l[(3*int(other)+e%3)*n+3*node+e/3] = v // the neighbor comes later, so this is below the diagonal
			}
		}
	}
	f.factor()
	return f
}

func (f *cholesky) factor() {
	n := f.n
	for j := range n {
		row := f.l[j*n : j*n+j+1]
		full := row[j]
		pivot := full
		for _, v := range row[:j] {
			pivot -= v * v
		}
		f.skipped[j] = !(pivot > 1e-12*full)
		if !f.skipped[j] {
			row[j] = math.Sqrt(pivot)
		}
		for i := j + 1; i < n; i++ {
			below := f.l[i*n : i*n+j+1]
			if f.skipped[j] {
				below[j] = 0
				continue
			}
			s := below[j]
			for k, v := range row[:j] {
				s -= v * below[k]
			}
			below[j] = s / row[j]
		}
	}
}

// solve sets x = A⁻¹·b.
func (f *cholesky) solve(x, b []float64) {
	n := f.n
	for i := range n {
		s := b[i]
		for k := range i {
			s -= f.l[i*n+k] * x[k]
		}
		x[i] = 0
		if !f.skipped[i] {
			x[i] = s / f.l[i*n+i]
		}
	}
	for i := n - 1; i >= 0; i-- {
		if f.skipped[i] {
			continue
		}
		x[i] /= f.l[i*n+i]
		for k := range i {
			x[k] -= f.l[i*n+k] * x[i]
		}
	}
}
