package plan

import (
	"fmt"
	"math"

	"consilium/lab/space"
	"consilium/lab/surface"
)

// Osteotomy is a cut, and how far the bone beyond it is turned around a hinge.
type Osteotomy struct {
	Name  string  `json:"name"`
	Plane Plane   `json:"plane"` // the normal points to the bone that moves
	Hinge *Hinge  `json:"hinge,omitempty"`
	Angle float64 `json:"angle_deg,omitempty"` // of the turn around the hinge by the right hand: opens or closes a wedge
}

// Hinge is the line that a wedge opens around.
type Hinge struct {
	Point     space.Vec `json:"point_mm"`
	Direction space.Vec `json:"direction"`
}

func (o Osteotomy) check() error {
	if err := o.Plane.check(o.Name); err != nil {
		return err
	}
	switch {
	case o.Hinge == nil && o.Angle != 0:
		return fmt.Errorf("%w: osteotomy %q turns by %g degrees around no hinge", ErrFormat, o.Name, o.Angle)
	case o.Hinge != nil && (o.Hinge.Direction.Unit() == (space.Vec{}) || !o.Hinge.Point.Placed()):
		return fmt.Errorf("%w: hinge of osteotomy %q", ErrShape, o.Name)
	case math.IsNaN(o.Angle) || math.Abs(o.Angle) > 90:
		return fmt.Errorf("%w: osteotomy %q turns by %g degrees", ErrFormat, o.Name, o.Angle)
	}
	return nil
}

// Pose is how the bone beyond the cut moves.
func (o Osteotomy) Pose() space.Pose {
	if o.Hinge == nil || o.Angle == 0 {
		return space.Still
	}
	return space.About(o.Hinge.Point, space.Rotation(o.Hinge.Direction, o.Angle))
}

// Wedge is what a turn around a hinge opens or closes.
type Wedge struct {
	Opens  bool    `json:"opens"`
	Height float64 `json:"height_mm"` // at the bone's surface furthest from the hinge: what a plate or a saw has to make
	Depth  float64 `json:"depth_mm"`  // from the hinge to there, in the plane of the cut
}

// Wedge measures the wedge on a bone: where the cut leaves the bone furthest from the hinge.
func (o Osteotomy) Wedge(bone *surface.Mesh) (Wedge, error) {
	if o.Hinge == nil {
		return Wedge{}, fmt.Errorf("%w: osteotomy %q has no hinge", ErrShape, o.Name)
	}
	_, below, err := bone.Cut(o.Plane.Point, o.Plane.Normal)
	if err != nil {
		return Wedge{}, err
	}
	if below == nil {
		return Wedge{}, fmt.Errorf("%w: the plane of osteotomy %q does not meet the bone", ErrShape, o.Name)
	}
	along := o.Hinge.Direction.Unit()
	best := Wedge{}
	for p := range below.Points {
		v := below.Point(int32(p))
		if math.Abs(o.Plane.Height(v)) > 1e-3 {
			continue
		}
		d := v.Sub(o.Hinge.Point)
		d = d.Sub(along.Scale(d.Dot(along)))
		if d.Norm() > best.Depth {
			moved := o.Pose().Apply(v)
			best = Wedge{Opens: o.Plane.Height(moved) > 0, Height: moved.Sub(v).Norm(), Depth: d.Norm()}
		}
	}
	if best.Depth == 0 {
		return Wedge{}, fmt.Errorf("%w: the plane of osteotomy %q does not meet the bone", ErrShape, o.Name)
	}
	return best, nil
}

// Apply cuts a bone and moves what lies beyond the cut. What is beyond nothing is nil.
func (o Osteotomy) Apply(bone *surface.Mesh) (stays, moved *surface.Mesh, err error) {
	above, below, err := bone.Cut(o.Plane.Point, o.Plane.Normal)
	if err != nil {
		return nil, nil, err
	}
	if above != nil {
		above = above.Move(o.Pose())
	}
	return below, above, nil
}

// AngleForHKA is the turn around the hinge that brings the hip-knee-ankle angle to a target, if the named landmarks move with it. It is found by Newton's method with secants, for the frontal angle is nearly but not quite
// the turn. An answer beyond 30 degrees is refused: no single wedge should do that.
func (p *Plan) AngleForHKA(o Osteotomy, target float64, beyond ...string) (float64, error) {
	miss := func(angle float64) (float64, error) {
		o.Angle = angle
		limb, err := p.Moved(o.Pose(), beyond...).Limb()
		if err != nil {
			return 0, err
		}
		return limb[HKA] - target, nil
	}
	if o.Hinge == nil {
		return 0, fmt.Errorf("%w: osteotomy %q has no hinge", ErrShape, o.Name)
	}
	a, b := 0.0, 1.0
	fa, err := miss(a)
	if err != nil {
		return 0, err
	}
	for range 50 {
		fb, err := miss(b)
		if err != nil {
			return 0, err
		}
		if math.Abs(fb) < 1e-9 {
			if math.Abs(b) > 30 {
				break
			}
			return b, nil
		}
		if fb == fa {
			break
		}
		a, b, fa = b, b-fb*(b-a)/(fb-fa), fb
		if math.Abs(b) > 180 || math.IsNaN(b) {
			break
		}
	}
	return 0, fmt.Errorf("%w: no turn of at most 30 degrees around the hinge of %q brings HKA to %g", ErrShape, o.Name, target)
}
