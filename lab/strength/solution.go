package strength

// Nodes is the number of nodes of cells that hold material.
func (s *Solution) Nodes() int { return s.fine.nodes() }

// Cells is the number of cells that hold material.
func (s *Solution) Cells() int { return s.fine.cells }

// Node is where the n-th solid node is in the lattice.
func (s *Solution) Node(n int) (i, j, k int) { return s.fine.ijk(n) }

// At is the displacement of node (i, j, k) of the lattice in mm, and whether there is material.
func (s *Solution) At(i, j, k int) (u [3]float64, solid bool) {
	return s.three(s.Displacement, i, j, k)
}

// ReactionAt is the force of the supports on node (i, j, k) in N, and whether there is material.
func (s *Solution) ReactionAt(i, j, k int) (f [3]float64, solid bool) {
	return s.three(s.Reaction, i, j, k)
}

func (s *Solution) three(v []float64, i, j, k int) (out [3]float64, solid bool) {
	n := s.Model.Cells
	if i < 0 || j < 0 || k < 0 || i > n[0] || j > n[1] || k > n[2] {
		return out, false
	}
	at := s.fine.index[s.fine.lattice(i, j, k)]
	if at < 0 {
		return out, false
	}
	return [3]float64(v[3*at:]), true
}

// StrainEnergy is that of the whole model, in N·mm: half of what all forces do along the displacements.
func (s *Solution) StrainEnergy() float64 {
	work := dot(s.Reaction, s.Displacement)
	for _, l := range s.Model.Loads {
		if n := s.fine.index[l.Node]; n >= 0 {
			work += l.Force * s.Displacement[3*int(n)+l.Axis]
		}
	}
	return work / 2
}
