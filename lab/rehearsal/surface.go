package rehearsal

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"time"

	"consilium/casebook"
	"consilium/lab/derived"
	"consilium/lab/segment"
	"consilium/lab/space"
	"consilium/lab/surface"
	"consilium/lab/volume"
)

// SurfaceOrder says of which series a surface is made, and how. Where its source is a segmentation, what that holds is taken, and the range only says where between voxels the surface runs.
type SurfaceOrder struct {
	Series    string  `json:"series"`           // its UID in the case's images
	Preset    string  `json:"preset,omitempty"` // of package segment; "": a range of one's own
	Low       float64 `json:"low_HU"`
	High      float64 `json:"high_HU"`
	Smooth    int     `json:"smooth"`    // degree of the filter; 0: none
	Triangles int     `json:"triangles"` // at most so many
}

// Bounds of surfaces. A triangle takes 18 bytes in a scene, so that one for a ward's computer stays below 10 MB.
const (
	LeastTriangles, UsualTriangles, MostTriangles = 2_000, 200_000, 450_000
	mostSmooth                                    = 60
	lowestHU, highestHU                           = -3024, 32767
)

// Check refuses what no surface could be made of.
func (o *SurfaceOrder) Check() error {
	switch {
	case o.Series == "" || len(o.Series) > 64:
		return fmt.Errorf("%w: no series of images is named", ErrAsked)
	case !(o.Low >= lowestHU) || !(o.High <= highestHU) || !(o.Low <= o.High):
		return fmt.Errorf("%w: a range from %g to %g HU", ErrAsked, o.Low, o.High)
	case o.Smooth < 0 || o.Smooth > mostSmooth:
		return fmt.Errorf("%w: smoothing of degree %d; 0 to %d are taken", ErrAsked, o.Smooth, mostSmooth)
	case o.Triangles < LeastTriangles || o.Triangles > MostTriangles:
		return fmt.Errorf("%w: %d triangles; %d to %d are taken", ErrAsked, o.Triangles, LeastTriangles, MostTriangles)
	}
	return nil
}

// Of takes series and range from the segmentation that the surface is to be made of.
func (o *SurfaceOrder) Of(a *Artefact) error {
	if a.Kind != Segmented || !a.Done() {
		return ErrGone
	}
	var s SegmentationOrder
	if err := a.Read(&s, nil); err != nil {
		return err
	}
	if s.Unchecked() {
		return ErrSuggestion
	}
	o.Series, o.Preset, o.Low, o.High = s.Series, s.Preset, s.Low, s.High
	return nil
}

// SurfaceFacts is what came of it.
type SurfaceFacts struct {
	Scan       volume.Report    `json:"scan"` // what had to be done to the images
	Size       [3]int           `json:"size"`
	Spacing    space.Vec        `json:"spacing_mm"`
	Origin     space.Vec        `json:"origin_mm"` // of the first voxel's middle
	Direction  space.Mat        `json:"direction"` // its columns are the directions of the voxels
	Voxels     int              `json:"voxels"`    // between the borders, in the largest part
	Whole      int              `json:"triangles_whole"`
	Topology   surface.Topology `json:"topology"`
	Area       float64          `json:"area_mm2"`
	Volume     float64          `json:"volume_mm3"`
	Center     space.Vec        `json:"center_mm"`
	Radius     float64          `json:"radius_mm"`
	Seconds    float64          `json:"seconds"`
	VolumeKept float64          `json:"volume_kept"` // of smoothing and reduction: 1 is all
}

const surfaceSteps = 100

// surface makes the surface of the largest part between two borders, with the segmentation that it stands for.
func (w *work) surface() (any, error) {
	var o SurfaceOrder
	if err := w.of.Read(&o, nil); err != nil {
		return nil, err
	}
	if err := o.Check(); err != nil {
		return nil, err
	}
	begun := time.Now()
	s, err := w.scan()
	if err != nil {
		return nil, err
	}
	facts := SurfaceFacts{Scan: s.Report, Size: s.Volume.Size, Spacing: s.Volume.Spacing, Origin: s.Volume.Origin, Direction: s.Volume.Direction}
	if err := w.step(50, surfaceSteps, "segment"); err != nil {
		return nil, err
	}
	mask, err := w.belongs(s.Volume, o)
	if err != nil {
		return nil, err
	}
	facts.Voxels = mask.Count()
	var object bytes.Buffer
	made := derived.Made{Title: casebook.Number(w.of.Thread), Software: "Consilium", Time: w.lab.Now()}
	if err := derived.WriteSegmentation(&object, s.Origin, []derived.Segment{{Label: label(o), Algorithm: "SEMIAUTOMATIC", Mask: mask}}, made); err != nil {
		return nil, err
	}
	if _, err := w.keep(Segmentation, object.Bytes()); err != nil {
		return nil, err
	}
	m, err := w.mesh(s.Volume, mask, o, &facts)
	if err != nil {
		return nil, err
	}
	if _, err := w.keepMesh(GLB, m, casebook.Number(w.of.Thread)); err != nil {
		return nil, err
	}
	facts.Topology, facts.Area, facts.Volume = m.Inspect(), m.Area(), m.Volume()
	low, high := m.Bounds()
	facts.Center, facts.Radius, facts.Seconds = low.Add(high).Scale(0.5), high.Sub(low).Norm()/2, time.Since(begun).Seconds()
	return facts, nil
}

// belongs is what the surface runs around: the segmentation that it is ordered of, or else the largest part between two borders.
func (w *work) belongs(v *volume.Volume, o SurfaceOrder) (*volume.Mask, error) {
	if w.of.Source != "" {
		from, err := w.source()
		if err != nil {
			return nil, err
		}
		mask, err := w.lab.Mask(w.ctx, &from)
		if err != nil {
			return nil, err
		}
		return segment.Largest(mask), nil
	}
	mask, err := segment.Threshold(v, o.Low, o.High)
	if err != nil {
		return nil, err
	}
	return segment.Largest(mask), nil
}

func label(o SurfaceOrder) string {
	if o.Preset != "" {
		return o.Preset
	}
	return fmt.Sprintf("%g to %g HU", o.Low, o.High)
}

// mesh extracts the surface of what belongs, smooths it and takes triangles away. Voxels that do not belong count as just outside, so that the surface runs between voxels where their
// values say, and its caps close it where it leaves the scan.
func (w *work) mesh(v *volume.Volume, mask *volume.Mask, o SurfaceOrder, facts *SurfaceFacts) (*surface.Mesh, error) {
	if err := w.step(60, surfaceSteps, "extract"); err != nil {
		return nil, err
	}
	alone, threshold, err := only(v, mask, o)
	if err != nil {
		return nil, err
	}
	m, err := surface.ExtractClosed(alone, threshold)
	if err != nil {
		return nil, err
	}
	m = m.Largest()
	facts.Whole = len(m.Triangles)
	before := m.Volume()
	if o.Smooth > 0 {
		if err := w.step(70, surfaceSteps, "smooth"); err != nil {
			return nil, err
		}
		if m, err = m.Smooth(surface.Smoothing{Iterations: o.Smooth, PassBand: passBand}); err != nil {
			return nil, err
		}
	}
	if len(m.Triangles) > o.Triangles {
		if err := w.step(80, surfaceSteps, "reduce"); err != nil {
			return nil, err
		}
		if m, err = m.Decimate(surface.Decimation{Triangles: o.Triangles}); err != nil {
			return nil, err
		}
	}
	facts.VolumeKept = m.Volume() / before
	return m.Compact(), w.step(95, surfaceSteps, "keep")
}

const passBand = 0.1

// only is a copy of the volume in which what does not belong lies outside of the threshold, and what somebody painted although its value is lower lies inside. With a range that ends below what
// bone reaches, values say nothing about where the surface runs, and it runs halfway between voxels.
func only(v *volume.Volume, mask *volume.Mask, o SurfaceOrder) (*volume.Volume, float64, error) {
	preset, err := segment.PresetNamed(o.Preset)
	if err != nil && o.Preset != "" {
		return nil, 0, err
	}
	if o.High < segment.Presets[0].High || preset.High > 0 && preset.High < segment.Presets[0].High || v.Int16 == nil {
		alone, err := mask.Volume()
		return alone, 0.5, err
	}
	alone, err := volume.NewLike(v, v.Grid)
	if err != nil {
		return nil, 0, err
	}
	threshold := math.Ceil(o.Low) - 0.5 // between two whole numbers: no triangle shrinks to nothing
	copy(alone.Int16, v.Int16)
	outside, inside := int16(max(math.MinInt16, threshold-0.5)), int16(min(math.MaxInt16, threshold+0.5))
	for k := range v.Size[2] {
		for j := range v.Size[1] {
			row, at := mask.Row(j, k), v.Offset(0, j, k)
			for i := range v.Size[0] {
				if row[i>>6]>>(i&63)&1 == 0 {
					alone.Int16[at+i] = min(alone.Int16[at+i], outside)
				} else {
					alone.Int16[at+i] = max(alone.Int16[at+i], inside)
				}
			}
		}
	}
	return alone, threshold, nil
}

// EncapsulatedSTL is the surface as a DICOM object beside the images that it was made of.
func (l *Lab) EncapsulatedSTL(ctx context.Context, a *Artefact) ([]byte, error) {
	m, err := l.Mesh(ctx, a)
	if err != nil {
		return nil, err
	}
	s, err := l.Scan(ctx, a, func(int, int) {})
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = derived.WriteSTL(&b, s.Origin, m, derived.Made{Title: casebook.Number(a.Thread), Software: "Consilium", Time: a.At})
	return b.Bytes(), err
}
