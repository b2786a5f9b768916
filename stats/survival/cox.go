package survival

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
	"consilium/stats/tail"
)

// CoxModel is a proportional-hazards model that was fitted.
type CoxModel struct {
	fit.Fit
	Rows, Events    int
	LikelihoodRatio ChiSquare
	Score           ChiSquare
	Wald            ChiSquare
	data            *RiskSets
	best            *point
}

// ChiSquare is a test of all coefficients together.
type ChiSquare struct {
	Statistic float64
	DF        int
	P         float64
}

func chiSquare(statistic float64, df int) ChiSquare {
	return ChiSquare{statistic, df, tail.ChiSquareUpper(statistic, float64(df))}
}

// Cox fits a proportional-hazards model by maximum partial likelihood.
//
// It returns NoEvents if all rows are censored, OneLevel for a term that never changes, TooFewRows for fewer rows than terms, EmptyStratum if no event happened while somebody else of its stratum was at risk, Collinear for a term that the others determine, and
// Separation, naming the term, if the likelihood rises for ever as a coefficient grows (all events on one side of it).
// Cox, JRSS B 34 (1972) 187-220; ties: Efron, JASA 72 (1977) 557-565, and Breslow 1974; entry times as counting processes: Andersen and Gill,
// Annals of Statistics 10 (1982) 1100-1120.
func Cox(s *RiskSets, o fit.Options) (*CoxModel, error) {
	if s.events == 0 {
		return nil, noEvents("Cox model")
	}
	if s.Rows() < len(s.terms) {
		return nil, &stats.Error{Method: "Cox model", Problem: stats.TooFewRows, Detail: fmt.Sprintf("%d rows for %d terms", s.Rows(), len(s.terms)), Advice: "Take fewer terms"}
	}
	if !s.Informative() {
		return nil, &stats.Error{Method: "Cox model", Problem: stats.EmptyStratum, Variable: "strata", Detail: "no event happened while somebody else of its stratum was at risk", Advice: "Take fewer, larger strata"}
	}
	if err := s.flat(); err != nil {
		return nil, err
	}
	m := &CoxModel{Rows: s.Rows(), Events: s.events, data: s, best: newPoint(s)}
	f, err := MaximizeCox(s.terms, func(beta []float64) (fit.Sums, error) {
		m.best.move(beta)
		return m.best.sums(), nil
	}, o)
	if err != nil {
		return nil, err
	}
	m.Fit = *f
	if !slices.Equal(m.best.beta, m.Coef) { // the last point tried was not the one taken
		m.best.move(m.Coef)
	}
	m.test()
	return m, nil
}

// flat refuses a term that never changes, or changes only from stratum to stratum.
func (s *RiskSets) flat() error {
	for j, column := range s.x {
		if slices.ContainsFunc(column, func(v float64) bool { return v != 0 }) {
			continue
		}
		e := &stats.Error{Method: "Cox model", Problem: stats.OneLevel, Variable: s.terms[j], Detail: "it has the same value in all rows", Advice: "Leave it out"}
		value := math.NaN()
		for _, st := range s.strata {
			if st.hi == st.lo {
				continue
			}
			if math.IsNaN(value) {
				value = st.center[j]
			}
			if st.center[j] != value {
				e.Problem, e.Detail = stats.Collinear, "it has one value in each stratum, so the baseline hazards take its place"
				e.Advice = "Leave it out, or do not stratify by it"
			}
		}
		return e
	}
	return nil
}

// test fills in the three tests of all coefficients.
func (m *CoxModel) test() {
	m.LikelihoodRatio, m.Score = CoxTests(&m.Fit)
	m.Wald = WaldTest(m.Coef, m.Covariance)
}

// CoxTests are the likelihood-ratio and the score test of all coefficients, of a fit that started at zero.
func CoxTests(f *fit.Fit) (ratio, score ChiSquare) {
	df := len(f.Coef)
	_, gain, err := fit.Step(f.Terms, f.Start)
	if err != nil {
		gain = math.NaN()
	}
	return chiSquare(2*(f.Sums.LogLik-f.Start.LogLik), df), chiSquare(2*gain, df)
}

// WaldTest tests all coefficients by a covariance of theirs, NaN if that is singular (fewer clusters than terms).
func WaldTest(coef []float64, covariance matrix.Symmetric) ChiSquare {
	c, _, ok := matrix.Factor(covariance)
	if !ok {
		return chiSquare(math.NaN(), len(coef))
	}
	return chiSquare(c.Quadratic(coef), len(coef))
}

// MaximizeCox is [fit.Maximize] from zero for the sums of a Cox likelihood, of one table or of several hospitals together, which watches for a likelihood without maximum.
func MaximizeCox(terms []string, sums func(beta []float64) (fit.Sums, error), o fit.Options) (*fit.Fit, error) {
	w := watch{terms: terms, best: math.Inf(-1)}
	f, err := fit.Maximize(terms, make([]float64, len(terms)), func(beta []float64) (fit.Sums, error) {
		s, err := sums(beta)
		if err != nil {
			return fit.Sums{}, err
		}
		return s, w.look(s)
	}, o)
	return f, stats.In("Cox model", err)
}

// watch notices when the likelihood rises without end. Then the information along the step dies away like the exponential of the coefficient, while the
// step itself stays as long as ever; near a maximum it is the other way round.
type watch struct {
	terms []string
	start fit.Sums
	best  float64 // log-likelihood so far
	seen  bool
}

// faded is the share of its first value that information along a step keeps where no effect can have brought it: at a hazard ratio of about a million.
const faded = 1e-6

func (w *watch) look(s fit.Sums) error {
	if !w.seen {
		w.start, w.best, w.seen = s, s.LogLik, true
		return nil
	}
	if !(s.LogLik >= w.best-1e-9*(1+math.Abs(w.best))) { // a step that will be taken back
		return nil
	}
	w.best = s.LogLik
	c, term, ok := matrix.Factor(s.Information)
	if !ok {
		return w.infinite(term)
	}
	change := c.Solve(s.Score)
	first := w.start.Information.Quadratic(change)
	if first < 1e-9 || s.Information.Quadratic(change) > faded*first {
		return nil
	}
	term = 0
	for j, d := range change {
		if math.Abs(d)*math.Sqrt(w.start.Information.At(j, j)) > math.Abs(change[term])*math.Sqrt(w.start.Information.At(term, term)) {
			term = j
		}
	}
	return w.infinite(term)
}

func (w *watch) infinite(term int) error {
	return &stats.Error{Problem: stats.Separation, Variable: w.terms[term],
		Detail: "the likelihood rises without end as its coefficient grows: at each event those who had it lie on one side of it",
		Advice: fmt.Sprintf("Look at the events by levels of %s; join levels, leave it out, or use a penalized likelihood", w.terms[term])}
}

// WaldTable is the inference on single coefficients from their covariance.
type WaldTable struct {
	SE, Z, P, Lower, Upper []float64
}

// Wald makes the table at a level of confidence.
func Wald(coef []float64, covariance matrix.Symmetric, level float64) WaldTable {
	var w WaldTable
	z := tail.NormalCritical(level)
	for j, b := range coef {
		se := math.Sqrt(covariance.At(j, j))
		w.SE, w.Z, w.P = append(w.SE, se), append(w.Z, b/se), append(w.P, tail.TwoSidedNormal(b/se))
		w.Lower, w.Upper = append(w.Lower, b-z*se), append(w.Upper, b+z*se)
	}
	return w
}
