package regress

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
)

// Outcome is how errors name the outcome, whose own name a fit is not told.
const Outcome = "outcome"

// check refuses what no maximum could come from.
func check(method string, f family, y []float64, x stats.Design, o Options) error {
	if x.Width() == 0 {
		return &stats.Error{Method: method, Problem: stats.Invalid, Detail: "there are no terms"}
	}
	lists := [][]float64{y}
	for _, list := range [][]float64{o.Offset, o.Weights} {
		if list != nil {
			lists = append(lists, list)
		}
	}
	if err := x.Check(method, lists...); err != nil {
		return err
	}
	if o.Start != nil && len(o.Start) != x.Width() {
		return &stats.Error{Method: method, Problem: stats.Invalid, Detail: fmt.Sprintf("%d starting values for %d terms", len(o.Start), x.Width())}
	}
	if i := slices.IndexFunc(o.Weights, func(w float64) bool { return w < 0 }); i >= 0 {
		return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "weights", Detail: fmt.Sprintf("row %d has a negative weight", i+1)}
	}
	return f.check(method, y, o.Weights)
}

// span is the smallest and largest outcome among rows of positive weight.
func span(y, weights []float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for i, v := range y {
		if weights == nil || weights[i] > 0 {
			low, high = min(low, v), max(high, v)
		}
	}
	return low, high
}

func (binomial) check(method string, y, weights []float64) error {
	if err := within(method, y, 1); err != nil {
		return err
	}
	if low, high := span(y, weights); !(low < high) && !(low > 0 && low < 1) {
		return &stats.Error{Method: method, Problem: stats.OneLevel, Variable: Outcome, Detail: fmt.Sprintf("it is %g in all rows", low), Advice: "Describe it with an exact interval instead"}
	}
	return nil
}

func (poisson) check(method string, y, weights []float64) error {
	if err := within(method, y, math.Inf(1)); err != nil {
		return err
	}
	if _, high := span(y, weights); !(high > 0) {
		return &stats.Error{Method: method, Problem: stats.NoEvents, Variable: Outcome, Detail: "it is 0 in all rows", Advice: "Describe it with an exact interval instead"}
	}
	return nil
}

func (gaussian) check(method string, y, weights []float64) error {
	if low, high := span(y, weights); !(low < high) {
		return &stats.Error{Method: method, Problem: stats.OneLevel, Variable: Outcome, Detail: fmt.Sprintf("it is %g in all rows", low)}
	}
	return nil
}

func within(method string, y []float64, top float64) error {
	i := slices.IndexFunc(y, func(v float64) bool { return v < 0 || v > top })
	if i < 0 {
		return nil
	}
	return &stats.Error{Method: method, Problem: stats.Invalid, Variable: Outcome, Detail: fmt.Sprintf("row %d is %g, not from 0 to %g", i+1, y[i], top), Advice: "Code an event as 1 and its absence as 0"}
}

// reached refuses results that overflowed or lost all their digits.
func reached(lists ...[]float64) error {
	for _, list := range lists {
		if slices.ContainsFunc(list, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }) {
			return &stats.Error{Problem: stats.NotConverged, Detail: "numbers grew too large or too small", Advice: "Look for values far outside of the rest, and scale the variables"}
		}
	}
	return nil
}
