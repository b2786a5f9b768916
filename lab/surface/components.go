package surface

import "slices"

// Components says which connected part each triangle belongs to. Part 0 is the largest; of two equal ones the one with the earlier triangle comes first.
type Components struct {
	Of    []int32 // of each triangle
	Sizes []int   // triangles of each part
}

// Components finds the parts that hang together over points.
func (m *Mesh) Components() Components {
	root := make([]int32, len(m.Points))
	for p := range root {
		root[p] = int32(p)
	}
	find := func(p int32) int32 {
		for root[p] != p {
			root[p] = root[root[p]]
			p = root[p]
		}
		return p
	}
	for _, t := range m.Triangles {
		a := find(t[0])
		for _, p := range t[1:] {
			switch b := find(p); {
			case b < a: // the smallest point of a part is its root, so that the result does not depend on the order of joining
				root[a] = b
				a = b
			case a < b:
				root[b] = a
			}
		}
	}
	return m.number(find)
}

func (m *Mesh) number(find func(int32) int32) Components {
	label := make([]int32, len(m.Points)) // of a root: its part's number plus one
	c := Components{Of: make([]int32, len(m.Triangles))}
	for t, tri := range m.Triangles {
		r := find(tri[0])
		if label[r] == 0 {
			c.Sizes = append(c.Sizes, 0)
			label[r] = int32(len(c.Sizes))
		}
		c.Of[t] = label[r] - 1
		c.Sizes[c.Of[t]]++
	}
	c.bySize()
	return c
}

// bySize numbers the parts anew, the largest first.
func (c *Components) bySize() {
	order := make([]int, len(c.Sizes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return c.Sizes[b] - c.Sizes[a] })
	sizes, rank := make([]int, len(order)), make([]int32, len(order))
	for r, old := range order {
		sizes[r], rank[old] = c.Sizes[old], int32(r)
	}
	c.Sizes = sizes
	for t := range c.Of {
		c.Of[t] = rank[c.Of[t]]
	}
}

// Keep is the mesh of the parts for which keep says yes, without the other parts' points.
func (m *Mesh) Keep(c Components, keep func(part int) bool) *Mesh {
	out := &Mesh{Points: m.Points}
	for t, part := range c.Of {
		if keep(int(part)) {
			out.Triangles = append(out.Triangles, m.Triangles[t])
		}
	}
	return out.Compact()
}

// Largest is the largest part.
func (m *Mesh) Largest() *Mesh {
	return m.Keep(m.Components(), func(part int) bool { return part == 0 })
}
