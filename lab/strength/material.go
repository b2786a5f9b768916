package strength

import (
	"fmt"
	"math"
	"slices"
)

// Law is a power of apparent density: value = A·ρ^B, with ρ in g/cm³ and the value in MPa. It is never without its source.
type Law struct {
	Name   string  `json:"name"`
	Source string  `json:"source,omitempty"`
	A      float64 `json:"a,omitempty"`
	B      float64 `json:"b,omitempty"`
}

// At is the law's value for a density.
func (l Law) At(density float64) float64 {
	if density <= 0 {
		return 0
	}
	return l.A * math.Pow(density, l.B)
}

const morgan = "Morgan, Bayraktar, Keaveny: Trabecular bone modulus-density relationships depend on anatomic site. J. Biomech. 36 (2003) 897-904"

// moduli are the published relations between apparent density and Young's modulus that a specification may name.
var moduli = []Law{
	{"morgan-2003-femoral-neck", morgan, 6850, 1.49},
	{"morgan-2003-greater-trochanter", morgan, 15010, 2.18},
	{"morgan-2003-proximal-tibia", morgan, 15520, 1.93},
	{"morgan-2003-vertebra", morgan, 4730, 1.56},
	{"morgan-2003-pooled", morgan, 8920, 1.83},
	{"carter-hayes-1977", "Carter, Hayes: The compressive behavior of bone as a two-phase porous structure. J. Bone Joint Surg. 59A (1977) 954-962; at a strain rate of 1/s", 3790, 3},
}

// strengths are the relations for compressive strength.
var strengths = []Law{
	{"carter-hayes-1977", "Carter, Hayes: The compressive behavior of bone as a two-phase porous structure. J. Bone Joint Surg. 59A (1977) 954-962; at a strain rate of 1/s", 68, 2},
}

// find completes a law that was given by name, or checks one that brings its own numbers and source.
func (l Law) find(known []Law, what string) (Law, error) {
	if l.A == 0 && l.B == 0 && l.Source == "" {
		if i := slices.IndexFunc(known, func(k Law) bool { return k.Name == l.Name }); i >= 0 {
			return known[i], nil
		}
		names := make([]string, len(known))
		for i, k := range known {
			names[i] = k.Name
		}
		return l, fmt.Errorf("%w: no %s is called %q; there are %v, or give a, b, name and source", ErrModel, what, l.Name, names)
	}
	if l.Name == "" || l.Source == "" {
		return l, fmt.Errorf("%w: a %s with its own numbers needs a name and a source", ErrModel, what)
	}
	if !(l.A > 0) || math.IsInf(l.A, 0) || math.IsNaN(l.B) || math.IsInf(l.B, 0) {
		return l, fmt.Errorf("%w: the %s %q has a = %g and b = %g", ErrModel, what, l.Name, l.A, l.B)
	}
	return l, nil
}

// Calibration turns HU into apparent density (g/cm³): ρ = Slope·HU + Intercept. It belongs to a scanner and its phantom, so it has a name.
type Calibration struct {
	Name      string  `json:"name"`
	Slope     float64 `json:"slope_g_cm3_per_HU"`
	Intercept float64 `json:"intercept_g_cm3"`
}

// At is the density of a voxel.
func (c Calibration) At(hu float64) float64 { return c.Slope*hu + c.Intercept }

func (c Calibration) check() error {
	if c.Name == "" || !(c.Slope > 0) || math.IsInf(c.Slope, 0) || math.IsNaN(c.Intercept) || math.IsInf(c.Intercept, 0) {
		return fmt.Errorf("%w: the calibration %q has a slope of %g and an intercept of %g g/cm³; a name, a slope above 0 and finite numbers are needed", ErrModel, c.Name, c.Slope, c.Intercept)
	}
	return nil
}
