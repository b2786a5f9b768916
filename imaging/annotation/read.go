package annotation

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"consilium/imaging/dicom"
	"consilium/imaging/manifest"
)

// ErrObject says that an object is none that this package reads, or that nothing of it can be placed.
var ErrObject = errors.New("it has no marks, measurements or segments that can be shown")

// Given is what an object that came with a study shows over its images.
type Given struct {
	Sort     string    `json:"sort"` // state, report, selection or segmentation
	Title    string    `json:"title,omitempty"`
	Parts    []Part    `json:"parts,omitempty"` // segments
	Drawings []Drawing `json:"drawings"`
}

// Part is a segment of a segmentation.
type Part struct {
	Label string `json:"label,omitempty"`
	Color string `json:"color"` // #rrggbb
}

// Drawing is what is drawn on one frame, and what it says.
type Drawing struct {
	Instance string           `json:"instance"` // SOP instance UID of the image
	Frame    int              `json:"frame"`    // from 0
	Part     int              `json:"part,omitempty"`
	Lines    []Line           `json:"lines,omitempty"`
	Says     []string         `json:"says,omitempty"` // measured values and texts, as they stand in the object
	At       []float64        `json:"at,omitempty"`   // where a text stands, column and row
	Window   *manifest.Window `json:"window,omitempty"`
}

// Line goes through points, or is one point.
type Line struct {
	Points []float64 `json:"p"` // column, row, column, row, …
	Closed bool      `json:"c,omitempty"`
}

// Bounds of what is read of one object, so that a hostile one takes no more memory than a page can show.
const (
	mostDrawings = 20_000
	mostNumbers  = 4_000_000 // of all lines together
)

// Classes tells whether objects of a class are read.
func Classes(class string) bool {
	return class == stateClass || class == colorStateClass || class == segmentationClass || class == selectionClass || strings.HasPrefix(class, reportClasses)
}

const (
	colorStateClass = "1.2.840.10008.5.1.4.1.1.11.2"
	reportClasses   = "1.2.840.10008.5.1.4.1.1.88."
)

// Read reads an object over the images of its study. What refers to no image of the study, or stands in a way that cannot be placed, is left out. The error is
// ErrObject where nothing is left.
func Read(f *dicom.File, study *manifest.Study) (*Given, error) {
	r := &reader{study: study}
	d := f.Dataset
	var err error
	switch class := d.String(dicom.SOPClassUID); {
	case class == segmentationClass:
		err = r.segmentation(f)
	case class == stateClass || class == colorStateClass:
		r.state(d)
	case strings.HasPrefix(class, reportClasses):
		r.document(d, class)
	default:
		err = ErrObject
	}
	if err == nil && len(r.given.Drawings) == 0 {
		err = ErrObject
	}
	if err != nil {
		return nil, err
	}
	r.given.forget()
	return &r.given, nil
}

// removed stands in the place of texts that went when the object was de-identified.
const removed = "REMOVED"

// forget leaves out texts that only say that there was one.
func (g *Given) forget() {
	if g.Title == removed {
		g.Title = ""
	}
	for i := range g.Drawings {
		g.Drawings[i].Says = slices.DeleteFunc(slices.Clone(g.Drawings[i].Says), func(s string) bool { return s == removed })
	}
}

// reader is one object on its way.
type reader struct {
	study   *manifest.Study
	given   Given
	numbers int
}

// add takes a drawing on a frame that the study has.
func (r *reader) add(d Drawing) {
	i, ok := r.study.Find(d.Instance)
	if !ok || i.Image == nil || d.Frame < 0 || d.Frame >= len(i.Image.Frames) || len(r.given.Drawings) >= mostDrawings {
		return
	}
	for _, l := range d.Lines {
		r.numbers += len(l.Points)
	}
	if r.numbers <= mostNumbers {
		r.given.Drawings = append(r.given.Drawings, d)
	}
}

// place is an image that an item refers to, and its frames from 0; all of them where it names none.
type place struct {
	instance string
	frames   []int
}

func (r *reader) placeOf(d *dicom.Dataset) place {
	p := place{instance: d.String(tag("ReferencedSOPInstanceUID"))}
	for _, n := range d.Ints(tag("ReferencedFrameNumber")) {
		p.frames = append(p.frames, n-1)
	}
	if len(p.frames) > 0 {
		return p
	}
	if i, ok := r.study.Find(p.instance); ok && i.Image != nil {
		for n := range i.Image.Frames {
			p.frames = append(p.frames, n)
		}
	}
	return p
}

func (r *reader) places(items []*dicom.Dataset) (list []place) {
	for _, d := range items {
		list = append(list, r.placeOf(d))
	}
	return list
}

// state reads a presentation state: for each of its annotations what is drawn on the images that it names, or on all of them.
func (r *reader) state(d *dicom.Dataset) {
	r.given.Sort, r.given.Title = State, firstOf(d, "ContentDescription", "ContentLabel")
	var all []place
	for _, s := range d.Items(tag("ReferencedSeriesSequence")) {
		all = append(all, r.places(s.Items(tag("ReferencedImageSequence")))...)
	}
	shown := shownArea(d)
	for _, a := range d.Items(tag("GraphicAnnotationSequence")) {
		on := r.places(a.Items(tag("ReferencedImageSequence")))
		if len(on) == 0 {
			on = all
		}
		one := annotated(a, shown)
		for _, p := range on {
			for _, n := range p.frames {
				one.Instance, one.Frame, one.Window = p.instance, n, windowOf(d)
				r.add(one)
			}
		}
	}
	if len(r.given.Drawings) > 0 {
		return
	}
	for _, p := range all { // a state without marks still says in which window an image was looked at
		for _, n := range p.frames {
			r.add(Drawing{Instance: p.instance, Frame: n, Window: windowOf(d)})
		}
	}
}

func firstOf(d *dicom.Dataset, keywords ...string) string {
	for _, k := range keywords {
		if s := d.String(tag(k)); s != "" {
			return s
		}
	}
	return ""
}

func windowOf(d *dicom.Dataset) *manifest.Window {
	for _, v := range d.Items(tag("SoftcopyVOILUTSequence")) {
		center, ok := v.Float(tag("WindowCenter"))
		width, also := v.Float(tag("WindowWidth"))
		if ok && also && width >= 1 {
			return &manifest.Window{Center: center, Width: width}
		}
	}
	return nil
}

// displayArea is the part of an image in which units of DISPLAY are counted, from 0 to 1; nil where the image is turned or several parts are shown.
type displayArea struct{ from, size [2]float64 }

func shownArea(d *dicom.Dataset) *displayArea {
	list := d.Items(tag("DisplayedAreaSelectionSequence"))
	turn, _ := d.Int(tag("ImageRotation"))
	if len(list) != 1 || turn != 0 || d.String(tag("ImageHorizontalFlip")) == "Y" {
		return nil
	}
	a, b := list[0].Floats(tag("DisplayedAreaTopLeftHandCorner")), list[0].Floats(tag("DisplayedAreaBottomRightHandCorner"))
	if len(a) != 2 || len(b) != 2 {
		return nil
	}
	return &displayArea{[2]float64{a[0] - 1, a[1] - 1}, [2]float64{b[0] - a[0] + 1, b[1] - a[1] + 1}}
}

// pixels are points in pixels of the image; false where they are in units that cannot be placed.
func (a *displayArea) pixels(points []float64, unit string) ([]float64, bool) {
	if len(points)%2 != 0 || len(points) == 0 {
		return nil, false
	}
	switch {
	case unit == "PIXEL":
		return points, true
	case unit != "DISPLAY" || a == nil:
		return nil, false
	}
	list := make([]float64, len(points))
	for i, v := range points {
		list[i] = a.from[i%2] + v*a.size[i%2]
	}
	return list, true
}

// annotated is what one annotation draws and writes.
func annotated(a *dicom.Dataset, shown *displayArea) (d Drawing) {
	for _, g := range a.Items(tag("GraphicObjectSequence")) {
		if points, ok := shown.pixels(g.Floats(tag("GraphicData")), g.String(tag("GraphicAnnotationUnits"))); ok {
			d.Lines = append(d.Lines, lineOf(g.String(tag("GraphicType")), points)...)
		}
	}
	for _, t := range a.Items(tag("TextObjectSequence")) {
		d.Says = append(d.Says, strings.TrimSpace(t.String(tag("UnformattedTextValue"))))
		at, unit := t.Floats(tag("AnchorPoint")), t.String(tag("AnchorPointAnnotationUnits"))
		if len(at) != 2 {
			at, unit = t.Floats(tag("BoundingBoxTopLeftHandCorner")), t.String(tag("BoundingBoxAnnotationUnits"))
		}
		if points, ok := shown.pixels(at, unit); ok && d.At == nil && len(points) == 2 {
			d.At = points
		}
	}
	return d
}

// around is by how many points an ellipse is drawn.
const around = 64

// lineOf turns a graphic (PS3.3 sections C.10.5.1.2 and C.18.6.1.2) into lines; nothing where it has too few points.
func lineOf(kind string, p []float64) []Line {
	switch n := len(p) / 2; {
	case kind == "POINT" || kind == "MULTIPOINT" || n == 1:
		var list []Line
		for i := range n {
			list = append(list, Line{Points: p[2*i : 2*i+2]})
		}
		return list
	case kind == "CIRCLE" && n == 2:
		rx, ry := p[2]-p[0], p[3]-p[1]
		return []Line{ellipse(p[0], p[1], [2]float64{rx, ry}, [2]float64{-ry, rx})}
	case kind == "ELLIPSE" && n == 4:
		x, y := (p[0]+p[2])/2, (p[1]+p[3])/2
		return []Line{ellipse(x, y, [2]float64{p[0] - x, p[1] - y}, [2]float64{(p[4] - p[6]) / 2, (p[5] - p[7]) / 2})}
	case kind == "POLYLINE" || kind == "INTERPOLATED":
		closed := n > 2 && p[0] == p[2*n-2] && p[1] == p[2*n-1]
		return []Line{{Points: p, Closed: closed}}
	}
	return nil
}

func ellipse(x, y float64, a, b [2]float64) Line {
	l := Line{Closed: true}
	for i := range around {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / around)
		l.Points = append(l.Points, x+cos*a[0]+sin*b[0], y+cos*a[1]+sin*b[1])
	}
	return l
}

// value is a measured value as it is read: what, how much, in which unit.
func value(item *dicom.Dataset) string {
	name := meaning(item, "ConceptNameCodeSequence")
	for _, m := range item.Items(tag("ContentSequence")) {
		if how := meaning(m, "ConceptCodeSequence"); m.String(tag("RelationshipType")) == modifies && how != "" {
			name += ", " + how
		}
	}
	measured := item.Items(tag("MeasuredValueSequence"))
	if len(measured) == 0 {
		return ""
	}
	unit := ""
	for _, u := range measured[0].Items(tag("MeasurementUnitsCodeSequence")) {
		code := u.String(tag("CodeValue"))
		if unit = code; unitWords[code] != "" {
			unit = unitWords[code]
		}
	}
	return strings.TrimSpace(fmt.Sprintf("%s: %s %s", name, measured[0].String(tag("NumericValue")), strings.TrimSpace(unit)))
}

// unitWords are units as people read them beside a number; others stand as UCUM writes them.
var unitWords = map[string]string{"mm2": "mm²", "cm2": "cm²", "mm3": "mm³", "cm3": "cm³", "deg": "°", "[hnsf'U]": "HU", "1": " ", "{pixels}": "px", "{pixel}": "px"}

func meaning(d *dicom.Dataset, keyword string) string {
	if c := d.Items(tag(keyword)); len(c) > 0 {
		return c[0].String(tag("CodeMeaning"))
	}
	return ""
}
