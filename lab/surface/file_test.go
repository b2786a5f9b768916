package surface

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"consilium/lab/space"
	"pgregory.net/rapid"
)

var endings = []string{".stl", ".ply", ".3mf", ".glb"}

// What is written is read back: the same triangles at the same places, whatever the mesh.
func TestEveryFormatReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &Mesh{}
		c := rapid.Float32Range(-900, 900)
		for range rapid.IntRange(3, 40).Draw(t, "points") {
			m.Points = append(m.Points, [3]float32{c.Draw(t, "x"), c.Draw(t, "y"), c.Draw(t, "z")})
		}
		p := rapid.Int32Range(0, int32(len(m.Points)-1))
		for range rapid.IntRange(1, 40).Draw(t, "triangles") {
			a, b, c := p.Draw(t, "a"), p.Draw(t, "b"), p.Draw(t, "c")
			if m.Points[a] != m.Points[b] && m.Points[b] != m.Points[c] && m.Points[a] != m.Points[c] {
				m.Triangles = append(m.Triangles, [3]int32{a, b, c})
			}
		}
		if len(m.Triangles) == 0 {
			return
		}
		for _, ending := range endings {
			var b bytes.Buffer
			if err := m.Write(&b, ending, "K-2026-0117 <\"&>\n"); err != nil {
				t.Fatal(err)
			}
			got, err := Read(ending, b.Bytes())
			if err != nil {
				t.Fatalf("%s: %v", ending, err)
			}
			if far := farthest(m, got); far > 1e-4 { // GLB goes through meters and back
				t.Fatalf("%s: corners moved by %g mm", ending, far)
			}
		}
	})
}

func farthest(m, n *Mesh) float64 {
	if len(m.Triangles) != len(n.Triangles) {
		return math.Inf(1)
	}
	far := 0.0
	for t := range m.Triangles {
		a, b, c := m.Corners(t)
		d, e, f := n.Corners(t)
		far = max(far, a.Sub(d).Norm(), b.Sub(e).Norm(), c.Sub(f).Norm())
	}
	return far
}

func TestASCIISTLAndPLY(t *testing.T) { // written by hand
	stl := "solid x\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1e0 -0.0\nendloop\nendfacet\nendsolid x\n"
	ply := "ply\nformat ascii 1.0\ncomment c\nelement vertex 4\nproperty double x\nproperty float y\nproperty float z\nproperty uchar red\nelement face 1\nproperty list uchar uint vertex_indices\nend_header\n0 0 0 9\n1 0 0 9\n1 1 0 9\n0 1 0 9\n4 0 1 2 3\n"
	for ending, c := range map[string]struct {
		text string
		area float64
	}{".stl": {stl, 0.5}, ".ply": {ply, 1}} {
		m, err := Read(ending, []byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		near(t, ending+": area", m.Area(), c.area, 1e-9)
	}
}

// A 3MF build with a component, an inch, a mirror: by hand, two cubes of one inch, one mirrored, 3 inches apart.
func Test3MFBuildWithTransforms(t *testing.T) {
	var model strings.Builder
	model.WriteString(`<model unit="inch"><resources><object id="1"><mesh><vertices>`)
	c := cube(1)
	for _, p := range c.Points {
		fmt.Fprintf(&model, `<vertex x="%g" y="%g" z="%g"/>`, p[0], p[1], p[2])
	}
	model.WriteString("</vertices><triangles>")
	for _, q := range c.Triangles {
		fmt.Fprintf(&model, `<triangle v1="%d" v2="%d" v3="%d"/>`, q[0], q[1], q[2])
	}
	model.WriteString(`</triangles></mesh></object><object id="2"><components><component objectid="1"/><component objectid="1" transform="-1 0 0 0 1 0 0 0 1 3 0 0"/></components></object></resources><build><item objectid="2"/></build></model>`)
	m, err := Read(".3mf", zipped(t, "3D/3dmodel.model", model.String()))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "volume", m.Volume(), 2*25.4*25.4*25.4, 0.1)
	_, high := m.Bounds()
	near(t, "right end", high[0], 3*25.4, 1e-3)
	loop := strings.Replace(model.String(), `<component objectid="1"/>`, `<component objectid="2"/>`, 1)
	if _, err := Read(".3mf", zipped(t, "3D/3dmodel.model", loop)); !errors.Is(err, ErrFormat) {
		t.Errorf("an object within itself: %v", err)
	}
}

func zipped(t testing.TB, name, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGLBStandsUpright(t *testing.T) { // glTF: meters, +y up. The patient's head (+z) must be up.
	m := &Mesh{Points: [][3]float32{{0, 0, 0}, {100, 0, 0}, {0, 0, 1000}}, Triangles: [][3]int32{{0, 1, 2}}}
	if got := toGLTF.apply(m.Point(2)); got != (space.Vec{0, 1, 0}) {
		t.Errorf("the head is at %v", got)
	}
	if back := fromGLTF.apply(toGLTF.apply(space.Vec{1, 2, 3})); back.Sub(space.Vec{1, 2, 3}).Norm() > 1e-12 {
		t.Errorf("back at %v", back)
	}
}

func TestBrokenFiles(t *testing.T) {
	var stl bytes.Buffer
	if err := cube(1).WriteSTL(&stl, ""); err != nil {
		t.Fatal(err)
	}
	lying := slices.Clone(stl.Bytes())
	binary.LittleEndian.PutUint32(lying[80:], math.MaxUint32)
	nan := slices.Clone(stl.Bytes())
	binary.LittleEndian.PutUint32(nan[96:], math.Float32bits(float32(math.NaN())))
	empty := make([]byte, 84)
	for name, c := range map[string]struct {
		ending string
		raw    []byte
		want   error
	}{
		"cut STL":            {".stl", stl.Bytes()[:200], ErrFormat},
		"lying STL":          {".stl", lying, ErrFormat},
		"NaN in STL":         {".stl", nan, ErrMesh},
		"empty STL":          {".stl", empty, ErrEmpty},
		"no bytes":           {".stl", nil, ErrFormat},
		"another format":     {".obj", []byte("v 0 0 0"), ErrFormat},
		"lying PLY":          {".ply", []byte("ply\nformat ascii 1.0\nelement vertex 2000000000\nproperty float x\nend_header\n1 2 3\n"), ErrFormat},
		"PLY without corner": {".ply", []byte("ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nelement face 1\nproperty list uchar int vertex_indices\nend_header\n0\n3 0 1 2\n"), ErrMesh},
		"no zip":             {".3mf", []byte("PK"), ErrFormat},
		"no model":           {".3mf", zipped(t, "x", ""), ErrFormat},
		"no header":          {".glb", []byte("glTF"), ErrFormat},
	} {
		if _, err := Read(c.ending, c.raw); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// admesh and prusa-slicer are what printers are fed with: both must take what we write, without repair.
func TestPrintersTakeOurFiles(t *testing.T) {
	m, err := extract(t, field(t, space.Vec{.5, .5, .5}, torus(18, 6.3)), 0.5).Smooth(Smoothing{20, 0.1})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, ending := range []string{".stl", ".3mf"} {
		file := filepath.Join(dir, "ring"+ending)
		if err := m.WriteFile(file, "ring"); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("prusa-slicer", "--info", file).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "manifold = yes") || !strings.Contains(string(out), fmt.Sprintf("number_of_facets = %d", len(m.Triangles))) {
			t.Errorf("prusa-slicer (Debian) says of %s: %v\n%s", ending, err, out)
		}
	}
	out, err := exec.Command("admesh", filepath.Join(dir, "ring.stl")).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Total disconnected facets        :     0                   0") {
		t.Errorf("admesh (Debian) says: %v\n%s", err, out)
	}
}

func fuzzFormat(f *testing.F, ending string) {
	for _, m := range []*Mesh{cube(1), {Points: [][3]float32{{0, 0, 0}, {1, 0, 0}, {0, 1, 0}}, Triangles: [][3]int32{{0, 1, 2}}}} {
		var b bytes.Buffer
		if err := m.Write(&b, ending, "fuzz"); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Read(ending, raw)
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := m.Write(&b, ending, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(ending, b.Bytes()); err != nil && !errors.Is(err, ErrEmpty) && !errors.Is(err, ErrMesh) {
			t.Fatalf("what was read does not read back: %v", err)
		}
	})
}

func FuzzReadSTL(f *testing.F) {
	f.Add([]byte("solid x\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\n"))
	fuzzFormat(f, ".stl")
}

func FuzzReadPLY(f *testing.F) {
	f.Add([]byte("ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nelement face 1\nproperty list uchar int vertex_indices\nend_header\n0 1 2 3 0 1 2\n"))
	fuzzFormat(f, ".ply")
}

func FuzzRead3MF(f *testing.F) { fuzzFormat(f, ".3mf") }

func FuzzReadGLB(f *testing.F) { fuzzFormat(f, ".glb") }
