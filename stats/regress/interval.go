package regress

import (
	"fmt"
	"math"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
	"consilium/stats/tail"
)

// Interval is a confidence interval of one coefficient.
type Interval struct{ Lower, Upper float64 }

// Test is a coefficient over its standard error (or a chi-square, where that is said), and the two-sided p-value.
type Test struct{ Statistic, P float64 }

// WaldTest tests each coefficient against 0 by the normal distribution.
func WaldTest(coef, se []float64) []Test {
	out := make([]Test, len(coef))
	for i := range out {
		z := coef[i] / se[i]
		out[i] = Test{z, tail.TwoSidedNormal(z)}
	}
	return out
}

// WaldInterval is coefficient ± z·se at a confidence level such as 0.95.
func WaldInterval(coef, se []float64, level float64) []Interval {
	return around(coef, se, tail.NormalCritical(level))
}

// FewClusters tests and limits each coefficient by its cluster-robust error and t with one degree of freedom less than there are clusters, since a normal
// distribution finds too much where they are few (Cameron and Miller, Journal of Human Resources 50 (2015) 317–372, section VI). Below ten or so, or with very
// unequal clusters, even that does. With no more clusters than coefficients everything is NaN: the scores of the clusters add up to 0, so that they leave some
// directions without any variance, and errors may come out a fraction of what they are.
func FewClusters(coef, se []float64, clusters int, level float64) ([]Test, []Interval) {
	df := float64(clusters - 1)
	if clusters <= len(coef) {
		df = math.NaN()
	}
	return testsOfT(coef, se, df), around(coef, se, -tail.TQuantile((1-level)/2, df))
}

func testsOfT(coef, se []float64, df float64) []Test {
	out := make([]Test, len(coef))
	for i, b := range coef {
		out[i] = Test{b / se[i], tail.TwoSidedT(b/se[i], df)}
	}
	return out
}

func around(coef, se []float64, crit float64) []Interval {
	out := make([]Interval, len(coef))
	for i := range out {
		out[i] = Interval{coef[i] - crit*se[i], coef[i] + crit*se[i]}
	}
	return out
}

// Profile is the profile-likelihood interval of each coefficient: the values v at which twice the log-likelihood, maximized over the other
// coefficients, falls by the chi-square quantile of one degree of freedom (Venzon and Moolgavkar, Applied Statistics 37 (1988) 87–94).
func (m *Model) Profile(level float64) ([]Interval, error) {
	if err := checkLevel(m.method, level); err != nil {
		return nil, err
	}
	out := make([]Interval, len(m.Coef))
	for j := range out {
		p := m.profile(j)
		var err error
		if out[j], err = p.interval(tail.NormalCritical(level)); err != nil {
			return nil, stats.In(m.method, err)
		}
	}
	return out, nil
}

// profile holds the given term. Others than the intercept do not change when columns are centered.
func (m *Model) profile(term int) profile {
	r := m.rows()
	p := profile{terms: m.Terms, fixed: term, coef: m.Coef, covariance: m.Covariance, top: m.Sums.LogLik, sums: r.sums}
	if c, inner := r.center(); term != c.intercept {
		p.coef, p.covariance, p.sums = c.enter(m.Coef), c.enterCovariance(m.Covariance), inner.sums
	}
	return p
}

func checkLevel(method string, level float64) error {
	if !(level > 0 && level < 1) {
		return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "level", Detail: fmt.Sprintf("a confidence level of %g", level), Advice: "Give one such as 0.95"}
	}
	return nil
}

// profile is a log-likelihood with one coefficient held fixed.
type profile struct {
	terms      []string
	fixed      int
	coef       []float64 // at the maximum
	covariance matrix.Symmetric
	top        float64 // log-likelihood there
	sums       func(beta []float64) (fit.Sums, error)
	options    fit.Options
}

// at maximizes over the other coefficients; slope is the derivative of the maximum by the fixed one.
func (p *profile) at(value float64, start []float64) (loglik, slope float64, beta []float64, err error) {
	full := func(rest []float64) []float64 {
		b := append(append(append([]float64(nil), rest[:p.fixed]...), value), rest[p.fixed:]...)
		return b
	}
	var last fit.Sums
	reduced := func(rest []float64) (fit.Sums, error) {
		s, err := p.sums(full(rest))
		last = s
		return without(s, p.fixed), err
	}
	terms := dropped(p.terms, p.fixed)
	if len(terms) == 0 {
		s, err := p.sums([]float64{value})
		return s.LogLik, s.Score[0], []float64{value}, err
	}
	found, err := fit.Maximize(terms, dropped(start, p.fixed), reduced, p.options)
	if err != nil {
		return 0, 0, nil, err
	}
	return last.LogLik, last.Score[p.fixed], full(found.Coef), nil
}

func (p *profile) interval(z float64) (i Interval, err error) {
	if i.Lower, err = p.limit(-1, z); err == nil {
		i.Upper, err = p.limit(1, z)
	}
	return i, err
}

// limit solves √(2(top-profile)) = z on one side by Newton's method, kept between values known to lie on either side. In that root the
// profile of a regular likelihood is almost a line, so that few steps are needed.
func (p *profile) limit(side, z float64) (float64, error) {
	se := math.Sqrt(p.covariance.At(p.fixed, p.fixed))
	inside, outside := p.coef[p.fixed], math.Inf(int(side))
	value, beta := inside+side*z*se, p.along(p.coef, side*z*se)
	for range 100 {
		loglik, slope, there, err := p.at(value, beta)
		if err != nil {
			return 0, err
		}
		root := math.Sqrt(max(0, 2*(p.top-loglik)))
		if math.Abs(root-z) <= 1e-11*z {
			return value, nil
		}
		if root < z {
			inside = value
		} else {
			outside = value
		}
		next := value + (z-root)*root/-slope
		if !(root > 0) || math.IsNaN(next) || (next-inside)*side <= 0 || (outside-next)*side <= 0 {
			next = bisect(inside, outside, p.coef[p.fixed], side*se)
		}
		if next == value || math.Abs(next-value) <= 1e-14*(math.Abs(value)+se) {
			return next, nil
		}
		value, beta = next, p.along(there, next-value)
	}
	return 0, &stats.Error{Problem: stats.NotConverged, Variable: p.terms[p.fixed], Detail: "the profile likelihood does not reach its limit", Advice: "Use Wald intervals"}
}

// along is where the coefficients go, to first order, when the fixed one moves.
func (p *profile) along(from []float64, move float64) []float64 {
	out := append([]float64(nil), from...)
	for k := range out {
		out[k] += move * p.covariance.At(k, p.fixed) / p.covariance.At(p.fixed, p.fixed)
	}
	return out
}

// bisect is between the two, or farther out while nothing is known to lie outside.
func bisect(inside, outside, center, se float64) float64 {
	if math.IsInf(outside, 0) {
		return inside + max(math.Abs(inside-center), math.Abs(se))*math.Copysign(1, se)
	}
	return (inside + outside) / 2
}

// without is sums of which one term is left out.
func without(s fit.Sums, term int) fit.Sums {
	out := fit.NewSums(len(s.Score) - 1)
	out.Rows, out.LogLik, out.Score = s.Rows, s.LogLik, dropped(s.Score, term)
	for i := range out.Score {
		for j := i; j < len(out.Score); j++ {
			out.Information.Set(i, j, s.Information.At(skip(i, term), skip(j, term)))
		}
	}
	return out
}

func skip(i, term int) int {
	if i >= term {
		return i + 1
	}
	return i
}

func dropped[T any](list []T, i int) []T {
	return append(append([]T(nil), list[:i]...), list[i+1:]...)
}
