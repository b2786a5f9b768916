package strength

// builder makes the coarse matrices: a cell's matrix is the sum of its children's, each written in its parent's degrees of freedom. It goes down
// from cells of one mesh and fills all finer ones on the way, so no mesh's cell matrices are ever held together.
type builder struct {
	fine   *fine
	held   []bool // of each fine degree of freedom
	unit   []cellMatrix
	child  [][8]cellMatrix // unit, written in a coarse cell's degrees of freedom, for each place of a child
	steps  []step          // from mesh l to mesh l+1
	meshes []*mesh         // meshes[0] is the fine one
	levels []*coarse       // levels[l] belongs to meshes[l]; levels[0] is nil
	cell   [][]int32       // of each mesh but the coarse ones: the number of the cell at a place, or -1
}

// together is the largest number of cell matrices that are held at once.
const together = 512

// build fills levels.
func (b *builder) build() {
	last := len(b.meshes) - 1
	cut := 0 // the mesh whose cells are worked on in parallel; their parents' matrices are held
	for cut+1 < last && b.meshes[cut+1].cells > together {
		cut++
	}
	held := make([]cellMatrix, b.lattice(cut+1))
	n := b.meshes[cut].n
	slabs(n[2], func(from, to int) {
		for k := from; k < to; k++ {
			b.buildLayer(cut, k, held)
		}
	})
	for l := cut + 1; l <= last; l++ {
		held = b.gather(l, held, l < last)
	}
}

func (b *builder) lattice(l int) int {
	n := b.meshes[l].n
	return n[0] * n[1] * n[2]
}

// buildLayer adds the cells of layer k of mesh l to their parents in held. Two layers of one parent never run at once, because slabs keeps neighbors apart.
func (b *builder) buildLayer(l, k int, held []cellMatrix) {
	m, s, up := b.meshes[l], b.steps[l], b.meshes[l+1].n
	for _, r := range m.runs[m.layer[k]:m.layer[k+1]] {
		first, j, _ := m.ijk(int(r.edge[0]))
		for i := first; i < first+int(r.cells); i++ {
			parent := i/s[0] + up[0]*(j/s[1]+up[1]*(k/s[2]))
			b.addTo(&held[parent], l, i, j, k, int(r.first)+i-first)
		}
	}
}

// addTo adds the cell at (i, j, k) of mesh l to its parent's matrix. number is the cell's on the fine mesh and means nothing on others.
func (b *builder) addTo(parent *cellMatrix, l, i, j, k, number int) {
	s := b.steps[l]
	place := i%s[0] | j%s[1]<<1 | k%s[2]<<2
	var own cellMatrix
	if l == 0 {
		if b.addWhole(parent, place, i, j, k, number) {
			return
		}
		own = b.masked(i, j, k, number)
	} else {
		b.collect(&own, l, i, j, k)
		b.levels[l].add(b.meshes[l].corners(i, j, k), &own)
	}
	s.onParent(&own, place)
	for n := range own {
		parent[n] += own[n]
	}
}

// collect sums the children of a coarse cell.
func (b *builder) collect(own *cellMatrix, l, i, j, k int) {
	s, m := b.steps[l-1], b.meshes[l-1]
	for z := k * s[2]; z < min((k+1)*s[2], m.n[2]); z++ {
		for y := j * s[1]; y < min((j+1)*s[1], m.n[1]); y++ {
			for x := i * s[0]; x < min((i+1)*s[0], m.n[0]); x++ {
				if number := b.cell[l-1][x+m.n[0]*(y+m.n[1]*z)]; number >= 0 {
					b.addTo(own, l-1, x, y, z, int(number))
				}
			}
		}
	}
}

// addWhole adds a fine cell that no support touches, whose matrix is known up to its modulus.
func (b *builder) addWhole(parent *cellMatrix, place, i, j, k, number int) bool {
	for _, n := range b.fine.corners(i, j, k) {
		if b.held[3*n] || b.held[3*n+1] || b.held[3*n+2] {
			return false
		}
	}
	from, e := &b.child[b.ratio(number)][place], b.fine.modulus[number]
	for n := range parent {
		parent[n] += e * from[n]
	}
	return true
}

// masked is a fine cell's matrix without the degrees of freedom that supports hold.
func (b *builder) masked(i, j, k, number int) cellMatrix {
	own, e := b.unit[b.ratio(number)], b.fine.modulus[number]
	corners := b.fine.corners(i, j, k)
	for n := range own {
		row, column := n/24, n%24
		own[n] *= e
		if b.held[3*int(corners[row/3])+row%3] || b.held[3*int(corners[column/3])+column%3] {
			own[n] = 0
		}
	}
	return own
}

func (b *builder) ratio(number int) int {
	if b.fine.ratio == nil {
		return 0
	}
	return int(b.fine.ratio[number])
}

// gather adds the matrices of mesh l to its level, and to those of its parents, which it returns when there is a coarser mesh.
func (b *builder) gather(l int, held []cellMatrix, more bool) []cellMatrix {
	m := b.meshes[l]
	var up []cellMatrix
	if more {
		up = make([]cellMatrix, b.lattice(l+1))
	}
	for _, r := range m.runs {
		first, j, k := m.ijk(int(r.edge[0]))
		for i := first; i < first+int(r.cells); i++ {
			own := &held[i+m.n[0]*(j+m.n[1]*k)]
			b.levels[l].add(m.corners(i, j, k), own)
			if more {
				s, n := b.steps[l], b.meshes[l+1].n
				s.onParent(own, i%s[0]|j%s[1]<<1|k%s[2]<<2)
				parent := &up[i/s[0]+n[0]*(j/s[1]+n[1]*(k/s[2]))]
				for e := range own {
					parent[e] += own[e]
				}
			}
		}
	}
	return up
}
