package strength

// The element is the trilinear hexahedron with eight nodes and full integration (2×2×2 Gauss points, exact for a box), CalculiX's C3D8: no
// incompatible modes, no reduced volume term. Corner n of a cell is at (n&1, n>>1&1, n>>2&1) of its size; degree of freedom 3n+c is its component c.

// cellMatrix is a cell's stiffness by rows.
type cellMatrix [24 * 24]float64

// lame are Lamé's constants for a modulus of 1.
func lame(poisson float64) (lambda, mu float64) {
	return poisson / ((1 + poisson) * (1 - 2*poisson)), 1 / (2 * (1 + poisson))
}

// line are the integrals over a cell's edge of length h of products of its two linear shape functions: values, slope with value, slopes.
type line struct{ mass, mixed, stiff [2][2]float64 }

func lineOf(h float64) line {
	return line{
		mass:  [2][2]float64{{h / 3, h / 6}, {h / 6, h / 3}},
		mixed: [2][2]float64{{-0.5, -0.5}, {0.5, 0.5}}, // of the slope of the first and the value of the second
		stiff: [2][2]float64{{1 / h, -1 / h}, {-1 / h, 1 / h}},
	}
}

// stiffness is the cell's matrix for a modulus of 1 and edges h. The integrals are products of those over three edges, so they are exact.
func stiffness(h [3]float64, poisson float64) cellMatrix {
	lambda, mu := lame(poisson)
	edges := [3]line{lineOf(h[0]), lineOf(h[1]), lineOf(h[2])}
	var k cellMatrix
	for m := range 8 {
		for n := range 8 {
			g := gradients(edges, m, n)
			trace := g[0][0] + g[1][1] + g[2][2]
			for a := range 3 {
				for b := range 3 {
					k[(3*m+a)*24+3*n+b] = lambda*g[a][b] + mu*g[b][a]
				}
				k[(3*m+a)*24+3*n+a] += mu * trace
			}
		}
	}
	return k
}

// gradients are the integrals of ∂N_m/∂a · ∂N_n/∂b.
func gradients(edges [3]line, m, n int) [3][3]float64 {
	var g [3][3]float64
	for a := range 3 {
		for b := range 3 {
			v := 1.0
			for axis := range 3 {
				i, j := m>>axis&1, n>>axis&1
				e := &edges[axis]
				switch {
				case axis == a && axis == b:
					v *= e.stiff[i][j]
				case axis == a:
					v *= e.mixed[i][j]
				case axis == b:
					v *= e.mixed[j][i]
				default:
					v *= e.mass[i][j]
				}
			}
			g[a][b] = v
		}
	}
	return g
}

// modes are a cell's stiffness in its own symmetry. A box is its own mirror image along each axis, so in the basis 1, x, y, z, xy, yz, zx, xyz (signs at the
// corners, a Walsh-Hadamard transform) the 24×24 matrix falls into blocks of at most 3×3: 264 operations for a product instead of 1,152.
//
// A name holds the component and the mode's bits (x 1, y 2, z 4) of row and column: x1y2 couples ∂u/∂x with ∂v/∂y.
type modes struct {
	x1x1, x1y2, x1z4, y2y2, y2z4, z4z4 float64 // stretching
	x2x2, x2y1, y1y1                   float64 // shear in xy
	x4x4, x4z1, z1z1                   float64 // shear in xz
	y4y4, y4z2, z2z2                   float64 // shear in yz
	y3y3, y3z5, z5z5                   float64 // bending: even in all but x
	x3x3, x3z6, z6z6                   float64
	x5x5, x5y6, y6y6                   float64
	x6x6, x6y5, x6z3, y5y5, y5z3, z3z3 float64
	x7x7, y7y7, z7z7                   float64
}

// modesOf brings the matrix into modes.
func modesOf(k *cellMatrix) modes {
	at := func(c, m, d, n int) float64 {
		v := 0.0
		for i := range 8 {
			for j := range 8 {
				v += sign(m, i) * sign(n, j) * k[(3*i+c)*24+3*j+d]
			}
		}
		return v / 64
	}
	const x, y, z = 0, 1, 2
	return modes{
		x1x1: at(x, 1, x, 1), x1y2: at(x, 1, y, 2), x1z4: at(x, 1, z, 4), y2y2: at(y, 2, y, 2), y2z4: at(y, 2, z, 4), z4z4: at(z, 4, z, 4),
		x2x2: at(x, 2, x, 2), x2y1: at(x, 2, y, 1), y1y1: at(y, 1, y, 1),
		x4x4: at(x, 4, x, 4), x4z1: at(x, 4, z, 1), z1z1: at(z, 1, z, 1),
		y4y4: at(y, 4, y, 4), y4z2: at(y, 4, z, 2), z2z2: at(z, 2, z, 2),
		y3y3: at(y, 3, y, 3), y3z5: at(y, 3, z, 5), z5z5: at(z, 5, z, 5),
		x3x3: at(x, 3, x, 3), x3z6: at(x, 3, z, 6), z6z6: at(z, 6, z, 6),
		x5x5: at(x, 5, x, 5), x5y6: at(x, 5, y, 6), y6y6: at(y, 6, y, 6),
		x6x6: at(x, 6, x, 6), x6y5: at(x, 6, y, 5), x6z3: at(x, 6, z, 3), y5y5: at(y, 5, y, 5), y5z3: at(y, 5, z, 3), z3z3: at(z, 3, z, 3),
		x7x7: at(x, 7, x, 7), y7y7: at(y, 7, y, 7), z7z7: at(z, 7, z, 7),
	}
}

// sign is the value of a mode at a corner.
func sign(mode, corner int) float64 {
	b := mode & corner
	if (b^b>>1^b>>2)&1 == 1 {
		return -1
	}
	return 1
}
