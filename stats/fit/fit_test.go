package fit

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"consilium/stats"
)

// quartic has its maximum 0 at x = center, and is concave.
func quartic(center float64) func([]float64) (Sums, error) {
	return func(beta []float64) (Sums, error) {
		d := beta[0] - center
		s := NewSums(1)
		s.Rows, s.LogLik, s.Score[0] = 1, -d*d-d*d*d*d, -2*d-4*d*d*d
		s.Information.Set(0, 0, 2+12*d*d)
		return s, nil
	}
}

func TestTheMaximumIsReached(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		center, start := rapid.Float64Range(-50, 50).Draw(t, "center"), rapid.Float64Range(-50, 50).Draw(t, "start")
		f, err := Maximize([]string{"x"}, []float64{start}, quartic(center), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(f.Coef[0]-center) > 1e-12*(1+math.Abs(center)) || math.Abs(f.SE()[0]-math.Sqrt(0.5)) > 1e-9 {
			t.Fatalf("%v ± %v, not %v", f.Coef, f.SE(), center)
		}
	})
}

func TestAStepThatOvershootsIsHalved(t *testing.T) {
	// log-likelihood -√(1+x²): a full Newton step from 3 goes to -27 (x - x(1+x²)), and on without end.
	sums := func(beta []float64) (Sums, error) {
		x := beta[0]
		r := math.Sqrt(1 + x*x)
		s := NewSums(1)
		s.LogLik, s.Score[0] = -r, -x/r
		s.Information.Set(0, 0, 1/(r*r*r))
		return s, nil
	}
	f, err := Maximize([]string{"x"}, []float64{3}, sums, Options{})
	if err != nil || math.Abs(f.Coef[0]) > 1e-9 {
		t.Errorf("got %+v, %v", f, err)
	}
}

func TestAFitThatEndsEarlyGivesNoNumber(t *testing.T) {
	f, err := Maximize([]string{"x"}, []float64{40}, quartic(0), Options{MaxIterations: 3})
	if f != nil || !errors.Is(err, stats.NotConverged) {
		t.Errorf("got %v, %v", f, err)
	}
	flat := func([]float64) (Sums, error) { return NewSums(1), nil }
	if f, err := Maximize([]string{"x"}, []float64{0}, flat, Options{}); f != nil || !errors.Is(err, stats.Collinear) {
		t.Errorf("got %v, %v", f, err)
	}
	gone := errors.New("a hospital did not answer")
	if f, err := Maximize([]string{"x"}, []float64{0}, func([]float64) (Sums, error) { return Sums{}, gone }, Options{}); f != nil || !errors.Is(err, gone) {
		t.Errorf("got %v, %v", f, err)
	}
}

func TestTheStepOfSumsIsTheStepOfTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole, parts := NewSums(2), [2]Sums{NewSums(2), NewSums(2)}
		for i := range 12 {
			x := [2]float64{1, rapid.Float64Range(-1, 1).Draw(t, "x")}
			e := rapid.Float64Range(-1, 1).Draw(t, "residual")
			for _, s := range []*Sums{&whole, &parts[i%2]} {
				s.Rows++
				for j := range x {
					s.Score[j] += e * x[j]
					for k := j; k < 2; k++ {
						s.Information.Set(j, k, s.Information.At(j, k)+x[j]*x[k])
					}
				}
			}
		}
		parts[0].Add(parts[1])
		a, _, err := Step([]string{"a", "b"}, whole)
		if err != nil {
			return // x never changed
		}
		b, _, err := Step([]string{"a", "b"}, parts[0])
		if err != nil || math.Abs(a[0]-b[0])+math.Abs(a[1]-b[1]) > 1e-8*(1+math.Abs(a[0])+math.Abs(a[1])) {
			t.Fatalf("%v and %v, %v", a, b, err)
		}
	})
}
