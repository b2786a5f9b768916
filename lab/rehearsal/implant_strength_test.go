package rehearsal

import (
	"errors"
	"math"
	"testing"

	"consilium/lab/space"
	"consilium/lab/strength"
)

// TestImplantsTakePartInTheStrength: a plate that is let into a real skull below the load makes the bone yield less when it is bonded, is judged by its own yield stress, and carries part of the load when it is fixed.
func TestImplantsTakePartInTheStrength(t *testing.T) {
	b := newBench(t)
	order := surfaceOrder()
	order.Smooth = 0
	bone, err := b.ask(Surface, "", order)
	b.must(err)
	spot, _ := b.forehead(&bone)
	m, err := ReadImplant("plate.stl", stl(t, box(14, 8, 2)))
	b.must(err)
	kept, err := b.KeepImplant(t.Context(), m)
	b.must(err)
	o := ImplantOrder{Name: "plate", File: "plate.stl"}
	o.On(spot, m)
	o.At = o.At.Add(spot.Out.Scale(-4.5)) // below the surface that is pressed, which stays the same
	plate, err := b.ask(Implant, bone.ID, o, kept)
	b.must(err)
	ask := func(implants ...LoadedImplant) (f StrengthFacts) {
		t.Helper()
		a, err := b.ask(Strength, bone.ID, StrengthOrder{Name: "100 N", Threshold: 226, Margin: 10, Load: Load{spot.Point, spot.Out.Scale(-1), 100, 5.7}, Calibration: strength.Calibration{Name: "test", Slope: 0.001, Intercept: 0.1},
			Law: "morgan-2003-pooled", Poisson: 0.3, Criterion: strength.PrincipalStrain, Levels: 1, Implants: implants})
		b.must(err)
		b.must(a.Read(nil, &f))
		if !f.Last().Converged {
			t.Fatalf("%+v", f.Last())
		}
		return f
	}
	bonded := Alloys[0]
	bonded.Of, bonded.Name, bonded.As = plate.ID, "plate", Bonded
	soft := bonded
	soft.Modulus = 500
	weak, with := ask(soft), ask(bonded) // in the same block of bone
	// What is stiffer somewhere and nowhere softer takes up less work under the same load.
	if d, e := weak.Last().Energy, with.Last().Energy; !(e > 0 && e < 0.98*d) {
		t.Errorf("%g N·mm with a soft plate, %g N·mm with one of titanium", d, e)
	}
	if len(with.Last().Implants) != 1 || with.Last().Implants[0].Name != "plate" || !(with.Last().Implants[0].Factor > 0 && with.Last().Implants[0].Factor < 1) || with.Last().ModulusRange[1] != 110_000 {
		t.Errorf("%+v", with.Last().Implants)
	}
	fixed := ask(LoadedImplant{Of: plate.ID, Name: "plate", As: Fixed})
	sum, carried := space.Vec{}, 0.0
	for _, s := range fixed.Last().Supports {
		sum = sum.Add(s.Force)
		if s.Name == "plate" {
			carried = space.Vec(s.Force).Norm()
		}
	}
	if off := sum.Sub(spot.Out.Scale(100)).Norm(); off > 5 || !(carried > 20) {
		t.Errorf("the supports hold %v, the plate %g N of 100", sum, carried)
	}
	for what, wrong := range map[string]LoadedImplant{"nothing": {Of: plate.ID, Name: "x"}, "no stiffness": {Of: plate.ID, Name: "x", As: Bonded}, "no number": {Of: plate.ID, Name: "x", As: Bonded, Modulus: math.NaN()}} {
		if err := wrong.check(); !errors.Is(err, strength.ErrModel) {
			t.Errorf("%s: %v", what, err)
		}
	}
	o.At = o.At.Add(spot.Out.Scale(15))
	away, err := b.ask(Implant, bone.ID, o, kept)
	b.must(err)
	bonded.Of = away.ID
	if _, err := b.ask(Strength, bone.ID, StrengthOrder{Threshold: 226, Margin: 10, Load: Load{spot.Point, spot.Out.Scale(-1), 100, 5.7}, Calibration: strength.Calibration{Name: "test", Slope: 0.001, Intercept: 0.1},
		Law: "morgan-2003-pooled", Poisson: 0.3, Criterion: strength.PrincipalStrain, Levels: 1, Implants: []LoadedImplant{bonded}}); !errors.Is(err, strength.ErrModel) {
		t.Errorf("an implant beside the bone: %v", err)
	}
	if _, err := b.ask(Strength, bone.ID, StrengthOrder{Threshold: 226, Margin: 10, Load: Load{spot.Point, spot.Out.Scale(-1), 100, 5.7}, Calibration: strength.Calibration{Name: "test", Slope: 0.001, Intercept: 0.1},
		Law: "morgan-2003-pooled", Poisson: 0.3, Criterion: strength.PrincipalStrain, Levels: 1, Implants: []LoadedImplant{{Of: bone.ID, Name: "x", As: Fixed}}}); !errors.Is(err, ErrGone) {
		t.Errorf("a bone for an implant: %v", err)
	}
}
