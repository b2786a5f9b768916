package survival

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
)

// Counts is how many rows of each group left at each time, with or without the event. It is additive ([Merge]): a hospital can send it in place of its
// rows, and everything of this file's neighbors (Kaplan-Meier, log-rank, restricted mean) follows from it. With case weights, sums of weights stand in place of numbers of rows.
type Counts struct {
	Labels []string    // one a group
	Times  []float64   // distinct, upward
	Events [][]float64 // [group][time]: how many had the event
	Exits  [][]float64 // [group][time]: how many were watched until then, with or without event
	Enter  [][]float64 // [group][time]: how many were watched from then on; nil if all were from before the first time
	Rows   []float64   // how many rows, one a group

	// Sums of the squares of weights, for standard errors that treat weights as such and not as numbers of rows; nil without.
	EventSquares, ExitSquares [][]float64
}

// shard is how many rows are sorted at a time: the parts do not depend on the number of processors.
const shard = 1 << 18

// Count counts events and exits. Any event but 0 counts. It takes n log n steps or fewer.
// It returns Invalid or Missing for times that [NewTimes] refuses.
func Count(t Times, g Groups) (Counts, error) { return count(t, g, nil, false) }

// CountWeighted is [Count] with case weights above 0. With robust, standard errors of curves will treat them as weights (of sampling, or of treatment received), not as numbers of equal rows.
// It returns Infinite for a weight that is not finite and above 0, and Unsupported for robust counts with entry times.
func CountWeighted(t Times, g Groups, weights []float64, robust bool) (Counts, error) {
	if err := checkWeights(weights, t.Rows()); err != nil {
		return Counts{}, err
	}
	if robust && t.Start != nil {
		return Counts{}, &stats.Error{Problem: stats.Unsupported, Variable: "start", Detail: "weighted curves start at time 0"}
	}
	return count(t, g, weights, robust)
}

// checkWeights refuses weights that are not finite and above 0; nil is none.
func checkWeights(weights []float64, rows int) error {
	if weights != nil && len(weights) != rows {
		return unequal("weights", len(weights), rows)
	}
	for i, w := range weights {
		if !(w > 0) || math.IsInf(w, 0) {
			return improper(i, w)
		}
	}
	return nil
}

// improper is the error of a weight that is not finite and above 0.
func improper(row int, w float64) error {
	e := &stats.Error{Problem: stats.Infinite, Variable: "weights", Detail: fmt.Sprintf("row %d has the weight %v", row+1, w), Advice: "Weights are finite and above 0: drop such rows, or truncate the weights"}
	if w < 0 {
		e.Problem, e.Detail, e.Advice = stats.Invalid, fmt.Sprintf("row %d has the weight %v, which is negative", row+1, w), "Weights are finite and above 0: look for how it came about"
	}
	return e
}

func count(t Times, g Groups, weights []float64, robust bool) (Counts, error) {
	if err := t.check(); err != nil {
		return Counts{}, err
	}
	if err := g.check(t.Rows()); err != nil {
		return Counts{}, err
	}
	if len(g.Labels) > 1000 && len(g.Labels)*t.Rows() > 1<<28 {
		return Counts{}, &stats.Error{Problem: stats.Unsupported, Variable: "group", Detail: fmt.Sprintf("%d groups of %d rows are too many for a table of all times", len(g.Labels), t.Rows()), Advice: "Compare fewer groups, or make them strata"}
	}
	parts := make([]Counts, (t.Rows()+shard-1)/shard)
	parallel(len(parts), min(shard, t.Rows()), func(i int) {
		parts[i] = countShard(t, g, weights, robust, i*shard, min(t.Rows(), (i+1)*shard))
	})
	return Merge(parts...)
}

// countShard sorts the ends, and the beginnings, of the rows from lo to hi. A tag is a row, twice, and one more if it is its beginning.
func countShard(t Times, g Groups, weights []float64, robust bool, lo, hi int) Counts {
	c := Counts{Labels: g.labels(), Rows: make([]float64, g.count())}
	size := hi - lo
	if t.Start != nil {
		size *= 2
	}
	keys, tags := make([]uint64, 0, size), make([]uint32, 0, size)
	for i := lo; i < hi; i++ {
		c.Rows[g.of(i)]++
		keys, tags = append(keys, sortKey(t.Stop[i])), append(tags, uint32(2*i))
		if t.Start != nil {
			keys, tags = append(keys, sortKey(t.Start[i])), append(tags, uint32(2*i+1))
		}
	}
	sortTagged(keys, tags)
	distinct := 0
	for i, k := range keys {
		if i == 0 || k != keys[i-1] {
			distinct++
		}
	}
	c.allocate(distinct, t.Start != nil, robust)
	at := -1
	for i, k := range keys {
		if i == 0 || k != keys[i-1] {
			at++
			c.Times[at] = fromKey(k)
		}
		row, w := int(tags[i]/2), 1.0
		if weights != nil {
			w = weights[row]
		}
		c.tally(at, g.of(row), w, tags[i]%2 == 1, t.Event[row] != 0)
	}
	return c
}

func (c *Counts) tally(at, group int, w float64, enters, died bool) {
	if enters {
		c.Enter[group][at] += w
		return
	}
	c.Exits[group][at] += w
	if died {
		c.Events[group][at] += w
	}
	if c.ExitSquares != nil {
		c.ExitSquares[group][at] += w * w
		if died {
			c.EventSquares[group][at] += w * w
		}
	}
}

// tables are all numbers by group and time.
func (c *Counts) tables() []*[][]float64 {
	return []*[][]float64{&c.Events, &c.Exits, &c.Enter, &c.EventSquares, &c.ExitSquares}
}

func (c *Counts) allocate(times int, entries, squares bool) {
	c.Times = make([]float64, times)
	for i, table := range c.tables() {
		if i == 2 && !entries || i > 2 && !squares {
			continue
		}
		*table = make([][]float64, len(c.Labels))
		for g := range *table {
			(*table)[g] = make([]float64, times)
		}
	}
}

// Merge adds the counts of disjoint sets of rows. Their groups must be the same; a hospital that lacks a group sends zeros for it.
func Merge(parts ...Counts) (Counts, error) {
	if len(parts) == 0 {
		return Counts{}, &stats.Error{Problem: stats.TooFewRows, Detail: "there are no counts to add"}
	}
	out := parts[0]
	if err := out.check(); err != nil {
		return Counts{}, err
	}
	for _, part := range parts[1:] {
		if err := part.check(); err != nil {
			return Counts{}, err
		}
		if !slices.Equal(part.Labels, out.Labels) || (part.Enter == nil) != (out.Enter == nil) || (part.ExitSquares == nil) != (out.ExitSquares == nil) {
			return Counts{}, &stats.Error{Problem: stats.Invalid, Variable: "group", Detail: fmt.Sprintf("counts of the groups %v cannot be added to those of %v", part.Labels, out.Labels)}
		}
		out = merge(out, part)
	}
	return out.join(), nil
}

// check refuses counts whose lists do not fit together: they may have come over a network.
func (c Counts) check() error {
	bad := &stats.Error{Problem: stats.Invalid, Detail: "counts whose lists differ in length, or whose times do not rise"}
	if len(c.Labels) == 0 || len(c.Rows) != len(c.Labels) || c.Events == nil || c.Exits == nil || (c.EventSquares == nil) != (c.ExitSquares == nil) {
		return bad
	}
	for _, table := range c.tables() {
		if *table == nil {
			continue
		}
		if len(*table) != len(c.Labels) || slices.ContainsFunc(*table, func(row []float64) bool { return len(row) != len(c.Times) }) {
			return bad
		}
	}
	for i := 1; i < len(c.Times); i++ {
		if !(c.Times[i] > c.Times[i-1]) {
			return bad
		}
	}
	return c.checkNumbers()
}

func (c Counts) checkNumbers() error {
	for g := range c.Labels {
		for i, exits := range c.Exits[g] {
			if events := c.Events[g][i]; !(events >= 0 && events <= exits) || exits > math.MaxFloat64/1e10 || c.Enter != nil && !(c.Enter[g][i] >= 0) {
				return &stats.Error{Problem: stats.Invalid, Variable: c.Labels[g], Detail: fmt.Sprintf("at time %v %v had the event and %v left", c.Times[i], events, exits)}
			}
		}
	}
	return nil
}

// merge adds two counts of the same groups.
func merge(a, b Counts) Counts {
	out := Counts{Labels: a.Labels, Rows: make([]float64, len(a.Labels))}
	for g := range out.Rows {
		out.Rows[g] = a.Rows[g] + b.Rows[g]
	}
	times := make([]float64, 0, len(a.Times)+len(b.Times))
	for i, j := 0, 0; i < len(a.Times) || j < len(b.Times); {
		switch {
		case j == len(b.Times) || i < len(a.Times) && a.Times[i] < b.Times[j]:
			times = append(times, a.Times[i])
			i++
		case i == len(a.Times) || b.Times[j] < a.Times[i]:
			times = append(times, b.Times[j])
			j++
		default:
			times = append(times, a.Times[i])
			i, j = i+1, j+1
		}
	}
	out.allocate(len(times), a.Enter != nil, a.ExitSquares != nil)
	out.Times = times
	for _, part := range []Counts{a, b} {
		at := 0
		place := make([]int, len(part.Times))
		for i, t := range part.Times {
			for times[at] < t {
				at++
			}
			place[i] = at
		}
		out.put(part, place)
	}
	return out
}

// put adds the counts of part, whose i-th time is c's time of place[i].
func (c *Counts) put(part Counts, place []int) {
	from := part.tables()
	for k, table := range c.tables() {
		for g, row := range *table {
			for i, v := range (*from[k])[g] {
				row[place[i]] += v
			}
		}
	}
}

// join makes one time of those that count as equal.
func (c Counts) join() Counts {
	within, any := nearTies(slices.Values(c.Times))
	if !any {
		return c
	}
	var times []float64
	place := make([]int, len(c.Times))
	for i, t := range c.Times {
		if i == 0 || t-c.Times[i-1] > within {
			times = append(times, t)
		}
		place[i] = len(times) - 1
	}
	out := Counts{Labels: c.Labels, Rows: c.Rows}
	out.allocate(len(times), c.Enter != nil, c.ExitSquares != nil)
	out.Times = times
	out.put(c, place)
	return out
}

// atRisk is how many of a group were watched at each time: who leaves then or later, less who enters then or later.
func (c Counts) atRisk(group int) []float64 {
	out := make([]float64, len(c.Times))
	now := 0.0
	for i := len(out) - 1; i >= 0; i-- {
		now += c.Exits[group][i]
		if c.Enter != nil {
			now -= c.Enter[group][i]
		}
		out[i] = now
	}
	return out
}

// unweighted refuses counts whose weights are not numbers of rows, for a method whose variance is one of numbers.
func (c Counts) unweighted() error {
	if c.ExitSquares == nil {
		return nil
	}
	return &stats.Error{Problem: stats.Unsupported, Variable: "weights", Detail: "its variance counts rows, and these weights do not", Advice: "Use a Cox model with robust errors, or curves"}
}

// events is the number of events, over all groups.
func (c Counts) events() float64 {
	var sum float64
	for _, group := range c.Events {
		for _, d := range group {
			sum += d
		}
	}
	return sum
}

// CountStrata counts each stratum by itself, for a stratified test.
func CountStrata(t Times, g, strata Groups) ([]Counts, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	for _, groups := range []Groups{g, strata} {
		if err := groups.check(t.Rows()); err != nil {
			return nil, err
		}
	}
	var out []Counts
	for _, rows := range strata.members(t.Rows()) {
		if len(rows) == 0 {
			continue
		}
		of := make([]int, len(rows))
		for i, r := range rows {
			of[i] = g.of(r)
		}
		c, err := Count(t.take(rows), Groups{Labels: g.labels(), Of: of})
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}
