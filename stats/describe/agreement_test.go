package describe

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Ninety-one couples on one question (A. Agresti, Categorical Data Analysis, 1990, example 10.4). R's vcd 1.4 prints kappa 0.1293 with standard error 0.0686 of the same table.
func TestKappaOfAgresti(t *testing.T) {
	var husband, wife []int
	for i, row := range [][]int{{7, 7, 2, 3}, {2, 8, 3, 7}, {1, 5, 4, 9}, {2, 8, 9, 14}} {
		for j, n := range row {
			for range n {
				husband, wife = append(husband, i), append(wife, j)
			}
		}
	}
	k, err := KappaOf(husband, wife)
	if err != nil || k.N != 91 || math.Abs(k.Value-0.1293) > 5e-5 || math.Abs(k.SE-0.0686) > 5e-5 {
		t.Errorf("%+v, %v", k, err)
	}
}

// Peak flow of seventeen people by two meters (J. M. Bland and D. G. Altman, Lancet 327 (1986) 307–310): mean −2.1, standard deviation 38.8 l/min; the paper rounds the limits, which are two of these
// from it, to −80 and 76.
func TestLimitsOfBlandAndAltman(t *testing.T) {
	wright := []float64{494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427}
	mini := []float64{512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451}
	l, err := LimitsOf(wright, mini)
	if err != nil || math.Abs(l.Mean+2.1) > 0.05 || math.Abs(l.SD-38.8) > 0.05 || math.Abs(l.Low-(-2.1176-1.96*38.765)) > 0.01 || math.Abs(l.LimitSE-16.5) > 0.5 {
		t.Errorf("%+v, %v", l, err)
	}
}

func TestAgreementKeepsItsLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 60).Draw(t, "n")
		a, b := rapid.SliceOfN(rapid.IntRange(0, 3), n, n).Draw(t, "a"), rapid.SliceOfN(rapid.IntRange(0, 3), n, n).Draw(t, "b")
		one, err := KappaOf(a, b)
		two, also := KappaOf(b, a)
		if err != nil || also != nil || one.Agreed < 0 || one.Value > 1+1e-9 || math.Abs(one.Value-two.Value) > 1e-9 || math.Abs(one.SE-two.SE) > 1e-9 {
			t.Fatalf("%+v and %+v, %v", one, two, err)
		}
		if same, _ := KappaOf(a, a); same.Agreed < 1-1e-9 || !math.IsNaN(same.Value) && (math.Abs(same.Value-1) > 1e-9 || same.SE > 1e-6) {
			t.Fatalf("with itself %+v", same)
		}
	})
	if _, err := KappaOf([]int{1}, nil); err == nil {
		t.Error("one observer alone")
	}
	if _, err := LimitsOf([]float64{1}, []float64{2}); err == nil {
		t.Error("limits of one subject")
	}
}
