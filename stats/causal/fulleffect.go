package causal

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
)

// sizes are the treated rows and the controls of each set.
func (m *FullMatching) sizes() (treated, controls []float64) {
	treated, controls = make([]float64, m.Count), make([]float64, m.Count)
	for i, k := range m.Set {
		switch {
		case k < 0:
		case m.arms.Treated[i]:
			treated[k]++
		default:
			controls[k]++
		}
	}
	return treated, controls
}

// Weights is one weight a row, 0 for rows left out: each arm stands for the target's rows of its set. For ATT a treated row has 1 and a control as many as there are treated rows for each control of
// its set; for ATC the other way round; for ATE a row has the size of its set over the number of rows of its arm there. Weights that are not 1 are so scaled that those of each arm average 1.
// Source: Hansen, JASA 99 (2004) 609–618, section 3; Stuart, Statistical Science 25 (2010) 1–21, section 3.
func (m *FullMatching) Weights(target Target) ([]float64, error) {
	if !slices.Contains([]Target{ATE, ATT, ATC}, target) {
		return nil, &stats.Error{Method: fullMethod, Problem: stats.Unsupported, Variable: "target", Detail: fmt.Sprintf("there are no weights toward %q", target), Advice: "Take ATT, ATC or ATE"}
	}
	treated, controls := m.sizes()
	w := make([]float64, len(m.Set))
	var sum, rows [2]float64
	for i, k := range m.Set {
		if k < 0 {
			continue
		}
		arm, own, whole := 0, controls[k], treated[k]+controls[k]
		if m.arms.Treated[i] {
			arm, own = 1, treated[k]
		}
		switch target {
		case ATT:
			whole = treated[k]
		case ATC:
			whole = controls[k]
		}
		w[i] = whole / own
		sum[arm] += w[i]
		rows[arm]++
	}
	for i := range w {
		arm := 0
		if m.arms.Treated[i] {
			arm = 1
		}
		w[i] *= rows[arm] / sum[arm]
	}
	return w, nil
}

// Compare is the difference of the weighted means of an outcome, with a standard error that allows for the sets: the weighted regression on the treatment, clustered by set (CR1). A single set has none: a TooFewRows error.
// Source: Hansen, JASA 99 (2004) 609–618; Austin and Stuart, Statistical Methods in Medical Research 26 (2017) 1654–1670.
func (m *FullMatching) Compare(y []float64, target Target) (difference, se float64, err error) {
	if err := m.arms.check(fullMethod, "outcome", y); err != nil {
		return 0, 0, err
	}
	if m.Count < 2 {
		return 0, 0, &stats.Error{Method: fullMethod, Problem: stats.TooFewRows, Detail: "there is one set"}
	}
	w, err := m.Weights(target)
	if err != nil {
		return 0, 0, err
	}
	m1, m0 := m.arms.means(y, w)
	var sum [2]float64
	rows := 0.0
	for i, v := range w {
		if m.Set[i] < 0 {
			continue
		}
		rows++
		if m.arms.Treated[i] {
			sum[1] += v
		} else {
			sum[0] += v
		}
	}
	scores := make([]float64, m.Count)
	for i, k := range m.Set {
		switch {
		case k < 0:
		case m.arms.Treated[i]:
			scores[k] += w[i] * (y[i] - m1) / sum[1]
		default:
			scores[k] -= w[i] * (y[i] - m0) / sum[0]
		}
	}
	var squares float64
	for _, s := range scores {
		squares += s * s
	}
	sets := float64(m.Count)
	return m1 - m0, math.Sqrt(squares * sets / (sets - 1) * (rows - 1) / (rows - 2)), nil
}
