package rehearsal

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"consilium/lab/align"
	"consilium/lab/plan"
	"consilium/lab/space"
	"consilium/lab/surface"
)

// box is a closed box with one corner at the origin.
func box(x, y, z float32) *surface.Mesh {
	m := &surface.Mesh{}
	for n := range 8 {
		m.Points = append(m.Points, [3]float32{x * float32(n&1), y * float32(n>>1&1), z * float32(n>>2&1)})
	}
	m.Triangles = [][3]int32{{0, 2, 1}, {1, 2, 3}, {4, 5, 6}, {5, 7, 6}, {0, 1, 4}, {1, 5, 4}, {2, 6, 3}, {3, 6, 7}, {0, 4, 2}, {2, 4, 6}, {1, 3, 5}, {3, 7, 5}}
	return m
}

func stl(t testing.TB, m *surface.Mesh) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := m.WriteSTL(&b, "test"); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// compared is what is laid onto the bone: an implant, its own mirror, points.
func (b *bench) compared(bone Artefact, spot Spot, m *surface.Mesh) {
	b.Helper()
	b.implanted(bone, spot)
	b.mirrored(bone)
	b.touched(bone, spot, m)
}

// implanted places a block on the forehead, lifts it and sinks it in: distances and depths are known to what the curve of the bone allows.
func (b *bench) implanted(bone Artefact, spot Spot) {
	b.Helper()
	m, err := ReadImplant("plate.STL", stl(b, box(10, 6, 4)))
	b.must(err)
	o := ImplantOrder{Name: "plate", File: "plate.STL"}
	o.On(spot, m)
	pose := o.Pose(m)
	if off := pose.Apply(space.Vec{5, 3, 2}).Sub(o.At).Norm(); off > 1e-4 || space.Degrees(pose.Turn.Apply(space.Vec{0, 0, 1}), spot.Out) > 1e-6 || math.Abs(o.At.Sub(spot.Point).Norm()-2) > 1e-6 {
		b.Errorf("%+v does not stand on %+v", o, spot)
	}
	kept, err := b.KeepImplant(b.Context(), m)
	b.must(err)
	on := o.At
	lay := func(out float64) (facts ImplantFacts) {
		b.Helper()
		o.At = on.Add(spot.Out.Scale(out))
		a, err := b.ask(Implant, bone.ID, o, kept)
		b.must(err)
		b.must(a.Read(nil, &facts))
		if main, ok := a.Main(); !ok || main.Hash != kept.Hash {
			b.Error("the mesh as it was brought does not stand for the implant")
		}
		return facts
	}
	if far := lay(6); far.Bone.Crosses || far.Bone.Clearance < 4 || far.Bone.Clearance > 6.5 || math.Abs(far.Volume-240) > 1e-3 || far.Guide == nil {
		b.Errorf("6 mm above the bone: %+v", far)
	}
	if sunk := lay(-4); !sunk.Bone.Crosses || sunk.Bone.Depth < 2 || sunk.Bone.Depth > 6 {
		b.Errorf("4 mm within the bone: %+v", sunk)
	}
	s := OnStage(b.list())
	if len(s.Implants) != 1 || s.Implants[0].Version != 2 || !s.Has("plan") {
		b.Fatalf("on the stage stand %v", s.Implants)
	}
	o.Away = true
	if _, err := b.TakeAway(b.Context(), Artefact{Thread: b.thread, Kind: Implant, Entry: b.entry, Asked: []byte(`{"name":"plate","away":true}`)}, o); err != nil {
		b.Error(err)
	}
	if left := OnStage(b.list()).Implants; len(left) != 0 {
		b.Errorf("after it was taken away there stand %v", left)
	}
	o.Away = false
	again := lay(6)
	if again.SHA256 == "" || len(OnStage(b.list()).Implants) != 1 {
		b.Error("it cannot be placed again")
	}
}

// TestMeshesThatAreNoImplants are refused before anything is kept.
func TestMeshesThatAreNoImplants(t *testing.T) {
	open := &surface.Mesh{Points: [][3]float32{{0, 0, 5}}} // a cap, whose hole has more edges than are filled
	for n := range 40 {
		turn := float64(n) * math.Pi / 20
		open.Points = append(open.Points, [3]float32{float32(10 * math.Cos(turn)), float32(10 * math.Sin(turn)), 0})
		open.Triangles = append(open.Triangles, [3]int32{0, int32(n + 1), int32((n+1)%40 + 1)})
	}
	for name, c := range map[string]struct {
		file string
		raw  []byte
		is   error
	}{
		"open": {"a.stl", stl(t, open), ErrImplant}, "in meters": {"a.stl", stl(t, box(0.01, 0.006, 0.004)), ErrImplant}, "a house": {"a.stl", stl(t, box(4000, 10, 10)), ErrImplant},
		"another format": {"a.step", stl(t, box(9, 9, 9)), surface.ErrFormat}, "no ending": {"a", []byte("x"), surface.ErrFormat}, "cut off": {"a.stl", stl(t, box(9, 9, 9))[:200], surface.ErrFormat},
	} {
		if _, err := ReadImplant(c.file, c.raw); !errors.Is(err, c.is) || !Known(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// mirrored lays the mirrored forehead onto itself: the fit has to bring the sides nearer to each other than the plane alone.
func (b *bench) mirrored(bone Artefact) {
	b.Helper()
	m, err := b.Mesh(b.Context(), &bone)
	b.must(err)
	low, high := m.Bounds()
	o := MirrorOrder{Plane: plan.Plane{Point: low.Add(high).Scale(0.5), Normal: space.Vec{1, 0.05, 0}}}
	var alone, laid MirrorFacts
	a, err := b.ask(Mirror, bone.ID, o)
	b.must(err)
	b.must(a.Read(nil, &alone))
	o.Fit = true
	a, err = b.ask(Mirror, bone.ID, o)
	b.must(err)
	b.must(a.Read(nil, &laid))
	if !(laid.Half < alone.Half) || !(laid.Within > alone.Within) || laid.Turned < 0.5 || laid.Triangles != len(m.Triangles) {
		b.Errorf("by the plane alone %+v, laid on %+v", alone, laid)
	}
	turned, err := b.Mesh(b.Context(), &a)
	b.must(err)
	if v := turned.Volume(); math.Abs(v-m.Volume()) > 1e-3*m.Volume() {
		b.Errorf("mirrored it holds %g mm³, before %g", v, m.Volume())
	}
	if _, err := b.ask(Mirror, bone.ID, MirrorOrder{}); !errors.Is(err, ErrAsked) {
		b.Errorf("a mirror without a plane: %v", err)
	}
}

// touched moves points of the bone away by a known motion, with 0.3 mm of noise along each axis, and wants them back.
func (b *bench) touched(bone Artefact, spot Spot, m *surface.Mesh) {
	b.Helper()
	away := space.About(spot.Point, space.Rotation(space.Vec{1, 2, 3}, 8)).Then(space.Pose{Turn: space.Identity, Shift: space.Vec{4, -3, 2}})
	r := rand.New(rand.NewPCG(4, 2))
	o := RegistrationOrder{Kind: "surface", Target: "-", At: spot.Point, Limit: 1.5, Outliers: true}
	for _, p := range sampled(m, 4000) {
		o.Source = append(o.Source, away.Apply(p.Add(space.Vec{r.NormFloat64(), r.NormFloat64(), r.NormFloat64()}.Scale(0.3))))
	}
	if o.Thin(); len(o.Source) != MostTouched {
		b.Fatalf("%d points", len(o.Source))
	}
	a, err := b.ask(Registration, bone.ID, o)
	b.must(err)
	var answer align.Answer
	b.must(a.Read(nil, &answer))
	off := answer.Motion.Apply(away.Apply(spot.Point)).Sub(spot.Point).Norm()
	if answer.Surface == nil || len(answer.Targets) != 1 {
		b.Fatalf("%+v", answer)
	}
	if off > 0.15 || off > 3*answer.Targets[0].TRE95 || math.Abs(answer.Surface.Residual-0.3) > 0.06 || answer.Surface.Agreeing < 6 || !answer.Surface.Converged {
		b.Errorf("the target is off by %g mm: %+v %+v", off, answer.Surface, answer.Targets)
	}
	if f, ok := a.Main(); !ok || f.Ending != JSON {
		b.Error("no file of the answer")
	}
	o.Source = o.Source[:5]
	if _, err := b.ask(Registration, bone.ID, o); !errors.Is(err, align.ErrUndetermined) {
		b.Errorf("five points: %v", err)
	}
}
