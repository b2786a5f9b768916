package causal

import (
	"math"
	"testing"

	"consilium/stats"
)

// lehmer is the generator of Park and Miller (1988), from which the data of the comparison with R were made.
func lehmer(seed float64) func() float64 {
	const m = 2147483647
	return func() float64 {
		seed = math.Mod(16807*seed, m)
		return seed / m
	}
}

// twentyThousand is a comparison of 20,000 rows, about a fifth of them treated, and 8 covariates; column by column from seed 107.
func twentyThousand() (Arms, stats.Design) {
	const n = 20000
	next := lehmer(107)
	terms, columns := make([]string, 8), make([][]float64, 8)
	eta := make([]float64, n)
	for i := range eta {
		eta[i] = -1.7
	}
	for j, beta := range []float64{0.8, -0.8, 0.6, -0.6, 0.4, -0.4, 0.2, -0.2} {
		terms[j] = string(rune('a' + j))
		columns[j] = make([]float64, n)
		for i := range n {
			columns[j][i] = (math.Floor(next()*20001) - 10000) / 10000
			eta[i] += beta * columns[j][i]
		}
	}
	treated := make([]float64, n)
	for i := range treated {
		if next() < 1/(1+math.Exp(-eta[i])) {
			treated[i] = 1
		}
	}
	arms, err := NewArms("treat", treated)
	if err != nil {
		panic(err)
	}
	return arms, stats.NewDesign(terms, columns, n)
}

// matchScored fits the score and matches on it within 0.2 of its standard deviations.
func matchScored(a Arms, x stats.Design, caliper float64) (*Matching, error) {
	s, err := Propensity(a, x)
	if err != nil {
		return nil, err
	}
	return Match(a, s.Probability, caliper*SD(s.Probability), Largest)
}

func BenchmarkMatch20000(b *testing.B) {
	a, x := twentyThousand()
	b.ReportAllocs()
	for b.Loop() {
		m, err := matchScored(a, x, 0.2)
		if err != nil || len(m.Pairs) != 3849 { // as MatchIt 4.5.1
			b.Fatal(err)
		}
	}
}

// BenchmarkMatchAlone shows the growth with n, of matching without the score.
func BenchmarkMatchAlone(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		next := lehmer(1)
		a, distance := Arms{Name: "treat", Treated: make([]bool, n)}, make([]float64, n)
		for i := range distance {
			a.Treated[i], distance[i] = next() < 0.3, next()
		}
		b.Run(map[int]string{10_000: "1e4", 100_000: "1e5", 1_000_000: "1e6"}[n], func(b *testing.B) {
			for b.Loop() {
				if _, err := Match(a, distance, math.Inf(1), Largest); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
