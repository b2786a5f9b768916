package survival

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"consilium/stats"

	"pgregory.net/rapid"
)

// Score and information are the derivatives of the likelihood, whatever is known of the times.
func TestDerivativesOfIntervals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
		n := 25
		times, a := make([]Interval, n), make([]float64, n)
		for i := range n {
			a[i] = r.NormFloat64()
			low := 5 * r.Float64()
			times[i] = []Interval{{low, low}, {low, low + 4*r.Float64()}, {low, math.Inf(1)}, {0, low}}[r.IntN(4)]
		}
		var m WeibullModel
		logs, err := m.logs(times)
		if err != nil {
			return
		}
		x := stats.NewDesign([]string{"a"}, [][]float64{a}, n)
		at := []float64{r.NormFloat64(), r.NormFloat64(), 0.5 + r.Float64()}
		here := logs.sums(x, at)
		for j := range at {
			const h = 1e-5
			up, down := slices.Clone(at), slices.Clone(at)
			up[j] += h
			down[j] -= h
			above, below := logs.sums(x, up), logs.sums(x, down)
			agree(t, "score", here.Score[j:j+1], []float64{(above.LogLik - below.LogLik) / (2 * h)}, 1e-4)
			for k := range at {
				agree(t, "information", []float64{here.Information.At(j, k)}, []float64{(below.Score[k] - above.Score[k]) / (2 * h)}, 1e-4)
			}
		}
	})
}

// Times in another unit have the same hazard ratios.
func TestTheUnitOfTimeChangesNoHazardRatio(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 3))
	n := 120
	times, longer, a := make([]Interval, n), make([]Interval, n), make([]float64, n)
	for i := range n {
		a[i] = r.NormFloat64()
		at := 10 * r.ExpFloat64() * math.Exp(-0.5*a[i])
		times[i] = Interval{math.Floor(at/3) * 3, math.Floor(at/3)*3 + 3}
		if at > 20 {
			times[i] = Interval{20, math.Inf(1)}
		}
		longer[i] = Interval{2 * times[i].Lower, 2 * times[i].Upper}
	}
	x := stats.NewDesign([]string{"a"}, [][]float64{a}, n)
	one, err := Weibull(times, x)
	if err != nil {
		t.Fatal(err)
	}
	two, err := Weibull(longer, x)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(one.Coef[0]-two.Coef[0]) > 1e-7 || math.Abs(one.Shape-two.Shape) > 1e-7 || math.Abs(two.LogTime[0]-one.LogTime[0]-math.Log(2)) > 1e-7 || math.Abs(one.Coef[0]-0.5) > 0.35 {
		t.Errorf("%+v, and %+v", one, two)
	}
	if _, err := Weibull(append(times[1:], Interval{5, 3}), x); !errors.Is(err, stats.Invalid) {
		t.Error(err)
	}
	for i := range longer {
		longer[i].Upper = math.Inf(1)
	}
	if _, err := Weibull(longer, x); !errors.Is(err, stats.NoEvents) {
		t.Error(err)
	}
}
