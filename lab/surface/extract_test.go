package surface

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"consilium/lab/space"
	"consilium/lab/volume"
	"pgregory.net/rapid"
)

// Area and volume come from isosurface.json of VTK 9.1's Flying Edges: the same triangles, so the same figures to rounding.
func TestExtractPhantomsAsVTK(t *testing.T) {
	for _, c := range []struct {
		name              string
		v                 *volume.Volume
		points, triangles int
		euler, components int
		area, volume      float64
	}{
		{"sphere r 20.4", field(t, space.Vec{.5, .5, .5}, ball(20.4)), 7776, 15548, 2, 1, 1306.0733801691854, 4437.069943797101},
		{"torus 18, 6.3", field(t, space.Vec{.5, .5, .5}, torus(18, 6.3)), 6280, 12560, 0, 1, 1117.1633224926784, 1752.6584621832392},
		{"two spheres", field(t, space.Vec{.4, .4, 1}, func(x, y, z float64) float64 { return max(ball(9.5)(x-14, y, z), ball(11.1)(x+14, y, z)) }), 4008, 8008, 4, 2, 890.2175868720959, 1482.069370648428},
	} {
		m := extract(t, c.v, 0.5)
		top, shape := m.Inspect(), m.Measure()
		if top.Points != c.points || top.Triangles != c.triangles || top.Euler != c.euler || shape.Components != c.components || !top.Watertight || top.Pinched != 0 {
			t.Errorf("%s: %+v, %d components", c.name, top, shape.Components)
		}
		near(t, c.name+": area", shape.Area, c.area, 1e-4)
		near(t, c.name+": volume", m.Volume(), c.volume, 1e-3)
	}
}

func TestExtractSkullAsVTK(t *testing.T) { // isosurface.json, all@300.5
	m := extract(t, skull(t), 300.5)
	top := m.Inspect()
	want := Topology{Points: 332158, Edges: 994788, Triangles: 662420, Euler: -210, Boundary: 2316}
	top.Pinched = 0
	if top != want {
		t.Errorf("%+v, not %+v", top, want)
	}
	near(t, "area", m.Area(), 291111.89132970484, 0.01)
	near(t, "volume", m.Volume(), 607483.9608149286, 0.1)
	parts := m.Components()
	if len(parts.Sizes) != 206 || parts.Sizes[0] != 522124 {
		t.Errorf("%d parts, the largest of %d triangles", len(parts.Sizes), parts.Sizes[0])
	}
}

// The error of a sphere's area and volume falls with the square of the voxel: marching cubes is of second order.
func TestExtractConvergesOnASphere(t *testing.T) {
	errorAt := func(n int) (area, vol float64) {
		h := 40.0 / float64(n)
		v, err := volume.NewFloat(volume.NewGrid(n, n, n, space.Vec{h, h, h}, space.Vec{-20 + h/2, -20 + h/2, -20 + h/2}))
		if err != nil {
			t.Fatal(err)
		}
		for k := range n {
			for j := range n {
				for i := range n {
					v.Float32[v.Offset(i, j, k)] = float32(15 - v.Point(space.Vec{float64(i), float64(j), float64(k)}).Norm())
				}
			}
		}
		m := extract(t, v, 0)
		return math.Abs(m.Area()/(4*math.Pi*225) - 1), math.Abs(m.Volume()/(4*math.Pi*3375/3) - 1)
	}
	a1, v1 := errorAt(24)
	a2, v2 := errorAt(48)
	a3, v3 := errorAt(96)
	for _, order := range []float64{math.Log2(a1 / a2), math.Log2(a2 / a3), math.Log2(v1 / v2), math.Log2(v2 / v3)} {
		if order < 1.8 || order > 2.2 {
			t.Errorf("order of convergence %.2f: area %.1e %.1e %.1e, volume %.1e %.1e %.1e", order, a1, a2, a3, v1, v2, v3)
		}
	}
}

// peer runs a script of testdata with Debian's python3, which has VTK and numpy.
func peer(t testing.TB, script string, args ...string) string {
	t.Helper()
	out, err := exec.Command("/usr/bin/python3", append([]string{filepath.Join("testdata", script)}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s (needs Debian's python3-vtk9 and python3-numpy): %v\n%s", script, err, out)
	}
	return string(out)
}

func TestMarchingCasesAreVTKs(t *testing.T) {
	if got := strings.Split(peer(t, "cases.py"), "\n"); !slices.Equal(got[:256], marchingCases[:]) {
		t.Error("VTK has other cases")
	}
}

// The surface is VTK's, triangle by triangle: the same corners to rounding, wound alike, on noise, where every case of a cell and every ambiguous face comes up.
func TestExtractNoiseAsVTK(t *testing.T) {
	size := [3]int{70, 9, 11}
	v, err := volume.New(volume.NewGrid(size[0], size[1], size[2], space.Vec{0.7, 0.9, 1.3}, space.Vec{-12, 40, 7}))
	if err != nil {
		t.Fatal(err)
	}
	seed := uint64(1)
	for i := range v.Int16 {
		seed = seed*6364136223846793005 + 1442695040888963407
		v.Int16[i] = int16(seed>>48)/64 - 100
	}
	m := extract(t, v, 20.5)
	dir := t.TempDir()
	raw := filepath.Join(dir, "volume.i16")
	f, err := os.Create(raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(binary.Write(f, binary.LittleEndian, v.Int16), f.Close()); err != nil {
		t.Fatal(err)
	}
	peer(t, "flyingedges.py", raw, filepath.Join(dir, "triangles.f32"), "70", "9", "11", "0.7", "0.9", "1.3", "-12", "40", "7", "20.5")
	theirs, err := os.ReadFile(filepath.Join(dir, "triangles.f32"))
	if err != nil {
		t.Fatal(err)
	}
	if len(theirs) != 36*len(m.Triangles) {
		t.Fatalf("%d triangles, VTK has %d", len(m.Triangles), len(theirs)/36)
	}
	count := map[[9]int32]int{}
	for _, tri := range m.Triangles {
		var key [9]int32
		for e, p := range tri {
			for c, x := range m.Points[p] {
				key[3*e+c] = int32(math.Round(float64(x)*97.31 + 0.1234))
			}
		}
		count[turnedToSmallest(key)]++
	}
	missing := 0
	for at := 0; at < len(theirs); at += 36 {
		var key [9]int32
		for i := range key {
			key[i] = int32(math.Round(float64(littleFloat(theirs[at+4*i:]))*97.31 + 0.1234))
		}
		if key = turnedToSmallest(key); count[key] == 0 {
			missing++
		}
		count[key]--
	}
	if missing > len(m.Triangles)/2000 { // a coordinate within its rounding (4e-6 mm) of a limit between two hundredths of a millimeter falls to the other side now and then
		t.Errorf("%d of %d triangles of VTK are not ours", missing, len(m.Triangles))
	}
}

// turnedToSmallest turns a triangle so that its smallest corner comes first; its winding stays.
func turnedToSmallest(k [9]int32) [9]int32 {
	best := k
	for range 2 {
		k = [9]int32{k[3], k[4], k[5], k[6], k[7], k[8], k[0], k[1], k[2]}
		if slices.Compare(k[:], best[:]) < 0 {
			best = k
		}
	}
	return best
}

// Whatever the values: a closed extraction is closed, manifold and wound alike, and a grid turned or mirrored in the patient gives the same volume.
func TestExtractClosedIsWatertight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dim := rapid.IntRange(1, 9)
		size := [3]int{rapid.IntRange(1, 70).Draw(t, "nx"), dim.Draw(t, "ny"), dim.Draw(t, "nz")}
		g := volume.NewGrid(size[0], size[1], size[2], space.Vec{1, 0.5, 2}, space.Vec{3, -7, 11})
		v, err := volume.New(g)
		if err != nil {
			t.Fatal(err)
		}
		values := rapid.SliceOfN(rapid.Int16Range(-3, 3), v.Voxels(), v.Voxels()).Draw(t, "values")
		copy(v.Int16, values)
		m, err := ExtractClosed(v, 0.5)
		if errors.Is(err, ErrThreshold) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if top := m.Inspect(); !top.Watertight || m.Volume() <= 0 {
			t.Fatalf("%+v, volume %g", top, m.Volume())
		}
		v.Direction = space.Rotation(space.Vec{1, 2, 3}, 77)
		v.Direction[0] = v.Direction[0].Scale(-1) // a mirror
		turned, err := ExtractClosed(v, 0.5)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := m.Volume(), turned.Volume(); math.Abs(a-b) > 1e-3*a {
			t.Fatalf("volume %g became %g", a, b)
		}
	})
}

func TestExtractRefuses(t *testing.T) {
	v := field(t, space.Vec{1, 1, 1}, ball(5))
	for _, c := range []struct {
		threshold float64
		want      error
	}{{40000, ErrThreshold}, {-40000, ErrThreshold}, {math.NaN(), ErrThreshold}, {math.Inf(1), ErrThreshold}} {
		if _, err := Extract(v, c.threshold); !errors.Is(err, c.want) {
			t.Errorf("threshold %g: %v", c.threshold, err)
		}
	}
	big := &volume.Volume{Grid: volume.NewGrid(2048, 2048, 2048, space.Vec{1, 1, 1}, space.Vec{})}
	if _, err := Extract(big, 0); !errors.Is(err, volume.ErrTooLarge) { // 16 GB of 16-bit samples
		t.Errorf("16 GB: %v", err)
	}
	nan, err := volume.NewFloat(volume.NewGrid(3, 3, 3, space.Vec{1, 1, 1}, space.Vec{}))
	if err != nil {
		t.Fatal(err)
	}
	nan.Fill(math.NaN())
	if _, err := Extract(nan, 0); !errors.Is(err, ErrThreshold) {
		t.Errorf("NaN everywhere: %v", err)
	}
	nan.Float32[13] = 1 // alone among NaN
	if m, err := Extract(nan, 0); err != nil || m.Check() != nil || !m.Inspect().Watertight {
		t.Errorf("one number among NaN: %v %v", m, err)
	}
}
