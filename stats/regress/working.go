package regress

import (
	"math"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
)

// WorkingCovariance is the covariance that iteratively reweighted least squares leaves behind (McCullagh and Nelder 1989, section 2.5): the inverse
// information not at the maximum but at the coefficients before the last step, where the last step is the one after which the deviance has
// changed by less than epsilon of itself. R's glm reports this one, by default with epsilon 1e-8. It differs from Covariance, which is that at the
// maximum, from about the fifth digit at 1e-8 and the eighth at 1e-12; it is here for comparisons with R that go so far.
func (m *Model) WorkingCovariance(epsilon float64) (matrix.Symmetric, error) {
	r := m.rows()
	c, err := m.working(r.begin(), r.sums, epsilon)
	return c, stats.In(m.method, err)
}

// WorkingCovariance is that of a pooled fit; totals are those that [Pool] returned. See [Model.WorkingCovariance].
func (e *Estimate) WorkingCovariance(ask Asking, totals Totals, epsilon float64) (matrix.Symmetric, error) {
	c, err := e.working(totals.Begin, ask.Sums, epsilon)
	return c, stats.In("pooled regression", err)
}

func (e *Estimate) working(begin fit.Sums, sums func(beta []float64) (fit.Sums, error), epsilon float64) (matrix.Symmetric, error) {
	beta, _, err := fit.Step(e.Terms, begin)
	if err != nil {
		return matrix.Symmetric{}, err
	}
	for range 100 {
		at, err := sums(beta)
		if err != nil {
			return matrix.Symmetric{}, err
		}
		change, _, err := fit.Step(e.Terms, at)
		if err != nil {
			return matrix.Symmetric{}, err
		}
		for i, d := range change {
			beta[i] += d
		}
		next, err := sums(beta)
		if err != nil {
			return matrix.Symmetric{}, err
		}
		deviance := e.Deviance + 2*(e.Sums.LogLik-next.LogLik)
		if 2*math.Abs(next.LogLik-at.LogLik) < epsilon*(math.Abs(deviance)+0.1) {
			c, _, _ := matrix.Factor(at.Information) // Step has just factored it
			return c.Inverse(), nil
		}
	}
	return matrix.Symmetric{}, &stats.Error{Problem: stats.NotConverged, Detail: "reweighted least squares, after 100 iterations"}
}

// begin is the first weighted least-squares problem, at means near the outcomes themselves: its solution is a step from 0.
func (r *rows) begin() fit.Sums {
	s := fit.NewSums(r.x.Width())
	var response, weight, scaled [blockRows]float64
	for from := 0; from < r.x.Rows(); from += blockRows {
		n := min(blockRows, r.x.Rows()-from)
		for i := range n {
			y, w := r.y[from+i], r.weight(from+i)
			mean := r.first(y, w)
			weight[i] = w * r.variance(mean)
			response[i] = weight[i]*(r.eta(mean)-r.shift(from+i)) + w*(y-mean)
		}
		addCross(&s, r.x.Columns, from, response[:n], weight[:n], scaled[:n])
	}
	return s
}

// first is a mean near the outcome, but inside of its range.
func (binomial) first(y, prior float64) float64 { return (prior*y + 0.5) / (prior + 1) }
func (poisson) first(y, _ float64) float64      { return y + 0.1 }
func (gaussian) first(y, _ float64) float64     { return y }
func (negbin) first(y, _ float64) float64       { return y + 0.1 }
