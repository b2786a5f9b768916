package surface

import (
	"errors"
	"math"
	"testing"

	"consilium/lab/space"
	"pgregory.net/rapid"
)

func TestMeasureACube(t *testing.T) { // by hand
	m := cube(10)
	near(t, "area", m.Area(), 600, 1e-9)
	near(t, "volume", m.Volume(), 1000, 1e-9)
	want := Topology{Points: 8, Edges: 18, Triangles: 12, Euler: 2, Watertight: true}
	if got := m.Inspect(); got != want {
		t.Errorf("%+v", got)
	}
	for _, d := range m.Thickness() {
		near(t, "thickness", d, 10, 1e-6)
	}
	if n := m.SelfIntersections(10); n != 0 {
		t.Errorf("%d self-intersections", n)
	}
	pushed := Join(m, cube(4).Move(space.Pose{Turn: space.Identity, Shift: space.Vec{8, 3, 3}}))
	if n := pushed.SelfIntersections(1000); n == 0 {
		t.Error("a cube through a face crosses nothing")
	}
	if !NewTree(m).Crosses(NewTree(cube(4).Move(space.Pose{Turn: space.Identity, Shift: space.Vec{8, 3, 3}}))) || NewTree(m).Crosses(NewTree(cube(4).Move(space.Pose{Turn: space.Identity, Shift: space.Vec{3, 3, 3}}))) {
		t.Error("Crosses is wrong about a cube through a face or a cube within a cube")
	}
}

func TestThicknessOfAShell(t *testing.T) {
	outer := extract(t, field(t, space.Vec{.5, .5, .5}, ball(24)), 0.5)
	inner := extract(t, field(t, space.Vec{.5, .5, .5}, ball(18)), 0.5)
	inner.Flip()
	for _, d := range Join(outer, inner).Thickness() {
		if d < 2.6 || d > 4.0 { // 3 mm, seen along normals of facets
			t.Fatalf("thickness %g", d)
		}
	}
}

func TestCurvature(t *testing.T) {
	const r = 10.0
	m := extractSmooth(t, ball(20))
	for p := range m.Points { // onto the ball itself, so that only the operators' error is left
		v := m.Point(int32(p)).Sub(space.Vec{15.75, 15.75, 15.75}).Unit().Scale(r)
		m.Points[p] = [3]float32{float32(v[0]), float32(v[1]), float32(v[2])}
	}
	mean, gaussian, off := 0.0, 0.0, 0.0
	for _, c := range m.Curvature() {
		mean, gaussian, off = mean+c.Mean*r, gaussian+c.Gaussian*r*r, off+(c.Mean*r-1)*(c.Mean*r-1)
		if most, least := c.Principal(); most < c.Mean || least > c.Mean {
			t.Fatalf("principal curvatures %g and %g around %g", most, least, c.Mean)
		}
	}
	n := float64(len(m.Points))
	near(t, "mean curvature times radius", mean/n, 1, 0.03)
	near(t, "Gaussian curvature times its square", gaussian/n, 1, 0.03)
	near(t, "spread over points", math.Sqrt(off/n), 0, 0.15) // single points with obtuse triangles around them are a third off
	m = extractSmooth(t, torus(18, 6.3))                     // a ring is a saddle inside and bulges outside
	inner, outer := 0.0, 0.0
	for p, c := range m.Curvature() {
		d := m.Point(int32(p)).Sub(space.Vec{15.75, 15.75, 15.75})
		if math.Hypot(d[0], d[1]) < 9 {
			inner += c.Gaussian
		} else {
			outer += c.Gaussian
		}
	}
	if inner >= 0 || outer <= 0 {
		t.Errorf("the sums of Gaussian curvature are %g inside and %g outside", inner, outer)
	}
	for _, c := range extract(t, field(t, space.Vec{1, 1, 1}, func(x, y, z float64) float64 { return z }), 0.5).Curvature() {
		if !math.IsNaN(c.Mean) && (math.Abs(c.Mean) > 1e-6 || math.Abs(c.Gaussian) > 1e-6) {
			t.Fatalf("a plane bends: %+v", c)
		}
	}
}

func extractSmooth(t testing.TB, distance func(x, y, z float64) float64) *Mesh {
	t.Helper()
	m, err := extract(t, field(t, space.Vec{.5, .5, .5}, distance), 0.5).Smooth(Smoothing{30, 0.05})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The tree finds what looking at every triangle finds.
func TestTreeAgainstAllTriangles(t *testing.T) {
	m := extract(t, field(t, space.Vec{1, 1, 1}, torus(12, 4)), 0.5)
	tree := NewTree(m)
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.Float64Range(-5, 70)
		p := space.Vec{c.Draw(t, "x"), c.Draw(t, "y"), c.Draw(t, "z")}
		best, hit := math.Inf(1), math.Inf(1)
		direction := space.Vec{c.Draw(t, "dx") - 30, c.Draw(t, "dy") - 30, c.Draw(t, "dz") - 30}.Unit()
		for i := range m.Triangles {
			a, b, d := m.Corners(i)
			q, _ := nearestOn(p, a, b, d)
			best = min(best, q.Sub(p).Norm())
			if far, ok := rayTriangle(p, direction, a, b, d); ok && far > 0 {
				hit = min(hit, far)
			}
		}
		n, ok := tree.Nearest(p, math.Inf(1))
		if !ok || math.Abs(n.Distance-best) > 1e-9 {
			t.Fatalf("nearest %g, tree %g", best, n.Distance)
		}
		if _, ok := tree.Nearest(p, best/2); ok {
			t.Fatal("found something nearer than the nearest")
		}
		if got, ok := tree.Ray(p, direction, 0); ok != !math.IsInf(hit, 1) || ok && math.Abs(got.Distance-hit) > 1e-9 {
			t.Fatalf("ray %g, tree %g", hit, got.Distance)
		}
	})
}

// The signed distance of a cube is known in closed form, at edges and corners too.
func TestSignedDistanceOfACube(t *testing.T) {
	s, err := NewSolid(cube(10))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.Float64Range(-10, 20)
		p := space.Vec{c.Draw(t, "x"), c.Draw(t, "y"), c.Draw(t, "z")}
		var outside space.Vec
		inside := math.Inf(-1)
		for axis := range 3 {
			d := math.Abs(p[axis]-5) - 5
			outside[axis], inside = max(d, 0), max(inside, d)
		}
		want := outside.Norm() + min(inside, 0)
		got, ok := s.Signed(p, math.Inf(1))
		if !ok || math.Abs(got-want) > 1e-6 {
			t.Fatalf("at %v: %g, not %g", p, got, want)
		}
		if math.Abs(want) > 1e-6 && s.Inside(p) != (want < 0) {
			t.Fatalf("%v is inside: %v", p, s.Inside(p))
		}
	})
	open := cube(10)
	open.Triangles = open.Triangles[1:]
	if _, err := NewSolid(open); !errors.Is(err, ErrOpen) {
		t.Errorf("an open surface has an inside: %v", err)
	}
}

func TestHausdorffOfTwoBalls(t *testing.T) {
	a, b := extract(t, field(t, space.Vec{.5, .5, .5}, ball(20)), 0.5), extract(t, field(t, space.Vec{.5, .5, .5}, ball(23)), 0.5)
	near(t, "Hausdorff distance", Hausdorff(a, b), 1.5, 0.05)
	d := Distances(a, NewTree(b), 1)
	near(t, "mean distance", d.Mean, 1.5, 0.03)
	if d.P99 > d.Max || d.RMS < d.Mean {
		t.Errorf("%+v", d)
	}
}
