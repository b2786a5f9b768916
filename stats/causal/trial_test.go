package causal

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"consilium/stats"
	"consilium/stats/survival"
)

// waiting are patients of whom the severe ones die sooner and are operated sooner, the operation changing nothing.
func waiting(n int) (survival.Times, []float64, stats.Design) {
	r := rand.New(rand.NewPCG(8, 1))
	t := survival.Times{Stop: make([]float64, n), Event: make([]int, n)}
	severe, treated := make([]float64, n), make([]float64, n)
	for i := range n {
		severe[i] = float64(r.IntN(2))
		death, operation, leaves := r.ExpFloat64()*20*math.Exp(-1.2*severe[i]), r.ExpFloat64()*8*math.Exp(-0.8*severe[i]), 2+40*r.Float64()
		t.Stop[i] = min(death, leaves)
		if death <= leaves {
			t.Event[i] = 1
		}
		if treated[i] = operation; operation > t.Stop[i] {
			treated[i] = math.Inf(1)
		}
	}
	return t, treated, stats.NewDesign([]string{"severe"}, [][]float64{severe}, n)
}

// An operation without effect has none in the emulated trial, where the operated seem to live longer than the others in a comparison of who ever was.
func TestAnEmulatedTrialHasNoImmortalTime(t *testing.T) {
	times, treated, x := waiting(6000)
	trial, err := EmulateTrial(times, treated, 5, x)
	if err != nil {
		t.Fatal(err)
	}
	if d := trial.Early.At(12) - trial.Late.At(12); math.Abs(d) > 0.025 {
		t.Errorf("at 12 the emulated trial finds %.3f of nothing", d)
	}
	if d := trial.Early.Mean(20) - trial.Late.Mean(20); math.Abs(d) > 0.4 {
		t.Errorf("the mean times differ by %.2f", d)
	}
	g := survival.Groups{Labels: []string{"never", "ever"}, Of: make([]int, len(treated))}
	for i, at := range treated {
		if !math.IsInf(at, 1) {
			g.Of[i] = 1
		}
	}
	counts, err := survival.CountEach(times, g, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	curves, err := survival.KaplanMeierEach(counts, survival.LogLog, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if naive := curves[1].At(12).Survival - curves[0].At(12).Survival; naive < 0.05 {
		t.Errorf("the naive comparison finds only %.3f, so that this test shows nothing", naive)
	}
}

// What no trial can be made of is refused by name.
func TestTrialsThatCannotBeEmulated(t *testing.T) {
	times, treated, x := waiting(200)
	none := make([]float64, len(treated))
	for i := range none {
		none[i] = math.Inf(1)
	}
	for name, one := range map[string]struct {
		treated []float64
		grace   float64
		want    stats.Problem
	}{
		"nobody operated": {none, 5, stats.OneLevel}, "no grace": {treated, 0, stats.Invalid}, "too few": {treated[1:], 5, stats.Invalid}, "before the beginning": {append([]float64{-1}, treated[1:]...), 5, stats.Invalid},
	} {
		if _, err := EmulateTrial(times, one.treated, one.grace, x); !errors.Is(err, one.want) {
			t.Errorf("%s: %v, not %q", name, err, one.want)
		}
	}
}
