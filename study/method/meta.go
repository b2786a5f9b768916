package method

import (
	"errors"
	"math/big"
	"slices"
	"strings"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/regress"
	"consilium/stats/survival"
	"consilium/study/exact"
	"consilium/study/protocol"
	"consilium/study/rows"
)

// metaAnalysis pools what each hospital estimates from its own rows. Those estimates are published hospital by hospital: they feed the forest plot, and no mask
// hides them.
type metaAnalysis struct {
	ended
	p    *protocol.Protocol
	a    *protocol.Analysis
	done bool
}

func newMeta(p *protocol.Protocol, a *protocol.Analysis) *metaAnalysis {
	return &metaAnalysis{p: p, a: a}
}

// Size is the number of patients, 1 where the fit came to an end, the effect and its variance.
func (m *metaAnalysis) Size() int {
	if m.done {
		return 0
	}
	return 4
}

func (m *metaAnalysis) Local(t *rows.Table) ([]float64, error) {
	effect, variance, err := OwnEffect(t, m.a)
	var failed *stats.Error
	if errors.As(err, &failed) {
		return []float64{float64(t.Rows), 0, 0, 0}, nil
	}
	if err != nil {
		return nil, err
	}
	return []float64{float64(t.Rows), 1, effect, variance}, nil
}

// OwnEffect is one hospital's estimate of the effect that a meta-analysis pools, and its variance. A [*stats.Error] says why its rows give none.
func OwnEffect(t *rows.Table, a *protocol.Analysis) (effect, variance float64, err error) {
	model := a.Model
	x := t.Design(model.Terms)
	at := slices.Index(x.Names, t.Protocol.EffectName(a.Effect))
	o := t.Protocol.Outcome(model.Outcome)
	if model.Method == protocol.Cox {
		sets, err := riskSets(t, model, o)
		if err != nil {
			return 0, 0, err
		}
		f, err := survival.Cox(sets, fit.Options{})
		if err != nil {
			return 0, 0, err
		}
		by := x.Scaling[at].Scale
		return f.Coef[at] / by, f.Covariance.At(at, at) / (by * by), nil
	}
	estimate, err := ownFit(t, model, stats.NewDesign(x.Names, x.X, t.Rows), o)
	if err != nil {
		return 0, 0, err
	}
	return estimate.Coef[at+1], estimate.Covariance.At(at+1, at+1), nil
}

func ownFit(t *rows.Table, model *protocol.Analysis, x stats.Design, o *protocol.Outcome) (*fit.Fit, error) {
	y := t.Variables[o.Value].X
	var options regress.Options
	if o.Offset != "" {
		options.Offset = t.Variables[o.Offset].X
	}
	switch model.Method {
	case protocol.Linear:
		m, err := regress.Linear(y, x, options)
		if err != nil {
			return nil, err
		}
		return &fit.Fit{Coef: m.Coef, Covariance: m.Covariance}, nil
	case protocol.Poisson:
		m, err := regress.Poisson(y, x, options)
		if err != nil {
			return nil, err
		}
		return &m.Fit, nil
	}
	m, err := regress.Logistic(y, x, options)
	if err != nil {
		return nil, err
	}
	return &m.Fit, nil
}

// Take is never called: see [Open].
func (m *metaAnalysis) Take([]*big.Float) {}

// TakeEach pools the effects.
func (m *metaAnalysis) TakeEach(each [][]*big.Float) {
	m.done = true
	var effect, variance []*big.Float
	for place, f := range each {
		switch {
		case f == nil:
		case f[1].Sign() == 0 || f[3].Sign() <= 0:
			m.result.LeftOut = append(m.result.LeftOut, place)
		default:
			m.result.N += count(f[0])
			effect, variance = append(effect, f[2]), append(variance, f[3])
			m.result.Sites = append(m.result.Sites, Site{place, count(f[0]), exact.Float(f[2]), exact.Float(exact.Sqrt(f[3]))})
		}
	}
	if len(effect) < 2 {
		m.refuse(Refusal{Why: OneHospital, N: len(effect)})
		return
	}
	tau2, ok := moments2(effect, variance), true
	if m.a.Pool == "REML" {
		tau2, ok = restricted(effect, variance)
	}
	if !ok {
		m.refuse(Refusal{Why: BetweenSpread})
		return
	}
	pooled, weights := pool(effect, variance, tau2)
	m.result.Estimates = []Estimate{{"pooled", exact.Float(pooled), exact.Float(exact.Quo(exact.Of(1), exact.Sqrt(weights)))}, {"tau2", exact.Float(tau2), none}}
}

// pool is the mean weighted by 1/(variance + tau2), and the sum of the weights.
func pool(effect, variance []*big.Float, tau2 *big.Float) (mean, weights *big.Float) {
	weights, total := exact.Zero(), exact.Zero()
	for i := range effect {
		w := exact.Quo(exact.Of(1), exact.Add(variance[i], tau2))
		weights = exact.Add(weights, w)
		total = exact.Add(total, exact.Mul(w, effect[i]))
	}
	return exact.Quo(total, weights), weights
}

// moments2 is DerSimonian and Laird's variance between hospitals (Control Clin Trials 7 (1986) 177), never below 0.
func moments2(effect, variance []*big.Float) *big.Float {
	mean, weights := pool(effect, variance, exact.Zero())
	q, squares := exact.Zero(), exact.Zero()
	for i := range effect {
		w := exact.Quo(exact.Of(1), variance[i])
		d := exact.Sub(effect[i], mean)
		q = exact.Add(q, exact.Mul(w, exact.Mul(d, d)))
		squares = exact.Add(squares, exact.Mul(w, w))
	}
	tau2 := exact.Quo(exact.Sub(q, exact.Of(float64(len(effect)-1))), exact.Sub(weights, exact.Quo(squares, weights)))
	if tau2.Sign() < 0 {
		return exact.Zero()
	}
	return tau2
}

// restricted maximizes the restricted likelihood by Fisher's scoring, from the moments' estimate, steps halved that would go below 0
// (Viechtbauer, J Educ Behav Stat 30 (2005) 261).
func restricted(effect, variance []*big.Float) (*big.Float, bool) {
	tau2 := moments2(effect, variance)
	for range 5_000 {
		step := scoring(effect, variance, tau2)
		next := exact.Add(tau2, step)
		if tau2.Sign() == 0 && step.Sign() <= 0 {
			return tau2, true
		}
		for range 200 {
			if next.Sign() >= 0 {
				break
			}
			step = exact.Quo(step, exact.Of(2))
			next = exact.Add(tau2, step)
		}
		if change := exact.Zero().Abs(step); change.Cmp(exact.Mul(exact.Of(1e-24), exact.Add(variance[0], tau2))) <= 0 {
			if exact.Float(exact.Quo(next, variance[0])) < 1e-12 {
				return exact.Zero(), true
			}
			return next, true
		}
		tau2 = next
	}
	return nil, false
}

// scoring is the step of tau2: (yᵀPPy - tr P) / tr PP, P being the projection past the mean.
func scoring(effect, variance []*big.Float, tau2 *big.Float) *big.Float {
	mean, w1 := pool(effect, variance, tau2)
	w2, w3, squares := exact.Zero(), exact.Zero(), exact.Zero()
	for i := range effect {
		w := exact.Quo(exact.Of(1), exact.Add(variance[i], tau2))
		ww := exact.Mul(w, w)
		d := exact.Sub(effect[i], mean)
		w2 = exact.Add(w2, ww)
		w3 = exact.Add(w3, exact.Mul(ww, w))
		squares = exact.Add(squares, exact.Mul(ww, exact.Mul(d, d)))
	}
	trace := exact.Sub(w1, exact.Quo(w2, w1))
	ratio := exact.Quo(w2, w1)
	square := exact.Add(exact.Sub(w2, exact.Mul(exact.Of(2), exact.Quo(w3, w1))), exact.Mul(ratio, ratio))
	return exact.Quo(exact.Sub(squares, trace), square)
}

func (m *metaAnalysis) Clone() Analysis {
	c := *m
	return &c
}

func (m *metaAnalysis) State(to *strings.Builder) { to.WriteString(m.a.ID + "\n") }
