package formula

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"consilium/stats"
	"consilium/stats/describe"
)

// Spline is the basis of a restricted cubic spline: cubic between its knots, linear beyond the outer ones
// (Stone and Koo 1985; Harrell 2015, Regression Modeling Strategies, section 2.4.5). It has one column less than knots: x itself, and
// for each of the first k-2 knots a cubic term divided by (t_k - t_1)², so that all have the unit of x.
//
// knots stand in increasing order, at least three. The result is NaN where x is.
func Spline(x, knots []float64) ([][]float64, error) {
	k := len(knots)
	if k < 3 || !increasing(knots) {
		return nil, &stats.Error{Method: "restricted cubic spline", Problem: stats.Invalid, Detail: fmt.Sprintf("knots %v: there must be three or more, each greater than the one before", knots),
			Advice: "Take fewer knots, or give them: rcs(x, c(30, 50, 70))"}
	}
	last, before := knots[k-1], knots[k-2]
	scale := (last - knots[0]) * (last - knots[0])
	basis := [][]float64{x}
	for _, knot := range knots[:k-2] {
		column := make([]float64, len(x))
		for i, v := range x {
			column[i] = (cube(v-knot) - cube(v-before)*(last-knot)/(last-before) + cube(v-last)*(before-knot)/(last-before)) / scale
		}
		basis = append(basis, column)
	}
	return basis, nil
}

func increasing(list []float64) bool {
	for i := 1; i < len(list); i++ {
		if !(list[i-1] < list[i]) || math.IsInf(list[i], 0) {
			return false
		}
	}
	return true
}

// cube is the cube of the positive part; NaN stays NaN.
func cube(x float64) float64 {
	if x < 0 {
		return 0
	}
	return x * x * x
}

// quantiles of x at which knots stand when only their number is given (Harrell 2015, table 2.3).
var knotQuantiles = map[int][]float64{
	3: {.10, .50, .90}, 4: {.05, .35, .65, .95}, 5: {.05, .275, .50, .725, .95},
	6: {.05, .23, .41, .59, .77, .95}, 7: {.025, .18333333333333332, .34166666666666667, .50, .65833333333333333, .81666666666666667, .975},
}

// Knots places k knots, from 3 to 7, at Harrell's quantiles of the values that are there. With fewer than 100 values the outer two are the fifth smallest
// and fifth largest, so that they do not hang on single patients.
func Knots(x []float64, k int) ([]float64, error) {
	quantiles := knotQuantiles[k]
	present := slices.DeleteFunc(slices.Clone(x), math.IsNaN)
	if quantiles == nil || len(present) < 2*k {
		return nil, &stats.Error{Method: "restricted cubic spline", Problem: stats.Invalid, Detail: fmt.Sprintf("%d knots on %d values; from 3 to 7 can be placed, on at least twice as many values", k, len(present))}
	}
	slices.Sort(present)
	knots := make([]float64, k)
	for i, p := range quantiles {
		knots[i] = describe.Quantile7(present, p)
	}
	if len(present) < 100 {
		knots[0], knots[k-1] = present[4], present[len(present)-5]
	}
	return knots, nil
}

// spline is rcs(x), rcs(x, 4) or rcs(x, c(30, 50, 70)).
func (b *builder) spline(f factor) (coded, error) {
	args := f.node.args
	if len(args) == 0 || len(args) > 2 {
		return coded{}, wrong(f.text, "write rcs(x, 4) or rcs(x, c(30, 50, 70))")
	}
	x, err := mapped(args[0], b.t, same)
	if err != nil {
		return coded{}, err
	}
	knots := b.o.Knots[f.text]
	if knots == nil {
		if knots, err = wantedKnots(f.text, args, x.Numbers); err != nil {
			return coded{}, err
		}
	}
	basis, err := Spline(x.Numbers, knots)
	if err != nil {
		return coded{}, err
	}
	name := strings.TrimSpace(b.f.source[args[0].at:args[0].end])
	names := make([]string, len(basis))
	for j := range basis {
		names[j] = name + strings.Repeat("'", j)
	}
	return coded{basis, basis, names, names}, nil
}

func wantedKnots(text string, args []*node, x []float64) ([]float64, error) {
	if len(args) == 1 {
		return Knots(x, 5)
	}
	switch want := args[1]; {
	case want.op == "number" && want.number == math.Trunc(want.number) && want.number < 100:
		return Knots(x, int(want.number))
	case want.op == "call" && want.name == "c":
		var knots []float64
		for _, arg := range want.args {
			switch {
			case arg.op == "number":
				knots = append(knots, arg.number)
			case arg.op == "neg" && arg.args[0].op == "number":
				knots = append(knots, -arg.args[0].number)
			default:
				return nil, wrong(text, "knots are numbers")
			}
		}
		return knots, nil
	}
	return nil, wrong(text, "write rcs(x, 4) or rcs(x, c(30, 50, 70))")
}
