package mixed

import (
	"math"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
)

// SlopesModel is a linear model whose intercept and slopes vary between groups.
type SlopesModel struct {
	Terms       []string
	Coef        []float64
	Covariance  matrix.Symmetric // of the coefficients, at the estimated variances
	Effects     []string         // names of the random effects
	Random      matrix.Symmetric // their covariance
	VarResidual float64
	Criterion   float64            // -2 log restricted likelihood (or -2 log-likelihood), with the constants in 2π
	BLUP        [][]float64        // effects of each group, shrunken toward 0
	Spread      []matrix.Symmetric // their covariance given the outcomes, at the estimated variances
	DF          []float64          // Satterthwaite's degrees of freedom of each coefficient
	N, Groups   int
	Singular    bool // some combination of the effects does not vary
}

// SE is the standard error of each coefficient.
func (m *SlopesModel) SE() []float64 { return (&fit.Fit{Coef: m.Coef, Covariance: m.Covariance}).SE() }

// Slopes fits y_ij = x_ijᵀβ + b_i0 + z_ijᵀb_i + e_ij, with effects b_i of any covariance, by restricted maximum likelihood or maximum likelihood: the deviance, profiled over β and the
// residual variance, as a function of the Cholesky factor Λ of the effects' relative covariance (Bates, Mächler, Bolker and Walker, J Stat Softw 67/1 (2015), section 3.4).
//
// y has one value a row; x is n×p of full rank with an intercept. Degrees of freedom are Satterthwaite's (Fai and Cornelius, J Stat Comput Simul 54 (1996) 363-378). Errors are those of
// [Linear], and NotEstimable where the effects' covariance is not determined. stop may be nil.
func Slopes(y []float64, x stats.Design, e Effects, ml bool, stop func() error) (*SlopesModel, error) {
	if err := x.Check(linearName, y); err != nil {
		return nil, err
	}
	if err := e.check(linearName, x.Rows()); err != nil {
		return nil, err
	}
	d := newDeviance(y, x, e, ml)
	m, err := d.fit(stop)
	return m, stats.In(linearName, err)
}

// crossed are a group's cross products: all that its rows say.
type crossed struct {
	zz matrix.Symmetric
	zx [][]float64 // a list for each term
	zy []float64
}

// deviance is the profiled -2 log-likelihood of a model on scaled columns.
type deviance struct {
	terms, effects []string
	x, z           scaled
	mean           float64 // of the outcome, which is taken off
	ml             bool
	n, p, q        int
	groups         []crossed
	xx             matrix.Symmetric
	xy             []float64
	yy             float64
}

func newDeviance(y []float64, x stats.Design, e Effects, ml bool) *deviance {
	z := scale(stats.NewDesign(e.Slopes.Terms, e.Slopes.Columns, len(y)))
	d := &deviance{terms: x.Terms, effects: e.Names(), x: scale(x), z: z, ml: ml, n: len(y), p: x.Width(), q: z.x.Width(), xx: matrix.NewSymmetric(x.Width()), xy: make([]float64, x.Width())}
	if d.x.intercept >= 0 {
		for _, v := range y {
			d.mean += v / float64(len(y))
		}
	}
	for range sizes(e.Group) {
		g := crossed{zz: matrix.NewSymmetric(d.q), zx: make([][]float64, d.p), zy: make([]float64, d.q)}
		for a := range g.zx {
			g.zx[a] = make([]float64, d.q)
		}
		d.groups = append(d.groups, g)
	}
	row, effects := make([]float64, d.p), make([]float64, d.q)
	for i, v := range y {
		for a, c := range d.x.x.Columns {
			row[a] = c[i]
		}
		for b, c := range d.z.x.Columns {
			effects[b] = c[i]
		}
		d.add(&d.groups[e.Group[i]], row, effects, v-d.mean)
	}
	return d
}

// add adds the products of one row.
func (d *deviance) add(g *crossed, x, z []float64, y float64) {
	d.yy += y * y
	d.xx.AddOuter(x, 1)
	g.zz.AddOuter(z, 1)
	for a, v := range x {
		d.xy[a] += v * y
		for b, w := range z {
			g.zx[a][b] += v * w
		}
	}
	for b, w := range z {
		g.zy[b] += w * y
	}
}

// place is the deviance's parts at one Λ.
type place struct {
	beta           []float64
	chol           matrix.Cholesky // of XᵀV⁻¹X, V being relative to the residual variance
	rss            float64
	logDet, logDeX float64 // log|V|, log|XᵀV⁻¹X|
}

// at computes the parts. With M = ΛᵀZᵀZΛ + I of a group, V⁻¹ = I - ZΛM⁻¹ΛᵀZᵀ and |V| = |M|. ok is false where X has no full rank.
func (d *deviance) at(theta []float64) (p place, dependent int, ok bool) {
	lambda := lower(theta, d.q)
	xx, xy, yy := d.xx.Clone(), append([]float64(nil), d.xy...), d.yy
	for i := range d.groups {
		g := &d.groups[i]
		chol := g.middle(lambda)
		p.logDet += chol.LogDet()
		zy := transposed(lambda, g.zy)
		half := chol.Solve(zy)
		yy -= dot(zy, half)
		zx := make([][]float64, d.p)
		for a := range zx {
			zx[a] = transposed(lambda, g.zx[a])
			xy[a] -= dot(zx[a], half)
		}
		for a := range zx {
			solved, row := chol.Solve(zx[a]), xx.Row(a)
			for k := range row {
				row[k] -= dot(zx[a+k], solved)
			}
		}
	}
	if p.chol, dependent, ok = matrix.Factor(xx); !ok {
		return p, dependent, false
	}
	p.beta = p.chol.Solve(xy)
	p.rss = yy - dot(p.beta, xy)
	p.logDeX = p.chol.LogDet()
	for _, sd := range d.x.sd {
		p.logDeX += 2 * math.Log(sd)
	}
	return p, 0, true
}

// middle is the factor of M = ΛᵀZᵀZΛ + I.
func (g *crossed) middle(lambda [][]float64) matrix.Cholesky {
	q := len(lambda)
	m := identity(q)
	columns := make([][]float64, q)
	for j := range q {
		column := make([]float64, q)
		for i := range q {
			column[i] = lambda[i][j]
		}
		columns[j] = column
	}
	for j, column := range columns {
		half := g.zz.Times(column)
		for k := j; k < q; k++ {
			m.Set(j, k, m.At(j, k)+dot(columns[k], half))
		}
	}
	c, _, _ := matrix.Factor(m) // at least the identity
	return c
}

// transposed is Λᵀ·v.
func transposed(lambda [][]float64, v []float64) []float64 {
	out := make([]float64, len(v))
	for i, row := range lambda {
		for j, l := range row {
			out[j] += l * v[i]
		}
	}
	return out
}

// freedom is the number of rows less that of coefficients that the likelihood is restricted by.
func (d *deviance) freedom() float64 {
	if d.ml {
		return float64(d.n)
	}
	return float64(d.n - d.p)
}

// profiled is the deviance at Λ with the residual variance at its best.
func (d *deviance) profiled(theta []float64) float64 {
	p, _, ok := d.at(theta)
	if !ok || !(p.rss > 1e-14*d.yy) {
		return math.Inf(1)
	}
	return d.given(p, p.rss/d.freedom())
}

// given is the deviance at a residual variance.
func (d *deviance) given(p place, variance float64) float64 {
	out := d.freedom()*math.Log(2*math.Pi*variance) + p.rss/variance + p.logDet
	if !d.ml {
		out += p.logDeX
	}
	return out
}

// fit searches Λ from several sizes of it.
func (d *deviance) fit(stop func() error) (*SlopesModel, error) {
	if _, dependent, ok := d.at(make([]float64, triangle(d.q))); !ok {
		return nil, &stats.Error{Problem: stats.Collinear, Variable: d.terms[dependent], Detail: "the terms before it determine it", Advice: "Leave it out, or join its levels"}
	}
	if d.n <= d.p+1 {
		return nil, &stats.Error{Problem: stats.TooFewRows, Detail: "no rows are left for the residual variance"}
	}
	var start []float64
	least := math.Inf(1)
	for _, size := range []float64{0.05, 0.2, 0.7, 2, 6} {
		theta := make([]float64, triangle(d.q))
		for i := range d.q {
			theta[triangle(i+1)-1] = size
		}
		if v := d.profiled(theta); v < least {
			least, start = v, theta
		}
	}
	if start == nil {
		return nil, &stats.Error{Problem: stats.NotEstimable, Detail: "terms and groups fit the outcome without residual", Advice: "Take fewer terms"}
	}
	half := func(theta []float64) float64 { return -d.profiled(theta) / 2 }
	top, err := surface(func(theta []float64) (float64, []float64) { return half(theta), gradientOf(half, theta) }).climb(triangleNames(d.q), start, diagonal(0, d.q), stop)
	if err != nil {
		return nil, err
	}
	return d.model(top.par)
}

// model is what follows from the Λ that was found.
func (d *deviance) model(theta []float64) (*SlopesModel, error) {
	for i := range d.q { // the likelihood is even in each column of Λ
		if theta[triangle(i+1)-1] < 0 {
			for k := i; k < d.q; k++ {
				theta[triangle(k)+i] = -theta[triangle(k)+i]
			}
		}
	}
	p, _, _ := d.at(theta)
	variance := p.rss / d.freedom()
	lambda := lower(theta, d.q)
	m := &SlopesModel{Terms: d.terms, Effects: d.effects, VarResidual: variance, Criterion: d.given(p, variance), N: d.n, Groups: len(d.groups)}
	back, backZ := d.x.back(0), d.z.back(0)
	m.Coef, m.Covariance = times(back, p.beta), conjugate(back, p.chol.Inverse())
	if d.x.intercept >= 0 {
		m.Coef[d.x.intercept] += d.mean
	}
	m.Covariance.Scale(variance)
	m.Random = spread(backZ, lambda, identity(d.q))
	m.Random.Scale(variance)
	for i := range d.q {
		m.Singular = m.Singular || math.Abs(theta[triangle(i+1)-1]) < 1e-5
	}
	for i := range d.groups {
		g := &d.groups[i]
		r := append([]float64(nil), g.zy...)
		for a, b := range p.beta {
			for k := range r {
				r[k] -= b * g.zx[a][k]
			}
		}
		chol := g.middle(lambda)
		m.BLUP = append(m.BLUP, times(backZ, times(lambda, chol.Solve(transposed(lambda, r)))))
		v := spread(backZ, lambda, chol.Inverse())
		v.Scale(variance)
		m.Spread = append(m.Spread, v)
	}
	m.DF = d.satterthwaite(theta, variance, back)
	return m, nil
}
