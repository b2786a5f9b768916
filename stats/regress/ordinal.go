package regress

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
	"consilium/stats/tail"
)

const ordinalMethod = "ordinal logistic regression"

// OrdinalModel is a proportional-odds model of an outcome with ordered categories: logit P(Y ≤ j) = θ_j − x·β, so that a coefficient above 0 goes with higher
// categories, and exp(β) is the odds ratio of lying above any cut between categories. Terms are first the thresholds, named "2|3", then those of the design.
type OrdinalModel struct {
	fit.Fit
	Categories int
	N          int
	Design     stats.Design // without an intercept
	y          []int
}

// Thresholds are θ_1 … θ_(K−1).
func (m *OrdinalModel) Thresholds() []float64 { return m.Coef[:m.Categories-1] }

// Slopes are β and its covariance.
func (m *OrdinalModel) Slopes() (terms []string, coef []float64, covariance matrix.Symmetric) {
	k, p := m.Categories-1, m.Design.Width()
	covariance = matrix.NewSymmetric(p)
	for i := range p {
		for j := i; j < p; j++ {
			covariance.Set(i, j, m.Covariance.At(k+i, k+j))
		}
	}
	return m.Terms[k:], m.Coef[k:], covariance
}

// Ordinal fits the proportional-odds model by maximum likelihood; its covariance is the inverse of the observed information. y has the category of each row, from 0
// without gaps; labels are their names. x is n×p, without an intercept, which the thresholds take the place of.
//
// It returns OneLevel for fewer than two categories, EmptyStratum for a category that nobody has, Collinear for terms that others determine, and NotConverged or
// Separation where no finite maximum exists.
// McCullagh, JRSS B 42 (1980) 109-142; Walker and Duncan, Biometrika 54 (1967) 167-179.
func Ordinal(y []int, labels []string, x stats.Design, o fit.Options) (*OrdinalModel, error) {
	m, err := ordinal(y, labels, x, nil, o)
	return m, stats.Rename(ordinalMethod, err)
}

// NonProportional is the likelihood-ratio test that the given terms of the model act alike at each cut between categories, against a model in which each cut has its
// own coefficients for them (Peterson and Harrell, Applied Statistics 39 (1990) 205-217). Where the freer model has no maximum, it is an error.
func (m *OrdinalModel) NonProportional(terms ...string) (statistic float64, df int, p float64, err error) {
	if m.Categories < 3 {
		return 0, 0, 0, &stats.Error{Method: ordinalMethod, Problem: stats.NotEstimable, Detail: "with two categories there is one cut, and nothing to differ"}
	}
	labels := make([]string, m.Categories)
	for i := range labels {
		labels[i] = fmt.Sprint(i)
	}
	free, err := ordinal(m.y, labels, m.Design, terms, fit.Options{Tolerance: 1e-12})
	if err != nil {
		return 0, 0, 0, stats.Rename("test of proportional odds", err)
	}
	statistic, df = max(0, 2*(free.Sums.LogLik-m.Sums.LogLik)), len(terms)*(m.Categories-2)
	return statistic, df, tail.ChiSquareUpper(statistic, float64(df)), nil
}

// cumulative is a model of cumulative logits: each threshold has an intercept and, for the columns of free, slopes of its own; the columns of common act alike on all.
type cumulative struct {
	y            []int
	cuts         int
	free, common [][]float64
}

func ordinal(y []int, labels []string, x stats.Design, freed []string, o fit.Options) (*OrdinalModel, error) {
	if err := checkCategories(y, labels, x); err != nil {
		return nil, err
	}
	c := cumulative{y: y, cuts: len(labels) - 1}
	terms := make([]string, 0, c.cuts+x.Width())
	for j := range c.cuts {
		terms = append(terms, labels[j]+"|"+labels[j+1])
	}
	var slopes []string
	for j, term := range x.Terms {
		if slices.Contains(freed, term) {
			c.free = append(c.free, x.Columns[j])
		} else {
			c.common = append(c.common, x.Columns[j])
			slopes = append(slopes, term)
		}
	}
	for range c.free {
		for j := range c.cuts {
			terms = append(terms, labels[j]+"|"+labels[j+1]+":free")
		}
	}
	terms = append(terms, slopes...)
	start := make([]float64, len(terms))
	copy(start, c.shares())
	f, err := fit.Maximize(terms, start, c.sums, o)
	if err != nil {
		return nil, err
	}
	for i, se := range f.SE()[c.cuts:] {
		if i < len(f.Coef)-c.cuts && se > 1e4*(1+math.Abs(f.Coef[c.cuts+i])) {
			return nil, &stats.Error{Problem: stats.Separation, Variable: terms[c.cuts+i], Detail: "it predicts categories without fault", Advice: "Join categories or levels"}
		}
	}
	return &OrdinalModel{Fit: *f, Categories: len(labels), N: len(y), Design: x, y: y}, nil
}

func checkCategories(y []int, labels []string, x stats.Design) error {
	if len(labels) < 2 {
		return &stats.Error{Problem: stats.OneLevel, Variable: Outcome, Detail: "there are fewer than two categories"}
	}
	if len(y) != x.Rows() && x.Width() > 0 {
		return &stats.Error{Problem: stats.Invalid, Variable: Outcome, Detail: fmt.Sprintf("%d values for %d rows", len(y), x.Rows())}
	}
	if err := x.Check(ordinalMethod); err != nil {
		return err
	}
	seen := make([]bool, len(labels))
	for i, k := range y {
		if k < 0 || k >= len(labels) {
			return &stats.Error{Problem: stats.Invalid, Variable: Outcome, Detail: fmt.Sprintf("row %d has category %d of %d", i+1, k, len(labels))}
		}
		seen[k] = true
	}
	if k := slices.Index(seen, false); k >= 0 {
		return &stats.Error{Problem: stats.EmptyStratum, Variable: Outcome, Detail: fmt.Sprintf("nobody has the category %s", labels[k]), Advice: "Leave it out of the order"}
	}
	return nil
}

// shares are the logits of the cumulative shares of the categories: the maximum without any term.
func (c cumulative) shares() []float64 {
	counts := make([]float64, c.cuts+1)
	for _, k := range c.y {
		counts[k]++
	}
	out, below := make([]float64, c.cuts), 0.0
	for j := range out {
		below += counts[j]
		out[j] = math.Log(below / (float64(len(c.y)) - below))
	}
	return out
}

// width is the number of parameters.
func (c cumulative) width() int { return c.cuts*(1+len(c.free)) + len(c.common) }

// sums are likelihood, score and observed information at the parameters, over all rows.
func (c cumulative) sums(beta []float64) (fit.Sums, error) {
	const block = 4096
	parts := make([]fit.Sums, (len(c.y)+block-1)/block)
	fit.InParallel(len(parts), func(k int) {
		parts[k] = fit.NewSums(c.width())
		for i := k * block; i < min(len(c.y), (k+1)*block); i++ {
			c.add(&parts[k], beta, i)
		}
	})
	total := fit.NewSums(c.width())
	for _, p := range parts {
		total.Add(p)
	}
	return total, nil
}

// add adds row i: with a and b the logits of the cuts above and below its category, its likelihood is F(a) − F(b).
func (c cumulative) add(s *fit.Sums, beta []float64, i int) {
	a, b := c.logit(beta, i, c.y[i]), c.logit(beta, i, c.y[i]-1)
	pa, pb := 1/(1+math.Exp(-a)), 1/(1+math.Exp(-b))
	share := pa - pb
	if b > 0 { // both near 1: the difference of what is above keeps its digits
		share = 1/(1+math.Exp(b)) - 1/(1+math.Exp(a))
	}
	s.Rows++
	if !(share > 0) {
		s.LogLik = math.Inf(-1)
		return
	}
	s.LogLik += math.Log(share)
	fa, fb := pa*(1-pa), pb*(1-pb)
	da, db := fa/share, -fb/share
	daa, dbb, dab := fa*(1-2*pa)/share-da*da, -fb*(1-2*pb)/share-db*db, -da*db
	za, zb := c.direction(i, c.y[i]), c.direction(i, c.y[i]-1)
	for _, u := range za {
		s.Score[u.at] += da * u.value
	}
	for _, u := range zb {
		s.Score[u.at] += db * u.value
	}
	c.outer(s, za, za, -daa/2)
	c.outer(s, zb, zb, -dbb/2)
	c.outer(s, za, zb, -dab)
}

// outer adds weight·(u·vᵀ + v·uᵀ) to the information.
func (c cumulative) outer(s *fit.Sums, u, v []component, weight float64) {
	if weight == 0 {
		return
	}
	for _, p := range u {
		for _, q := range v {
			value := weight * p.value * q.value
			switch {
			case p.at == q.at:
				s.Information.Row(p.at)[0] += 2 * value
			case p.at < q.at:
				s.Information.Row(p.at)[q.at-p.at] += value
			default:
				s.Information.Row(q.at)[p.at-q.at] += value
			}
		}
	}
}

// component is an element of a vector most of which is 0.
type component struct {
	at    int
	value float64
}

// direction is the derivative of the logit of a cut, for row i, by the parameters; empty for the cuts beyond all categories.
func (c cumulative) direction(i, cut int) []component {
	if cut < 0 || cut >= c.cuts {
		return nil
	}
	out := make([]component, 0, 1+len(c.free)+len(c.common))
	out = append(out, component{cut, 1})
	for f, column := range c.free {
		out = append(out, component{c.cuts*(1+f) + cut, -column[i]})
	}
	base := c.cuts * (1 + len(c.free))
	for j, column := range c.common {
		out = append(out, component{base + j, -column[i]})
	}
	return out
}

func (c cumulative) logit(beta []float64, i, cut int) float64 {
	switch {
	case cut < 0:
		return math.Inf(-1)
	case cut >= c.cuts:
		return math.Inf(1)
	}
	sum := 0.0
	for _, u := range c.direction(i, cut) {
		sum += u.value * beta[u.at]
	}
	return sum
}

// LikelihoodRatio is the test of all slopes together.
func (m *OrdinalModel) LikelihoodRatio() (statistic float64, df int, p float64) {
	statistic, df = 2*(m.Sums.LogLik-m.Start.LogLik), m.Design.Width()
	return statistic, df, tail.ChiSquareUpper(statistic, float64(df))
}

// AIC is −2·log-likelihood plus twice the number of parameters.
func (m *OrdinalModel) AIC() float64 { return -2*m.Sums.LogLik + 2*float64(len(m.Coef)) }
