package strength

// step is how one mesh becomes the next coarser one: along each axis two cells become one, or stay (1). Where the number of cells is odd the last
// coarse cell reaches beyond the lattice.
type step [3]int

// coarsen says how to go on from a mesh: an axis is halved while it has more than one cell and its cells are not already much longer than those of another
// axis, for flat cells on a coarse mesh couple too weakly to correct anything.
func coarsen(n [3]int, h [3]float64) (s step, cells [3]int, size [3]float64) {
	shortest := 0.0
	for a := range 3 {
		if n[a] > 1 && (shortest == 0 || h[a] < shortest) {
			shortest = h[a]
		}
	}
	for a := range 3 {
		s[a], cells[a], size[a] = 1, n[a], h[a]
		if n[a] > 1 && h[a] < 1.6*shortest {
			s[a], cells[a], size[a] = 2, (n[a]+1)/2, 2*h[a]
		}
	}
	return s, cells, size
}

// coarseMesh is the mesh of the coarse cells that hold any fine one.
func coarseMesh(m *mesh, s step, cells [3]int) *mesh {
	solid := make([]bool, cells[0]*cells[1]*cells[2])
	for k := range m.n[2] {
		for _, r := range m.runs[m.layer[k]:m.layer[k+1]] {
			i, j, _ := m.ijk(int(r.edge[0]))
			row := cells[0] * (j/s[1] + cells[1]*(k/s[2]))
			for c := i / s[0]; c <= (i+int(r.cells)-1)/s[0]; c++ {
				solid[row+c] = true
			}
		}
	}
	return newMesh(cells, func(cell int) bool { return solid[cell] })
}

// parents are the coarse nodes from which a fine node is interpolated: up to two along each axis, with equal weight.
type parents struct {
	node   [8]int32
	count  int
	weight float64
}

// of is the parents of the fine node at (i, j, k).
func (s step) of(coarse *mesh, i, j, k int) (p parents) {
	at := [3]int{i / s[0], j / s[1], k / s[2]}
	odd := [3]int{i % s[0], j % s[1], k % s[2]}
	p.weight = 1
	for z := 0; z <= odd[2]; z++ {
		for y := 0; y <= odd[1]; y++ {
			for x := 0; x <= odd[0]; x++ {
				p.node[p.count] = coarse.index[coarse.lattice(at[0]+x, at[1]+y, at[2]+z)]
				p.count++
			}
		}
	}
	p.weight = 1 / float64(p.count)
	return p
}

// prolong adds to the fine vector x what the coarse correction c is there.
func (s step) prolong(x []float64, m *mesh, c []float64, coarse *mesh) {
	each(m.n[2]+1, func(k int) {
		row, first := m.n[0]+1, (m.n[0]+1)*(m.n[1]+1)*k
		for node := int(m.plane[k]); node < int(m.plane[k+1]); node++ {
			at := int(m.where[node]) - first
			p := s.of(coarse, at%row, at/row, k)
			to := (*[3]float64)(x[3*node:])
			for _, n := range p.node[:p.count] {
				from := (*[3]float64)(c[3*n:])
				to[0] += p.weight * from[0]
				to[1] += p.weight * from[1]
				to[2] += p.weight * from[2]
			}
		}
	})
}

// restrict sets the coarse vector c to the transpose of prolong, applied to the difference r - q of two fine ones.
func (s step) restrict(c []float64, coarse *mesh, r, q []float64, m *mesh) {
	zero(c)
	// A coarse plane takes from the fine planes around it; blocks of coarse layers write to one plane beyond, as slabs allows.
	slabs(coarse.n[2]+1, func(from, to int) {
		for k := from * s[2]; k < min(to*s[2], m.n[2]+1); k++ {
			s.restrictPlane(c, coarse, r, q, m, k)
		}
	})
}

func (s step) restrictPlane(c []float64, coarse *mesh, r, q []float64, m *mesh, k int) {
	row, first := m.n[0]+1, (m.n[0]+1)*(m.n[1]+1)*k
	for node := int(m.plane[k]); node < int(m.plane[k+1]); node++ {
		at := int(m.where[node]) - first
		p := s.of(coarse, at%row, at/row, k)
		a, b := (*[3]float64)(r[3*node:]), (*[3]float64)(q[3*node:])
		d := [3]float64{p.weight * (a[0] - b[0]), p.weight * (a[1] - b[1]), p.weight * (a[2] - b[2])}
		for _, n := range p.node[:p.count] {
			to := (*[3]float64)(c[3*n:])
			to[0] += d[0]
			to[1] += d[1]
			to[2] += d[2]
		}
	}
}

// onParent writes a child cell's stiffness in the coarse cell's degrees of freedom: k becomes Pᵀ·k·P, where P interpolates the child's corners
// from the coarse cell's. child has the bits (x, y, z) of which half the child is, along the axes that step halves.
func (s step) onParent(k *cellMatrix, child int) {
	for axis := range 3 {
		if s[axis] == 1 {
			continue
		}
		half := child >> axis & 1
		for row := range 24 {
			mergeCorners(k[row*24:row*24+24], 1, axis, half)
		}
		for column := range 24 {
			mergeCorners(k[column:], 24, axis, half)
		}
	}
}

// mergeCorners does it for one row or column (every stride-th number) along one axis: the child's inner corner lies halfway between the coarse corners.
func mergeCorners(v []float64, stride, axis, half int) {
	for n := range 8 {
		if n>>axis&1 == 1 {
			continue
		}
		low, high := 3*n*stride, 3*(n|1<<axis)*stride
		for range 3 {
			if half == 0 { // low corner shared, high corner in the middle
				v[high] *= 0.5
				v[low] += v[high]
			} else {
				v[low] *= 0.5
				v[high] += v[low]
			}
			low += stride
			high += stride
		}
	}
}
