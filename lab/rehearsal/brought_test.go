package rehearsal

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"consilium/lab/derived"
	"consilium/lab/segment"
	"consilium/lab/space"
	"consilium/lab/volume"
)

// TestAnotherProgramsSegmentation: what was made elsewhere on the case's images becomes a segmentation with what is known of it, is changed by hand and made a surface of; what belongs to other images is refused
// and leaves nothing behind.
func TestAnotherProgramsSegmentation(t *testing.T) {
	b := newBench(t)
	bone, err := b.ask(Surface, "", surfaceOrder())
	b.must(err)
	s, err := b.Scan(t.Context(), &bone, func(int, int) {})
	b.must(err)
	mask, err := b.Mask(t.Context(), &bone)
	b.must(err)
	other := volume.NewMask(mask.Grid)
	other.Set(40, 40, 40, true)
	var file bytes.Buffer
	b.must(derived.WriteSegmentation(&file, s.Origin, []derived.Segment{{Label: "skull", Algorithm: "AUTOMATIC", Mask: mask}, {Label: "dot", Algorithm: "MANUAL", Mask: other}}, derived.Made{Title: "elsewhere", Software: "9", Time: b.Now()}))
	same := func(scan, file string) bool { return file == scan }
	list, err := b.Bring(t.Context(), Artefact{Thread: bone.Thread, Entry: bone.Entry, Name: "Lin"}, surfaceOrder().Series, Other{Name: "skull.dcm", Raw: file.Bytes(), Same: same})
	b.must(err)
	if len(list) != 2 {
		t.Fatalf("%d segmentations of two segments", len(list))
	}
	var o SegmentationOrder
	var f SegmentationFacts
	found := b.find(list[0].ID)
	b.must(found.Read(&o, &f))
	if o.Brought == nil || o.Brought.Segment != "skull" || o.Brought.File != "skull.dcm" || len(o.Brought.SHA256) != 64 || !o.Brought.Exact || f.HU.Count != mask.Count() {
		t.Errorf("%+v, %+v", o.Brought, f)
	}
	raw, err := b.bytes(t.Context(), found.Files[0])
	b.must(err)
	if bytes.Equal(raw, file.Bytes()) {
		t.Error("the file itself was kept")
	}
	spot, _ := b.forehead(&bone)
	edited, _, err := b.edited(found, segment.Step{Brush: &segment.Stroke{Path: []space.Vec{spot.Point}, Radius: 4, Erase: true}})
	b.must(err)
	b.must(edited.Read(&o, nil))
	if o.Brought == nil || o.Steps["brush"] != 1 {
		t.Errorf("after a stroke nothing says what it began as: %+v", o)
	}
	order := SurfaceOrder{Smooth: 0, Triangles: surfaceOrder().Triangles}
	b.must(errors.Join(order.Of(&edited), order.Check()))
	_, err = b.ask(Surface, edited.ID, order)
	b.must(err)
	before := len(b.list())
	peer, err := os.ReadFile("../derived/testdata/peer-binary.dcm")
	b.must(err)
	for what, c := range map[string]struct {
		other Other
		want  error
	}{
		"of another patient": {Other{Raw: peer, Same: func(string, string) bool { return false }}, derived.ErrFrame},
		"beside the images":  {Other{Raw: peer, Same: func(string, string) bool { return true }}, derived.ErrPlace},
		"no such segment":    {Other{Raw: file.Bytes(), Same: same, Numbers: []int{3}}, derived.ErrChoice},
		"no DICOM":           {Other{Raw: []byte("a picture"), Same: same}, derived.ErrObject},
	} {
		_, err := b.Bring(t.Context(), Artefact{Thread: bone.Thread, Entry: bone.Entry}, surfaceOrder().Series, c.other)
		if !errors.Is(err, c.want) || !Known(err) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if len(b.list()) != before {
		t.Error("what was refused left something behind")
	}
}
