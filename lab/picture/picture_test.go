package picture

import (
	"bytes"
	"errors"
	"image/color"
	"math"
	"testing"

	"consilium/lab/space"
	"consilium/lab/surface"
	"consilium/lab/volume"
)

// ball is a sphere as a surface extracts it from a volume.
func ball(t *testing.T, center space.Vec, radius float64) *surface.Mesh {
	t.Helper()
	v, err := volume.NewFloat(volume.NewGrid(48, 48, 48, space.Vec{1, 1, 1}, center.Sub(space.Vec{23.5, 23.5, 23.5})))
	if err != nil {
		t.Fatal(err)
	}
	for k := range 48 {
		for j := range 48 {
			for i := range 48 {
				v.Float32[v.Offset(i, j, k)] = float32(radius - v.Point(space.Vec{float64(i), float64(j), float64(k)}).Sub(center).Norm())
			}
		}
	}
	m, err := surface.Extract(v, 0)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func draw(t *testing.T, v View, parts ...Part) (at func(p space.Vec) color.NRGBA, covered float64) {
	t.Helper()
	m, err := Draw(parts, v)
	if err != nil {
		t.Fatal(err)
	}
	for i := 3; i < len(m.Pix); i += 4 {
		covered += float64(m.Pix[i]) / 255
	}
	return func(p space.Vec) color.NRGBA {
		x, y := v.At(p)
		return m.NRGBAAt(int(x), int(y))
	}, covered
}

// TestABallCoversItsDisc: a picture is drawn to scale, so that the disc has the area of a circle from every turn.
func TestABallCoversItsDisc(t *testing.T) {
	m := ball(t, space.Vec{5, -3, 40}, 18)
	for _, turn := range []float64{0, 15, 90, 200, 345} {
		v := View{Width: 200, Height: 160, Turn: turn, Center: space.Vec{5, -3, 40}, Radius: 20}
		_, covered := draw(t, v, Part{Mesh: m, Color: Bone})
		if mm2, want := covered/v.Scale()/v.Scale(), math.Pi*18*18; math.Abs(mm2/want-1) > 0.01 {
			t.Errorf("turned by %g: %.1f mm² are covered, a circle has %.1f", turn, mm2, want)
		}
	}
}

// TestDirections: from the front the patient's left is at the right of the picture and the head is up; from the patient's right the front is at the right.
func TestDirections(t *testing.T) {
	v := View{Width: 100, Height: 100, Radius: 50}
	for _, c := range []struct {
		turn  float64
		place space.Vec
		x, y  float64
	}{
		{0, space.Vec{10, 0, 0}, 60, 50}, {0, space.Vec{0, 0, 10}, 50, 40}, {0, space.Vec{0, 10, 0}, 50, 50},
		{90, space.Vec{0, -10, 0}, 60, 50}, {90, space.Vec{10, 0, 0}, 50, 50}, {180, space.Vec{10, 0, 0}, 40, 50},
	} {
		v.Turn = c.turn
		if x, y := v.At(c.place); math.Hypot(x-c.x, y-c.y) > 1e-9 {
			t.Errorf("turned by %g, %v stands at %.1f, %.1f, not %.1f, %.1f", c.turn, c.place, x, y, c.x, c.y)
		}
	}
}

// TestTheNearerHidesTheFarther, whatever the order of the parts, and lets a translucent one shine through only where it lies before.
func TestTheNearerHidesTheFarther(t *testing.T) {
	front, back := ball(t, space.Vec{0, -30, 0}, 10), ball(t, space.Vec{0, 30, 0}, 18)
	red, blue := color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 0, 255, 255}
	for turn, wants := range map[float64][2]bool{0: {true, false}, 180: {false, true}} {
		v := View{Width: 120, Height: 120, Turn: turn, Radius: 30}
		for _, parts := range [][]Part{{{Mesh: front, Color: red}, {Mesh: back, Color: blue}}, {{Mesh: back, Color: blue}, {Mesh: front, Color: red}}} {
			at, _ := draw(t, v, parts...)
			if c := at(space.Vec{}); (c.R > 0) != wants[0] || (c.B > 0) != wants[1] {
				t.Errorf("turned by %g, the middle is %v", turn, c)
			}
		}
	}
	half := color.NRGBA{255, 0, 0, 128}
	at, _ := draw(t, View{Width: 120, Height: 120, Radius: 30}, Part{Mesh: front, Color: half}, Part{Mesh: back, Color: blue})
	if c := at(space.Vec{}); c.R == 0 || c.B == 0 {
		t.Errorf("through a translucent part: %v", c)
	}
	at, _ = draw(t, View{Width: 120, Height: 120, Turn: 180, Radius: 30}, Part{Mesh: front, Color: half}, Part{Mesh: back, Color: blue})
	if c := at(space.Vec{}); c.R != 0 {
		t.Errorf("a translucent part behind shows: %v", c)
	}
}

// TestValuesHaveTheirColors: 0 is dark, the most is light, and what was not computed keeps the part's color.
func TestValuesHaveTheirColors(t *testing.T) {
	m := ball(t, space.Vec{}, 15)
	values := make([]float32, len(m.Points))
	for i, p := range m.Points {
		switch {
		case p[2] > 2:
			values[i] = 4
		case p[2] < -2:
			values[i] = float32(math.NaN())
		}
	}
	at, _ := draw(t, View{Width: 120, Height: 120, Radius: 20}, Part{Mesh: m, Color: color.NRGBA{0, 0, 255, 255}, Values: values, Most: 4})
	high, low, none := at(space.Vec{0, 0, 8}), at(space.Vec{0, 0, 0}), at(space.Vec{0, 0, -8})
	if !(high.R > 2*high.B && high.G > 2*high.B) || !(low.B > low.G) || !(none.B > 60 && none.R == 0) {
		t.Errorf("the most %v, none %v, not computed %v", high, low, none)
	}
}

func TestMovedPartsAndPlanes(t *testing.T) {
	m := ball(t, space.Vec{}, 10)
	at, _ := draw(t, View{Width: 120, Height: 120, Radius: 40}, Part{Mesh: m, Color: Guide, Moved: space.Vec{25, 0, 0}}, Plane(space.Vec{-20, 0, 0}, space.Vec{0.3, -1, 0}, 8, Cut))
	if at(space.Vec{}).A != 0 || at(space.Vec{25, 0, 0}).A != 255 || at(space.Vec{-20, 0, 0}).A != Cut.A {
		t.Errorf("%v %v %v", at(space.Vec{}), at(space.Vec{25, 0, 0}), at(space.Vec{-20, 0, 0}))
	}
}

func TestWhatCannotBeDrawnIsRefused(t *testing.T) {
	m := ball(t, space.Vec{}, 10)
	for name, v := range map[string]View{"no size": {Radius: 1}, "too large": {Width: MostSide + 1, Height: 9, Radius: 1}, "no radius": {Width: 9, Height: 9}, "nowhere": {Width: 9, Height: 9, Radius: math.NaN()}} {
		if _, err := Draw([]Part{{Mesh: m, Color: Bone}}, v); !errors.Is(err, ErrView) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Draw([]Part{{Mesh: m, Color: Bone, Values: []float32{1}, Most: 1}}, View{Width: 9, Height: 9, Radius: 20}); !errors.Is(err, ErrView) {
		t.Errorf("one value for many points: %v", err)
	}
	if _, err := Draw([]Part{{Mesh: &surface.Mesh{Triangles: [][3]int32{{0, 1, 2}}}, Color: Bone}}, View{Width: 9, Height: 9, Radius: 20}); err == nil {
		t.Error("a broken mesh is drawn")
	}
}

func TestAPictureIsWholeAndTwiceTheSame(t *testing.T) {
	parts := []Part{{Mesh: ball(t, space.Vec{40, 0, 0}, 10), Color: Bone}, {Mesh: ball(t, space.Vec{-30, 5, 60}, 15), Color: Guide}}
	v := View{Width: 150, Height: 150, Turn: 30, Center: space.Vec{2.5, 5, 32.5}, Radius: 66}
	one, err := Draw(parts, v)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 150 {
		if one.NRGBAAt(i, 0).A+one.NRGBAAt(i, 149).A+one.NRGBAAt(0, i).A+one.NRGBAAt(149, i).A != 0 {
			t.Fatalf("something reaches the edge at %d", i)
		}
	}
	two, err := Draw(parts, v)
	if err != nil || !bytes.Equal(one.Pix, two.Pix) {
		t.Errorf("drawn again it differs (%v)", err)
	}
}

func BenchmarkDraw(b *testing.B) {
	v, _ := volume.NewFloat(volume.NewGrid(160, 160, 160, space.Vec{1, 1, 1}, space.Vec{}))
	for k := range 160 {
		for j := range 160 {
			for i := range 160 {
				v.Float32[v.Offset(i, j, k)] = float32(70 + 3*math.Sin(float64(i)/3)*math.Sin(float64(j)/3) - space.Vec{float64(i) - 80, float64(j) - 80, float64(k) - 80}.Norm())
			}
		}
	}
	m, err := surface.Extract(v, 0)
	if err != nil {
		b.Fatal(err)
	}
	parts := []Part{{Mesh: m, Color: Bone}}
	low, high := m.Bounds()
	view := View{Width: 720, Height: 600, Turn: 30, Center: low.Add(high).Scale(0.5), Radius: high.Sub(low).Norm() / 2}
	b.Logf("%d triangles", len(m.Triangles))
	for b.Loop() {
		if _, err := Draw(parts, view); err != nil {
			b.Fatal(err)
		}
	}
}
