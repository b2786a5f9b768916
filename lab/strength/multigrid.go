package strength

import "math/rand/v2"

// operator is a stiffness: fine (never stored) or coarse (stored).
type operator interface{ apply(y, x []float64) }

// level is one mesh with what smoothing on it needs.
type level struct {
	operator
	*mesh
	step     step      // to the next coarser one
	inverse  []float64 // 1 over the diagonal
	highest  float64   // bound on the eigenvalues of inverse·A
	r, z     []float64 // the right side and its correction; the finest level borrows the solver's
	t, d     []float64 // A·z, and the last change of z
	smoothed int       // smoothing steps before and after the coarse correction
}

// multigrid is one V-cycle: a symmetric positive approximation of A⁻¹.
type multigrid struct {
	levels   []*level // finest first
	coarsest *cholesky
}

// newMultigrid prepares the cycle for the stiffness f with cells of size h.
func newMultigrid(f *fine, h [3]float64, poisson []float64) *multigrid {
	g := &multigrid{levels: []*level{{operator: f, mesh: f.mesh, inverse: f.diagonal(h, poisson)}}}
	b := builder{fine: f, meshes: []*mesh{f.mesh}, levels: []*coarse{nil}, held: make([]bool, 3*f.nodes())}
	for size := h; ; {
		last := b.meshes[len(b.meshes)-1]
		if last.n == [3]int{1, 1, 1} || len(b.meshes) > 1 && last.nodes() <= 130 {
			break
		}
		s, cells, next := coarsen(last.n, size)
		size = next
		m := coarseMesh(last, s, cells)
		b.steps, b.meshes, b.levels = append(b.steps, s), append(b.meshes, m), append(b.levels, newCoarse(m))
	}
	if len(b.meshes) > 1 {
		b.prepare(h, poisson)
		b.build()
	}
	for l, c := range b.levels[1:] {
		g.levels[l].step = b.steps[l]
		g.levels = append(g.levels, &level{operator: c, mesh: c.mesh, inverse: c.diagonal(),
			r: make([]float64, 3*c.nodes()), z: make([]float64, 3*c.nodes())})
	}
	g.finish(b.levels[len(b.levels)-1])
	return g
}

// prepare fills in what building needs of the fine mesh.
func (b *builder) prepare(h [3]float64, poisson []float64) {
	for _, d := range b.fine.fixed {
		b.held[d] = true
	}
	for _, p := range poisson {
		k := stiffness(h, p)
		var child [8]cellMatrix
		for place := range child {
			child[place] = k
			b.steps[0].onParent(&child[place], place)
		}
		b.unit, b.child = append(b.unit, k), append(b.child, child)
	}
	for _, m := range b.meshes[:len(b.meshes)-1] {
		numbers := make([]int32, m.n[0]*m.n[1]*m.n[2])
		for i := range numbers {
			numbers[i] = -1
		}
		for _, r := range m.runs {
			i, j, k := m.ijk(int(r.edge[0]))
			for c := range r.cells {
				numbers[i+int(c)+m.n[0]*(j+m.n[1]*k)] = r.first + c
			}
		}
		b.cell = append(b.cell, numbers)
	}
}

// finish factors the coarsest mesh and bounds the eigenvalues of the others.
func (g *multigrid) finish(last *coarse) {
	for _, l := range g.levels {
		l.t, l.d = make([]float64, 3*l.nodes()), make([]float64, 3*l.nodes())
		l.smoothed = 2
	}
	if last != nil && last.nodes() <= 400 {
		g.coarsest = newCholesky(last)
	}
	for i, l := range g.levels {
		if i < len(g.levels)-1 || g.coarsest == nil {
			l.highest = l.eigenvalue()
		}
	}
}

// eigenvalue bounds the greatest eigenvalue of inverse·A by twelve steps of the power method and a margin. The start is random, so that no mode is missed, and
// always the same, so that a result can be repeated.
func (l *level) eigenvalue() float64 {
	r := rand.New(rand.NewPCG(13, 13))
	x, y := l.d, l.t
	for i := range x {
		x[i] = 0
		if l.inverse[i] > 0 {
			x[i] = r.Float64() - 0.5
		}
	}
	highest := 1.0
	for range 12 {
		scale := 1 / length(x)
		chunks(len(x), func(from, to int) {
			for i := from; i < to; i++ {
				x[i] *= scale
			}
		})
		l.apply(y, x)
		chunks(len(x), func(from, to int) {
			for i := from; i < to; i++ {
				x[i] = l.inverse[i] * y[i]
			}
		})
		highest = length(x)
	}
	return 1.1 * highest
}

// cycle sets z to about A⁻¹·r on the finest level. z and r are the caller's.
func (g *multigrid) cycle(z, r []float64) {
	g.levels[0].z, g.levels[0].r = z, r
	g.down(0)
}

func (g *multigrid) down(i int) {
	l := g.levels[i]
	if i == len(g.levels)-1 && g.coarsest != nil {
		g.coarsest.solve(l.z, l.r)
		return
	}
	l.smooth(true)
	if i == len(g.levels)-1 {
		l.smooth(false)
		return
	}
	next := g.levels[i+1]
	l.apply(l.t, l.z)
	l.step.restrict(next.r, next.mesh, l.r, l.t, l.mesh)
	g.down(i + 1)
	l.step.prolong(l.z, l.mesh, next.z, next.mesh)
	if f, ok := l.operator.(*fine); ok {
		f.release(l.z)
	}
	l.smooth(false)
}

// smooth takes Chebyshev steps on the upper part of the spectrum, where a coarse mesh does not help. They are a polynomial in inverse·A, so the cycle is
// symmetric, which conjugate gradients need; and they are sums over all nodes at once, so both cores work. fresh says that z is to begin at zero.
//
// Source: Adams, Brezina, Hu and Tuminaro, J. Comput. Phys. 188 (2003) 593-610.
func (l *level) smooth(fresh bool) {
	low, high := l.highest/12, l.highest
	center, radius := (high+low)/2, (high-low)/2
	rho := 0.0
	for k := range l.smoothed {
		change, keep := 1/center, 0.0
		if k > 0 {
			next := 1 / (2*center/radius - rho)
			change, keep = 2*next/radius, next*rho
			rho = next
		} else {
			rho = radius / center
		}
		if fresh && k == 0 {
			l.begin(change)
			continue
		}
		l.apply(l.t, l.z)
		l.advance(change, keep)
	}
}

// begin is the first step from z = 0.
func (l *level) begin(change float64) {
	chunks(len(l.z), func(from, to int) {
		z, d, r, inverse := l.z[from:to], l.d[from:to], l.r[from:to], l.inverse[from:to]
		for i := range z {
			v := change * inverse[i] * r[i]
			z[i], d[i] = v, v
		}
	})
}

// advance is a step from z, with A·z in t.
func (l *level) advance(change, keep float64) {
	chunks(len(l.z), func(from, to int) {
		z, d, r, t, inverse := l.z[from:to], l.d[from:to], l.r[from:to], l.t[from:to], l.inverse[from:to]
		for i := range z {
			v := change * inverse[i] * (r[i] - t[i])
			if keep != 0 {
				v += keep * d[i]
			}
			d[i] = v
			z[i] += v
		}
	})
}
