// Package fit maximizes a log-likelihood that is a sum over rows.
//
// A fit is two things: sums over rows at the present coefficients, and a step taken from them. The sums of two sets of rows add up to
// the sums of both, so a study over many hospitals lets each compute its own [Sums], adds them, and takes the very step that a fit
// of one table takes. There is one implementation for both.
package fit

import (
	"fmt"
	"math"

	"consilium/stats"
	"consilium/stats/matrix"
)

// Sums is what a set of rows says about the coefficients at one point. All of it is additive.
type Sums struct {
	Rows        float64          // how many rows, or their weight
	LogLik      float64          // log-likelihood
	Score       []float64        // its first derivatives, one a term
	Information matrix.Symmetric // minus its second derivatives, or their expectation
}

// NewSums is the sums of no rows, for a model with the given number of terms.
func NewSums(terms int) Sums {
	return Sums{Score: make([]float64, terms), Information: matrix.NewSymmetric(terms)}
}

// Add adds the sums of other rows.
func (s *Sums) Add(other Sums) {
	s.Rows += other.Rows
	s.LogLik += other.LogLik
	for i, v := range other.Score {
		s.Score[i] += v
	}
	for i, v := range other.Information.Data {
		s.Information.Data[i] += v
	}
}

// Options bound an iteration.
type Options struct {
	MaxIterations int     // default 100
	Tolerance     float64 // on the expected gain in log-likelihood still to come; default about 1e-16: coefficients were within 1e-8 of their standard error before the last step, which is taken too
}

// Fit is a maximum that was reached.
type Fit struct {
	Terms      []string
	Coef       []float64
	Covariance matrix.Symmetric // inverse of the information at Coef
	Sums       Sums             // at Coef
	Start      Sums             // at the starting point, which most models take as the null model
	Iterations int
}

// SE is the standard error of each coefficient.
func (f *Fit) SE() []float64 {
	se := make([]float64, len(f.Coef))
	for i := range se {
		se[i] = math.Sqrt(f.Covariance.At(i, i))
	}
	return se
}

// Step is one Newton step from the sums at the present coefficients: the change of each coefficient, and the expected gain in log-likelihood
// (half the squared Newton decrement), by which convergence is judged.
func Step(terms []string, at Sums) (change []float64, gain float64, err error) {
	c, dependent, ok := matrix.Factor(at.Information)
	if !ok {
		return nil, 0, &stats.Error{Problem: stats.Collinear, Variable: terms[dependent],
			Detail: "the terms before it determine it, or it does not vary where it could inform", Advice: "Leave it out, or join its levels"}
	}
	change = c.Solve(at.Score)
	for i, d := range change {
		gain += d * at.Score[i] / 2
	}
	if math.IsNaN(gain) || math.IsInf(gain, 0) {
		return nil, 0, &stats.Error{Problem: stats.NotConverged, Detail: "a step is not finite", Advice: "Look for values far outside of the rest"}
	}
	return change, gain, nil
}

// Maximize goes by Newton steps from start, halving a step that does not gain, until no gain is left. sums gives the sums of all rows at
// given coefficients: of one table, of its parts on several processors, or of several hospitals.
func Maximize(terms []string, start []float64, sums func(beta []float64) (Sums, error), o Options) (*Fit, error) {
	if o.MaxIterations == 0 {
		o.MaxIterations = 100
	}
	beta := append([]float64(nil), start...)
	now, err := sums(beta)
	if err != nil {
		return nil, err
	}
	f := &Fit{Terms: terms, Start: now}
	for f.Iterations = 1; f.Iterations <= o.MaxIterations; f.Iterations++ {
		change, gain, err := Step(terms, now)
		if err != nil {
			return nil, err
		}
		if gain <= o.LeastGain(now) {
			return f.end(beta, change, now)
		}
		if beta, now, err = ascend(beta, change, now, sums); err != nil {
			return nil, err
		}
	}
	return nil, &stats.Error{Problem: stats.NotConverged, Detail: fmt.Sprintf("after %d iterations", o.MaxIterations), Advice: "Look for terms that are nearly collinear or that separate the outcome"}
}

// LeastGain is the expected gain that counts as none: below what rounding leaves of a log-likelihood, because near the maximum a gain of 1e-16 is a coefficient off by
// 1e-8 of its standard error.
func (o Options) LeastGain(at Sums) float64 {
	if o.Tolerance > 0 {
		return o.Tolerance
	}
	return 1e-16 * (1 + math.Abs(at.LogLik)*1e-3)
}

// ascend takes the step, or half of it, or a quarter …, so that the log-likelihood does not fall by more than rounding.
func ascend(beta, change []float64, now Sums, sums func([]float64) (Sums, error)) ([]float64, Sums, error) {
	slack := 1e-10 * (1 + math.Abs(now.LogLik))
	next := make([]float64, len(beta))
	for share := 1.0; share > 1e-9; share /= 2 {
		for i := range beta {
			next[i] = beta[i] + share*change[i]
		}
		then, err := sums(next)
		if err != nil {
			return nil, Sums{}, err
		}
		if then.LogLik >= now.LogLik-slack {
			return next, then, nil
		}
	}
	return nil, Sums{}, &stats.Error{Problem: stats.NotConverged, Detail: "no step raises the likelihood", Advice: "Center and scale the variables"}
}

// end takes the last step, which is known anyway; sums and covariance are those before it, where nothing is left to gain.
func (f *Fit) end(beta, change []float64, now Sums) (*Fit, error) {
	for i, d := range change {
		beta[i] += d
	}
	c, _, ok := matrix.Factor(now.Information)
	if !ok { // Step has just factored it
		return nil, &stats.Error{Problem: stats.Collinear}
	}
	f.Coef, f.Covariance, f.Sums = beta, c.Inverse(), now
	return f, nil
}
