package meta

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"consilium/stats"

	"pgregory.net/rapid"
)

// drawNetwork draws studies of two arms each, or also of three.
func drawNetwork(t *rapid.T, treatments int) []NetworkArm {
	var arms []NetworkArm
	for s := range rapid.IntRange(4, 9).Draw(t, "studies") {
		for k := range treatments {
			if treatments == 2 || s == 0 || rapid.Bool().Draw(t, "arm") || k < 2 {
				arms = append(arms, NetworkArm{fmt.Sprint("s", s), string(rune('a' + k)), rapid.Float64Range(-2, 2).Draw(t, "estimate"), rapid.Float64Range(0.01, 0.4).Draw(t, "variance")})
			}
		}
	}
	return arms
}

// A network of two treatments is a meta-analysis.
func TestANetworkOfTwoTreatmentsIsAMetaAnalysis(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		arms := drawNetwork(t, 2)
		n, err := PoolNetwork(arms, "a", true)
		if err != nil {
			t.Fatal(err)
		}
		var s Studies
		for i := 0; i < len(arms); i += 2 {
			s.Effect, s.Variance = append(s.Effect, arms[i+1].Estimate-arms[i].Estimate), append(s.Variance, arms[i+1].Variance+arms[i].Variance)
		}
		for by, got := range map[Method]NetworkFit{Fixed: n.Common, RestrictedML: n.Random} {
			p, err := Pool(s, Options{Method: by})
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(got.Difference[1][0]-p.Estimate) > 1e-6 || math.Abs(got.SE[1][0]-p.SE) > 1e-6 || by == Fixed && math.Abs(n.Q-p.Q) > 1e-8*(1+p.Q) {
				t.Errorf("%s: %g (%g), not %g (%g)", by, got.Difference[1][0], got.SE[1][0], p.Estimate, p.SE)
			}
		}
	})
}

// Which treatment is the reference, and which arm of a study comes first, changes no comparison; P-scores are shared out.
func TestTheReferenceOfANetworkMeansNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		arms := drawNetwork(t, 4)
		one, err := PoolNetwork(arms, "a", true)
		if err != nil {
			t.Fatal(err)
		}
		backward := make([]NetworkArm, len(arms))
		for i, a := range arms {
			backward[len(arms)-1-i] = a
		}
		other, err := PoolNetwork(backward, "c", true)
		if err != nil {
			t.Fatal(err)
		}
		place := map[string]int{}
		for k, name := range other.Treatments {
			place[name] = k
		}
		scores := 0.0
		for i, a := range one.Treatments {
			scores += one.Random.PScore[i]
			for j, b := range one.Treatments {
				if math.Abs(one.Random.Difference[i][j]-other.Random.Difference[place[a]][place[b]]) > 1e-5 || math.Abs(one.Common.SE[i][j]-other.Common.SE[place[a]][place[b]]) > 1e-8 {
					t.Errorf("%s against %s: %g and %g", a, b, one.Random.Difference[i][j], other.Random.Difference[place[a]][place[b]])
				}
			}
		}
		if math.Abs(one.Q-other.Q) > 1e-7*(1+one.Q) || math.Abs(scores-float64(len(one.Treatments))/2) > 1e-9 || math.Abs(one.Q-one.Within.Q-one.Between.Q) > 1e-7*(1+one.Q) {
			t.Errorf("Q %g and %g, scores add up to %g", one.Q, other.Q, scores)
		}
	})
}

func TestNetworksThatCannotBePooled(t *testing.T) {
	arm := func(study, treatment string) NetworkArm { return NetworkArm{study, treatment, 0.1, 0.2} }
	for name, one := range map[string]struct {
		arms []NetworkArm
		want stats.Problem
	}{
		"one arm":     {[]NetworkArm{arm("1", "a"), arm("2", "a"), arm("2", "b")}, stats.Invalid},
		"twice":       {[]NetworkArm{arm("1", "a"), arm("1", "a")}, stats.Invalid},
		"two parts":   {[]NetworkArm{arm("1", "a"), arm("1", "b"), arm("2", "c"), arm("2", "d")}, stats.NotEstimable},
		"no variance": {[]NetworkArm{{"1", "a", 1, 0}, arm("1", "b")}, stats.Infinite},
		"none":        {nil, stats.Invalid},
	} {
		if _, err := PoolNetwork(one.arms, "", true); !errors.Is(err, one.want) {
			t.Errorf("%s: %v, not %q", name, err, one.want)
		}
	}
	if _, err := FisherZ([]float64{1}, []float64{20}); !errors.Is(err, stats.Invalid) {
		t.Error("a correlation of 1 was pooled:", err)
	}
}
