package mixed

import (
	"math"
	"math/rand/v2"
	"testing"

	"consilium/stats"
)

// TestAStandardDeviationIsNotCaughtAtZero: groups that differ little, and a term far from 0, such as an age in years. The likelihood is even in the standard deviation, so a step that
// ends at 0 exactly ended there for good, and "did not converge" was said of an ordinary model. What the fit finds may not depend on the scale of the term.
func TestAStandardDeviationIsNotCaughtAtZero(t *testing.T) {
	const rows, groups = 2000, 60
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 7))
		effect := make([]float64, groups)
		for g := range effect {
			effect[g] = 0.1 * random.NormFloat64()
		}
		y, age, scaled, one, group := make([]float64, rows), make([]float64, rows), make([]float64, rows), make([]float64, rows), make([]int, rows)
		for i := range y {
			group[i], one[i] = i%groups, 1
			age[i] = math.Round(10*(50+12*random.NormFloat64())) / 10
			scaled[i] = (age[i] - 50) / 10
			if random.Float64() < 1/(1+math.Exp(1-0.02*age[i]-effect[group[i]])) {
				y[i] = 1
			}
		}
		fits := make([]*LogisticModel, 2)
		for k, x := range [][]float64{age, scaled} {
			m, err := Logistic(y, stats.Design{Terms: []string{"(Intercept)", "age"}, Columns: [][]float64{one, x}}, group, Options{})
			if err != nil {
				t.Fatalf("seed %d, scale %d: %v", seed, k, err)
			}
			fits[k] = m
		}
		if a, b := fits[0], fits[1]; math.Abs(a.SD-b.SD) > 1e-6 || math.Abs(10*a.Coef[1]-b.Coef[1]) > 1e-7 {
			t.Errorf("seed %d: sd %g and %g, slope of ten years %g and %g", seed, a.SD, b.SD, 10*a.Coef[1], b.Coef[1])
		}
	}
}
