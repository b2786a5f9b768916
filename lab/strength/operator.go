package strength

// fine is the stiffness of the finest mesh, which is never stored: each cell's is its modulus times the modes of its Poisson's ratio.
type fine struct {
	*mesh
	modulus []float64 // of each cell, MPa
	ratio   []uint8   // of each cell: which of modes; nil when there is only one
	modes   []modes
	fixed   []int32 // the degrees of freedom that supports hold, in order
}

// multiply sets y = A·x for every degree of freedom, supports included.
func (f *fine) multiply(y, x []float64) {
	zero(y)
	slabs(f.n[2], func(from, to int) {
		for _, r := range f.runs[f.layer[from]:f.layer[to]] {
			f.multiplyRun(y, x, &r)
		}
	})
}

// apply sets y = A·x on the free degrees of freedom; x is zero on the held ones.
func (f *fine) apply(y, x []float64) {
	f.multiply(y, x)
	f.release(y)
}

// release puts zero where supports hold.
func (f *fine) release(y []float64) {
	for _, d := range f.fixed {
		y[d] = 0
	}
}

// face are the four nodes of a cell's side across x, as sums and differences along y and z: mode 0, y, z, yz of each component.
type face [3][4]float64

// at is the 6 numbers of an edge's two nodes and the ones after it: node i of an edge is at[3i:3i+3].
func readFace(x []float64, edge *[4]int32, step int) (f face) {
	a := (*[3]float64)(x[3*(int(edge[0])+step):])
	b := (*[3]float64)(x[3*(int(edge[1])+step):])
	c := (*[3]float64)(x[3*(int(edge[2])+step):])
	d := (*[3]float64)(x[3*(int(edge[3])+step):])
	for i := range 3 {
		s, t := a[i]+b[i], c[i]+d[i]
		p, q := a[i]-b[i], c[i]-d[i]
		f[i] = [4]float64{s + t, p + q, s - t, p - q}
	}
	return f
}

// addFace adds the forces on a side, given in modes, to its nodes.
func addFace(y []float64, edge *[4]int32, step int, f *face) {
	a := (*[3]float64)(y[3*(int(edge[0])+step):])
	b := (*[3]float64)(y[3*(int(edge[1])+step):])
	c := (*[3]float64)(y[3*(int(edge[2])+step):])
	d := (*[3]float64)(y[3*(int(edge[3])+step):])
	for i := range 3 {
		s, t := f[i][0]+f[i][2], f[i][0]-f[i][2]
		p, q := f[i][1]+f[i][3], f[i][1]-f[i][3]
		a[i] += s + p
		b[i] += s - p
		c[i] += t + q
		d[i] += t - q
	}
}

// multiplyRun adds the forces of a row's cells. The side between two cells is brought into modes once, and its forces are brought back once.
func (f *fine) multiplyRun(y, x []float64, r *run) {
	left := readFace(x, &r.edge, 0)
	var force face // on the left side
	m := &f.modes[0]
	for i := range int(r.cells) {
		cell := int(r.first) + i
		if f.ratio != nil {
			m = &f.modes[f.ratio[cell]]
		}
		right := readFace(x, &r.edge, i+1)
		next := m.forces(f.modulus[cell], &left, &right, &force)
		addFace(y, &r.edge, i, &force)
		left, force = right, next
	}
	addFace(y, &r.edge, int(r.cells), &force)
}

// forces adds a cell's forces on its left side to force, and returns those on its right.
func (m *modes) forces(e float64, l, r, force *face) (next face) {
	x1, x2, x3 := l[0][0]-r[0][0], l[0][1]+r[0][1], l[0][1]-r[0][1]
	x4, x5, x6, x7 := l[0][2]+r[0][2], l[0][2]-r[0][2], l[0][3]+r[0][3], l[0][3]-r[0][3]
	y1, y2, y3 := l[1][0]-r[1][0], l[1][1]+r[1][1], l[1][1]-r[1][1]
	y4, y5, y6, y7 := l[1][2]+r[1][2], l[1][2]-r[1][2], l[1][3]+r[1][3], l[1][3]-r[1][3]
	z1, z2, z3 := l[2][0]-r[2][0], l[2][1]+r[2][1], l[2][1]-r[2][1]
	z4, z5, z6, z7 := l[2][2]+r[2][2], l[2][2]-r[2][2], l[2][3]+r[2][3], l[2][3]-r[2][3]

	fx1 := e * (m.x1x1*x1 + m.x1y2*y2 + m.x1z4*z4)
	fy2 := e * (m.x1y2*x1 + m.y2y2*y2 + m.y2z4*z4)
	fz4 := e * (m.x1z4*x1 + m.y2z4*y2 + m.z4z4*z4)
	fx2, fy1 := e*(m.x2x2*x2+m.x2y1*y1), e*(m.x2y1*x2+m.y1y1*y1)
	fx4, fz1 := e*(m.x4x4*x4+m.x4z1*z1), e*(m.x4z1*x4+m.z1z1*z1)
	fy4, fz2 := e*(m.y4y4*y4+m.y4z2*z2), e*(m.y4z2*y4+m.z2z2*z2)
	fy3, fz5 := e*(m.y3y3*y3+m.y3z5*z5), e*(m.y3z5*y3+m.z5z5*z5)
	fx3, fz6 := e*(m.x3x3*x3+m.x3z6*z6), e*(m.x3z6*x3+m.z6z6*z6)
	fx5, fy6 := e*(m.x5x5*x5+m.x5y6*y6), e*(m.x5y6*x5+m.y6y6*y6)
	fx6 := e * (m.x6x6*x6 + m.x6y5*y5 + m.x6z3*z3)
	fy5 := e * (m.x6y5*x6 + m.y5y5*y5 + m.y5z3*z3)
	fz3 := e * (m.x6z3*x6 + m.y5z3*y5 + m.z3z3*z3)
	fx7, fy7, fz7 := e*m.x7x7*x7, e*m.y7y7*y7, e*m.z7z7*z7

	f, n := &force[0], &next[0]
	f[0], n[0] = f[0]+fx1, -fx1
	f[1], n[1] = f[1]+(fx2+fx3), fx2-fx3
	f[2], n[2] = f[2]+(fx4+fx5), fx4-fx5
	f[3], n[3] = f[3]+(fx6+fx7), fx6-fx7
	f, n = &force[1], &next[1]
	f[0], n[0] = f[0]+fy1, -fy1
	f[1], n[1] = f[1]+(fy2+fy3), fy2-fy3
	f[2], n[2] = f[2]+(fy4+fy5), fy4-fy5
	f[3], n[3] = f[3]+(fy6+fy7), fy6-fy7
	f, n = &force[2], &next[2]
	f[0], n[0] = f[0]+fz1, -fz1
	f[1], n[1] = f[1]+(fz2+fz3), fz2-fz3
	f[2], n[2] = f[2]+(fz4+fz5), fz4-fz5
	f[3], n[3] = f[3]+(fz6+fz7), fz6-fz7
	return next
}

// diagonal is the diagonal of A, 1 over each entry; 0 where supports hold.
func (f *fine) diagonal(h [3]float64, poisson []float64) []float64 {
	corner := make([][24]float64, len(poisson))
	for i, p := range poisson {
		k := stiffness(h, p)
		for d := range 24 {
			corner[i][d] = k[d*24+d]
		}
	}
	d := make([]float64, 3*f.nodes())
	slabs(f.n[2], func(from, to int) {
		for _, r := range f.runs[f.layer[from]:f.layer[to]] {
			f.addDiagonal(d, corner, &r)
		}
	})
	chunks(len(d), func(from, to int) {
		for i := from; i < to; i++ {
			d[i] = 1 / d[i]
		}
	})
	f.release(d)
	return d
}

func (f *fine) addDiagonal(d []float64, corner [][24]float64, r *run) {
	for i := range int(r.cells) {
		cell := int(r.first) + i
		own := &corner[0]
		if f.ratio != nil {
			own = &corner[f.ratio[cell]]
		}
		for n := range 8 {
			at := 3 * (int(r.edge[n>>1]) + i + n&1)
			for c := range 3 {
				d[at+c] += f.modulus[cell] * own[3*n+c]
			}
		}
	}
}
