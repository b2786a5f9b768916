package survival

import (
	"fmt"
	"slices"

	"consilium/stats"
)

// Counts is how many rows of each group left at each time, with or without the event. It is additive ([Merge]): a hospital can send it in place of its
// rows, and everything of this file's neighbors (Kaplan-Meier, log-rank, restricted mean) follows from it.
type Counts struct {
	Labels []string    // one a group
	Times  []float64   // distinct, upward
	Events [][]float64 // [group][time]: how many had the event
	Exits  [][]float64 // [group][time]: how many were watched until then, with or without event
	Enter  [][]float64 // [group][time]: how many were watched from then on; nil if all were from before the first time
	Rows   []float64   // how many rows, one a group
}

// shard is how many rows are sorted at a time: the parts do not depend on the number of processors.
const shard = 1 << 18

// Count counts events and exits. Any event but 0 counts. It takes n log n steps or fewer.
// It returns Invalid or Missing for times that [NewTimes] refuses.
func Count(t Times, g Groups) (Counts, error) {
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
	parallel(len(parts), func(i int) {
		parts[i] = countShard(t, g, i*shard, min(t.Rows(), (i+1)*shard))
	})
	return Merge(parts...)
}

// Kinds of what happens at a time, in the low bits of a tag; the group is above.
const (
	leaves = iota
	dies
	enters
	kindBits = 2
)

func countShard(t Times, g Groups, lo, hi int) Counts {
	c := Counts{Labels: g.labels(), Rows: make([]float64, g.count())}
	keys, tags := make([]uint64, 0, hi-lo), make([]uint32, 0, hi-lo)
	for i := lo; i < hi; i++ {
		group := g.of(i)
		kind := uint32(leaves)
		if t.Event[i] != 0 {
			kind = dies
		}
		c.Rows[group]++
		keys, tags = append(keys, sortKey(t.Stop[i])), append(tags, uint32(group)<<kindBits|kind)
		if t.Start != nil {
			keys, tags = append(keys, sortKey(t.Start[i])), append(tags, uint32(group)<<kindBits|enters)
		}
	}
	sortTagged(keys, tags)
	distinct := 0
	for i, k := range keys {
		if i == 0 || k != keys[i-1] {
			distinct++
		}
	}
	c.allocate(distinct, t.Start != nil)
	at := -1
	for i, k := range keys {
		if i == 0 || k != keys[i-1] {
			at++
			c.Times[at] = fromKey(k)
		}
		c.tally(at, tags[i])
	}
	return c
}

func (c *Counts) tally(at int, tag uint32) {
	group := tag >> kindBits
	switch tag & (1<<kindBits - 1) {
	case dies:
		c.Events[group][at]++
		c.Exits[group][at]++
	case leaves:
		c.Exits[group][at]++
	case enters:
		c.Enter[group][at]++
	}
}

func (c *Counts) allocate(times int, entries bool) {
	table := func() [][]float64 {
		rows := make([][]float64, len(c.Labels))
		for i := range rows {
			rows[i] = make([]float64, times)
		}
		return rows
	}
	c.Times, c.Events, c.Exits = make([]float64, times), table(), table()
	if entries {
		c.Enter = table()
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
		if !slices.Equal(part.Labels, out.Labels) || (part.Enter == nil) != (out.Enter == nil) {
			return Counts{}, &stats.Error{Problem: stats.Invalid, Variable: "group", Detail: fmt.Sprintf("counts of the groups %v cannot be added to those of %v", part.Labels, out.Labels)}
		}
		out = merge(out, part)
	}
	return out.join(), nil
}

// check refuses counts whose lists do not fit together: they may have come over a network.
func (c Counts) check() error {
	tables := [][][]float64{c.Events, c.Exits}
	if c.Enter != nil {
		tables = append(tables, c.Enter)
	}
	bad := &stats.Error{Problem: stats.Invalid, Detail: "counts whose lists differ in length, or whose times do not rise"}
	if len(c.Labels) == 0 || len(c.Rows) != len(c.Labels) {
		return bad
	}
	for _, table := range tables {
		if len(table) != len(c.Labels) || slices.ContainsFunc(table, func(row []float64) bool { return len(row) != len(c.Times) }) {
			return bad
		}
	}
	for i := 1; i < len(c.Times); i++ {
		if !(c.Times[i] > c.Times[i-1]) {
			return bad
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
	out.allocate(len(times), a.Enter != nil)
	out.Times = times
	out.put(a)
	out.put(b)
	return out
}

// put adds the counts of part, all of whose times are times of c.
func (c *Counts) put(part Counts) {
	at := 0
	for i, t := range part.Times {
		for c.Times[at] < t {
			at++
		}
		for g := range c.Labels {
			c.Events[g][at] += part.Events[g][i]
			c.Exits[g][at] += part.Exits[g][i]
			if c.Enter != nil {
				c.Enter[g][at] += part.Enter[g][i]
			}
		}
	}
}

// join makes one time of those that count as equal.
func (c Counts) join() Counts {
	within, any := nearTies(c.Times)
	if !any {
		return c
	}
	out := Counts{Labels: c.Labels, Rows: c.Rows}
	out.allocate(len(c.Times), c.Enter != nil)
	at := -1
	for i, t := range c.Times {
		if i == 0 || t-c.Times[i-1] > within {
			at++
			out.Times[at] = t
		}
		for g := range c.Labels {
			out.Events[g][at] += c.Events[g][i]
			out.Exits[g][at] += c.Exits[g][i]
			if c.Enter != nil {
				out.Enter[g][at] += c.Enter[g][i]
			}
		}
	}
	return out.first(at + 1)
}

func (c Counts) first(times int) Counts {
	c.Times = c.Times[:times]
	for g := range c.Labels {
		c.Events[g], c.Exits[g] = c.Events[g][:times], c.Exits[g][:times]
		if c.Enter != nil {
			c.Enter[g] = c.Enter[g][:times]
		}
	}
	return c
}

// atRisk is how many of a group were watched at each time: entered before it, and not left before it.
func (c Counts) atRisk(group int) []float64 {
	out := make([]float64, len(c.Times))
	now := 0.0
	if c.Enter == nil {
		now = c.Rows[group]
	}
	for i := range out {
		out[i] = now
		now -= c.Exits[group][i]
		if c.Enter != nil {
			now += c.Enter[group][i]
		}
	}
	return out
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

// Pooled is the counts of all groups as one.
func (c Counts) Pooled() Counts {
	out := Counts{Labels: []string{"all"}, Rows: []float64{0}}
	out.allocate(len(c.Times), c.Enter != nil)
	out.Times = c.Times
	for g := range c.Labels {
		out.Rows[0] += c.Rows[g]
		for i := range c.Times {
			out.Events[0][i] += c.Events[g][i]
			out.Exits[0][i] += c.Exits[g][i]
			if c.Enter != nil {
				out.Enter[0][i] += c.Enter[g][i]
			}
		}
	}
	return out
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
