package predict

import (
	"fmt"
	"math/rand/v2"

	"consilium/stats"
)

// noise is an outcome that none of the terms has to do with.
func noise(seed uint64, rows, terms int) ([]float64, stats.Design) {
	r := rand.New(rand.NewPCG(seed, 3))
	y, columns, names := make([]float64, rows), make([][]float64, terms), make([]string, terms)
	for i := range y {
		if r.Float64() < 0.4 {
			y[i] = 1
		}
	}
	for j := range columns {
		names[j], columns[j] = fmt.Sprintf("x%d", j), make([]float64, rows)
		for i := range y {
			columns[j][i] = r.NormFloat64()
		}
	}
	return y, stats.NewDesign(names, columns, rows)
}

// signal is an outcome that the first two terms make likelier.
func signal(seed uint64, rows, terms int) ([]float64, stats.Design) {
	y, x := noise(seed, rows, terms)
	r := rand.New(rand.NewPCG(seed, 4))
	for i := range y {
		y[i] = 0
		if r.Float64() < logistic(x.Columns[1][i]-0.8*x.Columns[2][i]) {
			y[i] = 1
		}
	}
	return y, x
}
