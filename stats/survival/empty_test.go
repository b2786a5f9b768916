package survival

import (
	"math"
	"testing"
)

// TestAGroupWithoutRowsHasNoMean: 0 days would be a result.
func TestAGroupWithoutRowsHasNoMean(t *testing.T) {
	times := Times{Stop: []float64{1, 2, 3}, Event: []int{1, 0, 1}}
	c, err := Count(times, Groups{Labels: []string{"a", "b"}, Of: []int{0, 0, 0}})
	if err != nil {
		t.Fatal(err)
	}
	means, err := RestrictedMean(c, 2)
	if err != nil {
		t.Fatal(err)
	}
	if b := means[1]; b.Defined || !math.IsNaN(b.Mean) || !math.IsNaN(b.SE) || !math.IsNaN(b.Lost) || b.Label != "b" || b.Tau != 2 {
		t.Errorf("%+v", b)
	}
	if d := means[0].Contrast(means[1], 0.95); !math.IsNaN(d.Difference) || !math.IsNaN(d.P) {
		t.Errorf("%+v", d)
	}
}
