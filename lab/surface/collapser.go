package surface

import (
	"slices"

	"consilium/lab/parallel"
	"consilium/lab/space"
)

// collapser is a mesh while edges are taken out of it. Its points are sorted so that neighbors in space are neighbors in memory, and lie relative to center, so that the
// squares in quadrics keep their digits.
type collapser struct {
	goal      Decimation
	center    space.Vec
	vertices  []vertex
	triangles []corner3
	gone      int
	epoch     int32
}

// vertex is all that a collapse needs to know of a point, in two lines of the processor's cache.
type vertex struct {
	at      space.Vec
	quadric quadric
	area    float64 // that the quadric's planes stand for
	head    int32   // the first corner around the point: 4·triangle + corner; −1 if there is none
	mark    int32   // of the question that was asked last
	stamp   uint16  // changes with every change of the point
	border  bool    // on an open edge
	frozen  bool    // the surface is not manifold here: never touched
	locked  bool    // not touched now
}

// corner3 is a triangle. The corners around a point are linked, so that joining two points joins their lists without moving anything.
type corner3 struct {
	point [4]int32 // three points; the first is −1 when the triangle is gone
	next  [4]int32 // the next corner around the same point
}

func newCollapser(m *Mesh, goal Decimation) *collapser {
	low, high := m.Bounds()
	c := &collapser{goal: goal, center: low.Lerp(high, 0.5), vertices: make([]vertex, len(m.Points)), triangles: make([]corner3, len(m.Triangles))}
	sorted := m.sortedInSpace()
	for p := range sorted.Points {
		c.vertices[p].at = sorted.Point(int32(p)).Sub(c.center)
		c.vertices[p].head = -1
	}
	for t := len(sorted.Triangles) - 1; t >= 0; t-- {
		tri := sorted.Triangles[t]
		c.triangles[t].point = [4]int32{tri[0], tri[1], tri[2]}
		for e, p := range tri {
			c.triangles[t].next[e] = c.vertices[p].head
			c.vertices[p].head = int32(t<<2 | e)
		}
	}
	c.classify(sorted)
	parallel.Blocks(len(c.vertices), 4096, func(lo, hi int) {
		for v := lo; v < hi; v++ {
			c.prepare(int32(v))
		}
	})
	return c
}

// alive is how many triangles there are.
func (c *collapser) alive() int { return len(c.triangles) - c.gone }

// sortedInSpace is the mesh with points in the order of a tree that halves space, triangles in that of their first points.
func (m *Mesh) sortedInSpace() *Mesh {
	order := make([]int32, len(m.Points))
	for p := range order {
		order[p] = int32(p)
	}
	m.halve(order)
	rank := make([]int32, len(order))
	out := &Mesh{Points: make([][3]float32, len(order)), Triangles: make([][3]int32, len(m.Triangles))}
	for r, p := range order {
		rank[p] = int32(r)
		out.Points[r] = m.Points[p]
	}
	first := make([]int32, len(order)+1)
	for _, t := range m.Triangles {
		first[rank[t[0]]+1]++
	}
	for p := range order {
		first[p+1] += first[p]
	}
	for _, t := range m.Triangles {
		at := &first[rank[t[0]]]
		out.Triangles[*at] = [3]int32{rank[t[0]], rank[t[1]], rank[t[2]]}
		*at++
	}
	return out
}

// halve sorts points by halves along the longest side of their box, down to pieces of a hundred.
func (m *Mesh) halve(order []int32) {
	if len(order) < 100 {
		slices.Sort(order)
		return
	}
	low, high := m.Points[order[0]], m.Points[order[0]]
	for _, p := range order {
		for c, f := range m.Points[p] {
			low[c], high[c] = min(low[c], f), max(high[c], f)
		}
	}
	axis := 0
	for c := range 3 {
		if high[c]-low[c] > high[axis]-low[axis] {
			axis = c
		}
	}
	middle := len(order) / 2
	selectNth(order, middle, func(p int32) float32 { return m.Points[p][axis] })
	if len(order) < 1<<16 {
		m.halve(order[:middle])
		m.halve(order[middle:])
		return
	}
	halves := [][]int32{order[:middle], order[middle:]}
	parallel.Blocks(2, 1, func(lo, hi int) { m.halve(halves[lo]) })
}

// classify finds open edges and what may not be touched.
func (c *collapser) classify(m *Mesh) {
	list := m.edges()
	for p := range c.vertices {
		for at := list.first[p]; at < list.first[p+1]; at++ {
			v, w := &c.vertices[p], &c.vertices[list.other[at]]
			up, down := countUses(list.uses[at])
			switch {
			case up+down == 1:
				v.border, w.border = true, true
				c.holdEdge(int32(p), list.other[at])
			case up != 1 || down != 1:
				v.frozen, w.frozen = true, true
			}
		}
	}
	for _, t := range m.Triangles {
		if t[0] == t[1] || t[1] == t[2] || t[2] == t[0] {
			for _, p := range t {
				c.vertices[p].frozen = true
			}
		}
	}
}

// holdEdge stands a plane on an open edge, at right angles to its triangle.
func (c *collapser) holdEdge(p, q int32) {
	v, w := &c.vertices[p], &c.vertices[q]
	for k := v.head; k >= 0; {
		t := &c.triangles[k>>2]
		k = t.next[k&3]
		if t.point[0] != q && t.point[1] != q && t.point[2] != q {
			continue
		}
		along := w.at.Sub(v.at)
		wall := along.Cross(c.normal(t)).Unit()
		weight := edgeWeight * along.Dot(along)
		v.quadric.addPlane(wall, v.at, weight)
		w.quadric.addPlane(wall, v.at, weight)
	}
}

// normal is twice as long as the triangle's area.
func (c *collapser) normal(t *corner3) space.Vec {
	a := c.vertices[t.point[0]].at
	return c.vertices[t.point[1]].at.Sub(a).Cross(c.vertices[t.point[2]].at.Sub(a))
}

// prepare sums the planes of a point's triangles, and freezes a point where the surface touches itself.
func (c *collapser) prepare(p int32) {
	var room [24][2]int32
	links := room[:0]
	v := &c.vertices[p]
	for k := v.head; k >= 0; {
		t := &c.triangles[k>>2]
		links = append(links, t.opposite(k&3))
		k = t.next[k&3]
		n := c.normal(t)
		area := n.Norm() / 2
		v.quadric.addPlane(n.Unit(), v.at, area/3)
		v.area += area / 3
	}
	v.quadric.addPoint(v.at, max(pointWeight*v.area, 1e-12))
	v.frozen = v.frozen || countFans(links) > 1
}

// opposite is the edge that faces a corner, in the triangle's winding.
func (t *corner3) opposite(corner int32) [2]int32 {
	switch corner {
	case 0:
		return [2]int32{t.point[1], t.point[2]}
	case 1:
		return [2]int32{t.point[2], t.point[0]}
	}
	return [2]int32{t.point[0], t.point[1]}
}

// target is the place that two points would share, and what it costs.
func target(u, v *vertex) (space.Vec, float64) {
	q := u.quadric
	q.add(&v.quadric)
	p, ok := q.lowest()
	if !ok {
		p = u.at.Lerp(v.at, 0.5)
	}
	return p, max(q.at(p), 0)
}

func (c *collapser) mesh() *Mesh {
	out := &Mesh{Points: make([][3]float32, len(c.vertices)), Triangles: make([][3]int32, 0, c.alive())}
	for p := range c.vertices {
		v := c.vertices[p].at.Add(c.center)
		out.Points[p] = [3]float32{float32(v[0]), float32(v[1]), float32(v[2])}
	}
	for i := range c.triangles {
		if t := &c.triangles[i]; t.point[0] >= 0 {
			out.Triangles = append(out.Triangles, [3]int32(t.point[:3]))
		}
	}
	return out.Compact()
}
