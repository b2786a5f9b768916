package causal

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"consilium/stats"
)

// Two of several treatments are the two arms of the other methods.
func TestSeveralTreatmentsOfTwoAreArms(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 2))
	n := 300
	age, treatment, y := make([]float64, n), make([]float64, n), make([]float64, n)
	codes := make([]int, n)
	for i := range n {
		age[i] = r.NormFloat64()
		if r.Float64() < 1/(1+math.Exp(-0.8*age[i])) {
			treatment[i], codes[i] = 1, 1
		}
		y[i] = age[i] + 0.5*treatment[i] + r.NormFloat64()
	}
	x := stats.NewDesign([]string{"age"}, [][]float64{age}, n)
	arms, err := NewArms("t", treatment)
	if err != nil {
		t.Fatal(err)
	}
	score, err := Propensity(arms, x)
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range []Target{ATE, Overlap, ATT} {
		s, err := CompareSeveral(codes, []string{"0", "1"}, x, y, target, 1)
		if err != nil {
			t.Fatal(err)
		}
		w, err := Weights(arms, score.Probability, target)
		if err != nil {
			t.Fatal(err)
		}
		want, err := Compare(arms, y, w)
		if err != nil {
			t.Fatal(err)
		}
		balance, err := Balance(arms, x, w)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(s.Arms[1].Mean-want.MeanTreated) > 1e-8 || math.Abs(math.Hypot(s.Arms[0].SE, s.Arms[1].SE)-want.SEHC0) > 1e-8 || math.Abs(s.Balance[0].Weighted-math.Abs(balance[0].Weighted)) > 1e-8 {
			t.Errorf("%s: %+v, not %+v", target, s.Arms, want)
		}
	}
	if _, err := CompareSeveral(codes, []string{"0", "1"}, x, y, Stabilized, 0); !errors.Is(err, stats.Unsupported) {
		t.Error(err)
	}
	if _, err := CompareSeveral(codes, []string{"0", "1", "2"}, x, y, ATE, 0); !errors.Is(err, stats.EmptyStratum) {
		t.Error(err)
	}
}
