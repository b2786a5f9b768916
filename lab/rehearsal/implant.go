package rehearsal

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strings"

	"consilium/casebook"
	"consilium/jobs"
	"consilium/lab/plan"
	"consilium/lab/space"
	"consilium/lab/surface"
	"consilium/lang"
	"consilium/ledger"
)

// ImplantOrder is a user's mesh and where it is placed: plate, nail, screw, prosthesis. Moved, it is the next version of the same name.
type ImplantOrder struct {
	Name   string    `json:"name"`
	File   string    `json:"file"`           // as who brought it calls it
	At     space.Vec `json:"at_mm"`          // where the middle of its box lies
	Angles space.Vec `json:"angles_deg"`     // by which it is turned about the patient's axes through its middle: x, then y, then z
	Away   bool      `json:"away,omitempty"` // it is taken off the stage
}

// ImplantFacts is how it lies.
type ImplantFacts struct {
	Pose    space.Pose    `json:"pose"` // from the mesh's own coordinates to the patient's
	Size    space.Vec     `json:"size_mm"`
	Volume  float64       `json:"volume_mm3"`
	Mesh    int           `json:"triangles"`
	SHA256  string        `json:"sha256"` // of the mesh in its own coordinates, as it is kept
	Bone    plan.Contact  `json:"bone"`
	Guide   *plan.Contact `json:"guide,omitempty"` // nil: there was no guide to compare with
	Seconds float64       `json:"seconds"`
}

// Bounds of implants.
const (
	mostImplants         = 20      // names in a case
	MostImplantTriangles = 400_000 // of a mesh
	leastSize, mostSize  = 1, 1000 // mm of its longest side: what is smaller or larger was not drawn in millimeters
)

// Own is the ending of a mesh in its own coordinates, as its owner brought it.
const Own = "own.stl"

// Check refuses what cannot be placed.
func (o *ImplantOrder) Check() error {
	if err := CheckName(o.Name); err != nil {
		return err
	}
	for axis := range 3 {
		if !(math.Abs(o.At[axis]) <= 1e4) || !(math.Abs(o.Angles[axis]) <= 360) {
			return fmt.Errorf("%w: an implant at %v, turned by %v", ErrAsked, o.At, o.Angles)
		}
	}
	return nil
}

// Placed is an implant that stands on a stage, with how it lies.
type Placed struct {
	*Artefact
	Order ImplantOrder
	Lies  ImplantFacts
}

// Layer is what a stage calls it: the same wherever it is moved to.
func (p Placed) Layer() string { return "implant-" + p.Order.Name }

// Placed reads the implants of a stage.
func (s Stage) Placed() (list []Placed, err error) {
	for _, a := range s.Implants {
		p := Placed{Artefact: a}
		if err := a.Read(&p.Order, &p.Lies); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// RoomForImplant refuses one more name than a case may have; a name that stands already is moved.
func RoomForImplant(s Stage, name string) error {
	for _, a := range s.Implants {
		var o ImplantOrder
		if a.Read(&o, nil) == nil && o.Name == name {
			return nil
		}
	}
	if len(s.Implants) >= mostImplants {
		return fmt.Errorf("%w: %d implants stand on the stage; at most %d may", ErrTooMuch, len(s.Implants), mostImplants)
	}
	return nil
}

// TakeAway takes an implant off the stage: the next version of its name, which shows nothing.
func (l *Lab) TakeAway(ctx context.Context, a Artefact, o ImplantOrder) (Artefact, error) {
	if err := o.Check(); err != nil || !o.Away {
		return a, errors.Join(ErrAsked, err)
	}
	a.Facts = []byte("{}")
	err := l.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		a, err = l.Add(ctx, tx, a)
		return err
	})
	if err == nil {
		l.Changed(a.Thread)
	}
	return a, err
}

// Pose is the motion that places a mesh.
func (o *ImplantOrder) Pose(m *surface.Mesh) space.Pose {
	low, high := m.Bounds()
	turn := space.Rotation(space.Vec{0, 0, 1}, o.Angles[2]).Mul(space.Rotation(space.Vec{0, 1, 0}, o.Angles[1])).Mul(space.Rotation(space.Vec{1, 0, 0}, o.Angles[0]))
	return space.Pose{Turn: turn, Shift: o.At.Sub(turn.Apply(low.Add(high).Scale(0.5)))}
}

// On places a mesh on the bone: its own z leads out of it, and its lower side touches it.
func (o *ImplantOrder) On(s Spot, m *surface.Mesh) {
	low, high := m.Bounds()
	u := s.Out
	o.Angles = space.Vec{0, math.Acos(max(-1, min(1, u[2]))) * 180 / math.Pi, math.Atan2(u[1], u[0]) * 180 / math.Pi}
	o.At = s.Point.Add(u.Scale((high[2] - low[2]) / 2))
}

// ReadImplant reads a mesh that somebody brought, mends what can be mended, and refuses what is no closed body in millimeters.
func ReadImplant(name string, raw []byte) (*surface.Mesh, error) {
	ending := strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])
	m, err := surface.Read("."+ending, raw)
	if err != nil {
		return nil, err
	}
	if len(m.Triangles) > MostImplantTriangles {
		return nil, fmt.Errorf("%w: %d triangles; at most %d are taken", ErrTooMuch, len(m.Triangles), MostImplantTriangles)
	}
	m, r, err := m.Repair(12)
	if err != nil {
		return nil, err
	}
	if !r.After.Watertight {
		return nil, fmt.Errorf("%w: %d open edges, %d edges of more than two triangles", ErrImplant, r.After.Boundary, r.After.NonManifold)
	}
	low, high := m.Bounds()
	if size := high.Sub(low); !(max(size[0], size[1], size[2]) >= leastSize && max(size[0], size[1], size[2]) <= mostSize) {
		return nil, fmt.Errorf("%w: it is %.3g × %.3g × %.3g mm; its file has to be in millimeters", ErrImplant, size[0], size[1], size[2])
	}
	return m, nil
}

// KeepImplant keeps a mesh in its own coordinates, for the order that places it.
func (l *Lab) KeepImplant(ctx context.Context, m *surface.Mesh) (File, error) {
	var b bytes.Buffer
	if err := m.WriteSTL(&b, "implant"); err != nil {
		return File{}, err
	}
	return l.put(ctx, Own, b.Bytes())
}

// StandOn places a kept mesh on the bone where it is nearest to a place.
func (l *Lab) StandOn(ctx context.Context, o *ImplantOrder, own File, bone *Artefact, at space.Vec) error {
	raw, err := l.bytes(ctx, own)
	if err != nil {
		return err
	}
	m, err := surface.ReadSTL(raw)
	if err != nil {
		return err
	}
	b, err := l.Mesh(ctx, bone)
	if err != nil {
		return err
	}
	o.On(Nearest(b, at), m)
	return nil
}

// implant places the mesh and measures how it lies to the bone and to the guide.
func (w *work) implant() (any, error) {
	var o ImplantOrder
	if err := w.of.Read(&o, nil); err != nil {
		return nil, err
	}
	if err := o.Check(); err != nil {
		return nil, err
	}
	begun := w.lab.Now()
	own, kept := w.of.File(Own)
	if !kept {
		return nil, ErrGone
	}
	raw, err := w.lab.bytes(w.ctx, own)
	if err != nil {
		return nil, err
	}
	m, err := surface.ReadSTL(raw)
	if err != nil {
		return nil, err
	}
	low, high := m.Bounds()
	facts := ImplantFacts{Pose: o.Pose(m), Size: high.Sub(low), Volume: m.Volume(), Mesh: len(m.Triangles), SHA256: hex.EncodeToString(own.Hash[:])}
	m = m.Move(facts.Pose)
	if _, err := w.keepMesh(GLB, m, casebook.Number(w.of.Thread)); err != nil {
		return nil, err
	}
	w.report(jobs.Progress{Note: lang.Phrase("lab.job.implant", nil)})
	if err := w.contacts(m, &facts); err != nil {
		return nil, err
	}
	facts.Seconds = w.lab.Now().Sub(begun).Seconds()
	return facts, w.ctx.Err()
}

// contacts measures a placed mesh against the bone that it was ordered on, and the guide that stands there.
func (w *work) contacts(m *surface.Mesh, facts *ImplantFacts) error {
	from, err := w.source()
	if err != nil {
		return err
	}
	bone, err := w.lab.Mesh(w.ctx, &from)
	if err != nil {
		return err
	}
	if facts.Bone, err = plan.Between(m, bone); err != nil {
		return err
	}
	s, err := w.lab.onStage(w.ctx, w.of.Thread)
	if err != nil || s.Guide == nil {
		return err
	}
	guide, err := w.lab.Mesh(w.ctx, s.Guide)
	if err != nil {
		return err
	}
	c, err := plan.Between(m, guide)
	facts.Guide = &c
	return err
}
