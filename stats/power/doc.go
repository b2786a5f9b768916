// Package power says how large a study must be, and what a study of a given size can see: two proportions, two means, two survival curves, each for a
// difference or for non-inferiority.
//
// Sizes are numbers per group (or of events) and are not rounded: round up. Tests are two-sided at level alpha unless the name says non-inferiority, which is
// one-sided at alpha. A difference of nothing, a power not above alpha, or a probability outside of 0 to 1 is a *stats.Error.
package power

import (
	"math"

	"consilium/stats"
	"consilium/stats/tail"
)

// upper is the normal quantile with probability q above it.
func upper(q float64) float64 { return -tail.NormalQuantile(q) }

// check refuses parameters that no study has.
func check(method string, alpha, power float64, named map[string]float64) error {
	bad := func(name, detail string) error {
		return &stats.Error{Method: method, Problem: stats.Invalid, Variable: name, Detail: detail}
	}
	switch {
	case !(alpha > 0 && alpha < 1):
		return bad("alpha", "a level lies between 0 and 1")
	case !(power > 0 && power < 1):
		return bad("power", "a power lies between 0 and 1")
	case power <= alpha:
		return bad("power", "it must exceed alpha, or no study is needed")
	}
	for name, v := range named {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return bad(name, "it is not a finite number")
		}
	}
	return nil
}

func noDifference(method, name string) error {
	return &stats.Error{Method: method, Problem: stats.NotEstimable, Variable: name, Detail: "there is no difference to find, whatever the size", Advice: "State the smallest difference that matters"}
}
