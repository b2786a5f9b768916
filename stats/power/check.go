package power

import (
	"consilium/stats"
	"consilium/stats/tail"
)

// upper is the normal quantile with probability q above it.
func upper(q float64) float64 { return -tail.NormalQuantile(q) }

// check refuses levels and powers that no study has.
func check(method string, alpha, power float64) error {
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
	return nil
}

func noDifference(method, name string) error {
	return &stats.Error{Method: method, Problem: stats.NotEstimable, Variable: name, Detail: "there is no difference to find, whatever the size", Advice: "State the smallest difference that matters"}
}
