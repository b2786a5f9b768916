package derived

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"consilium/imaging/dicom"
	"consilium/lab/space"
	"consilium/lab/volume"
)

// peerGrid is the scan that the segmentations of testdata lie in.
func peerGrid() volume.Grid {
	return volume.NewGrid(24, 20, 12, space.Vec{0.5, 0.75, 1.25}, space.Vec{-101.5, -33.25, 900})
}

// peerNumber is what DCMTK was given for a voxel of a segment, or -1 outside of its frames: see testdata/peer.cc.
func peerNumber(i, j, k, segment int) int {
	column, row := 15-i, j-4
	if column < 0 || column >= 12 || row < 0 || row >= 10 || k < 2 || k > 8 || k == 5 {
		return -1
	}
	return (7*row + 3*column + 5*k + segment) % 16
}

func this(uid string) bool { return uid == "2.25.78" }

// TestPeer lays segmentations that another program wrote onto a scan: a part of it, mirrored, last slice first, one left out.
func TestPeer(t *testing.T) {
	for name, in := range map[string]func(n int) bool{
		"peer-binary.dcm":     func(n int) bool { return n >= 0 && n%4 != 0 },
		"peer-fractional.dcm": func(n int) bool { return 2*17*n >= 255 },
	} {
		r, err := ReadSegmentation(context.Background(), filepath.Join("testdata", name), Onto{Grid: peerGrid(), Frame: this})
		if err != nil {
			t.Fatal(name, err)
		}
		if !r.Exact || r.Program != "Peer dcmseg 3.6.7" || r.Spacing != (space.Vec{0.5, 0.75, 1.25}) || r.Segments[0].Label != "femur" || r.Segments[0].Algorithm != "AUTOMATIC" {
			t.Errorf("%s: %+v", name, r)
		}
		for _, s := range r.Segments {
			g := peerGrid()
			for at := range g.Voxels() {
				i, j, k := at%24, at/24%20, at/480
				if want := in(peerNumber(i, j, k, s.Number)); s.Mask.At(i, j, k) != want {
					t.Fatalf("%s: segment %d, voxel %d %d %d is %v", name, s.Number, i, j, k, !want)
				}
			}
		}
	}
}

// TestOtherGrid lays a segmentation onto a scan twice as fine: each voxel takes what lies nearest.
func TestOtherGrid(t *testing.T) {
	g := peerGrid()
	g.Size, g.Spacing = [3]int{48, 40, 24}, g.Spacing.Scale(0.5)
	g.Origin = g.Origin.Sub(g.Spacing.Scale(0.5)) // eight of its voxels fill one of the coarse
	r, err := ReadSegmentation(context.Background(), "testdata/peer-binary.dcm", Onto{Grid: g, Frame: this, Numbers: []int{2}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Exact || len(r.Segments) != 1 || r.Segments[0].Label != "screw" {
		t.Errorf("%+v", r)
	}
	for at := range g.Voxels() {
		i, j, k := at%48, at/48%40, at/1920
		n := peerNumber(i/2, j/2, k/2, 2)
		if want := n >= 0 && n%4 != 0; r.Segments[0].Mask.At(i, j, k) != want {
			t.Fatalf("voxel %d %d %d is %v", i, j, k, !want)
		}
	}
}

// changed is a peer's file with something else in it.
func changed(t *testing.T, change func(d *dicom.Dataset)) *dicom.File {
	t.Helper()
	raw, err := os.ReadFile("testdata/peer-binary.dcm")
	if err != nil {
		t.Fatal(err)
	}
	f, err := dicom.Read(bytes.NewReader(raw), int64(len(raw)), dicom.Options{})
	if err != nil {
		t.Fatal(err)
	}
	change(f.Dataset)
	return f
}

func TestSegmentationsOfOthersAreRefused(t *testing.T) {
	away := peerGrid()
	away.Origin[0] += 4 // a third of the segment is beyond its border
	nothing := func(*dicom.Dataset) {}
	group := func(frame int, group string) func(d *dicom.Dataset, change func(*dicom.Dataset)) {
		return func(d *dicom.Dataset, change func(*dicom.Dataset)) {
			change(d.Items(tag("PerFrameFunctionalGroupsSequence"))[frame].Items(tag(group))[0])
		}
	}
	for name, c := range map[string]struct {
		on     Onto
		change func(*dicom.Dataset)
		want   error
	}{
		"another frame of reference": {Onto{Grid: peerGrid(), Frame: func(uid string) bool { return false }}, nothing, ErrFrame},
		"beyond the scan":            {Onto{Grid: away, Frame: this}, nothing, ErrPlace},
		"a segment it has not":       {Onto{Grid: peerGrid(), Numbers: []int{1, 7}}, nothing, ErrChoice},
		"an image":                   {Onto{Grid: peerGrid()}, func(d *dicom.Dataset) { d.SetString(tag("SOPClassUID"), "1.2.840.10008.5.1.4.1.1.2") }, ErrObject},
		"a type nobody knows":        {Onto{Grid: peerGrid()}, func(d *dicom.Dataset) { d.SetString(tag("SegmentationType"), "OTHER") }, ErrObject},
		"more frames than pixels":    {Onto{Grid: peerGrid()}, func(d *dicom.Dataset) { d.SetInt(tag("Rows"), 60000) }, ErrObject},
		"a frame without a place": {Onto{Grid: peerGrid()}, func(d *dicom.Dataset) {
			group(3, "PlanePositionSequence")(d, func(d *dicom.Dataset) { d.Delete(tag("ImagePositionPatient")) })
		}, ErrPlace},
		"two frames at one place": {Onto{Grid: peerGrid()}, func(d *dicom.Dataset) {
			group(3, "PlanePositionSequence")(d, func(d *dicom.Dataset) { d.SetFloat(tag("ImagePositionPatient"), -94, -30.25, 910) })
		}, ErrPlace},
		"a frame of no segment": {Onto{Grid: peerGrid()}, func(d *dicom.Dataset) {
			group(3, "SegmentIdentificationSequence")(d, func(d *dicom.Dataset) { d.Delete(tag("ReferencedSegmentNumber")) })
		}, ErrObject},
		"directions that are none": {Onto{Grid: peerGrid()}, func(d *dicom.Dataset) {
			d.Items(tag("SharedFunctionalGroupsSequence"))[0].Items(tag("PlaneOrientationSequence"))[0].SetFloat(tag("ImageOrientationPatient"), 1, 0, 0, 1, 0, 0)
		}, ErrPlace},
	} {
		if _, err := Lay(context.Background(), changed(t, c.change), c.on); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLabelMap reads one number a voxel (supplement 243), made from the peer's fractions: the value is the number of the segment.
func TestLabelMap(t *testing.T) {
	raw, err := os.ReadFile("testdata/peer-fractional.dcm")
	if err != nil {
		t.Fatal(err)
	}
	f, err := dicom.Read(bytes.NewReader(raw), int64(len(raw)), dicom.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f.Dataset.SetString(tag("SOPClassUID"), labelMapClass)
	f.Dataset.SetString(tag("SegmentationType"), "LABELMAP")
	f.Dataset.Items(tag("SegmentSequence"))[0].SetInt(tag("SegmentNumber"), 51)
	r, err := Lay(context.Background(), f, Onto{Grid: peerGrid(), Frame: this})
	if err != nil {
		t.Fatal(err)
	}
	g, want := peerGrid(), 0
	for at := range g.Voxels() {
		if peerNumber(at%24, at/24%20, at/480, 1) == 3 {
			want++
		}
	}
	if r.Type != "LABELMAP" || len(r.Segments) != 1 || r.Segments[0].Number != 51 || r.Segments[0].Mask.Count() != want || want == 0 {
		t.Errorf("%+v, wanted %d voxels", r, want)
	}
}

// FuzzLay feeds bytes that claim to be a segmentation: an answer or an error, in bounded memory.
func FuzzLay(f *testing.F) {
	for _, name := range []string{"peer-binary.dcm", "peer-fractional.dcm"} {
		raw, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := dicom.Read(bytes.NewReader(raw), int64(len(raw)), dicom.Options{})
		if err != nil {
			return
		}
		r, err := Lay(context.Background(), file, Onto{Grid: peerGrid()})
		if err == nil && len(r.Segments) == 0 {
			t.Error("neither a segment nor an error")
		}
	})
}
