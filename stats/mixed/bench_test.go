package mixed

import (
	"math"
	"testing"

	"consilium/stats"
)

// centers50k is 50,000 patients of 100 centers with five covariates, from the generator s ← 16807·s mod (2³¹-1), u = s/(2³¹-1), seed 104: levels
// 0.6·Φ⁻¹(u), covariates on a grid of 1/10000 column by column, and outcomes.
func centers50k() (y []float64, x stats.Design, group []int) {
	const n, groups = 50000, 100
	s := 104.0
	u := func() float64 { s = math.Mod(16807*s, 2147483647); return s / 2147483647 }
	level := make([]float64, groups)
	for i := range level {
		level[i] = 0.6 * math.Sqrt2 * math.Erfinv(2*u()-1)
	}
	columns := make([][]float64, 5)
	for j := range columns {
		columns[j] = make([]float64, n)
		for i := range n {
			columns[j][i] = (math.Floor(u()*20001) - 10000) / 10000
		}
	}
	y, group = make([]float64, n), make([]int, n)
	for i := range n {
		group[i] = i / (n / groups)
		eta := -1.5 + .5*columns[0][i] - .5*columns[1][i] + .25*columns[2][i] - .25*columns[3][i] + .8*columns[4][i] + level[group[i]]
		if u() < 1/(1+math.Exp(-eta)) {
			y[i] = 1
		}
	}
	return y, stats.NewDesign([]string{"x1", "x2", "x3", "x4", "x5"}, columns, n), group
}

// TestFiftyThousandPatients compares with glmer(y ~ x1 + x2 + x3 + x4 + x5 + (1 | centre), binomial, nAGQ = 1) of lme4 1.1-31 with its default
// tolerances, which leave it a likelihood lower by 1.2e-5.
func TestFiftyThousandPatients(t *testing.T) {
	y, x, group := centers50k()
	m, err := Logistic(y, x, group, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{-1.54604160740122, 0.519631988743082, -0.496180790755369, 0.264047280472445, -0.246876197288011, 0.812731837618757}
	if !near(m.Coef, want, 1e-5) || math.Abs(m.SD-0.620076551089213) > 1e-5 {
		t.Errorf("coefficients %v, sd %g", m.Coef, m.SD)
	}
	if r := -23022.5527603208; m.LogLik < r || m.LogLik > r+2e-5 {
		t.Errorf("log-likelihood %.10g, R has %.10g", m.LogLik, r)
	}
}

func BenchmarkLogistic(b *testing.B) {
	y, x, group := centers50k()
	for _, points := range []int{1, 10} {
		b.Run(map[int]string{1: "Laplace", 10: "points=10"}[points], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Logistic(y, x, group, Options{Points: points}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkLinear(b *testing.B) {
	d := simulate(1, 5000, 10, 1)
	for b.Loop() {
		if _, err := Linear(d.measured, d.x, d.group, LinearOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGEE(b *testing.B) {
	d := simulate(1, 5000, 10, 1)
	for b.Loop() {
		if _, err := GEE(d.y, d.x, d.group, GEEOptions{Family: Binomial, Correlation: Exchangeable}); err != nil {
			b.Fatal(err)
		}
	}
}
