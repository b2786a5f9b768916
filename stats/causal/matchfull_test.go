package causal

import (
	"errors"
	"math"
	"math/bits"
	"testing"

	"pgregory.net/rapid"

	"consilium/stats"
)

// leastOfAll is the least distance of all choices of pairs that keep the limits, found by trying every choice; +Inf if there is none. Rows without any partner are left out.
func leastOfAll(a Arms, o FullOptions) float64 {
	type pair struct{ i, j int }
	var pairs []pair
	has := map[int]bool{}
	for i, treated := range a.Treated {
		for j := range a.Treated {
			if treated && !a.Treated[j] && o.may(i, j) {
				pairs = append(pairs, pair{i, j})
				has[i], has[j] = true, true
			}
		}
	}
	n := [2]int{}
	for i := range has {
		if a.Treated[i] {
			n[0]++
		} else {
			n[1]++
		}
	}
	least, most := o.limits(n[0], n[1])
	best := math.Inf(1)
	for choice := range uint64(1) << len(pairs) {
		degree, sum := map[int]int{}, 0.0
		for rest := choice; rest != 0; rest &= rest - 1 {
			p := pairs[bits.TrailingZeros64(rest)]
			degree[p.i]++
			degree[p.j]++
			sum += math.Abs(o.Score[p.i] - o.Score[p.j])
		}
		kept := true
		for i := range has {
			side := 1
			if a.Treated[i] {
				side = 0
			}
			kept = kept && degree[i] >= least[side] && degree[i] <= most[side]
		}
		if kept {
			best = min(best, sum)
		}
	}
	return best
}

func TestFullMatchingIsTheBestOfAllDivisions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(4, 7).Draw(t, "n")
		a := someArms(t, n)
		score := make([]float64, n)
		for i := range score {
			score[i] = rapid.Float64Range(0, 1).Draw(t, "score")
			if rapid.Bool().Draw(t, "tied") {
				score[i] = math.Round(score[i] * 4)
			}
		}
		o := FullOptions{Nearness: Nearness{Score: score, Caliper: rapid.SampledFrom([]float64{math.Inf(1), math.Inf(1), 0.5, 1}).Draw(t, "caliper")},
			MinControls: rapid.SampledFrom([]float64{0, 0, 0.5, 1, 2}).Draw(t, "min"), MaxControls: rapid.SampledFrom([]float64{0, 0, 2, 3}).Draw(t, "max")}
		want := leastOfAll(a, o)
		m, err := MatchFull(a, o)
		if err != nil {
			if errors.Is(err, stats.NotEstimable) && (math.IsInf(want, 1) || want == 0) {
				return
			}
			t.Fatalf("%v, where the best division has a distance of %v", err, want)
		}
		if math.Abs(m.Distance-want) > 1e-9 {
			t.Fatalf("a distance of %v, where %v is possible", m.Distance, want)
		}
		checkSets(t, m, o)
	})
}

// checkSets wants sets of one row and others of the other arm, all within the limits and the caliper.
func checkSets(t *rapid.T, m *FullMatching, o FullOptions) {
	treated, controls := m.sizes()
	for k := range treated {
		if min(treated[k], controls[k]) != 1 {
			t.Fatalf("set %d has %v treated rows and %v controls", k, treated[k], controls[k])
		}
		if ratio := controls[k] / treated[k]; ratio < o.MinControls-1e-9 || o.MaxControls > 0 && ratio > o.MaxControls+1e-9 {
			t.Fatalf("set %d has %v controls for each treated row", k, ratio)
		}
	}
	for i, k := range m.Set {
		for j := range m.Set {
			if k >= 0 && m.Set[j] == k && m.arms.Treated[i] && !m.arms.Treated[j] && !o.may(i, j) {
				t.Fatalf("rows %d and %d may not be matched", i, j)
			}
		}
	}
}

// A division within strata is that of each stratum alone, and Mahalanobis's distance of one covariate is its own in other units.
func TestStrataAndUnitsOfFullMatching(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(8, 60).Draw(t, "n")
		a := someArms(t, n)
		score, exact := make([]float64, n), make([]int, n)
		for i := range score {
			score[i], exact[i] = rapid.Float64Range(0, 1).Draw(t, "score"), rapid.IntRange(0, 2).Draw(t, "stratum")
		}
		o := FullOptions{Nearness: Nearness{Score: score, Caliper: math.Inf(1), Exact: exact}}
		whole, err := MatchFull(a, o)
		if err != nil {
			return
		}
		var sum float64
		for _, rows := range o.strata(n) {
			part := Arms{Name: "treat"}
			var own []float64
			for _, i := range rows {
				part.Treated, own = append(part.Treated, a.Treated[i]), append(own, score[i])
			}
			if m, err := MatchFull(part, FullOptions{Nearness: Nearness{Score: own, Caliper: math.Inf(1)}}); err == nil {
				sum += m.Distance
			}
		}
		if math.Abs(sum-whole.Distance) > 1e-9 {
			t.Fatalf("strata alone have a distance of %v, together %v", sum, whole.Distance)
		}
		plain, err := MatchFull(a, FullOptions{Nearness: Nearness{Score: score, Caliper: math.Inf(1)}})
		if err != nil {
			t.Fatal(err)
		}
		x := stats.NewDesign([]string{"score"}, [][]float64{score}, n)
		other, err := MatchFull(a, FullOptions{Nearness: Nearness{Score: score, Caliper: math.Inf(1), Covariates: &x}})
		if err != nil {
			return // it does not vary within the arms
		}
		sd := math.Sqrt(a.pooled([][]float64{score}).At(0, 0))
		if math.Abs(other.Distance*sd-plain.Distance) > 1e-9*(1+plain.Distance) {
			t.Fatalf("a distance of %v in units of %v, not %v", other.Distance, sd, plain.Distance)
		}
	})
}

// A limit that nothing comes near changes nothing, though its search looks at every pair.
func TestLimitsThatDoNotBindLeaveFullMatchingAsItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(4, 80).Draw(t, "n")
		a := someArms(t, n)
		score := make([]float64, n)
		for i := range score {
			score[i] = rapid.Float64Range(0, 1).Draw(t, "score")
		}
		near := Nearness{Score: score, Caliper: math.Inf(1)}
		free, err := MatchFull(a, FullOptions{Nearness: near})
		if err != nil {
			t.Fatal(err)
		}
		bound, err := MatchFull(a, FullOptions{Nearness: near, MaxControls: float64(n)})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(free.Distance-bound.Distance) > 1e-9 {
			t.Fatalf("%v free, %v with a limit that does not bind", free.Distance, bound.Distance)
		}
	})
}

func TestWhatPreventsFullMatchingIsNamed(t *testing.T) {
	a := Arms{Name: "treat", Treated: []bool{true, true, true, false, false}}
	near := Nearness{Score: []float64{0, 1, 2, 10, 11}, Caliper: math.Inf(1)}
	for _, c := range []struct {
		o    FullOptions
		want stats.Problem
	}{
		{FullOptions{Nearness: near, MinControls: 1}, stats.NotEstimable}, // three treated rows need three controls
		{FullOptions{Nearness: near, MaxControls: 1.5}, stats.Invalid},
		{FullOptions{Nearness: near, MinControls: 3, MaxControls: 2}, stats.Invalid},
		{FullOptions{Nearness: Nearness{Score: near.Score, Caliper: 1}}, stats.NotEstimable},
		{FullOptions{Nearness: Nearness{Score: near.Score, Caliper: math.NaN()}}, stats.Invalid},
	} {
		if _, err := MatchFull(a, c.o); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v, not %v", c.o, err, c.want)
		}
	}
}
