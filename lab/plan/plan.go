package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"consilium/lab/space"
)

// Format is the version of the document that this release writes. A change that older releases would misread raises it.
const Format = 1

// Errors of plans.
var (
	ErrFormat   = errors.New("plan: not a plan that is understood")
	ErrLandmark = errors.New("plan: a landmark is missing")
	ErrShape    = errors.New("plan: points that give no direction")
)

// Side is a side of the body.
type Side string

// Sides of the body.
const (
	Right Side = "right"
	Left  Side = "left"
)

// Plan is what a team agrees on. The zero value with a format is an empty plan.
type Plan struct {
	Format      int                  `json:"format"`
	Case        string               `json:"case"`    // the case's ID, never a name
	Version     int                  `json:"version"` // of this plan: counts up with every change that is signed
	Side        Side                 `json:"side,omitempty"`
	Landmarks   map[string]space.Vec `json:"landmarks_mm,omitempty"`
	Planes      map[string]Plane     `json:"planes,omitempty"`
	Osteotomies []Osteotomy          `json:"osteotomies,omitempty"`
	Implants    []Implant            `json:"implants,omitempty"`
	Trajectory  []Trajectory         `json:"trajectories,omitempty"`
	Angles      map[string]float64   `json:"angles_deg,omitempty"` // planned: what the operation should reach
	Note        string               `json:"note,omitempty"`
}

// Plane is a point and a direction at right angles to it, of any length.
type Plane struct {
	Point  space.Vec `json:"point_mm"`
	Normal space.Vec `json:"normal"`
}

// Height is how far a point lies on the side of the normal, in mm.
func (p Plane) Height(v space.Vec) float64 { return v.Sub(p.Point).Dot(p.Normal.Unit()) }

// Project is the nearest point of the plane.
func (p Plane) Project(v space.Vec) space.Vec { return v.Sub(p.Normal.Unit().Scale(p.Height(v))) }

// check refuses a plane without a direction.
func (p Plane) check(name string) error {
	if p.Normal.Unit() == (space.Vec{}) || !p.Point.Placed() {
		return fmt.Errorf("%w: plane %q", ErrShape, name)
	}
	return nil
}

// Implant is a user's mesh and where it is placed.
type Implant struct {
	Name   string     `json:"name"`
	File   string     `json:"file"`
	SHA256 string     `json:"sha256,omitempty"` // of the file: what was planned with
	Pose   space.Pose `json:"pose"`             // from the mesh's own coordinates to LPS mm
}

// Read reads a plan strictly: fields that are not known are errors, because a plan that is half understood is worse than none.
func Read(r io.Reader) (*Plan, error) {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	p := &Plan{}
	if err := d.Decode(p); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if p.Format < 1 || p.Format > Format {
		return nil, fmt.Errorf("%w: it has format %d, this release reads up to %d", ErrFormat, p.Format, Format)
	}
	return p, p.Check()
}

// Write writes the plan, always with the same bytes for the same content, so that its hash stands for it.
func (p *Plan) Write(w io.Writer) error {
	if err := p.Check(); err != nil {
		return err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	if err := e.Encode(p); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// Check refuses what no function here could work on.
func (p *Plan) Check() error {
	if p.Side != "" && p.Side != Right && p.Side != Left {
		return fmt.Errorf("%w: side %q", ErrFormat, p.Side)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Landmarks)) {
		if !p.Landmarks[name].Placed() {
			return fmt.Errorf("%w: landmark %q is at %v", ErrFormat, name, p.Landmarks[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.Planes)) {
		if err := p.Planes[name].check(name); err != nil {
			return err
		}
	}
	for _, o := range p.Osteotomies {
		if err := o.check(); err != nil {
			return err
		}
	}
	for _, i := range p.Implants {
		if !i.Pose.Rigid() {
			return fmt.Errorf("%w: the pose of implant %q is no rigid motion", ErrFormat, i.Name)
		}
	}
	for _, t := range p.Trajectory {
		if err := t.check(); err != nil {
			return err
		}
	}
	return nil
}

// Need finds landmarks by name, all or an error that names what is missing.
func (p *Plan) Need(names ...string) ([]space.Vec, error) {
	out := make([]space.Vec, len(names))
	for i, name := range names {
		v, ok := p.Landmarks[name]
		if !ok {
			return nil, fmt.Errorf("%w: %q", ErrLandmark, name)
		}
		out[i] = v
	}
	return out, nil
}

// Moved is the plan with the named landmarks moved: what an osteotomy does to the bone beyond it.
func (p *Plan) Moved(pose space.Pose, names ...string) *Plan {
	out := *p
	out.Landmarks = maps.Clone(p.Landmarks)
	for _, name := range names {
		if v, ok := out.Landmarks[name]; ok {
			out.Landmarks[name] = pose.Apply(v)
		}
	}
	return &out
}
