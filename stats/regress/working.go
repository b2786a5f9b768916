package regress

import (
	"math"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
)

// Reweighted is the model as iteratively reweighted least squares leaves it behind (McCullagh and Nelder 1989, section 2.5): covariance, leverages and
// robust errors are not of the maximum but of the weights before the last step, where the last step is the one after which the deviance has
// changed by less than epsilon of itself. R's glm and sandwich report these, by default with epsilon 1e-8. They differ from those at the
// maximum from about the fifth digit at 1e-8 and the seventh at 1e-12. They are here for comparisons with R that go so far; nothing else needs them.
func (m *Model) Reweighted(epsilon float64) (*Model, error) {
	r := m.rows()
	covariance, before, err := m.working(r.begin(), r.sums, epsilon)
	if err != nil {
		return nil, stats.In(m.method, err)
	}
	out := *m
	out.Covariance, out.before = covariance, r.means(before)
	return &out, nil
}

// Reweighted is a pooled fit as reweighted least squares leaves it; totals are those that [Pool] returned. See [Model.Reweighted].
func (e *Estimate) Reweighted(ask Asking, totals Totals, epsilon float64) (*Estimate, error) {
	covariance, _, err := e.working(totals.Begin, ask.Sums, epsilon)
	if err != nil {
		return nil, stats.In("pooled regression", err)
	}
	out := *e
	out.Covariance = covariance
	return &out, nil
}

func (e *Estimate) working(begin fit.Sums, sums func(beta []float64) (fit.Sums, error), epsilon float64) (covariance matrix.Symmetric, before []float64, err error) {
	beta, _, err := fit.Step(e.Terms, begin)
	if err != nil {
		return covariance, nil, err
	}
	for range 100 {
		at, err := sums(beta)
		if err != nil {
			return covariance, nil, err
		}
		change, _, err := fit.Step(e.Terms, at)
		if err != nil {
			return covariance, nil, err
		}
		before, beta = beta, added(beta, change)
		next, err := sums(beta)
		if err != nil {
			return covariance, nil, err
		}
		deviance := e.Deviance + 2*(e.Sums.LogLik-next.LogLik)
		if 2*math.Abs(next.LogLik-at.LogLik) < epsilon*(math.Abs(deviance)+0.1) {
			c, _, _ := matrix.Factor(at.Information) // Step has just factored it
			return c.Inverse(), before, nil
		}
	}
	return covariance, nil, &stats.Error{Problem: stats.NotConverged, Detail: "reweighted least squares, after 100 iterations"}
}

func added(a, b []float64) []float64 {
	out := append([]float64(nil), a...)
	for i, v := range b {
		out[i] += v
	}
	return out
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

// ReweightedSETheta is the standard error of θ as R's glm.nb gives it: from the information before the last of Newton's steps from the moment estimate
// Σw/Σw(y/μ-1)², which end with the first that is shorter than the fourth root of the machine's precision.
func (m *NegativeBinomialModel) ReweightedSETheta() float64 {
	r := m.rows()
	var n, squares float64
	for i, mean := range m.Fitted {
		n += r.weight(i)
		squares += r.weight(i) * (m.Y[i]/mean - 1) * (m.Y[i]/mean - 1)
	}
	theta, step, information := n/squares, 1.0, 0.0
	for i := 0; i < 100 && math.Abs(step) > math.Sqrt(math.Sqrt(0x1p-52)); i++ {
		theta = math.Abs(theta)
		score, curvature := r.aboutTheta(m.Fitted, theta)
		information = -curvature
		step = score / information
		theta += step
	}
	return 1 / math.Sqrt(information)
}
