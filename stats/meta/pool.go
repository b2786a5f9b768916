package meta

import (
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/tail"
)

// Options are how studies are pooled.
type Options struct {
	Method Method  // "" is REML
	HKSJ   bool    // Hartung-Knapp-Sidik-Jonkman: variance of the estimate from the studies' own scatter, and the t distribution
	Level  float64 // of intervals; 0 is 0.95
}

func (o Options) method() Method {
	if o.Method == "" {
		return RestrictedML
	}
	return o.Method
}

func level(l float64) float64 {
	if l == 0 {
		return 0.95
	}
	return l
}

// Pooled is one effect from all studies. The estimate and its limits are on the scale of the effects.
type Pooled struct {
	K             int
	Estimate, SE  float64
	Statistic, P  float64 // z, or t with k−1 degrees of freedom under HKSJ
	Lower, Upper  float64
	Heterogeneity        // between the studies
	Prediction    Limits // of the true effect in a new study: estimate ± z·√(τ²+se²), t(k−1) under HKSJ; absent for Fixed
	PredictionT   Limits // the same with t(k−2) (Higgins, Thompson and Spiegelhalter 2009); absent for Fixed, under HKSJ, and of two studies
}

// Limits are the ends of an interval; NaN if it is absent.
type Limits struct{ Lower, Upper float64 }

var absent = Limits{math.NaN(), math.NaN()}

// Heterogeneity is what varies beyond chance.
type Heterogeneity struct {
	Tau2   float64 // between-study variance; 0 for Fixed
	SETau2 float64 // its standard error; 0 for Fixed
	Q      float64 // Cochran's Q with fixed-effect weights
	QDF    float64
	QP     float64 // from χ² with QDF degrees of freedom; 1 if QDF is 0
	I2     float64 // percent of the variance that is between studies: τ²/(τ²+s²), s² the typical within-study variance of Higgins and Thompson 2002; (Q−df)/Q for Fixed
	H2     float64 // τ²/s²+1; Q/df for Fixed
}

// Pool combines studies into one effect. Fixed takes one study or more, the others two or more. Under HKSJ the variance is Σw(y−μ)²/((k−1)Σw), not kept from
// falling below the usual one (Hartung and Knapp 2001, Stat Med 20:3875; Sidik and Jonkman 2002, Stat Med 21:3153); effects that are all equal leave it 0,
// which is an error.
func Pool(s Studies, o Options) (*Pooled, error) {
	const method = "meta-analysis"
	m, err := newModel(method, s, nil, o)
	if err != nil {
		return nil, err
	}
	f, h, err := m.estimate(o)
	if err != nil {
		return nil, err
	}
	crit := critical(o, m.df())
	out := &Pooled{K: m.k(), Estimate: f.coef[0], SE: math.Sqrt(f.cov.At(0, 0)), Heterogeneity: h, Prediction: absent, PredictionT: absent}
	out.Statistic = out.Estimate / out.SE
	out.P = twoSided(out.Statistic, o, m.df())
	out.Lower, out.Upper = out.Estimate-crit*out.SE, out.Estimate+crit*out.SE
	out.predict(o, crit)
	return out, nil
}

func (p *Pooled) predict(o Options, crit float64) {
	if o.method() == Fixed {
		return
	}
	spread := math.Sqrt(p.Tau2 + p.SE*p.SE)
	p.Prediction = Limits{p.Estimate - crit*spread, p.Estimate + crit*spread}
	if p.K > 2 && !o.HKSJ {
		t := tail.TQuantile((1+level(o.Level))/2, float64(p.K-2))
		p.PredictionT = Limits{p.Estimate - t*spread, p.Estimate + t*spread}
	}
}

// critical is the quantile that intervals are made with.
func critical(o Options, df float64) float64 {
	p := (1 + level(o.Level)) / 2
	if o.HKSJ {
		return tail.TQuantile(p, df)
	}
	return tail.NormalQuantile(p)
}

func twoSided(statistic float64, o Options, df float64) float64 {
	if o.HKSJ {
		return tail.TwoSidedT(statistic, df)
	}
	return tail.TwoSidedNormal(statistic)
}

// model is effects with the design that explains them. Moderators are centered, so that a calendar year, whose values are near one another and far from 0,
// costs no digits.
type model struct {
	Studies
	x      stats.Design
	means  []float64 // what was taken from each column; 0 of the intercept
	method string
}

func (m *model) k() int      { return m.Len() }
func (m *model) p() int      { return m.x.Width() }
func (m *model) df() float64 { return float64(m.k() - m.p()) }

// newModel is the studies with an intercept and the moderators.
func newModel(method string, s Studies, moderators *stats.Design, o Options) (*model, error) {
	if l := level(o.Level); !(l > 0 && l < 1) {
		return nil, &stats.Error{Method: method, Problem: stats.Invalid, Variable: "level", Detail: "a level lies between 0 and 1"}
	}
	least := 1
	if moderators != nil {
		least = len(moderators.Columns) + 1
	}
	if o.method() != Fixed || o.HKSJ {
		least++ // something must be left to vary
	}
	if err := s.check(method, least); err != nil {
		return nil, err
	}
	x := stats.NewDesign(nil, nil, s.Len())
	if moderators != nil {
		x = stats.NewDesign(moderators.Terms, moderators.Columns, s.Len())
	}
	if err := x.Check(method); err != nil {
		return nil, err
	}
	m := &model{s, x, make([]float64, x.Width()), method}
	for j := 1; j < x.Width(); j++ {
		m.means[j] = mean(x.Columns[j])
		x.Columns[j] = slices.Clone(x.Columns[j])
		for i := range x.Columns[j] {
			x.Columns[j][i] -= m.means[j]
		}
	}
	return m, nil
}

// estimate fits the model at the estimated τ², with the covariance that the options ask for, and describes what varies.
func (m *model) estimate(o Options) (weighted, Heterogeneity, error) {
	tau2, se, err := m.tau2(o.method())
	if err != nil {
		return weighted{}, Heterogeneity{}, err
	}
	f, err := m.fitAt(tau2)
	if err != nil {
		return f, Heterogeneity{}, err
	}
	h, err := m.heterogeneity(o, tau2, se)
	if err == nil && o.HKSJ {
		err = m.scatter(&f)
	}
	return f, h, err
}

// scatter scales the covariance by Σw·e²/(k−p).
func (m *model) scatter(f *weighted) error {
	s2 := f.q / m.df()
	largest := 0.0
	for i, w := range f.w {
		largest = max(largest, w*m.Effect[i]*m.Effect[i])
	}
	if s2 <= 1e-28*largest || s2 == 0 {
		return &stats.Error{Method: m.method, Problem: stats.NotEstimable, Detail: "the effects do not differ at all, so their scatter gives no standard error", Advice: "Pool without Hartung-Knapp"}
	}
	f.cov.Scale(s2)
	return nil
}

func (m *model) heterogeneity(o Options, tau2, se float64) (Heterogeneity, error) {
	fixed, err := m.fitAt(0)
	if err != nil {
		return Heterogeneity{}, err
	}
	df := m.df()
	h := Heterogeneity{Tau2: tau2, SETau2: se, Q: fixed.q, QDF: df, QP: 1, H2: 1}
	if df == 0 {
		return h, nil
	}
	h.QP = tail.ChiSquareUpper(h.Q, df)
	if o.method() == Fixed {
		h.H2 = h.Q / df
		h.I2 = 100 * max(0, 1-df/h.Q)
		return h, nil
	}
	typical := df / m.traceP(fixed)
	h.I2, h.H2 = 100*tau2/(tau2+typical), tau2/typical+1
	return h, nil
}
