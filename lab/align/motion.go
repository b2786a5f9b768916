package align

import "math"

// Point is a place or a direction in millimeters: x, y, z.
type Point = [3]float64

// Motion is a rigid motion: p goes to R·p + T. R is a rotation (orthonormal, determinant +1) by rows.
type Motion struct {
	R [3][3]float64
	T Point
}

// Still is the motion that moves nothing.
func Still() Motion { return Motion{R: [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}} }

// Apply is where p goes.
func (m Motion) Apply(p Point) Point { return add(m.Turn(p), m.T) }

// Turn is where the direction d points after the motion.
func (m Motion) Turn(d Point) Point {
	return Point{dot(m.R[0], d), dot(m.R[1], d), dot(m.R[2], d)}
}

// After is the motion that does first, then m.
func (m Motion) After(first Motion) Motion {
	var r [3][3]float64
	for i := range 3 {
		for j := range 3 {
			for k := range 3 {
				r[i][j] += m.R[i][k] * first.R[k][j]
			}
		}
	}
	return Motion{R: r, T: m.Apply(first.T)}
}

// Inverse is the motion that undoes m.
func (m Motion) Inverse() Motion {
	var r [3][3]float64
	for i := range 3 {
		for j := range 3 {
			r[i][j] = m.R[j][i]
		}
	}
	back := Motion{R: r}
	back.T = scale(-1, back.Turn(m.T))
	return back
}

// Angle is how far the motion turns, in radians from 0 to π. The arctangent keeps its digits near 0 and π, where the usual arccosine of the trace
// loses half of them.
func (m Motion) Angle() float64 {
	skew := Point{m.R[2][1] - m.R[1][2], m.R[0][2] - m.R[2][0], m.R[1][0] - m.R[0][1]}
	return math.Atan2(norm(skew), m.R[0][0]+m.R[1][1]+m.R[2][2]-1)
}

// Determinant is +1 for a rotation; a caller that checks somebody else's matrix sees a reflection as -1.
func (m Motion) Determinant() float64 { return dot(m.R[0], cross(m.R[1], m.R[2])) }

// Rotation turns by the vector w: about its direction, by its length in radians (Rodrigues' formula).
func Rotation(w Point) Motion {
	a := norm(w)
	s, c := 1-a*a/6, 0.5-a*a/24 // sin(a)/a and (1-cos(a))/a² near zero
	if a > 1e-4 {
		s, c = math.Sin(a)/a, (1-math.Cos(a))/(a*a)
	}
	k := [3][3]float64{{0, -w[2], w[1]}, {w[2], 0, -w[0]}, {-w[1], w[0], 0}}
	m := Still()
	for i := range 3 {
		for j := range 3 {
			m.R[i][j] += s * k[i][j]
			for l := range 3 {
				m.R[i][j] += c * k[i][l] * k[l][j]
			}
		}
	}
	return m
}

// about turns by w about the point c and then shifts by t.
func about(w, c, t Point) Motion {
	m := Rotation(w)
	m.T = add(sub(c, m.Turn(c)), t)
	return m
}

func add(a, b Point) Point           { return Point{a[0] + b[0], a[1] + b[1], a[2] + b[2]} }
func sub(a, b Point) Point           { return Point{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }
func scale(s float64, a Point) Point { return Point{s * a[0], s * a[1], s * a[2]} }
func dot(a, b Point) float64         { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }
func norm(a Point) float64           { return math.Sqrt(dot(a, a)) }
func finite(a Point) bool            { return !math.IsNaN(dot(a, a)) && !math.IsInf(dot(a, a), 0) }
func cross(a, b Point) Point {
	return Point{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}
