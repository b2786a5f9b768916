package strength

import (
	"fmt"
	"math"
)

// Shape is a region in space; exactly one of its fields is given. Millimeters from the lattice's origin.
type Shape struct {
	Box      *[2][3]float64 `json:"box_mm,omitempty"` // two opposite corners
	Sphere   *Sphere        `json:"sphere_mm,omitempty"`
	Cylinder *Cylinder      `json:"cylinder_mm,omitempty"`
	Body     *Body          `json:"-"`
}

// Body is a region of any form, such as a placed mesh. It is not written down: whoever has the mesh hands it over with the specification.
type Body struct {
	Contains func(mm [3]float64) bool
}

// Sphere is a ball.
type Sphere struct {
	Center [3]float64 `json:"center"`
	Radius float64    `json:"radius"`
}

// Cylinder is round about the line between two points: a screw, a nail.
type Cylinder struct {
	From   [3]float64 `json:"from"`
	To     [3]float64 `json:"to"`
	Radius float64    `json:"radius"`
}

// Patch is a part of the model's surface: a side of the lattice, or what of the surface lies in a shape, and of that, if Facing is given, what faces that way.
type Patch struct {
	Side string `json:"side,omitempty"` // x-, x+, y-, y+, z- or z+
	Shape
	Facing string `json:"facing,omitempty"` // the same names
}

func (s Shape) check() error {
	given := 0
	numbers := []float64{}
	if s.Box != nil {
		given++
		numbers = append(numbers, append(s.Box[0][:], s.Box[1][:]...)...)
	}
	if s.Sphere != nil {
		given++
		numbers = append(numbers, append(s.Sphere.Center[:], s.Sphere.Radius)...)
	}
	if s.Cylinder != nil {
		given++
		numbers = append(numbers, append(append(s.Cylinder.From[:], s.Cylinder.To[:]...), s.Cylinder.Radius)...)
	}
	if s.Body != nil {
		given++
	}
	if given != 1 {
		return fmt.Errorf("%w: %d shapes where one of box_mm, sphere_mm and cylinder_mm is needed", ErrModel, given)
	}
	for _, n := range numbers {
		if math.IsNaN(n) || math.IsInf(n, 0) {
			return fmt.Errorf("%w: a shape with the number %g", ErrModel, n)
		}
	}
	return nil
}

func (p Patch) check() error {
	for _, name := range []string{p.Side, p.Facing} {
		if _, err := direction(name); name != "" && err != nil {
			return err
		}
	}
	if p.Side != "" {
		if p.Shape != (Shape{}) {
			return fmt.Errorf("%w: a patch is a side or a shape, not both", ErrModel)
		}
		return nil
	}
	return p.Shape.check()
}

// contains says whether the point is in the shape. A millionth of a millimeter more counts, so that a box may end on a lattice plane.
func (s Shape) contains(p [3]float64) bool {
	const edge = 1e-6
	switch {
	case s.Box != nil:
		for a := range 3 {
			low, high := min(s.Box[0][a], s.Box[1][a]), max(s.Box[0][a], s.Box[1][a])
			if p[a] < low-edge || p[a] > high+edge {
				return false
			}
		}
		return true
	case s.Body != nil:
		return s.Body.Contains(p)
	case s.Sphere != nil:
		return distance(p, s.Sphere.Center) <= s.Sphere.Radius+edge
	case s.Cylinder != nil:
		along, from := [3]float64{}, [3]float64{}
		length, at := 0.0, 0.0
		for a := range 3 {
			along[a], from[a] = s.Cylinder.To[a]-s.Cylinder.From[a], p[a]-s.Cylinder.From[a]
			length += along[a] * along[a]
			at += along[a] * from[a]
		}
		if length == 0 || at < -edge || at > length+edge {
			return false
		}
		for a := range 3 {
			from[a] -= at / length * along[a]
		}
		return distance(from, [3]float64{}) <= s.Cylinder.Radius+edge
	}
	return false
}

func distance(a, b [3]float64) float64 {
	return math.Sqrt((a[0]-b[0])*(a[0]-b[0]) + (a[1]-b[1])*(a[1]-b[1]) + (a[2]-b[2])*(a[2]-b[2]))
}

// direction is 2·axis, and one more for the upper side.
func direction(name string) (int, error) {
	if len(name) == 2 && name[0] >= 'x' && name[0] <= 'z' && (name[1] == '-' || name[1] == '+') {
		d := 2 * int(name[0]-'x')
		if name[1] == '+' {
			d++
		}
		return d, nil
	}
	return 0, fmt.Errorf("%w: %q is not a direction (x-, x+, y-, y+, z-, z+)", ErrModel, name)
}

// side is one cell's side on the surface.
type side struct {
	nodes     [4]int // in the lattice
	direction int
	area      float64
}

// sides calls f for every side of the model's surface that lies in the patch, by its center.
func (m *Model) sides(p Patch, f func(side)) {
	wanted, facing := -1, -1
	if p.Side != "" {
		wanted, _ = direction(p.Side)
	}
	if p.Facing != "" {
		facing, _ = direction(p.Facing)
	}
	cell := 0
	for k := range m.Cells[2] {
		for j := range m.Cells[1] {
			for i := range m.Cells[0] {
				if m.Modulus[cell] > 0 {
					for d := range 6 {
						if facing >= 0 && d != facing || wanted >= 0 && d != wanted {
							continue
						}
						m.side([3]int{i, j, k}, d, p, f)
					}
				}
				cell++
			}
		}
	}
}

// side calls f for one side of a cell, if it is on the surface and in the patch.
func (m *Model) side(at [3]int, d int, p Patch, f func(side)) {
	axis, up := d/2, d%2
	next := at
	next[axis] += 2*up - 1
	outside := next[axis] < 0 || next[axis] == m.Cells[axis]
	if p.Side != "" && !outside {
		return
	}
	if !outside && m.Modulus[next[0]+m.Cells[0]*(next[1]+m.Cells[1]*next[2])] > 0 {
		return
	}
	b, c := (axis+1)%3, (axis+2)%3
	var center [3]float64
	center[axis] = float64(at[axis]+up) * m.Size[axis]
	center[b], center[c] = (float64(at[b])+0.5)*m.Size[b], (float64(at[c])+0.5)*m.Size[c]
	if p.Side == "" && !p.contains(center) {
		return
	}
	s := side{direction: d, area: m.Size[b] * m.Size[c]}
	for n := range 4 {
		corner := at
		corner[axis] += up
		corner[b] += n & 1
		corner[c] += n >> 1
		s.nodes[n] = corner[0] + (m.Cells[0]+1)*(corner[1]+(m.Cells[1]+1)*corner[2])
	}
	f(s)
}
