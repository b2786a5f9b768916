package mixed

import (
	"math"
	"math/rand/v2"

	"consilium/stats"
)

// clustered is simulated data: rows of centers with a normal level each.
type clustered struct {
	y, measured, count []float64
	x                  stats.Design
	group              []int
}

// simulate draws groups of the given size; sd is that of the centers' levels, coefficients are -0.5, 0.7, -0.4.
func simulate(seed uint64, groups, size int, sd float64) clustered {
	r := rand.New(rand.NewPCG(seed, 7))
	n := groups * size
	a, b := make([]float64, n), make([]float64, n)
	d := clustered{y: make([]float64, n), measured: make([]float64, n), count: make([]float64, n), group: make([]int, n)}
	level := 0.0
	for i := range n {
		if i%size == 0 {
			level = sd * r.NormFloat64()
		}
		a[i], b[i], d.group[i] = r.NormFloat64(), math.Floor(2*r.Float64()), i/size
		eta := -0.5 + 0.7*a[i] - 0.4*b[i] + level
		if r.Float64() < 1/(1+math.Exp(-eta)) {
			d.y[i] = 1
		}
		d.measured[i] = eta + r.NormFloat64()
		for t := r.ExpFloat64(); t < math.Exp(eta/2); t += r.ExpFloat64() {
			d.count[i]++
		}
	}
	d.x = stats.NewDesign([]string{"a", "b"}, [][]float64{a, b}, n)
	return d
}

// take is the data of the given rows.
func (d clustered) take(rows []int) clustered {
	out := clustered{x: d.x.Take(rows)}
	for _, i := range rows {
		out.y, out.measured, out.count, out.group = append(out.y, d.y[i]), append(out.measured, d.measured[i]), append(out.count, d.count[i]), append(out.group, d.group[i])
	}
	return out
}

// near says whether two lists agree to a share of the larger, or absolutely below 1.
func near(a, b []float64, tolerance float64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !(math.Abs(a[i]-b[i]) <= tolerance*max(1, math.Abs(a[i]))) {
			return false
		}
	}
	return true
}
