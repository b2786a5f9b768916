package guide

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"consilium/lab/plan"
	"consilium/lab/space"
	"consilium/lab/surface"
	"consilium/lab/volume"
)

// shaft is a phantom of a proximal tibia, not a patient's: a shaft of 24 × 20 mm that widens to the top, 90 mm long, with a bump, if wanted, that overhangs.
func shaft(t testing.TB, bump bool) *surface.Mesh {
	t.Helper()
	g := volume.NewGrid(70, 70, 100, space.Vec{1, 1, 1}, space.Vec{-35, -35, -10})
	v, err := volume.NewFloat(g)
	if err != nil {
		t.Fatal(err)
	}
	for at := range v.Float32 {
		p := g.Point(space.Vec{float64(at % 70), float64(at / 70 % 70), float64(at / 4900)})
		wide := 1 + 0.4*math.Max(0, (p[2]-40)/40)
		r := math.Hypot(p[0]/12, p[1]/10) / wide
		d := math.Min((1-r)*10*wide, math.Min(p[2], 80-p[2]))
		if bump {
			q := p.Sub(space.Vec{0, -15, 33})
			d = math.Max(d, 4-q.Norm())
		}
		v.Float32[at] = float32(d)
	}
	m, err := surface.Extract(v, 0)
	if err != nil {
		t.Fatal(err)
	}
	if m, err = m.Largest().Smooth(surface.Smoothing{Iterations: 10, PassBand: 0.2}); err != nil {
		t.Fatal(err)
	}
	return m
}

// design is a guide on the front of the shaft: one cut that leans by 10 degrees, two pins.
func design() Design {
	d := Defaults()
	d.Case = "K-2026-17"
	d.Approach, d.Center = space.Vec{0, -1, 0}, space.Vec{0, -10.5, 40}
	d.Outline = []space.Vec{{-11, -10, 20}, {11, -10, 20}, {12, -10, 58}, {-12, -10, 58}}
	d.Reach, d.Resolution = 9, 0.5
	d.Slots = []Slot{{Name: "cut", Plane: plan.Plane{Point: space.Vec{0, 0, 50}, Normal: space.Vec{0, math.Sin(10 * math.Pi / 180), math.Cos(10 * math.Pi / 180)}}, Length: 17, Height: 10}}
	d.Sleeves = []Sleeve{
		{Name: "left pin", Entry: space.Vec{6, -10, 43}, Direction: space.Vec{0.1, -1, 0}, Drill: 3.2, Height: 12},
		{Name: "right pin", Entry: space.Vec{-6, -10, 43}, Direction: space.Vec{-0.1, -1, 0}, Drill: 3.2, Height: 12},
	}
	d.Label = &Label{Text: "K-26-17", Height: 2.5, Depth: 0.6}
	return d
}

func TestGuideIsAsDesigned(t *testing.T) {
	g, err := Make(design(), shaft(t, false))
	if err != nil {
		t.Fatal(err)
	}
	r := g.Report

	if len(r.Faults) > 0 {
		t.Errorf("faults: %s", strings.Join(r.Faults.English(), "; "))
	}
	if r.Contact < 500 || r.Undercut > 5 {
		t.Errorf("contact %g mm², undercut %g mm³", r.Contact, r.Undercut)
	}
	dir := t.TempDir()
	for _, ending := range []string{".stl", ".3mf"} {
		file := filepath.Join(dir, "guide"+ending)
		if err := g.Mesh.WriteFile(file, g.Design.Case); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("prusa-slicer", "--info", file).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "manifold = yes") || !strings.Contains(string(out), "number_of_parts =  1") {
			t.Errorf("prusa-slicer (Debian) says of %s: %v\n%s", ending, err, out)
		}
	}
}

// A bump that overhangs under the guide is filled, so that the guide comes off; a guide that was moulded around it would not.
func TestGuideComesOffAnUndercut(t *testing.T) {
	d := design()
	d.Slots, d.Sleeves, d.Label = nil, nil, &Label{Text: "A", Height: 2.5, Depth: 0.5}
	g, err := Make(d, shaft(t, true))
	if err != nil {
		t.Fatal(err)
	}
	if g.Report.Undercut < 20 || len(g.Report.Faults) > 0 {
		t.Errorf("undercut %g mm³, faults %v", g.Report.Undercut, g.Report.Faults)
	}
	stuck := *g // the same mesh, pushed 2 mm into the bone
	stuck.Mesh = g.Mesh.Move(space.Pose{Turn: space.Identity, Shift: space.Vec{0, 2, 0}})
	solid, err := surface.NewSolid(shaft(t, true))
	if err != nil {
		t.Fatal(err)
	}
	if r := stuck.check(solid); r.TakeOff > -1 || len(r.Faults) == 0 {
		t.Errorf("in the bone: %+v", r)
	}
}

func TestFaultsAreFound(t *testing.T) {
	d := design()
	d.Slots[0].Length, d.Slots[0].Shift = 60, 0 // wider than the patch: its block holds the halves, so make the block thin
	d.Label = &Label{Text: "A", Height: 2, Depth: 0.5}
	d.Slots = append(d.Slots, Slot{Name: "second", Plane: plan.Plane{Point: space.Vec{0, 0, 25}, Normal: space.Vec{0, 0, 1}}, Length: 10, Height: 6})
	g, err := Make(d, shaft(t, false))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range g.Report.Dimensions[:2] {
		if !m.OK {
			t.Errorf("%+v", m)
		}
	}
	wrong := *g // a guide that was printed for another blade
	wrong.Design.Saw = 0.9
	solid, err := surface.NewSolid(shaft(t, false))
	if err != nil {
		t.Fatal(err)
	}
	if r := wrong.check(solid); len(r.Faults) == 0 || !strings.Contains(strings.Join(r.Faults.English(), ";"), "slot") {
		t.Errorf("a slot for another blade: %v", r.Faults)
	}
	open := *g
	open.Mesh = g.Mesh.Clone()
	open.Mesh.Triangles = open.Mesh.Triangles[10:]
	if r := open.check(solid); len(r.Faults) != 1 || !strings.Contains(r.Faults[0].En, "not manifold") {
		t.Errorf("an open mesh: %v", r.Faults)
	}
	two := *g
	two.Mesh = surface.Join(g.Mesh, g.Mesh.Move(space.Pose{Turn: space.Identity, Shift: space.Vec{0, -100, 0}}))
	if r := two.check(solid); !strings.Contains(strings.Join(r.Faults.English(), ";"), "2 parts") {
		t.Errorf("two parts: %v", r.Faults)
	}
}

func TestDesignsThatCannotBeMade(t *testing.T) {
	bone := shaft(t, false)
	for name, c := range map[string]struct {
		change func(*Design)
		want   error
	}{
		"no approach":             {func(d *Design) { d.Approach = space.Vec{} }, ErrDesign},
		"into the bone":           {func(d *Design) { d.Approach = space.Vec{0, 1, 0} }, ErrDesign},
		"far from the bone":       {func(d *Design) { d.Center = space.Vec{300, 0, 0} }, ErrDesign},
		"too coarse":              {func(d *Design) { d.Resolution = 3 }, ErrDesign},
		"too fine":                {func(d *Design) { d.Resolution = 0.05 }, ErrDesign},
		"a wall too thin":         {func(d *Design) { d.Wall = 1 }, ErrDesign},
		"a cut along the skin":    {func(d *Design) { d.Slots[0].Plane.Normal = space.Vec{0, 1, 0} }, ErrDesign},
		"a slot of no length":     {func(d *Design) { d.Slots[0].Length = 0 }, ErrDesign},
		"a sleeve from inside":    {func(d *Design) { d.Sleeves[0].Direction = space.Vec{0, 1, 0} }, ErrDesign},
		"not a number":            {func(d *Design) { d.Sleeves[0].Entry[1] = math.NaN() }, ErrDesign},
		"an outline of two":       {func(d *Design) { d.Outline = d.Outline[:2] }, ErrDesign},
		"a negative clearance":    {func(d *Design) { d.Clearance = -1 }, ErrDesign},
		"a label too deep":        {func(d *Design) { d.Label.Depth = 4 }, ErrDesign},
		"a label in Chinese":      {func(d *Design) { d.Label.Text = "导板" }, ErrLabel},
		"no label":                {func(d *Design) { d.Label.Text = "" }, ErrLabel},
		"a label without a place": {func(d *Design) { d.Label.Text, d.Label.Height = "K-2026-000117-LONG", 12 }, ErrLabel},
	} {
		d := design()
		l := *d.Label
		d.Label = &l
		c.change(&d)
		if _, err := Make(d, bone); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	open := *bone
	open.Triangles = open.Triangles[5:]
	if _, err := Make(design(), &open); !errors.Is(err, surface.ErrOpen) {
		t.Errorf("an open bone: %v", err)
	}
}

func TestDesignsReadBack(t *testing.T) {
	d := design()
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(got)
	if err != nil || !bytes.Equal(raw, again) {
		t.Errorf("%v\n%s\n%s", err, raw, again)
	}
	short, err := Read(strings.NewReader(`{"format": 1, "case": "K-1", "approach": [0,0,1], "center_mm": [1,2,3]}`))
	if err != nil || short.Wall != 4 || short.Saw != 1.27 {
		t.Errorf("defaults: %+v %v", short, err)
	}
	for _, bad := range []string{`{}`, `[]`, `{"format": 2}`, `{"format": 1, "waal_mm": 3}`, `{"format": 1, "case": "x"}`} {
		if _, err := Read(strings.NewReader(bad)); !errors.Is(err, ErrDesign) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestEveryLetterIsDrawn(t *testing.T) {
	for r, lines := range letters {
		for _, line := range strings.Split(lines, "|") {
			for _, p := range strings.Fields(line) {
				if len(p) != 2 || p[0] < '0' || p[0] > '4' || p[1] < '0' || p[1] > '6' {
					t.Errorf("%q has a point %q", r, p)
				}
			}
		}
	}
	small, err := strokes("k-17")
	if err != nil {
		t.Fatal(err)
	}
	capital, err := strokes("K-17")
	if err != nil || len(small) != len(capital) {
		t.Errorf("%d strokes, %d", len(small), len(capital))
	}
}

// From the real skull: a guide on the vertex, which prusa-slicer takes, and a model with its label.
func TestGuideAndModelOfTheSkull(t *testing.T) {
	v, err := volume.ReadInVesalius("/usr/share/doc/invesalius-examples/examples/Cranium.inv3")
	if err != nil {
		t.Fatalf("the tests need Debian's invesalius-examples: %v", err)
	}
	m, err := surface.ExtractClosed(v, 300.5)
	if err != nil {
		t.Fatal(err)
	}
	if m, err = m.Largest().Smooth(surface.Smoothing{Iterations: 20, PassBand: 0.1}); err != nil {
		t.Fatal(err)
	}
	if m, err = m.Decimate(surface.Decimation{Triangles: 60000}); err != nil {
		t.Fatal(err)
	}
	tree := surface.NewTree(m)
	forehead := space.Vec{125, 0, 105} // from the front straight in
	hit, ok := tree.Ray(forehead, space.Vec{0, 1, 0}, 0)
	if !ok {
		t.Fatal("no forehead")
	}
	d := Defaults()
	d.Case, d.Approach, d.Center, d.Radius, d.Resolution = "K-17", space.Vec{0, -1, 0}, forehead.Add(space.Vec{0, hit.Distance, 0}), 16, 0.5
	d.Sleeves = []Sleeve{{Name: "pin", Entry: d.Center, Direction: d.Approach, Drill: 2, Height: 9}}
	d.Label = &Label{Text: "K-17", Height: 3, Depth: 0.6}
	g, err := Make(d, m)
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Report.Faults) > 0 {
		t.Errorf("faults: %v", g.Report.Faults)
	}
	d.Resolution = 1
	model, err := Model(d, m)
	if err != nil {
		t.Fatal(err)
	}
	if len(model.Report.Faults) > 0 {
		t.Errorf("model: %v", model.Report.Faults)
	}
	for name, mesh := range map[string]*surface.Mesh{"guide": g.Mesh, "model": model.Mesh} {
		file := filepath.Join(t.TempDir(), name+".3mf")
		if err := mesh.WriteFile(file, d.Case); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("prusa-slicer", "--info", file).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "manifold = yes") {
			t.Errorf("prusa-slicer (Debian) says of the %s: %v\n%s", name, err, out)
		}
	}
}
