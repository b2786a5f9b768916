package rehearsal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io"
	"io/fs"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"consilium/casebook"
	"consilium/imaging/dicom"
	"consilium/jobs"
	"consilium/lab/align"
	"consilium/lab/guide"
	"consilium/lab/plan"
	"consilium/lab/scan"
	"consilium/lab/space"
	"consilium/lab/strength"
	"consilium/lab/surface"
	"consilium/lab/volume"
	"consilium/ledger"
	"consilium/store"
)

const skullFile = "/usr/share/doc/invesalius-examples/examples/Cranium.inv3"

// testDB is the real store as the lab sees it.
type testDB struct{ *store.Store }

func (d testDB) View(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	return d.Store.View(ctx, func(ctx context.Context, tx *sql.Tx) error { return fn(ctx, tx) })
}

func (d testDB) Update(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	return d.Store.Update(ctx, func(ctx context.Context, tx *sql.Tx) error { return fn(ctx, tx) })
}

func (d testDB) OnCommit(ctx context.Context, fn func()) { store.OnCommit(ctx, fn) }

// memory keeps files where the test can look for them.
type memory struct {
	mu    sync.Mutex
	files map[ledger.Hash][]byte
}

type opened struct{ *bytes.Reader }

func (opened) Close() error { return nil }

func (m *memory) Put(_ context.Context, r io.Reader, limit int64) (ledger.Hash, int64, error) {
	raw, err := io.ReadAll(io.LimitReader(r, limit))
	m.mu.Lock()
	defer m.mu.Unlock()
	h := ledger.Hash(sha256.Sum256(raw))
	m.files[h] = raw
	return h, int64(len(raw)), err
}

func (m *memory) Open(_ context.Context, h ledger.Hash) (io.ReadSeekCloser, int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	raw, ok := m.files[h]
	if !ok {
		return nil, 0, fs.ErrNotExist
	}
	return opened{bytes.NewReader(raw)}, int64(len(raw)), nil
}

func (m *memory) Remove(h ledger.Hash) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.files, h)
	return nil
}

// bench is a lab with one case, whose images are the real head.
type bench struct {
	testing.TB
	*Lab
	blobs  *memory
	thread ledger.ThreadID
	entry  ledger.Hash
	head   *volume.Volume
}

func newBench(t testing.TB) *bench {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Create: true, Migrations: []fs.FS{ledger.Migrations, Migrations}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	b := &bench{TB: t, blobs: &memory{files: map[ledger.Hash][]byte{}}, thread: thread(t), entry: ledger.Hash{7}}
	if b.head, err = volume.ReadInVesalius(skullFile); err != nil {
		t.Fatalf("the tests need Debian's invesalius-examples: %v", err)
	}
	if b.head, err = b.head.Crop([3]int{40, 0, 40}, [3]int{176, 130, 68}); err != nil { // the forehead
		t.Fatal(err)
	}
	b.Lab = &Lab{DB: testDB{s}, Blobs: b.blobs, Now: time.Now, Changed: func(ledger.ThreadID) {}, Images: b.images}
	return b
}

func thread(t testing.TB) ledger.ThreadID {
	t.Helper()
	id, err := ledger.ParseThreadID("01940000-0000-7000-8000-0000004cd930")
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// images are the head as a scanner writes it, for the case that has it.
func (b *bench) images(_ context.Context, thread ledger.ThreadID, entry ledger.Hash, series string) ([]scan.Source, int64, func(), error) {
	if thread != b.thread || entry != b.entry || series != "2.25.1" {
		return nil, 0, nil, ErrGone
	}
	var list []scan.Source
	for k := range b.head.Size[2] {
		list = append(list, scan.Source{Name: fmt.Sprint(k), Open: func(context.Context) (*dicom.File, func() error, error) {
			var file bytes.Buffer
			err := dicom.NewFile(b.slice(k), dicom.ExplicitVRLittleEndian).Write(&file)
			if err != nil {
				return nil, nil, err
			}
			f, err := dicom.Read(bytes.NewReader(file.Bytes()), int64(file.Len()), dicom.Options{})
			return f, func() error { return nil }, err
		}})
	}
	return list, int64(b.head.Voxels()), func() {}, nil
}

func (b *bench) slice(k int) *dicom.Dataset {
	v, d := b.head, &dicom.Dataset{}
	d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.2")
	d.SetString(dicom.SOPInstanceUID, fmt.Sprintf("2.25.1.%d", k+1))
	d.SetString(dicom.StudyInstanceUID, "2.25.77")
	d.SetString(dicom.SeriesInstanceUID, "2.25.1")
	d.SetString(0x00200052, "2.25.78")
	d.SetString(dicom.Modality, "CT")
	p := v.Point(space.Vec{0, 0, float64(k)})
	d.SetFloat(0x00200032, p[:]...)
	d.SetFloat(0x00200037, 1, 0, 0, 0, 1, 0)
	d.SetFloat(0x00280030, v.Spacing[1], v.Spacing[0])
	d.SetFloat(0x00281053, 1)
	d.SetFloat(0x00281052, -1024)
	d.SetPixelFormat(dicom.PixelFormat{Rows: v.Size[1], Columns: v.Size[0], Samples: 1, Photometric: "MONOCHROME2", Allocated: 16, Stored: 16, HighBit: 15, Frames: 1})
	n := v.Size[0] * v.Size[1]
	raw := make([]byte, 2*n)
	for i := range n {
		binary.LittleEndian.PutUint16(raw[2*i:], uint16(v.Int16[k*n+i]+1024))
	}
	ow, _ := dicom.ParseVR("OW")
	d.SetBytes(dicom.PixelData, ow, raw)
	return d
}

// ask orders an artefact and does its job.
func (b *bench) ask(kind Kind, source string, asked any, files ...File) (Artefact, error) {
	b.Helper()
	text, err := json.Marshal(asked)
	b.must(err)
	a := Artefact{Thread: b.thread, Kind: kind, Entry: b.entry, Source: source, Asked: text, Files: files, Person: "p", Name: "Du Wei"}
	b.must(b.DB.Update(b.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		a, err = b.Add(ctx, tx, a)
		return err
	}))
	args, err := json.Marshal(Order(a))
	b.must(err)
	_, failed := b.Do(b.Context(), jobs.Job{Args: args}, func(jobs.Progress) {})
	return b.find(a.ID), failed
}

func (b *bench) find(id string) (a Artefact) {
	b.Helper()
	b.must(b.DB.View(b.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		a, err = b.Find(ctx, tx, b.thread, id)
		return err
	}))
	return a
}

func (b *bench) list() (list []Artefact) {
	b.Helper()
	b.must(b.DB.View(b.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		list, err = b.List(ctx, tx, b.thread)
		return err
	}))
	return list
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func surfaceOrder() SurfaceOrder {
	return SurfaceOrder{Series: "2.25.1", Preset: "bone", Low: 226, High: 3071, Smooth: 20, Triangles: 60_000}
}

// forehead is a spot above the eyes, in the middle.
func (b *bench) forehead(bone *Artefact) (Spot, *surface.Mesh) {
	b.Helper()
	m, err := b.Mesh(b.Context(), bone)
	b.must(err)
	low, high := m.Bounds()
	return Nearest(m, space.Vec{(low[0]+high[0])/2 + 25, low[1], low[2] + 0.6*(high[2]-low[2])}), m
}

// TestARehearsal goes the whole way on a real head: surface, plan, guide, model, strength, registration, pictures; and an erasure of its images destroys all of it.
func TestARehearsal(t *testing.T) {
	b := newBench(t)
	bone, err := b.ask(Surface, "", surfaceOrder())
	b.must(err)
	var facts SurfaceFacts
	b.must(bone.Read(nil, &facts))
	if !facts.Topology.Watertight || facts.Topology.Triangles > 60_000 || facts.Whole <= 60_000 || facts.Scan.Slices != 68 || math.Abs(facts.VolumeKept-1) > 0.02 {
		t.Errorf("%+v", facts)
	}
	glb, _ := bone.File(GLB)
	if glb.Size > 10<<20 || glb.Size == 0 {
		t.Errorf("the scene takes %d bytes", glb.Size)
	}
	if _, ok := bone.File(Segmentation); !ok {
		t.Error("no segmentation for the archive")
	}
	spot, m := b.forehead(&bone)
	if spot.Far > 40 || spot.Out[1] > -0.5 {
		t.Fatalf("%+v is not on the forehead", spot)
	}
	planned := b.planned(spot)
	b.guided(bone, planned, spot)
	b.loaded(bone, spot)
	b.registered(planned, m)
	b.compared(bone, spot, m)
	b.pictured()
	b.erased()
}

// leans is how far a plane leans from square to the surface at a spot, in degrees.
func leans(s Spot, p plan.Plane) float64 {
	return -math.Asin(max(-1, min(1, p.Normal.Unit().Dot(s.Out)))) * 180 / math.Pi
}

func (b *bench) planned(spot Spot) Artefact {
	b.Helper()
	p := StartPlan(b.thread, "left")
	p.Planes = map[string]plan.Plane{"A": spot.Cut(0, 15), "B": spot.Cut(90, -8)}
	p.Angles = map[string]float64{"A": 15, "B": -8}
	for name, plane := range p.Planes {
		if tilt := leans(spot, plane); math.Abs(tilt-p.Angles[name]) > 1e-9 {
			b.Errorf("the cut %s leans %g degrees, %g were asked for", name, tilt, p.Angles[name])
		}
	}
	p.Landmarks = map[string]space.Vec{}
	for n, d := range []space.Vec{{0, 0, 0}, {30, 4, 2}, {-28, 6, 5}, {3, 8, 30}} {
		p.Landmarks[fmt.Sprint("P", n+1)] = spot.Point.Add(d)
	}
	b.must(CheckPlan(p, b.thread, "left"))
	for _, wrong := range []struct {
		thread ledger.ThreadID
		side   string
	}{{ledger.ThreadID{9}, "left"}, {b.thread, "right"}, {b.thread, ""}} {
		if err := CheckPlan(p, wrong.thread, wrong.side); !errors.Is(err, plan.ErrFormat) {
			b.Errorf("a plan of another case or side: %v", err)
		}
	}
	first, err := b.AddPlan(b.Context(), Artefact{Thread: b.thread, Entry: b.entry}, p)
	b.must(err)
	second, err := b.AddPlan(b.Context(), Artefact{Thread: b.thread, Entry: b.entry}, p)
	b.must(err)
	again, err := PlanOf(&second)
	b.must(err)
	if first.Version != 1 || second.Version != 2 || again.Version != 2 || again.Angles["A"] != 15 {
		b.Errorf("versions %d and %d, the plan says %d", first.Version, second.Version, again.Version)
	}
	return second
}

func (b *bench) guided(bone, planned Artefact, spot Spot) {
	b.Helper()
	d := guide.Defaults()
	d.Case, d.Approach, d.Center, d.Radius, d.Reach, d.Resolution = casebook.Engraving(b.thread, ""), spot.Out, spot.Point, 20, 8, 0.5
	d.Wall, d.MinWall = 4, 1.5
	d.Label = &guide.Label{Text: casebook.Engraving(b.thread, "left"), Height: 2.5, Depth: 0.6}
	d.Slots = []guide.Slot{{Name: "A", Plane: spot.Cut(0, 10), Length: 16, Height: 9, Shift: 0}}
	made, err := b.ask(Guide, bone.ID, GuideOrder{Design: d, Plan: planned.ID, Side: "left"})
	b.must(err)
	var facts GuideFacts
	b.must(made.Read(nil, &facts))
	file, printable := made.File(ThreeMF)
	if len(facts.Faults) > 0 || !printable || facts.SHA256 != fmt.Sprintf("%x", file.Hash[:]) || facts.Engraved[len(facts.Engraved)-2:] != " L" || !facts.Topology.Watertight {
		b.Errorf("%+v", facts)
	}
	d.Saw, d.SawPlay = 0.1, 0 // what cannot be made so fine is shown, and there is no file for print
	thin, err := b.ask(Guide, bone.ID, GuideOrder{Design: d, Side: "left"})
	b.must(err)
	if _, ok := thin.File(ThreeMF); ok {
		b.must(thin.Read(nil, &facts))
		b.Errorf("a guide with faults %q has a file for print", facts.Faults)
	}
	d.Label.Text = casebook.Engraving(b.thread, "right")
	if _, err := b.ask(Guide, bone.ID, GuideOrder{Design: d, Side: "left"}); !errors.Is(err, guide.ErrDesign) {
		b.Errorf("a guide engraved for the other side: %v", err)
	}
}

func (b *bench) loaded(bone Artefact, spot Spot) {
	b.Helper()
	o := StrengthOrder{Name: "100 N", Threshold: 226, Margin: 12, Load: Load{spot.Point, spot.Out.Scale(-1), 100, 5.7}, Calibration: strength.Calibration{Name: "test", Slope: 0.001, Intercept: 0.1},
		Law: "morgan-2003-pooled", Poisson: 0.3, Criterion: strength.PrincipalStrain, Levels: 2}
	made, err := b.ask(Strength, bone.ID, o)
	b.must(err)
	var facts StrengthFacts
	b.must(made.Read(nil, &facts))
	last := facts.Last()
	if len(facts.Study.Meshes) != 2 || !last.Converged || last.Risk == nil || !(facts.Most > 0) || facts.Held != "cut" {
		b.Fatalf("%+v", facts)
	}
	held, force := space.Vec{}, spot.Out.Scale(-100) // the supports push back as much as is pressed; the scan lies along the patient's axes
	for _, s := range last.Supports {
		held = held.Add(s.Force)
	}
	if held.Add(force).Norm() > 5 {
		b.Errorf("the supports hold %v against %v", held, force)
	}
	m, err := b.Mesh(b.Context(), &bone)
	b.must(err)
	values, err := b.valuesOf(b.Context(), &made)
	b.must(err)
	near, far := 0.0, 0.0
	for i, v := range values {
		if d := m.Point(int32(i)).Sub(spot.Point).Norm(); d < 7 {
			near = max(near, float64(v))
		} else if d > 14 {
			far = max(far, float64(v))
		}
	}
	if len(values) != len(m.Points) || !(near > 0) {
		b.Errorf("%d values for %d points, %g MPa at the load and %g far from it", len(values), len(m.Points), near, far)
	}
	b.Elements = 1000
	if _, err := b.ask(Strength, bone.ID, o); !errors.Is(err, ErrTooMuch) {
		b.Errorf("a mesh that is too fine: %v", err)
	}
}

func (b *bench) registered(planned Artefact, _ *surface.Mesh) {
	b.Helper()
	p, err := PlanOf(&planned)
	b.must(err)
	o := RegistrationOrder{Sigma: 0.3, Target: "A", At: p.Planes["A"].Point, Limit: 1.5}
	turn := space.Rotation(space.Vec{1, 2, 3}, 20)
	for _, name := range []string{"P1", "P2", "P3", "P4"} {
		o.Names, o.Source, o.Measured = append(o.Names, name), append(o.Source, p.Landmarks[name]), append(o.Measured, turn.Apply(p.Landmarks[name]).Add(space.Vec{5, 6, 7}))
	}
	made, err := b.Register(b.Context(), Artefact{Thread: b.thread, Entry: b.entry, Source: planned.ID}, o)
	b.must(err)
	var answer align.Answer
	b.must(made.Read(nil, &answer))
	if answer.Points.FRE > 1e-6 || len(answer.Targets) != 1 || !(answer.Targets[0].TRE > 0) || !(answer.Targets[0].TRE95 > answer.Targets[0].TRE) {
		b.Errorf("%+v", answer)
	}
	o.Source, o.Measured, o.Names = o.Source[:2], o.Measured[:2], o.Names[:2]
	if _, err := b.Register(b.Context(), Artefact{Thread: b.thread, Entry: b.entry}, o); !errors.Is(err, align.ErrUndetermined) {
		b.Errorf("two pairs: %v", err)
	}
}

func (b *bench) pictured() {
	b.Helper()
	list := b.list()
	s := OnStage(list)
	for _, view := range Views {
		raw, err := b.Picture(b.Context(), s, view, 30, 240, 200)
		b.must(err)
		m, err := png.Decode(bytes.NewReader(raw))
		if err != nil || m.Bounds().Dx() < 100 {
			b.Errorf("%s: %v", view, err)
		}
	}
	if _, err := b.Picture(b.Context(), Stage{Surface: s.Surface}, "guide", 0, 10, 10); !errors.Is(err, ErrGone) {
		b.Errorf("a picture of no guide: %v", err)
	}
	raw, err := b.Slice(b.Context(), s.Surface, "axial", 10, 500, 2000)
	b.must(err)
	m, err := png.Decode(bytes.NewReader(raw))
	b.must(err)
	if m.Bounds().Dx() != 176 || m.Bounds().Dy() != 130 {
		b.Errorf("the slice has %v", m.Bounds())
	}
	if _, err := b.Slice(b.Context(), s.Surface, "axial", 68, 500, 2000); !errors.Is(err, ErrGone) {
		b.Errorf("a slice that is not there: %v", err)
	}
	object, err := b.EncapsulatedSTL(b.Context(), s.Surface)
	b.must(err)
	f, err := dicom.Read(bytes.NewReader(object), int64(len(object)), dicom.Options{})
	if err != nil || f.Dataset.String(dicom.StudyInstanceUID) != "2.25.77" {
		b.Errorf("the surface as DICOM: %v", err)
	}
	for _, ending := range []string{"stl", "3mf"} {
		raw, err := b.Exported(b.Context(), s.Surface, ending, "x")
		b.must(err)
		again, err := surface.Read("."+ending, raw)
		if err != nil || !again.Inspect().Watertight {
			b.Errorf("%s: %v", ending, err)
		}
	}
}

// erased: nothing of the images' artefacts is left, neither rows nor files; another entry's stay.
func (b *bench) erased() {
	b.Helper()
	other, err := b.AddPlan(b.Context(), Artefact{Thread: b.thread, Entry: ledger.Hash{8}}, StartPlan(b.thread, "right"))
	b.must(err)
	all := len(b.list())
	n, err := b.Forget(b.Context(), b.thread, func(e ledger.Hash) bool { return e == b.entry })
	b.must(err)
	left := b.list()
	if n != all-1 || len(left) != 1 || left[0].ID != other.ID {
		b.Errorf("%d of %d were destroyed, %d are left", n, all, len(left))
	}
	kept := slices.Collect(func(yield func(ledger.Hash) bool) {
		for _, f := range left[0].Files {
			yield(f.Hash)
		}
	})
	for h := range b.blobs.files {
		if !slices.Contains(kept, h) {
			b.Errorf("the file %s is still there", h.Short())
		}
	}
}

// TestAJobOfAnErasedArtefactLeavesNothing: whoever erases the images while the lab is at work leaves no file behind.
func TestAJobOfAnErasedArtefactLeavesNothing(t *testing.T) {
	b := newBench(t)
	text, err := json.Marshal(surfaceOrder())
	b.must(err)
	a := Artefact{Thread: b.thread, Kind: Surface, Entry: b.entry, Asked: text}
	b.must(b.DB.Update(t.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		a, err = b.Add(ctx, tx, a)
		return err
	}))
	args, err := json.Marshal(Order(a))
	b.must(err)
	var once sync.Once
	_, err = b.Do(t.Context(), jobs.Job{Args: args}, func(p jobs.Progress) {
		if p.Done >= 50 {
			once.Do(func() {
				go b.Forget(context.WithoutCancel(t.Context()), b.thread, func(ledger.Hash) bool { return true }) //nolint:errcheck // looked for below
				for len(b.list()) > 0 {
				}
			})
		}
	})
	if !errors.Is(err, ErrGone) {
		t.Errorf("the job ends with %v", err)
	}
	if len(b.blobs.files) > 0 {
		t.Errorf("%d files are left", len(b.blobs.files))
	}
}

func TestOrdersThatCannotBeMade(t *testing.T) {
	for name, change := range map[string]func(*SurfaceOrder){"no series": func(o *SurfaceOrder) { o.Series = "" }, "a range turned around": func(o *SurfaceOrder) { o.Low = 4000 },
		"not a number": func(o *SurfaceOrder) { o.Low = math.NaN() }, "too many triangles": func(o *SurfaceOrder) { o.Triangles = MostTriangles + 1 }, "smoothed away": func(o *SurfaceOrder) { o.Smooth = 1000 }} {
		o := surfaceOrder()
		change(&o)
		if err := o.Check(); !errors.Is(err, ErrAsked) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := newBench(t)
	o := surfaceOrder()
	o.Series = "2.25.404"
	a, err := b.ask(Surface, "", o)
	if !errors.Is(err, ErrGone) || a.Done() || Tell(err).Zh == Tell(err).En {
		t.Errorf("a series that is not there: %v", err)
	}
	o = surfaceOrder()
	o.Low, o.High, o.Preset = 30000, 31000, ""
	if _, err := b.ask(Surface, "", o); err == nil {
		t.Error("a surface of nothing")
	}
}
