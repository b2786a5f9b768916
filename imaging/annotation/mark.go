package annotation

import (
	"strconv"
	"strings"
	"time"

	"consilium/imaging/dicom"
	"consilium/imaging/manifest"
)

// The sorts of marks.
const (
	Length    = "length"    // of a line between two points
	Angle     = "angle"     // at the second of three points
	Cobb      = "cobb"      // between two lines, given by their ends
	Ellipse   = "ellipse"   // the ends of one axis, then of the other
	Rectangle = "rectangle" // corners: above left, above right, below left, below right
	Arrow     = "arrow"     // the point that is meant, then where the arrow comes from
)

// needs is how many points a mark of a sort has at least.
var needs = map[string]int{Length: 2, Angle: 3, Cobb: 4, Ellipse: 4, Rectangle: 4, Arrow: 1}

// Mark is something drawn on one frame, with what it measures in decimal text: "" is nothing.
type Mark struct {
	Sort   string
	Points [][2]float64 // columns and rows
	Value  string       // length, angle, or mean of the values within
	Unit   string       // UCUM: mm, deg, [hnsf'U]; of a length without one it is pixels
	Spread string       // standard deviation of the values within
	Area   string       // mm2, or pixels where Scale is "pixels"
	Scale  string       // what lengths are true of where it is not the patient: see casebook.MarkScales
	Label  string       // what is written beside it
}

// KeyImage is one frame, or one plane through the frames of its series, that matters, and what was said of it.
type KeyImage struct {
	Plane  *Plane // nil: it is the frame
	Note   string
	Window *manifest.Window // nil: as the image was made
	Marks  []Mark
}

// Source is the frame that a key image is of.
type Source struct {
	Header *dicom.Dataset  // of the image's object
	Image  *manifest.Image // how its pixels are laid out
	Frame  int             // from 0
}

// Made says by whom, when and by what the objects are made.
type Made struct {
	Name, Organization string // of the person
	Time               time.Time
	Software           string // version of this program
	// UID is the UID of an object or series by what it is: the same for the same, so that what is made twice is one.
	UID func(what string) string
}

// model is how the objects of this package say what made them.
const model = "Consilium viewer"

// Own tells whether an object was made by this package. It says what an entry of a case says already.
func Own(d *dicom.Dataset) bool {
	return d.String(tag("Manufacturer")) == "Consilium" && d.String(tag("ManufacturerModelName")) == model
}

// Objects are all that a key image comes to: a presentation state, a report where something was measured, and a selection that names them. Of a plane there is no state,
// for that can only be of frames: a report with places in the patient, and a selection that names it.
func Objects(from Source, k KeyImage, m Made) (list []*dicom.Dataset) {
	from.Header = utf8(from.Header)
	k.Marks = fit(k.Marks)
	if k.Plane != nil {
		return planar(from, k, m)
	}
	state := presentation(from, k, m)
	list = append(list, state)
	if r := report(from, k, m); r != nil {
		list = append(list, r)
	}
	return append(list, selection(from, k, m, state))
}

// What [Made.UID] is asked for names objects by these, so that those of one key image can be found again.
const (
	State     = "state"
	Report    = "report"
	Selection = "selection"
)

// Names are all of them.
var Names = []string{State, Report, Selection}

// fit are the marks that have as many points as their sort needs.
func fit(marks []Mark) (list []Mark) {
	for _, m := range marks {
		if n := needs[m.Sort]; n > 0 && len(m.Points) >= n {
			list = append(list, m)
		}
	}
	return list
}

// decimalText tells whether a text is a number that a decimal string takes (PS3.5 section 6.2).
func decimalText(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return err == nil && len(s) <= 16 && strings.Trim(s, "0123456789+-.eE") == ""
}

// outline is how a mark is drawn: lines through points. A closed one ends where it begins.
func (m Mark) outline() (lines [][][2]float64) {
	p := m.Points
	switch m.Sort {
	case Cobb:
		return [][][2]float64{{p[0], p[1]}, {p[2], p[3]}}
	case Rectangle:
		return [][][2]float64{{p[0], p[1], p[3], p[2], p[0]}}
	case Length, Arrow:
		return [][][2]float64{p[:min(2, len(p))]}
	case Angle:
		return [][][2]float64{p[:3]}
	}
	return nil
}

// axes are the ends of an ellipse's longer axis, then those of the shorter.
func (m Mark) axes() [][2]float64 {
	long := func(a, b [2]float64) float64 { return (a[0]-b[0])*(a[0]-b[0]) + (a[1]-b[1])*(a[1]-b[1]) }
	p := m.Points
	if long(p[0], p[1]) < long(p[2], p[3]) {
		return [][2]float64{p[2], p[3], p[0], p[1]}
	}
	return p[:4]
}

func flat(points [][2]float64) (list []float64) {
	for _, p := range points {
		list = append(list, p[0], p[1])
	}
	return list
}
