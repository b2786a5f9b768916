package strength

import (
	"fmt"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// rigid counts, for one part, what its supports hold of the six motions without deformation: a sum of c·cᵀ over the held components, where c says how much each motion
// moves it. It has full rank when the part cannot move.
type rigid struct {
	sum    [6][6]float64
	center [3]float64
	radius float64
}

// checkHeld returns ErrFloating when a part can move without being deformed. A part that touches held ones along edges is held there too, so two cells
// that share one edge are a hinge, and are found out.
func (f *fine) checkHeld(m *Model) error {
	p := f.parts()
	rigids, touching := f.rigids(m, &p)
	held := make([]bool, len(rigids))
	for again := true; again; {
		again = false
		for i := range rigids {
			if !held[i] && rigids[i].free() == nil {
				held[i], again = true, true
				for _, t := range touching[int32(i)] {
					for axis := range 3 {
						rigids[t.part].hold(t.at, axis)
					}
				}
			}
		}
	}
	loose, cells, worst := 0, 0, -1
	for i := range held {
		if held[i] {
			continue
		}
		loose++
		cells += p.cells[i]
		if worst < 0 || p.cells[i] > p.cells[worst] {
			worst = i
		}
	}
	if loose == 0 {
		return nil
	}
	c := rigids[worst].center
	return fmt.Errorf("%w: %d of %d parts (%d cells); the largest has %d cells around (%.1f, %.1f, %.1f) mm and can %s. Support it, or keep only the largest part",
		ErrFloating, loose, len(held), cells, p.cells[worst], c[0], c[1], c[2], strings.Join(rigids[worst].free(), ", "))
}

// contact is a node that belongs to another part too.
type contact struct {
	part int32
	at   [3]float64
}

// rigids collects the supports of each part, and where parts touch.
func (f *fine) rigids(m *Model, p *parts) ([]rigid, map[int32][]contact) {
	rigids, owner := f.extents(m, p)
	touching := map[int32][]contact{}
	for i, r := range f.runs {
		for _, edge := range r.edge {
			for n := edge; n <= edge+r.cells; n++ {
				if o := owner[n]; o != p.of[i] {
					at := f.position(m, int(n))
					touching[o] = append(touching[o], contact{p.of[i], at})
					touching[p.of[i]] = append(touching[p.of[i]], contact{o, at})
				}
			}
		}
	}
	for _, d := range f.fixed {
		rigids[owner[d/3]].hold(f.position(m, int(d/3)), int(d%3))
	}
	return rigids, touching
}

// extents is the middle and half the diagonal of each part's box, and the part that first has each node.
func (f *fine) extents(m *Model, p *parts) ([]rigid, []int32) {
	owner := make([]int32, f.nodes())
	for i := range owner {
		owner[i] = -1
	}
	low, high := make([][3]float64, len(p.cells)), make([][3]float64, len(p.cells))
	for i := range low {
		low[i] = [3]float64{1e300, 1e300, 1e300}
		high[i] = [3]float64{-1e300, -1e300, -1e300}
	}
	for i, r := range f.runs {
		part := p.of[i]
		for _, edge := range r.edge {
			for n := edge; n <= edge+r.cells; n++ {
				if owner[n] < 0 {
					owner[n] = part
				}
			}
			for _, end := range [2]int32{edge, edge + r.cells} {
				at := f.position(m, int(end))
				for a := range 3 {
					low[part][a], high[part][a] = min(low[part][a], at[a]), max(high[part][a], at[a])
				}
			}
		}
	}
	rigids := make([]rigid, len(p.cells))
	for i := range rigids {
		for a := range 3 {
			rigids[i].center[a] = (low[i][a] + high[i][a]) / 2
			rigids[i].radius += (high[i][a] - low[i][a]) / 2
		}
	}
	return rigids, owner
}

func (f *fine) position(m *Model, node int) [3]float64 {
	i, j, k := f.ijk(node)
	return [3]float64{float64(i) * m.Size[0], float64(j) * m.Size[1], float64(k) * m.Size[2]}
}

// hold notes that one component at a place is held.
func (r *rigid) hold(at [3]float64, axis int) {
	var c [6]float64
	c[axis] = 1
	for a := range 3 {
		at[a] = (at[a] - r.center[a]) / r.radius
	}
	// A rotation w moves the place by w × at.
	c[3+(axis+1)%3], c[3+(axis+2)%3] = at[(axis+2)%3], -at[(axis+1)%3]
	for i := range 6 {
		for j := range 6 {
			r.sum[i][j] += c[i] * c[j]
		}
	}
}

// motions name the six.
var motions = [6]string{"slide along x", "slide along y", "slide along z", "turn about x", "turn about y", "turn about z"}

// free names the motions that are left, or returns nil when there are none.
func (r *rigid) free() []string {
	m := mat.NewSymDense(6, nil)
	most := 0.0
	for i := range 6 {
		for j := i; j < 6; j++ {
			m.SetSym(i, j, r.sum[i][j])
		}
		most = max(most, r.sum[i][i])
	}
	if most == 0 {
		return motions[:]
	}
	var e mat.EigenSym
	if !e.Factorize(m, true) {
		return motions[:]
	}
	values := e.Values(nil)
	var v mat.Dense
	e.VectorsTo(&v)
	var out []string
	for i, value := range values {
		if value > 1e-10*most {
			break
		}
		largest := 0
		for a := range 6 {
			if v.At(a, i)*v.At(a, i) > v.At(largest, i)*v.At(largest, i)+1e-9 {
				largest = a
			}
		}
		out = append(out, motions[largest])
	}
	return out
}
