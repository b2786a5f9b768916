package regress

import (
	"math"

	"gonum.org/v1/gonum/mathext"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
)

// NegativeBinomialModel is a fit of counts that vary more than Poisson's. What it has of [Model] (profile limits, robust errors) holds θ where it was found.
type NegativeBinomialModel struct {
	Model           // its covariance is from the expected information at Theta; NullDeviance is not computed (NaN)
	Theta   float64 // shape: the variance is μ + μ²/θ
	SETheta float64 // from the observed information about θ, with the means held
}

// NegativeBinomial fits counts by the log-linear negative binomial model with variance μ+μ²/θ (NB2), by maximum likelihood for coefficients and θ
// together (Lawless, Canadian Journal of Statistics 15 (1987) 209–225; Venables and Ripley, Modern Applied Statistics with S, 4th ed. 2002, section 7.4).
//
// Arguments are as those of [Poisson]. For given θ the coefficients are found by Newton steps, and θ is where the slope of that profile is 0.
// Counts that vary no more than Poisson's have no finite θ: it returns a *stats.Error ([stats.NotEstimable]) that advises [Poisson].
func NegativeBinomial(y []float64, x stats.Design, o Options) (*NegativeBinomialModel, error) {
	const method = "negative binomial regression"
	p, err := Poisson(y, x, o)
	if err != nil {
		return nil, stats.Rename(method, err)
	}
	n := &shapes{rows: *p.rows(), beta: p.Coef, options: o.Options}
	theta, err := n.solve(n.moment(p.Fitted))
	if err != nil {
		return nil, stats.In(method, err)
	}
	return n.model(method, theta)
}

// shapes looks for θ; beta are the coefficients at the last one tried.
type shapes struct {
	rows
	beta    []float64
	found   *fit.Fit
	options fit.Options
}

// moment is a first guess, from the sum of squared residuals.
func (n *shapes) moment(means []float64) float64 {
	var excess, squares float64
	for i, m := range means {
		w := n.weight(i)
		excess += w * ((n.y[i]-m)*(n.y[i]-m) - m)
		squares += w * m * m
	}
	if excess <= 0 {
		return 100
	}
	return squares / excess
}

// slope is the derivative of the profile log-likelihood by log θ.
func (n *shapes) slope(logTheta float64) (float64, error) {
	theta := math.Exp(logTheta)
	n.family = negbin{theta}
	found, err := fit.Maximize(n.x.Terms, n.beta, n.sums, n.options)
	if err != nil {
		return 0, err
	}
	n.found, n.beta = found, found.Coef
	score, _ := n.aboutTheta(n.means(n.beta), theta)
	return score * theta, nil
}

// aboutTheta is the first and second derivative of the log-likelihood by θ at given means.
func (r *rows) aboutTheta(means []float64, theta float64) (first, second float64) {
	for i, m := range means {
		a, b := aboutTheta(r.y[i], m, theta)
		first += r.weight(i) * a
		second += r.weight(i) * b
	}
	return first, second
}

const mostTheta = 18 // logarithm; at 6e7 a count of 1000 varies like Poisson's to 2 in 100,000

// solve brackets the root of the slope, then narrows by the Illinois rule (Dowell and Jarratt, BIT 11 (1971) 168–174).
func (n *shapes) solve(guess float64) (float64, error) {
	a := min(max(math.Log(guess), -mostTheta), mostTheta-1)
	fa, err := n.slope(a)
	if err != nil {
		return 0, err
	}
	b, fb := a, fa
	for step := math.Copysign(0.5, fa); fb*fa > 0; step *= 2 {
		a, fa = b, fb
		if b += step; math.Abs(b) > mostTheta {
			return 0, &stats.Error{Problem: stats.NotEstimable, Variable: "theta", Detail: "the counts vary no more than Poisson's", Advice: "Use Poisson regression, with robust errors if in doubt"}
		}
		if fb, err = n.slope(b); err != nil {
			return 0, err
		}
	}
	return n.narrow(a, b, fa, fb)
}

func (n *shapes) narrow(a, b, fa, fb float64) (float64, error) {
	for range 200 {
		c := (a*fb - b*fa) / (fb - fa)
		if fb == 0 || math.Abs(b-a) < 1e-13 || c == a || c == b {
			return math.Exp(b), nil
		}
		fc, err := n.slope(c)
		if err != nil {
			return 0, err
		}
		switch {
		case fc == 0:
			return math.Exp(c), nil
		case math.Abs(c-b) < 1e-12*(1+math.Abs(c)):
			return math.Exp(c), nil
		case fc*fb < 0:
			a, fa = b, fb
		default:
			fa /= 2
		}
		b, fb = c, fc
	}
	return 0, &stats.Error{Problem: stats.NotConverged, Variable: "theta", Detail: "after 200 trials"}
}

func (n *shapes) model(method string, theta float64) (*NegativeBinomialModel, error) {
	if _, err := n.slope(math.Log(theta)); err != nil {
		return nil, stats.In(method, err)
	}
	f := negbin{theta}
	m := Model{Estimate: Estimate{Fit: *n.found}, X: n.x, Y: n.y, Offset: n.offset, Weights: n.prior, family: f, method: method}
	m.complete(&n.rows, constant{})
	m.NullDeviance = math.NaN()
	expected := n.cross(func(i int) float64 {
		_, weight := f.expected(n.y[i], m.Fitted[i])
		return n.weight(i) * weight
	})
	c, dependent, ok := matrix.Factor(expected)
	if !ok {
		return nil, &stats.Error{Method: method, Problem: stats.Collinear, Variable: n.x.Terms[dependent]}
	}
	m.Covariance = c.Inverse()
	_, curvature := n.aboutTheta(m.Fitted, theta)
	out := &NegativeBinomialModel{Model: m, Theta: theta, SETheta: 1 / math.Sqrt(-curvature)}
	if err := reached(m.Coef, m.SE(), []float64{m.LogLik, m.Deviance, theta, out.SETheta}); err != nil {
		return nil, stats.In(method, err)
	}
	return out, nil
}

// AIC counts θ as a parameter.
func (m *NegativeBinomialModel) AIC() float64 { return m.Model.AIC() + 2 }

// BIC counts θ as a parameter.
func (m *NegativeBinomialModel) BIC() float64 { return m.Model.BIC() + math.Log(float64(m.N)) }

// aboutTheta is the first and second derivative by θ of the log-likelihood of one count, at a given mean.
func aboutTheta(y, mean, theta float64) (first, second float64) {
	first = -math.Log1p(mean/theta) + (mean-y)/(theta+mean)
	second = 1/theta - 2/(theta+mean) + (y+theta)/((theta+mean)*(theta+mean))
	if y == math.Trunc(y) && y <= 64 { // ψ(θ+y)-ψ(θ) term by term: no difference of near numbers
		for k := 0.0; k < y; k++ {
			first += 1 / (theta + k)
			second -= 1 / ((theta + k) * (theta + k))
		}
		return first, second
	}
	first += mathext.Digamma(theta+y) - mathext.Digamma(theta)
	second += mathext.Zeta(2, theta+y) - mathext.Zeta(2, theta)
	return first, second
}

// negbin is the NB2 family at a given shape, with log link. The link is not canonical: block gives residual and weight as first and minus
// second derivative by η.
type negbin struct{ theta float64 }

func (f negbin) block(eta, y, prior, residual, weight []float64) (loglik float64) {
	for i, h := range eta {
		mean, w := math.Exp(h), 1.0
		if prior != nil {
			w = prior[i]
		}
		over := 1 + mean/f.theta
		loglik += w * (y[i]*(h-math.Log(over)) - f.theta*math.Log1p(mean/f.theta))
		residual[i] = w * (y[i] - mean) / over
		weight[i] = w * mean * (1 + y[i]/f.theta) / (over * over)
	}
	return loglik
}

func (negbin) mean(eta float64) float64             { return math.Exp(eta) }
func (negbin) eta(mean float64) float64             { return math.Log(mean) }
func (f negbin) variance(mean float64) float64      { return mean + mean*mean/f.theta }
func (negbin) certain(y, mean float64) bool         { return poisson{}.certain(y, mean) }
func (negbin) kinds(y float64) [2]bool              { return poisson{}.kinds(y) }
func (negbin) apart(lo, hi [2]float64) string       { return poisson{}.apart(lo, hi) }
func (negbin) remedy() string                       { return poisson{}.remedy() }
func (negbin) check(m string, y, w []float64) error { return poisson{}.check(m, y, w) }

func (f negbin) expected(y, mean float64) (residual, weight float64) {
	over := 1 + mean/f.theta
	return (y - mean) / over, mean / over
}

func (f negbin) deviance(y, mean float64) float64 {
	return 2 * (yLog(y, mean) - (y+f.theta)*math.Log((y+f.theta)/(mean+f.theta)))
}

// constant is log Γ(θ+y) - log Γ(θ) - y·log θ - log y!.
func (f negbin) constant(y, prior float64) float64 {
	if prior == 0 {
		return 0
	}
	sum := -logGamma(y + 1)
	if y == math.Trunc(y) && y <= 64 {
		for k := 0.0; k < y; k++ {
			sum += math.Log1p(k / f.theta)
		}
		return prior * sum
	}
	return prior * (sum + logGamma(f.theta+y) - logGamma(f.theta) - y*math.Log(f.theta))
}
