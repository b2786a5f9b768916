package surface

import "slices"

// Repairs says what Repair had to do, and what it left.
type Repairs struct {
	Welded   int      `json:"welded_points"`     // points that lay at the same place as another
	Removed  int      `json:"removed_triangles"` // without area, twice there, or beyond two on an edge
	Turned   int      `json:"turned_triangles"`  // wound against their neighbors
	Split    int      `json:"split_points"`      // where the surface touched itself in a point
	Filled   int      `json:"filled_holes"`      // closed with new triangles
	LeftOpen int      `json:"holes_left_open"`   // larger than was allowed
	After    Topology `json:"after"`
}

// Repair makes a closed, evenly wound surface of one that is nearly so: welds points, removes what no surface has, winds neighboring triangles alike (by their
// part's majority, and outward as a whole), splits points where the surface only touches itself, and fills holes of at most so many edges. It moves nothing that was there.
func (m *Mesh) Repair(largestHole int) (*Mesh, Repairs, error) {
	var r Repairs
	if err := m.Check(); err != nil {
		return nil, r, err
	}
	out := m.weld(&r)
	for out.removeExtra(&r) {
	}
	out.wind(&r)
	out.splitPinched(&r)
	out.fillHoles(largestHole, &r)
	if out.Volume() < 0 && out.Inspect().Watertight {
		out.Flip()
		r.Turned += len(out.Triangles)
	}
	out = out.Compact()
	if len(out.Triangles) == 0 {
		return nil, r, ErrEmpty
	}
	r.After = out.Inspect()
	return out, r, nil
}

// weld joins points at one place and drops triangles that are nothing or that are there already.
func (m *Mesh) weld(r *Repairs) *Mesh {
	w := newWelder(len(m.Points))
	at := make([]int32, len(m.Points))
	for p, v := range m.Points {
		at[p] = w.point(v)
	}
	r.Welded = len(m.Points) - len(w.mesh.Points)
	seen := make(map[[3]int32]bool, len(m.Triangles))
	for _, t := range m.Triangles {
		t = [3]int32{at[t[0]], at[t[1]], at[t[2]]}
		key := t
		slices.Sort(key[:])
		if seen[key] {
			continue
		}
		seen[key] = true
		w.triangle(t)
	}
	r.Removed = len(m.Triangles) - len(w.mesh.Triangles)
	return &w.mesh
}

// removeExtra keeps the two largest triangles of every edge that has more, and says whether it removed any.
func (m *Mesh) removeExtra(r *Repairs) bool {
	around := map[[2]int32][]int32{}
	for t, tri := range m.Triangles {
		for e := range 3 {
			key := [2]int32{min(tri[e], tri[(e+1)%3]), max(tri[e], tri[(e+1)%3])}
			around[key] = append(around[key], int32(t))
		}
	}
	drop := map[int32]bool{}
	area := func(t int32) float64 {
		a, b, c := m.Corners(int(t))
		return b.Sub(a).Cross(c.Sub(a)).Norm()
	}
	for _, list := range around {
		if len(list) <= 2 {
			continue
		}
		slices.SortFunc(list, func(s, t int32) int {
			if d := compare(area(t), area(s)); d != 0 {
				return d
			}
			return int(s - t)
		})
		for _, t := range list[2:] {
			drop[t] = true
		}
	}
	kept := m.Triangles[:0]
	for t, tri := range m.Triangles {
		if !drop[int32(t)] {
			kept = append(kept, tri)
		}
	}
	m.Triangles = kept
	r.Removed += len(drop)
	return len(drop) > 0
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// wind walks over edges and turns triangles that are wound against the ones before; then the smaller half of each part is the one that counts as turned.
func (m *Mesh) wind(r *Repairs) {
	beside := m.neighbors()
	visited := make([]bool, len(m.Triangles))
	turned := make([]bool, len(m.Triangles))
	for start := range m.Triangles {
		if visited[start] {
			continue
		}
		visited[start] = true
		part := []int32{int32(start)}
		count := 0
		for i := 0; i < len(part); i++ {
			t := part[i]
			for e, other := range beside[t] {
				if other < 0 || visited[other] {
					continue
				}
				visited[other] = true
				from, to := m.Triangles[t][e], m.Triangles[t][(e+1)%3]
				turned[other] = turned[t] != runs(m.Triangles[other], from, to)
				if turned[other] {
					count++
				}
				part = append(part, other)
			}
		}
		m.turn(part, turned, 2*count > len(part), r)
	}
}

// runs reports whether a triangle's edge runs from one point to the other in its winding.
func runs(t [3]int32, from, to int32) bool {
	return t[0] == from && t[1] == to || t[1] == from && t[2] == to || t[2] == from && t[0] == to
}

func (m *Mesh) turn(part []int32, turned []bool, others bool, r *Repairs) {
	for _, t := range part {
		if turned[t] != others {
			tri := &m.Triangles[t]
			tri[1], tri[2] = tri[2], tri[1]
			r.Turned++
		}
	}
}

// splitPinched gives each fan of triangles around a point a point of its own.
func (m *Mesh) splitPinched(r *Repairs) {
	f := m.fans()
	for p := range int32(len(m.Points)) {
		left := slices.Clone(f.of(p))
		for first := true; len(left) > 0; first = false {
			fan := takeFan(m, p, left)
			if !first {
				m.Points = append(m.Points, m.Points[p])
				r.Split++
				for _, t := range left[:fan] {
					for e, q := range m.Triangles[t] {
						if q == p {
							m.Triangles[t][e] = int32(len(m.Points) - 1)
						}
					}
				}
			}
			left = left[fan:]
		}
	}
}

// takeFan brings the triangles of one fan around a point to the front of the list, and says how many they are.
func takeFan(m *Mesh, p int32, list []int32) int {
	n := 1
	for grown := true; grown; {
		grown = false
		for i := n; i < len(list); i++ {
			e := opposite(m.Triangles[list[i]], p)
			for _, t := range list[:n] {
				if k := opposite(m.Triangles[t], p); e[0] == k[1] || e[1] == k[0] {
					list[n], list[i] = list[i], list[n]
					n++
					grown = true
					break
				}
			}
		}
	}
	return n
}
