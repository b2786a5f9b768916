package mixed

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
	"consilium/stats/regress"
)

// Further families of [Generalized] beside Binomial and Poisson.
const (
	NegativeBinomial Family = "negative_binomial" // counts with variance μ + μ²/θ
	Ordinal          Family = "ordinal"           // grades 0 … K-1: logit P(Y ≤ k) = τ_k - η
)

const generalizedName = "generalized linear mixed model"

// GeneralizedOptions are what a fit may be given.
type GeneralizedOptions struct {
	Family Family
	Offset []float64    // added to the linear predictor of each row; nil for none
	Stop   func() error // asked between steps; nil never stops
}

// GeneralizedModel is a generalized linear model whose intercept and slopes vary between groups.
type GeneralizedModel struct {
	Family     Family
	Terms      []string
	Coef       []float64
	Covariance matrix.Symmetric // of the coefficients, from the full observed information
	Effects    []string
	Random     matrix.Symmetric   // covariance of the random effects
	Modes      [][]float64        // conditional modes of each group's effects
	Spread     []matrix.Symmetric // their covariance given the outcomes, at the estimated parameters
	Size       float64            // θ of a negative binomial; NaN for others
	Thresholds []float64          // τ of an ordinal model
	LogLik     float64            // marginal, by Laplace's approximation
	N, Groups  int
	Singular   bool // some combination of the effects does not vary
	ownSE      []float64
}

// SE is the standard error of each coefficient.
func (m *GeneralizedModel) SE() []float64 {
	return (&fit.Fit{Coef: m.Coef, Covariance: m.Covariance}).SE()
}

// ThresholdSE are the standard errors of the thresholds of an ordinal model.
func (m *GeneralizedModel) ThresholdSE() []float64 { return m.ownSE }

// Generalized fits g(μ_ij) = x_ijᵀβ + b_i0 + z_ijᵀb_i, with normal effects of any covariance, by maximum likelihood with Laplace's approximation and its exact gradient (Breslow and Clayton, JASA 88
// (1993) 9-25; Pinheiro and Chao, J Comput Graph Stat 15 (2006) 58-81). Ordinal: Hedeker and Gibbons, Biometrics 50 (1994) 933-944.
//
// y has one value a row: 0 or 1, a count, or a grade from 0 without gaps. x has an intercept, but for Ordinal, whose thresholds take its place. It returns a *stats.Error and no model for a
// collinear term, outcomes that are not of the family, counts that vary no more than Poisson's under NegativeBinomial, and effects whose covariance is not determined.
func Generalized(y []float64, x stats.Design, e Effects, o GeneralizedOptions) (*GeneralizedModel, error) {
	if err := x.Check(generalizedName, y); err != nil {
		return nil, err
	}
	if err := e.check(generalizedName, len(y)); err != nil {
		return nil, err
	}
	sx, sz := scale(x), scale(stats.NewDesign(e.Slopes.Terms, e.Slopes.Columns, len(y)))
	lik := newMarginal(y, sx.x, sz.x, e.Group, o.Offset)
	beta, own, err := lik.begin(y, sx.x, o)
	if err != nil {
		return nil, stats.In(generalizedName, err)
	}
	start, terms := slices.Clone(beta), slices.Clone(x.Terms)
	even := diagonal(len(beta), lik.q)
	for i := range lik.q {
		for j := range i + 1 {
			start = append(start, map[bool]float64{true: 0.5, false: 0}[i == j])
		}
	}
	terms = append(terms, triangleNames(lik.q)...)
	for k := range own {
		terms = append(terms, fmt.Sprintf("%s %d", map[Family]string{NegativeBinomial: "size", Ordinal: "threshold"}[o.Family], k+1))
	}
	top, err := surface(lik.at).climb(terms, append(start, own...), even, o.Stop)
	if err != nil {
		return nil, stats.In(generalizedName, lik.explain(err, o.Family))
	}
	m := &GeneralizedModel{Family: o.Family, Terms: x.Terms, Effects: e.Names(), LogLik: top.value, N: len(y), Groups: len(lik.clusters), Size: math.NaN()}
	return m, stats.In(generalizedName, m.finish(lik, top, sx, sz))
}

// begin sets the density and gives starting values: those of the model without random effects.
func (m *marginal) begin(y []float64, x stats.Design, o GeneralizedOptions) (beta, own []float64, err error) {
	options := regress.Options{Offset: o.Offset}
	switch o.Family {
	case Binomial:
		m.density = bernoulli{}
		if err := checkBinary(y); err != nil {
			return nil, nil, err
		}
		plain, err := regress.Logistic(y, x, options)
		if err != nil {
			return nil, nil, err
		}
		return plain.Coef, nil, nil
	case Poisson, NegativeBinomial:
		m.density = poissonCount{}
		plain, err := regress.Poisson(y, x, options)
		if err != nil {
			return nil, nil, err
		}
		if o.Family == NegativeBinomial {
			m.density, m.own, own = negativeBinomial{1}, 1, []float64{math.Log(2)}
		}
		return plain.Coef, own, nil
	case Ordinal:
		own, err = cuts(y)
		m.density, m.own = cumulative{own}, len(own)
		return make([]float64, x.Width()), own, err
	}
	return nil, nil, &stats.Error{Problem: stats.Unsupported, Variable: "family", Detail: fmt.Sprintf("there is no family %q", o.Family)}
}

// cuts are the logits of the shares at or below each grade but the last.
func cuts(y []float64) ([]float64, error) {
	top := int(slices.Max(y))
	count := make([]float64, top+1)
	for i, v := range y {
		if v < 0 || v != math.Trunc(v) || v > 1000 {
			return nil, &stats.Error{Problem: stats.Invalid, Variable: "outcome", Detail: fmt.Sprintf("row %d is %g, not a grade", i+1, v)}
		}
		count[int(v)]++
	}
	if top == 0 {
		return nil, &stats.Error{Problem: stats.OneLevel, Variable: "outcome", Detail: "all rows have one grade"}
	}
	var out []float64
	below := 0.0
	for k, n := range count {
		if n == 0 {
			return nil, &stats.Error{Problem: stats.EmptyStratum, Variable: "outcome", Detail: fmt.Sprintf("nobody has grade %d", k+1), Advice: "Leave the grade out, or join it with a neighbor"}
		}
		if below += n; k < top {
			out = append(out, math.Log(below/(float64(len(y))-below)))
		}
	}
	return out, nil
}

// explain says what a search without end means for the family.
func (m *marginal) explain(err error, family Family) error {
	var e *stats.Error
	if family != NegativeBinomial || !errors.As(err, &e) {
		return err
	}
	return &stats.Error{Problem: e.Problem, Variable: e.Variable, Detail: e.Detail, Advice: "Where counts vary no more than Poisson's, θ has no end: take the family poisson. Else leave random slopes out"}
}

// finish writes what follows from the summit.
func (m *GeneralizedModel) finish(lik *marginal, top summit, sx, sz scaled) error {
	p, cut := lik.p, lik.p+triangle(lik.q)
	c, dependent, ok := matrix.Factor(top.information)
	if !ok {
		return &stats.Error{Problem: stats.NotEstimable, Variable: append(slices.Clone(m.Terms), triangleNames(len(top.par))...)[dependent], Detail: "the likelihood is flat at its maximum", Advice: "Take fewer terms or random slopes"}
	}
	full := c.Inverse()
	moved := 0
	if m.Family == Ordinal {
		moved = lik.own
	}
	back := sx.back(moved)
	linear, covariance := slices.Clone(top.par[:p]), matrix.NewSymmetric(p+moved) // β and the thresholds, which move together
	linear = append(linear, top.par[cut:cut+moved]...)
	place := func(i int) int {
		if i < p {
			return i
		}
		return cut + i - p
	}
	for i := range covariance.N {
		for j := i; j < covariance.N; j++ {
			covariance.Set(i, j, full.At(place(i), place(j)))
		}
	}
	linear, covariance = times(back, linear), conjugate(back, covariance)
	m.Coef, m.Thresholds, m.Covariance = linear[:p:p], linear[p:], block(covariance, p)
	for k := range moved {
		m.ownSE = append(m.ownSE, math.Sqrt(covariance.At(p+k, p+k)))
	}
	if m.Family == NegativeBinomial {
		m.Size = math.Exp(top.par[cut])
	}
	m.groups(lik, top.par, sz.back(0))
	return nil
}

// groups are the effects of each group and their covariance.
func (m *GeneralizedModel) groups(lik *marginal, par []float64, back [][]float64) {
	cut := lik.p + triangle(lik.q)
	lambda := lower(par[lik.p:cut], lik.q)
	m.Random = spread(back, lambda, identity(lik.q))
	for i := range lik.q {
		m.Singular = m.Singular || math.Abs(lambda[i][i]) < 1e-5
	}
	d, _ := lik.density.with(par[cut:])
	w := &working{marginal: lik, d: d, beta: par[:lik.p], lambda: lambda}
	for _, c := range lik.clusters {
		w.load(c)
		w.settle(c)
		m.Modes = append(m.Modes, times(back, times(lambda, w.u)))
		m.Spread = append(m.Spread, spread(back, lambda, w.middle.Inverse()))
	}
}
