package survival

import (
	"math"
	"slices"

	"consilium/stats"
)

// CountEach counts each group by itself: one [Counts] a group, with the times of its own rows only. A table of all groups at all times grows with groups times
// rows; these grow with rows. Times that count as equal over all groups are one in each.
// weights are nil, or as [CountWeighted] takes them. It returns what [Count] and [CountWeighted] return.
func CountEach(t Times, g Groups, weights []float64, robust bool) ([]Counts, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	if err := g.check(t.Rows()); err != nil {
		return nil, err
	}
	if weights != nil && len(weights) != t.Rows() {
		return nil, unequal("weights", len(weights), t.Rows())
	}
	t = t.settle()
	out := make([]Counts, g.count())
	for k, rows := range g.members(t.Rows()) {
		var err error
		only := Groups{Labels: g.labels()[k : k+1]}
		if len(rows) == 0 { // of a stratum that lacks this group
			out[k] = Counts{Labels: only.Labels, Rows: []float64{0}}
			out[k].allocate(0, t.Start != nil, robust)
			continue
		}
		if weights == nil {
			out[k], err = Count(t.take(rows), only)
		} else {
			out[k], err = CountWeighted(t.take(rows), only, pick(weights, rows), robust)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Each is the counts of each group by itself, at the times at which somebody of it left or entered.
func (c Counts) Each() []Counts {
	out := make([]Counts, len(c.Labels))
	for g := range c.Labels {
		var at []int
		for i := range c.Times {
			if c.Exits[g][i] > 0 || c.Enter != nil && c.Enter[g][i] > 0 {
				at = append(at, i)
			}
		}
		one := Counts{Labels: c.Labels[g : g+1], Rows: c.Rows[g : g+1], Times: pick(c.Times, at)}
		from, to := c.tables(), one.tables()
		for k, table := range from {
			if *table != nil {
				*to[k] = [][]float64{pick((*table)[g], at)}
			}
		}
		out[g] = one
	}
	return out
}

func pick(from []float64, at []int) []float64 {
	out := make([]float64, len(at))
	for i, k := range at {
		out[i] = from[k]
	}
	return out
}

// CountCausesEach counts each group by itself, all with the same causes. weights are nil, or as [CountWeighted] takes them. It returns what [CountCauses] and
// [CountWeighted] return.
func CountCausesEach(t Times, g Groups, weights []float64, robust bool) ([]Competing, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	if err := g.check(t.Rows()); err != nil {
		return nil, err
	}
	causes, err := causesOf(t)
	if err != nil {
		return nil, err
	}
	if weights != nil && len(weights) != t.Rows() {
		return nil, unequal("weights", len(weights), t.Rows())
	}
	t = t.settle()
	out := make([]Competing, g.count())
	for k, rows := range g.members(t.Rows()) {
		var own []float64
		if weights != nil {
			own = pick(weights, rows)
		}
		if out[k], err = countCauses(t.take(rows), Groups{Labels: g.labels()[k : k+1]}, causes, own, robust); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// CountStrataEach counts each group of each stratum by itself, for a stratified test.
func CountStrataEach(t Times, g, strata Groups) ([][]Counts, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	for _, groups := range []Groups{g, strata} {
		if err := groups.check(t.Rows()); err != nil {
			return nil, err
		}
	}
	var out [][]Counts
	for _, rows := range strata.members(t.Rows()) {
		if len(rows) == 0 {
			continue
		}
		of := make([]int, len(rows))
		for i, r := range rows {
			of[i] = g.of(r)
		}
		each, err := CountEach(t.take(rows), Groups{Labels: g.labels(), Of: of}, nil, false)
		if err != nil {
			return nil, err
		}
		out = append(out, each)
	}
	return out, nil
}

// moment is a time in several groups together: how many had the event at it, and how many were at risk.
type moment struct {
	time         float64
	events, risk float64
	places       []place // of the groups that have it among their times
}

// place is a group's own index of a time.
type place struct{ group, at int }

// together goes up the times of all groups at once. At each it hands over who had the event and who was at risk in all groups; work is one step for each time of
// each group, whatever the number of groups.
func together(groups []Counts, do func(m moment)) {
	heads, total := make([]int, len(groups)), 0.0
	waiting := make([]head, 0, len(groups))
	for g, c := range groups {
		for i, exits := range c.Exits[0] {
			total += exits
			if c.Enter != nil {
				total -= c.Enter[0][i]
			}
		}
		if len(c.Times) > 0 {
			waiting = push(waiting, head{c.Times[0], g})
		}
	}
	var m moment
	for len(waiting) > 0 {
		m.time, m.risk, m.events, m.places = waiting[0].time, total, 0, m.places[:0]
		for len(waiting) > 0 && waiting[0].time == m.time {
			g := waiting[0].group
			c, at := groups[g], heads[g]
			m.places = append(m.places, place{g, at})
			m.events += c.Events[0][at]
			total -= c.Exits[0][at]
			if c.Enter != nil {
				total += c.Enter[0][at]
			}
			heads[g]++
			if heads[g] < len(c.Times) {
				waiting[0].time = c.Times[heads[g]]
				down(waiting)
			} else {
				waiting[0] = waiting[len(waiting)-1]
				waiting = waiting[:len(waiting)-1]
				down(waiting)
			}
		}
		slices.SortFunc(m.places, func(a, b place) int { return a.group - b.group })
		do(m)
	}
}

// head is the next time of a group, in a heap by time.
type head struct {
	time  float64
	group int
}

func push(heap []head, h head) []head {
	heap = append(heap, h)
	for i := len(heap) - 1; i > 0 && heap[i].time < heap[(i-1)/2].time; i = (i - 1) / 2 {
		heap[i], heap[(i-1)/2] = heap[(i-1)/2], heap[i]
	}
	return heap
}

// down lets the first of a heap sink to its place.
func down(heap []head) {
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(heap); child++ {
			if heap[child].time < heap[least].time {
				least = child
			}
		}
		if least == i {
			return
		}
		heap[i], heap[least] = heap[least], heap[i]
		i = least
	}
}

// checkEach refuses lists of counts that are not one group each.
func checkEach(method string, groups []Counts) error {
	for _, c := range groups {
		if err := c.check(); err != nil {
			return stats.In(method, err)
		}
		if len(c.Labels) != 1 || math.IsNaN(c.Rows[0]) {
			return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "group", Detail: "counts of one group each are needed"}
		}
	}
	return nil
}
