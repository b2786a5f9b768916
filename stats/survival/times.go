package survival

import (
	"fmt"
	"math"

	"consilium/stats"
)

// Times is what is known of each row's time to an event. Row i was watched over (Start[i], Stop[i]] and Event[i] says how that ended.
type Times struct {
	Start []float64 // nil: everybody was watched from the beginning
	Stop  []float64 // zero or more, and above Start
	Event []int     // 0: no event, the row was censored; 1: the event; with competing causes the number of the cause, from 1
}

// Rows is the number of rows.
func (t Times) Rows() int { return len(t.Stop) }

// NewTimes takes times as a table holds them. start may be nil. status holds whole numbers, 0 for censored.
// It returns Invalid for lists of unequal length, a negative time, a stop that is not after its start or a status that is not a whole number
// from 0, and Missing for a value that is not finite.
func NewTimes(start, stop, status []float64) (Times, error) {
	if len(status) != len(stop) {
		return Times{}, unequal("status", len(status), len(stop))
	}
	t := Times{Start: start, Stop: stop, Event: make([]int, len(status))}
	for i, v := range status {
		code := int(v)
		if float64(code) != v || code < 0 {
			return Times{}, &stats.Error{Problem: statusProblem(v), Variable: "status", Detail: fmt.Sprintf("row %d is %v", i+1, v), Advice: "Code it 0 for censored and 1 for the event"}
		}
		t.Event[i] = code
	}
	return t, t.check()
}

func statusProblem(v float64) stats.Problem {
	if math.IsNaN(v) {
		return stats.Missing
	}
	return stats.Invalid
}

func unequal(name string, got, want int) error {
	return &stats.Error{Problem: stats.Invalid, Variable: name, Detail: fmt.Sprintf("%d values, not %d", got, want)}
}

// check refuses times that no method can use.
func (t Times) check() error {
	n := len(t.Stop)
	if len(t.Event) != n {
		return unequal("status", len(t.Event), n)
	}
	if t.Start != nil && len(t.Start) != n {
		return unequal("start", len(t.Start), n)
	}
	if n == 0 {
		return &stats.Error{Problem: stats.TooFewRows, Detail: "there are no rows"}
	}
	for i, v := range t.Stop {
		if !(v >= 0) || v > math.MaxFloat64 || t.Event[i] < 0 {
			return badTime("time", i, v)
		}
	}
	for i, v := range t.Start {
		if !(v >= 0) || v > math.MaxFloat64 {
			return badTime("start", i, v)
		}
		if v >= t.Stop[i] {
			return &stats.Error{Problem: stats.Invalid, Variable: "stop", Detail: fmt.Sprintf("row %d stops at %v, not after its start at %v", i+1, t.Stop[i], v), Advice: "Drop rows without any time at risk, or mend the dates"}
		}
	}
	return nil
}

func badTime(name string, row int, v float64) error {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return &stats.Error{Problem: stats.Missing, Variable: name, Detail: fmt.Sprintf("row %d has no finite time", row+1), Advice: "Drop such rows"}
	case v < 0:
		return &stats.Error{Problem: stats.Invalid, Variable: name, Detail: fmt.Sprintf("row %d has the negative time %v", row+1, v), Advice: "Look at the dates: the end lies before the beginning"}
	}
	return &stats.Error{Problem: stats.Invalid, Variable: "status", Detail: fmt.Sprintf("row %d is below 0", row+1)}
}

// take is the times of some rows.
func (t Times) take(rows []int) Times {
	out := Times{Stop: make([]float64, len(rows)), Event: make([]int, len(rows))}
	for i, r := range rows {
		out.Stop[i], out.Event[i] = t.Stop[r], t.Event[r]
	}
	if t.Start != nil {
		out.Start = make([]float64, len(rows))
		for i, r := range rows {
			out.Start[i] = t.Start[r]
		}
	}
	return out
}

// Groups puts each row into one of several groups (arms, strata, centers). The zero value is one group of all rows.
type Groups struct {
	Labels []string // one a group
	Of     []int    // the group of each row, an index into Labels; nil: all rows are in the first
}

// count is the number of groups, at least one.
func (g Groups) count() int { return max(1, len(g.Labels)) }

// of is the group of row i.
func (g Groups) of(i int) int {
	if g.Of == nil {
		return 0
	}
	return g.Of[i]
}

// labels are the names of the groups.
func (g Groups) labels() []string {
	if len(g.Labels) == 0 {
		return []string{"all"}
	}
	return g.Labels
}

func (g Groups) check(rows int) error {
	if g.Of == nil {
		return nil
	}
	if len(g.Of) != rows {
		return unequal("group", len(g.Of), rows)
	}
	for i, code := range g.Of {
		if code < 0 || code >= g.count() {
			return &stats.Error{Problem: stats.Invalid, Variable: "group", Detail: fmt.Sprintf("row %d is in group %d of %d", i+1, code, g.count())}
		}
	}
	return nil
}

// members are the rows of each group, in their order.
func (g Groups) members(rows int) [][]int {
	if g.Of == nil {
		return [][]int{upTo(rows)}
	}
	sizes := make([]int, g.count())
	for _, k := range g.Of {
		sizes[k]++
	}
	out, all := make([][]int, g.count()), make([]int, rows)
	for k, size := range sizes {
		out[k], all = all[:0:size], all[size:]
	}
	for i, k := range g.Of {
		out[k] = append(out[k], i)
	}
	return out
}

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
