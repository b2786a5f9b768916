package casebook

import (
	"math"
	"slices"

	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
)

// KeyImage is one image of a study that matters, with what is seen in it. Its refs name the entry that attaches the study.
type KeyImage struct {
	Instance string `json:"instance"`        // SOP instance UID, as the study's manifest has it
	Frame    int64  `json:"frame,omitzero"`  // from 0
	Note     string `json:"note,omitempty"`  // what is seen
	Window   []int  `json:"window,omitzero"` // center and width in which it was looked at, in units of the modality
	Marks    []Mark `json:"marks,omitempty"`
	Plane    *Plane `json:"plane,omitempty"` // that was looked at, where it was none of the images; the instance is then one that it passes
}

// Plane is a plane through the slices of a series, in the patient: x, y and z toward left, back and head, in the frame of reference of the instance. Its marks stand
// on it as on an image whose pixels are one millimeter, with the place at the center of the first pixel: columns and rows may be negative.
type Plane struct {
	Position    []int64 `json:"position"`     // a place on it, in hundredths of a millimeter
	Orientation []int64 `json:"orientation"`  // where its right and its lower side lie, two directions of length one, in millionths
	MIP         bool    `json:"mip,omitzero"` // what was looked at are the highest values of all planes beside it: the depth of a mark is then not known
	Marks       []Mark  `json:"marks,omitempty"`
}

// PlaneSorts are the sorts of planes, by the axis of the body that they cross.
var PlaneSorts = []string{"sagittal", "coronal", "axial", "oblique"}

// Sort is which of PlaneSorts the plane is, within a degree.
func (p *Plane) Sort() string {
	o := p.Orientation
	for axis := range 3 {
		a, b := (axis+1)%3, (axis+2)%3
		if math.Abs(float64(o[a]*o[3+b]-o[b]*o[3+a])) > math.Cos(math.Pi/180)*million*million {
			return PlaneSorts[axis]
		}
	}
	return PlaneSorts[3]
}

// Bounds of a plane: millionths, and hundredths of a millimeter to what nobody's images reach.
const (
	million = 1_000_000
	far     = 1_000_000
)

// fit tells whether a plane has a place, and two directions of length one at right angles.
func (p *Plane) fit() bool {
	if len(p.Position) != 3 || len(p.Orientation) != 6 || slices.ContainsFunc(p.Position, func(v int64) bool { return v < -far || v > far }) ||
		slices.ContainsFunc(p.Orientation, func(v int64) bool { return v < -million || v > million }) {
		return false
	}
	dot := func(a, b []int64) float64 { return float64(a[0]*b[0]+a[1]*b[1]+a[2]*b[2]) / (million * million) }
	right, down := p.Orientation[:3], p.Orientation[3:]
	const near = 1e-4
	return math.Abs(dot(right, right)-1) < near && math.Abs(dot(down, down)-1) < near && math.Abs(dot(right, down)) < near
}

// Drawn are the marks, on the image or on the plane.
func (k *KeyImage) Drawn() []Mark {
	if k.Plane != nil {
		return k.Plane.Marks
	}
	return k.Marks
}

// Mark is something drawn or measured on an image.
type Mark struct {
	Sort   string  `json:"sort"`            // one of MarkSorts
	Points []int64 `json:"points"`          // column, row, column, row, … in hundredths of a pixel from the top left corner of the first
	Value  string  `json:"value,omitempty"` // as a decimal: the length, the angle, the mean
	Unit   string  `json:"unit,omitempty"`  // UCUM: mm, deg, [hnsf'U]
	Spread string  `json:"spread,omitempty"`
	Area   string  `json:"area,omitempty"` // in mm2, or in pixels where the scale says so
	Text   string  `json:"text,omitempty"`
	Scale  string  `json:"scale,omitempty"` // what the length or area is true of, one of MarkScales; "": the patient
	Grid   int64   `json:"grid,omitzero"`   // 2: points are the image's own pixels. Without it columns were counted in steps of rows and rows in steps of columns
}

// MarkScales are what lengths are true of where it is not the patient by the image's own word: pixels without a size, the detector of a projection, or the patient
// by a projection's estimated magnification, its geometry, an object of known size, or in a way that the image does not say.
var MarkScales = []string{"pixels", "detector", "magnification", "geometry", "fiducial", "calibrated"}

// MarkSorts are the sorts of marks: a line, two lines that meet, two lines that need not, a region, a place that is pointed at.
var MarkSorts = []string{"length", "angle", "cobb", "ellipse", "rectangle", "arrow"}

// Bounds of a key image.
const (
	mostMarks  = 40
	mostPoints = 64
)

// Check is the form of the body.
func (k *KeyImage) Check() error {
	var c record.Checks
	c.Need(k.Instance != "" && len(k.Instance) <= 64, "instance", "case.unfit.keyimage")
	c.Need(k.Frame >= 0 && (len(k.Window) == 0 || len(k.Window) == 2 && k.Window[1] > 0), "window", "case.unfit.keyimage")
	c.Text("note", k.Note, false)
	c.Need(k.Plane == nil || k.Plane.fit() && len(k.Marks) == 0, "plane", "case.unfit.keyimage")
	marks := k.Drawn()
	c.Need(k.Note != "" || len(marks) > 0, "note", "case.unfit.keynote")
	c.Need(len(marks) <= mostMarks, "marks", "case.unfit.keyimage")
	for _, m := range marks {
		c.Code("marks", m.Sort, MarkSorts...)
		c.Need(len(m.Points) >= 2 && len(m.Points)%2 == 0 && len(m.Points) <= mostPoints, "marks", "case.unfit.keyimage")
		c.Need(len(m.Value) <= 24 && len(m.Unit) <= 24 && len(m.Spread) <= 24 && len(m.Area) <= 24, "marks", "case.unfit.keyimage")
		c.Text("marks", m.Text, false)
		c.Need(m.Scale == "" || slices.Contains(MarkScales, m.Scale), "marks", "case.unfit.keyimage")
		c.Need(m.Grid == 0 || m.Grid == 2, "marks", "case.unfit.keyimage")
	}
	return c.Err()
}

// keyImageWords is where the words of this kind stand in the phrase files.
const keyImageWords = "case.entry.keyimage"

// KindKeyImage points at one image of a study.
const KindKeyImage = "case.keyimage"

var keyImageEntry = record.Declare(KindKeyImage, record.Meaning[*folding, KeyImage]{
	Doc: "One image of a study that matters, with what is seen in it and what was measured. Refs name the entry that attaches the study. Marks stand in hundredths of a pixel. " +
		"Sorts: length, angle, cobb, ellipse, rectangle, arrow. Scale tells what a length is true of where it is not the patient: pixels, detector, magnification, geometry, fiducial, calibrated. " +
		"Grid is 2 where points are the image's own pixels; without it columns were counted in steps of rows and rows in steps of columns, which differs where pixels are not square. " +
		"Where a plane through the slices was looked at, plane says a place on it (x, y, z toward left, back and head, hundredths of a millimeter) and the directions of its right and lower side (millionths), and has the marks, " +
		"as on an image whose pixels are one millimeter with that place at the center of the first; mip where the highest values of all planes beside it were looked at. The instance is then one that it passes.",
	Example: `{"instance":"2.25.329800735698586629295641978511506172918","note":"Widest here. Edges smooth.","window":[500,2000],"marks":[{"sort":"length","points":[21000,18050,24400,16200],"value":"26.8","unit":"mm"}]}`,
	Roles:   team,
	Rule: func(_ *folding, a record.Said[KeyImage]) []record.Mark {
		return record.When(len(a.Refs) != 1, "keyimage-study")
	},
	List: "key_images",
	Words: func(a record.Said[KeyImage]) record.Words {
		lines := record.Written(a.Says.Note)
		if p := a.Says.Plane; p != nil {
			lines = append(lines, planeName(p))
		}
		for _, m := range a.Says.Drawn() {
			if m.Value != "" {
				lines = append(lines, measured(m))
			}
		}
		return record.Titled(keyImageWords+".told", nil, lines...)
	},

	Verb: "consult", Component: "images",
	Offer: func(f *folding, _ *record.Asking) ([]ledger.Hash, bool) {
		for _, i := range f.c.Imaging {
			if len(i.Blobs) > 0 {
				return []ledger.Hash{i.Hash}, true
			}
		}
		return nil, false
	},
})

// planeName tells what was looked at, where it was none of the images.
func planeName(p *Plane) lang.Text {
	if p.MIP {
		return lang.Phrase(keyImageWords+".mip", map[string]any{"plane": lang.Named(keyImageWords+".planes", p.Sort())})
	}
	return lang.Phrase(keyImageWords+".plane", map[string]any{"plane": lang.Named(keyImageWords+".planes", p.Sort())})
}

// measured is what a mark measures, as people read it.
func measured(m Mark) lang.Text {
	parts := map[string]any{"sort": lang.Named(keyImageWords+".sorts", m.Sort), "value": m.Value, "unit": markUnits[m.Unit]}
	if m.Scale == "" {
		return lang.Phrase(keyImageWords+".measured", parts)
	}
	parts["scale"] = lang.Named(keyImageWords+".scales", m.Scale)
	return lang.Phrase(keyImageWords+".scaled", parts)
}

// markUnits are units as people read them beside a number.
var markUnits = map[string]string{"mm": "mm", "deg": "°", "[hnsf'U]": "HU", "": ""}
