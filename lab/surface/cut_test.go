package surface

import (
	"errors"
	"math"
	"testing"

	"consilium/lab/space"
	"pgregory.net/rapid"
)

// Whatever plane: both halves are closed, and their volumes are the whole.
func TestCutHalvesAreClosedAndAddUp(t *testing.T) {
	tube := Join(extract(t, field(t, space.Vec{.5, .5, .5}, torus(18, 8)), 0.5)) // with a canal: a smaller ring inside, turned in
	canal := extract(t, field(t, space.Vec{.5, .5, .5}, torus(18, 4)), 0.5)
	canal.Flip()
	m := Join(tube, canal)
	rapid.Check(t, func(rt *rapid.T) {
		c := rapid.Float64Range(-1, 1)
		n := space.Vec{c.Draw(rt, "x"), c.Draw(rt, "y"), c.Draw(rt, "z")}
		if n.Norm() < 0.1 {
			return
		}
		p := space.Vec{15.75, 15.75, 15.75}.Add(space.Vec{c.Draw(rt, "px"), c.Draw(rt, "py"), c.Draw(rt, "pz")}.Scale(6))
		above, below, err := m.Cut(p, n)
		if err != nil {
			rt.Fatal(err)
		}
		sum := 0.0
		for _, half := range []*Mesh{above, below} {
			if half != nil {
				if v := half.Volume(); v < -1e-3 {
					rt.Fatalf("a half of %g mm³", v)
				}
				sum += half.Volume()
			}
		}
		if math.Abs(sum-m.Volume()) > 0.01 {
			rt.Fatalf("%g mm³ of %g", sum, m.Volume())
		}
	})
}

func TestCutACube(t *testing.T) { // by hand
	above, below, err := cube(10).Cut(space.Vec{0, 0, 3}, space.Vec{0, 0, 2})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "above", above.Volume(), 700, 1e-3)
	near(t, "below", below.Volume(), 300, 1e-3)
	near(t, "area above", above.Area(), 200+4*70, 1e-3)
	if above, below, err := cube(10).Cut(space.Vec{0, 0, 20}, space.Vec{0, 0, 1}); err != nil || above != nil || below == nil {
		t.Errorf("a plane beside it: %v %v %v", above, below, err)
	}
	if _, _, err := cube(10).Cut(space.Vec{}, space.Vec{}); !errors.Is(err, ErrMesh) {
		t.Errorf("no plane: %v", err)
	}
	open := cube(10)
	open.Triangles = open.Triangles[1:]
	if _, _, err := open.Cut(space.Vec{0, 0, 3}, space.Vec{0, 0, 1}); !errors.Is(err, ErrOpen) {
		t.Errorf("an open surface: %v", err)
	}
}
