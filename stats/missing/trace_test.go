package missing

import (
	"math"
	"testing"
)

// TestImputationsThatAreStuckApartAreNotTakenForMixed: chains that each repeat one value have no variance within, and all of it between.
func TestImputationsThatAreStuckApartAreNotTakenForMixed(t *testing.T) {
	of := func(values ...float64) Trace {
		t := Trace{}
		for _, v := range values {
			t.Mean = append(t.Mean, []float64{v, v, v, v, v, v})
		}
		return t
	}
	if r := of(1, 2, 3).PotentialScale(); !math.IsInf(r, 1) {
		t.Errorf("stuck at different values: %v", r)
	}
	if r := of(2, 2).PotentialScale(); r != 1 {
		t.Errorf("all at one value: %v", r)
	}
	mixed := Trace{Mean: [][]float64{{0, 0, 0, 1, 2, 3}, {0, 0, 0, 2, 3, 1}}}
	if r := mixed.PotentialScale(); math.Abs(r-math.Sqrt(2./3)) > 1e-12 {
		t.Errorf("equal means: %v", r)
	}
}
