package reference

import "consilium/lab/strength"

// plane is a plane of the lattice: the nodes whose index along axis is at.
type plane struct{ axis, at int }

// each calls f for the plane's nodes, with the number in the lattice.
func (p plane) each(cells [3]int, f func(ijk [3]int, node int)) {
	var low, high [3]int
	high = cells
	low[p.axis], high[p.axis] = p.at, p.at
	for k := low[2]; k <= high[2]; k++ {
		for j := low[1]; j <= high[1]; j++ {
			for i := low[0]; i <= high[0]; i++ {
				f([3]int{i, j, k}, i+(cells[0]+1)*(j+(cells[1]+1)*k))
			}
		}
	}
}

// hold supports one component of a plane's nodes.
func (p plane) hold(m *strength.Model, axis int, value float64) {
	p.each(m.Cells, func(_ [3]int, node int) {
		m.Supports = append(m.Supports, strength.Support{Node: node, Axis: axis, Value: value})
	})
}

// squeeze presses the top of a block down by 0.1 mm; its sides at x = 0 and y = 0 slide on rollers, and the opposite ones too if it is confined.
func squeeze(m *strength.Model, confined bool) plane {
	top := plane{2, m.Cells[2]}
	plane{2, 0}.hold(m, 2, 0)
	top.hold(m, 2, -0.1)
	plane{0, 0}.hold(m, 0, 0)
	plane{1, 0}.hold(m, 1, 0)
	if confined {
		plane{0, m.Cells[0]}.hold(m, 0, 0)
		plane{1, m.Cells[1]}.hold(m, 1, 0)
	}
	return top
}

// platens hold the bottom, and the top displaced along z.
func platens(m *strength.Model, down float64) plane {
	top := plane{2, m.Cells[2]}
	for axis := range 3 {
		plane{2, 0}.hold(m, axis, 0)
	}
	top.hold(m, 0, 0)
	top.hold(m, 1, 0)
	top.hold(m, 2, down)
	return top
}

// cantilever clamps x = 0 and spreads 100 N down over the far end as a uniform traction does.
func cantilever(m *strength.Model) plane {
	root := plane{0, 0}
	for axis := range 3 {
		root.hold(m, axis, 0)
	}
	each := -100 / float64(m.Cells[1]*m.Cells[2])
	plane{0, m.Cells[0]}.each(m.Cells, func(ijk [3]int, node int) {
		share := 1.0
		for _, a := range []int{1, 2} {
			if ijk[a] == 0 || ijk[a] == m.Cells[a] {
				share /= 2
			}
		}
		m.Loads = append(m.Loads, strength.Load{Node: node, Axis: 2, Force: each * share})
	})
	return root
}
