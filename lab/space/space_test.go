package space

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func vec(t *rapid.T, name string) Vec {
	c := rapid.Float64Range(-500, 500)
	return Vec{c.Draw(t, name+" x"), c.Draw(t, name+" y"), c.Draw(t, name+" z")}
}

func near(a, b Vec, within float64) bool { return a.Sub(b).Norm() <= within }

func TestRotationByTheRightHand(t *testing.T) { // by hand: a quarter turn around z takes x to y
	if got := Rotation(Vec{0, 0, 7}, 90).Apply(Vec{1, 0, 0}); !near(got, Vec{0, 1, 0}, 1e-15) {
		t.Errorf("x went to %v", got)
	}
	if got := Degrees(Vec{1, 0, 0}, Vec{1, 1e-9, 0}); math.Abs(got-1e-9*180/math.Pi) > 1e-20 {
		t.Errorf("a tiny angle came out as %g degrees", got)
	}
}

func TestPosesUndoThemselvesAndKeepLengths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		axis, a, b := vec(t, "axis"), vec(t, "a"), vec(t, "b")
		if axis.Norm() < 1e-3 {
			return
		}
		p := About(a, Rotation(axis, rapid.Float64Range(-360, 360).Draw(t, "degrees"))).Then(Pose{Identity, vec(t, "shift")})
		if !p.Rigid() {
			t.Fatalf("%v is not rigid", p)
		}
		if back := p.Inverse().Apply(p.Apply(b)); !near(back, b, 1e-9) {
			t.Fatalf("%v came back as %v", b, back)
		}
		if before, after := a.Sub(b).Norm(), p.Apply(a).Sub(p.Apply(b)).Norm(); math.Abs(before-after) > 1e-9 {
			t.Fatalf("a length of %g became %g", before, after)
		}
	})
}

func TestPerpendicular(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := vec(t, "a")
		if a.Norm() < 1e-3 {
			return
		}
		p := Perpendicular(a)
		if math.Abs(p.Norm()-1) > 1e-12 || math.Abs(p.Dot(a.Unit())) > 1e-12 {
			t.Fatalf("%v beside %v", p, a)
		}
	})
}

func TestWhatIsNotRigid(t *testing.T) {
	mirror := Identity
	mirror[0][0] = -1
	for _, p := range []Pose{{}, {Turn: mirror}, {Turn: Identity, Shift: Vec{math.NaN(), 0, 0}}, {Turn: Mat{{1.01, 0, 0}, {0, 1, 0}, {0, 0, 1}}}} {
		if p.Rigid() {
			t.Errorf("%v passes for rigid", p)
		}
	}
	if (Vec{math.Inf(1), 0, 0}).Unit() != (Vec{}) || (Vec{}).Unit() != (Vec{}) {
		t.Error("a vector without direction got one")
	}
}
