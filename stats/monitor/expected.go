package monitor

import (
	"fmt"
	"math"

	"consilium/stats"
	"consilium/stats/tail"
)

// Center is observed and expected events of one center.
type Center struct {
	N                  int
	Observed, Expected float64
	Ratio              float64    // observed/expected, the standardized ratio
	Exact              [2]float64 // limits of the ratio from a Poisson count (Garwood 1936, Biometrika 28:437)
	Byar               [2]float64 // Byar's approximation to them (Breslow and Day 1987, Statistical Methods in Cancer Research II, 2.3)
	AdjustedRate       float64    // ratio times the rate over all centers
}

// Compare sets each center's events against those that are expected of its patients. center[i] numbers the center of patient i from 0; the result has one
// element a center, the last being the highest number. y is 0 or 1 (or a count of events), expected the patient's risk (or mean count), from a model fitted
// on all centers or elsewhere. Limits take it as known: a model fitted on few patients is one more source of error, which they leave out. A center that expects none gives EmptyStratum. level 0 is 0.95.
func Compare(y, expected []float64, center []int, level float64) ([]Center, error) {
	const method = "observed and expected"
	if err := checkCounts(method, y, expected); err != nil {
		return nil, err
	}
	if level == 0 {
		level = 0.95
	}
	if err := between0and1(method, "level", level); err != nil {
		return nil, err
	}
	cases, err := casesOf(method, y, center)
	if err != nil {
		return nil, err
	}
	overall := mean(y)
	out := make([]Center, len(cases))
	for c, rows := range cases {
		for _, i := range rows {
			out[c].Observed += y[i]
			out[c].Expected += expected[i]
		}
		out[c].N = len(rows)
		if out[c].Expected == 0 {
			return nil, &stats.Error{Method: method, Problem: stats.EmptyStratum, Variable: fmt.Sprintf("center %d", c+1), Detail: "it expects no events", Advice: "Leave the center out"}
		}
		out[c].judge(level, overall)
	}
	return out, nil
}

func checkCounts(method string, y, expected []float64) error {
	if len(y) == 0 {
		return &stats.Error{Method: method, Problem: stats.TooFewRows, Detail: "there are no patients"}
	}
	if len(expected) != len(y) {
		return &stats.Error{Method: method, Problem: stats.Invalid, Detail: fmt.Sprintf("%d expectations for %d patients", len(expected), len(y))}
	}
	for i, e := range expected {
		switch {
		case math.IsNaN(y[i]):
			return missing(method, "outcome", i)
		case math.IsNaN(e):
			return missing(method, "risk", i)
		case y[i] < 0 || y[i] != math.Floor(y[i]) || y[i] > 1<<31:
			return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "outcome", Detail: fmt.Sprintf("patient %d has %g, which is no count of events", i+1, y[i])}
		case e < 0 || math.IsInf(e, 0):
			return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "risk", Detail: fmt.Sprintf("patient %d has %g", i+1, e)}
		}
	}
	return nil
}

func (c *Center) judge(level, overall float64) {
	c.Ratio = c.Observed / c.Expected
	c.AdjustedRate = c.Ratio * overall
	lower, upper := tail.PoissonLimits(int(c.Observed), level)
	c.Exact = [2]float64{lower / c.Expected, upper / c.Expected}
	lower, upper = ByarLimits(c.Observed, level)
	c.Byar = [2]float64{lower / c.Expected, upper / c.Expected}
}

// ByarLimits approximate the exact limits of the mean of a Poisson count by a cube of a normal variable (Breslow and Day 1987, 2.3). From 0 the lower one is 0;
// a level outside of 0 to 1 gives NaN.
func ByarLimits(count, level float64) (lower, upper float64) {
	z := tail.NormalCritical(level)
	cube := func(x, sign float64) float64 {
		f := 1 - 1/(9*x) + sign*z/(3*math.Sqrt(x))
		return x * f * f * f
	}
	if count > 0 {
		lower = cube(count, -1)
	}
	return lower, cube(count+1, 1)
}
