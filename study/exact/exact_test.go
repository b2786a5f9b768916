package exact

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestAFigureIsItsValueRoundedTo2ToTheMinus64(t *testing.T) {
	for _, v := range []float64{0, 1, -1, 0.5, -0.5, 0x1p-64, -0x1p-64, 0x1p-66, 0x1.8p-64, 1e14, -1e14, math.Pi, 0x1.fffffffffffffp47} {
		f, err := FixedOf(v)
		if err != nil {
			t.Fatal(v, err)
		}
		if d := math.Abs(Float(Sub(f.Big(), Of(v)))); d > 0x1p-65 {
			t.Errorf("%g became %s, off by %g", v, f.Big().Text('g', 30), d)
		}
	}
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0x1p48, -0x1p48, 1e300} {
		if _, err := FixedOf(v); err == nil {
			t.Errorf("%g was taken", v)
		}
	}
}

func TestSumsOfFiguresAreExactInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e9, 1e9), 1, 40).Draw(t, "values")
		shuffled := rapid.Permutation(values).Draw(t, "shuffled")
		total := func(list []float64) (sum Fixed) {
			for _, v := range list {
				f, err := FixedOf(v)
				if err != nil {
					t.Fatal(err)
				}
				sum = sum.Add(f)
			}
			return sum
		}
		if total(values) != total(shuffled) {
			t.Fatal("the order of figures changed their sum")
		}
		want := Zero()
		for _, v := range values {
			want.Add(want, Of(v))
		}
		if d := math.Abs(Float(Sub(total(values).Big(), want))); d > float64(len(values))*0x1p-65 {
			t.Fatalf("off by %g", d)
		}
	})
}

func TestFiguresReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := Fixed{rapid.Uint64().Draw(t, "hi"), rapid.Uint64().Draw(t, "lo")}
		if FixedFrom(f.Append(nil)) != f || f.Neg().Neg() != f || f.Add(f.Neg()) != (Fixed{}) {
			t.Fatal(f)
		}
		v := f.Big()
		back, ok := new(big.Float).SetPrec(Precision).SetString(Text(v))
		if !ok || back.Cmp(v) != 0 {
			t.Fatal(v, back)
		}
	})
	if _, err := VectorFrom(make([]byte, 17)); err == nil {
		t.Error("17 bytes were taken for figures")
	}
}

func TestSolvingUndoesMultiplying(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "n")
		// A random lower factor with a positive diagonal makes a positive definite matrix.
		m := NewMatrix(n)
		l := make([][]float64, n)
		for i := range l {
			l[i] = make([]float64, n)
			for j := 0; j < i; j++ {
				l[i][j] = rapid.Float64Range(-1, 1).Draw(t, "below")
			}
			l[i][i] = rapid.Float64Range(0.5, 2).Draw(t, "diagonal")
		}
		for i := range n {
			for j := 0; j <= i; j++ {
				for k := range n {
					m[i][j].Add(m[i][j], Mul(Of(l[i][k]), Of(l[j][k])))
				}
			}
		}
		x := make([]*big.Float, n)
		for i := range x {
			x[i] = Of(rapid.Float64Range(-100, 100).Draw(t, "x"))
		}
		factor, _, ok := m.Factor()
		if !ok {
			t.Fatal("a positive definite matrix has no factor")
		}
		for i, got := range factor.Solve(m.Times(x)) {
			if d := math.Abs(Float(Sub(got, x[i]))); d > 1e-60 {
				t.Fatalf("x%d is off by %g", i, d)
			}
		}
		for i, got := range factor.Inverse().Times(m.Times(x)) {
			if d := math.Abs(Float(Sub(got, x[i]))); d > 1e-60 {
				t.Fatalf("x%d by the inverse is off by %g", i, d)
			}
		}
	})
}

func TestADependentRowIsNamed(t *testing.T) {
	m := MatrixOf(3, Ofs([]float64{2, 1, 3, 3, 4, 7})) // the third row is the sum of the others
	if _, at, ok := m.Factor(); ok || at != 2 {
		t.Errorf("row %d, %v", at, ok)
	}
}

func TestARoughLogarithmIsNear(t *testing.T) {
	for v := 1e-9; v < 1e9; v *= 1.37 {
		if d := math.Abs(RoughLog(Of(v)) - math.Log(v)); d > 0.06 {
			t.Errorf("log %g is off by %g", v, d)
		}
	}
}
