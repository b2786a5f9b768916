package surface

import (
	"math"
	"testing"

	"consilium/lab/space"
	"consilium/lab/volume"
)

// skull is the real CT of Debian's invesalius-examples (GPL-2), read where the package puts it; tools/test installs it.
const skullFile = "/usr/share/doc/invesalius-examples/examples/Cranium.inv3"

func skull(t testing.TB) *volume.Volume {
	t.Helper()
	v, err := volume.ReadInVesalius(skullFile)
	if err != nil {
		t.Fatalf("the tests need Debian's invesalius-examples: %v", err)
	}
	return v
}

// field is a volume of 64³ whose value at a voxel is 200 × a signed distance in voxels (x, y, z from the center), rounded: what mkmesh_reference.py makes.
func field(t testing.TB, spacing space.Vec, distance func(x, y, z float64) float64) *volume.Volume {
	t.Helper()
	v, err := volume.New(volume.NewGrid(64, 64, 64, spacing, space.Vec{}))
	if err != nil {
		t.Fatal(err)
	}
	for k := range 64 {
		for j := range 64 {
			for i := range 64 {
				d := 200 * distance(float64(i)-31.5, float64(j)-31.5, float64(k)-31.5)
				v.Int16[v.Offset(i, j, k)] = int16(math.RoundToEven(max(-32000, min(32000, d))))
			}
		}
	}
	return v
}

func ball(r float64) func(x, y, z float64) float64 {
	return func(x, y, z float64) float64 { return r - math.Sqrt(x*x+y*y+z*z) }
}

func torus(R, r float64) func(x, y, z float64) float64 {
	return func(x, y, z float64) float64 { return r - math.Hypot(math.Hypot(x, y)-R, z) }
}

func extract(t testing.TB, v *volume.Volume, threshold float64) *Mesh {
	t.Helper()
	m, err := Extract(v, threshold)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// cube is the box from 0 to edge, twelve triangles.
func cube(edge float32) *Mesh {
	m := &Mesh{}
	for b := range 8 {
		m.Points = append(m.Points, [3]float32{edge * float32(b&1), edge * float32(b>>1&1), edge * float32(b>>2)})
	}
	for _, q := range [][4]int32{{0, 2, 3, 1}, {4, 5, 7, 6}, {0, 1, 5, 4}, {2, 6, 7, 3}, {0, 4, 6, 2}, {1, 3, 7, 5}} {
		m.Triangles = append(m.Triangles, [3]int32{q[0], q[1], q[2]}, [3]int32{q[0], q[2], q[3]})
	}
	return m
}

func near(t testing.TB, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s is %g, not %g (to %g)", what, got, want, within)
	}
}
