package meta

import (
	"math"

	"consilium/stats"
	"consilium/stats/matrix"
	"consilium/stats/tail"
)

// Regression is effects explained by properties of the studies.
type Regression struct {
	K             int
	Terms         []string // "(Intercept)" first
	Coef, SE      []float64
	Statistic, P  []float64 // z, or t(k−p) under HKSJ
	Lower, Upper  []float64
	Heterogeneity         // what the moderators leave
	QM            float64 // test of all moderators: Wald χ², or F under HKSJ
	QMDF, QMDF2   float64 // degrees of freedom; QMDF2 is of F's denominator, 0 for χ²
	QMP           float64
	R2            float64 // percent of τ² that the moderators explain, not below 0; of Fixed, the adjusted share of Q; NaN if there is one study more than terms or fewer
}

// Regress fits effects on moderators, given without an intercept, one row a study, by weighted least squares at the τ² that is left (Viechtbauer 2005). Fixed
// takes as many studies as terms, the others one more.
func Regress(s Studies, moderators stats.Design, o Options) (*Regression, error) {
	const method = "meta-regression"
	m, err := newModel(method, s, &moderators, o)
	if err != nil {
		return nil, err
	}
	f, h, err := m.estimate(o)
	if err != nil {
		return nil, err
	}
	m.uncenter(&f)
	out := &Regression{K: m.k(), Terms: m.x.Terms, Coef: f.coef, Heterogeneity: h}
	crit := critical(o, m.df())
	for i, b := range f.coef {
		se := math.Sqrt(f.cov.At(i, i))
		out.SE = append(out.SE, se)
		out.Statistic = append(out.Statistic, b/se)
		out.P = append(out.P, twoSided(b/se, o, m.df()))
		out.Lower = append(out.Lower, b-crit*se)
		out.Upper = append(out.Upper, b+crit*se)
	}
	if err := out.testModerators(m, f, o); err != nil {
		return nil, err
	}
	return out, out.explained(m, o)
}

// uncenter turns the coefficients of centered moderators into those of the moderators as given: only the intercept, and its covariances, differ.
func (m *model) uncenter(f *weighted) {
	v := f.cov
	for j := 1; j < m.p(); j++ {
		f.coef[0] -= f.coef[j] * m.means[j]
	}
	n := m.p()
	shift := make([]float64, n) // covariances of Σ means·b with each b
	for i := range n {
		for j := 1; j < n; j++ {
			shift[i] += m.means[j] * v.At(i, j)
		}
	}
	first := v.At(0, 0) - 2*shift[0]
	for j := 1; j < n; j++ {
		first += m.means[j] * shift[j]
		v.Set(0, j, v.At(0, j)-shift[j])
	}
	v.Set(0, 0, first)
}

// testModerators is bᵀV⁻¹b over all terms but the intercept.
func (r *Regression) testModerators(m *model, f weighted, o Options) error {
	n := m.p() - 1
	if n == 0 {
		r.QM, r.QMP = math.NaN(), math.NaN()
		return nil
	}
	v := matrix.NewSymmetric(n)
	for i := range n {
		copy(v.Row(i), f.cov.Row(i+1))
	}
	c, dependent, ok := matrix.Factor(v)
	if !ok {
		return &stats.Error{Method: m.method, Problem: stats.Collinear, Variable: m.x.Terms[dependent+1], Detail: "the other moderators determine it", Advice: "Leave it out"}
	}
	r.QM = c.Quadratic(f.coef[1:])
	r.QMDF = float64(n)
	if !o.HKSJ {
		r.QMP = tail.ChiSquareUpper(r.QM, r.QMDF)
		return nil
	}
	r.QM /= r.QMDF
	r.QMDF2 = m.df()
	r.QMP = tail.FUpper(r.QM, r.QMDF, r.QMDF2)
	return nil
}

// explained is 1 − τ²/τ₀², with τ₀² of the same studies without moderators (Raudenbush 2009).
func (r *Regression) explained(m *model, o Options) error {
	o.HKSJ = false
	all, err := Pool(m.Studies, o)
	if err != nil {
		return err
	}
	left, right := r.Tau2, all.Tau2
	if o.method() == Fixed {
		left, right = r.Q/r.QDF, all.Q/all.QDF
	}
	switch {
	case r.QDF == 0:
		r.R2 = math.NaN()
	case right > 0:
		r.R2 = 100 * max(0, 1-left/right)
	}
	return nil
}
