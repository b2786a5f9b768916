package regress_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"consilium/stats"
	"consilium/stats/matrix"
	"consilium/stats/regress"
)

// TestRowsWithoutWeightAreAsIfAbsent is about small-sample factors, which count rows and clusters.
func TestRowsWithoutWeightAreAsIfAbsent(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 0))
	const n, silent = 60, 25
	x, binary, y, weights, cluster := make([]float64, n+silent), make([]float64, n+silent), make([]float64, n+silent), make([]float64, n+silent), make([]int, n+silent)
	for i := range x {
		x[i], y[i], cluster[i] = r.NormFloat64(), r.NormFloat64(), i%7
		binary[i] = float64(r.IntN(2))
		if i < n {
			weights[i] = 1
		} else {
			cluster[i] += 5 * (i % 2) // some in clusters that have no other row
		}
	}
	design := func(rows int) stats.Design {
		return stats.NewDesign([]string{"x"}, [][]float64{x[:rows]}, rows)
	}
	whole, few := regress.Options{Weights: weights}, regress.Options{Weights: weights[:n]}
	same := func(what string, a, b matrix.Symmetric) {
		t.Helper()
		for i, v := range a.Data {
			if math.Abs(v-b.Data[i]) > 1e-10*math.Abs(b.Data[i]) {
				t.Errorf("%s: %v with rows of weight 0, %v without them", what, a.Data, b.Data)
				return
			}
		}
	}
	type model interface {
		RobustErrors() [4][]float64
		Clustered([]int, regress.CR) (matrix.Symmetric, error)
	}
	compare := func(what string, a, b model) {
		t.Helper()
		for j, se := range a.RobustErrors()[regress.HC1] {
			if fewer := b.RobustErrors()[regress.HC1][j]; math.Abs(se-fewer) > 1e-10*fewer {
				t.Errorf("%s HC1: %v with rows of weight 0, %v without them", what, se, fewer)
			}
		}
		for name, kind := range map[string]regress.CR{" CRG": regress.CRG, " CR1": regress.CR1} {
			v, err := a.Clustered(cluster, kind)
			if err != nil {
				t.Fatal(err)
			}
			w, err := b.Clustered(cluster[:n], kind)
			if err != nil {
				t.Fatal(err)
			}
			same(what+name, v, w)
		}
	}
	linear, err := regress.Linear(y, design(n+silent), whole)
	if err != nil {
		t.Fatal(err)
	}
	linearFew, err := regress.Linear(y[:n], design(n), few)
	if err != nil {
		t.Fatal(err)
	}
	compare("linear", linear, linearFew)
	logistic, err := regress.Logistic(binary, design(n+silent), whole)
	if err != nil {
		t.Fatal(err)
	}
	logisticFew, err := regress.Logistic(binary[:n], design(n), few)
	if err != nil {
		t.Fatal(err)
	}
	compare("logistic", logistic, logisticFew)
}
