package mixed

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
)

const linearName = "mixed linear regression"

// LinearOptions are what a mixed linear fit may be given; the zero value is REML.
type LinearOptions struct {
	ML bool // maximum likelihood instead of restricted maximum likelihood
}

// LinearModel is a linear model with a normal random intercept for each group.
type LinearModel struct {
	Terms       []string
	Coef        []float64
	Covariance  matrix.Symmetric // σ²·(XᵀV⁻¹X)⁻¹ at the estimated variances
	VarGroup    float64          // variance of the random intercepts
	VarResidual float64          // σ²
	Criterion   float64          // -2 log restricted likelihood (or -2 log-likelihood), with the constants in 2π
	BLUP        []float64        // predicted intercept of each group, shrunken toward 0
	N, Groups   int
	ML          bool
	Singular    bool // VarGroup is 0: the groups differ no more than chance
}

// SE is the standard error of each coefficient.
func (m *LinearModel) SE() []float64 { return (&fit.Fit{Coef: m.Coef, Covariance: m.Covariance}).SE() }

// ICC is the share of the variance that lies between groups.
func (m *LinearModel) ICC() float64 { return m.VarGroup / (m.VarGroup + m.VarResidual) }

// Linear fits a linear model with a normal random intercept for each group, y_ij = x_ijᵀβ + b_i + e_ij, by restricted maximum likelihood
// (Patterson and Thompson, Biometrika 58 (1971) 545-554) or maximum likelihood (Laird and Ware, Biometrics 38 (1982) 963-974).
//
// y has one value for each of n rows; x is n×p of full rank; group[i] is the group of row i, numbered from 0 without gaps. Variances are in the
// squared unit of y. The ratio of the two variances is found on a grid and then to rounding, so that a second maximum is not taken for the first.
// It returns no model but a *stats.Error for a collinear term, fewer than two groups, groups of one row each, and an outcome that the terms and
// groups fit without residual ([stats.NotEstimable]).
func Linear(y []float64, x stats.Design, group []int, o LinearOptions) (*LinearModel, error) {
	if err := x.Check(linearName, y); err != nil {
		return nil, err
	}
	if err := checkGroups(linearName, group, x.Rows()); err != nil {
		return nil, err
	}
	m, err := LinearOf(x.Terms, Summarize(y, x, group), o)
	return m, stats.In(linearName, err)
}

// Summary is all that a group's rows say about a linear mixed model: it is what a hospital sends.
type Summary struct {
	N     int
	MeanX []float64 // of each term
	MeanY float64
	XX    matrix.Symmetric // Σ (x - mean)(x - mean)ᵀ within the group
	XY    []float64        // Σ (x - mean)(y - mean)
	YY    float64          // Σ (y - mean)²
}

// Summarize gives the summary of each group.
func Summarize(y []float64, x stats.Design, group []int) []Summary {
	p := x.Width()
	groups := make([]Summary, len(sizes(group)))
	for g := range groups {
		groups[g] = Summary{MeanX: make([]float64, p), XX: matrix.NewSymmetric(p), XY: make([]float64, p)}
	}
	for i, g := range group {
		s := &groups[g]
		s.N++
		s.MeanY += y[i]
		for a, c := range x.Columns {
			s.MeanX[a] += c[i]
		}
	}
	for g := range groups {
		s := &groups[g]
		s.MeanY /= float64(s.N)
		for a := range s.MeanX {
			s.MeanX[a] /= float64(s.N)
		}
	}
	row := make([]float64, p)
	for i, g := range group {
		for a, c := range x.Columns {
			row[a] = c[i] - groups[g].MeanX[a]
		}
		groups[g].addRow(row, y[i]-groups[g].MeanY)
	}
	return groups
}

// addRow adds the cross products of one row, less its group's means.
func (s *Summary) addRow(x []float64, y float64) {
	s.YY += y * y
	for a, v := range x {
		s.XY[a] += v * y
		products := s.XX.Row(a)
		for k := range products {
			products[k] += v * x[a+k]
		}
	}
}

// LinearOf fits the model from the summaries of all groups.
func LinearOf(terms []string, groups []Summary, o LinearOptions) (*LinearModel, error) {
	p, err := newProfile(terms, groups, o.ML)
	if err != nil {
		return nil, err
	}
	ratio, err := p.maximize()
	if err != nil {
		return nil, err
	}
	at, err := p.at(ratio)
	if err != nil {
		return nil, err
	}
	m := &LinearModel{Terms: terms, N: p.n, Groups: len(groups), ML: o.ML, Singular: ratio == 0}
	m.VarResidual, m.VarGroup = at.sigma2, ratio*at.sigma2
	m.Criterion = at.criterion
	m.Coef, m.Covariance = p.center.back(at.beta, at.chol.Inverse(), at.sigma2)
	for _, g := range p.groups {
		n := float64(g.N)
		m.BLUP = append(m.BLUP, ratio*n/(1+ratio*n)*g.residual(at.beta))
	}
	return m, nil
}

// residual is the mean residual of the group.
func (s *Summary) residual(beta []float64) float64 {
	r := s.MeanY
	for a, b := range beta {
		r -= b * s.MeanX[a]
	}
	return r
}

// origin moves the means of the outcome and of all terms but the intercept to 0, so that cross products do not cancel.
type origin struct {
	intercept int // -1: nothing is moved
	mean      []float64
	outcome   float64
}

// newOrigin copies the summaries and moves their means.
func newOrigin(terms []string, groups []Summary) (origin, []Summary) {
	o := origin{intercept: slices.Index(terms, stats.Intercept), mean: make([]float64, len(terms))}
	out := slices.Clone(groups)
	if o.intercept < 0 {
		return o, out
	}
	var n float64
	for _, g := range groups {
		n += float64(g.N)
	}
	for _, g := range groups {
		o.outcome += g.MeanY * float64(g.N) / n
		for a, v := range g.MeanX {
			if a != o.intercept {
				o.mean[a] += v * float64(g.N) / n
			}
		}
	}
	for i, g := range groups {
		out[i].MeanY -= o.outcome
		out[i].MeanX = slices.Clone(g.MeanX)
		for a := range out[i].MeanX {
			out[i].MeanX[a] -= o.mean[a]
		}
	}
	return o, out
}

// originOf is the origin of a design, and the design around it; without an intercept, the design itself.
func originOf(x stats.Design) (origin, stats.Design) {
	o := origin{intercept: slices.Index(x.Terms, stats.Intercept), mean: make([]float64, x.Width())}
	if o.intercept < 0 {
		return o, x
	}
	out := stats.Design{Terms: x.Terms, Columns: slices.Clone(x.Columns)}
	for a, c := range x.Columns {
		if a == o.intercept {
			continue
		}
		for _, v := range c {
			o.mean[a] += v / float64(len(c))
		}
		moved := make([]float64, len(c))
		for i, v := range c {
			moved[i] = v - o.mean[a]
		}
		out.Columns[a] = moved
	}
	return o, out
}

// enter gives coefficients for terms around the origin.
func (o origin) enter(beta []float64) []float64 {
	out := slices.Clone(beta)
	if o.intercept >= 0 {
		out[o.intercept] += dot(o.mean, beta)
	}
	return out
}

// back gives coefficients and their covariance, scale·inverse, for terms at their own origin: the intercept less Σ mean·β.
func (o origin) back(beta []float64, inverse matrix.Symmetric, scale float64) ([]float64, matrix.Symmetric) {
	coef, cov := slices.Clone(beta), inverse.Clone()
	if k := o.intercept; k >= 0 {
		direction := make([]float64, len(beta)) // intercept = directionᵀ·β
		for a := range direction {
			direction[a] = -o.mean[a]
		}
		direction[k] = 1
		coef[k] += o.outcome
		column := inverse.Times(direction)
		for a, b := range beta {
			if a != k {
				coef[k] -= o.mean[a] * b
			}
			cov.Set(a, k, column[a])
		}
		cov.Set(k, k, inverse.Quadratic(direction))
	}
	cov.Scale(scale)
	return coef, cov
}

func wrongSummary(g int, detail string) error {
	return &stats.Error{Problem: stats.Invalid, Variable: "group", Detail: fmt.Sprintf("group %d: %s", g, detail)}
}

func finite(values ...float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
}
