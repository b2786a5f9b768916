package surface

import (
	"fmt"
	"math"

	"consilium/lab/space"
)

// ErrOpen says that a surface has no inside: it is not closed.
var ErrOpen = fmt.Errorf("surface: not closed")

// Solid is the inside of a closed surface. It tells how far a point lies outside (positive) or inside (negative).
type Solid struct {
	*Tree
	faces   []space.Vec // unit normals of triangles
	corners []space.Vec // angle-weighted normals of points
	beside  [][3]int32  // the triangle across each edge; edge e runs from corner e to the next
}

// NewSolid refuses surfaces that are not closed, and says what is wrong with them.
func NewSolid(m *Mesh) (*Solid, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	if t := m.Inspect(); !t.Watertight {
		return nil, fmt.Errorf("%w: %d open edges, %d edges of more than two triangles, %d wound against each other; repair it first", ErrOpen, t.Boundary, t.NonManifold, t.Inconsistent)
	}
	s := &Solid{Tree: NewTree(m), faces: make([]space.Vec, len(m.Triangles)), corners: make([]space.Vec, len(m.Points)), beside: m.neighbors()}
	for t, tri := range m.Triangles {
		a, b, c := m.Corners(t)
		s.faces[t] = b.Sub(a).Cross(c.Sub(a)).Unit()
		for e, angle := range [3]float64{space.Degrees(b.Sub(a), c.Sub(a)), space.Degrees(c.Sub(b), a.Sub(b)), space.Degrees(a.Sub(c), b.Sub(c))} {
			s.corners[tri[e]] = s.corners[tri[e]].Add(s.faces[t].Scale(angle))
		}
	}
	return s, nil
}

// neighbors finds the triangle across each edge of each triangle, −1 where there is none.
func (m *Mesh) neighbors() [][3]int32 {
	type side struct{ other, at int32 } // the larger point, and 4·triangle + edge
	first := make([]int32, len(m.Points)+1)
	for _, t := range m.Triangles {
		for e := range 3 {
			first[min(t[e], t[(e+1)%3])+1]++
		}
	}
	for p := range m.Points {
		first[p+1] += first[p]
	}
	sides, used := make([]side, 3*len(m.Triangles)), make([]int32, len(m.Points))
	out := make([][3]int32, len(m.Triangles))
	for i, t := range m.Triangles {
		for e := range 3 {
			low, high := min(t[e], t[(e+1)%3]), max(t[e], t[(e+1)%3])
			out[i][e] = -1
			from := first[low]
			for _, s := range sides[from : from+used[low]] {
				if s.other == high && out[s.at>>2][s.at&3] < 0 {
					out[i][e], out[s.at>>2][s.at&3] = s.at>>2, int32(i)
					break
				}
			}
			sides[from+used[low]] = side{high, int32(i<<2 | e)}
			used[low]++
		}
	}
	return out
}

// Signed is the distance of a point from the surface, negative inside, if it is less than within; else ok is false. The sign is that of the normal at the nearest place, which at edges and
// corners is a weighted one (Bærentzen and Aanæs, IEEE Transactions on Visualization and Computer Graphics 11 (2005) 243–253).
func (s *Solid) Signed(p space.Vec, within float64) (distance float64, ok bool) {
	n, ok := s.Nearest(p, within)
	if !ok {
		return 0, false
	}
	return math.Copysign(n.Distance, p.Sub(n.Point).Dot(s.Normal(n))), true
}

// Normal is the surface's normal at a nearest place. It has a direction, but not always length one.
func (s *Solid) Normal(n Nearest) space.Vec {
	switch {
	case n.feature < 3:
		return s.corners[s.mesh.Triangles[n.Triangle][n.feature]]
	case n.feature < 6:
		return s.faces[n.Triangle].Add(s.faces[s.beside[n.Triangle][n.feature-3]])
	}
	return s.faces[n.Triangle]
}

// Inside reports whether a point lies inside.
func (s *Solid) Inside(p space.Vec) bool {
	d, ok := s.Signed(p, math.Inf(1))
	return ok && d < 0
}
