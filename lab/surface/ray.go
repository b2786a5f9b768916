package surface

import (
	"math"

	"consilium/lab/parallel"
	"consilium/lab/space"
)

// Hit is where a ray meets a surface.
type Hit struct {
	Triangle int32
	Distance float64 // mm from the ray's origin
}

// Ray finds the first triangle that a ray meets further than beyond from its origin. The direction has length one.
func (t *Tree) Ray(origin, direction space.Vec, beyond float64) (first Hit, ok bool) {
	first.Distance = math.Inf(1)
	var stack [64]int32
	depth := 1
	for depth > 0 {
		depth--
		box := &t.boxes[stack[depth]]
		if !box.meets(origin, direction, first.Distance) {
			continue
		}
		if box.count == 0 {
			stack[depth], stack[depth+1] = box.first, box.first+1
			depth += 2
			continue
		}
		for _, i := range t.order[box.first : box.first+box.count] {
			a, b, c := t.mesh.Corners(int(i))
			if d, hit := rayTriangle(origin, direction, a, b, c); hit && d > beyond && d < first.Distance {
				first, ok = Hit{i, d}, true
			}
		}
	}
	return first, ok
}

// meets reports whether the ray passes the box before a distance.
func (b *treeBox) meets(origin, direction space.Vec, before float64) bool {
	enter, leave := 0.0, before
	for c := range 3 {
		low, high := float64(b.low[c])-origin[c], float64(b.high[c])-origin[c]
		if direction[c] == 0 {
			if low > 0 || high < 0 {
				return false
			}
			continue
		}
		low, high = low/direction[c], high/direction[c]
		enter, leave = max(enter, min(low, high)), min(leave, max(low, high))
	}
	return enter <= leave*(1+1e-12)
}

// rayTriangle is the distance at which a ray meets a triangle (Möller and Trumbore, 1997). A ray along an edge may meet both triangles, never none but for rounding.
func rayTriangle(origin, direction, a, b, c space.Vec) (float64, bool) {
	e1, e2 := b.Sub(a), c.Sub(a)
	p := direction.Cross(e2)
	det := e1.Dot(p)
	if math.Abs(det) < 1e-14 {
		return 0, false
	}
	s := origin.Sub(a)
	u := s.Dot(p) / det
	q := s.Cross(e1)
	v := direction.Dot(q) / det
	if u < -1e-9 || v < -1e-9 || u+v > 1+1e-9 {
		return 0, false
	}
	return e2.Dot(q) / det, true
}

// Thickness is how thick what the surface encloses is at each triangle, in mm: from its center straight inward to the other side. It is infinite where nothing is met, which a
// closed surface that is wound outward does not have.
func (m *Mesh) Thickness() []float64 {
	tree := NewTree(m)
	out := make([]float64, len(m.Triangles))
	parallel.Blocks(len(out), 256, func(lo, hi int) {
		for t := lo; t < hi; t++ {
			a, b, c := m.Corners(t)
			inward := b.Sub(a).Cross(c.Sub(a)).Unit().Scale(-1)
			out[t] = math.Inf(1)
			if inward == (space.Vec{}) {
				continue
			}
			if hit, ok := tree.Ray(a.Add(b).Add(c).Scale(1.0/3), inward, 1e-4); ok {
				out[t] = hit.Distance
			}
		}
	})
	return out
}

// SelfIntersections counts pairs of triangles that cross without sharing a point, up to a limit: zero is the answer wanted, and a broken file may have millions.
func (m *Mesh) SelfIntersections(limit int) int {
	tree := NewTree(m)
	count := 0
	tree.pairs(tree, func(i, j int32) bool {
		if i < j && !share(m.Triangles[i], m.Triangles[j]) && trianglesCross(m, i, m, j) {
			count++
		}
		return count < limit
	})
	return count
}

func share(a, b [3]int32) bool {
	for _, p := range a {
		if p == b[0] || p == b[1] || p == b[2] {
			return true
		}
	}
	return false
}

// Crosses reports whether the surfaces of two trees cross each other anywhere.
func (t *Tree) Crosses(other *Tree) bool {
	found := false
	t.pairs(other, func(i, j int32) bool {
		found = trianglesCross(t.mesh, i, other.mesh, j)
		return !found
	})
	return found
}

// pairs calls do with the triangles of two trees whose boxes overlap, until it returns false.
func (t *Tree) pairs(other *Tree, do func(i, j int32) bool) {
	if len(t.order) == 0 || len(other.order) == 0 {
		return
	}
	stack := [][2]int32{{0, 0}}
	for len(stack) > 0 {
		a, b := &t.boxes[stack[len(stack)-1][0]], &other.boxes[stack[len(stack)-1][1]]
		nodes := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		switch {
		case !a.overlaps(b):
		case a.count > 0 && b.count > 0:
			for _, i := range t.order[a.first : a.first+a.count] {
				for _, j := range other.order[b.first : b.first+b.count] {
					if !do(i, j) {
						return
					}
				}
			}
		case b.count > 0 || a.count == 0 && a.extent() > b.extent():
			stack = append(stack, [2]int32{a.first, nodes[1]}, [2]int32{a.first + 1, nodes[1]})
		default:
			stack = append(stack, [2]int32{nodes[0], b.first}, [2]int32{nodes[0], b.first + 1})
		}
	}
}

func (b *treeBox) overlaps(o *treeBox) bool {
	for c := range 3 {
		if b.low[c] > o.high[c] || o.low[c] > b.high[c] {
			return false
		}
	}
	return true
}

func (b *treeBox) extent() float32 {
	return b.high[0] - b.low[0] + b.high[1] - b.low[1] + b.high[2] - b.low[2]
}

// trianglesCross reports whether an edge of one triangle passes through the other. Two that lie in one plane do not cross.
func trianglesCross(m *Mesh, i int32, n *Mesh, j int32) bool {
	a, b, c := m.Corners(int(i))
	d, e, f := n.Corners(int(j))
	return edgeCrosses(a, b, d, e, f) || edgeCrosses(b, c, d, e, f) || edgeCrosses(c, a, d, e, f) ||
		edgeCrosses(d, e, a, b, c) || edgeCrosses(e, f, a, b, c) || edgeCrosses(f, d, a, b, c)
}

func edgeCrosses(p, q, a, b, c space.Vec) bool {
	d, hit := rayTriangle(p, q.Sub(p), a, b, c)
	return hit && d >= 0 && d <= 1
}
