package plan

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"consilium/lab/space"
	"consilium/lab/surface"
	"consilium/lab/volume"
	"pgregory.net/rapid"
)

func near(t testing.TB, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s is %g, not %g (to %g)", what, got, want, within)
	}
}

// leg is a right leg built from its angles, in the frontal plane x, z (LPS: x to the left, which is medial): femur 400 mm, tibia 350 mm.
func leg(hka, mldfa, mpta float64) *Plan {
	up := func(degrees float64) space.Vec { // a direction in the frontal plane, from straight up towards medial
		sin, cos := math.Sincos(degrees * math.Pi / 180)
		return space.Vec{sin, 0, cos}
	}
	p := &Plan{Format: 1, Case: "K-17", Version: 1, Side: Right, Landmarks: map[string]space.Vec{}}
	knee := space.Vec{-90, 10, 500}
	femur := up(0)
	tibia := up(hka) // on the medial side, hka degrees from the femur
	p.Landmarks[KneeCenter], p.Landmarks[HipCenter], p.Landmarks[AnkleCenter] = knee, knee.Add(femur.Scale(400)), knee.Add(tibia.Scale(350))
	lateral := up(-mldfa)
	p.Landmarks[FemurMedial], p.Landmarks[FemurLateral] = knee.Sub(lateral.Scale(25)), knee.Add(lateral.Scale(25))
	medial := up(hka - mpta)
	p.Landmarks[TibiaMedial], p.Landmarks[TibiaLateral] = knee.Add(medial.Scale(30)).Add(tibia.Scale(5)), knee.Sub(medial.Scale(30)).Add(tibia.Scale(5))
	return p
}

// A leg built from angles measures those angles, on both sides, wherever it lies.
func TestLimbMeasuresWhatItWasBuiltFrom(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		hka, mldfa, mpta := rapid.Float64Range(165, 195).Draw(rt, "hka"), rapid.Float64Range(80, 95).Draw(rt, "mldfa"), rapid.Float64Range(80, 95).Draw(rt, "mpta")
		p := leg(hka, mldfa, mpta)
		if rapid.Bool().Draw(rt, "left") {
			p.Side = Left
			for name, v := range p.Landmarks {
				p.Landmarks[name] = space.Vec{-v[0], v[1], v[2]}
			}
		}
		shift := space.Vec{rapid.Float64Range(-300, 300).Draw(rt, "x"), rapid.Float64Range(-300, 300).Draw(rt, "y"), 7}
		p = p.Moved(space.Pose{Turn: space.Identity, Shift: shift}, HipCenter, KneeCenter, AnkleCenter, FemurMedial, FemurLateral, TibiaMedial, TibiaLateral)
		got, err := p.Limb()
		if err != nil {
			rt.Fatal(err)
		}
		want := map[string]float64{HKA: hka, MLDFA: mldfa, MPTA: mpta, JLCA: 180 - mldfa + mpta - hka} // HKA = 180 − mLDFA + MPTA − JLCA
		for name, w := range want {
			if math.Abs(got[name]-w) > 1e-6 {
				rt.Fatalf("%s is %g, built with %g", name, got[name], w)
			}
		}
	})
}

func TestSlope(t *testing.T) { // by hand: 100 mm shaft straight down, plateau 10 mm lower over 50 mm to the back: atan(10/50)
	p := leg(180, 90, 90)
	k := p.Landmarks[KneeCenter]
	p.Landmarks[TibiaAnterior], p.Landmarks[TibiaPosterior] = k, k.Add(space.Vec{0, 50, -10})
	got, err := p.Limb()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "slope", got[Slope], math.Atan(0.2)*180/math.Pi, 1e-9)
}

func TestLimbThatIsNone(t *testing.T) {
	p := leg(175, 88, 87)
	delete(p.Landmarks, HipCenter)
	if _, err := p.Limb(); !errors.Is(err, ErrLandmark) || !strings.Contains(err.Error(), HipCenter) {
		t.Errorf("without a hip: %v", err)
	}
	p = leg(175, 88, 87)
	p.Side = ""
	if _, err := p.Limb(); !errors.Is(err, ErrLandmark) {
		t.Errorf("without a side: %v", err)
	}
	p = leg(175, 88, 87)
	p.Landmarks[HipCenter] = p.Landmarks[AnkleCenter].Add(space.Vec{0, 300, 0})
	if _, err := p.Limb(); !errors.Is(err, ErrShape) {
		t.Errorf("a leg along the back-to-front axis: %v", err)
	}
}

func TestCobb(t *testing.T) { // by hand
	upper := [2]space.Vec{{0, 0, 0}, {10, 3, 0}}
	lower := [2]space.Vec{{10, 0, -50}, {0, 0, -50 - 10*math.Tan(25*math.Pi/180)}} // the other edge first
	got, err := Cobb(upper, lower, space.Vec{0, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "Cobb", got, 25, 1e-9)
	if _, err := Cobb([2]space.Vec{{0, 0, 0}, {0, 5, 0}}, lower, space.Vec{0, 1, 0}); !errors.Is(err, ErrShape) {
		t.Errorf("an end plate seen from its end: %v", err)
	}
}

// An opening wedge planned for a target reaches it.
func TestWedgeReachesItsTarget(t *testing.T) {
	p := leg(173, 88, 84)
	k := p.Landmarks[KneeCenter]
	o := Osteotomy{Name: "HTO", Plane: Plane{k.Add(space.Vec{0, 0, -40}), space.Vec{0.2, 0, -1}}, Hinge: &Hinge{k.Add(space.Vec{-30, 0, -20}), space.Vec{0, 1, 0}}}
	angle, err := p.AngleForHKA(o, 182, AnkleCenter)
	if err != nil {
		t.Fatal(err)
	}
	o.Angle = angle
	after, err := p.Moved(o.Pose(), AnkleCenter).Limb()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "HKA", after[HKA], 182, 1e-6)
	near(t, "turn", math.Abs(angle), 9, 1.5) // nearly the change of the angle, for the hinge lies near the knee
	near(t, "MPTA, above the cut", after[MPTA], 84+182-173, 0.01)
	if _, err := p.AngleForHKA(o, 130, AnkleCenter); !errors.Is(err, ErrShape) {
		t.Errorf("a target out of reach: %v", err)
	}
	p.Angles = map[string]float64{HKA: 182, MPTA: 92}
	d := p.Compare(map[string]float64{HKA: 180.5, JLCA: 2})
	if len(d) != 1 || d[0] != (Deviation{HKA, 182, 180.5, -1.5}) {
		t.Errorf("%+v", d)
	}
}

// body is a box of 40 × 30 × 100 mm around the origin, with corners at millimeters.
func body(t testing.TB, half space.Vec) *surface.Mesh {
	t.Helper()
	g := volume.NewGrid(60, 50, 120, space.Vec{1, 1, 1}, space.Vec{-29.5, -24.5, -59.5})
	v, err := volume.NewFloat(g)
	if err != nil {
		t.Fatal(err)
	}
	for at := range v.Float32 {
		p := g.Point(space.Vec{float64(at % 60), float64(at / 60 % 50), float64(at / 3000)})
		v.Float32[at] = float32(min(half[0]-math.Abs(p[0]), half[1]-math.Abs(p[1]), half[2]-math.Abs(p[2])))
	}
	m, err := surface.Extract(v, 0)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestWedgeOnABone(t *testing.T) { // by hand: hinge at one edge of a box 40 mm wide, 10 degrees: 2·40·sin(5°)
	bone := body(t, space.Vec{20, 15, 50})
	o := Osteotomy{Name: "wedge", Plane: Plane{space.Vec{}, space.Vec{0, 0, -1}}, Hinge: &Hinge{space.Vec{-20, 0, 0}, space.Vec{0, 1, 0}}, Angle: 10}
	w, err := o.Wedge(bone)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "depth", w.Depth, 40, 0.01)
	near(t, "height", w.Height, 2*40*math.Sin(5*math.Pi/180), 0.01)
	if !w.Opens {
		t.Error("it closes")
	}
	stays, moved, err := o.Apply(bone)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "volume of both", stays.Volume()+moved.Volume(), bone.Volume(), 1)
	o.Plane.Point[2] = 300
	if _, err := o.Wedge(bone); !errors.Is(err, ErrShape) {
		t.Errorf("beside the bone: %v", err)
	}
}

func TestContactOfTwoBodies(t *testing.T) { // by hand
	a := body(t, space.Vec{10, 10, 20})
	at := func(x float64) *surface.Mesh {
		return a.Move(space.Pose{Turn: space.Identity, Shift: space.Vec{x, 0, 0}})
	}
	for _, c := range []struct {
		x       float64
		crosses bool
		size    float64
	}{{23, false, 3}, {17, true, 3}} {
		got, err := Between(a, at(c.x))
		if err != nil || got.Crosses != c.crosses {
			t.Errorf("%g mm apart: %+v %v", c.x, got, err)
		}
		near(t, "clearance or depth", got.Clearance+got.Depth, c.size, 0.3)
	}
	if got, err := Between(a, body(t, space.Vec{3, 3, 3})); err != nil || !got.Crosses || got.Depth < 6.5 {
		t.Errorf("one within the other: %+v %v", got, err)
	}
	open := *a
	open.Triangles = open.Triangles[1:]
	if _, err := Between(a, &open); !errors.Is(err, surface.ErrOpen) {
		t.Errorf("an open body: %v", err)
	}
}

func TestMirror(t *testing.T) {
	a := body(t, space.Vec{10, 10, 20}).Move(space.Pose{Turn: space.Identity, Shift: space.Vec{5, 0, 0}})
	m, err := Mirror(a, Plane{space.Vec{}, space.Vec{3, 0, 0}})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "volume", m.Volume(), a.Volume(), 1e-3*a.Volume())
	low, high := m.Bounds()
	near(t, "left end", low[0], -15, 0.01)
	near(t, "right end", high[0], 5, 0.01)
}

func TestPedicleScrew(t *testing.T) { // by hand, in a box 20 mm wide: a 6 mm screw 15 mm from the middle plane's side
	s, err := surface.NewSolid(body(t, space.Vec{10, 12, 50}))
	if err != nil {
		t.Fatal(err)
	}
	plate, middle := Plane{space.Vec{}, space.Vec{0, 0, 1}}, Plane{space.Vec{-10, 0, 0}, space.Vec{1, 0, 0}}
	for _, c := range []struct {
		x      float64
		breach float64
		grade  string
	}{{5, 0, "A"}, {8, 1, "B"}, {10, 3, "C"}, {12, 5, "D"}, {14, 7, "E"}} {
		p, err := Trajectory{"L4", space.Vec{c.x, -12, 0}, space.Vec{c.x, 12, 0}, 6}.Pedicle(s, plate, middle)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "breach", p.Breach, c.breach, 0.05)
		if p.Grade != c.grade {
			t.Errorf("%g mm: grade %s, not %s", c.x, p.Grade, c.grade)
		}
	}
	p, err := Trajectory{"L4", space.Vec{5, 10, 0}, space.Vec{0, 0, 5}, 4}.Pedicle(s, plate, middle)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "axial, converging", p.Axial, math.Asin(5/math.Sqrt(150))*180/math.Pi, 1e-9)
	near(t, "sagittal, up", p.Sagittal, math.Asin(5/math.Sqrt(150))*180/math.Pi, 1e-9)
	if _, err := (Trajectory{Name: "none"}).Pedicle(s, plate, middle); !errors.Is(err, ErrShape) {
		t.Errorf("no way: %v", err)
	}
}

func TestFits(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := rapid.Float64Range(-1, 1)
		center := space.Vec{c.Draw(rt, "x"), c.Draw(rt, "y"), c.Draw(rt, "z")}.Scale(200)
		radius := rapid.Float64Range(5, 40).Draw(rt, "r")
		turn := space.Rotation(space.Vec{c.Draw(rt, "ax"), c.Draw(rt, "ay"), 1.5}, 50)
		var cap, disc, line []space.Vec // a cap of a ball: the part of a femoral head that is seen
		for n := range 40 {
			sin, cos := math.Sincos(float64(n) * 2.4)
			tilt := 0.2 + 0.02*float64(n)
			cap = append(cap, center.Add(turn.Apply(space.Vec{math.Sin(tilt) * cos, math.Sin(tilt) * sin, math.Cos(tilt)}.Scale(radius))))
			disc = append(disc, center.Add(turn.Apply(space.Vec{cos * float64(n), sin * float64(n), 0})))
			line = append(line, center.Add(turn.Column(0).Scale(float64(n))))
		}
		at, r, fit, err := FitSphere(cap)
		if err != nil || at.Sub(center).Norm() > 1e-6 || math.Abs(r-radius) > 1e-6 || fit.Max > 1e-6 {
			rt.Fatalf("sphere at %v of %g: %v, %g, %+v, %v", center, radius, at, r, fit, err)
		}
		p, fit, err := FitPlane(disc)
		if err != nil || math.Abs(math.Abs(p.Normal.Dot(turn.Column(2)))-1) > 1e-9 || fit.RMS > 1e-6 {
			rt.Fatalf("plane: %+v %+v %v", p, fit, err)
		}
		_, direction, fit, err := FitLine(line)
		if err != nil || math.Abs(math.Abs(direction.Dot(turn.Column(0)))-1) > 1e-9 || fit.Max > 1e-6 {
			rt.Fatalf("line: %v %+v %v", direction, fit, err)
		}
	})
	one := []space.Vec{{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}}
	straight := []space.Vec{{0, 0, 0}, {1, 1, 1}, {2, 2, 2}, {3, 3, 3}}
	if _, _, err := FitPlane(straight); !errors.Is(err, ErrShape) {
		t.Errorf("a plane through a line: %v", err)
	}
	if _, _, _, err := FitLine(one); !errors.Is(err, ErrShape) {
		t.Errorf("a line through one place: %v", err)
	}
	if _, _, _, err := FitSphere([]space.Vec{{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {1, 1, 0}}); !errors.Is(err, ErrShape) {
		t.Errorf("a sphere through a plane: %v", err)
	}
}

func TestPlansReadBack(t *testing.T) {
	p := leg(173, 88, 84)
	p.Osteotomies = []Osteotomy{{Name: "HTO", Plane: Plane{space.Vec{1, 2, 3}, space.Vec{0, 0, 1}}, Hinge: &Hinge{space.Vec{}, space.Vec{0, 1, 0}}, Angle: 8.5}}
	p.Implants = []Implant{{Name: "plate", File: "plate.stl", Pose: space.Still}}
	p.Angles = map[string]float64{HKA: 182}
	var a, b bytes.Buffer
	if err := p.Write(&a); err != nil {
		t.Fatal(err)
	}
	text := a.String()
	q, err := Read(&a)
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Write(&b); err != nil || b.String() != text {
		t.Errorf("%v: written again it is\n%s", err, b.String())
	}
	for name, c := range map[string]string{
		"a newer release's":      `{"format": 2}`,
		"no plan":                `[]`,
		"an unknown field":       `{"format": 1, "lanmarks_mm": {}}`,
		"a side":                 `{"format": 1, "side": "both"}`,
		"a plane":                `{"format": 1, "planes": {"p": {"point_mm": [0,0,0], "normal": [0,0,0]}}}`,
		"an implant's pose":      `{"format": 1, "implants": [{"name": "x", "file": "f", "pose": {"turn": [[2,0,0],[0,1,0],[0,0,1]], "shift": [0,0,0]}}]}`,
		"a turn without hinge":   `{"format": 1, "osteotomies": [{"name": "x", "plane": {"point_mm": [0,0,0], "normal": [0,0,1]}, "angle_deg": 5}]}`,
		"a turn beyond reason":   `{"format": 1, "osteotomies": [{"name": "x", "plane": {"point_mm": [0,0,0], "normal": [0,0,1]}, "hinge": {"point_mm": [0,0,0], "direction": [1,0,0]}, "angle_deg": 500}]}`,
		"a way without a length": `{"format": 1, "trajectories": [{"name": "x", "entry_mm": [0,0,0], "target_mm": [0,0,0], "diameter_mm": 5}]}`,
	} {
		if _, err := Read(strings.NewReader(c)); !errors.Is(err, ErrFormat) && !errors.Is(err, ErrShape) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"format": 1, "side": "left", "landmarks_mm": {"a": [1,2,3]}, "implants": [{"name": "x", "file": "f", "pose": {"turn": [[1,0,0],[0,1,0],[0,0,1]], "shift": [0,0,0]}}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := Read(bytes.NewReader(raw))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := p.Write(&b); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(&b); err != nil {
			t.Fatal(err)
		}
	})
}
