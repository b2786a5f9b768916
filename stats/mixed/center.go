package mixed

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
)

// Center is the rows that share one random intercept.
type Center struct {
	y      []float64
	x      []float64 // by rows
	offset []float64
	mode   float64 // û of the last evaluation, where the next one starts
}

// Centers gathers the rows of each group: group[i], from 0, is that of row i. offset may be nil.
func Centers(y []float64, x stats.Design, group []int, offset []float64) []*Center {
	size := sizes(group)
	centers := make([]*Center, len(size))
	p := x.Width()
	for g, n := range size {
		centers[g] = &Center{y: make([]float64, 0, n), x: make([]float64, 0, n*p), offset: make([]float64, 0, n)}
	}
	for i, g := range group {
		c := centers[g]
		c.y = append(c.y, y[i])
		for _, column := range x.Columns {
			c.x = append(c.x, column[i])
		}
		if offset != nil {
			c.offset = append(c.offset, offset[i])
		}
	}
	return centers
}

func sizes(group []int) []int {
	var size []int
	for _, g := range group {
		for len(size) <= g {
			size = append(size, 0)
		}
		size[g]++
	}
	return size
}

// Mode is the conditional mode of the center's intercept on the scale of the linear predictor, s·û.
func (c *Center) Mode(beta []float64, sd float64) float64 {
	return sd * c.findMode(c.linear(beta, nil), sd)
}

// Sums is the center's contribution to the marginal log-likelihood and its exact first and (minus) second derivatives by β and s, the
// latter last: f is expanded around its mode û(β, s), the mode differentiated implicitly.
func (c *Center) Sums(beta []float64, sd float64, rule Rule) fit.Sums {
	out := fit.NewSums(len(beta) + 1)
	newScratch(len(beta)).add(&out, c, beta, sd, rule)
	return out
}

// linear is xᵀβ + offset of each row, in the given space if that is large enough.
func (c *Center) linear(beta, space []float64) []float64 {
	if cap(space) < len(c.y) {
		space = make([]float64, len(c.y))
	}
	eta, p := space[:len(c.y)], len(beta)
	for j := range eta {
		row, sum := c.x[j*p:(j+1)*p], 0.0
		for a, b := range beta {
			sum += b * row[a]
		}
		eta[j] = sum
	}
	for j, o := range c.offset {
		eta[j] += o
	}
	return eta
}

// findMode solves f_u = s·Σ(y - P) - u = 0, whose left side falls in u: Newton's method, kept between values of either sign.
func (c *Center) findMode(linear []float64, s float64) float64 {
	low, high := math.Inf(-1), math.Inf(1)
	u := c.mode
	for range 200 {
		slope, curvature := -u, 1.0
		for j, y := range c.y {
			eta := linear[j] + s*u
			e := math.Exp(-math.Abs(eta))
			p := 1 / (1 + e)
			q := e * p
			if eta < 0 {
				p, q = q, p
			}
			slope += s * (y*q - (1-y)*p)
			curvature += s * s * p * q
		}
		step := slope / curvature
		switch {
		case slope > 0:
			low = u
		case slope < 0:
			high = u
		}
		if u+step < low || u+step > high {
			step = (max(low, u-8)+min(high, u+8))/2 - u
		}
		u += step
		if math.Abs(step) <= 1e-9*(1+math.Abs(u)) { // the step after it would be its square
			break
		}
	}
	if math.IsNaN(u) || math.IsInf(u, 0) {
		u = 0
	}
	c.mode = u
	return u
}

// scratch is the working space of one processor: derivatives by (β, s) at the mode and at the nodes.
type scratch struct {
	linear           []float64
	curvature        []float64 // of each row at one node
	weighted         []float64 // of each row, over the nodes
	atMode, atNode   *expansion
	du, dh, dz       []float64 // of û, of the curvature h, of a node
	f1, f2, f3       []float64 // of f, f_u, f_uu, f_uuu … as needed
	mean             []float64
	d2u, d2h, second matrix.Symmetric
	spread           matrix.Symmetric
}

func newScratch(terms int) *scratch {
	q := terms + 1
	list := func() []float64 { return make([]float64, q) }
	return &scratch{
		atMode: newExpansion(terms), atNode: newExpansion(terms),
		du: list(), dh: list(), dz: list(), f1: list(), f2: list(), f3: list(), mean: list(),
		d2u: matrix.NewSymmetric(q), d2h: matrix.NewSymmetric(q), second: matrix.NewSymmetric(q), spread: matrix.NewSymmetric(q),
	}
}

// add adds the contribution of one center to out.
func (w *scratch) add(out *fit.Sums, c *Center, beta []float64, s float64, rule Rule) {
	w.linear = c.linear(beta, w.linear)
	u := c.findMode(w.linear, s)
	w.atMode.at(c, w.linear, s, u)
	h := -w.atMode.value(2)
	w.differentiateMode(h)
	total := w.integrate(c, s, u, h, rule)
	out.Rows += float64(len(c.y))
	out.LogLik += w.atMode.value(0) + math.Log(total) - math.Log(h)/2
	for i := range w.du {
		m, d := w.mean[i]/total, w.dh[i]/h
		out.Score[i] += m - d/2
		w.mean[i] = m
	}
	for i := range w.du {
		row, spread, d2h := out.Information.Row(i), w.spread.Row(i), w.d2h.Row(i)
		for k := range row {
			j := i + k
			row[k] -= spread[k]/total - w.mean[i]*w.mean[j] - d2h[k]/(2*h) + w.dh[i]*w.dh[j]/(2*h*h)
		}
	}
}

// differentiateMode gives du, d2u, dh and d2h, where h = -f_uu at the mode: from f_u(û(φ), φ) = 0, differentiated twice.
func (w *scratch) differentiateMode(h float64) {
	e, f1, f2, f3 := w.atMode, w.f1, w.f2, w.f3
	e.gradient(1, f1)
	e.gradient(2, f2)
	e.gradient(3, f3)
	uuu, uuuu := e.value(3), e.value(4)
	for i := range f1 {
		w.du[i] = f1[i] / h
		w.dh[i] = -(f2[i] + uuu*w.du[i])
	}
	e.hessian(1, w.d2u)
	e.hessian(2, w.d2h)
	for i := range f1 {
		d2u, d2h := w.d2u.Row(i), w.d2h.Row(i)
		for k := range d2u {
			j := i + k
			d2u[k] = (d2u[k] + f2[i]*w.du[j] + w.du[i]*f2[j] + uuu*w.du[i]*w.du[j]) / h
			d2h[k] = -(d2h[k] + f3[i]*w.du[j] + w.du[i]*f3[j] + uuuu*w.du[i]*w.du[j] + uuu*d2u[k])
		}
	}
}

// integrate sums over the nodes z = û + c·h^(-1/2): the weights exp(f(z) - f(û)) and, with these weights, the first derivatives of f(z) into mean
// and the second derivatives plus the products of the first into spread.
func (w *scratch) integrate(c *Center, s, u, h float64, rule Rule) (total float64) {
	clear(w.mean)
	clear(w.spread.Data)
	if len(rule.Offset) == 1 {
		w.addNode(w.atMode, 1, 0, h)
		return 1
	}
	w.curvature, w.weighted = resized(w.curvature, len(c.y)), resized(w.weighted, len(c.y))
	scale := 1 / math.Sqrt(h)
	for k, offset := range rule.Offset {
		w.atNode.atNode(c, w.linear, s, u+offset*scale, w.curvature)
		weight := math.Exp(w.atNode.value(0) - w.atMode.value(0) + rule.LogWeight[k])
		total += weight
		w.addNode(w.atNode, weight, offset*scale, h)
		floats.AddScaled(w.weighted, weight, w.curvature)
	}
	w.addProducts(c)
	return total
}

func resized(list []float64, n int) []float64 {
	if cap(list) < n {
		return make([]float64, n)
	}
	list = list[:n]
	clear(list)
	return list
}

// addProducts adds to spread, of each row, x·xᵀ times its curvature as summed over the nodes.
func (w *scratch) addProducts(c *Center) {
	p := len(w.du) - 1
	for j, l := range w.weighted {
		x := c.x[j*p : (j+1)*p]
		for a, v := range x {
			row := w.spread.Row(a)
			for k, z := range x[a:] {
				row[k] += l * v * z
			}
		}
	}
}

// addNode adds one node at û + shift, where shift is proportional to h^(-1/2).
func (w *scratch) addNode(e *expansion, weight, shift, h float64) {
	e.gradient(0, w.f1)
	e.gradient(1, w.f2)
	e.hessian(0, w.second)
	fu, fuu := e.value(1), e.value(2)
	for i, d := range w.du {
		w.dz[i] = d - shift*w.dh[i]/(2*h)
		w.f1[i] += fu * w.dz[i]
	}
	for i := range w.du {
		w.mean[i] += weight * w.f1[i]
		second, d2u, d2h, spread := w.second.Row(i), w.d2u.Row(i), w.d2h.Row(i), w.spread.Row(i)
		for k := range second {
			j := i + k
			d2z := d2u[k] + shift*(0.75*w.dh[i]*w.dh[j]/(h*h)-d2h[k]/(2*h))
			spread[k] += weight * (second[k] + w.f2[i]*w.dz[j] + w.dz[i]*w.f2[j] + fuu*w.dz[i]*w.dz[j] + fu*d2z + w.f1[i]*w.f1[j])
		}
	}
}
