package volume

import (
	"fmt"
	"math"

	"consilium/lab/parallel"
	"consilium/lab/space"
)

// Volume is a grid with one number at each voxel. Exactly one of Int16 and Float32 is there; CT is Int16 in Hounsfield units wherever its rescale is whole.
type Volume struct {
	Grid
	Int16   []int16
	Float32 []float32
}

// New makes an empty volume of 16-bit numbers.
func New(g Grid) (*Volume, error) {
	if err := g.Check(2); err != nil {
		return nil, err
	}
	return &Volume{Grid: g, Int16: make([]int16, g.Voxels())}, nil
}

// NewFloat makes an empty volume of 32-bit floating-point numbers.
func NewFloat(g Grid) (*Volume, error) {
	if err := g.Check(4); err != nil {
		return nil, err
	}
	return &Volume{Grid: g, Float32: make([]float32, g.Voxels())}, nil
}

// Check refuses a volume whose samples do not fill its grid.
func (v *Volume) Check() error {
	bytes, samples := 2, len(v.Int16)
	if v.Int16 == nil {
		bytes, samples = 4, len(v.Float32)
	}
	if err := v.Grid.Check(bytes); err != nil {
		return err
	}
	if samples != v.Voxels() || v.Int16 != nil && v.Float32 != nil {
		return fmt.Errorf("%w: %d samples for %d voxels", ErrGeometry, samples, v.Voxels())
	}
	return nil
}

// At is the number at an offset.
func (v *Volume) At(offset int) float64 {
	if v.Int16 != nil {
		return float64(v.Int16[offset])
	}
	return float64(v.Float32[offset])
}

// NaNs counts samples that are not numbers. They are below every threshold and in no statistic.
func (v *Volume) NaNs() int {
	n := 0
	for _, f := range v.Float32 {
		if f != f {
			n++
		}
	}
	return n
}

// Sample interpolates linearly between the eight voxels around a broken index; outside of the grid it returns the background.
func (v *Volume) Sample(index space.Vec, background float64) float64 {
	var low [3]int
	var part [3]float64
	for axis := range 3 {
		f := math.Floor(index[axis])
		if !(f >= -1 && f <= float64(v.Size[axis])) {
			return background
		}
		low[axis], part[axis] = int(f), index[axis]-f
		if part[axis] < 1e-9 { // a voxel's own place needs no neighbor, which may lie outside
			part[axis] = 0
		} else if part[axis] > 1-1e-9 {
			low[axis], part[axis] = low[axis]+1, 0
		}
	}
	sum := 0.0
	for corner := range 8 {
		weight := 1.0
		var at [3]int
		for axis := range 3 {
			if corner>>axis&1 == 1 {
				at[axis], weight = low[axis]+1, weight*part[axis]
			} else {
				at[axis], weight = low[axis], weight*(1-part[axis])
			}
		}
		switch {
		case weight == 0:
		case v.Contains(at[0], at[1], at[2]):
			sum += weight * v.At(v.Offset(at[0], at[1], at[2]))
		default:
			return background
		}
	}
	return sum
}

// Resample reads the volume at the voxels of another grid, linearly; what lies outside gets the background. Int16 stays Int16, rounded to even.
func (v *Volume) Resample(g Grid, background float64) (*Volume, error) {
	if err := v.Check(); err != nil {
		return nil, err
	}
	out, err := NewLike(v, g)
	if err != nil {
		return nil, err
	}
	// Both grids are affine, so the index in v moves by a constant step along each axis of g.
	start := v.Index(g.Point(space.Vec{}))
	var step [3]space.Vec
	for axis := range 3 {
		var e space.Vec
		e[axis] = 1
		step[axis] = v.Index(g.Point(e)).Sub(start)
	}
	if ways, ok := v.straight(g, start, step); ok {
		out.resampleStraight(v, ways, background)
		return out, nil
	}
	parallel.Blocks(g.Size[1]*g.Size[2], 16, func(lo, hi int) {
		for row := lo; row < hi; row++ {
			at := start.Add(step[1].Scale(float64(row % g.Size[1]))).Add(step[2].Scale(float64(row / g.Size[1])))
			for i := range g.Size[0] {
				out.set(row*g.Size[0]+i, v.Sample(at.Add(step[0].Scale(float64(i))), background))
			}
		}
	})
	return out, nil
}

// NewLike makes an empty volume on a grid with the samples' type of v.
func NewLike(v *Volume, g Grid) (*Volume, error) {
	if v.Int16 != nil {
		return New(g)
	}
	return NewFloat(g)
}

func (v *Volume) set(offset int, f float64) {
	if v.Int16 != nil {
		v.Int16[offset] = int16(math.RoundToEven(max(math.MinInt16, min(math.MaxInt16, f))))
		return
	}
	v.Float32[offset] = float32(f)
}

// Isotropic is the grid of cubes of one edge (mm) over the same extent.
func (g Grid) Isotropic(edge float64) Grid {
	out := g
	for axis := range 3 {
		out.Size[axis] = int(math.Floor(float64(g.Size[axis]-1)*g.Spacing[axis]/edge+1e-9)) + 1
		out.Spacing[axis] = edge
	}
	return out
}

// Crop is the grid of the voxels from (i, j, k) on, size of them.
func (g Grid) Crop(from, size [3]int) Grid {
	out := g
	out.Origin = g.Point(space.Vec{float64(from[0]), float64(from[1]), float64(from[2])})
	out.Size = size
	return out
}

// Crop copies a box of voxels.
func (v *Volume) Crop(from, size [3]int) (*Volume, error) {
	for axis := range 3 {
		if from[axis] < 0 || size[axis] < 1 || from[axis] > v.Size[axis]-size[axis] {
			return nil, fmt.Errorf("%w: a box of %v from %v on does not lie in %v", ErrGeometry, size, from, v.Size)
		}
	}
	out, err := NewLike(v, v.Grid.Crop(from, size))
	if err != nil {
		return nil, err
	}
	for k := range size[2] {
		for j := range size[1] {
			src, dst := v.Offset(from[0], from[1]+j, from[2]+k), out.Offset(0, j, k)
			if v.Int16 != nil {
				copy(out.Int16[dst:dst+size[0]], v.Int16[src:])
			} else {
				copy(out.Float32[dst:dst+size[0]], v.Float32[src:])
			}
		}
	}
	return out, nil
}

// Fill sets every sample.
func (v *Volume) Fill(f float64) {
	for offset := range v.Voxels() {
		v.set(offset, f)
	}
}

// CopyRow copies the whole row (j, k) of another volume of the same type of samples to voxel (i, toJ, toK) on.
func (v *Volume) CopyRow(i, toJ, toK int, from *Volume, j, k int) {
	dst, src := v.Offset(i, toJ, toK), from.Offset(0, j, k)
	if v.Int16 != nil {
		copy(v.Int16[dst:], from.Int16[src:src+from.Size[0]])
	} else {
		copy(v.Float32[dst:], from.Float32[src:src+from.Size[0]])
	}
}
