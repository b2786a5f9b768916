package survival

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"consilium/stats"
)

// IntervalCurve is what intervals say about the distribution of a time without any model: probabilities of the innermost intervals, which are those between the start of one row's interval and the next
// end of any. Where within them the event lies, nothing tells.
type IntervalCurve struct {
	Lower, Upper   []float64 // ends of the innermost intervals that have any probability, ascending: after Lower and at Upper at the latest; equal ends are a time
	Mass           []float64 // their probabilities; that of an infinite Upper had not happened by Lower
	LogLik         float64
	Rows           int
	Exact, Between int // times that are known, and that lie in an interval with a finite end
}

const turnbullMethod = "Turnbull's curve"

// Turnbull is the nonparametric maximum-likelihood estimate for times that are known to lie in intervals; of exact and right-censored times it is Kaplan and Meier's.
// The likelihood is climbed by steps of EM and of the iterative convex minorant in turn, until no distribution can be likelier by more than 1e-10 a row (by the gradient, since it is concave).
// Intervals are taken as independent of the times within them: visits that were moved because of complaints make the curve wrong. Errors: NoEvents, Invalid for ends in the wrong order, NotConverged.
// Source: Peto, Applied Statistics 22 (1973) 86–91; Turnbull, JRSS B 38 (1976) 290–295; Wellner and Zhan, JASA 92 (1997) 945–959.
func Turnbull(times []Interval) (*IntervalCurve, error) {
	c := &IntervalCurve{Rows: len(times)}
	for i, t := range times {
		if err := t.check(i); err != nil {
			return nil, stats.In(turnbullMethod, err)
		}
		switch {
		case t.Lower == t.Upper:
			c.Exact++
		case !math.IsInf(t.Upper, 1):
			c.Between++
		}
	}
	if c.Exact+c.Between == 0 {
		return nil, noEvents(turnbullMethod)
	}
	m := newMasses(times)
	if err := m.climb(); err != nil {
		return nil, err
	}
	c.LogLik = m.logLik(m.cumulative)
	for j := range m.inner {
		if mass := m.cumulative[j+1] - m.cumulative[j]; mass > 1e-12 {
			c.Lower, c.Upper, c.Mass = append(c.Lower, m.inner[j].from.at), append(c.Upper, m.inner[j].to.at), append(c.Mass, mass)
		}
	}
	return c, nil
}

// Survival is the probability that the event comes after t, as far as it is known: at least low and at most high, which differ within an innermost interval only.
func (c *IntervalCurve) Survival(t float64) (low, high float64) {
	low, high = 1, 1
	for j, mass := range c.Mass {
		if c.Upper[j] <= t {
			high -= mass
		}
		if c.Lower[j] < t || c.Upper[j] <= t {
			low -= mass
		}
	}
	return max(low, 0), max(high, 0)
}

// Quantile is the innermost interval in which a share p has had the event; its upper end is infinite if fewer have.
func (c *IntervalCurve) Quantile(p float64) (lower, upper float64) {
	sum := 0.0
	for j, mass := range c.Mass {
		if sum += mass; sum >= p-1e-9 {
			return c.Lower[j], c.Upper[j]
		}
	}
	return math.Inf(1), math.Inf(1)
}

// border is an end of an interval. At one time, an exact event's interval begins before the time, any other one after it; all end at it.
type border struct {
	at   float64
	side int
}

const (
	before = iota
	on
	after
)

func (b border) compare(o border) int {
	return cmp.Or(cmp.Compare(b.at, o.at), cmp.Compare(b.side, o.side))
}

type stretch struct{ from, to border }

func (t Interval) stretch() stretch {
	if t.Lower == t.Upper {
		return stretch{border{t.Lower, before}, border{t.Upper, on}}
	}
	return stretch{border{t.Lower, after}, border{t.Upper, on}}
}

// innermost are the stretches between a beginning and the next border, if that is an end.
func innermost(all []stretch) []stretch {
	var borders []border
	for _, s := range all {
		borders = append(borders, s.from, s.to)
	}
	slices.SortFunc(borders, border.compare)
	var out []stretch
	for k := 1; k < len(borders); k++ {
		if borders[k].side == on && borders[k-1].side != on {
			out = append(out, stretch{borders[k-1], borders[k]})
		}
	}
	return out
}

// masses are the probabilities of the innermost intervals, as their cumulative sums, and the rows by which of them they cover.
type masses struct {
	inner      []stretch
	first      []int // of each class of rows that cover the same ones: the first that it covers, and the one after the last
	end        []int
	count      []float64 // rows of each class
	class      []int     // of each row
	rows       float64
	cumulative []float64 // before the first innermost interval, after it, …, after the last
}

func newMasses(times []Interval) *masses {
	m := &masses{rows: float64(len(times)), class: make([]int, len(times))}
	all := make([]stretch, len(times))
	for i, t := range times {
		all[i] = t.stretch()
	}
	m.inner = innermost(all)
	known := map[[2]int]int{}
	for i, s := range all {
		first := sort.Search(len(m.inner), func(j int) bool { return m.inner[j].from.compare(s.from) >= 0 })
		end := sort.Search(len(m.inner), func(j int) bool { return m.inner[j].to.compare(s.to) > 0 })
		key := [2]int{first, end}
		k, there := known[key]
		if !there {
			k = len(m.count)
			known[key] = k
			m.first, m.end, m.count = append(m.first, first), append(m.end, end), append(m.count, 0)
		}
		m.count[k]++
		m.class[i] = k
	}
	m.cumulative = make([]float64, len(m.inner)+1)
	for j := range m.cumulative {
		m.cumulative[j] = float64(j) / float64(len(m.inner))
	}
	return m
}

// chance is the probability of a class's interval.
func (m *masses) chance(f []float64, k int) float64 { return f[m.end[k]] - f[m.first[k]] }

func (m *masses) logLik(f []float64) float64 {
	var sum float64
	for k, n := range m.count {
		sum += n * math.Log(m.chance(f, k))
	}
	return sum
}

func (m *masses) climb() error {
	for range 20000 {
		if excess := m.em(); excess <= 1e-10*m.rows {
			return nil
		}
		m.convexMinorant()
	}
	return &stats.Error{Method: turnbullMethod, Problem: stats.NotConverged, Detail: "20,000 steps did not reach the maximum"}
}

// em gives each innermost interval the share of rows that it is expected to hold. Before that, its expected number of rows per probability is nowhere above the number of
// rows by more than excess: by so much at most could the log-likelihood still rise.
func (m *masses) em() (excess float64) {
	slope := make([]float64, len(m.inner)+1)
	for k, n := range m.count {
		at := n / m.chance(m.cumulative, k)
		slope[m.first[k]] += at
		slope[m.end[k]] -= at
	}
	running, sum, last := 0.0, 0.0, 0.0
	for j := range m.inner {
		running += slope[j]
		excess = max(excess, running-m.rows)
		mass := (m.cumulative[j+1] - last) * running / m.rows
		last = m.cumulative[j+1]
		sum += mass
		m.cumulative[j+1] = sum
	}
	for j := range m.cumulative {
		m.cumulative[j] /= sum
	}
	return excess
}

// convexMinorant takes Newton's step with the diagonal of the second derivatives by the cumulative probabilities, made to rise by isotonic regression, and as much of it as makes the data likelier.
func (m *masses) convexMinorant() {
	f, k := m.cumulative, len(m.inner)
	slope, curve := make([]float64, k+1), make([]float64, k+1)
	for c, n := range m.count {
		p := m.chance(f, c)
		slope[m.end[c]] += n / p
		curve[m.end[c]] += n / (p * p)
		slope[m.first[c]] -= n / p
		curve[m.first[c]] += n / (p * p)
	}
	if k < 2 {
		return
	}
	target := make([]float64, k-1)
	for j := range target {
		target[j] = f[j+1] + slope[j+1]/curve[j+1]
	}
	target = isotonic(target, curve[1:k])
	now := m.logLik(f)
	next := slices.Clone(f)
	for step := 1.0; step > 1e-6; step /= 2 {
		for j, v := range target {
			next[j+1] = f[j+1] + step*(min(max(v, 0), 1)-f[j+1])
		}
		if m.logLik(next) > now { // false where a row would become impossible
			m.cumulative = next
			return
		}
	}
}

// isotonic is the rising sequence next to values, in weighted squares: neighbors that fall are pooled.
func isotonic(values, weights []float64) []float64 {
	type block struct {
		mean, weight float64
		size         int
	}
	var blocks []block
	for i, v := range values {
		b := block{v, weights[i], 1}
		for len(blocks) > 0 && blocks[len(blocks)-1].mean >= b.mean {
			o := blocks[len(blocks)-1]
			blocks = blocks[:len(blocks)-1]
			w := o.weight + b.weight
			b = block{(o.mean*o.weight + b.mean*b.weight) / w, w, o.size + b.size}
		}
		blocks = append(blocks, b)
	}
	out := make([]float64, 0, len(values))
	for _, b := range blocks {
		for range b.size {
			out = append(out, b.mean)
		}
	}
	return out
}
