package strength

import (
	"math"

	"consilium/lab/parallel"
)

// each calls f(0) … f(n-1) on all cores, one number at a time.
func each(n int, f func(i int)) {
	parallel.Blocks(n, 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			f(i)
		}
	})
}

// slabs calls f for blocks of layers that together are [0, layers). f may also write to the layer after its block, where the next block writes too: so the
// even blocks run first, then the odd ones. The blocks depend on the number of layers alone, and so does the order of every sum: a result is the same, to the
// last bit, on any number of cores.
func slabs(layers int, f func(from, to int)) {
	size := max(1, min(8, layers/16))
	blocks := (layers + size - 1) / size
	for parity := range 2 {
		each((blocks+1-parity)/2, func(i int) {
			from := (2*i + parity) * size
			f(from, min(from+size, layers))
		})
	}
}

// chunk is the length of the pieces in which vectors are worked on: three of them fit a core's own cache.
const chunk = 12288

// chunks calls f for pieces that together are [0, n).
func chunks(n int, f func(from, to int)) {
	parallel.Blocks(n, chunk, f)
}

// sum adds what f gives for the pieces of [0, n), always in the same order.
func sum(n int, f func(from, to int) float64) float64 {
	parts := make([]float64, (n+chunk-1)/chunk)
	each(len(parts), func(i int) { parts[i] = f(i*chunk, min((i+1)*chunk, n)) })
	total := 0.0
	for _, p := range parts {
		total += p
	}
	return total
}

func dot(a, b []float64) float64 {
	return sum(len(a), func(from, to int) float64 {
		x, y := a[from:to], b[from:to]
		s0, s1 := 0.0, 0.0
		i := 0
		for ; i+1 < len(x) && i+1 < len(y); i += 2 {
			s0 += x[i] * y[i]
			s1 += x[i+1] * y[i+1]
		}
		if i < len(x) {
			s0 += x[i] * y[i]
		}
		return s0 + s1
	})
}

func length(a []float64) float64 { return math.Sqrt(dot(a, a)) }

func zero(a []float64) { chunks(len(a), func(from, to int) { clear(a[from:to]) }) }
