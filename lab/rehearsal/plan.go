package rehearsal

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"consilium/casebook"
	"consilium/lab/plan"
	"consilium/lab/space"
	"consilium/lab/surface"
	"consilium/ledger"
)

// PlanFacts is what is measured on a plan.
type PlanFacts struct {
	Limb    map[string]float64 `json:"limb_deg,omitempty"`
	Missing string             `json:"missing,omitempty"` // why there are no angles of a limb
}

// Bounds of a plan.
const (
	mostPlanes    = 26
	mostLandmarks = 100
	mostName      = 40
)

// StartPlan is an empty plan for a case. A case of both sides, or of none, has a plan without a side.
func StartPlan(thread ledger.ThreadID, side string) *plan.Plan {
	p := &plan.Plan{Format: plan.Format, Case: casebook.Number(thread)}
	if s := plan.Side(side); s == plan.Left || s == plan.Right {
		p.Side = s
	}
	return p
}

// PlanOf is the plan of an artefact.
func PlanOf(a *Artefact) (*plan.Plan, error) { return plan.Read(bytes.NewReader(a.Asked)) }

// CheckPlan refuses a plan that belongs to another case or side, or that is more than a page can show.
func CheckPlan(p *plan.Plan, thread ledger.ThreadID, side string) error {
	want := StartPlan(thread, side)
	switch {
	case p.Case != want.Case:
		return fmt.Errorf("%w: it is of case %q, this is %s", plan.ErrFormat, p.Case, want.Case)
	case p.Side != want.Side:
		return fmt.Errorf("%w: it is for the side %q, the case is for %q", plan.ErrFormat, p.Side, side)
	case len(p.Planes) > mostPlanes || len(p.Landmarks) > mostLandmarks:
		return fmt.Errorf("%w: %d planes and %d landmarks; at most %d and %d are taken", plan.ErrFormat, len(p.Planes), len(p.Landmarks), mostPlanes, mostLandmarks)
	}
	for name := range p.Planes {
		if err := CheckName(name); err != nil {
			return err
		}
	}
	for name := range p.Landmarks {
		if err := CheckName(name); err != nil {
			return err
		}
	}
	return p.Check()
}

// CheckName refuses the name of a plane or landmark that no list can show.
func CheckName(name string) error {
	if strings.TrimSpace(name) != name || name == "" || len(name) > mostName || strings.ContainsAny(name, "\n\r\t\x00") {
		return fmt.Errorf("%w: a name of 1 to %d characters", plan.ErrFormat, mostName)
	}
	return nil
}

// AddPlan keeps a version of the plan.
func (l *Lab) AddPlan(ctx context.Context, a Artefact, p *plan.Plan) (Artefact, error) {
	var facts PlanFacts
	if limb, err := p.Limb(); err == nil {
		facts.Limb = limb
	} else {
		facts.Missing = err.Error()
	}
	err := l.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) + 1 FROM lab_artefact WHERE thread = $1 AND kind = $2`, a.Thread[:], string(Plan)).Scan(&p.Version)
	})
	if err != nil {
		return a, fmt.Errorf("counting the versions of a plan: %w", err)
	}
	var text bytes.Buffer
	if err := p.Write(&text); err != nil {
		return a, err
	}
	a.Kind, a.Asked = Plan, text.Bytes()
	return l.AddMade(ctx, a, facts, JSON, text.Bytes())
}

// AddMade keeps an artefact that was made at once, with one file.
func (l *Lab) AddMade(ctx context.Context, a Artefact, facts any, ending string, content []byte) (Artefact, error) {
	var err error
	if a.Facts, err = json.Marshal(facts); err != nil {
		return a, err
	}
	f, err := l.put(ctx, ending, content)
	if err != nil {
		return a, err
	}
	a.Files = []File{f}
	err = l.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		a, err = l.Add(ctx, tx, a)
		return err
	})
	if err == nil {
		l.Changed(a.Thread)
	}
	return a, err
}

// Spot is a place on a bone: the nearest point of its surface to where somebody pointed, and the direction out of the bone there, averaged over what lies around so that a rough place gives none of its own.
type Spot struct {
	Point, Out space.Vec
	Far        float64 // from where somebody pointed, mm
}

// around is how far a spot's direction is averaged, in mm.
const around = 6

// Nearest finds the spot on a surface that is nearest to a place.
func Nearest(m *surface.Mesh, p space.Vec) Spot {
	spot := Spot{Far: math.Inf(1)}
	var first space.Vec
	for t := range m.Triangles {
		a, b, c := m.Corners(t)
		middle := a.Add(b).Add(c).Scale(1.0 / 3)
		if far := middle.Sub(p).Norm(); far < spot.Far {
			spot.Point, spot.Far, first = middle, far, b.Sub(a).Cross(c.Sub(a)).Unit()
		}
	}
	for t := range m.Triangles {
		a, b, c := m.Corners(t)
		n := b.Sub(a).Cross(c.Sub(a))
		if a.Add(b).Add(c).Scale(1.0/3).Sub(spot.Point).Norm() <= around && n.Dot(first) > 0 {
			spot.Out = spot.Out.Add(n)
		}
	}
	spot.Out = spot.Out.Unit()
	return spot
}

// Cut is the plane of a saw at a spot: at turn 0 the cut runs level and the plane's normal leads to the head as far as the surface allows; turn turns it around the way out of the bone, and tilt
// leans the blade from square, in degrees. The tilt is the angle of the cut that is planned and, after the operation, compared.
func (s Spot) Cut(turn, tilt float64) plan.Plane {
	head := space.Vec{0, 0, 1}
	level := head.Sub(s.Out.Scale(head.Dot(s.Out))).Unit()
	if level == (space.Vec{}) {
		level = space.Perpendicular(s.Out)
	}
	normal := space.Rotation(s.Out, turn).Apply(level)
	return plan.Plane{Point: s.Point, Normal: space.Rotation(s.Out.Cross(normal), tilt).Apply(normal)}
}
