package mixed

import (
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
)

// cluster is the rows of one group.
type cluster struct {
	y, offset []float64
	x, z      []float64 // by rows
	mode      []float64 // û of the last evaluation, where the next one starts
}

// marginal is the log-likelihood of a generalized linear mixed model by Laplace's approximation. Its parameters are β, then Λ by rows of its lower triangle, then those of the density.
type marginal struct {
	density  density
	own      int
	shards   [][]*cluster
	clusters []*cluster
	p, q     int
}

func newMarginal(y []float64, x, z stats.Design, group []int, offset []float64) *marginal {
	m := &marginal{p: x.Width(), q: z.Width()}
	for range sizes(group) {
		m.clusters = append(m.clusters, &cluster{mode: make([]float64, m.q)})
	}
	for i, g := range group {
		c := m.clusters[g]
		c.y = append(c.y, y[i])
		for _, column := range x.Columns {
			c.x = append(c.x, column[i])
		}
		for _, column := range z.Columns {
			c.z = append(c.z, column[i])
		}
		if offset != nil {
			c.offset = append(c.offset, offset[i])
		}
	}
	m.shards = split(m.clusters, func(c *cluster) int { return len(c.y) })
	return m
}

// at is the log-likelihood and its gradient.
func (m *marginal) at(par []float64) (float64, []float64) {
	cut := m.p + triangle(m.q)
	d, ok := m.density.with(par[cut:])
	if !ok {
		return math.Inf(-1), make([]float64, len(par))
	}
	lambda := lower(par[m.p:cut], m.q)
	total := sumShards(len(par), m.shards, func(out *fit.Sums, shard []*cluster) {
		w := &working{marginal: m, d: d, beta: par[:m.p], lambda: lambda}
		for _, c := range shard {
			w.add(out, c)
		}
	})
	if math.IsNaN(total.LogLik) {
		total.LogLik = math.Inf(-1)
	}
	return total.LogLik, total.Score
}

// working is what one cluster needs at one point.
type working struct {
	*marginal
	d          density
	beta       []float64
	lambda     [][]float64
	linear     []float64
	a          []float64    // Λᵀz of each row
	derivative [][4]float64 // of each row at the mode
	u          []float64
	value      float64
	middle     matrix.Cholesky // of H = I + Σ w·a·aᵀ
}

func (w *working) load(c *cluster) {
	n := len(c.y)
	w.linear, w.a = make([]float64, n), make([]float64, n*w.q)
	w.derivative = make([][4]float64, n)
	for j := range n {
		w.linear[j] = dot(w.beta, c.x[j*w.p:(j+1)*w.p])
		if c.offset != nil {
			w.linear[j] += c.offset[j]
		}
		copy(w.a[j*w.q:], transposed(w.lambda, c.z[j*w.q:(j+1)*w.q]))
	}
}

// look evaluates f(u) = Σ log-density - uᵀu/2 and gives its gradient; it leaves H.
func (w *working) look(c *cluster, u []float64) (value float64, gradient []float64, ok bool) {
	gradient, h := make([]float64, w.q), identity(w.q)
	value = -dot(u, u) / 2
	for i, v := range u {
		gradient[i] = -v
	}
	for j, y := range c.y {
		a := w.a[j*w.q : (j+1)*w.q]
		d := w.d.at(y, w.linear[j]+dot(a, u))
		w.derivative[j] = d
		value += d[0]
		for i, v := range a {
			gradient[i] += d[1] * v
		}
		h.AddOuter(a, -d[2])
	}
	w.middle, _, ok = matrix.Factor(h)
	return value, gradient, ok && !math.IsNaN(value) && !math.IsInf(value, 0)
}

// settle finds the conditional mode, where f is highest: every density here is log-concave in η, so that there is one.
func (w *working) settle(c *cluster) bool {
	w.u = slices.Clone(c.mode)
	value, gradient, ok := w.look(c, w.u)
	if !ok {
		clear(w.u)
		if value, gradient, ok = w.look(c, w.u); !ok {
			return false
		}
	}
	for range 200 {
		step := w.middle.Solve(gradient)
		largest := 0.0
		for i, s := range step {
			largest = max(largest, math.Abs(s)/(1+math.Abs(w.u[i])))
		}
		if largest <= 1e-11 {
			break
		}
		from, share := w.u, 1.0
		for ; share > 1e-12; share /= 2 {
			next := make([]float64, w.q)
			for i := range next {
				next[i] = from[i] + share*step[i]
			}
			v, g, ok := w.look(c, next)
			if ok && v >= value-1e-12*(1+math.Abs(value)) {
				w.u, value, gradient = next, v, g
				break
			}
		}
		if share <= 1e-12 {
			w.look(c, from)
			break
		}
	}
	c.mode, w.value = w.u, value
	return true
}

// add adds log ∫ exp f ≈ f(û) - log|H|/2 of one cluster and its exact gradient. The mode moves with the parameters: with s_j = a_jᵀH⁻¹a_j and t = H⁻¹·Σ l‴_j·s_j·a_j,
// the change of the linear predictor of row j counts g_j = l′_j + (l‴_j·s_j + l″_j·a_jᵀt)/2.
func (w *working) add(out *fit.Sums, c *cluster) {
	w.load(c)
	if !w.settle(c) {
		out.LogLik = math.NaN()
		return
	}
	out.LogLik += w.value - w.middle.LogDet()/2
	out.Rows += float64(len(c.y))
	solved, s, sum := make([]float64, len(w.a)), make([]float64, len(c.y)), make([]float64, w.q)
	for j := range c.y {
		a := w.a[j*w.q : (j+1)*w.q]
		half := w.middle.Solve(a)
		copy(solved[j*w.q:], half)
		s[j] = dot(a, half)
		for i, v := range a {
			sum[i] += w.derivative[j][3] * s[j] * v
		}
	}
	w.slope(out, c, solved, s, w.middle.Solve(sum))
}

// slope adds the gradient.
func (w *working) slope(out *fit.Sums, c *cluster, solved, s, t []float64) {
	for j, y := range c.y {
		a, d := w.a[j*w.q:(j+1)*w.q], w.derivative[j]
		at := dot(a, t)
		g := d[1] + (d[3]*s[j]+d[2]*at)/2
		for k, v := range c.x[j*w.p : (j+1)*w.p] {
			out.Score[k] += g * v
		}
		k := w.p
		for i, v := range c.z[j*w.q : (j+1)*w.q] { // Λ_ib moves row j by z_i·u_b, and H by z_i in place b
			for b := range i + 1 {
				out.Score[k] += v * (g*w.u[b] + t[b]*d[1]/2 + d[2]*solved[j*w.q+b])
				k++
			}
		}
		eta := w.linear[j] + dot(a, w.u)
		for o := range w.own {
			by := w.d.byOwn(y, eta, o)
			out.Score[k+o] += by[0] + (by[2]*s[j]+by[1]*at)/2
		}
	}
}
