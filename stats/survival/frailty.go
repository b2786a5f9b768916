package survival

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
)

// FrailtyModel is a Cox model whose groups have a risk of their own, by which the hazards of all their rows are multiplied: it is drawn from a gamma distribution of mean 1.
type FrailtyModel struct {
	fit.Fit                   // Terms, Coef and Covariance of the covariates, the latter from the full penalized information
	Variance        float64   // θ of the frailties; 0: groups differ no more than chance
	LogFrailty      []float64 // of each group: log of its mean given the data
	SE              []float64 // of it, at the estimated variance
	LogLik          float64   // integrated over the frailties
	LogLikPlain     float64   // of the model without frailties
	Statistic, P    float64   // likelihood-ratio test of θ = 0, whose p is half that of a chi-square with one degree of freedom
	Rows, Events    int
	Groups          int
	LikelihoodAtEnd bool // θ lies at the largest value that is looked at: the groups differ without end
}

const frailtyName = "shared frailty model"

// MostFrailties is how many groups may have a frailty: the information has a row for each, and is inverted whole.
const MostFrailties = 1000

// Frailty fits the shared gamma frailty model: h_ij(t) = z_i·h0(t)·exp(x_ijᵀβ), z of mean 1 and variance θ. For each θ the frailties and coefficients maximize the partial likelihood with the gamma
// penalty, which gives what the EM algorithm gives; θ maximizes the likelihood in which the frailties are integrated out, by the root of its derivative.
//
// group numbers each row's group from 0. The error is of [Cox], and TooLarge for more than [MostFrailties] groups.
// Clayton, Biometrika 65 (1978) 141-151; Klein, Biometrics 48 (1992) 795-806; Therneau, Grambsch and Pankratz, J Comput Graph Stat 12 (2003) 156-175.
func Frailty(t Times, x stats.Design, group []int, o CoxOptions) (*FrailtyModel, error) {
	groups, err := checkFrailty(group, t)
	if err != nil {
		return nil, stats.In(frailtyName, err)
	}
	plainSets, err := NewRiskSets(t, x, o)
	if err != nil {
		return nil, stats.Rename(frailtyName, err)
	}
	plain, err := Cox(plainSets, fit.Options{})
	if err != nil {
		return nil, stats.Rename(frailtyName, err)
	}
	f, err := newFrailty(t, x, group, groups, o)
	if err != nil {
		return nil, stats.Rename(frailtyName, err)
	}
	copy(f.beta, plain.Coef)
	m, err := f.maximize(plain)
	return m, stats.Rename(frailtyName, err)
}

func checkFrailty(group []int, t Times) (int, error) {
	if len(group) != t.Rows() {
		return 0, unequal("group", len(group), t.Rows())
	}
	for i, g := range group {
		if g < 0 || g >= len(group) {
			return 0, &stats.Error{Problem: stats.Invalid, Variable: "group", Detail: fmt.Sprintf("row %d is in group %d; there are %d rows", i+1, g, len(group))}
		}
	}
	groups := slices.Max(append([]int{0}, group...)) + 1
	switch {
	case groups < 2:
		return 0, &stats.Error{Problem: stats.OneLevel, Variable: "group", Detail: "all rows are in one group", Advice: "Fit a Cox model"}
	case groups > MostFrailties:
		return 0, &stats.Error{Problem: stats.TooLarge, Variable: "group", Detail: fmt.Sprintf("%d groups; up to %d may have a frailty", groups, MostFrailties), Advice: "Stratify a Cox model by them, or use robust errors by cluster"}
	}
	return groups, nil
}

// frailty is the model at one θ after another; each starts where the last ended.
type frailty struct {
	sets   *RiskSets
	terms  []string
	p      int
	events []float64 // of each group
	beta   []float64 // of covariates, then log frailties
	last   *fit.Fit
}

// newFrailty makes the rows ready, with a column for each group.
func newFrailty(t Times, x stats.Design, group []int, groups int, o CoxOptions) (*frailty, error) {
	f := &frailty{p: x.Width(), events: make([]float64, groups)}
	all := stats.Design{Terms: slices.Clone(x.Terms), Columns: slices.Clone(x.Columns)}
	for g := range groups {
		column := make([]float64, len(group))
		for i, k := range group {
			if k == g {
				column[i] = 1
				f.events[g] += float64(min(t.Event[i], 1))
			}
		}
		all.Terms, all.Columns = append(all.Terms, fmt.Sprintf("group %d", g+1)), append(all.Columns, column)
	}
	f.terms, f.beta = all.Terms, make([]float64, f.p+groups)
	var err error
	f.sets, err = NewRiskSets(t, all, o)
	return f, err
}

// at fits the model at a precision ν = 1/θ, and gives the integrated log-likelihood and its derivative by ν. With d_i events in a group it is, beside the penalized partial likelihood,
//
//	Σ d_i + ν·log ν - (ν + d_i)·log(ν + d_i) + log Γ(ν + d_i)/Γ(ν)
func (f *frailty) at(precision float64) (logLik, slope float64, err error) {
	penalized := func(beta []float64) (fit.Sums, error) {
		s, err := f.sets.Sums(beta)
		if err != nil {
			return s, err
		}
		for g, b := range beta[f.p:] {
			e := math.Exp(b)
			s.LogLik += precision * (b - e + 1)
			s.Score[f.p+g] += precision * (1 - e)
			s.Information.Row(f.p + g)[0] += precision * e
		}
		return s, nil
	}
	if f.last, err = fit.Maximize(f.terms, f.beta, penalized, fit.Options{}); err != nil {
		return 0, 0, err
	}
	f.beta = slices.Clone(f.last.Coef)
	logLik = f.last.Sums.LogLik
	for g, d := range f.events {
		b := f.beta[f.p+g]
		upper, _ := math.Lgamma(precision + d)
		whole, _ := math.Lgamma(precision)
		logLik += d - precision*math.Log1p(d/precision) - d*math.Log(precision+d) + upper - whole
		slope += b - math.Exp(b) + 1 - math.Log1p(d/precision) + mathext.Digamma(precision+d) - mathext.Digamma(precision)
	}
	return logLik, slope, nil
}

// maximize finds θ: the best of a grid, then the root of the derivative by the logarithm of θ beside it.
func (f *frailty) maximize(plain *CoxModel) (*FrailtyModel, error) {
	m := &FrailtyModel{LogLikPlain: plain.Sums.LogLik, LogLik: plain.Sums.LogLik, Rows: plain.Rows, Events: plain.Events, Groups: len(f.events)}
	var grid []float64
	for e := -3.0; e <= 1.5; e += 0.25 {
		grid = append(grid, math.Pow(10, e))
	}
	best := -1
	for k, theta := range grid {
		value, _, err := f.at(1 / theta)
		if err != nil {
			return nil, err
		}
		if value > m.LogLik {
			best, m.LogLik = k, value
		}
	}
	switch best {
	case -1, 0: // the likelihood falls from 0 on, or so near to it that no data tell
		m.LogLik, m.P = plain.Sums.LogLik, 1
		m.Fit, m.LogFrailty = plain.Fit, make([]float64, len(f.events))
		m.SE = make([]float64, len(f.events))
		return m, nil
	case len(grid) - 1:
		m.LikelihoodAtEnd = true
		m.Variance = grid[best]
	default:
		var err error
		if m.Variance, err = f.root(grid[best-1], grid[best+1]); err != nil {
			return nil, err
		}
	}
	value, _, err := f.at(1 / m.Variance)
	if err != nil {
		return nil, err
	}
	m.LogLik = value
	m.finish(f)
	return m, nil
}

// root finds where the derivative by log θ, above 0 at low and below at high, is 0: halving, and from the middle a secant where that stays within.
func (f *frailty) root(low, high float64) (float64, error) {
	slope := func(logTheta float64) (float64, error) {
		nu := math.Exp(-logTheta)
		_, s, err := f.at(nu)
		return -nu * s, err
	}
	a, b := math.Log(low), math.Log(high)
	fa, err := slope(a)
	if err != nil {
		return 0, err
	}
	fb, err := slope(b)
	if err != nil {
		return 0, err
	}
	for k := range 200 {
		next := (a + b) / 2
		if secant := a - fa*(b-a)/(fb-fa); k%3 > 0 && secant > a && secant < b {
			next = secant
		}
		s, err := slope(next)
		if err != nil {
			return 0, err
		}
		if s > 0 {
			a, fa = next, s
		} else {
			b, fb = next, s
		}
		if b-a < 1e-11 || math.Abs(s) < 1e-11 {
			return math.Exp(next), nil
		}
	}
	return math.Exp((a + b) / 2), nil
}

// finish writes what follows from the fit at the best θ.
func (m *FrailtyModel) finish(f *frailty) {
	m.Statistic = max(0, 2*(m.LogLik-m.LogLikPlain))
	m.P = chiSquare(m.Statistic, 1).P / 2
	m.Terms, m.Coef, m.Start, m.Sums, m.Iterations = f.terms[:f.p:f.p], f.last.Coef[:f.p:f.p], f.last.Start, f.last.Sums, f.last.Iterations
	m.Covariance = matrix.NewSymmetric(f.p)
	for i := range f.p {
		for j := i; j < f.p; j++ {
			m.Covariance.Set(i, j, f.last.Covariance.At(i, j))
		}
	}
	m.LogFrailty = f.last.Coef[f.p:]
	for g := range f.events {
		m.SE = append(m.SE, math.Sqrt(f.last.Covariance.At(f.p+g, f.p+g)))
	}
}
