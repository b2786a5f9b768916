package disclosure

import (
	"math"

	"consilium/study/protocol"
	"consilium/study/rows"
)

// gaps takes variables away of which a count of missing values would be, or leave, a few patients. The others are told: one variable that two patients lack would otherwise keep a
// hospital out of the whole table.
func (c *checker) gaps() {
	for _, name := range c.a.Of {
		v := c.t.Variables[name]
		n := c.patients(2, func(i int) int { return boolInt(math.IsNaN(v.X[i])) })
		if c.few(n[0]) || c.few(n[1]) {
			delete(c.t.Variables, name)
		}
	}
}

// takeGaps adds the rows that lack each variable, and takes a variable away whose rows, with what has left and what leaves with the other analyses, would come to the figures of a few.
func (r *releases) takeGaps(t *rows.Table, a *protocol.Analysis) (of [][]int, ok bool) {
	of = [][]int{t.At}
	if !r.add(of) {
		return nil, false
	}
	for _, name := range a.Of {
		v := t.Variables[name]
		if v == nil {
			continue
		}
		var lack []int
		for i, x := range v.X {
			if math.IsNaN(x) {
				lack = append(lack, t.At[i])
			}
		}
		if r.add([][]int{lack}) {
			of = append(of, lack)
		} else {
			delete(t.Variables, name)
		}
	}
	return of, true
}
