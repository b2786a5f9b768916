package volume

import (
	"errors"
	"fmt"
	"math"

	"consilium/lab/space"
)

// MaxBytes is the most that the samples of one volume may take: 4 GiB, which a CT of 1,024 × 1,024 × 2,000 just fills. A larger one is refused before anything is
// allocated, for a ward's computer would come to a stop instead of an answer.
const MaxBytes = 4 << 30

// ErrTooLarge says that a volume would take more than MaxBytes. Crop it or resample it.
var ErrTooLarge = errors.New("volume: too large")

// ErrGeometry says that size, spacing, origin or direction make no volume.
var ErrGeometry = errors.New("volume: no usable geometry")

// Grid says where voxels lie: voxel (i, j, k) has its center at Origin + Direction·(i·Spacing[0], j·Spacing[1], k·Spacing[2]).
type Grid struct {
	Size      [3]int    // voxels along i, j, k; i is fastest in memory
	Spacing   space.Vec // mm between centers
	Origin    space.Vec // LPS mm, the center of voxel (0, 0, 0)
	Direction space.Mat // its columns are the unit vectors of i, j and k; orthogonal, left-handed allowed
}

// NewGrid lies along the patient's axes.
func NewGrid(nx, ny, nz int, spacing, origin space.Vec) Grid {
	return Grid{Size: [3]int{nx, ny, nz}, Spacing: spacing, Origin: origin, Direction: space.Identity}
}

// Voxels is how many there are.
func (g Grid) Voxels() int { return g.Size[0] * g.Size[1] * g.Size[2] }

// VoxelVolume is in mm³.
func (g Grid) VoxelVolume() float64 { return g.Spacing[0] * g.Spacing[1] * g.Spacing[2] }

// Offset is the place of voxel (i, j, k) in memory.
func (g Grid) Offset(i, j, k int) int { return (k*g.Size[1]+j)*g.Size[0] + i }

// Contains reports whether (i, j, k) is a voxel.
func (g Grid) Contains(i, j, k int) bool {
	return uint(i) < uint(g.Size[0]) && uint(j) < uint(g.Size[1]) && uint(k) < uint(g.Size[2])
}

// Point is where the (possibly broken) index lies in the patient.
func (g Grid) Point(index space.Vec) space.Vec {
	return g.Origin.Add(g.Direction.Apply(space.Vec{index[0] * g.Spacing[0], index[1] * g.Spacing[1], index[2] * g.Spacing[2]}))
}

// Index is the broken index of a point.
func (g Grid) Index(point space.Vec) space.Vec {
	d := g.Direction.Transpose().Apply(point.Sub(g.Origin))
	return space.Vec{d[0] / g.Spacing[0], d[1] / g.Spacing[1], d[2] / g.Spacing[2]}
}

// Check refuses a grid that holds no volume, or whose samples of so many bytes each would take more than MaxBytes.
func (g Grid) Check(bytesPerVoxel int) error {
	bytes := float64(bytesPerVoxel)
	for axis := range 3 {
		if g.Size[axis] < 1 {
			return fmt.Errorf("%w: size %v", ErrGeometry, g.Size)
		}
		if s := g.Spacing[axis]; !(s > 0) || math.IsInf(s, 0) {
			return fmt.Errorf("%w: spacing %v mm", ErrGeometry, g.Spacing)
		}
		bytes *= float64(g.Size[axis])
	}
	if bytes > MaxBytes {
		return fmt.Errorf("%w: %d × %d × %d voxels take %.1f GB, at most %d GB are taken; crop or resample it first", ErrTooLarge, g.Size[0], g.Size[1], g.Size[2], bytes/(1<<30), MaxBytes>>30)
	}
	gram := g.Direction.Mul(g.Direction.Transpose())
	for r := range 3 {
		for c := range 3 {
			if !(math.Abs(gram[r][c]-space.Identity[r][c]) < 1e-4) {
				return fmt.Errorf("%w: its axes are not at right angles", ErrGeometry)
			}
		}
	}
	if !g.Origin.Finite() {
		return fmt.Errorf("%w: origin %v", ErrGeometry, g.Origin)
	}
	return nil
}

// Same reports whether two grids lie on each other to a thousandth of a voxel.
func (g Grid) Same(h Grid) bool {
	if g.Size != h.Size {
		return false
	}
	for _, corner := range []space.Vec{{}, {float64(g.Size[0]), 0, 0}, {0, float64(g.Size[1]), 0}, {0, 0, float64(g.Size[2])}} {
		if d := g.Index(h.Point(corner)).Sub(corner); !(d.Norm() < 1e-3) {
			return false
		}
	}
	return true
}
