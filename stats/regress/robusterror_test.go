package regress

import (
	"math"
	"math/rand/v2"
	"testing"

	"consilium/stats"
)

// TestRobustErrorsAreThoseOfTheCovariances: of few rows and of several blocks, with weights (some 0), with a column far from zero, and where a row alone determines a coefficient.
func TestRobustErrorsAreThoseOfTheCovariances(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for _, test := range []struct {
		rows                 int
		weighted, far, alone bool
	}{{40, false, false, false}, {1000, true, false, false}, {700, false, true, false}, {300, false, false, true}} {
		n := test.rows
		y, w := make([]float64, n), make([]float64, n)
		columns := [][]float64{make([]float64, n), make([]float64, n)}
		for i := range n {
			columns[0][i], columns[1][i], w[i] = r.NormFloat64(), r.NormFloat64(), float64(r.IntN(3))
			if test.far {
				columns[1][i] = 2020 + columns[1][i]
			}
			if test.alone {
				columns[1][i] = 0
			}
			if r.Float64() < 1/(1+math.Exp(-columns[0][i])) {
				y[i] = 1
			}
		}
		if test.alone {
			columns[1][5] = 1
		}
		o := Options{}
		if test.weighted {
			o.Weights = w
		}
		linear, err := Linear(y, stats.NewDesign([]string{"a", "b"}, columns, n), o)
		if err != nil {
			t.Fatal(err)
		}
		same(t, linear.RobustErrors(), func(kind HC) []float64 { return SE(linear.sandwich().robust(kind)) })
		if test.alone {
			continue // it would be separated
		}
		logistic, err := Logistic(y, stats.NewDesign([]string{"a", "b"}, columns, n), o)
		if err != nil {
			t.Fatal(err)
		}
		same(t, logistic.RobustErrors(), func(kind HC) []float64 { return SE(logistic.Robust(kind)) })
	}
}

func same(t *testing.T, got [4][]float64, want func(kind HC) []float64) {
	t.Helper()
	for kind, list := range got {
		for j, se := range want(HC(kind)) {
			if math.IsNaN(se) != math.IsNaN(list[j]) || math.Abs(se-list[j]) > 1e-9*se {
				t.Errorf("HC%d of coefficient %d: %v, not %v", kind, j, list[j], se)
			}
		}
	}
}
