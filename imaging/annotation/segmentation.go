package annotation

import (
	"fmt"
	"math"

	"consilium/imaging/dicom"
	"consilium/imaging/manifest"
)

// mostBits bounds the pixels of a segmentation that is read: 256 MiB of bits, a thousand slices of 1448 × 1448.
const mostBits = 1 << 31

// segmentation reads a segmentation: the outlines of each segment on the images of the study that lie in the plane of its frames.
func (r *reader) segmentation(f *dicom.File) error {
	d := f.Dataset
	r.given.Sort, r.given.Title = "segmentation", firstOf(d, "ContentDescription", "SeriesDescription", "ContentLabel")
	p, err := d.PixelFormat()
	if err != nil {
		return err
	}
	if int64(p.Frames)*p.FrameBits() > mostBits || p.Allocated > 8 || p.Samples != 1 {
		return fmt.Errorf("%w: a segmentation of %d frames of %d bits", ErrObject, p.Frames, p.Allocated)
	}
	number := map[int]int{} // of a segment to its place among the parts
	for i, s := range d.Items(tag("SegmentSequence")) {
		n, _ := s.Int(tag("SegmentNumber"))
		number[n] = i
		r.given.Parts = append(r.given.Parts, Part{Label: firstOf(s, "SegmentLabel"), Color: colorOf(s, i)})
	}
	frames, err := f.Frames()
	if err != nil {
		return err
	}
	if frames.Compressed() {
		return fmt.Errorf("%w: its pixels are compressed", ErrObject)
	}
	slices := r.slices(d.String(tag("FrameOfReferenceUID")))
	groups, shared := d.Items(tag("PerFrameFunctionalGroupsSequence")), d.Items(tag("SharedFunctionalGroupsSequence"))
	for n := range min(len(groups), p.Frames) {
		one := segmentFrame{groups: append([]*dicom.Dataset{groups[n]}, shared...)}
		part, ok := number[one.segment()]
		plane, placed := one.plane()
		if !ok || !placed {
			continue
		}
		data, err := frames.Frame(n)
		if err != nil {
			return err
		}
		raw, err := data.Load(mostBits / 8)
		if err != nil {
			return err
		}
		mask := maskOf(raw, p, d)
		for _, s := range slices {
			if s.within(plane) {
				r.add(Drawing{Instance: s.uid, Frame: s.n, Part: part, Lines: s.drawn(plane, mask.outlines())})
			}
		}
	}
	return nil
}

// colorOf is the color that a segment asks for, or one of a few that can be told apart.
func colorOf(segment *dicom.Dataset, at int) string {
	if lab := segment.Ints(tag("RecommendedDisplayCIELabValue")); len(lab) == 3 {
		return rgbOf(float64(lab[0])*100/65535, float64(lab[1])*255/65535-128, float64(lab[2])*255/65535-128)
	}
	return segmentColors[at%len(segmentColors)]
}

// segmentColors are those of Okabe and Ito, which people who confuse red and green tell apart, the lightest first for the dark of images.
var segmentColors = []string{"#f0e442", "#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#0072b2"}

// rgbOf is a color of CIELab, under the light D50 of the profile connection space (PS3.3 section C.10.7.1.1), as sRGB.
func rgbOf(l, a, b float64) string {
	back := func(t float64) float64 {
		if t > 6.0/29 {
			return t * t * t
		}
		return 3 * (6.0 / 29) * (6.0 / 29) * (t - 4.0/29)
	}
	fy := (l + 16) / 116
	x, y, z := 0.9642*back(fy+a/500), back(fy), 0.8249*back(fy-b/200)
	gamma := func(v float64) int {
		if v <= 0.0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		return int(math.Round(255 * min(1, max(0, v))))
	}
	return fmt.Sprintf("#%02x%02x%02x", gamma(3.1339*x-1.6169*y-0.4906*z), gamma(-0.9788*x+1.9161*y+0.0335*z), gamma(0.0719*x-0.2290*y+1.4052*z))
}

// segmentFrame are the functional groups of one frame, its own before those of all.
type segmentFrame struct{ groups []*dicom.Dataset }

func (s segmentFrame) numbers(group, attribute string) []float64 {
	for _, d := range s.groups {
		for _, item := range d.Items(tag(group)) {
			if v := item.Floats(tag(attribute)); len(v) > 0 {
				return v
			}
		}
	}
	return nil
}

func (s segmentFrame) segment() int {
	if v := s.numbers("SegmentIdentificationSequence", "ReferencedSegmentNumber"); len(v) > 0 {
		return int(v[0])
	}
	return 0
}

func (s segmentFrame) plane() (plane, bool) {
	return planeOf(s.numbers("PlanePositionSequence", "ImagePositionPatient"), s.numbers("PlaneOrientationSequence", "ImageOrientationPatient"),
		s.numbers("PixelMeasuresSequence", "PixelSpacing"))
}

// slice is a frame of the study with its plane.
type slice struct {
	uid   string
	n     int
	plane plane
	near  float64 // millimeters between which two planes are one
}

// slices are the frames of the study in a frame of reference.
func (r *reader) slices(frameOf string) (list []slice) {
	for _, series := range r.study.Series {
		for _, i := range series.Instances {
			if i.Image == nil || frameOf == "" || i.Image.FrameOf != frameOf {
				continue
			}
			for n, f := range i.Image.Frames {
				if p, ok := planeOf(f.Position, f.Orientation, f.Spacing); ok {
					list = append(list, slice{i.UID, n, p, near(f)})
				}
			}
		}
	}
	return list
}

// near is a tenth of a slice's thickness, or a tenth of a millimeter.
func near(f manifest.Frame) float64 { return max(0.1, f.Thickness/10) }
