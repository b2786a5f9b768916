package derived

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"consilium/imaging/dicom"
	"consilium/lab/space"
	"consilium/lab/volume"
)

// stack is the frames of a segmentation as they lie in the patient: parallel, of one size, in any order, with empty ones left out.
type stack struct {
	dataset             *dicom.Dataset
	rows, columns       int
	right, down, normal space.Vec // one column and one row further, mm; the unit vector between frames
	gap                 float64   // between frames, mm
	bits                []byte    // pixels, one bit each
	layers              map[int][]layer
}

// layer is one frame of a segment.
type layer struct {
	origin space.Vec // of its first pixel, LPS mm
	offset float64   // of its plane along the normal, mm
	at     int       // where its pixels begin in the bits
}

// near is how far from a voxel, in voxels, a pixel lies on it, and how much of a segment may lie outside of the scan before it is another scan's.
const (
	near        = 0.1
	mostOutside = 0.01
)

// shape reads how large frames are, and in which direction they lie.
func (s *stack) shape() error {
	s.rows, _ = s.dataset.Int(tag("Rows"))
	s.columns, _ = s.dataset.Int(tag("Columns"))
	if s.rows < 1 || s.columns < 1 || s.rows > 65535 || s.columns > 65535 {
		return fmt.Errorf("%w: frames of %d × %d pixels", ErrObject, s.columns, s.rows)
	}
	return nil
}

// find looks for an attribute in a functional group of the frame, then among the shared ones.
func (s *stack) find(groups *dicom.Dataset, group, attribute string) []float64 {
	for _, d := range append([]*dicom.Dataset{groups}, s.dataset.Items(tag("SharedFunctionalGroupsSequence"))...) {
		for _, item := range d.Items(tag(group)) {
			if f := item.Floats(tag(attribute)); len(f) > 0 {
				return f
			}
		}
	}
	return nil
}

// segmentOf is the number of the segment that a frame is of.
func (s *stack) segmentOf(groups *dicom.Dataset) int {
	for _, d := range append([]*dicom.Dataset{groups}, s.dataset.Items(tag("SharedFunctionalGroupsSequence"))...) {
		for _, item := range d.Items(tag("SegmentIdentificationSequence")) {
			if n, ok := item.Int(tag("ReferencedSegmentNumber")); ok {
				return n
			}
		}
	}
	return -1
}

// add notes a frame of a segment.
func (s *stack) add(groups *dicom.Dataset, number, at int) error {
	position, orientation := s.find(groups, "PlanePositionSequence", "ImagePositionPatient"), s.find(groups, "PlaneOrientationSequence", "ImageOrientationPatient")
	spacing := s.find(groups, "PixelMeasuresSequence", "PixelSpacing")
	if len(position) != 3 || len(orientation) != 6 || len(spacing) != 2 || !(spacing[0] > 0 && spacing[1] > 0) {
		return fmt.Errorf("%w: it has no place in the patient", ErrPlace)
	}
	row, column := space.Vec(orientation[:3]), space.Vec(orientation[3:])
	if !(math.Abs(row.Norm()-1) < 1e-3) || !(math.Abs(column.Norm()-1) < 1e-3) || !(math.Abs(row.Dot(column)) < 1e-3) || !space.Vec(position).Finite() {
		return fmt.Errorf("%w: its directions %v are none", ErrPlace, orientation)
	}
	right, down := row.Scale(spacing[1]), column.Scale(spacing[0])
	if s.normal == (space.Vec{}) {
		s.right, s.down, s.normal = right, down, row.Cross(column).Unit()
	}
	if right.Sub(s.right).Norm()*float64(s.columns) > near || down.Sub(s.down).Norm()*float64(s.rows) > near {
		return fmt.Errorf("%w: its frames do not lie side by side", ErrPlace)
	}
	l := layer{origin: space.Vec(position), at: at}
	l.offset = s.normal.Dot(l.origin)
	s.layers[number] = append(s.layers[number], l)
	if b := s.find(groups, "PixelMeasuresSequence", "SpacingBetweenSlices"); len(b) == 1 && b[0] > 0 {
		s.gap = b[0]
	}
	return nil
}

// measure finds how far apart the frames lie where the file does not say it: as the two nearest do; of one alone as the scan's slices.
func (s *stack) measure(g volume.Grid) error {
	var all []float64
	for number, list := range s.layers {
		slices.SortFunc(list, func(a, b layer) int { return cmp.Compare(a.offset, b.offset) })
		for i, l := range list {
			if i > 0 && l.offset-list[i-1].offset < 1e-3 {
				return fmt.Errorf("%w: two frames of segment %d at one place", ErrPlace, number)
			}
			all = append(all, l.offset)
		}
	}
	if s.gap > 0 || len(all) == 0 {
		return nil
	}
	slices.Sort(all)
	s.gap = math.Inf(1)
	for i := 1; i < len(all); i++ {
		if d := all[i] - all[i-1]; d > 1e-3 {
			s.gap = min(s.gap, d)
		}
	}
	for axis := range 3 {
		if math.IsInf(s.gap, 1) && math.Abs(g.Direction.Column(axis).Dot(s.normal)) > 0.7 {
			s.gap = g.Spacing[axis]
		}
	}
	return nil
}

// corners are the outermost pixels of a layer, as places of the scan.
func (s *stack) corners(l layer, g volume.Grid) (out [4]space.Vec) {
	for n := range out {
		out[n] = g.Index(l.origin.Add(s.right.Scale(float64(n & 1 * (s.columns - 1)))).Add(s.down.Scale(float64(n >> 1 * (s.rows - 1)))))
	}
	return out
}

// exact tells whether every pixel lies on a voxel of its own.
func (s *stack) exact(g volume.Grid) bool {
	origin := g.Index(g.Origin)
	for _, step := range []space.Vec{s.right, s.down, s.normal.Scale(s.gap)} {
		if d := g.Index(g.Origin.Add(step)).Sub(origin); math.Abs(d.Norm()-1) > near {
			return false
		}
	}
	for _, list := range s.layers {
		for _, l := range list {
			for _, c := range s.corners(l, g) {
				if c.Sub(space.Vec{math.Round(c[0]), math.Round(c[1]), math.Round(c[2])}).Norm() > near {
					return false
				}
			}
		}
	}
	return true
}

// lay lets each voxel of the scan take what lies nearest to it, within half a distance of frames. The mask is nil where nothing belongs.
func (s *stack) lay(layers []layer, g volume.Grid) (*volume.Mask, error) {
	if len(layers) == 0 {
		return nil, nil
	}
	if outside, all := s.outside(layers, g); float64(outside) > mostOutside*float64(all) {
		return nil, fmt.Errorf("%w: %.0f %% of it lies outside of them", ErrPlace, 100*float64(outside)/float64(all))
	}
	m := volume.NewMask(g)
	from, to := s.box(layers, g)
	step := g.Direction.Column(0).Scale(g.Spacing[0])
	some := false
	for k := from[2]; k <= to[2]; k++ {
		for j := from[1]; j <= to[1]; j++ {
			at := g.Point(space.Vec{float64(from[0]), float64(j), float64(k)})
			last := 0
			for i := from[0]; i <= to[0]; i++ {
				if s.belongs(layers, &last, at) {
					m.Set(i, j, k, true)
					some = true
				}
				at = at.Add(step)
			}
		}
	}
	if !some {
		return nil, nil
	}
	return m, nil
}

// box is where in the scan the layers lie.
func (s *stack) box(layers []layer, g volume.Grid) (from, to [3]int) {
	low, high := space.Vec{math.Inf(1), math.Inf(1), math.Inf(1)}, space.Vec{math.Inf(-1), math.Inf(-1), math.Inf(-1)}
	for _, l := range layers {
		for _, c := range s.corners(l, g) {
			for axis := range 3 {
				reach := (s.gap + s.right.Norm() + s.down.Norm()) / g.Spacing[axis]
				low[axis], high[axis] = min(low[axis], c[axis]-reach), max(high[axis], c[axis]+reach)
			}
		}
	}
	for axis := range 3 {
		last := float64(g.Size[axis] - 1)
		from[axis], to[axis] = int(math.Ceil(min(max(low[axis], 0), last+1))), int(math.Floor(max(min(high[axis], last), -1)))
	}
	return from, to
}

// belongs asks the layer nearest to a place. Neighbors in a row mostly ask the same one, which last remembers.
func (s *stack) belongs(layers []layer, last *int, at space.Vec) bool {
	d, reach := s.normal.Dot(at), s.gap/2*(1+1e-6)
	if math.Abs(d-layers[*last].offset) > s.gap/4 {
		n, _ := slices.BinarySearchFunc(layers, d, func(l layer, d float64) int { return cmp.Compare(l.offset, d) })
		if n == len(layers) || n > 0 && d-layers[n-1].offset < layers[n].offset-d {
			n--
		}
		*last = n
	}
	l := layers[*last]
	if math.Abs(d-l.offset) > reach {
		return false
	}
	q := at.Sub(l.origin)
	column, row := math.Round(q.Dot(s.right)/s.right.Dot(s.right)), math.Round(q.Dot(s.down)/s.down.Dot(s.down))
	return column >= 0 && row >= 0 && column < float64(s.columns) && row < float64(s.rows) && s.set(l, int(row)*s.columns+int(column))
}

// set tells whether a pixel of a layer is.
func (s *stack) set(l layer, pixel int) bool { return s.bits[(l.at+pixel)/8]>>((l.at+pixel)%8)&1 == 1 }

// outside counts the pixels that are set, and those of them that lie beyond the outermost voxels.
func (s *stack) outside(layers []layer, g volume.Grid) (outside, all int) {
	for _, l := range layers {
		first := g.Index(l.origin)
		right, down := g.Index(l.origin.Add(s.right)).Sub(first), g.Index(l.origin.Add(s.down)).Sub(first)
		for pixel := range s.rows * s.columns {
			if !s.set(l, pixel) {
				continue
			}
			all++
			c := first.Add(right.Scale(float64(pixel % s.columns))).Add(down.Scale(float64(pixel / s.columns)))
			if !g.Contains(int(math.Round(c[0])), int(math.Round(c[1])), int(math.Round(c[2]))) {
				outside++
			}
		}
	}
	return outside, all
}
