package surface

import (
	"fmt"
	"math"
	"slices"

	"consilium/lab/space"
)

// Cut divides a closed surface by a plane into what lies on the side that the normal points to (above) and the rest (below), each closed by a cap. A side that holds nothing is nil. Caps have holes
// where the cut runs through a cavity, as through the canal of a long bone.
func (m *Mesh) Cut(point, normal space.Vec) (above, below *Mesh, err error) {
	if err := m.Check(); err != nil {
		return nil, nil, err
	}
	n := normal.Unit()
	if n == (space.Vec{}) || !point.Finite() {
		return nil, nil, fmt.Errorf("%w: a plane through %v with normal %v", ErrMesh, point, normal)
	}
	if t := m.Inspect(); !t.Watertight {
		return nil, nil, fmt.Errorf("%w: %d open edges; repair it before it is cut", ErrOpen, t.Boundary)
	}
	if above, err = m.half(point, n); err != nil {
		return nil, nil, err
	}
	below, err = m.half(point, n.Scale(-1))
	return above, below, err
}

// half keeps the side that the normal points to. Points nearer to the plane than a nanometer count as above it, so that no triangle is cut to nothing.
func (m *Mesh) half(point, normal space.Vec) (*Mesh, error) {
	height := make([]float64, len(m.Points))
	for p := range m.Points {
		height[p] = m.Point(int32(p)).Sub(point).Dot(normal)
		if math.Abs(height[p]) < 1e-6 {
			height[p] = 1e-6
		}
	}
	out := &Mesh{Points: slices.Clone(m.Points)}
	c := cutter{mesh: out, height: height, between: map[[2]int32]int32{}}
	for _, t := range m.Triangles {
		c.triangle(t)
	}
	if len(out.Triangles) == 0 {
		return nil, nil
	}
	out = out.Compact()
	f := filler{Mesh: out, old: out.edges(), added: map[[2]int32]bool{}}
	for _, loop := range f.nest(f.loops(), normal.Scale(-1)) {
		f.fillAlong(loop, normal.Scale(-1))
	}
	if t := out.Inspect(); !t.Watertight {
		return nil, fmt.Errorf("%w: the cap of the cut has %d open edges and %d of more than two triangles; the surface crosses itself there", ErrMesh, t.Boundary, t.NonManifold)
	}
	return out, nil
}

// cutter keeps what of triangles lies above a plane.
type cutter struct {
	mesh    *Mesh
	height  []float64
	between map[[2]int32]int32 // the point on each edge that is cut
}

func (c *cutter) triangle(t [3]int32) {
	var kept []int32
	for e := range 3 {
		a, b := t[e], t[(e+1)%3]
		if c.height[a] > 0 {
			kept = append(kept, a)
		}
		if (c.height[a] > 0) != (c.height[b] > 0) {
			kept = append(kept, c.on(a, b))
		}
	}
	for i := 2; i < len(kept); i++ {
		c.mesh.Triangles = append(c.mesh.Triangles, [3]int32{kept[0], kept[i-1], kept[i]})
	}
}

func (c *cutter) on(a, b int32) int32 {
	a, b = min(a, b), max(a, b)
	if p, known := c.between[[2]int32{a, b}]; known {
		return p
	}
	p := c.mesh.Point(a).Lerp(c.mesh.Point(b), c.height[a]/(c.height[a]-c.height[b]))
	c.mesh.Points = append(c.mesh.Points, [3]float32{float32(p[0]), float32(p[1]), float32(p[2])})
	c.between[[2]int32{a, b}] = int32(len(c.mesh.Points) - 1)
	return int32(len(c.mesh.Points) - 1)
}

// nest joins each loop that is a hole of another one to it by a bridge that is walked in both directions, so that one loop goes around what has to be filled. Seen along the normal, outer loops
// turn left and holes right.
func (f *filler) nest(loops [][]int32, normal space.Vec) [][]int32 {
	var outer, holes [][]int32
	for _, l := range loops {
		if f.turning(l).Dot(normal) >= 0 {
			outer = append(outer, l)
		} else {
			holes = append(holes, l)
		}
	}
	// The hole that reaches furthest to one side is joined first: its bridge can cross no other hole.
	side := space.Perpendicular(normal)
	slices.SortFunc(holes, func(a, b []int32) int {
		return compare(f.reach(b, side), f.reach(a, side))
	})
	for _, hole := range holes {
		f.bridge(outer, hole, normal, side)
	}
	return outer
}

// turning is twice the area that a loop goes around, along its normal.
func (f *filler) turning(loop []int32) (sum space.Vec) {
	origin := f.Point(loop[0])
	for i := range loop {
		sum = sum.Add(f.Point(loop[i]).Sub(origin).Cross(f.Point(loop[(i+1)%len(loop)]).Sub(origin)))
	}
	return sum
}

func (f *filler) reach(loop []int32, side space.Vec) float64 {
	far := math.Inf(-1)
	for _, p := range loop {
		far = max(far, f.Point(p).Dot(side))
	}
	return far
}

// bridge joins a hole to the outer loop at the nearest corner that it can see.
func (f *filler) bridge(outer [][]int32, hole []int32, normal, side space.Vec) {
	start := 0
	for i, p := range hole {
		if f.Point(p).Dot(side) > f.Point(hole[start]).Dot(side) {
			start = i
		}
	}
	from := f.Point(hole[start])
	best, bestLoop, bestAt := math.Inf(1), -1, 0
	for l, loop := range outer {
		for at, p := range loop {
			q := f.Point(p)
			if d := q.Sub(from).Norm(); d < best && q.Sub(from).Dot(side) >= 0 && f.sees(loop, from, q, normal) {
				best, bestLoop, bestAt = d, l, at
			}
		}
	}
	if bestLoop < 0 {
		return
	}
	loop := outer[bestLoop]
	joined := append(slices.Clone(loop[:bestAt+1]), hole[start:]...)
	joined = append(joined, hole[:start+1]...)
	outer[bestLoop] = append(joined, loop[bestAt:]...)
}

// sees reports whether the way between two places crosses no side of a loop.
func (f *filler) sees(loop []int32, from, to, normal space.Vec) bool {
	left := func(a, b, c space.Vec) float64 { return b.Sub(a).Cross(c.Sub(a)).Dot(normal) }
	for i := range loop {
		a, b := f.Point(loop[i]), f.Point(loop[(i+1)%len(loop)])
		if a == to || b == to || a == from || b == from {
			continue
		}
		if left(from, to, a)*left(from, to, b) < 0 && left(a, b, from)*left(a, b, to) < 0 {
			return false
		}
	}
	return true
}
