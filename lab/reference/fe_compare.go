package reference

import (
	"math"
	"slices"

	"consilium/lab/strength"
)

// compare looks at every figure that the case gives.
func (c *feCase) compare(cmp *comparison, s *strength.Solution, face plane) {
	if c.Active != nil && *c.Active != s.Cells() {
		cmp.wrong("%d active elements, reference %d", s.Cells(), *c.Active)
	}
	if c.Nodes != nil && *c.Nodes != s.Nodes() {
		cmp.wrong("%d active nodes, reference %d", s.Nodes(), *c.Nodes)
		return
	}
	reaction := force(s, face)
	greatest, mean := extremes(s)
	l2 := norm(s.Displacement)
	scaleU := norm(greatest[:])
	// A part that reaches only one of the ends moves along without any force: what rounding leaves then is compared with the forces that a thousandth of its motion would take.
	floor := 1e-3 * slices.Max(s.Model.Modulus) * scaleU * slices.Min(s.Model.Size[:])
	scaleF := max(norm(reaction[:]), floor)
	for _, part := range []struct {
		name      string
		got       []float64
		want      []number
		tolerance float64
		scale     float64
	}{
		{"reaction", reaction[:], c.Want.Reaction, feTolerance, scaleF},
		{"greatest displacement", greatest[:], c.Want.MaxU, feTolerance, scaleU},
		{"mean displacement", mean[:], c.Want.MeanU, feTolerance, scaleU},
	} {
		if part.want != nil {
			cmp.nearEach(part.name, part.got, floats(part.want), part.tolerance, part.scale)
		}
	}
	if c.Want.L2 != nil {
		cmp.near("norm of displacements", l2, float64(*c.Want.L2), feTolerance, l2)
	}
	if c.Want.Energy != nil {
		cmp.near("strain energy", s.StrainEnergy(), float64(*c.Want.Energy), feTolerance, max(s.StrainEnergy(), floor*scaleU))
	}
	c.comparePlaces(cmp, s, scaleU)
	c.compareCCX(cmp, reaction, greatest, l2, scaleF)
	c.compareAnalytic(cmp, reaction, greatest)
	if c.Apparent != nil {
		area := s.Model.Size[0] * s.Model.Size[1] * float64(s.Model.Cells[0]*s.Model.Cells[1])
		got := math.Abs(reaction[2]) / area / 0.01
		cmp.near("apparent modulus", got, float64(*c.Apparent), feTolerance, scaleF/area/0.01)
	}
}

func (c *feCase) comparePlaces(cmp *comparison, s *strength.Solution, scale float64) {
	probes := c.Want.Probes
	if len(c.Want.Tip) == 3 && c.Want.TipU != nil {
		probes = append(probes, feProbe{[3]int(c.Want.Tip), c.Want.TipU})
	}
	for _, p := range probes {
		u, solid := s.At(p.IJK[0], p.IJK[1], p.IJK[2])
		if !solid {
			cmp.wrong("there is nothing at the probe %v", p.IJK)
			continue
		}
		cmp.nearEach("displacement of a node", u[:], floats(p.U), feTolerance, scale)
	}
}

func (c *feCase) compareCCX(cmp *comparison, reaction, greatest [3]float64, l2, scaleF float64) {
	if c.CCX == nil {
		return
	}
	if c.CCX.Reaction != nil {
		cmp.nearEach("CalculiX reaction", reaction[:], floats(c.CCX.Reaction), ccxTolerance, scaleF)
	}
	if c.CCX.MaxU != nil {
		cmp.nearEach("CalculiX displacement", greatest[:], floats(c.CCX.MaxU), ccxTolerance, norm(greatest[:]))
	}
	if c.CCX.L2 != nil {
		cmp.near("CalculiX norm", l2, float64(*c.CCX.L2), feTolerance, l2)
	}
}

func (c *feCase) compareAnalytic(cmp *comparison, reaction, greatest [3]float64) {
	// The patch test: a linear field is in every mesh, so only rounding and the solver's residual are left.
	if c.Analytic.Reaction != nil {
		cmp.near("analytic reaction", reaction[2], float64(*c.Analytic.Reaction), 1e-9, norm(reaction[:]))
	}
	if c.Analytic.Lateral != nil {
		cmp.near("analytic lateral displacement", greatest[0], float64(*c.Analytic.Lateral), 1e-9, norm(greatest[:]))
	}
}

// force is the supports' total on a plane.
func force(s *strength.Solution, face plane) (f [3]float64) {
	face.each(s.Model.Cells, func(ijk [3]int, _ int) {
		r, solid := s.ReactionAt(ijk[0], ijk[1], ijk[2])
		for a := range 3 {
			if solid {
				f[a] += r[a]
			}
		}
	})
	return f
}

// extremes are the greatest displacement and the mean along each axis.
func extremes(s *strength.Solution) (greatest, mean [3]float64) {
	for i, u := range s.Displacement {
		greatest[i%3] = max(greatest[i%3], math.Abs(u))
		mean[i%3] += u / float64(s.Nodes())
	}
	return greatest, mean
}

func norm(v []float64) float64 {
	total := 0.0
	for _, x := range v {
		total += x * x
	}
	return math.Sqrt(total)
}
