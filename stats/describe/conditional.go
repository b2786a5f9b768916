package describe

import (
	"math"
	"slices"

	"consilium/stats"
)

// conditional is the distribution of a count given the margins of one or several 2×2 tables, at an odds ratio of 1: log probabilities of low, low+1, ….
// At another odds ratio ψ the probability of k is proportional to this one times ψᵏ (Cox, The Analysis of Binary Data, 1970, section 4.2).
type conditional struct {
	low int
	log []float64
}

// hypergeometric is the distribution of the upper left cell of a table with row sums r1 and r2 and first column sum c1, built by ratios of neighbors.
func hypergeometric(r1, r2, c1 int) conditional {
	low, high := max(0, c1-r2), min(c1, r1)
	d := conditional{low, make([]float64, high-low+1)}
	for k := low; k < high; k++ {
		up := float64(r1-k) * float64(c1-k)
		down := float64(k+1) * float64(r2-c1+k+1)
		d.log[k-low+1] = d.log[k-low] + math.Log(up/down)
	}
	return d.normalized()
}

func (d conditional) normalized() conditional {
	norm := logSum(d.log)
	for i := range d.log {
		d.log[i] -= norm
	}
	return d
}

func logSum(logs []float64) float64 {
	top := math.Inf(-1)
	for _, v := range logs {
		top = max(top, v)
	}
	if math.IsInf(top, -1) {
		return top
	}
	sum := 0.0
	for _, v := range logs {
		sum += math.Exp(v - top)
	}
	return top + math.Log(sum)
}

// at is the distribution at a log odds ratio.
func (d conditional) at(theta float64) conditional {
	tilted := conditional{d.low, make([]float64, len(d.log))}
	for i, v := range d.log {
		tilted.log[i] = v
		if i > 0 { // at an odds ratio of 0 only the first is left, which 0·(-Inf) would not say
			tilted.log[i] += theta * float64(i)
		}
	}
	return tilted.normalized()
}

func (d conditional) high() int { return d.low + len(d.log) - 1 }

// atMost is P(X ≤ x), atLeast P(X ≥ x).
func (d conditional) atMost(x int) float64  { return min(1, math.Exp(logSum(d.log[:x-d.low+1]))) }
func (d conditional) atLeast(x int) float64 { return min(1, math.Exp(logSum(d.log[x-d.low:]))) }

// rarer is the probability of all counts that are not more probable than x, to one in ten million.
func (d conditional) rarer(x int) float64 {
	limit := d.log[x-d.low] + math.Log1p(1e-7)
	var rare []float64
	for _, v := range d.log {
		if v <= limit {
			rare = append(rare, v)
		}
	}
	return min(1, math.Exp(logSum(rare)))
}

func (d conditional) mean() float64 {
	sum := 0.0
	for i, v := range d.log {
		sum += float64(i) * math.Exp(v)
	}
	return float64(d.low) + sum
}

// Exact is the conditional analysis of one or several 2×2 tables: of the sum of their upper left cells, given all margins.
type Exact struct {
	Count        int     // the sum of the upper left cells
	P            float64 // two-sided: of all counts that are not more probable than the one seen
	Less         float64 // P of this count or fewer, at an odds ratio of 1
	Greater      float64 // P of this count or more
	OddsRatio    float64 // conditional maximum likelihood; 0 or +Inf if the count is the least or the largest possible
	Lower, Upper float64 // exact limits of the odds ratio (Cornfield, Berkeley Symposium 1956)

	given conditional
	level float64
}

// exactly analyzes the count x with its distribution.
func (d conditional) exactly(x int, level float64) Exact {
	e := Exact{Count: x, P: d.rarer(x), Less: d.atMost(x), Greater: d.atLeast(x), Lower: 0, Upper: math.Inf(1), given: d, level: level}
	alpha := math.Log((1 - level) / 2)
	switch {
	case len(d.log) == 1:
		e.OddsRatio = math.NaN()
	case x == d.low:
		e.OddsRatio = 0
	case x == d.high():
		e.OddsRatio = math.Inf(1)
	default:
		e.OddsRatio = math.Exp(root(func(theta float64) float64 { return d.at(theta).mean() - float64(x) }))
	}
	if x > d.low {
		e.Lower = math.Exp(root(func(theta float64) float64 { return logSum(d.at(theta).log[x-d.low:]) - alpha }))
	}
	if x < d.high() {
		e.Upper = math.Exp(root(func(theta float64) float64 { return alpha - logSum(d.at(theta).log[:x-d.low+1]) }))
	}
	return e
}

// Loose is the odds ratio and its limits as R's fisher.test and mantelhaen.test print them. They stop their search as soon as the ratio, or its inverse where it
// is above 1, is known to 1.2e-4 (R's uniroot), which is a third of a percent off for a ratio of 30. It is here to compare with R; for anything else
// take the fields of e.
func (e Exact) Loose() (oddsRatio, lower, upper float64) {
	d, x := e.given, e.Count
	alpha := (1 - e.level) / 2
	oddsRatio, lower, upper = e.OddsRatio, e.Lower, e.Upper
	if d.low == d.high() {
		oddsRatio = 0 // they take the only possible count for the least
	}
	if x > d.low {
		lower = looseRoot(func(psi float64) float64 { return d.at(math.Log(psi)).atLeast(x) - alpha })
	}
	if x < d.high() {
		upper = looseRoot(func(psi float64) float64 { return alpha - d.at(math.Log(psi)).atMost(x) })
	}
	if x > d.low && x < d.high() {
		oddsRatio = looseRoot(func(psi float64) float64 { return d.at(math.Log(psi)).mean() - float64(x) })
	}
	return oddsRatio, lower, upper
}

// looseRoot seeks the zero of a rising function of an odds ratio below 1, or of its inverse above.
func looseRoot(f func(psi float64) float64) float64 {
	const epsilon, tolerance = 0x1p-52, 0x1p-13
	switch at := f(1); {
	case at > 0:
		return zero(f, 0, 1, f(0), at, tolerance)
	case at < 0:
		inverse := func(t float64) float64 { return f(1 / t) }
		return 1 / zero(inverse, epsilon, 1, inverse(epsilon), at, tolerance)
	}
	return 1
}

// root is the zero of a rising function, sought outward from 0.
func root(f func(theta float64) float64) float64 {
	a, fa := 0.0, f(0)
	if fa == 0 {
		return 0
	}
	step := -math.Copysign(1, fa)
	for range 12 {
		b := a + step
		fb := f(b)
		if fb == 0 {
			return b
		}
		if fb > 0 != (fa > 0) {
			return zero(f, a, b, fa, fb, 1e-14)
		}
		a, fa, step = b, fb, 2*step
	}
	return math.Copysign(math.Inf(1), step)
}

// mostSupport bounds the number of counts that an exact distribution covers.
const mostSupport = 1 << 24

// FisherExact is the exact test of a 2×2 table of counts (Fisher, Journal of the Royal Statistical Society 1935), with the conditional odds ratio
// and its exact limits. If a margin is 0, one table is all that can be: p is 1, and the odds ratio is NaN with limits 0 and +Inf.
func FisherExact(table [2][2]int, level float64) (Exact, error) {
	const method = "Fisher's exact test"
	if err := checkLevel(method, level); err != nil {
		return Exact{}, err
	}
	if err := checkExact(method, table); err != nil {
		return Exact{}, err
	}
	return givenMargins(table).exactly(table[0][0], level), nil
}

// givenMargins is the distribution of the upper left cell.
func givenMargins(t [2][2]int) conditional {
	return hypergeometric(t[0][0]+t[0][1], t[1][0]+t[1][1], t[0][0]+t[1][0])
}

// checkExact refuses counts below 0, and those whose distribution would be too long.
func checkExact(method string, t [2][2]int) error {
	all := 0
	for _, n := range slices.Concat(t[0][:], t[1][:]) {
		if n < 0 {
			return &stats.Error{Method: method, Problem: stats.Invalid, Detail: "a count is below 0"}
		}
		if all = min(all, mostSupport) + min(n, mostSupport+1); all > mostSupport {
			return &stats.Error{Method: method, Problem: stats.Unsupported, Detail: "the counts are too large for an exact distribution", Advice: "Use the test with the normal approximation"}
		}
	}
	return nil
}
