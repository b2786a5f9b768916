package align

import (
	"math"

	"consilium/lab/space"
)

// Motion is a rigid motion that was found: p goes to Turn·p + Shift.
type Motion struct{ space.Pose }

// Angle is how far the motion turns, in radians from 0 to π. The arctangent keeps its digits near 0 and π, where the usual arccosine of the trace
// loses half of them.
func (m Motion) Angle() float64 {
	r := &m.Turn
	skew := space.Vec{r[2][1] - r[1][2], r[0][2] - r[2][0], r[1][0] - r[0][1]}
	return math.Atan2(skew.Norm(), r[0][0]+r[1][1]+r[2][2]-1)
}

// small turns by the vector w (its length is the angle in radians) about c, and then shifts by t.
func small(w, c, t space.Vec) Motion {
	p := space.About(c, space.Rotation(w, w.Norm()*180/math.Pi))
	p.Shift = p.Shift.Add(t)
	return Motion{p}
}

// after is the motion that does first, then m.
func (m Motion) after(first Motion) Motion { return Motion{first.Then(m.Pose)} }
