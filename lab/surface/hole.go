package surface

import (
	"slices"

	"consilium/lab/space"
)

// fillHoles closes loops of open edges.
func (m *Mesh) fillHoles(largest int, r *Repairs) {
	f := filler{Mesh: m, old: m.edges(), added: map[[2]int32]bool{}}
	for _, loop := range f.loops() {
		if len(loop) > largest {
			r.LeftOpen++
			continue
		}
		f.fill(loop)
		r.Filled++
	}
}

// filler is a mesh while its holes are closed.
type filler struct {
	*Mesh
	old   edgeList          // the edges that there were
	added map[[2]int32]bool // edges across holes, smaller point first
}

// loops follows open edges against their triangles' winding, so that a fan over a loop is wound as the rest.
func (f *filler) loops() [][]int32 {
	list := f.old
	next := map[int32]int32{}
	var starts []int32
	for p := range f.Points {
		for at := list.first[p]; at < list.first[p+1]; at++ {
			a, b := int32(p), list.other[at]
			switch up, down := countUses(list.uses[at]); {
			case up == 1 && down == 0:
				next[b] = a
				starts = append(starts, b)
			case up == 0 && down == 1:
				next[a] = b
				starts = append(starts, a)
			}
		}
	}
	var out [][]int32
	for _, start := range starts {
		var loop []int32
		at := start
		for {
			to, ok := next[at]
			if !ok {
				break
			}
			delete(next, at)
			loop = append(loop, at)
			at = to
		}
		if len(loop) > 2 && at == start {
			out = append(out, loop)
		}
	}
	return out
}

// corner is a corner of a hole that is being closed, with its rating; see rate.
type corner struct {
	point  int32
	rating float64
}

// fill closes a loop by cutting ears: always the corner with the smallest angle whose triangle holds no other corner, seen along the loop's own normal. What cutting makes better
// elsewhere is looked for only when nothing good is left, so that a hole of n edges costs n², not n³.
func (f *filler) fill(points []int32) { f.fillAlong(points, f.turning(points).Unit()) }

// fillAlong is fill seen along a given normal.
func (f *filler) fillAlong(points []int32, normal space.Vec) {
	loop := make([]corner, len(points))
	for i, p := range points {
		loop[i].point = p
	}
	f.rateAll(loop, normal)
	for len(loop) > 3 {
		best := bestCorner(loop)
		if loop[best].rating < -1 {
			f.rateAll(loop, normal)
			best = bestCorner(loop)
		}
		f.cut(loop, best)
		loop = slices.Delete(loop, best, best+1)
		for _, i := range [2]int{(best + len(loop) - 1) % len(loop), best % len(loop)} {
			loop[i].rating = f.rate(loop, i, normal)
		}
	}
	f.cut(loop, 1)
}

func (f *filler) rateAll(loop []corner, normal space.Vec) {
	for i := range loop {
		loop[i].rating = f.rate(loop, i, normal)
	}
}

func bestCorner(loop []corner) int {
	best := 0
	for i := range loop {
		if loop[i].rating > loop[best].rating {
			best = i
		}
	}
	return best
}

// around are the points before, at and after a corner.
func around(loop []corner, i int) (a, b, c int32) {
	n := len(loop)
	return loop[(i+n-1)%n].point, loop[i].point, loop[(i+1)%n].point
}

func (f *filler) cut(loop []corner, i int) {
	a, b, c := around(loop, i)
	f.Triangles = append(f.Triangles, [3]int32{a, b, c})
	f.added[[2]int32{min(a, c), max(a, c)}] = true
}

// rate is the cosine of a corner's angle; less than −1 if it turns the wrong way, if its triangle holds another corner, or if its new edge is there already.
func (f *filler) rate(loop []corner, i int, normal space.Vec) float64 {
	pa, pb, pc := around(loop, i)
	if key := [2]int32{min(pa, pc), max(pa, pc)}; f.added[key] || f.old.has(key) {
		return -4
	}
	a, b, c := f.Point(pa), f.Point(pb), f.Point(pc)
	if b.Sub(a).Cross(c.Sub(b)).Dot(normal) <= 0 {
		return -3
	}
	ab, bc, ca := normal.Cross(b.Sub(a)), normal.Cross(c.Sub(b)), normal.Cross(a.Sub(c))
	for _, k := range loop {
		if k.point == pa || k.point == pb || k.point == pc {
			continue
		}
		if q := f.Point(k.point); ab.Dot(q.Sub(a)) > 0 && bc.Dot(q.Sub(b)) > 0 && ca.Dot(q.Sub(c)) > 0 {
			return -2
		}
	}
	return a.Sub(b).Unit().Dot(c.Sub(b).Unit())
}

// has reports whether there is an edge between two points, the smaller one first.
func (l *edgeList) has(key [2]int32) bool {
	_, found := slices.BinarySearch(l.other[l.first[key[0]]:l.first[key[0]+1]], key[1])
	return found
}
