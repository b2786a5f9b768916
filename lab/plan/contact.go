package plan

import (
	"fmt"
	"math"

	"consilium/lab/parallel"
	"consilium/lab/space"
	"consilium/lab/surface"
)

// Contact is how two bodies lie to each other.
type Contact struct {
	Crosses   bool    `json:"crosses"`      // their surfaces cross, or one lies within the other
	Clearance float64 `json:"clearance_mm"` // smallest distance of their surfaces, where they do not cross
	Depth     float64 `json:"depth_mm"`     // how deep a corner of one lies in the other
}

// Between measures two closed bodies. The clearance is taken from the corners of each to the surface of the other, which for meshes as fine as ours misses by less than the
// square of an edge over eight times the radius of curvature.
func Between(a, b *surface.Mesh) (Contact, error) {
	sa, err := surface.NewSolid(a)
	if err != nil {
		return Contact{}, err
	}
	sb, err := surface.NewSolid(b)
	if err != nil {
		return Contact{}, err
	}
	low := min(lowest(a, sb), lowest(b, sa))
	c := Contact{Crosses: low < 0 || sa.Crosses(sb.Tree)}
	if c.Crosses {
		c.Depth = max(0, -low)
	} else {
		c.Clearance = low
	}
	return c, nil
}

// lowest is the smallest signed distance of the corners of a mesh from a body.
func lowest(m *surface.Mesh, s *surface.Solid) float64 {
	const size = 1024
	blocks := make([]float64, (len(m.Points)+size-1)/size)
	parallel.Blocks(len(m.Points), size, func(lo, hi int) {
		low := math.Inf(1)
		for p := lo; p < hi; p++ {
			if d, ok := s.Signed(m.Point(int32(p)), math.Inf(1)); ok {
				low = min(low, d)
			}
		}
		blocks[lo/size] = low
	})
	low := math.Inf(1)
	for _, d := range blocks {
		low = min(low, d)
	}
	return low
}

// Mirror is the other side: a mesh reflected at a plane, wound outward again.
func Mirror(m *surface.Mesh, at Plane) (*surface.Mesh, error) {
	if err := at.check("mirror"); err != nil {
		return nil, err
	}
	out := m.Clone()
	n := at.Normal.Unit()
	for p := range out.Points {
		v := m.Point(int32(p))
		v = v.Sub(n.Scale(2 * at.Height(v)))
		out.Points[p] = [3]float32{float32(v[0]), float32(v[1]), float32(v[2])}
	}
	out.Flip()
	return out, nil
}

// Trajectory is a screw's way.
type Trajectory struct {
	Name     string    `json:"name"`
	Entry    space.Vec `json:"entry_mm"`
	Target   space.Vec `json:"target_mm"` // its tip
	Diameter float64   `json:"diameter_mm"`
}

func (t Trajectory) check() error {
	if t.Target.Sub(t.Entry).Unit() == (space.Vec{}) || !(t.Diameter > 0) {
		return fmt.Errorf("%w: trajectory %q", ErrShape, t.Name)
	}
	return nil
}

// Pedicle is how a screw lies in a vertebra.
type Pedicle struct {
	Length   float64 `json:"length_mm"`
	Axial    float64 `json:"axial_deg"`    // between the screw and the sagittal plane: positive where it converges to the middle
	Sagittal float64 `json:"sagittal_deg"` // between the screw and the upper end plate: positive where the tip points up
	Breach   float64 `json:"breach_mm"`    // how far the screw leaves the bone between entry and tip; 0 if it does not
	Grade    string  `json:"grade"`        // of Gertzbein and Robbins (Spine 15 (1990) 11–14): A none, B below 2 mm, C below 4, D below 6, E
}

// Pedicle measures a screw against its vertebra: the end plate's normal points up, the sagittal plane goes through the middle. The first and the last part of the screw, one diameter each, may leave the bone: head and entry.
func (t Trajectory) Pedicle(vertebra *surface.Solid, endPlate, sagittal Plane) (Pedicle, error) {
	if err := t.check(); err != nil {
		return Pedicle{}, err
	}
	if err := endPlate.check("end plate"); err != nil {
		return Pedicle{}, err
	}
	if err := sagittal.check("sagittal"); err != nil {
		return Pedicle{}, err
	}
	way := t.Target.Sub(t.Entry)
	out := Pedicle{Length: way.Norm()}
	u := way.Unit()
	across := math.Asin(max(-1, min(1, u.Dot(sagittal.Normal.Unit())))) * 180 / math.Pi
	if sagittal.Height(t.Entry) > 0 { // from that side, converging is against the normal
		across = -across
	}
	out.Axial = across
	out.Sagittal = math.Asin(max(-1, min(1, u.Dot(endPlate.Normal.Unit())))) * 180 / math.Pi
	steps := int(out.Length/0.25) + 1
	for s := range steps + 1 {
		at := out.Length * float64(s) / float64(steps)
		if at < t.Diameter || at > out.Length-t.Diameter {
			continue
		}
		if d, ok := vertebra.Signed(t.Entry.Add(u.Scale(at)), math.Inf(1)); ok {
			out.Breach = max(out.Breach, d+t.Diameter/2)
		}
	}
	out.Grade = grade(out.Breach)
	return out, nil
}

func grade(breach float64) string {
	for n, limit := range []float64{1e-9, 2, 4, 6} {
		if breach < limit {
			return "ABCD"[n : n+1]
		}
	}
	return "E"
}
