package rows

import (
	"math"
	"strings"

	"consilium/study/protocol"
)

// Scaling is what a column of a design was brought to a common size by: z = (x - Center) / Scale, with constants of the protocol, which every hospital
// knows before it looks at a row.
type Scaling struct{ Center, Scale float64 }

// Columns are the columns of a design that terms make, without intercept, in the order of [protocol.Protocol.Columns].
type Columns struct {
	Names   []string
	X       [][]float64 // as in the rows
	Scaling []Scaling
}

// Z is the columns brought to a common size.
func (c Columns) Z() [][]float64 {
	out := make([][]float64, len(c.X))
	for j, x := range c.X {
		out[j] = c.Scaling[j].apply(x)
	}
	return out
}

func (s Scaling) apply(x []float64) []float64 {
	z := make([]float64, len(x))
	for i, v := range x {
		z[i] = (v - s.Center) / s.Scale
	}
	return z
}

// Design makes the columns of terms.
func (t *Table) Design(terms []string) Columns {
	c := Columns{Names: t.Protocol.Columns(terms), Scaling: Scalings(t.Protocol, terms)}
	for _, term := range terms {
		first, second, product := strings.Cut(term, ":")
		if !product {
			c.X = append(c.X, t.dummies(first)...)
			continue
		}
		for _, b := range t.dummies(second) {
			for _, a := range t.dummies(first) {
				c.X = append(c.X, times(a, b))
			}
		}
	}
	return c
}

func times(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] * b[i]
	}
	return out
}

// dummies is a variable as columns: itself, or one for each level of a category but the first.
func (t *Table) dummies(name string) [][]float64 {
	v := t.Variables[name]
	if v.Type != protocol.Category {
		return [][]float64{v.X}
	}
	var list [][]float64
	for k := range v.Levels[1:] {
		d := make([]float64, t.Rows)
		for i, x := range v.X {
			if x == float64(k+1) {
				d[i] = 1
			}
		}
		list = append(list, d)
	}
	return list
}

// Scalings are the constants of the columns that terms make. That of a product follows from those of its factors: it need not be right, only of the
// right size, since it is undone exactly.
func Scalings(p *protocol.Protocol, terms []string) (list []Scaling) {
	for _, term := range terms {
		first, second, product := strings.Cut(term, ":")
		if !product {
			list = append(list, scalingsOf(p, first)...)
			continue
		}
		for _, b := range scalingsOf(p, second) {
			for _, a := range scalingsOf(p, first) {
				list = append(list, Scaling{a.Center * b.Center, max(math.Abs(a.Center)*b.Scale, math.Abs(b.Center)*a.Scale, a.Scale*b.Scale)})
			}
		}
	}
	return list
}

func scalingsOf(p *protocol.Protocol, name string) []Scaling {
	v := p.Variable(name)
	switch v.Type {
	case protocol.Number:
		return []Scaling{{v.Center, v.Scale}}
	case protocol.Category:
		list := make([]Scaling, len(v.Levels)-1)
		for i := range list {
			list[i].Scale = 1
		}
		return list
	}
	return []Scaling{{0, 1}}
}

// Groups puts each row into a group of a bool or category: its names, and the place of each row's. Without a variable there is one group, "all".
func (t *Table) Groups(by string) (names []string, of []int) {
	of = make([]int, t.Rows)
	names = GroupNames(t.Protocol, by)
	if by != "" {
		for i, x := range t.Variables[by].X {
			of[i] = int(x)
		}
	}
	return names, of
}

// GroupNames are the groups that a variable makes.
func GroupNames(p *protocol.Protocol, by string) []string {
	v := p.Variable(by)
	switch {
	case v == nil:
		return []string{"all"}
	case v.Type == protocol.Bool:
		return []string{"false", "true"}
	}
	return v.Levels
}
