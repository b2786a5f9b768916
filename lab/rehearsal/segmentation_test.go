package rehearsal

import (
	"bytes"
	"encoding/hex"
	"errors"
	"image/png"
	"testing"

	"consilium/lab/segment"
	"consilium/lab/space"
)

// edited orders a change of a segmentation and does its job.
func (b *bench) edited(base Artefact, steps ...segment.Step) (a Artefact, f SegmentationFacts, err error) {
	b.Helper()
	o, file, err := b.OrderSegmentation(b.Context(), &base, steps)
	b.must(err)
	if a, err = b.ask(Segmented, base.ID, o, file); err == nil {
		err = a.Read(nil, &f)
	}
	return a, f, err
}

// TestASegmentationIsChangedByHand: a hole is bored into a real skull and a ball is stuck onto it; both are in the segmentation, in its slices and in the surface that is made of it, and the version names
// what it was changed from.
func TestASegmentationIsChangedByHand(t *testing.T) {
	b := newBench(t)
	o := surfaceOrder()
	o.Smooth = 0
	bone, err := b.ask(Surface, "", o)
	b.must(err)
	spot, _ := b.forehead(&bone)
	hole := segment.Step{Brush: &segment.Stroke{Path: []space.Vec{spot.Point.Add(spot.Out.Scale(5)), spot.Point.Add(spot.Out.Scale(-40))}, Radius: 4, Erase: true}}
	knob := spot.Point.Add(space.Vec{-50, 0, 0})
	ball := segment.Step{Brush: &segment.Stroke{Path: []space.Vec{knob}, Radius: 8}}
	first, f, err := b.edited(bone, hole, ball)
	b.must(err)
	seg, _ := bone.File(Segmentation)
	steps, _ := first.File(JSON)
	if f.Base != hex.EncodeToString(seg.Hash[:]) || f.Steps != hex.EncodeToString(steps.Hash[:]) || f.Added == 0 || f.Removed == 0 {
		t.Errorf("%+v", f)
	}
	before, err := b.Mask(t.Context(), &bone)
	b.must(err)
	after, err := b.Mask(t.Context(), &first)
	b.must(err)
	if after.Count() != f.HU.Count || after.Count() != before.Count()+f.Added-f.Removed {
		t.Errorf("%d voxels became %d: %+v", before.Count(), after.Count(), f)
	}
	i, j, k := after.Index(knob)[0], after.Index(knob)[1], after.Index(knob)[2]
	raw, err := b.MaskSlice(t.Context(), &first, "coronal", int(j+0.5))
	b.must(err)
	m, err := png.Decode(bytes.NewReader(raw))
	b.must(err)
	if r, _, _, _ := m.At(int(i+0.5), after.Size[2]-1-int(k+0.5)).RGBA(); r == 0 || m.Bounds().Dx() != after.Size[0] {
		t.Error("the ball is not in the slice")
	}
	o = SurfaceOrder{Smooth: 0, Triangles: o.Triangles}
	b.must(errors.Join(o.Of(&first), o.Check()))
	second, err := b.ask(Surface, first.ID, o)
	b.must(err)
	mesh, err := b.Mesh(t.Context(), &second)
	b.must(err)
	if n := Nearest(mesh, spot.Point); n.Far < 2 {
		t.Errorf("the surface is %.1f mm from the middle of the hole", n.Far)
	}
	if n := Nearest(mesh, knob); n.Far < 4 {
		t.Errorf("the surface is %.1f mm from the middle of the ball", n.Far)
	}
	if s := OnStage(b.list()); s.Surface.ID != second.ID || s.Segmentation == nil || s.Segmentation.ID != first.ID {
		t.Errorf("on the stage: %+v", s.Surface)
	}
	if _, _, err := b.edited(first, segment.Step{Grow: &segment.Growth{Seeds: []space.Vec{{1e6, 0, 0}}, Low: 226, High: 3071}}); !errors.Is(err, segment.ErrEmpty) {
		t.Errorf("a seed far away: %v", err)
	}
	for what, list := range map[string][]segment.Step{"nothing": nil, "too much": make([]segment.Step, segment.MostSteps+1), "no step": {{}}} {
		if _, _, err := b.OrderSegmentation(t.Context(), &bone, list); err == nil || !Known(err) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
