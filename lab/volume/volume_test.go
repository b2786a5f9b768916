package volume

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"consilium/lab/space"
	"pgregory.net/rapid"
)

// tilted is a grid that lies askew in the patient.
func tilted(nx, ny, nz int) Grid {
	g := NewGrid(nx, ny, nz, space.Vec{0.5, 0.7, 1.25}, space.Vec{-120, 33, 1500})
	g.Direction = space.Rotation(space.Vec{1, -2, 0.5}, 40)
	return g
}

func TestPointsAndIndexesUndoEachOther(t *testing.T) {
	g := tilted(5, 6, 7)
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.Float64Range(-10, 10)
		index := space.Vec{c.Draw(t, "i"), c.Draw(t, "j"), c.Draw(t, "k")}
		if back := g.Index(g.Point(index)); back.Sub(index).Norm() > 1e-9 {
			t.Fatalf("%v came back as %v", index, back)
		}
	})
}

func TestThresholdIsComparison(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nx := rapid.IntRange(1, 200).Draw(t, "nx")
		v, err := New(NewGrid(nx, 3, 2, space.Vec{1, 1, 1}, space.Vec{}))
		if err != nil {
			t.Fatal(err)
		}
		copy(v.Int16, rapid.SliceOfN(rapid.Int16(), v.Voxels(), v.Voxels()).Draw(t, "samples"))
		f := &Volume{Grid: v.Grid, Float32: make([]float32, v.Voxels())}
		for i, s := range v.Int16 {
			f.Float32[i] = float32(s)
		}
		low := rapid.OneOf(rapid.Float64Range(-33000, 33000), rapid.Map(rapid.Int16(), func(i int16) float64 { return float64(i) }), rapid.Just(math.Inf(-1)), rapid.Just(math.NaN())).Draw(t, "low")
		high := rapid.OneOf(rapid.Float64Range(-33000, 33000), rapid.Just(math.Inf(1))).Draw(t, "high")
		for _, m := range []*Mask{v.Threshold(low, high), f.Threshold(low, high)} {
			count := 0
			for k := range 2 {
				for j := range 3 {
					for i := range nx {
						x := v.At(v.Offset(i, j, k))
						if want := x >= low && x <= high; m.At(i, j, k) != want {
							t.Fatalf("%g in [%g, %g]: %v", x, low, high, !want)
						} else if want {
							count++
						}
					}
				}
			}
			if m.Count() != count {
				t.Fatalf("%d voxels, counted %d", count, m.Count())
			}
			m.Invert()
			if m.Count() != v.Voxels()-count {
				t.Fatal("inverted, bits past the rows' ends are set")
			}
		}
	})
}

// A linear field is resampled exactly, wherever the new grid lies, and the background stands outside.
func TestResampleALinearField(t *testing.T) {
	v, err := NewFloat(tilted(12, 11, 10))
	if err != nil {
		t.Fatal(err)
	}
	linear := func(p space.Vec) float64 { return 3*p[0] - 2*p[1] + 0.5*p[2] }
	for k := range 10 {
		for j := range 11 {
			for i := range 12 {
				v.Float32[v.Offset(i, j, k)] = float32(linear(v.Point(space.Vec{float64(i), float64(j), float64(k)})))
			}
		}
	}
	g := NewGrid(20, 20, 20, space.Vec{0.6, 0.6, 0.6}, v.Point(space.Vec{5, 5, 5}).Sub(space.Vec{6, 6, 6}))
	r, err := v.Resample(g, -5000)
	if err != nil {
		t.Fatal(err)
	}
	inside := 0
	for k := range 20 {
		for j := range 20 {
			for i := range 20 {
				p := g.Point(space.Vec{float64(i), float64(j), float64(k)})
				at := v.Index(p)
				got := r.At(r.Offset(i, j, k))
				within := at[0] >= 0 && at[1] >= 0 && at[2] >= 0 && at[0] <= 11 && at[1] <= 10 && at[2] <= 9
				switch {
				case within && math.Abs(got-linear(p)) > 2e-3:
					t.Fatalf("at %v: %g, not %g", p, got, linear(p))
				case !within && got != -5000:
					t.Fatalf("outside at %v: %g", p, got)
				case within:
					inside++
				}
			}
		}
	}
	if inside < 500 {
		t.Fatalf("%d voxels inside", inside)
	}
	same, err := v.Resample(v.Grid, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range v.Float32 {
		if math.Abs(float64(same.Float32[i]-v.Float32[i])) > 1e-3 {
			t.Fatalf("on its own grid %g became %g", v.Float32[i], same.Float32[i])
		}
	}
	if iso := v.Grid.Isotropic(0.5); iso.Size != [3]int{12, 15, 23} {
		t.Errorf("half-millimeter cubes: %v", iso.Size)
	}
}

// Along the same axes there is a faster way; it gives what sampling voxel by voxel gives.
func TestResampleStraightAsByVoxels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, err := NewFloat(tilted(rapid.IntRange(1, 9).Draw(t, "nx"), rapid.IntRange(1, 9).Draw(t, "ny"), rapid.IntRange(1, 9).Draw(t, "nz")))
		if err != nil {
			t.Fatal(err)
		}
		for i := range v.Float32 {
			v.Float32[i] = float32(i * 7919 % 1000)
		}
		g := v.Grid
		n, mm := rapid.IntRange(1, 12), rapid.Float64Range(0.2, 2)
		g.Size, g.Spacing = [3]int{n.Draw(t, "mx"), n.Draw(t, "my"), n.Draw(t, "mz")}, space.Vec{mm.Draw(t, "sx"), mm.Draw(t, "sy"), mm.Draw(t, "sz")}
		if rapid.Bool().Draw(t, "same spacing") {
			g.Spacing = v.Spacing
		}
		shift := rapid.IntRange(-2, 2)
		g.Origin = v.Point(space.Vec{float64(shift.Draw(t, "i")), float64(shift.Draw(t, "j")) / 2, float64(shift.Draw(t, "k"))})
		r, err := v.Resample(g, -5)
		if err != nil {
			t.Fatal(err)
		}
		for at := range r.Float32 {
			index := space.Vec{float64(at % g.Size[0]), float64(at / g.Size[0] % g.Size[1]), float64(at / g.Size[0] / g.Size[1])}
			if want := v.Sample(v.Index(g.Point(index)), -5); math.Abs(r.At(at)-want) > 1e-2 {
				t.Fatalf("voxel %v: %g, not %g", index, r.At(at), want)
			}
		}
	})
}

func TestCropKeepsPlaces(t *testing.T) {
	v, err := New(tilted(9, 8, 7))
	if err != nil {
		t.Fatal(err)
	}
	for i := range v.Int16 {
		v.Int16[i] = int16(i)
	}
	c, err := v.Crop([3]int{2, 3, 1}, [3]int{4, 2, 5})
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range [][3]int{{0, 0, 0}, {3, 1, 4}, {1, 1, 2}} {
		index := space.Vec{float64(at[0]), float64(at[1]), float64(at[2])}
		old := v.Index(c.Point(index))
		if got, want := c.Int16[c.Offset(at[0], at[1], at[2])], v.Int16[v.Offset(int(math.Round(old[0])), int(math.Round(old[1])), int(math.Round(old[2])))]; got != want {
			t.Errorf("%v: %d, not %d", at, got, want)
		}
	}
	if _, err := v.Crop([3]int{8, 0, 0}, [3]int{4, 2, 5}); !errors.Is(err, ErrGeometry) {
		t.Errorf("a box beyond the border: %v", err)
	}
}

func TestStats(t *testing.T) { // by hand
	v := &Volume{Grid: NewGrid(5, 1, 1, space.Vec{1, 2, 3}, space.Vec{}), Float32: []float32{1, 2, float32(math.NaN()), 4, 9}}
	got := v.Stats(nil)
	want := Stats{Count: 4, NaN: 1, Mean: 4, SD: math.Sqrt(38.0 / 3), Min: 1, Median: 2, P05: 1, P95: 9, Max: 9, VolumeMM3: 24}
	if got != want {
		t.Errorf("%+v, not %+v", got, want)
	}
	if got := v.Stats(NewMask(v.Grid)); got != (Stats{}) {
		t.Errorf("under an empty mask: %+v", got)
	}
	if n := v.NaNs(); n != 1 {
		t.Errorf("%d are not numbers", n)
	}
}

func TestGridsThatAreNone(t *testing.T) {
	good := NewGrid(2, 2, 2, space.Vec{1, 1, 1}, space.Vec{})
	for name, c := range map[string]struct {
		change func(*Grid)
		want   error
	}{
		"no voxels":       {func(g *Grid) { g.Size[1] = 0 }, ErrGeometry},
		"no spacing":      {func(g *Grid) { g.Spacing[2] = 0 }, ErrGeometry},
		"spacing NaN":     {func(g *Grid) { g.Spacing[0] = math.NaN() }, ErrGeometry},
		"skew":            {func(g *Grid) { g.Direction[0][1] = 0.3 }, ErrGeometry},
		"no place":        {func(g *Grid) { g.Origin[0] = math.Inf(1) }, ErrGeometry},
		"16 GB":           {func(g *Grid) { g.Size = [3]int{2048, 2048, 2048} }, ErrTooLarge},
		"beyond counting": {func(g *Grid) { g.Size = [3]int{1 << 40, 1 << 40, 1 << 40} }, ErrTooLarge},
	} {
		g := good
		c.change(&g)
		if _, err := New(g); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNIfTIReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := tilted(rapid.IntRange(1, 9).Draw(t, "nx"), rapid.IntRange(1, 9).Draw(t, "ny"), rapid.IntRange(1, 9).Draw(t, "nz"))
		g.Direction = space.Rotation(space.Vec{1, 2, -1}, rapid.Float64Range(0, 360).Draw(t, "degrees"))
		if rapid.Bool().Draw(t, "mirror") {
			g.Direction[1] = g.Direction[1].Scale(-1)
		}
		v, err := New(g)
		if err != nil {
			t.Fatal(err)
		}
		copy(v.Int16, rapid.SliceOfN(rapid.Int16(), v.Voxels(), v.Voxels()).Draw(t, "samples"))
		f := &Volume{Grid: g, Float32: make([]float32, v.Voxels())}
		for i := range f.Float32 {
			f.Float32[i] = float32(v.Int16[i]) / 7
		}
		for _, want := range []*Volume{v, f} {
			var b, zipped bytes.Buffer
			if err := want.WriteNIfTI(&b); err != nil {
				t.Fatal(err)
			}
			z := gzip.NewWriter(&zipped)
			if _, err := z.Write(b.Bytes()); err != nil {
				t.Fatal(err)
			}
			if err := z.Close(); err != nil {
				t.Fatal(err)
			}
			for _, file := range []*bytes.Buffer{&b, &zipped} {
				got, err := ReadNIfTI(file)
				if err != nil {
					t.Fatal(err)
				}
				for i := range want.Voxels() {
					if got.At(i) != want.At(i) {
						t.Fatalf("sample %d: %g, not %g", i, got.At(i), want.At(i))
					}
				}
				far := got.Point(space.Vec{8, 8, 8}).Sub(want.Point(space.Vec{8, 8, 8})).Norm()
				if far > 1e-3 { // the header holds 32-bit numbers
					t.Fatalf("the far corner moved by %g mm", far)
				}
			}
		}
	})
}

// A qform by hand: a quarter turn around z (quaternion cos 45°, 0, 0, sin 45°), RAS. Voxel (1, 0, 0) lies 2 mm along +y of RAS, which is −y of LPS.
func TestNIfTIQuaternion(t *testing.T) {
	h := niftiHeader{SizeofHdr: 348, Datatype: 2, Bitpix: 8, VoxOffset: 352, SclSlope: 2, SclInter: -1, QformCode: 1, Magic: [4]byte{'n', '+', '1'}, Dim: [8]int16{3, 2, 1, 1, 1, 1, 1, 1}, Pixdim: [8]float32{1, 2, 3, 4}, XyztUnits: 2}
	h.Quatern[2] = float32(math.Sqrt(0.5))
	h.Qoffset = [3]float32{10, 20, 30}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		var b bytes.Buffer
		if err := binary.Write(&b, order, h); err != nil {
			t.Fatal(err)
		}
		b.Write([]byte{0, 0, 0, 0, 7, 200})
		v, err := ReadNIfTI(&b)
		if err != nil {
			t.Fatal(err)
		}
		if p := v.Point(space.Vec{1, 0, 0}); p.Sub(space.Vec{-10, -22, 30}).Norm() > 1e-5 {
			t.Errorf("voxel (1, 0, 0) at %v", p)
		}
		if v.At(0) != 13 || v.At(1) != 399 {
			t.Errorf("samples %g and %g", v.At(0), v.At(1))
		}
	}
}

func TestBrokenNIfTI(t *testing.T) {
	v, err := New(tilted(4, 4, 4))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := v.WriteNIfTI(&b); err != nil {
		t.Fatal(err)
	}
	set := func(at int, value uint16) []byte {
		raw := append([]byte(nil), b.Bytes()...)
		binary.LittleEndian.PutUint16(raw[at:], value)
		return raw
	}
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"nothing":         {nil, ErrNIfTI},
		"cut off":         {b.Bytes()[:400], ErrNIfTI},
		"complex numbers": {set(70, 32), ErrNIfTI},
		"four volumes":    {func() []byte { r := set(40, 4); binary.LittleEndian.PutUint16(r[48:], 4); return r }(), ErrNIfTI},
		"no orientation":  {set(254, 0), ErrGeometry},
		"16 GB": {func() []byte {
			r := set(42, 2048)
			binary.LittleEndian.PutUint16(r[44:], 2048)
			binary.LittleEndian.PutUint16(r[46:], 2048)
			return r
		}(), ErrTooLarge},
	} {
		if _, err := ReadNIfTI(bytes.NewReader(c.raw)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReadNIfTI(f *testing.F) {
	v, err := New(tilted(2, 2, 2))
	if err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	if err := v.WriteNIfTI(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, raw []byte) {
		if v, err := ReadNIfTI(bytes.NewReader(raw)); err == nil {
			if err := v.Check(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
