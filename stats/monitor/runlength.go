package monitor

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"consilium/stats"
)

// fine and coarse are into how many steps the sum is cut. The error of a lattice is in proportion to its step, so that 2·fine − coarse leaves about a
// thousandth for charts as they are used.
const fine, coarse = 600, 300

// RunLength is the average number of patients until the chart signals, when patients come at random from the risks p and the true odds are r times those
// expected (r = 1: the average time to a false alarm). The sum is followed as a Markov chain on a lattice from 0 to H (Brook and Evans 1972, Biometrika
// 59:539), each weight shared between the two points next to it so that its mean is kept, and two lattices are extrapolated to a step of 0.
func RunLength(p []float64, c Chart, r float64) (float64, error) {
	const method = "average run length"
	near, err := runLength(method, p, c, r, fine)
	if err != nil {
		return 0, err
	}
	far, err := runLength(method, p, c, r, coarse)
	return max(1, 2*near-far), err
}

func runLength(method string, p []float64, c Chart, r float64, m int) (float64, error) {
	l, err := newLattice(method, p, c, r, m)
	if err != nil {
		return 0, err
	}
	system, ones := l.system()
	var length mat.VecDense
	if err := length.SolveVec(system, ones); err != nil {
		return 0, &stats.Error{Method: method, Problem: stats.NotConverged, Variable: "h", Detail: fmt.Sprintf("a signal is too rare to be timed (H = %g)", c.H), Advice: "Take a lower threshold"}
	}
	if first := length.AtVec(0); first >= 1 && !math.IsInf(first, 0) {
		return first, nil
	}
	return 0, &stats.Error{Method: method, Problem: stats.NotConverged, Variable: "h", Detail: "the average run length is not finite", Advice: "Take a lower threshold"}
}

// FalseAlarm is the probability that the chart signals within the first n patients, by the same chains. With r other than 1 it is the power to signal within
// n patients.
func FalseAlarm(p []float64, c Chart, r float64, n int) (float64, error) {
	const method = "false alarm probability"
	if n < 0 {
		return 0, &stats.Error{Method: method, Problem: stats.Invalid, Variable: "n", Detail: "there are fewer than no patients"}
	}
	near, err := newLattice(method, p, c, r, fine)
	if err != nil {
		return 0, err
	}
	far, err := newLattice(method, p, c, r, coarse)
	if err != nil {
		return 0, err
	}
	return min(1, max(0, 2*near.signals(n)-far.signals(n))), nil
}

// signals is the probability of a signal within n steps.
func (l *lattice) signals(n int) float64 {
	now, next := make([]float64, l.m), make([]float64, l.m)
	now[0] = 1
	signaled := 0.0
	for range n {
		clear(next)
		for from, mass := range now {
			if mass == 0 {
				continue
			}
			for _, j := range l.jumps {
				if to := max(0, from+j.by); to < l.m {
					next[to] += mass * j.probability
				} else {
					signaled += mass * j.probability
				}
			}
		}
		now, next = next, now
	}
	return signaled
}

// lattice is the chart on the points 0, H/m … H(m−1)/m; from H on it has signaled.
type lattice struct {
	m     int
	jumps []jump
}

type jump struct {
	by          int
	probability float64
}

func newLattice(method string, p []float64, c Chart, r float64, m int) (*lattice, error) {
	if err := c.checkRisks(method, p, r); err != nil {
		return nil, err
	}
	width := c.H / float64(m)
	at := map[int]float64{}
	add := func(weight, probability float64) {
		x := max(-float64(m), min(float64(m), weight/width)) // beyond, it ends at 0 or beyond H in any case
		low := math.Floor(x)
		at[int(low)] += probability * (1 - (x - low))
		at[int(low)+1] += probability * (x - low)
	}
	for _, risk := range p {
		event, none := c.weights(risk)
		q := r * risk / (1 - risk + r*risk)
		add(event, q/float64(len(p)))
		add(none, (1-q)/float64(len(p)))
	}
	l := &lattice{m: m}
	for by, probability := range at {
		if probability > 0 {
			l.jumps = append(l.jumps, jump{by, probability})
		}
	}
	slices.SortFunc(l.jumps, func(a, b jump) int { return a.by - b.by }) // sums in one order whatever the map's
	return l, nil
}

// checkRisks refuses a chart or risks under which it could never signal.
func (c Chart) checkRisks(method string, p []float64, r float64) error {
	if err := c.check(method); err != nil {
		return err
	}
	if err := positive(method, "R", r); err != nil {
		return err
	}
	if math.IsInf(c.H, 1) {
		return &stats.Error{Method: method, Problem: stats.NotEstimable, Variable: "h", Detail: "a chart without a threshold never signals"}
	}
	if len(p) == 0 {
		return &stats.Error{Method: method, Problem: stats.TooFewRows, Variable: "risk", Detail: "there are no risks"}
	}
	if err := checkRisks(method, p); err != nil {
		return err
	}
	if !slices.ContainsFunc(p, func(v float64) bool { return v > 0 && v < 1 }) {
		return &stats.Error{Method: method, Problem: stats.NoEvents, Variable: "risk", Detail: "each risk is 0 or 1, so nothing is left to chance"}
	}
	return nil
}

// system is (I − Q) and a vector of ones: the mean times to leave solve (I − Q)·L = 1.
func (l *lattice) system() (*mat.Dense, *mat.VecDense) {
	a, ones := mat.NewDense(l.m, l.m, nil), mat.NewVecDense(l.m, nil)
	for from := range l.m {
		ones.SetVec(from, 1)
		a.Set(from, from, 1)
		for _, j := range l.jumps {
			if to := max(0, from+j.by); to < l.m {
				a.Set(from, to, a.At(from, to)-j.probability)
			}
		}
	}
	return a, ones
}
