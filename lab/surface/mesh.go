package surface

import (
	"errors"
	"fmt"

	"consilium/lab/space"
)

// ErrEmpty says that there is no surface: the threshold meets nothing, or a file holds no triangle.
var ErrEmpty = errors.New("surface: no triangle")

// ErrMesh says that a mesh points at points it has not, or at places that are not numbers.
var ErrMesh = errors.New("surface: broken mesh")

// Mesh is a surface of triangles. Points are in LPS mm; a triangle names three of them, counter-clockwise seen from outside.
type Mesh struct {
	Points    [][3]float32
	Triangles [][3]int32
}

// Point is one point as a vector.
func (m *Mesh) Point(p int32) space.Vec {
	v := &m.Points[p]
	return space.Vec{float64(v[0]), float64(v[1]), float64(v[2])}
}

// Corners are the points of a triangle.
func (m *Mesh) Corners(t int) (a, b, c space.Vec) {
	tri := m.Triangles[t]
	return m.Point(tri[0]), m.Point(tri[1]), m.Point(tri[2])
}

// Clone is a copy.
func (m *Mesh) Clone() *Mesh {
	return &Mesh{Points: append([][3]float32(nil), m.Points...), Triangles: append([][3]int32(nil), m.Triangles...)}
}

// Check refuses a mesh that no function here could work on.
func (m *Mesh) Check() error {
	if len(m.Triangles) == 0 {
		return ErrEmpty
	}
	for t, tri := range m.Triangles {
		for _, p := range tri {
			if uint(p) >= uint(len(m.Points)) {
				return fmt.Errorf("%w: triangle %d names point %d of %d", ErrMesh, t, p, len(m.Points))
			}
		}
	}
	for p, v := range m.Points {
		for _, f := range v {
			if f-f != 0 {
				return fmt.Errorf("%w: point %d is at %v", ErrMesh, p, v)
			}
		}
	}
	return nil
}

// Move applies a rigid motion.
func (m *Mesh) Move(p space.Pose) *Mesh {
	out := m.Clone()
	for i := range out.Points {
		v := p.Apply(m.Point(int32(i)))
		out.Points[i] = [3]float32{float32(v[0]), float32(v[1]), float32(v[2])}
	}
	return out
}

// Bounds are the corners of the smallest box along the axes; of a mesh without points, twice the origin.
func (m *Mesh) Bounds() (low, high space.Vec) {
	for i := range m.Points {
		v := m.Point(int32(i))
		if i == 0 {
			low, high = v, v
		}
		for axis := range 3 {
			low[axis], high[axis] = min(low[axis], v[axis]), max(high[axis], v[axis])
		}
	}
	return low, high
}

// Compact leaves out the points that no triangle names.
func (m *Mesh) Compact() *Mesh {
	at := make([]int32, len(m.Points))
	for _, tri := range m.Triangles {
		for _, p := range tri {
			at[p] = 1
		}
	}
	out := &Mesh{Triangles: make([][3]int32, len(m.Triangles))}
	for p, used := range at {
		if used == 1 {
			at[p] = int32(len(out.Points))
			out.Points = append(out.Points, m.Points[p])
		}
	}
	for t, tri := range m.Triangles {
		out.Triangles[t] = [3]int32{at[tri[0]], at[tri[1]], at[tri[2]]}
	}
	return out
}

// Join puts meshes into one, side by side.
func Join(meshes ...*Mesh) *Mesh {
	out := &Mesh{}
	for _, m := range meshes {
		base := int32(len(out.Points))
		out.Points = append(out.Points, m.Points...)
		for _, tri := range m.Triangles {
			out.Triangles = append(out.Triangles, [3]int32{tri[0] + base, tri[1] + base, tri[2] + base})
		}
	}
	return out
}

// Flip turns every triangle over.
func (m *Mesh) Flip() {
	for t, tri := range m.Triangles {
		m.Triangles[t] = [3]int32{tri[0], tri[2], tri[1]}
	}
}
