package strength

// forward are the 13 neighbors of a node that come after it in the lattice's order. With the node itself they hold a symmetric matrix once.
var forward = [13][3]int{
	{1, 0, 0}, {-1, 1, 0}, {0, 1, 0}, {1, 1, 0},
	{-1, -1, 1}, {0, -1, 1}, {1, -1, 1}, {-1, 0, 1}, {0, 0, 1}, {1, 0, 1}, {-1, 1, 1}, {0, 1, 1}, {1, 1, 1},
}

// slot is the place in a row of the neighbor at an offset, 0 for the node itself and 1 … 13 for forward; -1 for those before it.
var slot = func() (s [27]int) {
	for i := range s {
		s[i] = -1
	}
	s[13] = 0
	for i, f := range forward {
		s[offset(f[0], f[1], f[2])] = i + 1
	}
	return s
}()

func offset(dx, dy, dz int) int { return dx + 1 + 3*(dy+1) + 9*(dz+1) }

// coarse is the stiffness of a coarser mesh, stored: for each node a 3×3 block for itself and for the neighbors after it.
//
// It is Pᵀ·A·P of the finer one exactly (Galerkin), so that voids, steps of the modulus inside a coarse cell and supports that lie between coarse nodes are
// felt on every mesh, which an averaged modulus would lose.
type coarse struct {
	*mesh
	block [][14][9]float64
	near  [][13]int32 // the neighbors; -1 where there is none
}

func newCoarse(m *mesh) *coarse {
	c := &coarse{mesh: m, block: make([][14][9]float64, m.nodes()), near: make([][13]int32, m.nodes())}
	each(m.n[2]+1, func(k int) {
		for node := int(m.plane[k]); node < int(m.plane[k+1]); node++ {
			i, j, _ := m.ijk(node)
			for f, d := range forward {
				c.near[node][f] = -1
				x, y, z := i+d[0], j+d[1], k+d[2]
				if x >= 0 && y >= 0 && x <= m.n[0] && y <= m.n[1] && z <= m.n[2] {
					c.near[node][f] = m.index[m.lattice(x, y, z)]
				}
			}
		}
	})
	return c
}

// corners are the nodes of the cell at (i, j, k).
func (m *mesh) corners(i, j, k int) (n [8]int32) {
	for c := range 8 {
		n[c] = m.index[m.lattice(i+c&1, j+c>>1&1, k+c>>2&1)]
	}
	return n
}

// add adds a cell's matrix.
func (c *coarse) add(corners [8]int32, k *cellMatrix) {
	for m := range 8 {
		for n := range 8 {
			s := slot[offset(n&1-m&1, n>>1&1-m>>1&1, n>>2&1-m>>2&1)]
			if s < 0 {
				continue
			}
			b := &c.block[corners[m]][s]
			for r := range 3 {
				from := k[(3*m+r)*24+3*n:]
				b[3*r] += from[0]
				b[3*r+1] += from[1]
				b[3*r+2] += from[2]
			}
		}
	}
}

// apply sets y = A·x.
func (c *coarse) apply(y, x []float64) {
	zero(y)
	slabs(c.n[2]+1, func(from, to int) {
		for node := int(c.plane[from]); node < int(c.plane[to]); node++ {
			c.applyNode(y, x, node)
		}
	})
}

func (c *coarse) applyNode(y, x []float64, node int) {
	blocks := &c.block[node]
	own := (*[3]float64)(x[3*node:])
	x0, x1, x2 := own[0], own[1], own[2]
	b := &blocks[0]
	s0, s1, s2 := b[0]*x0+b[1]*x1+b[2]*x2, b[3]*x0+b[4]*x1+b[5]*x2, b[6]*x0+b[7]*x1+b[8]*x2
	for f, near := range &c.near[node] {
		if near < 0 {
			continue
		}
		b := &blocks[f+1]
		v, w := (*[3]float64)(x[3*near:]), (*[3]float64)(y[3*near:])
		s0 += b[0]*v[0] + b[1]*v[1] + b[2]*v[2]
		s1 += b[3]*v[0] + b[4]*v[1] + b[5]*v[2]
		s2 += b[6]*v[0] + b[7]*v[1] + b[8]*v[2]
		w[0] += b[0]*x0 + b[3]*x1 + b[6]*x2
		w[1] += b[1]*x0 + b[4]*x1 + b[7]*x2
		w[2] += b[2]*x0 + b[5]*x1 + b[8]*x2
	}
	out := (*[3]float64)(y[3*node:])
	out[0] += s0
	out[1] += s1
	out[2] += s2
}

// diagonal is 1 over the diagonal, and 0 for a degree of freedom that has no stiffness because supports hold all that it moves.
func (c *coarse) diagonal() []float64 {
	d := make([]float64, 3*c.nodes())
	for node := range c.block {
		for i := range 3 {
			if v := c.block[node][0][4*i]; v > 0 {
				d[3*node+i] = 1 / v
			}
		}
	}
	return d
}
