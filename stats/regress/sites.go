package regress

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
)

// LogisticSums is what the rows of one hospital add to a step of a logistic regression at beta; the arguments are those of [Logistic].
func LogisticSums(beta, y []float64, x stats.Design, o Options) (fit.Sums, error) {
	return siteSums("logistic regression", binomial{}, beta, y, x, o)
}

// PoissonSums is what the rows of one hospital add to a step of a Poisson regression at beta; the arguments are those of [Poisson].
func PoissonSums(beta, y []float64, x stats.Design, o Options) (fit.Sums, error) {
	return siteSums("Poisson regression", poisson{}, beta, y, x, o)
}

// LinearSums is what the rows of one hospital add to a step of a linear regression at beta; the arguments are those of [Linear].
func LinearSums(beta, y []float64, x stats.Design, o Options) (fit.Sums, error) {
	return siteSums("linear regression", gaussian{}, beta, y, x, o)
}

// Totals is what the rows of one hospital say of a finished fit. Totals add up to those of all rows.
type Totals struct {
	N             int              // rows of positive weight
	LogWeight     float64          // sum of the logarithms of their weights, for a Gaussian log-likelihood
	Constant      float64          // what the log-likelihood has beside the sums that depend on coefficients
	Deviance      float64          // of a linear model, the residual sum of squares
	Faulty        matrix.Symmetric // cross product of the rows that are not fitted without fault: it proves that a maximum exists
	HC0, HC2, HC3 matrix.Symmetric // meats of robust covariances; the last two need a round of their own, with bread
}

// LogisticTotals is what one hospital says of a logistic regression that ended at beta. bread, the covariance of the fit, is needed for HC2 and HC3;
// without it (the zero value) they are left out.
func LogisticTotals(beta []float64, bread matrix.Symmetric, y []float64, x stats.Design, o Options) (Totals, error) {
	return siteTotals("logistic regression", binomial{}, beta, bread, y, x, o)
}

// PoissonTotals is what one hospital says of a Poisson regression that ended at beta; see [LogisticTotals].
func PoissonTotals(beta []float64, bread matrix.Symmetric, y []float64, x stats.Design, o Options) (Totals, error) {
	return siteTotals("Poisson regression", poisson{}, beta, bread, y, x, o)
}

// LinearTotals is what one hospital says of a linear regression that ended at beta; see [LogisticTotals]. bread is the unscaled covariance.
func LinearTotals(beta []float64, bread matrix.Symmetric, y []float64, x stats.Design, o Options) (Totals, error) {
	return siteTotals("linear regression", gaussian{}, beta, bread, y, x, o)
}

// LogisticMeans are the probabilities that coefficients give to the rows of one hospital; offset is nil for none. They stay there: see [AskingFit].
func LogisticMeans(beta []float64, x stats.Design, offset []float64) ([]float64, error) {
	r, err := site("logistic regression", binomial{}, beta, make([]float64, x.Rows()), x, Options{Offset: offset})
	if err != nil {
		return nil, err
	}
	return r.means(beta), nil
}

// Add adds what another hospital said.
func (t *Totals) Add(other Totals) {
	t.N += other.N
	t.LogWeight += other.LogWeight
	t.Constant += other.Constant
	t.Deviance += other.Deviance
	for _, m := range [][2]matrix.Symmetric{{t.Faulty, other.Faulty}, {t.HC0, other.HC0}, {t.HC2, other.HC2}, {t.HC3, other.HC3}} {
		for i, v := range m[1].Data {
			m[0].Data[i] += v
		}
	}
}

func siteSums(method string, f family, beta, y []float64, x stats.Design, o Options) (fit.Sums, error) {
	r, err := site(method, f, beta, y, x, o)
	if err != nil {
		return fit.Sums{}, err
	}
	return r.sums(beta)
}

func siteTotals(method string, f family, beta []float64, bread matrix.Symmetric, y []float64, x stats.Design, o Options) (Totals, error) {
	r, err := site(method, f, beta, y, x, o)
	if err != nil {
		return Totals{}, err
	}
	means := r.means(beta)
	t := Totals{Faulty: r.faulty(means)}
	for i, mean := range means {
		if w := r.weight(i); w > 0 {
			t.N++
			t.LogWeight += math.Log(w)
			t.Constant += r.constant(y[i], w)
			t.Deviance += w * r.deviance(y[i], mean)
		}
	}
	s := r.sandwich(means, bread)
	t.HC0 = s.meat(HC0)
	if bread.N == x.Width() {
		t.HC2, t.HC3 = s.meat(HC2), s.meat(HC3)
	}
	return t, nil
}

// site checks the rows of one hospital, which alone may well have one outcome only, or fewer rows than terms.
func site(method string, f family, beta, y []float64, x stats.Design, o Options) (*rows, error) {
	if len(beta) != x.Width() || len(x.Terms) != x.Width() {
		return nil, &stats.Error{Method: method, Problem: stats.Invalid, Detail: fmt.Sprintf("%d coefficients and %d names for %d columns", len(beta), len(x.Terms), x.Width())}
	}
	lists := append([][]float64{y}, x.Columns...)
	for _, list := range [][]float64{o.Offset, o.Weights} {
		if list != nil {
			lists = append(lists, list)
		}
	}
	for _, list := range lists {
		if len(list) != x.Rows() {
			return nil, &stats.Error{Method: method, Problem: stats.Invalid, Detail: fmt.Sprintf("%d values for %d rows", len(list), x.Rows())}
		}
		if slices.ContainsFunc(list, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }) {
			return nil, &stats.Error{Method: method, Problem: stats.Missing, Detail: "a row has no finite value", Advice: "Drop such rows or impute them first"}
		}
	}
	return &rows{family: f, x: x, y: y, offset: o.Offset, prior: o.Weights}, nil
}

// Asking is how a fit of many hospitals asks all of them: both functions send the coefficients to each, and add the answers.
type Asking struct {
	Sums   func(beta []float64) (fit.Sums, error)
	Totals func(beta []float64, bread matrix.Symmetric) (Totals, error)
}

// Pool fits a generalized linear model of which only sums are known. The steps are those of a fit of all rows together, and so is the result: there is no
// approximation. The intercept, if there is one, must be the first term. Totals are those at the end, with all meats.
func Pool(terms []string, ask Asking, o fit.Options) (*Estimate, Totals, error) {
	const method = "pooled regression"
	e, t, err := pool(terms, ask, o)
	return e, t, stats.In(method, err)
}

func pool(terms []string, ask Asking, o fit.Options) (*Estimate, Totals, error) {
	start, err := poolNull(terms, ask)
	if err != nil {
		return nil, Totals{}, err
	}
	null, err := ask.Totals(start, matrix.Symmetric{})
	if err != nil {
		return nil, Totals{}, err
	}
	last := start
	found, err := fit.Maximize(terms, start, func(beta []float64) (fit.Sums, error) {
		last = slices.Clone(beta)
		return ask.Sums(beta)
	}, o)
	if err != nil {
		return nil, Totals{}, poolExplain(terms, ask, last, err)
	}
	t, err := ask.Totals(found.Coef, found.Covariance)
	if err != nil {
		return nil, Totals{}, err
	}
	if err := t.overlap(terms); err != nil {
		return nil, Totals{}, err
	}
	e := &Estimate{Fit: *found, LogLik: found.Sums.LogLik + t.Constant, Deviance: t.Deviance, NullDeviance: null.Deviance, N: t.N}
	e.DFResidual = e.N - len(terms)
	return e, t, nil
}

// poolNull is the model of the intercept alone, as coefficients of all terms.
func poolNull(terms []string, ask Asking) ([]float64, error) {
	start := make([]float64, len(terms))
	if len(terms) == 0 || terms[0] != stats.Intercept {
		return start, nil
	}
	found, err := fit.Maximize(terms[:1], []float64{0}, func(beta []float64) (fit.Sums, error) {
		s, err := ask.Sums(append(beta[:1:1], start[1:]...))
		if err != nil {
			return s, err
		}
		first := fit.NewSums(1)
		first.Rows, first.LogLik, first.Score[0] = s.Rows, s.LogLik, s.Score[0]
		first.Information.Set(0, 0, s.Information.At(0, 0))
		return first, nil
	}, fit.Options{})
	if err != nil {
		return nil, &stats.Error{Problem: stats.OneLevel, Variable: Outcome, Detail: "it is the same in all rows of all sites", Advice: "Describe it with an exact interval instead"}
	}
	start[0] = found.Coef[0]
	return start, nil
}

// overlap refuses a fit whose rows do not prove that a maximum exists.
func (t Totals) overlap(terms []string) error {
	_, dependent, ok := matrix.Factor(t.Faulty)
	if ok {
		return nil
	}
	return &stats.Error{Problem: stats.Separation, Variable: terms[dependent], Detail: "with the terms before it, it predicts the outcome without fault in some rows", Advice: "Join levels, or use Firth's penalized likelihood where the rows are"}
}

func poolExplain(terms []string, ask Asking, last []float64, err error) error {
	if t, e := ask.Totals(last, matrix.Symmetric{}); e == nil {
		if separated := t.overlap(terms); separated != nil {
			return separated
		}
	}
	return err
}

// PoolLinear is [Pool] for linear regression.
func PoolLinear(terms []string, ask Asking) (*LinearEstimate, Totals, error) {
	const method = "pooled linear regression"
	first, err := ask.Totals(make([]float64, len(terms)), matrix.Symmetric{})
	if err != nil {
		return nil, Totals{}, stats.In(method, err)
	}
	if first.N <= len(terms) {
		return nil, Totals{}, &stats.Error{Method: method, Problem: stats.TooFewRows, Detail: fmt.Sprintf("%d rows at all sites for %d terms", first.N, len(terms))}
	}
	e, t, err := pool(terms, ask, fit.Options{Tolerance: 1e-20 * first.Deviance})
	if err != nil {
		return nil, Totals{}, stats.In(method, err)
	}
	linear := linearTotals{n: t.N, logWeight: t.LogWeight, rss: t.Deviance, tss: e.NullDeviance}.estimate(&e.Fit)
	return &linear, t, stats.In(method, linear.exact())
}

// Robust is the heteroskedasticity-consistent covariance from the meats of all hospitals; bread is the (unscaled) covariance of the fit.
func (t Totals) Robust(kind HC, bread matrix.Symmetric, terms int) matrix.Symmetric {
	switch kind {
	case HC2:
		return matrix.Sandwich(bread, t.HC2)
	case HC3:
		return matrix.Sandwich(bread, t.HC3)
	}
	meat := t.HC0.Clone()
	if kind == HC1 {
		meat.Scale(float64(t.N) / float64(t.N-terms))
	}
	return matrix.Sandwich(bread, meat)
}
