package surface

import (
	"math"
	"slices"

	"consilium/lab/parallel"
)

// Area is in mm².
func (m *Mesh) Area() float64 {
	sum := 0.0
	for t := range m.Triangles {
		a, b, c := m.Corners(t)
		sum += b.Sub(a).Cross(c.Sub(a)).Norm()
	}
	return sum / 2
}

// Volume is what the surface encloses, in mm³: positive if triangles are wound outward. Of an open surface it depends on where the origin lies and means little.
func (m *Mesh) Volume() float64 {
	sum := 0.0
	for t := range m.Triangles {
		a, b, c := m.Corners(t)
		sum += a.Dot(b.Cross(c))
	}
	return sum / 6
}

// Topology counts what a mesh is made of.
type Topology struct {
	Points       int  `json:"points"` // that a triangle names
	Edges        int  `json:"edges"`
	Triangles    int  `json:"triangles"`
	Euler        int  `json:"euler"`                // points − edges + triangles: 2 for a ball, 0 for a ring, 2 − 2g for a closed surface with g handles
	Boundary     int  `json:"boundary_edges"`       // edges of one triangle
	NonManifold  int  `json:"nonmanifold_edges"`    // edges of three or more
	Inconsistent int  `json:"inconsistent_edges"`   // edges whose two triangles are wound against each other
	Pinched      int  `json:"pinched_points"`       // points where the surface touches itself: their triangles are not one fan
	Degenerate   int  `json:"degenerate_triangles"` // triangles that name a point twice
	Watertight   bool `json:"watertight"`           // every edge has two triangles, wound alike
}

// edgeList is every edge once, by its smaller point and then by the larger one.
type edgeList struct {
	first []int32 // where the edges of each smaller point begin; one entry more than points
	other []int32 // the larger point
	uses  []uint8 // bit 0 and up: see below
}

// An edge's uses: how many triangles run along it from the smaller to the larger point and how many the other way, each counted to three.
const (
	upward   = 1
	downward = 4
)

func countUses(u uint8) (up, down int) { return int(u & 3), int(u >> 2 & 3) }

// halfEdges sorts the 3·T edges of triangles under their smaller points. A key is the other point, doubled, with 1 for an edge that runs downward.
func (m *Mesh) halfEdges() (first []int32, keys []int64) {
	first = make([]int32, len(m.Points)+1)
	for _, t := range m.Triangles {
		for e := range 3 {
			if a, b := t[e], t[(e+1)%3]; a != b {
				first[min(a, b)]++
			}
		}
	}
	at := int32(0)
	for p, n := range first {
		first[p] = at
		at += n
	}
	keys = make([]int64, at)
	for _, t := range m.Triangles {
		for e := range 3 {
			a, b := t[e], t[(e+1)%3]
			switch {
			case a < b:
				keys[first[a]] = int64(b) << 1
				first[a]++
			case b < a:
				keys[first[b]] = int64(a)<<1 | 1
				first[b]++
			}
		}
	}
	copy(first[1:], first)
	first[0] = 0
	return first, keys
}

func (m *Mesh) edges() edgeList {
	first, keys := m.halfEdges()
	list := edgeList{first: make([]int32, len(first)), other: make([]int32, len(keys)), uses: make([]uint8, len(keys))}
	// Each point's edges are sorted and merged in place; the blocks are then moved together.
	counts := make([]int32, len(m.Points))
	parallel.Blocks(len(m.Points), 4096, func(lo, hi int) {
		for p := lo; p < hi; p++ {
			counts[p] = mergeEdges(keys[first[p]:first[p+1]], list.other[first[p]:], list.uses[first[p]:])
		}
	})
	at := int32(0)
	for p, n := range counts {
		copy(list.other[at:at+n], list.other[first[p]:first[p]+n])
		copy(list.uses[at:at+n], list.uses[first[p]:first[p]+n])
		list.first[p] = at
		at += n
	}
	list.first[len(m.Points)] = at
	list.other, list.uses = list.other[:at], list.uses[:at]
	return list
}

func mergeEdges(keys []int64, other []int32, uses []uint8) int32 {
	slices.Sort(keys)
	n := int32(0)
	for i, key := range keys {
		point := int32(key >> 1)
		if i == 0 || other[n-1] != point {
			other[n], uses[n] = point, 0
			n++
		}
		u := &uses[n-1]
		switch up, down := countUses(*u); {
		case key&1 == 0 && up < 3:
			*u += upward
		case key&1 == 1 && down < 3:
			*u += downward
		}
	}
	return n
}

// Inspect counts edges and finds what keeps a mesh from being a closed surface.
func (m *Mesh) Inspect() Topology {
	list := m.edges()
	t := Topology{Triangles: len(m.Triangles), Edges: len(list.other)}
	for _, u := range list.uses {
		switch up, down := countUses(u); {
		case up+down == 1:
			t.Boundary++
		case up+down > 2:
			t.NonManifold++
		case up != down:
			t.Inconsistent++
		}
	}
	used := make([]bool, len(m.Points))
	for _, tri := range m.Triangles {
		if tri[0] == tri[1] || tri[1] == tri[2] || tri[2] == tri[0] {
			t.Degenerate++
		}
		for _, p := range tri {
			used[p] = true
		}
	}
	for _, u := range used {
		if u {
			t.Points++
		}
	}
	t.Pinched = m.pinched()
	t.Euler = t.Points - t.Edges + t.Triangles
	t.Watertight = t.Triangles > 0 && t.Boundary+t.NonManifold+t.Inconsistent+t.Degenerate == 0
	return t
}

// fans is the triangles around each point: those of point p are list[first[p]:first[p+1]].
type fans struct {
	first, list []int32
}

func (f *fans) of(p int32) []int32 { return f.list[f.first[p]:f.first[p+1]] }

func (m *Mesh) fans() fans {
	f := fans{first: make([]int32, len(m.Points)+1), list: make([]int32, 3*len(m.Triangles))}
	for _, t := range m.Triangles {
		for _, p := range t {
			f.first[p]++
		}
	}
	at := int32(0)
	for p, n := range f.first {
		f.first[p] = at
		at += n
	}
	for t, tri := range m.Triangles {
		for _, p := range tri {
			f.list[f.first[p]] = int32(t)
			f.first[p]++
		}
	}
	copy(f.first[1:], f.first)
	f.first[0] = 0
	return f
}

// pinched counts the points whose triangles fall into several fans. A fan is what can be walked around the point from triangle to triangle over edges.
func (m *Mesh) pinched() int {
	f := m.fans()
	var blocks = make([]int, (len(m.Points)+4095)/4096)
	parallel.Blocks(len(m.Points), 4096, func(lo, hi int) {
		var links [][2]int32
		for p := lo; p < hi; p++ {
			links = links[:0]
			for _, t := range f.of(int32(p)) {
				links = append(links, opposite(m.Triangles[t], int32(p)))
			}
			if countFans(links) > 1 {
				blocks[lo/4096]++
			}
		}
	})
	n := 0
	for _, b := range blocks {
		n += b
	}
	return n
}

// opposite is the edge of a triangle that a point is not on, in the triangle's winding.
func opposite(t [3]int32, p int32) [2]int32 {
	switch p {
	case t[0]:
		return [2]int32{t[1], t[2]}
	case t[1]:
		return [2]int32{t[2], t[0]}
	}
	return [2]int32{t[0], t[1]}
}

// countFans joins links that share an end. It changes the order of links.
func countFans(links [][2]int32) int {
	fans := 0
	for len(links) > 0 {
		fans++
		group := 1
		for grown := true; grown; {
			grown = false
			for i := group; i < len(links); i++ {
				for _, known := range links[:group] {
					if links[i][0] == known[0] || links[i][0] == known[1] || links[i][1] == known[0] || links[i][1] == known[1] {
						links[group], links[i] = links[i], links[group]
						group++
						grown = true
						break
					}
				}
			}
		}
		links = links[group:]
	}
	return fans
}

// Shape is the figures that a person asks of a surface.
type Shape struct {
	Area       float64    `json:"area_mm2"`
	Volume     float64    `json:"volume_mm3"` // absolute
	Bounds     [6]float64 `json:"bounds_mm"`  // low x, y, z, high x, y, z
	Components int        `json:"components"`
}

// Measure takes area, volume, bounds and the number of components.
func (m *Mesh) Measure() Shape {
	low, high := m.Bounds()
	s := Shape{Area: m.Area(), Volume: math.Abs(m.Volume()), Components: len(m.Components().Sizes)}
	copy(s.Bounds[:3], low[:])
	copy(s.Bounds[3:], high[:])
	return s
}
