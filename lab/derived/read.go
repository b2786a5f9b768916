package derived

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"consilium/imaging/codec"
	"consilium/imaging/dicom"
	"consilium/lab/space"
	"consilium/lab/volume"
)

// labelMapClass is the label map segmentation of supplement 243: one number a voxel instead of a frame for each segment.
const labelMapClass = "1.2.840.10008.5.1.4.1.1.66.7"

// Errors of a segmentation that was made elsewhere.
var (
	// ErrFrame says that it belongs to another frame of reference: another patient, or another time on the table.
	ErrFrame = errors.New("derived: it does not belong to these images")
	// ErrPlace says that it lies outside of the scan, or nowhere.
	ErrPlace = errors.New("derived: it does not lie on these images")
	// ErrChoice says that the segments that were asked for are not in it, or are too many.
	ErrChoice = errors.New("derived: not these segments")
)

// mostMasks bounds the masks that one file is laid out to, in bytes: a scan of the whole body has 16 MB for each segment.
const mostMasks = 1 << 30

// Onto says onto what a segmentation is laid.
type Onto struct {
	Grid    volume.Grid
	Frame   func(uid string) bool // whether a frame of reference is the scan's; nil: the scan names none, and the place alone counts
	Numbers []int                 // of the segments that are wanted; empty: all
	Most    int                   // how many may be wanted at once; 0: as many as there is memory for
}

// Read is a segmentation of any program, laid onto the voxels of a scan.
type Read struct {
	Type     string    // BINARY, FRACTIONAL (at and above one half of it belongs) or LABELMAP
	Program  string    // that made it: manufacturer, model and version as the file has them
	Exact    bool      // its voxels are the scan's (to a tenth of one); else each voxel of the scan took what lay nearest
	Spacing  space.Vec // of its own voxels, mm: between columns, rows, frames
	Segments []Segment // with at least one voxel, in the order of the file
}

// ReadSegmentation reads a file and lays it onto a scan.
func ReadSegmentation(ctx context.Context, name string, on Onto) (*Read, error) {
	f, closeFile, err := dicom.Open(name, dicom.Options{})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrObject, err)
	}
	defer closeFile()
	r, err := Lay(ctx, f, on)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

// Lay lays a segmentation that was opened onto a scan, by the frame of reference and by where its frames lie in the patient: order, size and direction of the frames may be any.
func Lay(ctx context.Context, f *dicom.File, on Onto) (*Read, error) {
	d := f.Dataset
	r := &Read{Type: d.String(tag("SegmentationType"))}
	switch d.String(tag("SOPClassUID")) {
	case segmentationClass:
	case labelMapClass:
		r.Type = "LABELMAP"
	default:
		return nil, fmt.Errorf("%w: it is no DICOM segmentation", ErrObject)
	}
	if uid := d.String(tag("FrameOfReferenceUID")); on.Frame != nil && !on.Frame(uid) {
		return nil, fmt.Errorf("%w: its frame of reference is %q", ErrFrame, uid)
	}
	listed, err := wanted(d, on)
	if err != nil {
		return nil, err
	}
	s := &stack{dataset: d, layers: map[int][]layer{}}
	if err := s.shape(); err != nil {
		return nil, err
	}
	if err := s.load(ctx, f, r.Type, listed); err != nil {
		return nil, err
	}
	if err := s.measure(on.Grid); err != nil {
		return nil, err
	}
	r.Program, r.Exact, r.Spacing = program(d), s.exact(on.Grid), space.Vec{s.right.Norm(), s.down.Norm(), s.gap}
	for _, segment := range listed {
		if segment.Mask, err = s.lay(s.layers[segment.Number], on.Grid); err != nil {
			return nil, fmt.Errorf("segment %d: %w", segment.Number, err)
		}
		if segment.Mask != nil {
			r.Segments = append(r.Segments, segment)
		}
	}
	if len(r.Segments) == 0 {
		return nil, fmt.Errorf("%w: none of its segments has a voxel there", ErrPlace)
	}
	return r, ctx.Err()
}

// Segments are those of a segmentation that was made here: it has to lie on the scan's own voxels.
func Segments(ctx context.Context, f *dicom.File, g volume.Grid) ([]Segment, error) {
	r, err := Lay(ctx, f, Onto{Grid: g})
	if err != nil {
		return nil, err
	}
	if !r.Exact {
		return nil, fmt.Errorf("%w: it does not lie on the scan's voxels", volume.ErrGeometry)
	}
	return r.Segments, nil
}

// wanted are the segments that the file describes, of those that are asked for.
func wanted(d *dicom.Dataset, on Onto) (list []Segment, err error) {
	var names []string
	for _, s := range d.Items(tag("SegmentSequence")) {
		n, ok := s.Int(tag("SegmentNumber"))
		if !ok || n < 0 || n > 65535 {
			return nil, fmt.Errorf("%w: a segment without a number", ErrObject)
		}
		label := short(s.String(tag("SegmentLabel")))
		if len(names) < 150 {
			names = append(names, strings.TrimSpace(fmt.Sprintf("%d %s", n, label)))
		}
		if len(on.Numbers) == 0 || slices.Contains(on.Numbers, n) {
			list = append(list, Segment{Label: label, Algorithm: s.String(tag("SegmentAlgorithmType")), Number: n})
		}
	}
	if len(list) == 0 || len(list) < len(on.Numbers) {
		return nil, fmt.Errorf("%w: it holds %s", ErrChoice, strings.Join(names, ", "))
	}
	if on.Most > 0 && len(list) > on.Most {
		return nil, fmt.Errorf("%w: at most %d at once; name some of %s", ErrChoice, on.Most, strings.Join(names, ", "))
	}
	if each := int64((on.Grid.Size[0]+63)/64) * 8 * int64(on.Grid.Size[1]) * int64(on.Grid.Size[2]); int64(len(list))*each > mostMasks {
		return nil, fmt.Errorf("%w: %d at once take more than %d GB; name some of %s", ErrChoice, len(list), mostMasks>>30, strings.Join(names, ", "))
	}
	return list, nil
}

// program is what the file says of what made it.
func program(d *dicom.Dataset) string {
	var words []string
	for _, keyword := range []string{"Manufacturer", "ManufacturerModelName", "SoftwareVersions"} {
		if word := short(d.String(tag(keyword))); word != "" {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}

// short is the beginning of a text of somebody else's file.
func short(s string) string {
	r := []rune(strings.TrimSpace(s))
	return string(r[:min(len(r), 64)])
}

// load reads the frames of the wanted segments.
func (s *stack) load(ctx context.Context, f *dicom.File, kind string, listed []Segment) error {
	frames := s.dataset.Items(tag("PerFrameFunctionalGroupsSequence"))
	if bits := int64(len(frames)) * int64(s.rows) * int64(s.columns); len(frames) == 0 || bits/8 > mostMasks {
		return fmt.Errorf("%w: %d frames of %d × %d pixels", ErrObject, len(frames), s.columns, s.rows)
	}
	var read func(n int, number int) error
	switch kind {
	case "BINARY":
		if err := s.plain(len(frames)); err != nil {
			return err
		}
		read = func(n, number int) error { return s.add(frames[n], number, n*s.rows*s.columns) }
	case "FRACTIONAL", "LABELMAP":
		read = func(n, number int) error { return s.valued(ctx, f, n, frames[n], kind, number, listed) }
	default:
		return fmt.Errorf("%w: a segmentation of type %q", ErrObject, kind)
	}
	for n := range frames {
		number := s.segmentOf(frames[n])
		if number < 0 && kind != "LABELMAP" {
			return fmt.Errorf("%w: frame %d is of no segment", ErrObject, n+1)
		}
		if kind != "LABELMAP" && !slices.ContainsFunc(listed, func(l Segment) bool { return l.Number == number }) {
			continue
		}
		if err := errors.Join(read(n, number), ctx.Err()); err != nil {
			return fmt.Errorf("frame %d: %w", n+1, err)
		}
	}
	return nil
}

// plain takes the pixels of a binary segmentation as they are: one bit each, without gaps between frames (PS3.5 8.1.1).
func (s *stack) plain(frames int) error {
	e := s.dataset.Find(dicom.PixelData)
	if e == nil || e.Fragments != nil {
		return fmt.Errorf("%w: it has no plain pixels of one bit", ErrObject)
	}
	bits := e.Data()
	if need := int64(frames) * int64(s.rows) * int64(s.columns); bits.Len()*8 < need {
		return fmt.Errorf("%w: %d bytes of pixels for %d frames", ErrObject, bits.Len(), frames)
	}
	raw, err := bits.Load(mostMasks)
	s.bits = raw
	return err
}

// valued reads a frame whose pixels are numbers: a fraction of one segment, or the number of the segment that each belongs to.
func (s *stack) valued(ctx context.Context, f *dicom.File, n int, groups *dicom.Dataset, kind string, number int, listed []Segment) error {
	raw, format, err := codec.Frame(ctx, f, n)
	if err != nil {
		return err
	}
	wide := format.Allocated / 8
	if format.Samples != 1 || wide != 1 && wide != 2 || format.Rows != s.rows || format.Columns != s.columns || len(raw) < wide*s.rows*s.columns {
		return fmt.Errorf("%w: %d bits a pixel", ErrObject, format.Allocated)
	}
	value := func(i int) int {
		if wide == 1 {
			return int(raw[i])
		}
		return int(raw[2*i]) | int(raw[2*i+1])<<8
	}
	if kind == "LABELMAP" {
		for _, l := range listed {
			if at, some := s.pack(func(i int) bool { return value(i) == l.Number }); some {
				if err := s.add(groups, l.Number, at); err != nil {
					return err
				}
			}
		}
		return nil
	}
	most, ok := s.dataset.Int(tag("MaximumFractionalValue"))
	if !ok || most < 1 {
		return fmt.Errorf("%w: fractions without a largest value", ErrObject)
	}
	at, _ := s.pack(func(i int) bool { return 2*value(i) >= most })
	return s.add(groups, number, at)
}

// pack appends a frame of one bit a pixel, and tells where it begins and whether any is set.
func (s *stack) pack(in func(i int) bool) (at int, some bool) {
	at = 8 * len(s.bits)
	frame := make([]byte, (s.rows*s.columns+7)/8)
	for i := range s.rows * s.columns {
		if in(i) {
			frame[i/8] |= 1 << (i % 8)
			some = true
		}
	}
	if some {
		s.bits = append(s.bits, frame...)
	}
	return at, some
}
