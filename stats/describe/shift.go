package describe

import (
	"math"

	"consilium/stats"
	"consilium/stats/tail"
)

// HodgesLehmann is the median of all differences between a value of the first and one of the second group, the estimate of the shift between them
// (Hodges and Lehmann, Annals of Mathematical Statistics 1963). The differences are counted, not listed, so that large groups are no trouble. An infinite
// value is refused.
func (s *RankSum) HodgesLehmann() (float64, error) {
	if err := s.finite(); err != nil {
		return math.NaN(), err
	}
	pairs := len(s.first) * len(s.second)
	lower := s.difference((pairs + 1) / 2)
	if pairs%2 == 1 {
		return lower, nil
	}
	return (lower + s.difference(pairs/2+1)) / 2, nil
}

func (s *RankSum) finite() error {
	for _, v := range [][]float64{s.first, s.second} {
		if math.IsInf(v[0], 0) || math.IsInf(v[len(v)-1], 0) {
			return &stats.Error{Method: "Hodges-Lehmann shift", Problem: stats.Invalid, Detail: "a value is infinite"}
		}
	}
	return nil
}

// difference is the k-th smallest of the differences, k from 1: numbers are halved by their order until exactly k differences lie at or below.
func (s *RankSum) difference(k int) float64 {
	low := ordered(s.first[0] - s.second[len(s.second)-1])
	high := ordered(s.first[len(s.first)-1] - s.second[0])
	for low < high {
		middle := low + (high-low)/2
		if s.countUpTo(number(middle)) >= k {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return number(low) + 0 // never -0
}

// countUpTo is the number of differences at most d. It falls as the second group's value falls, so that one walk through both groups is enough.
func (s *RankSum) countUpTo(d float64) int {
	count, j := 0, 0
	for _, x := range s.first {
		for j < len(s.second) && x-s.second[j] > d {
			j++
		}
		count += len(s.second) - j
	}
	return count
}

// ordered maps numbers to whole ones of the same order, and number maps them back.
func ordered(v float64) uint64 {
	b := math.Float64bits(v + 0) // -0 becomes 0
	if b>>63 == 1 {
		return ^b
	}
	return b | 1<<63
}

func number(o uint64) float64 {
	if o>>63 == 1 {
		return math.Float64frombits(o &^ (1 << 63))
	}
	return math.Float64frombits(^o)
}

// Shift is the shift between two groups by inversion of the rank-sum test with normal approximation (Bauer, Journal of the American Statistical
// Association 1972).
type Shift struct {
	Estimate     float64 // where the test, without continuity correction, sees no difference; between the middle differences if several shifts do
	Lower, Upper float64 // where it, with the correction, just rejects
}

// InvertNormal solves for the shifts to a tolerance of 1e-10. The test is a step function of the shift, so that a limit is one of the differences.
func (s *RankSum) InvertNormal(level float64) (Shift, error) {
	if err := checkLevel("Hodges-Lehmann shift", level); err != nil {
		return Shift{}, err
	}
	if err := s.finite(); err != nil {
		return Shift{}, err
	}
	z := tail.NormalCritical(level)
	return Shift{Estimate: s.solveShift(0, 0), Lower: s.solveShift(z, 0.5), Upper: s.solveShift(-z, 0.5)}, nil
}

// solveShift is where the z statistic of the shifted groups falls to the given one.
func (s *RankSum) solveShift(z, continuity float64) float64 {
	least := s.first[0] - s.second[len(s.second)-1]
	most := s.first[len(s.first)-1] - s.second[0]
	f := func(d float64) float64 { return s.shifted(d, continuity) - z }
	atLeast, atMost := f(least), f(most)
	switch {
	case !(atLeast > 0):
		return least
	case !(atMost < 0):
		return most
	}
	return zero(f, least, most, atLeast, atMost, 1e-10)
}

// shifted is the z statistic after d is taken from the first group's values.
func (s *RankSum) shifted(d, continuity float64) float64 {
	u, ties := 0.0, 0.0
	below, j := 0, 0 // second[:below] is less than the run of equal values at hand
	for i := 0; i < len(s.first) || j < len(s.second); {
		v := math.Inf(1)
		if i < len(s.first) {
			v = s.first[i] - d
		}
		if j < len(s.second) {
			v = min(v, s.second[j])
		}
		ofFirst, ofSecond := 0, 0
		for ; i < len(s.first) && s.first[i]-d == v; i++ {
			ofFirst++
		}
		for ; j < len(s.second) && s.second[j] == v; j++ {
			ofSecond++
		}
		u += float64(ofFirst) * (float64(below) + float64(ofSecond)/2)
		t := float64(ofFirst + ofSecond)
		ties += t*t*t - t
		below = j
	}
	from := u - s.n*s.m/2
	if from != 0 {
		from -= math.Copysign(continuity, from)
	}
	return from / s.sd(ties)
}

// zero finds a sign change of f between a and b by inverse quadratic interpolation, secants and halving (Brent, Algorithms for Minimization without
// Derivatives, 1973, chapter 4). fa and fb have opposite signs.
func zero(f func(float64) float64, a, b, fa, fb, tolerance float64) float64 {
	c, fc := a, fa
	for range 1000 {
		last := b - a
		if math.Abs(fc) < math.Abs(fb) {
			a, b, c = b, c, b
			fa, fb, fc = fb, fc, fb
		}
		small := 2*0x1p-52*math.Abs(b) + tolerance/2
		half := (c - b) / 2
		if math.Abs(half) <= small || fb == 0 {
			return b
		}
		step := half
		if math.Abs(last) >= small && math.Abs(fa) > math.Abs(fb) {
			p, q := interpolate(a, b, c, fa, fb, fc)
			if p < 0.75*(c-b)*q-math.Abs(small*q)/2 && p < math.Abs(last*q/2) {
				step = p / q
			}
		}
		if math.Abs(step) < small {
			step = math.Copysign(small, step)
		}
		a, fa = b, fb
		b += step
		fb = f(b)
		if fb > 0 == (fc > 0) && fb != 0 {
			c, fc = a, fa
		}
	}
	return b
}

// interpolate is the step p/q from b, p ≥ 0, by a secant or by the inverse parabola through three points.
func interpolate(a, b, c, fa, fb, fc float64) (p, q float64) {
	t := fb / fa
	if a == c {
		p, q = (c-b)*t, 1-t
	} else {
		r, u := fa/fc, fb/fc
		p = t * ((c-b)*r*(r-u) - (b-a)*(u-1))
		q = (r - 1) * (u - 1) * (t - 1)
	}
	if p > 0 {
		return p, -q
	}
	return -p, q
}
