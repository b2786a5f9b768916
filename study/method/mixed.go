package method

import (
	"math"
	"math/big"
	"strings"

	"consilium/stats"
	"consilium/stats/mixed"
	"consilium/study/exact"
	"consilium/study/protocol"
	"consilium/study/rows"
)

// mixedLogistic is a logistic model with a normal random intercept for each hospital, by Laplace's approximation, coefficients and standard deviation maximized
// together. Rounds: the plain model, from which it starts; the mixed one. A hospital's intercept is integrated out at home.
type mixedLogistic struct {
	ended
	p     *protocol.Protocol
	a     *protocol.Analysis
	plain *regression
	fit   newton // over coefficients and standard deviation, once the plain model is there
	begun bool
}

func newMixed(p *protocol.Protocol, a *protocol.Analysis) *mixedLogistic {
	return &mixedLogistic{p: p, a: a, plain: newRegression(p, &protocol.Analysis{ID: a.ID, Method: protocol.Logistic, Outcome: a.Outcome, Terms: a.Terms, Center: protocol.CenterNone})}
}

func (m *mixedLogistic) Size() int {
	switch {
	case m.result.Refused != nil:
		return 0
	case !m.begun:
		return m.plain.Size()
	}
	return m.fit.size()
}

func (m *mixedLogistic) Local(t *rows.Table) ([]float64, error) {
	if !m.begun {
		return m.plain.Local(t)
	}
	g := glmOf(t, m.plain.a)
	rule, err := mixed.NewRule(1)
	if err != nil {
		return nil, err
	}
	last := len(m.fit.at) - 1
	// Made anew each round: where the last one had found the mode would change the last digits.
	center := mixed.Centers(g.y, stats.NewDesign(m.plain.names, g.z, t.Rows), make([]int, t.Rows), nil)
	return figures(center[0].Sums(m.fit.at[:last], m.fit.at[last], rule)), nil
}

// firstSD is where the standard deviation starts: from 0 there is no uphill, the likelihood being even in it.
const firstSD = 0.5

func (m *mixedLogistic) Take(sum []*big.Float) {
	if !m.begun {
		m.plain.Take(sum)
		if m.plain.Size() > 0 {
			return
		}
		m.result.N = m.plain.result.N
		if why := m.plain.result.Refused; why != nil {
			m.refuse(*why)
			return
		}
		m.begun = true
		m.fit = newNewton(append(termsOf(m.plain.names, true), mixed.SD), append(exact.Floats(m.plain.fit.coef), firstSD))
		m.fit.saddles = true
		return
	}
	m.fit.take(sum)
	if !m.fit.done {
		return
	}
	if m.fit.failed != "" {
		m.refuse(*m.fit.refusal)
		return
	}
	m.end()
}

// end writes the estimates. Where hospitals differ no more than chance, the standard deviation is 0 and the model the plain one.
func (m *mixedLogistic) end() {
	last := len(m.fit.coef) - 1
	sd := math.Abs(exact.Float(m.fit.coef[last]))
	if sd < 1e-6 {
		m.result.Estimates = append(m.plain.result.Estimates, Estimate{mixed.SD, 0, none})
		return
	}
	m.result.Estimates = unscale(m.plain.names, m.plain.scale, unscaled, true, m.fit.coef[:last], m.fit.inner[:last])
	m.result.Estimates = append(m.result.Estimates, Estimate{mixed.SD, sd, exact.Float(exact.Sqrt(m.fit.inner.At(last, last)))})
}

func (m *mixedLogistic) Clone() Analysis {
	c := *m
	c.plain = m.plain.clone()
	return &c
}

func (m *mixedLogistic) State(to *strings.Builder) {
	m.plain.State(to)
	m.fit.state(to)
}
