package monitor

import (
	"fmt"
	"math"

	"consilium/stats"
)

// checkSeries refuses an empty series, a risk that is not a probability and an outcome that is not 0 or 1. p may be nil.
func checkSeries(method string, y, p []float64) error {
	if len(y) == 0 {
		return &stats.Error{Method: method, Problem: stats.TooFewRows, Detail: "the series is empty"}
	}
	if p != nil && len(p) != len(y) {
		return &stats.Error{Method: method, Problem: stats.Invalid, Detail: fmt.Sprintf("%d risks for %d patients", len(p), len(y))}
	}
	for i, v := range y {
		if math.IsNaN(v) {
			return missing(method, "outcome", i)
		}
		if v != 0 && v != 1 {
			return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "outcome", Detail: fmt.Sprintf("patient %d has %g; it is 1 for an event and 0 for none", i+1, v)}
		}
	}
	return checkRisks(method, p)
}

func checkRisks(method string, p []float64) error {
	for i, v := range p {
		if math.IsNaN(v) {
			return missing(method, "risk", i)
		}
		if v < 0 || v > 1 {
			return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "risk", Detail: fmt.Sprintf("patient %d has %g; a risk lies between 0 and 1", i+1, v)}
		}
	}
	return nil
}

func missing(method, variable string, i int) error {
	return &stats.Error{Method: method, Problem: stats.Missing, Variable: variable, Detail: fmt.Sprintf("patient %d has none", i+1), Advice: "Leave the patient out, or find the value: a gap in a series hides its order"}
}

func positive(method, name string, v float64) error {
	if !(v > 0) || math.IsInf(v, 0) {
		return &stats.Error{Method: method, Problem: stats.Invalid, Variable: name, Detail: fmt.Sprintf("%g is not a positive number", v)}
	}
	return nil
}

func between0and1(method, name string, v float64) error {
	if !(v > 0 && v < 1) {
		return &stats.Error{Method: method, Problem: stats.Invalid, Variable: name, Detail: fmt.Sprintf("%g does not lie between 0 and 1", v)}
	}
	return nil
}

// accumulate is the running sum of a list.
func accumulate(list []float64) []float64 {
	out := make([]float64, len(list))
	var sum float64
	for i, v := range list {
		sum += v
		out[i] = sum
	}
	return out
}

func mean(list []float64) float64 {
	var sum float64
	for _, v := range list {
		sum += v
	}
	return sum / float64(len(list))
}
