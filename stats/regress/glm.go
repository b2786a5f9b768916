package regress

import (
	"fmt"
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

// Model is a generalized linear model with canonical link that was fitted by maximum likelihood.
type Model struct {
	fit.Fit                          // Terms, Coef, Covariance, SE()
	Fitted                 []float64 // mean of each row
	LogLik                 float64   // with all constants
	Deviance, NullDeviance float64   // the null model has the intercept (if the design has one) and the offset
	N, DFResidual          int       // rows of positive weight; N less the number of terms
	X                      stats.Design
	Y, Offset, Weights     []float64 // as given; Offset and Weights may be nil
	family                 family
	method                 string
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
	start := o.Start
	if start == nil {
		start = r.start(null, o)
	}
	if err := r.independent(); err != nil {
		return nil, stats.In(method, err)
	}
	found, err := fit.Maximize(x.Terms, start, r.sums, o.Options)
	if err := r.divergence(found, start, err, o); err != nil {
		return nil, stats.In(method, err)
	}
	return r.model(method, found, null), nil
}

// model completes a fit that was reached.
func (r *rows) model(method string, found *fit.Fit, null []float64) *Model {
	m := &Model{Fit: *found, X: r.x, Y: r.y, Offset: r.offset, Weights: r.prior, family: r.family, method: method}
	m.Fitted = r.linear(found.Coef)
	m.LogLik = found.Sums.LogLik
	for i, h := range m.Fitted {
		mean, w := r.mean(h), r.weight(i)
		m.Fitted[i] = mean
		m.LogLik += r.constant(r.y[i], w)
		m.Deviance += w * r.deviance(r.y[i], mean)
		m.NullDeviance += w * r.deviance(r.y[i], r.mean(null[0]+r.shift(i)))
		if w > 0 {
			m.N++
		}
	}
	m.DFResidual = m.N - r.x.Width()
	return m
}

// linear is the linear predictor of all rows.
func (r *rows) linear(beta []float64) []float64 {
	eta := make([]float64, r.x.Rows())
	r.predict(eta, beta, 0)
	return eta
}

func (r *rows) weight(i int) float64 {
	if r.prior == nil {
		return 1
	}
	return r.prior[i]
}

func (r *rows) shift(i int) float64 {
	if r.offset == nil {
		return 0
	}
	return r.offset[i]
}

// check refuses what no maximum could come from.
func check(method string, f family, y []float64, x stats.Design, o Options) error {
	lists := [][]float64{y}
	for _, list := range [][]float64{o.Offset, o.Weights} {
		if list != nil {
			lists = append(lists, list)
		}
	}
	if x.Width() == 0 {
		return &stats.Error{Method: method, Problem: stats.Invalid, Detail: "no terms"}
	}
	if err := x.Check(method, lists...); err != nil {
		return err
	}
	if o.Start != nil && len(o.Start) != x.Width() {
		return &stats.Error{Method: method, Problem: stats.Invalid, Detail: fmt.Sprintf("%d starting values for %d terms", len(o.Start), x.Width())}
	}
	for i, w := range o.Weights {
		if w < 0 {
			return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "weights", Detail: fmt.Sprintf("row %d has a negative weight", i+1)}
		}
	}
	return checkOutcome(method, f, y, o.Weights)
}

// Outcome is how errors name the outcome, whose own name a fit is not told.
const Outcome = "outcome"

func checkOutcome(method string, f family, y, weights []float64) error {
	if f == (gaussian{}) {
		return nil
	}
	_, bounded := f.(binomial)
	low, high := math.Inf(1), math.Inf(-1)
	for i, v := range y {
		if v < 0 || bounded && v > 1 {
			return &stats.Error{Method: method, Problem: stats.Invalid, Variable: Outcome, Detail: fmt.Sprintf("row %d is %g", i+1, v), Advice: "Code it as 0 and 1, or as a count"}
		}
		if weights == nil || weights[i] > 0 {
			low, high = min(low, v), max(high, v)
		}
	}
	switch {
	case bounded && low == high && (low == 0 || low == 1):
		return &stats.Error{Method: method, Problem: stats.OneLevel, Variable: Outcome, Detail: fmt.Sprintf("it is %g in all rows", low), Advice: "Describe it with an exact interval instead"}
	case !(high > 0):
		return &stats.Error{Method: method, Problem: stats.NoEvents, Variable: Outcome, Detail: "it is 0 in all rows", Advice: "Describe it with an exact interval instead"}
	}
	return nil
}

// intercept is the column of the constant term, -1 if there is none.
func (r *rows) intercept() int { return slices.Index(r.x.Terms, stats.Intercept) }

// null is the coefficient of the model of nothing but an intercept and the offset; 0 without an intercept.
func (r *rows) null() ([]float64, error) {
	if r.intercept() < 0 {
		return []float64{0}, nil
	}
	if r.offset == nil {
		var sum, n float64
		for i, v := range r.y {
			sum += r.weight(i) * v
			n += r.weight(i)
		}
		return []float64{r.eta(sum / n)}, nil
	}
	alone := *r
	alone.x = stats.NewDesign(nil, nil, r.x.Rows())
	found, err := fit.Maximize(alone.x.Terms, []float64{0}, alone.sums, fit.Options{})
	if err != nil {
		return nil, err
	}
	return found.Coef, nil
}

// start is where Newton's method begins.
func (r *rows) start(null []float64, _ Options) []float64 {
	start := make([]float64, r.x.Width())
	if i := r.intercept(); i >= 0 {
		start[i] = null[0]
	}
	return start
}

// Rows is the number of rows of positive weight, as R's nobs.
func (m *Model) Rows() int { return m.N }

// AIC is Akaike's criterion, -2·log-likelihood + 2·terms.
func (m *Model) AIC() float64 { return -2*m.LogLik + 2*float64(len(m.Coef)) }

// BIC is Schwarz's criterion, -2·log-likelihood + log(n)·terms.
func (m *Model) BIC() float64 { return -2*m.LogLik + math.Log(float64(m.N))*float64(len(m.Coef)) }
