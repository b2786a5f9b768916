package strength

import (
	"fmt"
	"math"
	"slices"
)

// Built is a model made from a specification, with what its making decided.
type Built struct {
	*Model
	Density      []float32 // g/cm³ of each cell; nil for a block
	Implant      []uint8   // of each cell: 0 bone, else 1 + the number of its implant; nil when there are none
	DroppedParts int       // connected parts that were left away, and their cells
	DroppedCells int
	Softest      float64 // the moduli that occur, MPa
	Stiffest     float64
}

// Volume is a scan's HU on a lattice, x fastest.
type Volume struct {
	Voxels  [3]int     // x, y, z
	Spacing [3]float64 // mm
	HU      []float32
}

// Build makes the model, each voxel divided into refine³ cells. v is the scan, nil for a block. It returns ErrModel.
func (s *Spec) Build(v *Volume, refine int) (*Built, error) {
	if refine < 1 || refine > 64 {
		return nil, fmt.Errorf("%w: a refinement of %d", ErrModel, refine)
	}
	b := &Built{Model: &Model{}}
	var err error
	if s.Block != nil {
		err = b.block(s.Block, refine)
	} else {
		err = b.bone(s.CT, v, refine)
	}
	if err != nil {
		return nil, err
	}
	if err := b.implant(s.Implants); err != nil {
		return nil, err
	}
	if err := b.check(); err != nil {
		return nil, err
	}
	if s.Parts == "largest" || s.Parts == "" && s.CT != nil {
		b.DroppedParts, b.DroppedCells = b.KeepLargest()
	}
	if err := b.touching(s.Implants); err != nil {
		return nil, err
	}
	b.Softest, b.Stiffest = math.Inf(1), 0
	for _, e := range b.Modulus {
		if e > 0 {
			b.Softest, b.Stiffest = min(b.Softest, e), max(b.Stiffest, e)
		}
	}
	return b, b.edges(s)
}

func (b *Built) block(block *Block, refine int) error {
	cells := 1.0
	for a := range 3 {
		b.Cells[a] = block.Cells[a] * refine
		b.Size[a] = block.Size[a] / float64(b.Cells[a])
		cells *= float64(b.Cells[a] + 1)
	}
	if !(cells > 1 && cells <= largest) || block.Cells[0] < 1 || block.Cells[1] < 1 || block.Cells[2] < 1 {
		return fmt.Errorf("%w: a block of %v cells, each divided by %d", ErrModel, block.Cells, refine)
	}
	b.Modulus = slices.Repeat([]float64{block.Modulus}, b.Cells[0]*b.Cells[1]*b.Cells[2])
	b.Poisson = []float64{block.Poisson}
	return nil
}

// bone turns HU into density and density into modulus.
func (b *Built) bone(ct *CT, v *Volume, refine int) error {
	if v == nil || v.Voxels[0] < 1 || v.Voxels[1] < 1 || v.Voxels[2] < 1 || len(v.HU) != v.Voxels[0]*v.Voxels[1]*v.Voxels[2] {
		return fmt.Errorf("%w: the scan has no voxels, or not as many as it says", ErrModel)
	}
	cells := 1.0
	for a := range 3 {
		b.Cells[a], b.Size[a] = v.Voxels[a]*refine, v.Spacing[a]/float64(refine)
		cells *= float64(b.Cells[a] + 1)
	}
	if cells > largest {
		return fmt.Errorf("%w: %.0f million nodes; the limit is %d million", ErrModel, cells/1e6, largest/1_000_000)
	}
	b.Poisson = []float64{ct.Poisson}
	n := b.Cells[0] * b.Cells[1] * b.Cells[2]
	b.Modulus, b.Density = make([]float64, n), make([]float32, n)
	zero, at := 0, 0
	for k := range b.Cells[2] {
		for j := range b.Cells[1] {
			row := v.Voxels[0] * (j/refine + v.Voxels[1]*(k/refine))
			for i := range b.Cells[0] {
				density, e, solid := ct.material(float64(v.HU[row+i/refine]))
				if solid && !(e > 0) {
					zero++
				}
				b.Modulus[at], b.Density[at] = e, float32(density)
				at++
			}
		}
	}
	if zero > 0 {
		return fmt.Errorf("%w: %d voxels at or above the threshold of %g HU have no stiffness (their density is not above 0 with this calibration, or their HU is no number); raise the threshold, or set least_modulus_MPa",
			ErrModel, zero/refine/refine/refine, *ct.Threshold)
	}
	return nil
}

// material is a voxel's density and modulus, and whether it counts as bone.
func (c *CT) material(hu float64) (density, modulus float64, solid bool) {
	if hu < *c.Threshold {
		return 0, 0, false
	}
	if c.Bin > 0 {
		hu = *c.Threshold + c.Bin*(math.Floor((hu-*c.Threshold)/c.Bin)+0.5)
	}
	density = c.Calibration.At(hu)
	return density, max(c.Modulus.At(density), c.Least), true
}

// implant overrides the cells whose center lies in an implant; the later of two wins.
func (b *Built) implant(implants []Implant) error {
	if len(implants) == 0 {
		return nil
	}
	if len(implants) > 200 {
		return fmt.Errorf("%w: %d implants", ErrModel, len(implants))
	}
	b.Implant, b.Ratio = make([]uint8, len(b.Modulus)), make([]uint8, len(b.Modulus))
	for n, implant := range implants {
		if err := implant.Shape.check(); err != nil {
			return fmt.Errorf("implant %q: %w", implant.Name, err)
		}
		if !(implant.Modulus > 0) {
			return fmt.Errorf("implant %q: %w: a modulus of %g MPa", implant.Name, ErrModel, implant.Modulus)
		}
		b.Poisson = append(b.Poisson, implant.Poisson)
		found := 0
		for cell := range b.Modulus {
			i, j, k := cell%b.Cells[0], cell/b.Cells[0]%b.Cells[1], cell/b.Cells[0]/b.Cells[1]
			if implant.Shape.contains([3]float64{(float64(i) + 0.5) * b.Size[0], (float64(j) + 0.5) * b.Size[1], (float64(k) + 0.5) * b.Size[2]}) {
				b.Modulus[cell], b.Implant[cell], b.Ratio[cell] = implant.Modulus, uint8(n+1), uint8(n+1)
				found++
			}
		}
		if found == 0 {
			return fmt.Errorf("implant %q: %w: no voxel's center lies in it; it is outside of the model or thinner than a voxel", implant.Name, ErrModel)
		}
	}
	return nil
}

// touching refuses an implant of which nothing is left: it lay beside the bone, and was taken away with the loose parts.
func (b *Built) touching(implants []Implant) error {
	left := make([]bool, len(implants)+1)
	for cell, n := range b.Implant {
		left[n] = left[n] || b.Modulus[cell] > 0
	}
	for n, implant := range implants {
		if !left[n+1] {
			return fmt.Errorf("implant %q: %w: it touches no bone, so that it carries nothing; let it into the bone", implant.Name, ErrModel)
		}
	}
	return nil
}

// edges turns patches into supports and loads of nodes.
func (b *Built) edges(s *Spec) error {
	for _, fix := range s.Supports {
		held := map[int]bool{}
		b.sides(fix.Patch, func(s side) {
			for _, n := range s.nodes {
				held[n] = true
			}
		})
		if len(held) == 0 {
			return fmt.Errorf("support %q: %w: no surface of the model lies in its patch", fix.Name, ErrModel)
		}
		for n := range held {
			for _, axis := range fix.Fix {
				b.Supports = append(b.Supports, Support{Node: n, Axis: int(axis - 'x'), Value: fix.Move[axis-'x']})
			}
		}
	}
	for _, l := range s.Loads {
		if err := b.load(l); err != nil {
			return fmt.Errorf("load %q: %w", l.Name, err)
		}
	}
	return nil
}

// load spreads a force over the patch by area, a quarter of a side's share to each of its corners, as the element's shape functions do.
func (b *Built) load(l PatchLoad) error {
	area := 0.0
	b.sides(l.Patch, func(s side) { area += s.area })
	if area == 0 {
		return fmt.Errorf("%w: no surface of the model lies in its patch", ErrModel)
	}
	force := map[[2]int]float64{}
	b.sides(l.Patch, func(s side) {
		push := [3]float64{}
		push[s.direction/2] = l.Pressure * s.area * float64(1-2*(s.direction%2))
		for a := range 3 {
			push[a] += l.Force[a] * s.area / area
			for _, n := range s.nodes {
				if push[a] != 0 {
					force[[2]int{n, a}] += push[a] / 4
				}
			}
		}
	})
	for at, f := range force {
		b.Loads = append(b.Loads, Load{Node: at[0], Axis: at[1], Force: f})
	}
	slices.SortFunc(b.Loads, func(x, y Load) int { return 3*(x.Node-y.Node) + x.Axis - y.Axis })
	return nil
}
