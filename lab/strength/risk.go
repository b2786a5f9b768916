package strength

import (
	"fmt"
	"math"
	"slices"
)

// Criterion says when bone is taken to fail. Its name goes into every result.
type Criterion string

// The criteria.
const (
	// VonMises compares the equivalent stress with a strength that follows from density or is given: ductile materials, implants.
	VonMises Criterion = "von-mises-stress"
	// PrincipalStrain compares the principal strains with 0.73 % in tension and 1.04 % in compression, yield strains of human femoral
	// bone: Bayraktar et al., J. Biomech. 37 (2004) 27-35; used with CT models by Schileo et al., J. Biomech. 41 (2008) 356-367.
	PrincipalStrain Criterion = "principal-strain"
	// Pistoia takes bone to fail when 2 % of its volume is beyond an effective strain of 0.7 %: Pistoia et al., Bone 30 (2002) 842-848. Its factor of
	// risk is the effective strain that 2 % of the volume exceeds, over 0.7 %.
	Pistoia Criterion = "pistoia"
)

const (
	tensileLimit     = 0.0073
	compressiveLimit = 0.0104
	pistoiaLimit     = 0.007
	pistoiaVolume    = 0.02
)

// Risk is the factor of risk: load over strength, so 1 and more means failure by the criterion. A linear model scales, so the load at failure is the
// load over the factor.
type Risk struct {
	Criterion Criterion `json:"criterion"`
	Factor    float64   `json:"factor"` // what the criterion decides by: for pistoia its own quantile, for the others the 99th percentile
	Greatest  float64   `json:"greatest"`
	P99       float64   `json:"p99"`
	P95       float64   `json:"p95"`
	Beyond    float64   `json:"beyond_1_mm3"` // volume of bone whose own factor is beyond 1
	Cell      [3]int    `json:"greatest_cell"`
}

// Risk judges the solid cells for which counts says true (nil: all) by a criterion. strength is each solid cell's strength in MPa, and is only
// used by VonMises. The greatest value of a voxel model stands on a step of its surface and grows as voxels shrink: that is why Factor is a percentile.
func (s *Solution) Risk(f *Fields, c Criterion, strength []float64, counts func(cell int) bool) (Risk, error) {
	factor, err := factors(f, c, strength)
	if err != nil {
		return Risk{}, err
	}
	out := Risk{Criterion: c}
	var values []float64
	volume := s.Model.Size[0] * s.Model.Size[1] * s.Model.Size[2]
	worst := -1
	for cell := range f.VonMises {
		if counts != nil && !counts(cell) {
			continue
		}
		v := factor(cell)
		if v > 1 {
			out.Beyond += volume
		}
		if worst < 0 || v > out.Greatest {
			worst, out.Greatest = cell, v
		}
		values = append(values, v)
	}
	if worst < 0 {
		return Risk{}, fmt.Errorf("%w: there is no cell to judge", ErrModel)
	}
	slices.Sort(values)
	out.P95, out.P99 = quantile(values, 0.95), quantile(values, 0.99)
	out.Factor = out.P99
	if c == Pistoia {
		out.Factor = quantile(values, 1-pistoiaVolume)
	}
	out.Cell = s.fine.place(worst)
	return out, nil
}

// factors is the criterion as a function of the cell.
func factors(f *Fields, c Criterion, strength []float64) (func(int) float64, error) {
	switch c {
	case VonMises:
		if len(strength) != len(f.VonMises) {
			return nil, fmt.Errorf("%w: %d strengths for %d cells", ErrModel, len(strength), len(f.VonMises))
		}
		return func(i int) float64 { return float64(f.VonMises[i]) / strength[i] }, nil
	case PrincipalStrain:
		return func(i int) float64 {
			return max(float64(f.Tension[i])/tensileLimit, -float64(f.Compressed[i])/compressiveLimit)
		}, nil
	case Pistoia:
		return func(i int) float64 { return float64(f.Effective[i]) / pistoiaLimit }, nil
	}
	return nil, fmt.Errorf("%w: no criterion is called %q; there are %s, %s and %s", ErrModel, c, VonMises, PrincipalStrain, Pistoia)
}

// quantile interpolates in sorted values.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	low := int(math.Floor(at))
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}

// place is where the solid cell stands in the lattice.
func (m *mesh) place(cell int) [3]int {
	at, _ := slices.BinarySearchFunc(m.runs, cell, func(r run, c int) int {
		switch {
		case int(r.first+r.cells) <= c:
			return -1
		case int(r.first) > c:
			return 1
		}
		return 0
	})
	i, j, k := m.ijk(int(m.runs[at].edge[0]))
	return [3]int{i + cell - int(m.runs[at].first), j, k}
}
