package causal

import (
	"math"

	"consilium/stats"
	"consilium/stats/tail"
)

// Weighted is a comparison of the weighted means of an outcome. Its standard errors take the weights as known; see [Stacked] for
// those that know that the propensities were estimated.
type Weighted struct {
	SumTreated, SumUntreated   float64 // of the weights
	ESSTreated, ESSUntreated   float64 // effective sample size (Σw)²/Σw²
	MeanTreated, MeanUntreated float64
	Difference, SEHC0, SEHC1   float64
	Binary                     bool    // the outcome is 0/1, so that there is an odds ratio
	LogOR, SELogOR             float64 // NaN unless Binary and both means within (0, 1)
}

// Compare compares the weighted means of an outcome, one value and one weight ≥ 0 a row: the weighted regression on the treatment, with
// sandwich standard errors (HC1 = HC0·sqrt(n/(n-2)) over n rows of positive weight). For an outcome of 0 and 1 also the weighted logistic regression.
// Fewer than three weighted rows are a TooFewRows error.
// Source: Huber 1967 and White, Econometrica 48 (1980) 817–838; effective sample size: Kish, Survey Sampling, 1965.
func Compare(a Arms, y, w []float64) (*Weighted, error) {
	const method = "weighted comparison"
	if err := a.check(method, "outcome", y); err != nil {
		return nil, err
	}
	if err := checkWeights(method, a, w); err != nil {
		return nil, err
	}
	c := &Weighted{Binary: binary(y), LogOR: math.NaN(), SELogOR: math.NaN()}
	c.MeanTreated, c.MeanUntreated = a.means(y, w)
	c.Difference = c.MeanTreated - c.MeanUntreated
	var sum, squares, residual [2]float64 // Σw, Σw², Σw²r² of the untreated, of the treated
	n := 0
	for i, v := range w {
		arm, r := 0, y[i]-c.MeanUntreated
		if a.Treated[i] {
			arm, r = 1, y[i]-c.MeanTreated
		}
		sum[arm] += v
		squares[arm] += v * v
		residual[arm] += v * v * r * r
		if v > 0 {
			n++
		}
	}
	if n < 3 {
		return nil, &stats.Error{Method: method, Problem: stats.TooFewRows, Variable: a.Name, Detail: "fewer than three rows have weight"}
	}
	c.SumTreated, c.SumUntreated = sum[1], sum[0]
	c.ESSTreated, c.ESSUntreated = sum[1]*sum[1]/squares[1], sum[0]*sum[0]/squares[0]
	v1, v0 := residual[1]/(sum[1]*sum[1]), residual[0]/(sum[0]*sum[0]) // variances of the means
	c.SEHC0 = math.Sqrt(v1 + v0)
	c.SEHC1 = c.SEHC0 * math.Sqrt(float64(n)/float64(n-2))
	if c.Binary {
		c.oddsRatio(v1, v0)
	}
	return c, nil
}

// oddsRatio is the logistic regression on the treatment alone: it reproduces the means, so its coefficient is their difference in logits and its sandwich
// variance that of the means by the delta method.
func (c *Weighted) oddsRatio(v1, v0 float64) {
	p1, p0 := c.MeanTreated, c.MeanUntreated
	if p1 <= 0 || p1 >= 1 || p0 <= 0 || p0 >= 1 {
		return
	}
	c.LogOR = math.Log(p1/(1-p1)) - math.Log(p0/(1-p0))
	d1, d0 := 1/(p1*(1-p1)), 1/(p0*(1-p0))
	c.SELogOR = math.Sqrt(v1*d1*d1 + v0*d0*d0)
}

// Effect is a pair of mean outcomes, as if all of the target population had, or had not, had the treatment.
type Effect struct {
	MeanTreated, MeanUntreated     float64
	SETreated, SEUntreated         float64
	Difference, SE                 float64
	LogRatio, SELogRatio           float64 // log of MeanTreated/MeanUntreated; NaN unless both are positive
	InfluenceTreated, InfluenceNot []float64
}

// effect sums influence values, one a row, to standard errors: sqrt(ΣIF²)/n.
func effect(m1, m0 float64, if1, if0 []float64) *Effect {
	e := &Effect{MeanTreated: m1, MeanUntreated: m0, Difference: m1 - m0, LogRatio: math.NaN(), SELogRatio: math.NaN(), InfluenceTreated: if1, InfluenceNot: if0}
	var s1, s0, s, ratio float64
	for i, f1 := range if1 {
		f0 := if0[i]
		s1 += f1 * f1
		s0 += f0 * f0
		s += (f1 - f0) * (f1 - f0)
		ratio += (f1/m1 - f0/m0) * (f1/m1 - f0/m0)
	}
	n := float64(len(if1))
	e.SETreated, e.SEUntreated, e.SE = math.Sqrt(s1)/n, math.Sqrt(s0)/n, math.Sqrt(s)/n
	if m1 > 0 && m0 > 0 {
		e.LogRatio, e.SELogRatio = math.Log(m1/m0), math.Sqrt(ratio)/n
	}
	return e
}

// Interval is the confidence interval of the difference; level 0.95 for 95 %.
func (e *Effect) Interval(level float64) [2]float64 {
	half := tail.NormalCritical(level) * e.SE
	return [2]float64{e.Difference - half, e.Difference + half}
}

// Stacked is the weighted comparison with standard errors that take into account that the propensities were estimated: the
// equations of the score, of both means and of their weights are solved together (M-estimation). For everybody (ATE) these errors are mostly smaller than [Compare]'s.
// Source: Lunceford and Davidian, Statistics in Medicine 23 (2004) 2937–2960, section 3; Stefanski and Boos, American Statistician 56 (2002) 29–38.
func Stacked(a Arms, y []float64, s *Score, target Target) (*Effect, error) {
	if err := a.check("weighted comparison", "outcome", y); err != nil {
		return nil, err
	}
	if s == nil || s.Model == nil || s.Model.X.Rows() != len(y) {
		return nil, &stats.Error{Method: "weighted comparison", Problem: stats.Invalid, Variable: a.Name, Detail: "the propensity score is not a model of these rows", Advice: "Fit it with Propensity"}
	}
	w, slope, err := weigh(a, s.Probability, target)
	if err != nil {
		return nil, err
	}
	m1, m0 := a.means(y, w)
	q1, q0 := s.project(a, y, slope, m1, true), s.project(a, y, slope, m0, false)
	var w1, w0 float64 // mean weight of each arm, over all rows
	for i, v := range w {
		if a.Treated[i] {
			w1 += v
		} else {
			w0 += v
		}
	}
	n := float64(len(y))
	w1, w0 = w1/n, w0/n
	if1, if0 := make([]float64, len(y)), make([]float64, len(y))
	for i := range y {
		if a.Treated[i] {
			if1[i] = (w[i]*(y[i]-m1) + q1[i]) / w1
			if0[i] = q0[i] / w0
		} else {
			if1[i] = q1[i] / w1
			if0[i] = (w[i]*(y[i]-m0) + q0[i]) / w0
		}
	}
	return effect(m1, m0, if1, if0), nil
}

// project is what each row, by its part in estimating the score, adds to the equation of one arm's mean m: cᵀ·I⁻¹·S_i with
// c the mean derivative of that equation by the coefficients, I the mean information, and S_i = x_i(t_i-e_i).
func (s *Score) project(a Arms, y, slope []float64, m float64, treated bool) []float64 {
	x := s.Model.X
	c := make([]float64, x.Width())
	for j, column := range x.Columns {
		for i, v := range column {
			if a.Treated[i] == treated {
				c[j] += slope[i] * (y[i] - m) * v
			}
		}
	}
	q := x.Times(s.Model.Covariance.Times(c)) // the n of both means cancel
	for i := range q {
		if a.Treated[i] {
			q[i] *= 1 - s.Probability[i]
		} else {
			q[i] *= -s.Probability[i]
		}
	}
	return q
}

func binary(y []float64) bool {
	for _, v := range y {
		if v != 0 && v != 1 {
			return false
		}
	}
	return true
}
