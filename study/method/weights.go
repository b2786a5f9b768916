package method

import (
	"cmp"
	"math"
	"slices"

	"consilium/study/protocol"
	"consilium/study/rows"
)

// Weighed is an analysis whose figures weigh patients by the point that all have come to together. The sums of others lead there, and behind a mask those can be lies: a fit
// can be led to where every patient weighs nothing but one, whose row the figures then are.
type Weighed interface {
	Analysis
	// Weights are what the rows of a hospital weigh in the figures of the next round; none where they all weigh alike.
	Weights(t *rows.Table) []Weighing
	// Moving are the terms along which the fit has moved the most, and has led to the point of the next round.
	Moving() []string
}

// Moving implements [Weighed].
func (r *regression) Moving() []string { return r.fit.moving() }

// Moving implements [Weighed].
func (c *cox) Moving() []string { return c.fit.moving() }

// Moving implements [Weighed].
func (w *weighting) Moving() []string { return w.propensity.Moving() }

// Moving implements [Weighed].
func (m *mixedLogistic) Moving() []string {
	if !m.begun {
		return m.plain.Moving()
	}
	return m.fit.moving()
}

// Moving implements [Weighed]: those of the models that have not come to their end.
func (d *doublyRobust) Moving() (list []string) {
	for _, m := range d.models {
		if m.Size() == 0 && !d.fitted() {
			continue
		}
		for _, term := range m.Moving() {
			if !slices.Contains(list, term) {
				list = append(list, term)
			}
		}
	}
	return list
}

// Weighing is one way in which figures weigh rows.
type Weighing struct {
	Of    []float64   // of each row, not below 0
	Alike []float64   // the same where the model has no effects yet; nil: all rows weigh alike there
	By    [][]float64 // columns whose weighted squares are among the figures, by columns
	Half  bool        // half of all may be one patient's: weights that are uneven in honest studies too
}

// weighings are those of a generalized linear model at linear predictors: of the information, of the score, of the log-likelihood.
func (g glm) weighings(eta []float64) []Weighing {
	n := len(eta)
	information := Weighing{Of: make([]float64, n), By: g.z}
	score := Weighing{Of: make([]float64, n), Half: g.family == protocol.Poisson} // a count far from its mean is rare and honest
	likelihood := Weighing{Of: make([]float64, n), Half: true}
	if g.family == protocol.Poisson {
		information.Alike = make([]float64, n)
	}
	for i, h := range eta {
		mean := g.mean(h)
		score.Of[i] = math.Abs(g.y[i] - mean)
		if g.family == protocol.Poisson {
			information.Of[i], likelihood.Of[i], information.Alike[i] = mean, math.Abs(g.y[i]*h-mean), 1
			if g.offset != nil {
				information.Alike[i] = math.Exp(g.offset[i])
			}
			continue
		}
		information.Of[i] = mean * (1 - mean)
		likelihood.Of[i] = math.Max(h, 0) + math.Log1p(math.Exp(-math.Abs(h))) - g.y[i]*h
	}
	return []Weighing{information, score, likelihood}
}

// weighings are those of the model's rows at the point of the next round.
func (r *regression) weighings(g glm) []Weighing {
	if !r.begun || r.fit.done || g.family == protocol.Linear || len(g.y) == 0 {
		return nil
	}
	beta, own := r.fit.at, 0.0
	if r.intercept() {
		own, beta = beta[0], beta[1:]
	}
	eta := g.linear(beta)
	if !r.intercept() {
		var ok bool
		if own, ok = g.intercept(eta); !ok {
			return nil // a hospital whose outcomes are all alike says nothing
		}
	}
	return g.weighings(plus(eta, own))
}

func plus(list []float64, more float64) []float64 {
	for i := range list {
		list[i] += more
	}
	return list
}

// Weights implements [Weighed].
func (r *regression) Weights(t *rows.Table) []Weighing { return r.weighings(glmOf(t, r.a)) }

// Weights implements [Weighed]. The hospital's own intercept is the one that is likeliest at the point, as in Laplace's approximation.
func (m *mixedLogistic) Weights(t *rows.Table) []Weighing {
	if !m.begun {
		return m.plain.Weights(t)
	}
	if m.fit.done {
		return nil
	}
	g := glmOf(t, m.plain.a)
	last := len(m.fit.at) - 1
	eta := plus(g.linear(m.fit.at[1:last]), m.fit.at[0])
	return g.weighings(plus(eta, g.mode(eta, m.fit.at[last])))
}

// mode is the likeliest intercept of a hospital whose intercepts are normal with a standard deviation: where the score, less the intercept over the variance, is 0.
func (g glm) mode(eta []float64, sd float64) float64 {
	low, high := -64.0, 64.0
	for range 60 {
		b := (low + high) / 2
		excess := -b / (sd*sd + 1e-12)
		for i, h := range eta {
			excess += g.y[i] - expit(h+b)
		}
		if excess > 0 {
			low = b
		} else {
			high = b
		}
	}
	return (low + high) / 2
}

// Weights implements [Weighed]: the propensity model, then the weights of each arm.
func (w *weighting) Weights(t *rows.Table) []Weighing {
	if w.phase == 0 {
		return w.propensity.weighings(glm{family: protocol.Logistic, y: treatment(t, w.a.Exposure), z: t.Design(w.a.Propensity).Z()})
	}
	if w.phase > 3 || t.Rows == 0 {
		return nil
	}
	c := w.cohort(t)
	var list []Weighing
	for k := range 2 {
		weight, _ := w.arm(c, k)
		list = append(list, Weighing{Of: weight, Half: true})
	}
	return list
}

// Weights implements [Weighed]: the models, then what each patient's residual weighs.
func (d *doublyRobust) Weights(t *rows.Table) (list []Weighing) {
	if d.done {
		return nil
	}
	if !d.fitted() {
		for k, m := range d.models {
			list = append(list, m.weighings(d.rowsOf(t, k))...)
		}
		return list
	}
	if t.Rows == 0 {
		return nil
	}
	weight := make([]float64, t.Rows)
	y := treatment(t, d.a.Exposure)
	for i, e := range propensities(d.rowsOf(t, 0), d.models[0]) {
		weight[i] = 1 / (1 - e)
		if y[i] == 1 {
			weight[i] = 1 / e
		}
	}
	return []Weighing{{Of: weight, Half: true}}
}

// Weights implements [Weighed]: how many events the point expects of each patient, over the times at which the patient was at risk.
func (c *cox) Weights(t *rows.Table) []Weighing {
	if !c.begun || c.fit.done || t.Rows == 0 {
		return nil
	}
	o := c.p.Outcome(c.a.Outcome)
	g := glm{y: t.Variables[o.Event].X, z: t.Design(c.a.Terms).Z()}
	time := make([]float64, t.Rows)
	for i, v := range t.Variables[o.Time].X {
		time[i] = math.Ceil(v / o.Bin)
	}
	return []Weighing{{Of: expected(g.linear(c.fit.at), time, g.y), Alike: expected(make([]float64, t.Rows), time, g.y)}}
}

// expected are the events that proportional hazards expect of each row: its risk times the hazard summed over the times up to its own (Breslow).
func expected(eta, time, event []float64) []float64 {
	highest := slices.Max(eta)
	order, risk := make([]int, len(eta)), make([]float64, len(eta))
	for i, h := range eta {
		order[i], risk[i] = i, math.Exp(h-highest)
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(time[b], time[a]) }) // the longest first
	atRisk := 0.0
	hazard := map[float64]float64{} // of each time
	var times []float64
	for _, i := range order {
		atRisk += risk[i]
		if len(times) == 0 || times[len(times)-1] != time[i] {
			times = append(times, time[i])
		}
		hazard[time[i]] = atRisk // for now, who is at risk
	}
	deaths := map[float64]float64{}
	for i, e := range event {
		deaths[time[i]] += e
	}
	total := 0.0
	for _, at := range slices.Backward(times) {
		total += deaths[at] / hazard[at]
		hazard[at] = total
	}
	out := make([]float64, len(eta))
	for i := range out {
		out[i] = risk[i] * hazard[time[i]]
	}
	return out
}
