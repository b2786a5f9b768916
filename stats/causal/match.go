package causal

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/describe"
)

// Order is the order in which treated rows choose.
type Order string

// The orders; rows of equal distance choose in row order.
const (
	Largest  Order = "largest"  // highest distance first: those who are hardest to match
	Smallest Order = "smallest" // lowest first
	ByRow    Order = "data"     // as the rows come
)

// Pair is a treated row and its untreated match.
type Pair struct{ Treated, Untreated int }

// Matching is who was matched with whom.
type Matching struct {
	Pairs     []Pair // by treated row
	Unmatched []int  // treated rows without a match: the comparison says nothing about patients like them
	rows      int
}

// Match pairs each treated row with the untreated row of the nearest distance that is still free, one to one and without replacement: greedy matching.
// distance is any finite value a row, mostly a propensity or its logit. Pairs further apart than caliper (in units of distance; +Inf
// for no limit) are not made. Of controls equally near, the lowest row is taken; distances within 1e-12 (of the largest, if that exceeds 1) count as equal.
// It takes O(n log n) steps. If no pair lies within the caliper it returns a NotEstimable error.
// Source: Rosenbaum and Rubin, American Statistician 39 (1985) 33–38; Austin, Statistics in Medicine 33 (2014) 1057–1069.
func Match(a Arms, distance []float64, caliper float64, order Order) (*Matching, error) {
	const method = "matching"
	if err := a.check(method, "distance", distance); err != nil {
		return nil, err
	}
	if math.IsNaN(caliper) || caliper < 0 {
		return nil, &stats.Error{Method: method, Problem: stats.Invalid, Variable: "caliper", Detail: fmt.Sprintf("it is %v", caliper), Advice: "Take a value of 0 or more, or +Inf for none"}
	}
	level, byLevel := levels(distance)
	turns, err := turns(a, level, byLevel, order)
	if err != nil {
		return nil, err
	}
	f := newFree(a, distance, level, byLevel)
	f.caliper = caliper + f.near
	m := &Matching{rows: len(distance)}
	for _, t := range turns {
		if c, ok := f.take(level[t]); ok {
			m.Pairs = append(m.Pairs, Pair{t, c})
		} else {
			m.Unmatched = append(m.Unmatched, t)
		}
	}
	slices.SortFunc(m.Pairs, func(p, q Pair) int { return p.Treated - q.Treated })
	slices.Sort(m.Unmatched)
	if len(m.Pairs) == 0 {
		return nil, &stats.Error{Method: method, Problem: stats.NotEstimable, Variable: a.Name,
			Detail: fmt.Sprintf("no untreated row lies within %.4g of any of %d treated rows", caliper, len(turns)), Advice: "Widen the caliper, or compare only patients who could have had either treatment"}
	}
	return m, nil
}

// turns are the treated rows in the order in which they choose.
func turns(a Arms, level, byLevel []int, order Order) ([]int, error) {
	switch order {
	case Largest:
		rows := a.rows(true)
		slices.SortStableFunc(rows, func(p, q int) int { return level[q] - level[p] })
		return rows, nil
	case Smallest:
		return slices.DeleteFunc(slices.Clone(byLevel), func(i int) bool { return !a.Treated[i] }), nil
	case ByRow:
		return a.rows(true), nil
	}
	return nil, &stats.Error{Method: "matching", Problem: stats.Unsupported, Detail: fmt.Sprintf("there is no order %q", order), Advice: "Take largest, smallest or data"}
}

// free holds the controls still free, in one queue a level of distance, and finds the nearest level that has one.
//
// down[k] leads to the nearest level at or below k-1 with a free control, up[k] to that at or above k; both are forests whose paths are
// shortened as they are walked (Tarjan 1975), so that a level found empty is not walked over again. Level -1 and level n stand for none.
type free struct {
	value    []float64 // distance of each level
	queue    [][]int   // rows of each level, lowest first
	down, up []int
	near     float64
	caliper  float64
}

func newFree(a Arms, distance []float64, level, byLevel []int) *free {
	count := 0
	if len(byLevel) > 0 {
		count = level[byLevel[len(byLevel)-1]] + 1
	}
	f := &free{value: make([]float64, count), queue: make([][]int, count), down: make([]int, count+1), up: make([]int, count+1), near: near}
	controls := slices.DeleteFunc(slices.Clone(byLevel), func(i int) bool { return a.Treated[i] })
	for _, row := range slices.Backward(byLevel) {
		f.value[level[row]] = distance[row]
		f.near = max(f.near, near*math.Abs(distance[row]))
	}
	for from := 0; from < len(controls); {
		to := from
		for ; to < len(controls) && level[controls[to]] == level[controls[from]]; to++ {
		}
		f.queue[level[controls[from]]] = controls[from:to]
		from = to
	}
	for k := range f.queue {
		f.down[k+1], f.up[k] = k+1, k
		if len(f.queue[k]) == 0 {
			f.close(k)
		}
	}
	f.up[count] = count
	return f
}

// close passes over level k from now on.
func (f *free) close(k int) { f.down[k+1], f.up[k] = k, k+1 }

// root walks from k to the level that stands for itself, and shortens the path.
func root(next []int, k int) int {
	for next[k] != k {
		next[k] = next[next[k]]
		k = next[k]
	}
	return k
}

// take removes and returns the free control nearest to a treated row of level k.
func (f *free) take(k int) (row int, ok bool) {
	below, above := root(f.down, k+1)-1, root(f.up, k)
	dBelow, dAbove := math.Inf(1), math.Inf(1)
	if below >= 0 {
		dBelow = f.value[k] - f.value[below]
	}
	if above < len(f.value) {
		dAbove = f.value[above] - f.value[k]
	}
	if min(dBelow, dAbove) > f.caliper || below < 0 && above == len(f.value) {
		return 0, false
	}
	from := below
	switch {
	case dAbove < dBelow-f.near:
		from = above
	case dAbove <= dBelow+f.near && f.queue[above][0] < f.queue[below][0]: // equally near: the lowest row
		from = above
	}
	row = f.queue[from][0]
	if f.queue[from] = f.queue[from][1:]; len(f.queue[from]) == 0 {
		f.close(from)
	}
	return row, true
}

// Weights is 1 for each matched row and 0 for the others, as [Balance] takes them.
func (m *Matching) Weights() []float64 {
	w := make([]float64, m.rows)
	for _, p := range m.Pairs {
		w[p.Treated], w[p.Untreated] = 1, 1
	}
	return w
}

// Paired is a comparison of an outcome over matched pairs.
type Paired struct {
	Difference   float64 // mean of the treated minus mean of the untreated
	SEPaired     float64 // standard deviation of the pairs' differences / sqrt(pairs)
	SECluster    float64 // of the regression on the treatment, clustered by pair (CR1)
	Discordant10 int     // pairs in which the treated row has the higher value
	Discordant01 int     // pairs in which the untreated row has it
}

// Compare compares an outcome, one value a row of the data that were matched, over the pairs: the effect in the treated who found a match. A single pair
// has no standard error: a TooFewRows error.
// Source: Austin, Multivariate Behavioral Research 46 (2011) 399–424; Abadie and Spiess, JASA 117 (2022) 983–995.
func (m *Matching) Compare(y []float64) (*Paired, error) {
	const method = "comparison of matched pairs"
	if len(y) != m.rows {
		return nil, &stats.Error{Method: method, Problem: stats.Invalid, Variable: "outcome", Detail: fmt.Sprintf("%d values for %d rows", len(y), m.rows)}
	}
	if len(m.Pairs) < 2 {
		return nil, &stats.Error{Method: method, Problem: stats.TooFewRows, Detail: fmt.Sprintf("%d pairs", len(m.Pairs)), Advice: "Widen the caliper"}
	}
	c := &Paired{}
	d := make([]float64, len(m.Pairs))
	for k, p := range m.Pairs {
		d[k] = y[p.Treated] - y[p.Untreated]
		if math.IsNaN(d[k]) || math.IsInf(d[k], 0) {
			return nil, &stats.Error{Method: method, Problem: stats.Missing, Variable: "outcome", Detail: fmt.Sprintf("row %d or %d has no finite value", p.Treated+1, p.Untreated+1), Advice: "Drop such rows or impute them first"}
		}
		c.Difference += d[k] / float64(len(d))
		switch {
		case d[k] > 0:
			c.Discordant10++
		case d[k] < 0:
			c.Discordant01++
		}
	}
	var squares float64
	for _, v := range d {
		squares += (v - c.Difference) * (v - c.Difference)
	}
	// With as many treated as untreated rows, pair g's score is (d_g - mean)/G, and CR1 multiplies by G/(G-1)·(2G-1)/(2G-2).
	g := float64(len(d))
	c.SEPaired = math.Sqrt(squares / (g - 1) / g)
	c.SECluster = c.SEPaired * math.Sqrt((2*g-1)/(2*g-2))
	return c, nil
}

// SD is the standard deviation of distances over all rows (n-1), the unit in which calipers are mostly given; NaN for fewer than two.
func SD(distance []float64) float64 { return describe.MomentsOf(distance).SD() }
