package monitor

import (
	"math"

	"consilium/stats"
)

// Chart is a risk-adjusted CUSUM (Steiner, Cook, Farewell and Treasure 2000, Biostatistics 1:441): it adds up the evidence that the odds of the event are RA
// times those expected, against R0 times.
type Chart struct {
	RA float64 // odds ratio to detect: above R0 for worse results, below it for better ones
	R0 float64 // odds ratio of results as expected; 0 is 1
	H  float64 // signal when the sum reaches it; +Inf for never
}

// CUSUM is the course of a chart. The sums are never negative, also those of a chart for better results, which is usually drawn downward.
type CUSUM struct {
	Weight  []float64 // of each patient: the log likelihood ratio of RA against R0
	S       []float64 // the sum after each patient, going on through signals
	Max     float64
	First   int       // the patient, from 0, with whom S first reached H; -1 for none
	Reset   []float64 // the sum after each patient if it starts again from 0 after each signal
	Signals []int     // patients, from 0, with whom Reset reached H
}

func (c Chart) null() float64 {
	if c.R0 == 0 {
		return 1
	}
	return c.R0
}

func (c Chart) check(method string) error {
	if err := positive(method, "RA", c.RA); err != nil {
		return err
	}
	if err := positive(method, "R0", c.null()); err != nil {
		return err
	}
	if c.RA == c.null() {
		return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "RA", Detail: "it equals R0, so there is nothing to detect"}
	}
	if !(c.H > 0) {
		return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "h", Detail: "the threshold is not positive"}
	}
	return nil
}

// weights of a patient with risk p: after an event, and after none.
func (c Chart) weights(p float64) (event, none float64) {
	r0 := c.null()
	none = math.Log((1 - p + r0*p) / (1 - p + c.RA*p))
	return none + math.Log(c.RA/r0), none
}

// Run follows the series y with risks p. Missing values, outcomes other than 0 and 1 and risks outside of 0 to 1 are errors.
func (c Chart) Run(y, p []float64) (*CUSUM, error) {
	const method = "risk-adjusted CUSUM"
	if err := c.check(method); err != nil {
		return nil, err
	}
	if err := checkSeries(method, y, p); err != nil {
		return nil, err
	}
	if p == nil {
		return nil, &stats.Error{Method: method, Problem: stats.Invalid, Variable: "risk", Detail: "there are no risks"}
	}
	weights := make([]float64, len(y))
	for i := range y {
		event, none := c.weights(p[i])
		weights[i] = none
		if y[i] == 1 {
			weights[i] = event
		}
	}
	return follow(weights, c.H), nil
}

// follow adds weights up, never below 0.
func follow(weights []float64, h float64) *CUSUM {
	out := &CUSUM{Weight: weights, S: make([]float64, len(weights)), Reset: make([]float64, len(weights)), First: -1, Signals: []int{}}
	s, again := 0.0, 0.0
	for i, w := range weights {
		s, again = max(0, s+w), max(0, again+w)
		out.S[i], out.Reset[i] = s, again
		out.Max = max(out.Max, s)
		if s >= h && out.First < 0 {
			out.First = i
		}
		if again >= h {
			out.Signals = append(out.Signals, i)
			again = 0
		}
	}
	return out
}

// VLAD is the variable life-adjusted display: expected minus observed events up to each patient, "lives saved" (Lovegrove et al. 1997, Lancet 350:1128). It
// shows; it does not test.
func VLAD(y, p []float64) ([]float64, error) {
	if err := checkSeries("VLAD", y, p); err != nil {
		return nil, err
	}
	if p == nil {
		return nil, &stats.Error{Method: "VLAD", Problem: stats.Invalid, Variable: "risk", Detail: "there are no risks"}
	}
	saved := make([]float64, len(y))
	for i := range y {
		saved[i] = p[i] - y[i]
	}
	return accumulate(saved), nil
}
