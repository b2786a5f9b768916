package method

import (
	"math"
	"math/big"
	"strings"

	"consilium/study/exact"
	"consilium/study/protocol"
	"consilium/study/rows"
)

// weighting compares two treatments by inverse probability or overlap weights. Rounds: the propensity model; weighted means and balance; how the means move with the
// propensity's coefficients; the sum of squared influences, of which the standard error is made (M-estimation with the propensity model stacked: Lunceford and
// Davidian, Statistics in Medicine 23 (2004) 2937–2960).
type weighting struct {
	ended
	p          *protocol.Protocol
	a          *protocol.Analysis
	propensity *regression
	outcome    rows.Scaling
	phase      int // 0 the propensity model, 1 means, 2 slopes, 3 influences, 4 the end
	mean       [2]*big.Float
	weight     [2]*big.Float   // sums of weights of each arm
	slope      [2][]*big.Float // of each arm's mean by the coefficients, times the inverse information
}

func newWeighting(p *protocol.Protocol, a *protocol.Analysis) *weighting {
	return &weighting{p: p, a: a, propensity: propensityOf(p, a), outcome: outcomeScale(p, a.Outcome)}
}

// propensityOf is the model of who got the treatment, as an analysis of its own.
func propensityOf(p *protocol.Protocol, a *protocol.Analysis) *regression {
	return newRegression(p, &protocol.Analysis{ID: a.ID, Method: protocol.Logistic, Terms: a.Propensity, Center: a.Center})
}

// cohort is a hospital's rows as weighting needs them: treatment, outcome at a common size, and the propensity at given coefficients.
type cohort struct {
	glm
	outcome  []float64
	e        []float64   // propensity
	x        [][]float64 // columns of the propensity model, the hospital's intercept taken out of them
	own      float64     // the information of the hospital's own intercept; 0 where it has none
	residual []float64   // treatment minus propensity
}

func treatment(t *rows.Table, exposure string) []float64 { return t.Variables[exposure].X }

func (w *weighting) cohort(t *rows.Table) cohort {
	c := cohort{glm: glm{family: protocol.Logistic, y: treatment(t, w.a.Exposure), z: t.Design(w.a.Propensity).Z()}}
	c.outcome = scaled(t.Variables[w.p.Outcome(w.a.Outcome).Value].X, w.outcome)
	c.e = propensities(c.glm, w.propensity)
	c.residual = make([]float64, len(c.y))
	for i, y := range c.y {
		c.residual[i] = y - c.e[i]
	}
	c.columns(w.propensity.intercept())
	return c
}

// propensities are the probabilities of treatment at the coefficients of a finished model.
func propensities(g glm, model *regression) []float64 {
	beta := exact.Floats(model.fit.coef)
	own := 0.0
	if model.intercept() {
		own, beta = beta[0], beta[1:]
	}
	eta := g.linear(beta)
	if !model.intercept() {
		own = g.limit(eta)
	}
	for i, h := range eta {
		eta[i] = g.mean(own + h)
	}
	return eta
}

// limit is the hospital's own intercept, infinite where its outcomes are all alike: then the mean is 0 or 1 for everybody there.
func (g glm) limit(eta []float64) float64 {
	if own, ok := g.intercept(eta); ok {
		return own
	}
	if len(g.y) > 0 && g.y[0] == 1 {
		return math.Inf(1)
	}
	return math.Inf(-1)
}

// columns makes the model's columns: with the ones of an intercept, or around their means weighted by the information of each row, which takes the hospital's own
// intercept out of them.
func (c *cohort) columns(intercept bool) {
	n := len(c.y)
	if intercept {
		ones := make([]float64, n)
		for i := range ones {
			ones[i] = 1
		}
		c.x = append([][]float64{ones}, c.z...)
		return
	}
	information := make([]float64, n)
	for i, e := range c.e {
		information[i] = e * (1 - e)
	}
	c.own = sum(information)
	for _, z := range c.z {
		middle := 0.0
		if c.own > 0 {
			middle = dot(information, z) / c.own
		}
		c.x = append(c.x, scaled(z, rows.Scaling{Center: middle, Scale: 1}))
	}
}

// weightOf is a row's weight in its arm and how it changes with the propensity's linear predictor.
func (w *weighting) weightOf(treated bool, e float64) (weight, slope float64) {
	switch {
	case w.a.Estimand == protocol.ATT && treated:
		return 1, 0
	case w.a.Estimand == protocol.ATT:
		return e / (1 - e), e / (1 - e)
	case w.a.Estimand == protocol.ATO && treated:
		return 1 - e, -e * (1 - e)
	case w.a.Estimand == protocol.ATO:
		return e, e * (1 - e)
	case treated:
		return 1 / e, -(1 - e) / e
	}
	return 1 / (1 - e), e / (1 - e)
}

// arm has the weights of the rows of one arm, and their slopes; 0 for the others.
func (w *weighting) arm(c cohort, k int) (weight, slope []float64) {
	weight, slope = make([]float64, len(c.y)), make([]float64, len(c.y))
	for i, y := range c.y {
		if int(y) == k {
			weight[i], slope[i] = w.weightOf(k == 1, c.e[i])
		}
	}
	return weight, slope
}

func (w *weighting) names() []string { return w.propensity.names }

func (w *weighting) Size() int {
	p := len(w.names())
	switch w.phase {
	case 0:
		return w.propensity.Size()
	case 1:
		return 2 * (3 + 3*p)
	case 2:
		return 2 * (p + w.propensity.own())
	case 3:
		return 1
	}
	return 0
}

func (w *weighting) Local(t *rows.Table) ([]float64, error) {
	if w.phase == 0 {
		if !w.propensity.begun {
			y := treatment(t, w.a.Exposure)
			return []float64{float64(t.Rows), sum(y), float64(t.Rows)}, nil
		}
		s, err := w.propensity.sums(glm{family: protocol.Logistic, y: treatment(t, w.a.Exposure), z: t.Design(w.a.Propensity).Z()})
		return figures(s), err
	}
	c := w.cohort(t)
	switch w.phase {
	case 1:
		return append(w.means(c, 0), w.means(c, 1)...), nil
	case 2:
		return append(w.slopes(c, 0), w.slopes(c, 1)...), nil
	}
	return []float64{w.influences(c)}, nil
}

// means are, of one arm, how many there are, the sum of weights and of weighted outcomes, and of each column the weighted sum, the sum and the sum of squares.
func (w *weighting) means(c cohort, k int) []float64 {
	weight, _ := w.arm(c, k)
	in := make([]float64, len(c.y))
	for i, y := range c.y {
		if int(y) == k {
			in[i] = 1
		}
	}
	out := []float64{sum(in), sum(weight), dot(weight, c.outcome)}
	for _, z := range c.z {
		own := times(in, z)
		out = append(out, dot(weight, z), sum(own), dot(own, own))
	}
	return out
}

func times(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] * b[i]
	}
	return out
}

// deviations are a row's slope of weight times its distance from the arm's mean.
func (w *weighting) deviations(c cohort, k int) []float64 {
	_, slope := w.arm(c, k)
	mean := exact.Float(w.mean[k])
	for i := range slope {
		slope[i] *= c.outcome[i] - mean
	}
	return slope
}

func (w *weighting) slopes(c cohort, k int) []float64 {
	d := w.deviations(c, k)
	out := make([]float64, len(c.x))
	for j, x := range c.x {
		out[j] = dot(d, x)
	}
	return out
}

// influences is the sum of the squared influences of the hospital's patients on the difference.
func (w *weighting) influences(c cohort) float64 {
	total := make([]float64, len(c.y))
	for k, sign := range []float64{-1, 1} {
		weight, _ := w.arm(c, k)
		mean, slope := exact.Float(w.mean[k]), exact.Floats(w.slope[k])
		size := exact.Float(w.weight[k]) / float64(w.result.N)
		own := 0.0
		if c.own > 0 {
			own = sum(w.deviations(c, k)) / c.own
		}
		for i := range total {
			moved := own
			for j, x := range c.x {
				moved += slope[j] * x[i]
			}
			total[i] += sign * (weight[i]*(c.outcome[i]-mean) + c.residual[i]*moved) / size
		}
	}
	return dot(total, total)
}

func (w *weighting) Take(sum []*big.Float) {
	switch w.phase {
	case 0:
		w.propensity.Take(sum)
		if w.propensity.Size() > 0 {
			return
		}
		w.result.N = w.propensity.result.N
		if why := w.propensity.result.Refused; why != nil {
			w.refuse(*why.within(PropensityModel))
			w.phase = 4
			return
		}
	case 1:
		if !w.takeMeans(sum) {
			w.phase = 4
			return
		}
	case 2:
		p := len(sum) / 2
		for k := range 2 {
			w.slope[k] = w.propensity.fit.inner.Times(sum[k*p : (k+1)*p])
		}
	case 3:
		n := exact.Of(float64(w.result.N))
		scale := exact.Of(w.outcome.Scale)
		difference := exact.Mul(scale, exact.Sub(w.mean[1], w.mean[0]))
		se := exact.Mul(scale, exact.Quo(exact.Sqrt(sum[0]), n))
		w.result.Estimates = append([]Estimate{{"difference", exact.Float(difference), exact.Float(se)}}, w.result.Estimates...)
	}
	w.phase++
}

// takeMeans takes the weighted means and the balance of both arms.
func (w *weighting) takeMeans(sum []*big.Float) bool {
	per := len(sum) / 2
	for k := range 2 {
		part := sum[k*per:]
		if part[1].Sign() <= 0 {
			w.refuse(Refusal{Why: OneTreatment})
			return false
		}
		w.weight[k], w.mean[k] = part[1], exact.Quo(part[2], part[1])
	}
	for j, name := range w.names() {
		var arms [2]moments
		var weighted [2]*big.Float
		for k := range 2 {
			part := sum[k*per:]
			column := part[3+3*j : 6+3*j]
			arms[k] = momentsOf(part[0], column[1], column[2])
			weighted[k] = exact.Quo(column[0], part[1])
		}
		if v := standardized(arms[0], arms[1], exact.Sub(arms[1].mean, arms[0].mean)); v != nil {
			after := standardized(arms[0], arms[1], exact.Sub(weighted[1], weighted[0]))
			w.result.Estimates = append(w.result.Estimates, Estimate{"balance:" + name, exact.Float(after), none}, Estimate{"unweighted:" + name, exact.Float(v), none})
		}
	}
	return true
}

func (w *weighting) Clone() Analysis {
	c := *w
	c.propensity = w.propensity.clone()
	return &c
}

func (w *weighting) State(to *strings.Builder) {
	w.propensity.State(to)
	for k := range 2 {
		if w.mean[k] != nil {
			write(to, "mean", w.mean[k], w.weight[k])
		}
		write(to, "slope", w.slope[k]...)
	}
}
