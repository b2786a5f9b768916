package predict

import (
	"math"
	"slices"

	"consilium/stats"
)

// standardized is a design whose terms but the intercept have mean 0 and variance 1 (over n), so that one penalty treats all alike.
type standardized struct {
	names      []string // of the terms, without the intercept
	x          stats.Design
	mean, sd   []float64
	constant   int   // first term that does not vary; -1 if all do
	informing  []int // terms that vary
	rows, size int
}

// standardize takes the terms of a design; an intercept among them is dropped, since every model here has its own.
func standardize(x stats.Design) *standardized {
	s := &standardized{rows: x.Rows(), constant: -1}
	ones := make([]float64, s.rows)
	for i := range ones {
		ones[i] = 1
	}
	s.x = stats.Design{Terms: []string{stats.Intercept}, Columns: [][]float64{ones}}
	for j, c := range x.Columns {
		if x.Terms[j] == stats.Intercept {
			continue
		}
		mean, sd := spread(c)
		s.names, s.mean, s.sd = append(s.names, x.Terms[j]), append(s.mean, mean), append(s.sd, sd)
		column := make([]float64, len(c))
		if sd > 0 {
			for i, v := range c {
				column[i] = (v - mean) / sd
			}
			s.informing = append(s.informing, len(s.names)-1)
		} else if s.constant < 0 {
			s.constant = len(s.names) - 1
		}
		s.x.Terms, s.x.Columns = append(s.x.Terms, x.Terms[j]), append(s.x.Columns, column)
	}
	s.size = len(s.names)
	return s
}

// spread is the mean and the standard deviation over n, 0 for what varies by no more than rounding.
func spread(c []float64) (mean, sd float64) {
	for _, v := range c {
		mean += v / float64(len(c))
	}
	var squares float64
	for _, v := range c {
		squares += (v - mean) * (v - mean)
	}
	sd = math.Sqrt(squares / float64(len(c)))
	if sd <= 1e-14*math.Abs(mean) {
		return mean, 0
	}
	return mean, sd
}

// original gives coefficients, intercept first, for terms in their own units.
func (s *standardized) original(beta []float64) []float64 {
	out := slices.Clone(beta)
	for j := range s.names {
		if s.sd[j] > 0 {
			out[j+1] /= s.sd[j]
		} else {
			out[j+1] = 0
		}
		out[0] -= out[j+1] * s.mean[j]
	}
	return out
}
