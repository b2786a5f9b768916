package rehearsal

import (
	"fmt"
	"math"

	"consilium/lab/space"
	"consilium/lab/strength"
	"consilium/lab/surface"
	"consilium/lab/volume"
)

// How an implant takes part in a strength run.
const (
	Bonded = "bonded" // its voxels have its own stiffness, and hang together with the bone without gap and slip
	Fixed  = "fixed"  // it neither yields nor moves: the bone is held where it touches it
)

// LoadedImplant is a placed implant in a strength run.
type LoadedImplant struct {
	Of      string  `json:"of"` // the artefact that places it
	Name    string  `json:"name"`
	As      string  `json:"as"`                    // Bonded or Fixed
	Alloy   string  `json:"alloy,omitempty"`       // of a bonded one: what it is made of, as people read it
	Modulus float64 `json:"modulus_MPa,omitempty"` // of a bonded one
	Poisson float64 `json:"poisson,omitempty"`
	Yield   float64 `json:"yield_MPa,omitempty"` // it is judged by von Mises stress against this; 0: it is not judged
}

// Alloys are what implants are usually made of. Moduli and Poisson's ratios are those of textbooks (Park and Lakes, Biomaterials, 3rd ed., 2007, chapter 5); yield stresses are the least that the standard of the alloy demands.
var Alloys = []LoadedImplant{
	{Alloy: "Ti-6Al-4V ELI, ASTM F136", Modulus: 110_000, Poisson: 0.33, Yield: 795},
	{Alloy: "316L, cold-worked, ASTM F138", Modulus: 193_000, Poisson: 0.3, Yield: 690},
	{Alloy: "Co-28Cr-6Mo, cast, ASTM F75", Modulus: 210_000, Poisson: 0.3, Yield: 450},
}

func (i *LoadedImplant) check() error {
	bonded := i.As == Bonded && i.Modulus > 0 && i.Modulus <= 1e6 && i.Poisson >= 0 && i.Poisson < 0.5 && i.Yield >= 0
	if i.Of == "" || !bonded && i.As != Fixed {
		return fmt.Errorf("%w: implant %q as %q with a modulus of %g MPa and a Poisson's ratio of %g", strength.ErrModel, i.Name, i.As, i.Modulus, i.Poisson)
	}
	return nil
}

// placed is an implant of a strength run with its mesh.
type placed struct {
	LoadedImplant
	solid     *surface.Solid
	volume    float64 // mm³
	low, high space.Vec
}

// implants reads the meshes that take part.
func (w *work) implants(list []LoadedImplant) (all []placed, err error) {
	for _, i := range list {
		a, err := w.lab.findFor(w.ctx, w.of.Thread, i.Of)
		if err != nil {
			return nil, err
		}
		if a.Kind != Implant || !a.Done() {
			return nil, ErrGone
		}
		m, err := w.lab.Mesh(w.ctx, &a)
		if err != nil {
			return nil, err
		}
		p := placed{LoadedImplant: i, volume: m.Volume()}
		if p.solid, err = surface.NewSolid(m); err != nil {
			return nil, err
		}
		p.low, p.high = m.Bounds()
		all = append(all, p)
	}
	return all, nil
}

// near tells whether a place of the patient lies in the implant, or as far from it as so many mm.
func (p *placed) near(at space.Vec, mm float64) bool {
	for axis := range 3 {
		if at[axis] < p.low[axis]-mm || at[axis] > p.high[axis]+mm {
			return false
		}
	}
	d, ok := p.solid.Signed(at, math.Inf(1))
	return ok && d <= mm
}

// body is the implant in the lattice's millimeters, wider by so many.
func (p *placed) body(b block, mm float64) *strength.Body {
	return &strength.Body{Contains: func(at [3]float64) bool { return p.near(b.place(at), mm) }}
}

// put lets the implants take part: bonded ones as material of their own, fixed ones as a hole whose wall is held. A voxel belongs to an implant if its middle lies in it.
func put(spec *strength.Spec, b block, implants []placed) {
	for i := range implants {
		p := &implants[i]
		if p.As == Bonded {
			spec.Implants = append(spec.Implants, strength.Implant{Name: p.Name, Shape: strength.Shape{Body: p.body(b, 0)}, Modulus: p.Modulus, Poisson: p.Poisson, Yield: p.Yield})
			continue
		}
		// The wall of the hole runs along voxels: its middle lies within a voxel's half diagonal of the implant's surface.
		reach := b.Spacing.Norm() / 2
		spec.Supports = append(spec.Supports, strength.PatchFix{Name: p.Name, Patch: strength.Patch{Shape: strength.Shape{Body: p.body(b, reach)}}, Fix: "xyz"})
	}
}

// hollow empties the voxels of the implants that are fixed, in a copy.
func hollow(hu []float32, b block, implants []placed, empty float32) []float32 {
	out := hu
	for i := range implants {
		p := &implants[i]
		if p.As != Fixed {
			continue
		}
		if &out[0] == &hu[0] {
			out = append([]float32(nil), hu...)
		}
		from, to := p.box(b.Grid)
		for k := from[2]; k <= to[2]; k++ {
			for j := from[1]; j <= to[1]; j++ {
				for x := from[0]; x <= to[0]; x++ {
					if p.near(b.Point(space.Vec{float64(x), float64(j), float64(k)}), 0) {
						out[b.Offset(x, j, k)] = empty
					}
				}
			}
		}
	}
	return out
}

// box is the voxels around an implant, as far as the grid goes.
func (p *placed) box(g volume.Grid) (from, to [3]int) {
	low, high := p.extent(g)
	for axis := range 3 {
		from[axis], to[axis] = max(0, int(math.Floor(low[axis]))), min(g.Size[axis]-1, int(math.Ceil(high[axis])))
	}
	return from, to
}

// extent is the box around an implant in broken indices of a grid.
func (p *placed) extent(g volume.Grid) (low, high space.Vec) {
	for corner := range 8 {
		at := p.low
		for axis := range 3 {
			if corner>>axis&1 == 1 {
				at[axis] = p.high[axis]
			}
		}
		i := g.Index(at)
		if corner == 0 {
			low, high = i, i
		}
		for axis := range 3 {
			low[axis], high[axis] = min(low[axis], i[axis]), max(high[axis], i[axis])
		}
	}
	return low, high
}
