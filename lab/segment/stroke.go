package segment

import (
	"context"
	"fmt"
	"math"

	"consilium/lab/space"
	"consilium/lab/volume"
)

// Axes of slices by their names, with the axis of the volume along which they follow each other. A scan that lies askew in the patient has them by the axes of its own voxels.
var Axes = map[string]int{"sagittal": 0, "coronal": 1, "axial": 2}

// Stroke is a brush drawn along a path of points: a ball of a radius, or where a slice is named a disc in that slice alone.
type Stroke struct {
	Path   []space.Vec `json:"path_mm"`         // LPS
	Radius float64     `json:"radius_mm"`       //
	Erase  bool        `json:"erase,omitempty"` // it takes away
	Slice  string      `json:"slice,omitempty"` // "": a ball; else one of Axes, the slice that the first point lies in
}

// Bounds of strokes: what one person paints by hand, and a job replays in seconds.
const (
	mostRadius = 60   // mm
	mostPath   = 5000 // points
	mostDabs   = 20000
)

// Check refuses what nobody paints.
func (s *Stroke) Check() error {
	if len(s.Path) == 0 || len(s.Path) > mostPath || !(s.Radius > 0 && s.Radius <= mostRadius) {
		return fmt.Errorf("%w: a stroke of %d points and a radius of %g mm; 1 to %d points and up to %d mm are taken", ErrStep, len(s.Path), s.Radius, mostPath, mostRadius)
	}
	for _, p := range s.Path {
		if !p.Finite() {
			return fmt.Errorf("%w: a stroke through %v", ErrStep, p)
		}
	}
	if _, known := Axes[s.Slice]; s.Slice != "" && !known {
		return fmt.Errorf("%w: no slice %q (there are sagittal, coronal, axial)", ErrStep, s.Slice)
	}
	return nil
}

// dabs calls do for each place along the path at which the brush is put down: half a radius apart at most, so that the edge of the stroke is smooth.
func (s *Stroke) dabs(do func(space.Vec) error) error {
	count := 0
	for n, p := range s.Path {
		from := s.Path[max(n-1, 0)]
		steps := int(p.Sub(from).Norm()/max(s.Radius/2, 1e-3)) + 1
		if count += steps; count > mostDabs {
			return fmt.Errorf("%w: a stroke of %.0f times the brush's radius", ErrStep, float64(count)/2)
		}
		for at := range steps {
			if err := do(from.Lerp(p, float64(at+1)/float64(steps))); err != nil {
				return err
			}
		}
	}
	return nil
}

// reach is the box of voxels that the brush touches at a broken index; in a slice it is one voxel thick. ok is false where it lies outside of the scan.
func (s *Stroke) reach(g volume.Grid, at space.Vec) (low, high [3]int, ok bool) {
	flat, inSlice := Axes[s.Slice]
	for axis := range 3 {
		far := s.Radius / g.Spacing[axis]
		low[axis], high[axis] = max(0, int(math.Ceil(at[axis]-far-1e-9))), min(g.Size[axis]-1, int(math.Floor(at[axis]+far+1e-9)))
		if inSlice && axis == flat {
			slice := nearest(g.Index(s.Path[0])[axis])
			low[axis], high[axis] = max(0, slice), min(g.Size[axis]-1, slice)
		}
		if low[axis] > high[axis] {
			return low, high, false
		}
	}
	return low, high, true
}

// covers calls do for the voxels under the stroke, some of them more than once.
func (s *Stroke) covers(ctx context.Context, g volume.Grid, do func(i, j, k int)) error {
	flat, inSlice := Axes[s.Slice]
	return s.dabs(func(p space.Vec) error {
		at := g.Index(p)
		low, high, ok := s.reach(g, at)
		if !ok {
			return ctx.Err()
		}
		var d space.Vec
		for k := low[2]; k <= high[2]; k++ {
			for j := low[1]; j <= high[1]; j++ {
				for i := low[0]; i <= high[0]; i++ {
					d = space.Vec{(float64(i) - at[0]) * g.Spacing[0], (float64(j) - at[1]) * g.Spacing[1], (float64(k) - at[2]) * g.Spacing[2]}
					if inSlice {
						d[flat] = 0
					}
					if d.Dot(d) <= s.Radius*s.Radius {
						do(i, j, k)
					}
				}
			}
		}
		return ctx.Err()
	})
}
