package method

import (
	"errors"
	"math/big"
	"strings"

	"consilium/study/exact"
	"consilium/study/protocol"
	"consilium/study/rows"
)

// doublyRobust is augmented inverse probability weighting: a propensity model and an outcome model in each arm, fitted side by side, then the mean of the
// influence values and of their squares (Robins, Rotnitzky and Zhao, JASA 89 (1994) 846–866).
type doublyRobust struct {
	ended
	p      *protocol.Protocol
	a      *protocol.Analysis
	models [3]*regression // the propensity; the outcome among the untreated; among the treated
	scale  rows.Scaling   // of the outcome
	done   bool
}

func newDoublyRobust(p *protocol.Protocol, a *protocol.Analysis) *doublyRobust {
	d := &doublyRobust{p: p, a: a, scale: outcomeScale(p, a.Outcome)}
	family := protocol.Logistic
	if p.Outcome(a.Outcome).Type == protocol.Continuous {
		family = protocol.Linear
	}
	d.models[0] = propensityOf(p, a)
	for k := range 2 {
		d.models[1+k] = newRegression(p, &protocol.Analysis{ID: a.ID, Method: family, Outcome: a.Outcome, Terms: a.Terms, Center: a.Center})
	}
	return d
}

func (d *doublyRobust) fitted() bool {
	for _, m := range d.models {
		if m.Size() > 0 {
			return false
		}
	}
	return true
}

func (d *doublyRobust) Size() int {
	switch {
	case d.done:
		return 0
	case d.fitted():
		return 2
	}
	n := 0
	for _, m := range d.models {
		n += m.Size()
	}
	return n
}

// rowsOf gives the rows of one of the models.
func (d *doublyRobust) rowsOf(t *rows.Table, model int) glm {
	y := treatment(t, d.a.Exposure)
	if model == 0 {
		return glm{family: protocol.Logistic, y: y, z: t.Design(d.a.Propensity).Z()}
	}
	keep := make([]bool, t.Rows)
	for i, v := range y {
		keep[i] = int(v) == model-1
	}
	return d.outcomeOf(t.Only(keep), model)
}

// outcomeOf is all the rows of a table in an outcome model.
func (d *doublyRobust) outcomeOf(t *rows.Table, model int) glm {
	y := scaled(t.Variables[d.p.Outcome(d.a.Outcome).Value].X, d.scale)
	return glm{family: d.models[model].a.Method, y: y, z: t.Design(d.a.Terms).Z()}
}

func (d *doublyRobust) Local(t *rows.Table) ([]float64, error) {
	if d.fitted() {
		return d.influences(t)
	}
	var out []float64
	for k, m := range d.models {
		if m.Size() == 0 {
			continue
		}
		g := d.rowsOf(t, k)
		if !m.begun {
			n := float64(len(g.y))
			out = append(out, n, sum(g.y), n)
			continue
		}
		s, err := m.sums(g)
		if err != nil {
			return nil, err
		}
		out = append(out, figures(s)...)
	}
	return out, nil
}

// ErrOneArm says that a hospital cannot compute its figures: it gave one of the treatments to nobody.
var ErrOneArm = errors.New("one of the treatments has no patients in this hospital, so that its own intercept cannot be known")

// influences are the sum of the influence values and of their squares.
func (d *doublyRobust) influences(t *rows.Table) ([]float64, error) {
	y, e := treatment(t, d.a.Exposure), propensities(d.rowsOf(t, 0), d.models[0])
	var expected [2][]float64
	for k := range 2 {
		own := d.rowsOf(t, 1+k)
		if len(own.y) == 0 && !d.models[1+k].intercept() {
			return nil, ErrOneArm
		}
		expected[k] = predictions(own, d.outcomeOf(t, 1+k), d.models[1+k])
	}
	outcome := d.outcomeOf(t, 1).y
	phi := make([]float64, t.Rows)
	for i := range phi {
		phi[i] = expected[1][i] - expected[0][i]
		if y[i] == 1 {
			phi[i] += (outcome[i] - expected[1][i]) / e[i]
		} else {
			phi[i] -= (outcome[i] - expected[0][i]) / (1 - e[i])
		}
	}
	return []float64{sum(phi), dot(phi, phi)}, nil
}

// predictions are the expected outcomes of all rows by a model of some of them, whose own intercept is that of those.
func predictions(of, all glm, model *regression) []float64 {
	beta := exact.Floats(model.fit.coef)
	own := 0.0
	if model.intercept() {
		own, beta = beta[0], beta[1:]
	} else {
		own = of.limit(of.linear(beta))
	}
	eta := all.linear(beta)
	for i, h := range eta {
		eta[i] = all.mean(own + h)
	}
	return eta
}

func (d *doublyRobust) Take(sum []*big.Float) {
	if d.fitted() {
		d.end(sum)
		return
	}
	for _, m := range d.models {
		if n := m.Size(); n > 0 {
			m.Take(sum[:n])
			sum = sum[n:]
		}
	}
	for i, m := range d.models {
		if m.fit.failed != "" {
			d.refuse(*m.fit.refusal.within([]string{PropensityModel, FirstOutcome, SecondOutcome}[i]))
			d.done = true
		}
	}
	d.result.N = d.models[0].result.N
}

func (d *doublyRobust) end(sum []*big.Float) {
	d.done = true
	n := exact.Of(float64(d.result.N))
	mean := exact.Quo(sum[0], n)
	spread := exact.Sub(sum[1], exact.Mul(sum[0], mean))
	scale := exact.Of(d.scale.Scale)
	d.result.Estimates = []Estimate{{"difference", exact.Float(exact.Mul(scale, mean)), exact.Float(exact.Mul(scale, exact.Quo(exact.Sqrt(spread), n)))}}
}

func (d *doublyRobust) Clone() Analysis {
	c := *d
	for i, m := range d.models {
		c.models[i] = m.clone()
	}
	return &c
}

func (d *doublyRobust) State(to *strings.Builder) {
	for _, m := range d.models {
		m.State(to)
	}
}
