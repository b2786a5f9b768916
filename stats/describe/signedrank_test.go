package describe

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// The exact p is the share of all signs that are as extreme; changing sides turns the shift around, and a shift is found.
func TestSignedRanksByAllSigns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(t, "pairs")
		first, second := make([]float64, n), make([]float64, n)
		for i := range n {
			first[i], second[i] = float64(rapid.IntRange(-6, 6).Draw(t, "first")), float64(rapid.IntRange(-3, 3).Draw(t, "second"))
		}
		r, err := SignedRank(first, second, 0.9)
		if err != nil {
			return // no pair differs
		}
		var sizes []float64
		for i := range n {
			if d := first[i] - second[i]; d != 0 {
				sizes = append(sizes, math.Abs(d))
			}
		}
		ranks, low, high := midranks(sizes), 0.0, 0.0
		for signs := range 1 << r.N {
			v := 0.0
			for i, k := range ranks {
				if signs>>i&1 == 1 {
					v += k
				}
			}
			if v <= r.V {
				low++
			}
			if v >= r.V {
				high++
			}
		}
		if want := min(1, 2*min(low, high)/float64(int(1)<<r.N)); math.Abs(r.Exact-want) > 1e-12 {
			t.Errorf("exact p %g, by counting %g", r.Exact, want)
		}
		back, err := SignedRank(second, first, 0.9)
		if err != nil || math.Abs(back.Shift+r.Shift) > 1e-12 || math.Abs(back.Exact-r.Exact) > 1e-12 || math.Abs(back.Lower+r.Upper) > 1e-12 || r.Lower > r.Shift || r.Upper < r.Shift {
			t.Errorf("%+v, turned around %+v, %v", r, back, err)
		}
	})
}
