package matrix

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// drawn is XᵀX of a drawn X, which is positive definite for enough rows.
func drawn(t *rapid.T) Symmetric {
	n := rapid.IntRange(1, 8).Draw(t, "n")
	s := NewSymmetric(n)
	for range n + 4 {
		x := rapid.SliceOfN(rapid.Float64Range(-1, 1), n, n).Draw(t, "row")
		for i := range x {
			for j := i; j < n; j++ {
				s.Set(i, j, s.At(i, j)+x[i]*x[j])
			}
		}
	}
	for i := range n {
		s.Set(i, i, s.At(i, i)+0.1)
	}
	return s
}

func TestSolvingAndMultiplyingUndoEachOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawn(t)
		b := rapid.SliceOfN(rapid.Float64Range(-10, 10), s.N, s.N).Draw(t, "b")
		c, _, ok := Factor(s)
		if !ok {
			t.Fatal("not factored")
		}
		for i, v := range s.Times(c.Solve(b)) {
			if math.Abs(v-b[i]) > 1e-10 {
				t.Fatalf("%g, not %g", v, b[i])
			}
		}
		inverse := c.Inverse()
		back, _, _ := Factor(inverse)
		for i, v := range back.Inverse().Data {
			if math.Abs(v-s.Data[i]) > 1e-9 {
				t.Fatalf("the inverse of the inverse has %g, not %g", v, s.Data[i])
			}
		}
		if d := c.LogDet() + back.LogDet(); math.Abs(d) > 1e-9 {
			t.Fatalf("log determinants of a matrix and its inverse differ by %g", d)
		}
		if q, p := s.Quadratic(b), inverse.Quadratic(s.Times(b)); math.Abs(q-p) > 1e-8*(1+q) {
			t.Fatalf("bᵀSb is %g and %g", q, p)
		}
	})
}

func TestTheDependentRowIsNamed(t *testing.T) {
	// Columns 1, x, 2x+3 and z over x = 0 … 3: the third is determined by the first two. By hand.
	columns := [][]float64{{1, 1, 1, 1}, {0, 1, 2, 3}, {3, 5, 7, 9}, {1, 0, 0, 2}}
	s := NewSymmetric(4)
	for i, a := range columns {
		for j, b := range columns {
			var sum float64
			for k := range a {
				sum += a[k] * b[k]
			}
			s.Set(i, j, sum)
		}
	}
	if _, dependent, ok := Factor(s); ok || dependent != 2 {
		t.Errorf("got row %d, %v", dependent, ok)
	}
	if _, dependent, ok := Factor(NewSymmetric(2)); ok || dependent != 0 {
		t.Errorf("of zeros: row %d, %v", dependent, ok)
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), -1} {
		s := NewSymmetric(1)
		s.Set(0, 0, bad)
		if _, _, ok := Factor(s); ok {
			t.Errorf("%g was factored", bad)
		}
	}
	if c, _, ok := Factor(NewSymmetric(0)); !ok || len(c.Solve(nil)) != 0 || c.LogDet() != 0 {
		t.Error("the empty matrix has an empty solution")
	}
}

func TestACorrelationNearOneIsStillToldApart(t *testing.T) {
	s := NewSymmetric(2)
	s.Set(0, 0, 1e6)
	s.Set(0, 1, 0.999999)
	s.Set(1, 1, 1e-6)
	c, _, ok := Factor(s)
	if !ok {
		t.Fatal("refused")
	}
	if got, want := c.Inverse().At(1, 1), 1e6/(1-0.999999*0.999999); math.Abs(got-want) > 1e-9*want {
		t.Errorf("got %g, want %g", got, want)
	}
}

func TestSandwichesAndOuterProductsAreTheirDefinitions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bread := drawn(t)
		v := rapid.SliceOfN(rapid.Float64Range(-3, 3), bread.N, bread.N).Draw(t, "v")
		meat := NewSymmetric(bread.N) // v·vᵀ, so that the sandwich is that of bread·v
		meat.AddOuter(v, 1)
		want := NewSymmetric(bread.N)
		want.AddOuter(bread.Times(v), 1)
		for i, x := range Sandwich(bread, meat).Data {
			if math.Abs(x-want.Data[i]) > 1e-9 {
				t.Fatalf("%v, not %v", Sandwich(bread, meat), want)
			}
		}
		c, _, _ := Factor(bread)
		if q, p := c.Quadratic(v), c.Inverse().Quadratic(v); math.Abs(q-p) > 1e-9*(1+p) {
			t.Fatalf("vᵀS⁻¹v is %g and %g", q, p)
		}
	})
}
