package predict

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"consilium/stats/fit"
	"consilium/stats/regress"
)

// Every model of a path satisfies the conditions of a minimum (Karush, Kuhn and Tucker): the slope of a term that is in balances its penalty; that of a term
// that is out does not reach it.
func TestPathsEndAtMinima(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y, x := signal(rapid.Uint64Range(0, 1000).Draw(t, "seed"), rapid.IntRange(40, 120).Draw(t, "rows"), rapid.IntRange(2, 12).Draw(t, "terms"))
		alpha := rapid.SampledFrom([]float64{0, 0.3, 0.7, 1}).Draw(t, "alpha")
		p, err := Penalized(y, x, Penalty{Alpha: alpha, Lambdas: 12})
		if err != nil {
			t.Fatal(err)
		}
		s := standardize(x)
		for k, lambda := range p.Lambda {
			if k == 0 {
				continue
			}
			risks, err := p.Risk(k, x)
			if err != nil {
				t.Fatal(err)
			}
			for j := range s.x.Columns {
				var slope float64
				for i, c := range s.x.Columns[j] {
					slope += c * (y[i] - risks[i]) / float64(len(y))
				}
				if j == 0 {
					if math.Abs(slope) > 1e-9 {
						t.Fatalf("intercept: slope %g", slope)
					}
					continue
				}
				b := p.Coef[k][j] * s.sd[j-1]
				if b == 0 && math.Abs(slope) > lambda*alpha+1e-9 || b != 0 && math.Abs(slope-lambda*((1-alpha)*b+alpha*sign(b))) > 1e-9 {
					t.Fatalf("penalty %d, %s: coefficient %g, slope %g, lambda %g", k, s.names[j-1], b, slope, lambda)
				}
			}
		}
	})
}

func TestUnitsAndOrderOfRowsMeanNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y, x := signal(rapid.Uint64Range(0, 1000).Draw(t, "seed"), 80, 4)
		unit, shift := rapid.SampledFrom([]float64{1e-3, 4, 1e4}).Draw(t, "unit"), rapid.SampledFrom([]float64{0, 5, -1e4}).Draw(t, "shift")
		order := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 0)).Perm(len(y))
		o := Penalty{Alpha: 0.5, Lambdas: 8}
		a, err := Penalized(y, x, o)
		if err != nil {
			t.Fatal(err)
		}
		other := x.Take(order)
		otherY := make([]float64, len(y))
		for i, r := range order {
			otherY[i] = y[r]
		}
		for i, v := range other.Columns[1] {
			other.Columns[1][i] = unit * (v + shift)
		}
		b, err := Penalized(otherY, other, o)
		if err != nil {
			t.Fatal(err)
		}
		for k := range a.Lambda {
			before, _ := a.Risk(k, x.Take(order))
			after, _ := b.Risk(k, other)
			if worst(after, before) > 1e-8 || math.Abs(b.Coef[k][1]*unit-a.Coef[k][1]) > 1e-8 {
				t.Fatalf("penalty %d: %v, not %v", k, b.Coef[k], a.Coef[k])
			}
		}
	})
}

// Hospitals that add up their sums take the steps of the pooled fit; without a penalty it is plain logistic regression.
func TestStepsFromSummedContributionsReachThePooledFit(t *testing.T) {
	y, x := signal(3, 300, 4)
	s := standardize(x)
	beta := make([]float64, 5)
	for range 30 {
		total := fit.NewSums(5)
		for _, part := range [][2]int{{0, 100}, {100, 120}, {120, 300}} {
			rows := make([]int, 0, 200)
			for i := part[0]; i < part[1]; i++ {
				rows = append(rows, i)
			}
			at, err := regress.LogisticSums(beta, y[part[0]:part[1]], s.x.Take(rows), regress.Options{})
			if err != nil {
				t.Fatal(err)
			}
			total.Add(at)
		}
		next, _, err := PenalizedStep(s.x.Terms, beta, total, 0.03, 0.8)
		if err != nil {
			t.Fatal(err)
		}
		beta = next
	}
	p, err := Penalized(y, x, Penalty{Alpha: 0.8, Lambda: []float64{0, 0.03}})
	if err != nil || worst(s.original(beta), p.Coef[0]) > 1e-9 {
		t.Errorf("%v, pooled %v, %v", s.original(beta), p.Coef[0], err)
	}
	plain, err := regress.Logistic(y, x, regress.Options{})
	if err != nil || worst(p.Coef[1], plain.Coef) > 1e-8 {
		t.Errorf("%v, without penalty %v, %v", p.Coef[1], plain.Coef, err)
	}
}

func TestMoreTermsThanRowsAreFitted(t *testing.T) {
	y, x := signal(5, 50, 120)
	for _, alpha := range []float64{1, 0.5, 0} {
		c, err := CrossValidate(y, x, Folds(50, 5, 1), Penalty{Alpha: alpha, Lambdas: 30})
		if err != nil {
			t.Fatal(err)
		}
		if last := c.Coef[len(c.Coef)-1]; slices.ContainsFunc(last, func(v float64) bool { return math.IsNaN(v) }) || c.OneSE > c.Min {
			t.Errorf("alpha %g: %v", alpha, last)
		}
	}
}

func TestFoldsAreEvenAndRepeatTheirSeed(t *testing.T) {
	a, b := Folds(103, 10, 4), Folds(103, 10, 4)
	if !slices.Equal(a, b) || slices.Equal(a, Folds(103, 10, 5)) {
		t.Error("the seed does not decide")
	}
	rows, err := rowsOf(a, 103)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if len(r) < 10 || len(r) > 11 {
			t.Errorf("a fold of %d", len(r))
		}
	}
}

func BenchmarkCrossValidatedLasso(b *testing.B) {
	y, x := signal(1, 5000, 20)
	folds := Folds(len(y), 10, 1)
	for b.Loop() {
		if _, err := CrossValidate(y, x, folds, Penalty{Alpha: 1}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	y, x := signal(1, 2000, 10)
	draws := Resamples(len(y), 200, 1)
	for b.Loop() {
		if _, err := Validate(y, x, Logistic, draws); err != nil {
			b.Fatal(err)
		}
	}
}
