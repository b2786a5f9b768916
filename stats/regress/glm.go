package regress

import (
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/fit"
)

// Options are what a fit may be given beside outcome and design; the zero value is a plain fit.
type Options struct {
	Offset  []float64 // added to the linear predictor of each row; nil for none
	Weights []float64 // prior weights: frequencies, or trials of a proportion; nil for 1 each
	Start   []float64 // coefficients to start from; nil: the null model, or for many rows a fit of some of them
	fit.Options
}

// Estimate is a generalized linear model that was fitted by maximum likelihood, as far as it can be told without the rows.
// Its link is canonical, but for the negative binomial.
type Estimate struct {
	fit.Fit                        // Terms, Coef, Covariance, SE()
	LogLik                 float64 // with all constants
	Deviance, NullDeviance float64 // the null model has the intercept (if the design has one) and the offset
	N, DFResidual          int     // rows of positive weight; N less the number of terms
}

// Model is an estimate with the rows that it was fitted to.
type Model struct {
	Estimate
	Fitted             []float64 // mean of each row
	X                  stats.Design
	Y, Offset, Weights []float64 // as given; Offset and Weights may be nil
	family             family
	method             string
}

// Logistic fits logistic regression by maximum likelihood (Cox, Journal of the Royal Statistical Society B 20 (1958) 215–242).
//
// y has one value a row, 0 or 1, or a proportion with the number of trials as weight. x is n×k, of full rank, usually with an intercept.
// It returns no model but a *stats.Error for an outcome of one level ([stats.OneLevel]), a term that others determine ([stats.Collinear]),
// values that are not finite ([stats.Missing]), and for terms that predict the outcome without fault ([stats.Separation]), where no finite
// maximum exists; [Firth] can estimate then.
func Logistic(y []float64, x stats.Design, o Options) (*Model, error) {
	return fitModel("logistic regression", binomial{}, y, x, o)
}

// Poisson fits log-linear regression of counts by maximum likelihood (McCullagh and Nelder, Generalized Linear Models, 2nd ed. 1989,
// chapter 6); with log(person-time) as offset, of rates.
//
// y has one count ≥ 0 a row. It returns a *stats.Error for an outcome that is 0 throughout ([stats.NoEvents]), a level without any event
// ([stats.Separation]: its log rate would be -∞), and as [Logistic] does.
func Poisson(y []float64, x stats.Design, o Options) (*Model, error) {
	return fitModel("Poisson regression", poisson{}, y, x, o)
}

func fitModel(method string, f family, y []float64, x stats.Design, o Options) (*Model, error) {
	if err := check(method, f, y, x, o); err != nil {
		return nil, err
	}
	r := &rows{family: f, x: x, y: y, offset: o.Offset, prior: o.Weights}
	null, err := r.null()
	if err != nil {
		return nil, stats.In(method, err)
	}
	found, err := r.maximize(null, o)
	if err != nil {
		return nil, stats.In(method, err)
	}
	m := &Model{Estimate: Estimate{Fit: *found}, X: x, Y: y, Offset: o.Offset, Weights: o.Weights, family: f, method: method}
	m.complete(r, null)
	if err := r.overlap(m.Fitted); err != nil {
		return nil, stats.In(method, err)
	}
	if err := reached(m.Coef, m.SE(), []float64{m.LogLik, m.Deviance, m.NullDeviance}); err != nil {
		return nil, stats.In(method, err)
	}
	return m, nil
}

// maximize fits on columns that are centered where their mean would drown their variation, and takes the fit back.
func (r *rows) maximize(null constant, o Options) (*fit.Fit, error) {
	c, inner := r.center()
	if o.Start != nil {
		if found, _, err := inner.newton(c.enter(o.Start), o); err == nil {
			c.leave(found)
			return found, nil
		} // else the start was to blame, or the search from our own says what is
	}
	found, last, err := inner.newton(inner.start(null), o)
	if err != nil {
		return nil, inner.explain(err, last)
	}
	c.leave(found)
	return found, nil
}

// newton also gives the coefficients that it tried last.
func (r *rows) newton(start []float64, o Options) (found *fit.Fit, last []float64, err error) {
	found, err = fit.Maximize(r.x.Terms, start, func(beta []float64) (fit.Sums, error) {
		last = slices.Clone(beta)
		return r.sums(beta)
	}, o.Options)
	return found, last, err
}

// complete adds to a fit what it says about each row.
func (m *Model) complete(r *rows, null constant) {
	m.Fitted = r.means(m.Coef)
	m.LogLik = m.Sums.LogLik
	exact := r.binary()
	for i, mean := range m.Fitted {
		w := r.weight(i)
		if w == 0 {
			continue
		}
		m.N++
		if !exact {
			m.LogLik += r.constant(r.y[i], w)
			m.Deviance += w * r.deviance(r.y[i], mean)
			m.NullDeviance += w * r.deviance(r.y[i], r.mean(null.coef+r.shift(i)))
		}
	}
	if exact { // the saturated model has likelihood 1
		m.Deviance, m.NullDeviance = -2*m.LogLik, -2*null.loglik
	}
	m.DFResidual = m.N - r.x.Width()
}

// rows of the model, to sum them again.
func (m *Model) rows() *rows {
	return &rows{family: m.family, x: m.X, y: m.Y, offset: m.Offset, prior: m.Weights}
}

// AIC is Akaike's criterion, -2·log-likelihood + 2·terms.
func (e *Estimate) AIC() float64 { return -2*e.LogLik + 2*float64(len(e.Coef)) }

// BIC is Schwarz's criterion, -2·log-likelihood + log(n)·terms.
func (e *Estimate) BIC() float64 { return -2*e.LogLik + math.Log(float64(e.N))*float64(len(e.Coef)) }
