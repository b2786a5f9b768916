package describe

import (
	"math"
	"slices"
)

// Summary describes one continuous variable. Fields that the data do not determine are NaN: all of them without values, SD and SE of a single value.
type Summary struct {
	N       int // values that are not missing
	Missing int
	Mean    float64
	SD      float64 // divided by n-1
	SE      float64 // of the mean
	Min     float64
	Median  float64
	Max     float64

	sorted []float64
}

// Summarize describes values, of which NaN are missing. It sorts a copy once; every quantile is then read off.
func Summarize(values []float64) Summary {
	kept := present(values)
	moments := MomentsOf(kept)
	slices.Sort(kept)
	s := Summary{N: len(kept), Missing: len(values) - len(kept), Mean: moments.Mean, SD: moments.SD(), sorted: kept}
	s.SE = s.SD / math.Sqrt(float64(s.N))
	s.Min, s.Median, s.Max = s.Quantile7(0), s.Quantile7(0.5), s.Quantile7(1)
	return s
}

// Quantile7 interpolates linearly at position (n-1)p + 1 of the sorted values, type 7 of Hyndman and Fan (American Statistician 1996) and R's
// default. NaN without values or for a p outside of 0 to 1.
func (s Summary) Quantile7(p float64) float64 { return Quantile7(s.sorted, p) }

// Quantile2 inverts the empirical distribution function and averages the two values where it jumps, type 2 of Hyndman and Fan and SAS's default.
func (s Summary) Quantile2(p float64) float64 { return Quantile2(s.sorted, p) }

// Quantile7 is the quantile of type 7 of values that are sorted already.
func Quantile7(sorted []float64, p float64) float64 {
	if len(sorted) == 0 || !(p >= 0 && p <= 1) {
		return math.NaN()
	}
	at := float64(len(sorted)-1) * p
	low := int(at)
	if h := at - float64(low); h > 0 && sorted[low] != sorted[low+1] {
		return (1-h)*sorted[low] + h*sorted[low+1]
	}
	return sorted[low]
}

// Quantile2 is the quantile of type 2 of values that are sorted already.
func Quantile2(sorted []float64, p float64) float64 {
	n := len(sorted)
	if n == 0 || !(p >= 0 && p <= 1) {
		return math.NaN()
	}
	at := float64(n) * p
	if whole := math.Round(at); math.Abs(at-whole) <= 1e-15*at { // 0.55·20 is 11, whatever binary fractions make of it
		below, above := max(int(whole)-1, 0), min(int(whole), n-1)
		return (sorted[below] + sorted[above]) / 2
	}
	return sorted[int(at)]
}

// Moments are number, mean and sum of squared deviations, which two sets of values can add without either showing its values.
type Moments struct {
	N       float64
	Mean    float64
	Squares float64 // sum of (value - Mean)²
}

// MomentsOf computes the moments in two passes. NaN are not expected; the mean of no values is NaN.
func MomentsOf(values []float64) Moments {
	n := float64(len(values))
	mean := SumsOf(values, 0).Sum / n
	about := SumsOf(values, mean)
	return about.Moments()
}

// Variance divides by n-1; NaN for fewer than two values.
func (m Moments) Variance() float64 {
	if m.N < 2 {
		return math.NaN()
	}
	return m.Squares / (m.N - 1)
}

// SD is the standard deviation; NaN for fewer than two values.
func (m Moments) SD() float64 { return math.Sqrt(m.Variance()) }

// Sums are what a site sends: number, sum and sum of squares of its values, measured from an origin that all sites share. They add up. A study
// takes them twice, first from 0, which gives the mean, then from that mean, so that the variance does not suffer from a difference of large
// numbers.
type Sums struct {
	Origin  float64
	N       float64
	Sum     float64 // of value - Origin
	Squares float64 // of (value - Origin)²
}

// SumsOf computes the sums of one site. NaN are not expected.
func SumsOf(values []float64, origin float64) Sums {
	s := Sums{Origin: origin, N: float64(len(values))}
	for _, v := range values {
		d := v - origin
		s.Sum += d
		s.Squares += d * d
	}
	return s
}

// Add adds the sums of another site, which were taken from the same origin.
func (s Sums) Add(other Sums) Sums {
	s.N += other.N
	s.Sum += other.Sum
	s.Squares += other.Squares
	return s
}

// Moments are those of all values behind the sums; the mean of no values is NaN.
func (s Sums) Moments() Moments {
	shift := s.Sum / s.N
	return Moments{N: s.N, Mean: s.Origin + shift, Squares: max(0, s.Squares-s.N*shift*shift)}
}

// present are the values that are not missing, copied.
func present(values []float64) []float64 {
	kept := make([]float64, 0, len(values))
	for _, v := range values {
		if !math.IsNaN(v) {
			kept = append(kept, v)
		}
	}
	return kept
}
