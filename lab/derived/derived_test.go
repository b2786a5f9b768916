package derived

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"consilium/imaging/dicom"
	"consilium/lab/scan"
	"consilium/lab/space"
	"consilium/lab/surface"
	"consilium/lab/volume"
)

var made = Made{Title: "K-17 bone", Software: "test", Time: time.Date(2026, 11, 21, 14, 5, 0, 0, time.UTC)}

func origin() *scan.Origin {
	h := &dicom.Dataset{}
	h.SetString(tag("PatientID"), "P1")
	h.SetString(tag("PatientName"), "DOE^JANE")
	h.SetString(tag("StudyInstanceUID"), "2.25.77")
	h.SetString(tag("SeriesInstanceUID"), "2.25.1000")
	h.SetString(tag("FrameOfReferenceUID"), "2.25.78")
	return &scan.Origin{Header: h, SOPClass: "1.2.840.10008.5.1.4.1.1.2", Instances: []string{"2.25.1", "2.25.2"}}
}

// TestKeywords proves that every keyword in this package's files is one of the standard's: tag returns nothing for others.
func TestKeywords(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	pattern := regexp.MustCompile(`(?:tag|set)\("(\w+)"|"(\w+(?:Sequence|Patient|UID|Date|Time|Number))"`)
	seen := 0
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range pattern.FindAllStringSubmatch(string(text), -1) {
			seen++
			if word := m[1] + m[2]; tag(word) == 0 && word != "Date" && word != "Time" {
				t.Errorf("%s: %q is no keyword of DICOM", f, word)
			}
		}
	}
	if seen < 80 {
		t.Errorf("%d keywords found", seen)
	}
}

// askew is a mask with two segments on an askew grid whose rows are no multiple of 8.
func askew() (volume.Grid, []Segment) {
	g := volume.NewGrid(19, 13, 9, space.Vec{0.5, 0.7, 1.25}, space.Vec{-101.5, -33.25, 900})
	g.Direction = space.Rotation(space.Vec{0.3, 0.2, 1}, 25)
	bone, screw := volume.NewMask(g), volume.NewMask(g)
	for n := range 400 {
		bone.Set(n*7%19, n*5%13, 2+n%5, true)
		screw.Set(n*3%19, n%13, 6, n%3 == 0)
	}
	return g, []Segment{{Label: "bone", Algorithm: "SEMIAUTOMATIC", Mask: bone}, {Label: "screw", Algorithm: "MANUAL", Mask: screw}}
}

func TestSegmentationReadsBack(t *testing.T) {
	g, segments := askew()
	name := filepath.Join(t.TempDir(), "seg.dcm")
	write(t, name, func(b *bytes.Buffer) error { return WriteSegmentation(b, origin(), segments, made) })
	read, err := ReadSegmentation(context.Background(), name, Onto{Grid: g, Frame: this})
	if err != nil {
		t.Fatal(err)
	}
	got := read.Segments
	for i, s := range segments {
		if got[i].Label != s.Label || got[i].Algorithm != s.Algorithm || got[i].Mask.Count() != s.Mask.Count() {
			t.Errorf("%+v", got[i])
		}
		for w := range s.Mask.Words {
			if got[i].Mask.Words[w] != s.Mask.Words[w] {
				t.Fatalf("segment %d differs in word %d", i, w)
			}
		}
	}
	other := g
	other.Origin[0] += 0.2
	f, closeFile, err := dicom.Open(name, dicom.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer closeFile()
	if _, err := Segments(context.Background(), f, other); !errors.Is(err, volume.ErrGeometry) {
		t.Errorf("onto another grid: %v", err)
	}
}

func write(t *testing.T, name string, do func(*bytes.Buffer) error) {
	t.Helper()
	var b bytes.Buffer
	if err := do(&b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("dcmdump", "-q", name).CombinedOutput(); err != nil || regexp.MustCompile(`(?m)^[EW]:`).Match(out) {
		t.Errorf("dcmdump (Debian's dcmtk) says: %v\n%s", err, out)
	}
}

func TestSTLReadsBack(t *testing.T) {
	m := &surface.Mesh{Points: [][3]float32{{0, 0, 0}, {10, 0, 0}, {0, 10, 0}, {0, 0, 10}}, Triangles: [][3]int32{{0, 2, 1}, {0, 1, 3}, {0, 3, 2}, {1, 2, 3}}}
	name := filepath.Join(t.TempDir(), "stl.dcm")
	write(t, name, func(b *bytes.Buffer) error { return WriteSTL(b, origin(), m, made) })
	got, err := ReadSTL(name)
	if err != nil {
		t.Fatal(err)
	}
	if got.Volume() != m.Volume() || len(got.Triangles) != 4 {
		t.Errorf("%+v", got)
	}
	f, closeFile, err := dicom.Open(name, dicom.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer closeFile()
	for keyword, want := range map[string]string{"PatientID": "P1", "StudyInstanceUID": "2.25.77", "FrameOfReferenceUID": "2.25.78", "Modality": "M3D", "MIMETypeOfEncapsulatedDocument": "model/stl"} {
		if got := f.Dataset.String(tag(keyword)); got != want {
			t.Errorf("%s is %q, not %q", keyword, got, want)
		}
	}
	if _, err := ReadSegmentation(context.Background(), name, Onto{Grid: volume.NewGrid(1, 1, 1, space.Vec{1, 1, 1}, space.Vec{})}); !errors.Is(err, ErrObject) {
		t.Errorf("a surface as segmentation: %v", err)
	}
}

func TestObjectsThatBelongToNobody(t *testing.T) {
	_, segments := askew()
	var b bytes.Buffer
	if err := WriteSegmentation(&b, nil, segments, made); !errors.Is(err, ErrNoOrigin) {
		t.Errorf("%v", err)
	}
	s, err := scan.Open(context.Background(), "/usr/share/doc/invesalius-examples/examples/Cranium.inv3", scan.Options{})
	if err != nil {
		t.Fatalf("the tests need Debian's invesalius-examples: %v", err)
	}
	if err := WriteSTL(&b, s.Origin, &surface.Mesh{}, made); !errors.Is(err, ErrNoOrigin) {
		t.Errorf("a scan that was not DICOM: %v", err)
	}
}

// A file that is cut off anywhere is refused.
func TestBrokenSegmentation(t *testing.T) {
	g, segments := askew()
	var b bytes.Buffer
	if err := WriteSegmentation(&b, origin(), segments, made); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "cut.dcm")
	for _, n := range []int{0, 100, 700, b.Len() / 2, b.Len() - 60} {
		if err := os.WriteFile(name, b.Bytes()[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadSegmentation(context.Background(), name, Onto{Grid: g}); err == nil {
			t.Errorf("cut off after %d bytes: taken", n)
		}
	}
}
