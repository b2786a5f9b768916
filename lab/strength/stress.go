package strength

import "math"

// Fields are what the displacements mean for each solid cell, in the order of the cells (x fastest, voids left out). Stress and strain are those at the cell's
// center, where a trilinear element is most accurate; energy is that of the whole cell.
type Fields struct {
	VonMises   []float32 // MPa
	Tension    []float32 // the greatest principal strain
	Compressed []float32 // the least principal strain: negative where the cell is pressed together
	Energy     []float32 // strain energy density, N·mm per mm³
	Effective  []float32 // √(2·energy/modulus): the strain that would store as much energy under uniaxial stress
}

// Fields computes stress, strain and energy of every cell.
func (s *Solution) Fields() *Fields {
	n := s.fine.cells
	out := &Fields{make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n)}
	volume := s.Model.Size[0] * s.Model.Size[1] * s.Model.Size[2]
	each(s.fine.n[2], func(k int) {
		for _, r := range s.fine.runs[s.fine.layer[k]:s.fine.layer[k+1]] {
			for i := range int(r.cells) {
				s.cell(out, &r, i, volume)
			}
		}
	})
	return out
}

// cell fills in the i-th cell of a row.
func (s *Solution) cell(out *Fields, r *run, i int, volume float64) {
	f, c := s.fine, int(r.first)+i
	m, poisson := &f.modes[0], s.Model.Poisson[0]
	if f.ratio != nil {
		m, poisson = &f.modes[f.ratio[c]], s.Model.Poisson[f.ratio[c]]
	}
	left, right := readFace(s.Displacement, &r.edge, i), readFace(s.Displacement, &r.edge, i+1)
	var force face
	next := m.forces(f.modulus[c], &left, &right, &force)
	energy := 0.0
	for a := range 3 {
		for b := range 4 {
			// Nodal forces are the transpose of the transform applied to these, so work is the plain product in modes too.
			energy += left[a][b]*force[a][b] + right[a][b]*next[a][b]
		}
	}
	energy = max(energy, 0) / 2 / volume
	e := strain(&left, &right, s.Model.Size)
	lambda, mu := lame(poisson)
	out.VonMises[c] = float32(f.modulus[c] * vonMises(e, lambda, mu))
	low, high := principal(e)
	out.Tension[c], out.Compressed[c] = float32(high), float32(low)
	out.Energy[c] = float32(energy)
	out.Effective[c] = float32(math.Sqrt(2 * energy / f.modulus[c]))
}

// strain is xx, yy, zz, yz, zx, xy at the center; the last three are tensor components, half of the engineering ones.
func strain(l, r *face, h [3]float64) [6]float64 {
	var slope [3][3]float64 // of component a along axis b
	for a := range 3 {
		slope[a] = [3]float64{(r[a][0] - l[a][0]) / (4 * h[0]), -(r[a][1] + l[a][1]) / (4 * h[1]), -(r[a][2] + l[a][2]) / (4 * h[2])}
	}
	return [6]float64{slope[0][0], slope[1][1], slope[2][2], (slope[1][2] + slope[2][1]) / 2, (slope[0][2] + slope[2][0]) / 2, (slope[0][1] + slope[1][0]) / 2}
}

// vonMises is the equivalent stress for a modulus of 1.
func vonMises(e [6]float64, lambda, mu float64) float64 {
	trace := lambda * (e[0] + e[1] + e[2])
	x, y, z := trace+2*mu*e[0], trace+2*mu*e[1], trace+2*mu*e[2]
	shear := 4 * mu * mu * (e[3]*e[3] + e[4]*e[4] + e[5]*e[5])
	return math.Sqrt(((x-y)*(x-y)+(y-z)*(y-z)+(z-x)*(z-x))/2 + 3*shear)
}

// principal is the least and the greatest eigenvalue (the cosine form for symmetric 3×3 matrices).
func principal(e [6]float64) (low, high float64) {
	mean := (e[0] + e[1] + e[2]) / 3
	x, y, z := e[0]-mean, e[1]-mean, e[2]-mean
	p := math.Sqrt((x*x + y*y + z*z + 2*(e[3]*e[3]+e[4]*e[4]+e[5]*e[5])) / 6)
	if p == 0 {
		return mean, mean
	}
	det := x*(y*z-e[3]*e[3]) - e[5]*(e[5]*z-e[3]*e[4]) + e[4]*(e[5]*e[3]-y*e[4])
	angle := math.Acos(max(-1, min(1, det/(2*p*p*p)))) / 3
	return mean + 2*p*math.Cos(angle+2*math.Pi/3), mean + 2*p*math.Cos(angle)
}
