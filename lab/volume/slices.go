package volume

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"consilium/lab/space"
)

// Slice is one image of a stack, as DICOM describes it (PS3.3 C.7.6.2, C.7.6.3). A frame of a multi-frame image is a slice of its own.
type Slice struct {
	Name      string     // file, or file and frame: for messages
	Series    string     // slices of different series are refused
	Position  space.Vec  // Image Position (Patient): center of the first voxel, LPS mm
	Row       space.Vec  // first half of Image Orientation (Patient): where columns increase
	Column    space.Vec  // second half: where rows increase
	Spacing   [2]float64 // Pixel Spacing in DICOM's order: between rows, between columns, mm
	Rows      int
	Columns   int
	Signed    bool // stored words are in two's complement
	Slope     float64
	Intercept float64  // value = Slope·stored + Intercept
	Pixels    []uint16 // Rows × Columns stored words
}

// Errors of a stack. Each is wrapped with the names of the slices that it is about.
var (
	ErrOneSlice = errors.New("volume: a single slice has no depth")
	ErrMixed    = errors.New("volume: slices do not belong together")
	ErrMissing  = errors.New("volume: slices are missing")
)

// Report says what had to be done to a stack. A person who plans an operation on the volume should see it.
type Report struct {
	Slices     int       `json:"slices"`               // that the volume was made of
	Reordered  bool      `json:"reordered"`            // they did not come in the order of their places
	Duplicates []string  `json:"duplicates,omitempty"` // left out: the same picture at the same place
	Missing    []Missing `json:"missing,omitempty"`    // gaps that were filled by interpolation
	Uneven     float64   `json:"uneven_mm,omitempty"`  // largest difference of a distance from the usual one, where distances vary; evened out
	Tilt       float64   `json:"tilt_deg,omitempty"`   // gantry tilt that was undone
	Anisotropy float64   `json:"anisotropy"`           // distance of slices / distance of voxels within them
	Float      bool      `json:"float,omitempty"`      // values that are not whole or that 16 bits do not hold: kept as floating-point numbers
}

// Missing is a gap in a stack.
type Missing struct {
	After string  `json:"after"` // the slice before the gap
	Count int     `json:"count"` // slices that should have been there
	Gap   float64 `json:"gap_mm"`
}

// A gap of up to maxFilled slices is filled and reported; more is refused, for nobody may plan on what was not seen. Slices nearer to each other than samePlace are at one place.
const (
	maxFilled = 2
	samePlace = 0.01 // mm
)

// Stack makes a volume of slices by their geometry alone.
func Stack(images []Slice) (*Volume, Report, error) {
	var report Report
	sorted, err := inOrder(images, &report)
	if err != nil {
		return nil, report, err
	}
	st := newStack(sorted)
	if err := st.judge(&report); err != nil {
		return nil, report, err
	}
	report.Slices = len(sorted)
	v, err := st.fill(&report)
	return v, report, err
}

// inOrder checks that the images belong together, sorts them along their common normal and drops doubles.
func inOrder(images []Slice, report *Report) ([]Slice, error) {
	if len(images) == 0 {
		return nil, fmt.Errorf("%w: no slice at all", ErrOneSlice)
	}
	for i := range images {
		if err := images[i].check(); err != nil {
			return nil, err
		}
		if why := images[i].differs(images[0]); why != "" {
			return nil, fmt.Errorf("%w: %s and %s differ in %s", ErrMixed, images[0].Name, images[i].Name, why)
		}
	}
	normal := images[0].normal()
	place := func(s Slice) float64 { return s.Position.Dot(normal) }
	sorted := slices.Clone(images)
	slices.SortStableFunc(sorted, func(a, b Slice) int { return compareFloat(place(a), place(b)) })
	for i := range sorted {
		report.Reordered = report.Reordered || sorted[i].Name != images[i].Name
	}
	kept := sorted[:1:1]
	for _, s := range sorted[1:] {
		last := kept[len(kept)-1]
		switch {
		case place(s)-place(last) >= samePlace:
			kept = append(kept, s)
		case slices.Equal(s.Pixels, last.Pixels) && s.Slope == last.Slope && s.Intercept == last.Intercept:
			report.Duplicates = append(report.Duplicates, s.Name)
		default:
			return nil, fmt.Errorf("%w: %s and %s show different pictures of the same place; choose one phase or reconstruction", ErrMixed, last.Name, s.Name)
		}
	}
	if len(kept) < 2 {
		return nil, fmt.Errorf("%w: %s", ErrOneSlice, kept[0].Name)
	}
	return kept, nil
}

func compareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (s *Slice) normal() space.Vec { return s.Row.Cross(s.Column).Unit() }

// check refuses a slice that has no place, no size or no unit.
func (s *Slice) check() error {
	switch {
	case s.Rows < 1 || s.Columns < 1 || len(s.Pixels) != s.Rows*s.Columns:
		return fmt.Errorf("%w: %s has %d pixels for %d × %d", ErrGeometry, s.Name, len(s.Pixels), s.Rows, s.Columns)
	case !(s.Spacing[0] > 0) || !(s.Spacing[1] > 0) || math.IsInf(s.Spacing[0]+s.Spacing[1], 0):
		return fmt.Errorf("%w: %s does not say how far apart its pixels are", ErrGeometry, s.Name)
	case !s.Position.Finite() || !s.Row.Finite() || !s.Column.Finite():
		return fmt.Errorf("%w: %s has no place in the patient", ErrGeometry, s.Name)
	case math.Abs(s.Row.Norm()-1) > 1e-3 || math.Abs(s.Column.Norm()-1) > 1e-3 || math.Abs(s.Row.Dot(s.Column)) > 1e-3:
		return fmt.Errorf("%w: the orientation of %s is not that of two directions at right angles", ErrGeometry, s.Name)
	case s.Slope == 0 || math.IsNaN(s.Slope-s.Slope) || math.IsNaN(s.Intercept-s.Intercept):
		return fmt.Errorf("%w: %s has a rescale of %g and %g", ErrGeometry, s.Name, s.Slope, s.Intercept)
	}
	return nil
}

// differs names the first thing in which two slices cannot be of one stack.
func (s *Slice) differs(t Slice) string {
	switch {
	case s.Series != t.Series:
		return "series"
	case s.Rows != t.Rows || s.Columns != t.Columns:
		return "size"
	case math.Abs(s.Spacing[0]/t.Spacing[0]-1) > 1e-3 || math.Abs(s.Spacing[1]/t.Spacing[1]-1) > 1e-3:
		return "pixel spacing"
	case s.Row.Sub(t.Row).Norm() > 1e-3 || s.Column.Sub(t.Column).Norm() > 1e-3: // 0.06 degrees: a localizer or a reformat is far above
		return "orientation"
	}
	return ""
}
