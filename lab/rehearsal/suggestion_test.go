package rehearsal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"consilium/imaging/dicom"
	"consilium/lab/segment"
	"consilium/lab/space"
)

// finder is a program of the hospital as an ONNX runtime would be: it reads the scan, says what is bone above the number in the model's file, and writes a mask.
const finder = `import sys, numpy as np
model, scan, out = sys.argv[1:4]
raw = open(scan, 'rb').read()
h = np.frombuffer(raw[:352], '<i2'); size = h[21:24]; kind = int(h[35]); at = int(np.frombuffer(raw[108:112], '<f4')[0])
hu = np.frombuffer(raw[at:], {4: '<i2', 16: '<f4'}[kind]).astype('<f4')
slope, intercept = np.frombuffer(raw[112:120], '<f4')
if slope != 0: hu = hu * slope + intercept
header = bytearray(raw[:352]); header[70:74] = np.array([2, 8], '<i2').tobytes(); header[112:120] = np.array([1, 0], '<f4').tobytes()
header[108:112] = np.array([352], '<f4').tobytes()
open(out, 'wb').write(bytes(header) + (hu >= float(open(model).read())).astype('u1').tobytes())
`

// modeled is a bench whose hospital has installed the finder.
func modeled(t *testing.T) *bench {
	b := newBench(t)
	dir := t.TempDir()
	for name, text := range map[string]string{"finder.py": finder, "skull.onnx": "300", "skull.json": `{"name": "Skull", "version": "1.2", "program": "/usr/bin/python3", "args": ["` + dir + `/finder.py"], "file": "` + dir + `/skull.onnx"}`} {
		b.must(os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	var err error
	b.Models, err = segment.ReadModels([]string{filepath.Join(dir, "skull.json")})
	b.must(err)
	return b
}

// labelOf is what the DICOM object of a segmentation says of its segment.
func (b *bench) labelOf(a Artefact) (label, algorithm, program string) {
	b.Helper()
	f, _ := a.File(Segmentation)
	raw, err := b.bytes(b.Context(), f)
	b.must(err)
	d, err := dicom.Read(bytes.NewReader(raw), int64(len(raw)), dicom.Options{})
	b.must(err)
	s := d.Dataset.Items(0x00620002)[0]
	return s.String(0x00620005), s.String(0x00620008), s.String(0x00620009)
}

// TestASuggestionIsAcceptedByAPerson: what a program finds is marked in the case and in the file that leaves it, no surface is made of it before a person accepted it, a change by hand does not accept it, and who
// accepted is written down.
func TestASuggestionIsAcceptedByAPerson(t *testing.T) {
	b := modeled(t)
	o, err := b.OrderSuggestion("2.25.1", "Skull")
	b.must(err)
	a, err := b.ask(Segmented, "", o)
	b.must(err)
	var f SegmentationFacts
	b.must(a.Read(&o, &f))
	want := b.head.Threshold(300, 1e5).Count()
	if !o.Unchecked() || o.Suggested.Version != "1.2" || len(o.Suggested.SHA256) != 64 || f.Added != want || f.HU.Min < 300 {
		t.Errorf("%+v, %+v; %d voxels are bone", o, f, want)
	}
	if l, how, by := b.labelOf(a); l != "Suggestion, not checked" || how != "AUTOMATIC" || by != "Skull 1.2" {
		t.Errorf("the file says %q, %q, %q", l, how, by)
	}
	if err := new(SurfaceOrder).Of(&a); !errors.Is(err, ErrSuggestion) || !Known(err) {
		t.Errorf("a surface of what nobody checked: %v", err)
	}
	edited, _, err := b.edited(a, segment.Step{Brush: &segment.Stroke{Path: []space.Vec{b.head.Point(space.Vec{20, 20, 20})}, Radius: 4}})
	b.must(err)
	if err := new(SurfaceOrder).Of(&edited); !errors.Is(err, ErrSuggestion) {
		t.Errorf("after one stroke it counts as checked: %v", err)
	}
	if l, how, by := b.labelOf(edited); l != "Suggestion, not checked, edited" || how != "SEMIAUTOMATIC" || by != "Skull 1.2" {
		t.Errorf("the file says %q, %q, %q", l, how, by)
	}
	o, err = b.OrderAcceptance(&edited, "p", "Du Wei")
	b.must(err)
	accepted, err := b.ask(Segmented, edited.ID, o)
	b.must(err)
	b.must(accepted.Read(&o, nil))
	if o.Unchecked() || o.Suggested.Accepted.Name != "Du Wei" || o.Steps["brush"] != 1 {
		t.Errorf("%+v", o.Suggested)
	}
	if l, _, _ := b.labelOf(accepted); l != "Suggestion, accepted, edited" {
		t.Errorf("the file says %q", l)
	}
	one, err := b.Mask(t.Context(), &edited)
	b.must(err)
	two, err := b.Mask(t.Context(), &accepted)
	b.must(err)
	if one.Count() != two.Count() {
		t.Errorf("%d voxels were accepted as %d", one.Count(), two.Count())
	}
	order := SurfaceOrder{Triangles: LeastTriangles}
	b.must(errors.Join(order.Of(&accepted), order.Check()))
	if _, err := b.OrderAcceptance(&accepted, "p", "Du Wei"); !errors.Is(err, ErrSuggestion) {
		t.Errorf("accepted twice: %v", err)
	}
}

// TestAModelThatFails: each way ends with words for who ordered it, and keeps nothing.
func TestAModelThatFails(t *testing.T) {
	b := modeled(t)
	if _, err := b.OrderSuggestion("2.25.1", "Femur"); !errors.Is(err, ErrAsked) || !Known(err) {
		t.Errorf("a model that is not there: %v", err)
	}
	for what, c := range map[string]struct {
		weights string
		want    error
	}{"finds nothing": {"30000", segment.ErrEmpty}, "breaks off": {"no number", segment.ErrModel}} {
		b.must(os.WriteFile(b.Models[0].File, []byte(c.weights), 0o600))
		b.Models[0].SHA256 = ""
		o, err := b.OrderSuggestion("2.25.1", "Skull")
		b.must(err)
		a, err := b.ask(Segmented, "", o)
		if !errors.Is(err, c.want) || !Known(err) || a.Done() || len(a.Files) > 0 {
			t.Errorf("%s: %v, %+v", what, err, a)
		}
	}
}
