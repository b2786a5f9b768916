package strength

// run is a row of cells along x, each touching the next.
type run struct {
	edge  [4]int32 // the nodes at the row's beginning: lower y and z, upper y, upper z, upper both; those of the next cells follow one by one
	first int32    // its first cell
	cells int32
}

// mesh numbers the cells that hold material, and the nodes at their corners, both in the lattice's order (x fastest): voids cost nothing but a number
// in index.
type mesh struct {
	n     [3]int  // cells along each axis
	index []int32 // of each lattice node: its number, or -1
	where []int32 // of each node: its place in the lattice
	plane []int32 // nodes before each plane of the lattice, and all of them at the end
	runs  []run
	layer []int32 // runs before each layer of cells, and all of them at the end
	cells int
}

func (m *mesh) nodes() int { return len(m.where) }

// lattice is the place of node (i, j, k).
func (m *mesh) lattice(i, j, k int) int { return i + (m.n[0]+1)*(j+(m.n[1]+1)*k) }

// ijk is where the node is.
func (m *mesh) ijk(node int) (i, j, k int) {
	w := int(m.where[node])
	row, plane := m.n[0]+1, (m.n[0]+1)*(m.n[1]+1)
	return w % plane % row, w % plane / row, w / plane
}

// newMesh numbers the cells for which solid says true.
func newMesh(n [3]int, solid func(cell int) bool) *mesh {
	m := &mesh{n: n, index: make([]int32, (n[0]+1)*(n[1]+1)*(n[2]+1))}
	m.markNodes(solid)
	m.numberNodes()
	m.collectRuns(solid)
	return m
}

// markNodes sets index to 1 at the corners of solid cells.
func (m *mesh) markNodes(solid func(int) bool) {
	slabs(m.n[2], func(from, to int) {
		cell := from * m.n[0] * m.n[1]
		for k := from; k < to; k++ {
			for j := range m.n[1] {
				for i := range m.n[0] {
					if solid(cell) {
						for _, edge := range [4]int{m.lattice(i, j, k), m.lattice(i, j+1, k), m.lattice(i, j, k+1), m.lattice(i, j+1, k+1)} {
							m.index[edge], m.index[edge+1] = 1, 1
						}
					}
					cell++
				}
			}
		}
	})
}

func (m *mesh) numberNodes() {
	count := 0
	for _, marked := range m.index {
		count += int(marked)
	}
	m.where = make([]int32, 0, count)
	perPlane := (m.n[0] + 1) * (m.n[1] + 1)
	for at, marked := range m.index {
		if at%perPlane == 0 {
			m.plane = append(m.plane, int32(len(m.where)))
		}
		m.index[at] = -1
		if marked == 1 {
			m.index[at] = int32(len(m.where))
			m.where = append(m.where, int32(at))
		}
	}
	m.plane = append(m.plane, int32(len(m.where)))
}

func (m *mesh) collectRuns(solid func(int) bool) {
	cell := 0
	for k := range m.n[2] {
		m.layer = append(m.layer, int32(len(m.runs)))
		for j := range m.n[1] {
			open := false
			for i := range m.n[0] {
				switch is := solid(cell); {
				case is && open:
					m.runs[len(m.runs)-1].cells++
					m.cells++
				case is:
					edge := [4]int32{m.index[m.lattice(i, j, k)], m.index[m.lattice(i, j+1, k)], m.index[m.lattice(i, j, k+1)], m.index[m.lattice(i, j+1, k+1)]}
					m.runs = append(m.runs, run{edge: edge, first: int32(m.cells), cells: 1})
					m.cells++
					open = true
				default:
					open = false
				}
				cell++
			}
		}
	}
	m.layer = append(m.layer, int32(len(m.runs)))
}
