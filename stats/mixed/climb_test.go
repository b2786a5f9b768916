package mixed

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"consilium/stats"
)

// few are patients of centers that differ little, with a term far from 0, such as an age in years, and the same term around its mean.
type few struct {
	died, grade, count []float64
	age, scaled        stats.Design
	center             []int
}

func fewOf(seed uint64, rows, centers int) (f few) {
	random := rand.New(rand.NewPCG(seed, 7))
	effect := make([]float64, centers)
	for c := range effect {
		effect[c] = random.NormFloat64() / math.Sqrt(float64(rows/20))
	}
	one, age, scaled := make([]float64, rows), make([]float64, rows), make([]float64, rows)
	for i := range rows {
		c := i % len(effect)
		one[i], f.center = 1, append(f.center, c)
		age[i] = math.Round(10*(50+12*random.NormFloat64())) / 10
		scaled[i] = (age[i] - 50) / 10
		u := random.Float64()
		latent := 0.02*age[i] - 1 + effect[c]
		above := func(cut float64) float64 {
			if latent+math.Log(u/(1-u)) > cut {
				return 1
			}
			return 0
		}
		f.died = append(f.died, above(0))
		f.grade = append(f.grade, above(-1)+above(0)+above(1.5))
		count, wait, rate := 0.0, random.ExpFloat64(), math.Exp(latent/3)*2*random.ExpFloat64() // of an exponential rate: negative binomial with θ = 1
		for ; wait < rate; count++ {
			wait += random.ExpFloat64()
		}
		f.count = append(f.count, count)
	}
	terms := []string{"(Intercept)", "age"}
	f.age, f.scaled = stats.Design{Terms: terms, Columns: [][]float64{one, age}}, stats.Design{Terms: terms, Columns: [][]float64{one, scaled}}
	return f
}

// TestAStandardDeviationIsNotCaughtAtZero: the likelihood is even in the standard deviation, so a step that ends at 0 exactly ended there for good, and "did not converge" or "flat" was said of
// an ordinary model. What is found may not depend on the scale of a term.
func TestAStandardDeviationIsNotCaughtAtZero(t *testing.T) {
	for seed := range uint64(40) {
		f := fewOf(seed, 2000, 60)
		a, err := Logistic(f.died, f.age, f.center, Options{})
		b, wrong := Logistic(f.died, f.scaled, f.center, Options{})
		if err = errors.Join(err, wrong); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if math.Abs(a.SD-b.SD) > 1e-6 || math.Abs(10*a.Coef[1]-b.Coef[1]) > 1e-7 {
			t.Errorf("seed %d: sd %g and %g, slope of ten years %g and %g", seed, a.SD, b.SD, 10*a.Coef[1], b.Coef[1])
		}
	}
}

// TestNoFamilyIsCaughtAtZero is the same of the general models.
func TestNoFamilyIsCaughtAtZero(t *testing.T) {
	for seed := range uint64(20) {
		f := fewOf(seed, 400, 5)
		for family, y := range map[Family][]float64{Binomial: f.died, Poisson: f.count, NegativeBinomial: f.count, Ordinal: f.grade} {
			x := []stats.Design{f.age, f.scaled}
			if family == Ordinal {
				for i := range x {
					x[i] = stats.Design{Terms: x[i].Terms[1:], Columns: x[i].Columns[1:]}
				}
			}
			a, err := Generalized(y, x[0], Effects{Group: f.center}, GeneralizedOptions{Family: family})
			b, wrong := Generalized(y, x[1], Effects{Group: f.center}, GeneralizedOptions{Family: family})
			if err = errors.Join(err, wrong); err != nil {
				t.Errorf("seed %d, family %v: %v", seed, family, err)
				continue
			}
			if math.Abs(a.LogLik-b.LogLik) > 1e-7*(1+math.Abs(a.LogLik)) {
				t.Errorf("seed %d, family %v: log-likelihoods %v and %v", seed, family, a.LogLik, b.LogLik)
			}
		}
	}
}
