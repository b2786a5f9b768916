package mixed

import (
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
)

// surface is a log-likelihood with its gradient, over parameters on a scale of about 1. Where the model has no value there, the value is -Inf.
type surface func(par []float64) (value float64, gradient []float64)

// summit is the maximum of a surface.
type summit struct {
	par         []float64
	value       float64
	information matrix.Symmetric // minus the second derivatives
}

// stepOf is how far a central difference of gradients reaches: its error, of the second order, and the rounding of the gradients are both about 1e-9 of the information there.
func stepOf(v float64) float64 { return 1e-4 * max(1, math.Abs(v)) }

// information is minus the matrix of second derivatives, by central differences of the gradient.
func (f surface) information(par []float64) matrix.Symmetric {
	out := matrix.NewSymmetric(len(par))
	columns := make([][]float64, len(par))
	for j, v := range par {
		h, at := stepOf(v), slices.Clone(par)
		at[j] = v + h
		_, above := f(at)
		at[j] = v - h
		_, below := f(at)
		columns[j] = make([]float64, len(par))
		for i := range par {
			columns[j][i] = (below[i] - above[i]) / (2 * h)
		}
	}
	for i := range par {
		for j := i; j < len(par); j++ {
			out.Set(i, j, (columns[j][i]+columns[i][j])/2)
		}
	}
	return out
}

// largestStep is how far one step may go in any parameter.
const largestStep = 2

// climb goes uphill by Newton steps, with the diagonal of the information raised where the surface is not concave; such a point is never the end. The surface is even in some of the parameters
// (see short). stop is asked between steps.
func (f surface) climb(terms []string, start []float64, even []int, stop func() error) (summit, error) {
	par := slices.Clone(start)
	value, gradient := f(par)
	if math.IsInf(value, 0) || math.IsNaN(value) {
		return summit{}, &stats.Error{Problem: stats.NotConverged, Detail: "the likelihood cannot be computed where the search begins", Advice: "Look for values far outside of the rest"}
	}
	for range 200 {
		if stop != nil {
			if err := stop(); err != nil {
				return summit{}, err
			}
		}
		at := fit.Sums{LogLik: value, Score: gradient, Information: f.information(par)}
		change, gain, raised, err := raisedStep(terms, at)
		if err != nil {
			return summit{}, err
		}
		if gain <= 1e-13 {
			if raised {
				return summit{}, &stats.Error{Problem: stats.NotEstimable, Variable: terms[len(terms)-1], Detail: "the likelihood is flat at its maximum: the groups do not vary in all that the model lets vary", Advice: "Leave random slopes out"}
			}
			for i, d := range change {
				par[i] += d
			}
			value, _ = f(par)
			return summit{par, value, at.Information}, nil
		}
		if par, value, gradient, err = f.ascend(par, short(par, change, gradient, even...), value); err != nil {
			return summit{}, err
		}
	}
	return summit{}, &stats.Error{Problem: stats.NotConverged, Detail: "after 200 steps", Advice: "Take fewer terms or random slopes"}
}

// ascend takes the step, or the largest half of a half of it that does not lose.
func (f surface) ascend(from, change []float64, now float64) ([]float64, float64, []float64, error) {
	share := 1.0
	for _, d := range change {
		share = min(share, largestStep/math.Abs(d))
	}
	next := make([]float64, len(from))
	for ; share > 1e-10; share /= 2 {
		for i := range from {
			next[i] = from[i] + share*change[i]
		}
		if value, gradient := f(next); value >= now-1e-11*(1+math.Abs(now)) {
			return next, value, gradient, nil
		}
	}
	return nil, 0, nil, &stats.Error{Problem: stats.NotConverged, Detail: "no step raises the likelihood", Advice: "Take fewer terms or random slopes"}
}

// gradientOf is the gradient of a function by central differences of the fourth order.
func gradientOf(f func([]float64) float64, at []float64) []float64 {
	out := make([]float64, len(at))
	for i, v := range at {
		h, to := 1e-3*max(0.1, math.Abs(v)), slices.Clone(at)
		value := func(x float64) float64 { to[i] = x; return f(to) }
		out[i] = (8*(value(v+h)-value(v-h)) - (value(v+2*h) - value(v-2*h))) / (12 * h)
	}
	return out
}

// hessianOf is the matrix of second derivatives of a function: central differences at two step lengths, extrapolated (Richardson, Phil Trans A 210 (1911) 307-357).
func hessianOf(f func([]float64) float64, at []float64) matrix.Symmetric {
	out := matrix.NewSymmetric(len(at))
	for i := range at {
		for j := i; j < len(at); j++ {
			difference := func(share float64) float64 {
				hi, hj := 0.02*share*max(0.1, math.Abs(at[i])), 0.02*share*max(0.1, math.Abs(at[j]))
				value := func(a, b float64) float64 {
					to := slices.Clone(at)
					to[i] += a * hi
					to[j] += b * hj
					return f(to)
				}
				return (value(1, 1) - value(1, -1) - value(-1, 1) + value(-1, -1)) / (4 * hi * hj)
			}
			out.Set(i, j, (4*difference(0.5)-difference(1))/3)
		}
	}
	return out
}
