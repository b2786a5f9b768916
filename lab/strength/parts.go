package strength

// parts numbers the connected parts of the mesh: cells that share a side. Touching along an edge does not connect, for it carries no moment.
type parts struct {
	of    []int32 // of each run
	cells []int   // of each part
}

func (m *mesh) parts() parts {
	row := m.rows()
	p := parts{of: make([]int32, len(m.runs))}
	for i := range p.of {
		p.of[i] = int32(i)
	}
	for at := range m.n[1] * m.n[2] {
		if at%m.n[1]+1 < m.n[1] {
			p.join(m, row[at], row[at+1], row[at+1], row[at+2])
		}
		if above := at + m.n[1]; above < m.n[1]*m.n[2] {
			p.join(m, row[at], row[at+1], row[above], row[above+1])
		}
	}
	number := make(map[int32]int32)
	for i := range p.of {
		root := p.root(int32(i))
		if _, known := number[root]; !known {
			number[root] = int32(len(p.cells))
			p.cells = append(p.cells, 0)
		}
		p.cells[number[root]] += int(m.runs[i].cells)
	}
	for i := range p.of {
		p.of[i] = p.root(int32(i))
	}
	for i := range p.of {
		p.of[i] = number[p.of[i]]
	}
	return p
}

// rows is the number of runs before each row of cells.
func (m *mesh) rows() []int32 {
	row := make([]int32, m.n[1]*m.n[2]+1)
	for _, r := range m.runs {
		_, j, k := m.ijk(int(r.edge[0]))
		row[j+m.n[1]*k+1]++
	}
	for i := range row[1:] {
		row[i+1] += row[i]
	}
	return row
}

func (p *parts) root(i int32) int32 {
	for p.of[i] != i {
		p.of[i] = p.of[p.of[i]]
		i = p.of[i]
	}
	return i
}

// join unites the runs a … a2 of one row with those of b … b2 of a neighboring one where they overlap.
func (p *parts) join(m *mesh, a, a2, b, b2 int32) {
	for a < a2 && b < b2 {
		i, _, _ := m.ijk(int(m.runs[a].edge[0]))
		j, _, _ := m.ijk(int(m.runs[b].edge[0]))
		i2, j2 := i+int(m.runs[a].cells), j+int(m.runs[b].cells)
		if i < j2 && j < i2 {
			x, y := p.root(a), p.root(b)
			p.of[max(x, y)] = min(x, y)
		}
		if i2 <= j2 {
			a++
		} else {
			b++
		}
	}
}

// largest is the number of the part with most cells; the first of equal ones.
func (p *parts) largest() int32 {
	best := 0
	for i, n := range p.cells {
		if n > p.cells[best] {
			best = i
		}
	}
	return int32(best)
}

// KeepLargest empties all cells but those of the largest connected part (cells that share a side), and says how many parts and cells it took away: crumbs that noise
// left, and bones that nothing here holds.
func (m *Model) KeepLargest() (droppedParts, droppedCells int) {
	if m.check() != nil {
		return 0, 0
	}
	f := newMesh(m.Cells, func(cell int) bool { return m.Modulus[cell] > 0 })
	p := f.parts()
	keep := p.largest()
	for i, r := range f.runs {
		if p.of[i] == keep {
			continue
		}
		x, y, z := f.ijk(int(r.edge[0]))
		first := x + m.Cells[0]*(y+m.Cells[1]*z)
		clear(m.Modulus[first : first+int(r.cells)])
	}
	return len(p.cells) - 1, f.cells - p.cells[keep]
}
