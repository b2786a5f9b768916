package strength

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
)

// Spec is a strength analysis as its author writes it down. Exactly one of CT and Block is given.
type Spec struct {
	Name      string        `json:"name"`
	CT        *CT           `json:"ct,omitempty"`
	Block     *Block        `json:"block,omitempty"`
	Implants  []Implant     `json:"implants,omitempty"`
	Parts     string        `json:"parts,omitempty"` // "largest" keeps the largest connected part, "all" wants every part to be held; with CT the first unless said
	Supports  []PatchFix    `json:"supports"`
	Loads     []PatchLoad   `json:"loads,omitempty"`
	Criterion CriterionSpec `json:"criterion"`
	Tolerance float64       `json:"tolerance,omitempty"`
	MaxSteps  int           `json:"max_iterations,omitempty"`
}

// CT says how the voxels of a scan become material.
type CT struct {
	File        string      `json:"file"`                 // raw little-endian int16 (with shape and spacing), or what the caller can read
	Shape       [3]int      `json:"shape_zyx,omitempty"`  // of a raw file
	Spacing     [3]float64  `json:"spacing_mm,omitempty"` // x, y, z of a raw file
	Block       []int       `json:"block_zyx,omitempty"`  // the part to take: first voxel z, y, x and number of voxels z, y, x
	Threshold   *float64    `json:"threshold_HU"`         // voxels below are empty
	Bin         float64     `json:"bin_HU,omitempty"`     // width of classes that share their middle's modulus; 0 for none
	Calibration Calibration `json:"calibration"`
	Modulus     Law         `json:"modulus"`
	Poisson     float64     `json:"poisson"`
	Least       float64     `json:"least_modulus_MPa,omitempty"` // softer voxels get this modulus
}

// Block is a piece of one material, for trying things out.
type Block struct {
	Cells   [3]int     `json:"cells"`
	Size    [3]float64 `json:"size_mm"` // of the whole block
	Modulus float64    `json:"modulus_MPa"`
	Poisson float64    `json:"poisson"`
}

// Implant replaces the material of the voxels whose center lies in its shape.
type Implant struct {
	Name    string  `json:"name"`
	Shape   Shape   `json:"shape"`
	Modulus float64 `json:"modulus_MPa"`
	Poisson float64 `json:"poisson"`
	Yield   float64 `json:"yield_MPa,omitempty"`
}

// PatchFix holds the components named in Fix ("xyz", "z") of the surface's nodes in a patch, at Move.
type PatchFix struct {
	Name  string     `json:"name"`
	Patch Patch      `json:"patch"`
	Fix   string     `json:"fix"`
	Move  [3]float64 `json:"move_mm,omitempty"`
}

// PatchLoad spreads a force evenly over the surface in a patch, or presses on it.
type PatchLoad struct {
	Name     string     `json:"name"`
	Patch    Patch      `json:"patch"`
	Force    [3]float64 `json:"force_N,omitempty"`
	Pressure float64    `json:"pressure_MPa,omitempty"` // against the surface
}

// CriterionSpec names the criterion of failure. Strength is needed by von-mises-stress on bone from CT, StrengthMPa on a block.
type CriterionSpec struct {
	Name        Criterion `json:"name"`
	Strength    *Law      `json:"strength,omitempty"`
	StrengthMPa float64   `json:"strength_MPa,omitempty"`
}

// mostSpec is the largest specification that is read.
const mostSpec = 1 << 20

// ReadSpec reads a specification and checks all that can be checked without the scan. Unknown fields are errors: a misspelled support would otherwise be no
// support. It returns ErrModel.
func ReadSpec(r io.Reader) (*Spec, error) {
	raw, err := io.ReadAll(io.LimitReader(r, mostSpec+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > mostSpec {
		return nil, fmt.Errorf("%w: a specification of more than %d bytes", ErrModel, mostSpec)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	var s Spec
	if err := d.Decode(&s); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	if d.More() {
		return nil, fmt.Errorf("%w: something follows the specification", ErrModel)
	}
	return &s, s.check()
}

func (s *Spec) check() error {
	if (s.CT == nil) == (s.Block == nil) {
		return fmt.Errorf("%w: either ct or block has to be given", ErrModel)
	}
	if s.Parts != "" && s.Parts != "largest" && s.Parts != "all" {
		return fmt.Errorf("%w: parts is %q; it can be largest or all", ErrModel, s.Parts)
	}
	if len(s.Supports) == 0 {
		return fmt.Errorf("%w: there are no supports", ErrFloating)
	}
	if _, err := factors(&Fields{}, s.Criterion.Name, nil); err != nil {
		return fmt.Errorf("criterion: %w", err)
	}
	if s.CT != nil {
		if err := s.CT.check(); err != nil {
			return err
		}
	}
	for _, f := range s.Supports {
		if err := f.check(); err != nil {
			return fmt.Errorf("support %q: %w", f.Name, err)
		}
	}
	for _, l := range s.Loads {
		if err := l.Patch.check(); err != nil {
			return fmt.Errorf("load %q: %w", l.Name, err)
		}
		if (l.Force == [3]float64{}) == (l.Pressure == 0) {
			return fmt.Errorf("load %q: %w: either force_N or pressure_MPa has to be given, and not be zero", l.Name, ErrModel)
		}
	}
	return s.checkStrength()
}

func (c *CT) check() error {
	if c.Threshold == nil || math.IsNaN(*c.Threshold) {
		return fmt.Errorf("%w: ct needs threshold_HU", ErrModel)
	}
	if !(c.Bin >= 0) || !(c.Least >= 0) || math.IsInf(c.Bin, 0) || math.IsInf(c.Least, 0) {
		return fmt.Errorf("%w: bin_HU is %g and least_modulus_MPa %g", ErrModel, c.Bin, c.Least)
	}
	if len(c.Block) != 0 && len(c.Block) != 6 {
		return fmt.Errorf("%w: block_zyx has %d numbers; first voxel z, y, x and number of voxels z, y, x are 6", ErrModel, len(c.Block))
	}
	if err := c.Calibration.check(); err != nil {
		return err
	}
	law, err := c.Modulus.find(moduli, "relation between density and modulus")
	c.Modulus = law
	return err
}

func (f *PatchFix) check() error {
	if f.Fix == "" {
		return fmt.Errorf("%w: fix names no component", ErrModel)
	}
	for _, axis := range f.Fix {
		if axis < 'x' || axis > 'z' {
			return fmt.Errorf("%w: fix is %q; it can name x, y and z", ErrModel, f.Fix)
		}
	}
	return f.Patch.check()
}

// checkStrength completes the law of strength, and wants one where the criterion needs it.
func (s *Spec) checkStrength() error {
	c := &s.Criterion
	if c.Strength != nil {
		law, err := c.Strength.find(strengths, "relation between density and strength")
		if err != nil {
			return err
		}
		c.Strength = &law
	}
	if c.Name != VonMises {
		return nil
	}
	if s.CT != nil && c.Strength == nil && !(c.StrengthMPa > 0) || s.Block != nil && !(c.StrengthMPa > 0) {
		return fmt.Errorf("%w: the criterion %s needs a strength (for bone a relation to density, or strength_MPa)", ErrModel, c.Name)
	}
	return nil
}
