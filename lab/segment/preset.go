package segment

import (
	"errors"
	"fmt"
	"slices"

	"consilium/lab/volume"
)

// ErrEmpty says that nothing is left: no voxel meets what was asked for.
var ErrEmpty = errors.New("segment: no voxel")

// Preset is a range of Hounsfield units that a tissue usually lies in.
type Preset struct {
	Name      string  `json:"name"`
	Low, High float64 // HU, both included
}

// Presets are where to begin, not what is true: scanners, voltages and age move every border. Bone, soft tissue and air are the ranges that planning programs begin with
// (InVesalius 3 has the same for bone); the contrast vessel is an arterial phase, whose range overlaps with spongy bone.
var Presets = []Preset{
	{"bone", 226, 3071},
	{"compact-bone", 662, 3071},
	{"soft", -160, 225},
	{"air", -3024, -400},
	{"vessel", 150, 600},
}

// PresetNamed finds a preset.
func PresetNamed(name string) (Preset, error) {
	i := slices.IndexFunc(Presets, func(p Preset) bool { return p.Name == name })
	if i < 0 {
		return Preset{}, fmt.Errorf("segment: no preset %q (there are bone, compact-bone, soft, air, vessel)", name)
	}
	return Presets[i], nil
}

// Threshold is the voxels of a range. An empty answer is ErrEmpty.
func Threshold(v *volume.Volume, low, high float64) (*volume.Mask, error) {
	if err := v.Check(); err != nil {
		return nil, err
	}
	m := v.Threshold(low, high)
	if m.Count() == 0 {
		return nil, fmt.Errorf("%w: none of %d is between %g and %g", ErrEmpty, v.Voxels(), low, high)
	}
	return m, nil
}
