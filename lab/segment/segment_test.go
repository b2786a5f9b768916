package segment

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"consilium/lab/space"
	"consilium/lab/volume"
	"pgregory.net/rapid"
)

const skullFile = "/usr/share/doc/invesalius-examples/examples/Cranium.inv3"

func grid(nx, ny, nz int) volume.Grid {
	return volume.NewGrid(nx, ny, nz, space.Vec{1, 0.5, 2}, space.Vec{-10, 5, 100})
}

// drawMask is any mask on a small grid whose rows go beyond a word.
func drawMask(t *rapid.T) *volume.Mask {
	g := grid(rapid.IntRange(1, 140).Draw(t, "nx"), rapid.IntRange(1, 6).Draw(t, "ny"), rapid.IntRange(1, 5).Draw(t, "nz"))
	m := volume.NewMask(g)
	density := rapid.IntRange(1, 9).Draw(t, "density")
	bits := rapid.SliceOfN(rapid.IntRange(0, 9), g.Voxels(), g.Voxels()).Draw(t, "bits")
	for at, b := range bits {
		m.Set(at%g.Size[0], at/g.Size[0]%g.Size[1], at/g.Size[0]/g.Size[1], b < density)
	}
	return m
}

// slowParts floods voxel by voxel.
func slowParts(m *volume.Mask, corners bool) (sizes map[int]int, of map[[3]int]int) {
	of, sizes = map[[3]int]int{}, map[int]int{}
	n := 0
	m.Each(func(i, j, k int) bool {
		if _, known := of[[3]int{i, j, k}]; known {
			return true
		}
		queue := [][3]int{{i, j, k}}
		of[queue[0]] = n
		for len(queue) > 0 {
			v := queue[0]
			queue = queue[1:]
			sizes[n]++
			for d := range 27 {
				x, y, z := d%3-1, d/3%3-1, d/9-1
				if !corners && x*x+y*y+z*z != 1 {
					continue
				}
				w := [3]int{v[0] + x, v[1] + y, v[2] + z}
				if _, known := of[w]; !known && m.At(w[0], w[1], w[2]) {
					of[w] = n
					queue = append(queue, w)
				}
			}
		}
		n++
		return true
	})
	return sizes, of
}

func TestPartsAgainstAFlood(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMask(t)
		corners := rapid.Bool().Draw(t, "corners")
		p := Connected(m, corners)
		sizes, of := slowParts(m, corners)
		if len(sizes) != len(p.Sizes) {
			t.Fatalf("%d parts, the flood finds %d", len(p.Sizes), len(sizes))
		}
		same := map[int]int{}
		for v, part := range of {
			mine := p.At(v[0], v[1], v[2])
			if other, known := same[part]; known && other != mine || mine < 0 || p.Sizes[mine] != sizes[part] {
				t.Fatalf("voxel %v is in part %d of %d voxels, the flood's has %d", v, mine, p.Sizes[max(mine, 0)], sizes[part])
			}
			same[part] = mine
		}
		all := p.Mask(func(int) bool { return true })
		for w := range m.Words {
			if all.Words[w] != m.Words[w] {
				t.Fatal("all parts together are not the mask")
			}
		}
		for i := 1; i < len(p.Sizes); i++ {
			if p.Sizes[i] > p.Sizes[i-1] {
				t.Fatalf("sizes %v", p.Sizes)
			}
		}
	})
}

func TestDistanceAgainstAllVoxels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMask(t)
		d, err := Distance(m)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			at := rapid.IntRange(0, m.Voxels()-1).Draw(t, "at")
			i, j, k := at%m.Size[0], at/m.Size[0]%m.Size[1], at/m.Size[0]/m.Size[1]
			best := math.Inf(1)
			m.Each(func(x, y, z int) bool {
				best = min(best, space.Vec{float64(x-i) * 1, float64(y-j) * 0.5, float64(z-k) * 2}.Norm())
				return true
			})
			if got := d.At(at); math.Abs(got-best) > 1e-4 && !(math.IsInf(got, 1) && math.IsInf(best, 1)) {
				t.Fatalf("voxel (%d, %d, %d): %g, not %g", i, j, k, got, best)
			}
		}
	})
}

// Opening takes away, closing adds, both twice are as once: the laws of morphology. Erosion is dilation of the outside.
func TestMorphology(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMask(t)
		r := rapid.Float64Range(0.2, 4).Draw(t, "r")
		opened, closed := must(t, m, r, Open), must(t, m, r, Close)
		for w := range m.Words {
			if opened.Words[w]&^m.Words[w] != 0 {
				t.Fatal("opening added a voxel")
			}
			if m.Words[w]&^closed.Words[w] != 0 {
				t.Fatal("closing took a voxel away")
			}
		}
		again, twice := must(t, opened, r, Open), must(t, closed, r, Close)
		for w := range m.Words {
			if again.Words[w] != opened.Words[w] || twice.Words[w] != closed.Words[w] {
				t.Fatal("twice is not as once")
			}
		}
		filled := FillHoles(m)
		if f := FillHoles(filled); f.Count() != filled.Count() || filled.Count() < m.Count() {
			t.Fatal("filling holes")
		}
	})
}

func must(t *rapid.T, m *volume.Mask, r float64, f func(*volume.Mask, float64) (*volume.Mask, error)) *volume.Mask {
	out, err := f(m, r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// balls is a scan of balls (center and radius in mm) of 400 on a background of 0, millimeter voxels.
func balls(n int, each ...[4]float64) *volume.Volume {
	v, err := volume.New(volume.NewGrid(n, n, n, space.Vec{1, 1, 1}, space.Vec{}))
	if err != nil {
		panic(err)
	}
	for at := range v.Int16 {
		p := space.Vec{float64(at % n), float64(at / n % n), float64(at / n / n)}
		for _, b := range each {
			if p.Sub(space.Vec{b[0], b[1], b[2]}).Norm() <= b[3] {
				v.Int16[at] = 400
			}
		}
	}
	return v
}

func TestFillHolesOfAShell(t *testing.T) {
	v := balls(40, [4]float64{20, 20, 20, 15})
	shell := v.Threshold(300, 500)
	hollow := balls(40, [4]float64{20, 20, 20, 8}).Threshold(300, 500)
	full := shell.Count()
	shell.AndNot(hollow)
	if got := FillHoles(shell).Count(); got != full {
		t.Errorf("%d voxels, not %d", got, full)
	}
}

func TestSplitOfTouchingBones(t *testing.T) {
	v := balls(64, [4]float64{20, 30, 30, 12}, [4]float64{42, 30, 30, 11})
	m := v.Threshold(300, 500)
	if n := len(Connected(m, false).Sizes); n != 1 {
		t.Fatalf("%d parts before", n)
	}
	parts, err := Split(m, 12, 100)
	if err != nil {
		t.Fatal(err)
	}
	if len(parts) != 2 || parts[0].Count()+parts[1].Count() != m.Count() {
		t.Fatalf("%d parts", len(parts))
	}
	// by hand: the balls meet in the plane where their surfaces cross, x = 31.5 to a voxel
	from, size := parts[0].Bounds()
	if !parts[0].At(20, 30, 30) || !parts[1].At(42, 30, 30) || from[0]+size[0] < 30 || from[0]+size[0] > 34 {
		t.Errorf("the larger ball's part goes from %v over %v", from, size)
	}
	if _, err := Split(m, 100, 10); !errors.Is(err, ErrEmpty) {
		t.Errorf("wider than everything: %v", err)
	}
}

func TestGrow(t *testing.T) {
	v := balls(40, [4]float64{10, 10, 10, 5}, [4]float64{30, 30, 30, 6})
	m, err := Grow(v, []space.Vec{{30, 30, 30}}, 300, 500)
	if err != nil || m.At(10, 10, 10) || !m.At(30, 30, 30) {
		t.Errorf("%v", err)
	}
	for _, seed := range []space.Vec{{20, 20, 20}, {-50, 0, 0}, {math.NaN(), 0, 0}} {
		if _, err := Grow(v, []space.Vec{seed}, 300, 500); !errors.Is(err, ErrEmpty) {
			t.Errorf("a seed at %v: %v", seed, err)
		}
	}
}

func TestThresholdOfNothing(t *testing.T) {
	v := balls(10, [4]float64{5, 5, 5, 2})
	if _, err := Threshold(v, 1000, 2000); !errors.Is(err, ErrEmpty) {
		t.Errorf("%v", err)
	}
	for _, p := range Presets {
		if q, err := PresetNamed(p.Name); err != nil || q != p || p.Low >= p.High {
			t.Errorf("%+v %v", p, err)
		}
	}
	if _, err := PresetNamed("brain"); err == nil {
		t.Error("a preset that is not there")
	}
}

// A noisy ball with two seeds: the walker finds its edge where a threshold finds noise.
func TestRandomWalkerFindsANoisyBall(t *testing.T) {
	v := balls(40, [4]float64{20, 20, 20, 10})
	truth := v.Threshold(300, 500)
	seed := uint64(3)
	for at := range v.Int16 {
		seed = seed*6364136223846793005 + 1442695040888963407
		v.Int16[at] += int16(seed>>56) - 128 // ±128 of 400
	}
	object, background := volume.NewMask(v.Grid), volume.NewMask(v.Grid)
	for d := range 5 {
		object.Set(18+d, 20, 20, true)
		for e := range 36 {
			background.Set(2+e, 2, 2+9*d, true)
			background.Set(2+e, 37, 2+9*d, true)
			background.Set(2, 2+e, 2+9*d, true)
			background.Set(37, 2+e, 2+9*d, true)
		}
	}
	m, err := RandomWalker(context.Background(), v, object, background, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	both := m.Clone()
	both.And(truth)
	if dice := 2 * float64(both.Count()) / float64(m.Count()+truth.Count()); dice < 0.95 {
		t.Errorf("Dice %.3f: %d voxels for %d", dice, m.Count(), truth.Count())
	}
	if _, err := RandomWalker(context.Background(), v, object, object, 1, 2); err == nil {
		t.Error("the same seeds on both sides")
	}
	if _, err := RandomWalker(context.Background(), v, object, volume.NewMask(v.Grid), 1, 2); !errors.Is(err, ErrEmpty) {
		t.Errorf("no seeds of the background: %v", err)
	}
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := RandomWalker(stopped, v, object, background, 1, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

// What is painted and then erased by the same stroke is gone, and whatever is painted is counted, each stroke changing only what it covers.
func TestStrokesCountWhatTheyChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMask(t)
		e := NewEditor(m)
		for range rapid.IntRange(1, 6).Draw(t, "strokes") {
			c := rapid.Float64Range(-20, 130)
			s := Stroke{Path: []space.Vec{{c.Draw(t, "x"), c.Draw(t, "y"), c.Draw(t, "z")}, m.Point(space.Vec{float64(m.Size[0]) / 2, 1, 1})}, Radius: rapid.Float64Range(0.1, 8).Draw(t, "r"),
				Erase: rapid.Bool().Draw(t, "erase"), Slice: rapid.SampledFrom([]string{"", "axial", "coronal", "sagittal"}).Draw(t, "slice")}
			before, added, removed := e.Mask().Count(), e.Added, e.Removed
			if err := e.Brush(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			if e.Mask().Count() != before+e.Added-added-e.Removed+removed {
				t.Fatalf("%d voxels became %d; %d added, %d removed", before, e.Mask().Count(), e.Added-added, e.Removed-removed)
			}
			s.Erase = true
			if err := e.Brush(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			twice := e.Removed
			if err := e.Brush(t.Context(), s); err != nil || e.Removed != twice {
				t.Fatalf("erased twice: %v", err)
			}
		}
	})
}

func TestBrushIsABallOrADisc(t *testing.T) {
	m := volume.NewMask(volume.NewGrid(41, 41, 21, space.Vec{1, 1, 2}, space.Vec{}))
	e := NewEditor(m)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(e.Brush(t.Context(), Stroke{Path: []space.Vec{{20, 20, 20}}, Radius: 10}))
	if want := 4 * math.Pi * 1000 / 3 / 2; math.Abs(float64(e.Added)-want) > 0.03*want {
		t.Errorf("%d voxels of 2 mm³, a ball has %.0f", e.Added, want)
	}
	flat := NewEditor(m)
	must(flat.Brush(t.Context(), Stroke{Path: []space.Vec{{20, 20, 20.8}, {21, 20, 20.8}}, Radius: 10, Slice: "axial"}))
	from, size := flat.Mask().Bounds()
	if from[2] != 10 || size[2] != 1 || math.Abs(float64(flat.Added)-math.Pi*100-20) > 12 {
		t.Errorf("a disc of %d voxels from %v, %v large", flat.Added, from, size)
	}
	e.Replace(flat.Mask())
	if e.Mask().Count() != flat.Added {
		t.Error("a mask is not replaced")
	}
}

func TestStepsThatCannotBeMade(t *testing.T) {
	far := space.Vec{math.Inf(1), 0, 0}
	dab := Stroke{Path: []space.Vec{{5, 5, 5}}, Radius: 2}
	for name, s := range map[string]Step{
		"nothing":       {},
		"two":           {Brush: &dab, Fill: &Filling{}},
		"no path":       {Brush: &Stroke{Radius: 1}},
		"no radius":     {Brush: &Stroke{Path: dab.Path}},
		"far":           {Brush: &Stroke{Path: []space.Vec{far}, Radius: 1}},
		"a long way":    {Brush: &Stroke{Path: []space.Vec{{0, 0, 0}, {1e9, 0, 0}}, Radius: 1}},
		"another slice": {Brush: &Stroke{Path: dab.Path, Radius: 1, Slice: "oblique"}},
		"no seed":       {Grow: &Growth{Low: 1, High: 2}},
		"seed in air":   {Grow: &Growth{Seeds: []space.Vec{{1, 1, 1}}, Low: 300, High: 500}},
		"one side":      {Walk: &Walk{Object: []Stroke{dab}, Beta: 1}},
		"same seeds":    {Walk: &Walk{Object: []Stroke{dab}, Background: []Stroke{dab}, Beta: 1}},
		"no neck":       {Part: &Part{}},
		"no such part":  {Part: &Part{Neck: 1, Keep: []space.Vec{{1, 1, 1}}}},
		"a wide gap":    {Fill: &Filling{Gap: 1000}},
		"all erased":    {Brush: &Stroke{Path: []space.Vec{{10, 10, 10}}, Radius: 30, Erase: true}},
	} {
		v := balls(20, [4]float64{10, 10, 10, 5})
		if err := NewEditor(v.Threshold(300, 500)).Apply(t.Context(), v, []Step{s}, func(int, string) {}); err == nil {
			t.Errorf("%s: it is made", name)
		} else if name != "same seeds" && !errors.Is(err, ErrStep) && !errors.Is(err, ErrEmpty) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Two balls that touch: one is kept by pointing at it, its hole is filled, a third is grown from a seed, and a walker finds one again that was erased.
func TestStepsOneAfterAnother(t *testing.T) {
	v := balls(60, [4]float64{20, 30, 30, 10}, [4]float64{39, 30, 30, 10}, [4]float64{30, 50, 8, 5})
	both := v.Threshold(300, 500)
	count := func(steps ...Step) (*Editor, int) {
		t.Helper()
		e := NewEditor(both)
		told := 0
		if err := e.Apply(t.Context(), v, steps, func(done int, kind string) {
			if done != told || kind != steps[done].Kind() {
				t.Errorf("%s after %d", kind, done)
			}
			told++
		}); err != nil {
			t.Fatal(err)
		}
		return e, e.Mask().Count()
	}
	ball, small := 4*math.Pi*1000/3, 4*math.Pi*125/3
	near := func(n int, want float64) bool { return math.Abs(float64(n)-want) < 0.06*want }
	left := Step{Part: &Part{Neck: 9, Smallest: 50, Keep: []space.Vec{{20, 30, 30}}}}
	e, n := count(left)
	if !near(n, ball) || e.Mask().At(45, 30, 30) || !e.Mask().At(14, 30, 30) {
		t.Errorf("%d voxels of one ball of %.0f", n, ball)
	}
	hole := Step{Brush: &Stroke{Path: []space.Vec{{20, 30, 30}}, Radius: 4, Erase: true}}
	if _, filled := count(left, hole, Step{Fill: &Filling{}}); filled != n {
		t.Errorf("filled: %d of %d", filled, n)
	}
	if _, grown := count(left, Step{Grow: &Growth{Seeds: []space.Vec{{30, 50, 8}}, Low: 300, High: 500}}); !near(grown, ball+small) {
		t.Errorf("grown: %d", grown)
	}
	if _, alone := count(Step{Grow: &Growth{Seeds: []space.Vec{{30, 50, 8}}, Low: 300, High: 500, Alone: true}}); !near(alone, small) {
		t.Errorf("alone: %d", alone)
	}
	gone := Step{Brush: &Stroke{Path: []space.Vec{{30, 50, 8}}, Radius: 7, Erase: true}}
	e, without := count(gone)
	object := []Stroke{{Path: []space.Vec{{28, 50, 8}, {32, 50, 8}}, Radius: 1.5}}
	background := []Stroke{{Path: []space.Vec{{22, 42, 2}, {38, 42, 2}, {38, 58, 2}}, Radius: 1}, {Path: []space.Vec{{22, 42, 15}, {38, 58, 15}}, Radius: 1}}
	if again, found := count(gone, Step{Walk: &Walk{Object: object, Background: background, Beta: 30, Margin: 1}}); !near(found-without, small) || !again.Mask().At(45, 30, 30) {
		t.Errorf("the walker finds %d voxels of %.0f", found-without, small)
	}
	if e.Removed == 0 || both.Count() != e.Mask().Count()+e.Removed {
		t.Errorf("%d removed", e.Removed)
	}
}

func TestSuggestionOfALocalModel(t *testing.T) {
	v := balls(20, [4]float64{10, 10, 10, 5})
	dir := t.TempDir()
	file := filepath.Join(dir, "bone.onnx")
	if err := os.WriteFile(file, []byte("weights"), 0o600); err != nil {
		t.Fatal(err)
	}
	sh := func(script string) Model { return Model{Program: "/bin/sh", Args: []string{"-c", script}, File: file} }
	s, err := sh(`cp "$1" "$2"`).Suggest(context.Background(), v) // says: whatever is above one half
	if err != nil {
		t.Fatal(err)
	}
	if s.Voxels != v.Threshold(1, 1e4).Count() || len(s.SHA256) != 64 {
		t.Errorf("%d voxels, %s", s.Voxels, s.SHA256)
	}
	t.Setenv("CONSILIUM_DB", "postgres://hospital:secret@db")
	changed, absent := sh(`cp "$1" "$2"`), sh("true")
	changed.SHA256, absent.File = "of another file", file+"x"
	for name, m := range map[string]Model{"fails": sh("exit 3"), "no answer": sh("true"), "no model": absent, "no program": {Program: "/nowhere", File: file}, "nonsense": sh(`echo hello > "$2"`),
		"sees the node's passwords": sh(`[ -n "$CONSILIUM_DB" ] && cp "$1" "$2"`), "another file than at the start": changed, "says far too much": sh(`head -c 9000000 /dev/zero | tr '\0' x; exit 1`)} {
		if _, err := m.Suggest(context.Background(), v); !errors.Is(err, ErrModel) || len(err.Error()) > 4000 {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, end := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer end()
	if _, err := sh("exec sleep 600").Suggest(ctx, v); !errors.Is(err, ErrModel) {
		t.Errorf("a model that does not end: %v", err)
	}
}

// TestModelsAreReadStrictly: a description that is not whole is refused when the node starts, and not when a surgeon waits.
func TestModelsAreReadStrictly(t *testing.T) {
	dir := t.TempDir()
	weights := filepath.Join(dir, "bone.onnx")
	described := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	described("bone.onnx", "weights")
	good := described("good.json", `{"name": "Skull", "version": "1.2", "about": "adult heads", "program": "/bin/sh", "args": ["run"], "file": "`+weights+`"}`)
	list, err := ReadModels([]string{good})
	if err != nil || len(list) != 1 || list[0].Name != "Skull" || len(list[0].SHA256) != 64 {
		t.Errorf("%+v, %v", list, err)
	}
	for name, files := range map[string][]string{
		"twice": {good, good}, "not there": {good + "x"},
		"no version":      {described("a.json", `{"name": "A", "program": "/bin/sh", "file": "`+weights+`"}`)},
		"a relative path": {described("b.json", `{"name": "A", "version": "1", "program": "sh", "file": "`+weights+`"}`)},
		"an unknown word": {described("c.json", `{"name": "A", "version": "1", "program": "/bin/sh", "file": "`+weights+`", "url": "http://"}`)},
		"no weights":      {described("d.json", `{"name": "A", "version": "1", "program": "/bin/sh", "file": "/nowhere"}`)},
	} {
		if _, err := ReadModels(files); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestSkullBone(t *testing.T) {
	v, err := volume.ReadInVesalius(skullFile)
	if err != nil {
		t.Fatalf("the tests need Debian's invesalius-examples: %v", err)
	}
	m, err := Threshold(v, 226, 3071)
	if err != nil {
		t.Fatal(err)
	}
	big := Largest(m)
	closed, err := Close(big, 2)
	if err != nil {
		t.Fatal(err)
	}
	if a, b, c := m.Count(), big.Count(), FillHoles(closed).Count(); b >= a || c <= b || b < a*9/10 {
		t.Errorf("%d voxels of bone, %d in one part, %d closed and filled", a, b, c)
	}
}
