package method

import (
	"math"
	"math/big"
	"slices"
	"strings"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/study/exact"
	"consilium/study/protocol"
	"consilium/study/rows"
)

// regression is a logistic or Poisson regression, with one intercept, or with one for each hospital that never leaves it.
type regression struct {
	ended
	p     *protocol.Protocol
	a     *protocol.Analysis
	names []string
	scale []rows.Scaling
	fit   newton
	begun bool // the first round has been taken, in which a Poisson model finds where to start
}

func newRegression(p *protocol.Protocol, a *protocol.Analysis) *regression {
	r := &regression{p: p, a: a, names: p.Columns(a.Terms), scale: rows.Scalings(p, a.Terms)}
	r.fit = newNewton(termsOf(r.names, r.intercept()), make([]float64, len(r.names)+r.own()))
	return r
}

func (r *regression) intercept() bool { return r.a.Center == protocol.CenterNone }

// own is how many intercepts there are among the coefficients.
func (r *regression) own() int {
	if r.intercept() {
		return 1
	}
	return 0
}

func termsOf(names []string, intercept bool) []string {
	if intercept {
		return append([]string{stats.Intercept}, names...)
	}
	return names
}

func (r *regression) Size() int {
	if !r.begun {
		return 3
	}
	return r.fit.size()
}

func (r *regression) Local(t *rows.Table) ([]float64, error) {
	g := glmOf(t, r.a)
	if !r.begun {
		mean := 0.0
		for i := range g.y {
			h := 0.0
			if g.offset != nil {
				h = g.offset[i]
			}
			mean += math.Exp(h)
		}
		return []float64{float64(t.Rows), sum(g.y), mean}, nil
	}
	s, err := r.sums(g)
	return figures(s), err
}

func (r *regression) sums(g glm) (fit.Sums, error) {
	if r.intercept() {
		return g.sums(r.fit.at)
	}
	return g.profiled(r.fit.at)
}

// glmOf is an analysis's outcome and terms, brought to a common size.
func glmOf(t *rows.Table, a *protocol.Analysis) glm {
	o := t.Protocol.Outcome(a.Outcome)
	g := glm{family: a.Method, y: t.Variables[o.Value].X, z: t.Design(a.Terms).Z()}
	if o.Offset != "" {
		g.offset = t.Variables[o.Offset].X
	}
	return g
}

func (r *regression) Take(sum []*big.Float) {
	if !r.begun {
		r.begin(sum)
		return
	}
	r.fit.take(sum)
	if !r.fit.done {
		return
	}
	if r.fit.failed != "" {
		r.refuse(*r.fit.refusal)
		return
	}
	r.result.Estimates = unscale(r.names, r.scale, unscaled, r.intercept(), r.fit.coef, r.fit.inner)
}

// begin starts from the model of the intercept alone: from 0, a Poisson model of counts far from 1 would overshoot.
func (r *regression) begin(sum []*big.Float) {
	r.begun = true
	r.result.N = count(sum[0])
	events := exact.Float(sum[1])
	if events == 0 || r.a.Method == protocol.Logistic && events == exact.Float(sum[0]) {
		r.fit.fail("the outcome is the same in all patients of all hospitals", Refusal{Why: OneOutcome})
		r.refuse(*r.fit.refusal)
		return
	}
	if r.intercept() && r.a.Method == protocol.Poisson {
		r.fit.at = slices.Clone(r.fit.at)
		r.fit.at[0] = exact.RoughLog(exact.Quo(sum[1], sum[2]))
	}
}

func (r *regression) Clone() Analysis { return r.clone() }

func (r *regression) clone() *regression {
	c := *r
	return &c
}

func (r *regression) State(to *strings.Builder) {
	to.WriteString(r.a.ID + "\n")
	r.fit.state(to)
}
