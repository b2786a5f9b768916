package causal

import (
	"fmt"
	"math"
	"math/bits"

	"consilium/stats"
)

// FullOptions are how all rows are divided into sets.
type FullOptions struct {
	Nearness
	// MinControls and MaxControls are how many controls there are for each treated row of a set: 2 are two controls for one treated row, 0.5 is one control for two treated rows; 0 for no limit.
	MinControls, MaxControls float64
}

// FullMatching is a division of rows into sets of one treated row with one or more controls, or of one control with several treated rows.
type FullMatching struct {
	Set      []int   // of each row, numbered from 0 by the first row of each; -1 for rows left out
	Count    int     // sets
	Distance float64 // sum of the distances between the single row of each set and the others: no other division has less
	arms     Arms
}

const fullMethod = "full matching"

// mostPairs are how many pairs a search may hold: about 600 MB while they are gathered.
const mostPairs = 1 << 24

// MatchFull divides the rows into sets so that the sum of the distances within sets is as small as it can be: full matching. Unlike pairs it leaves nobody out but
// rows that have no partner within the caliper or their exact stratum, so that the comparison speaks of all treated rows (or of all rows), and it is not greedy. Several divisions may be equally good (on a score
// often: two pairs that overlap may exchange their partners); which of them is taken depends on the order of rows.
// Distances are compared to 2^-40 of the largest or finer. If no pair can be made, or the limits on controls cannot all be kept, it returns a NotEstimable error; more pairs than memory
// should hold are a TooLarge one.
//
// Without limits it looks at each pair but keeps only those that are nearer than their two rows' nearest partners together: all others are never part of the best division.
// Source: Rosenbaum, JRSS B 53 (1991) 597–610; Hansen, JASA 99 (2004) 609–618; Hansen and Klopfer, Journal of Computational and Graphical Statistics 15 (2006) 609–627.
func MatchFull(a Arms, o FullOptions) (*FullMatching, error) {
	if err := o.check(a, fullMethod); err != nil {
		return nil, err
	}
	if err := o.checkLimits(); err != nil {
		return nil, err
	}
	p, err := o.points(a)
	if err != nil {
		return nil, err
	}
	m := &FullMatching{Set: make([]int, len(a.Treated)), arms: a}
	for i := range m.Set {
		m.Set[i] = -1
	}
	f := fuller{FullOptions: o, points: p, matching: m}
	if span := p.span(); span > 0 {
		f.unit = math.Ldexp(1, 60-bits.Len(uint(len(a.Treated)))) / span
	}
	for _, rows := range o.strata(len(a.Treated)) {
		if err := f.divide(rows); err != nil {
			return nil, err
		}
	}
	if m.Count == 0 {
		return nil, &stats.Error{Method: fullMethod, Problem: stats.NotEstimable, Variable: a.Name, Detail: "no treated row has a control that it may be matched with", Advice: "Widen the caliper, or match exactly on fewer variables"}
	}
	m.number()
	return m, nil
}

func (o FullOptions) checkLimits() error {
	for _, v := range []float64{o.MinControls, o.MaxControls} {
		if !(v >= 0) || math.IsInf(v, 0) || v >= 1 && v != math.Trunc(v) || v > 0 && v < 1e-6 {
			return &stats.Error{Method: fullMethod, Problem: stats.Invalid, Variable: "min_controls, max_controls", Detail: fmt.Sprintf("%v controls for each treated row", v), Advice: "Take a whole number, or a share below 1"}
		}
	}
	if o.MaxControls > 0 && o.MinControls > o.MaxControls {
		return &stats.Error{Method: fullMethod, Problem: stats.Invalid, Variable: "min_controls", Detail: fmt.Sprintf("%v is above max_controls, %v", o.MinControls, o.MaxControls)}
	}
	return nil
}

// limits are how many partners a treated row and a control have, at least and at most, where there are so many of each.
func (o FullOptions) limits(treated, controls int) (least, most [2]int) {
	least, most = [2]int{1, 1}, [2]int{controls, treated}
	switch low := o.MinControls; {
	case low >= 1:
		least[0], most[1] = int(low), 1
	case low > 0:
		most[1] = min(treated, int(1/low+1e-9))
	}
	switch high := o.MaxControls; {
	case high >= 1:
		most[0] = min(controls, int(high))
	case high > 0:
		least[1], most[0] = int(math.Ceil(1/high-1e-9)), 1
	}
	return least, most
}

// strata are the rows that may be matched with each other at all.
func (o Nearness) strata(n int) [][]int {
	var out [][]int
	at := map[int]int{}
	for i := range n {
		code := 0
		if o.Exact != nil {
			code = o.Exact[i]
		}
		k, known := at[code]
		if !known {
			k = len(out)
			at[code] = k
			out = append(out, nil)
		}
		out[k] = append(out[k], i)
	}
	return out
}

// fuller divides one stratum after another.
type fuller struct {
	FullOptions
	points   points
	unit     float64 // whole numbers of cost for a distance of 1
	matching *FullMatching
}

func (f *fuller) cost(i, j int) int64 { return int64(math.Round(f.points.distance(i, j) * f.unit)) }

// divide matches the rows of a stratum that have any partner in it.
func (f *fuller) divide(rows []int) error {
	var side [2][]int // treated, controls
	nearest := f.nearest(rows)
	for _, i := range rows {
		if nearest[i] == math.MaxInt64 {
			continue
		}
		if f.matching.arms.Treated[i] {
			side[0] = append(side[0], i)
		} else {
			side[1] = append(side[1], i)
		}
	}
	if len(side[0]) == 0 {
		return nil
	}
	least, most := f.limits(len(side[0]), len(side[1]))
	if len(side[0])*least[0] > len(side[1])*least[1] { // the flow goes toward the side that needs more partners
		side[0], side[1] = side[1], side[0]
		least[0], least[1], most[0], most[1] = least[1], least[0], most[1], most[0]
	}
	p := &partners{size: [2]int{len(side[0]), len(side[1])}, least: least, most: most, first: make([]int, 1, len(side[1])+1)}
	for r, j := range side[1] {
		for l, i := range side[0] {
			if !f.may(i, j) {
				continue
			}
			cost := f.cost(i, j)
			if f.MinControls == 0 && f.MaxControls == 0 && cost > nearest[i]+nearest[j] {
				continue
			}
			p.left, p.right, p.cost = append(p.left, int32(l)), append(p.right, int32(r)), append(p.cost, cost)
		}
		if len(p.cost) > mostPairs {
			return &stats.Error{Method: fullMethod, Problem: stats.TooLarge, Detail: fmt.Sprintf("more than %d pairs may be made", mostPairs), Advice: "Set a caliper, match exactly on a variable, or leave out the limits on controls"}
		}
		p.first = append(p.first, len(p.cost))
	}
	if most[0] < least[0] || most[1] < least[1] || !p.solve() {
		return &stats.Error{Method: fullMethod, Problem: stats.NotEstimable, Variable: "min_controls, max_controls", Detail: fmt.Sprintf("%d rows and %d rows of the two arms that may be matched cannot all be put into sets of such sizes", len(side[0]), len(side[1])),
			Advice: "Widen the limits or the caliper, or match exactly on fewer variables"}
	}
	f.matching.take(p, side, f.points)
	return nil
}

// nearest is the cost of each row's nearest partner, MaxInt64 if it has none.
func (f *fuller) nearest(rows []int) map[int]int64 {
	out := make(map[int]int64, len(rows))
	var treated, controls []int
	for _, i := range rows {
		out[i] = math.MaxInt64
		if f.matching.arms.Treated[i] {
			treated = append(treated, i)
		} else {
			controls = append(controls, i)
		}
	}
	least := make([]int64, len(controls))
	for k := range least {
		least[k] = math.MaxInt64
	}
	for _, i := range treated {
		own := int64(math.MaxInt64)
		for k, j := range controls {
			if f.may(i, j) {
				cost := f.cost(i, j)
				own, least[k] = min(own, cost), min(least[k], cost)
			}
		}
		out[i] = own
	}
	for k, j := range controls {
		out[j] = least[k]
	}
	return out
}

// take makes sets of the chosen pairs. Of pairs whose rows both have another partner one is redundant and costs nothing: it is left out.
func (m *FullMatching) take(p *partners, side [2][]int, where points) {
	of := make([]int, p.size[1])
	for _, pairs := range p.of {
		for _, pair := range pairs {
			of[p.right[pair]]++
		}
	}
	for l, pairs := range p.of {
		i, own := side[0][l], len(pairs)
		for _, pair := range pairs {
			r := p.right[pair]
			if own > 1 && of[r] > 1 {
				own--
				of[r]--
				continue
			}
			j := side[1][r]
			m.Distance += where.distance(i, j)
			m.join(i, j)
		}
	}
}

// join puts two rows into one set: that of either if it has one, or a new one.
func (m *FullMatching) join(i, j int) {
	switch {
	case m.Set[i] >= 0:
		m.Set[j] = m.Set[i]
	case m.Set[j] >= 0:
		m.Set[i] = m.Set[j]
	default:
		m.Set[i], m.Set[j] = m.Count, m.Count
		m.Count++
	}
}

// number numbers the sets by their first rows.
func (m *FullMatching) number() {
	as := map[int]int{}
	for i, k := range m.Set {
		if k < 0 {
			continue
		}
		if _, known := as[k]; !known {
			as[k] = len(as)
		}
		m.Set[i] = as[k]
	}
}
