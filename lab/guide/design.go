package guide

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"consilium/lab/plan"
	"consilium/lab/space"
)

// Format is the version of the design document that this release writes.
const Format = 1

// Errors of designs.
var (
	ErrDesign = errors.New("guide: not a design that can be made")
	ErrLabel  = errors.New("guide: the label does not fit")
)

// Design is all that a guide is made of. Lengths are mm, points LPS.
type Design struct {
	Format     int         `json:"format"`
	Case       string      `json:"case"`                 // engraved, unless Label says otherwise
	Approach   space.Vec   `json:"approach"`             // out of the bone: the way the guide is taken off
	Center     space.Vec   `json:"center_mm"`            // on the bone, in the middle of the contact patch
	Radius     float64     `json:"radius_mm"`            // of the patch, seen along the approach
	Outline    []space.Vec `json:"outline_mm,omitempty"` // or the patch's outline, at least three points, instead of a circle
	Reach      float64     `json:"reach_mm"`             // how far below the center the guide follows the bone
	Clearance  float64     `json:"clearance_mm"`         // between guide and bone
	Wall       float64     `json:"wall_mm"`              // thickness
	Slots      []Slot      `json:"slots,omitempty"`
	Sleeves    []Sleeve    `json:"sleeves,omitempty"`
	Saw        float64     `json:"saw_mm"`              // thickness of the blade with its set
	SawPlay    float64     `json:"saw_tolerance_mm"`    // added to it
	DrillPlay  float64     `json:"sleeve_tolerance_mm"` // added to a drill's diameter
	Label      *Label      `json:"label,omitempty"`     // nil: the case's ID where it fits
	Resolution float64     `json:"resolution_mm"`       // of the field; the surface is as exact where it is smooth
	MinWall    float64     `json:"min_wall_mm"`         // that the material and the printer need
}

// Slot guides a saw along an osteotomy plane.
type Slot struct {
	Name   string     `json:"name"`
	Plane  plan.Plane `json:"plane"`
	Length float64    `json:"length_mm"` // of the cut, across the approach
	Height float64    `json:"height_mm"` // of the guiding walls above the center
	Shift  float64    `json:"shift_mm"`  // along the cut, from the point of the plane nearest to the center
}

// Sleeve guides a drill or a pin.
type Sleeve struct {
	Name      string    `json:"name"`
	Entry     space.Vec `json:"entry_mm"`  // on the bone
	Direction space.Vec `json:"direction"` // out of the bone
	Drill     float64   `json:"drill_mm"`  // diameter
	Height    float64   `json:"height_mm"` // above the entry
}

// Label is the engraved text.
type Label struct {
	Text   string  `json:"text"`
	Height float64 `json:"height_mm"` // of capital letters
	Depth  float64 `json:"depth_mm"`
}

// Defaults are the settings of a guide that says nothing about them: nylon by laser sintering, a blade of 1.27 mm.
func Defaults() Design {
	return Design{Format: Format, Radius: 18, Reach: 10, Clearance: 0.2, Wall: 4, Saw: 1.27, SawPlay: 0.2, DrillPlay: 0.2, Resolution: 0.4, MinWall: 1.5}
}

// Read reads a design strictly; what it does not say is as in Defaults.
func Read(r io.Reader) (*Design, error) {
	d := Defaults()
	d.Format = 0
	j := json.NewDecoder(r)
	j.DisallowUnknownFields()
	if err := j.Decode(&d); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDesign, err)
	}
	if d.Format < 1 || d.Format > Format {
		return nil, fmt.Errorf("%w: it has format %d, this release reads up to %d", ErrDesign, d.Format, Format)
	}
	return &d, d.Check()
}

// mostCells is how many places of the field are computed: 25 million take a minute.
const mostCells = 25 << 20

// Check refuses what no guide could be made of.
func (d *Design) Check() error {
	bad := func(format string, a ...any) error { return fmt.Errorf("%w: %s", ErrDesign, fmt.Sprintf(format, a...)) }
	for name, size := range map[string]float64{"radius_mm": d.Radius, "wall_mm": d.Wall, "resolution_mm": d.Resolution, "reach_mm": d.Reach, "min_wall_mm": d.MinWall} {
		if !(size > 0 && size <= 500) {
			return bad("%s is %g", name, size)
		}
	}
	for name, size := range map[string]float64{"clearance_mm": d.Clearance, "saw_mm": d.Saw, "saw_tolerance_mm": d.SawPlay, "sleeve_tolerance_mm": d.DrillPlay} {
		if !(size >= 0 && size <= 20) {
			return bad("%s is %g", name, size)
		}
	}
	switch {
	case d.Approach.Unit() == (space.Vec{}) || !d.Center.Placed():
		return bad("approach %v or center %v", d.Approach, d.Center)
	case d.Resolution > d.MinWall/2 || d.Resolution > d.Wall/4:
		return bad("a resolution of %g mm is too coarse for walls of %g mm: take a quarter of it", d.Resolution, d.Wall)
	case d.Wall < d.MinWall:
		return bad("a wall of %g mm is thinner than what the printer needs, %g mm", d.Wall, d.MinWall)
	case len(d.Outline) > 0 && len(d.Outline) < 3:
		return bad("an outline of %d points", len(d.Outline))
	}
	for _, s := range d.Slots {
		along := s.Plane.Normal.Unit()
		if along == (space.Vec{}) || math.Abs(along.Dot(d.Approach.Unit())) > math.Cos(20*math.Pi/180) {
			return bad("the plane of slot %q lies across the approach: no saw comes into it", s.Name)
		}
		if !(s.Length > 0 && s.Length <= 200 && s.Height > 0 && s.Height <= 60) || !s.Plane.Point.Placed() || math.IsNaN(s.Shift-s.Shift) || d.Saw == 0 {
			return bad("slot %q of %g × %g mm for a saw of %g mm", s.Name, s.Length, s.Height, d.Saw)
		}
	}
	for _, s := range d.Sleeves {
		if !(s.Direction.Unit().Dot(d.Approach.Unit()) > math.Cos(60*math.Pi/180)) || !s.Entry.Placed() {
			return bad("sleeve %q leans more than 60 degrees from the approach", s.Name)
		}
		if !(s.Drill > 0 && s.Drill <= 20 && s.Height > 0 && s.Height <= 60) {
			return bad("sleeve %q of %g × %g mm", s.Name, s.Drill, s.Height)
		}
	}
	if l := d.label(); !(l.Height >= 2 && l.Height <= 20) || !(l.Depth > 0 && l.Depth <= d.Wall-d.MinWall) {
		return bad("a label of %g mm, %g mm deep, in a wall of %g mm of which %g mm must stay", l.Height, l.Depth, d.Wall, d.MinWall)
	}
	_, err := strokes(d.label().Text)
	return err
}

// label is what is engraved.
func (d *Design) label() Label {
	if d.Label != nil {
		return *d.Label
	}
	return Label{Text: d.Case, Height: 4, Depth: min(0.6, d.Wall-d.MinWall)}
}
