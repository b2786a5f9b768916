// Package space holds points, directions and rigid motions of the surgery lab.
//
// Every point is in millimeters in DICOM's patient coordinates (LPS: x to the patient's left, y to the back, z to the head; PS3.3 C.7.6.2.1.1), unless a comment says
// otherwise. Values are plain arrays, so that they are copied, compared and written as JSON without further code.
package space

import "math"

// Vec is a point or a direction.
type Vec [3]float64

// Add returns a + b.
func (a Vec) Add(b Vec) Vec { return Vec{a[0] + b[0], a[1] + b[1], a[2] + b[2]} }

// Sub returns a − b, the way from b to a.
func (a Vec) Sub(b Vec) Vec { return Vec{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }

// Scale returns f·a.
func (a Vec) Scale(f float64) Vec { return Vec{f * a[0], f * a[1], f * a[2]} }

// Dot is the scalar product.
func (a Vec) Dot(b Vec) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

// Cross is the vector product.
func (a Vec) Cross(b Vec) Vec {
	return Vec{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

// Norm is the length.
func (a Vec) Norm() float64 { return math.Sqrt(a.Dot(a)) }

// Unit returns the direction of a with length one, or the zero vector if a has no direction (zero, infinite or not a number).
func (a Vec) Unit() Vec {
	n := a.Norm()
	if !(n > 0) || math.IsInf(n, 0) {
		return Vec{}
	}
	return a.Scale(1 / n)
}

// Lerp returns the point at part t of the way from a to b.
func (a Vec) Lerp(b Vec, t float64) Vec { return a.Add(b.Sub(a).Scale(t)) }

// Finite reports whether no component is infinite or not a number.
func (a Vec) Finite() bool {
	return !math.IsNaN(a[0]-a[0]) && !math.IsNaN(a[1]-a[1]) && !math.IsNaN(a[2]-a[2])
}

// Farthest is how far from the origin a point may lie on each axis, in millimeters: a hundred meters, wherever a scanner or a tracker has its origin. (References of fitting far from the origin go to twelve.)
const Farthest = 1e5

// Placed reports whether a point may be one of a patient, a bone or a tracker: each component is a number of at most [Farthest]. Squares and sums of larger ones are no numbers any more.
func (a Vec) Placed() bool {
	return math.Abs(a[0]) <= Farthest && math.Abs(a[1]) <= Farthest && math.Abs(a[2]) <= Farthest // of what is not a number no comparison holds
}

// Degrees is the angle between two directions, 0 to 180. It is exact near 0 and 180 too, where an arc cosine is not.
func Degrees(a, b Vec) float64 {
	return math.Atan2(a.Cross(b).Norm(), a.Dot(b)) * 180 / math.Pi
}

// Perpendicular returns a unit vector at right angles to a direction; the same one for the same direction.
func Perpendicular(a Vec) Vec {
	least := 0
	for axis := range a {
		if math.Abs(a[axis]) < math.Abs(a[least]) {
			least = axis
		}
	}
	var e Vec
	e[least] = 1
	return a.Cross(e).Unit()
}

// Mat is a 3×3 matrix, its rows one after another.
type Mat [3]Vec

// Identity leaves every vector as it is.
var Identity = Mat{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}

// Columns returns the matrix whose columns are given.
func Columns(a, b, c Vec) Mat { return Mat{a, b, c}.Transpose() }

// Column returns one column.
func (m Mat) Column(c int) Vec { return Vec{m[0][c], m[1][c], m[2][c]} }

// Apply returns m·v.
func (m Mat) Apply(v Vec) Vec { return Vec{m[0].Dot(v), m[1].Dot(v), m[2].Dot(v)} }

// Mul returns the matrix that applies b first and then m.
func (m Mat) Mul(b Mat) Mat {
	t := b.Transpose()
	return Mat{t.Apply(m[0]), t.Apply(m[1]), t.Apply(m[2])}
}

// Transpose exchanges rows and columns; of a rotation it is the inverse.
func (m Mat) Transpose() Mat { return Mat{m.Column(0), m.Column(1), m.Column(2)} }

// Det is the determinant: 1 for a rotation, −1 for one with a mirror.
func (m Mat) Det() float64 { return m[0].Dot(m[1].Cross(m[2])) }

// Rotation turns by an angle in degrees around an axis through the origin, by the right hand (Rodrigues' formula). The axis needs no length.
func Rotation(axis Vec, degrees float64) Mat {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	u := axis.Unit()
	var m Mat
	for c := range 3 {
		var e Vec
		e[c] = 1
		turned := e.Scale(cos).Add(u.Cross(e).Scale(sin)).Add(u.Scale(u.Dot(e) * (1 - cos)))
		m[0][c], m[1][c], m[2][c] = turned[0], turned[1], turned[2]
	}
	return m
}

// Pose moves a body: x goes to Turn·x + Shift. The zero value is not a pose; Still is.
type Pose struct {
	Turn  Mat `json:"turn"`  // rotation, rows
	Shift Vec `json:"shift"` // mm
}

// Still moves nothing.
var Still = Pose{Turn: Identity}

// Apply moves a point.
func (p Pose) Apply(v Vec) Vec { return p.Turn.Apply(v).Add(p.Shift) }

// Inverse moves back.
func (p Pose) Inverse() Pose {
	t := p.Turn.Transpose()
	return Pose{Turn: t, Shift: t.Apply(p.Shift).Scale(-1)}
}

// Then returns the pose that does p first and q afterwards.
func (p Pose) Then(q Pose) Pose {
	return Pose{Turn: q.Turn.Mul(p.Turn), Shift: q.Apply(p.Shift)}
}

// About returns the pose that turns around a point, which stays where it is.
func About(center Vec, turn Mat) Pose {
	return Pose{Turn: turn, Shift: center.Sub(turn.Apply(center))}
}

// Rigid reports whether the pose is a rotation without mirror or stretch, to 1e-6.
func (p Pose) Rigid() bool {
	gram := p.Turn.Mul(p.Turn.Transpose())
	for r := range 3 {
		for c := range 3 {
			if !(math.Abs(gram[r][c]-Identity[r][c]) < 1e-6) {
				return false
			}
		}
	}
	return math.Abs(p.Turn.Det()-1) < 1e-6 && p.Shift.Placed()
}
