package annotation

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"consilium/imaging/dicom"
	"consilium/imaging/manifest"
)

// segmented is a segmentation of two frames of 9 × 7 pixels: a block with a hole in segment 1, one pixel in segment 2, 3 mm further up.
func segmented(frameOf string) *dicom.Dataset {
	d := &dicom.Dataset{}
	d.SetString(dicom.SOPClassUID, segmentationClass)
	d.SetString(tag("FrameOfReferenceUID"), frameOf)
	d.SetString(tag("SegmentationType"), "BINARY")
	d.SetString(tag("ContentDescription"), "Vessels")
	var segments, frames []*dicom.Dataset
	bits := make([]byte, (2*9*7+7)/8+1)
	set := func(frame, column, row int) { at := frame*63 + row*9 + column; bits[at/8] |= 1 << (at % 8) }
	for row := 1; row < 5; row++ {
		for column := 2; column < 6; column++ {
			if column != 3 || row != 2 {
				set(0, column, row)
			}
		}
	}
	set(1, 8, 6)
	for n, label := range []string{"Artery", "Nerve"} {
		segment, group, position, number := &dicom.Dataset{}, &dicom.Dataset{}, &dicom.Dataset{}, &dicom.Dataset{}
		segment.SetInt(tag("SegmentNumber"), n+1)
		segment.SetString(tag("SegmentLabel"), label)
		position.SetFloat(tag("ImagePositionPatient"), -80, -80, float64(-3*n))
		number.SetInt(tag("ReferencedSegmentNumber"), n+1)
		group.SetItems(tag("PlanePositionSequence"), position)
		group.SetItems(tag("SegmentIdentificationSequence"), number)
		segments, frames = append(segments, segment), append(frames, group)
	}
	segments[0].SetInt(tag("RecommendedDisplayCIELabValue"), 34885, 53485, 50171) // L* 53.23, a* 80.1, b* 67.2 under D65 is pure red; under D50 near it
	orientation, measures, shared := &dicom.Dataset{}, &dicom.Dataset{}, &dicom.Dataset{}
	orientation.SetFloat(tag("ImageOrientationPatient"), 1, 0, 0, 0, 1, 0)
	measures.SetFloat(tag("PixelSpacing"), 2, 1)
	shared.SetItems(tag("PlaneOrientationSequence"), orientation)
	shared.SetItems(tag("PixelMeasuresSequence"), measures)
	d.SetItems(tag("SharedFunctionalGroupsSequence"), shared)
	d.SetItems(tag("PerFrameFunctionalGroupsSequence"), frames...)
	d.SetItems(tag("SegmentSequence"), segments...)
	d.SetInt(dicom.NumberOfFrames, 2)
	d.SetPixelFormat(dicom.PixelFormat{Rows: 7, Columns: 9, Samples: 1, Photometric: "MONOCHROME2", Allocated: 1, Stored: 1, Frames: 2})
	d.SetBytes(dicom.PixelData, dicom.OB, bits)
	return d
}

// scanned is a study of two slices on another grid than the segmentation's: pixels of 0.5 mm, 1 mm to the left and above.
func scanned() *manifest.Study {
	slice := func(uid string, z float64) manifest.Instance {
		return manifest.Instance{UID: uid, Image: &manifest.Image{Rows: 40, Columns: 30, FrameOf: "1.2.9",
			Frames: []manifest.Frame{{Position: []float64{-81, -81, z}, Orientation: []float64{1, 0, 0, 0, 1, 0}, Spacing: []float64{0.5, 0.5}, Thickness: 3, Slope: 1}}}}
	}
	return &manifest.Study{Series: []manifest.Series{{Instances: []manifest.Instance{slice("1.2.9.1", 0), slice("1.2.9.2", -3), slice("1.2.9.3", -6)}}}}
}

// TestSegmentsAreOutlined: outlines stand on the images in whose plane the frames lie, in the pixels of those, and holes are outlined too.
func TestSegmentsAreOutlined(t *testing.T) {
	g, err := Read(dicom.NewFile(segmented("1.2.9"), dicom.ExplicitVRLittleEndian), scanned())
	if err != nil {
		t.Fatal(err)
	}
	if g.Title != "Vessels" || len(g.Parts) != 2 || g.Parts[0].Label != "Artery" || g.Parts[1].Color != "#56b4e9" || g.Parts[0].Color[1:2] != "f" {
		t.Errorf("%+v", g)
	}
	if len(g.Drawings) != 2 || g.Drawings[0].Instance != "1.2.9.1" || g.Drawings[1].Instance != "1.2.9.2" || g.Drawings[1].Part != 1 {
		t.Fatalf("%+v", g.Drawings)
	}
	// Column 2 of 1 mm begins at -80.5 + 2 = -78.5 mm, which is 2.75 mm right of the first pixel's edge at -81.25: 5.5 pixels of 0.5 mm. Row 1 of 2 mm begins at
	// -81 + 2 = -79 mm: 2.25 mm below the edge, 4.5 pixels.
	outer := g.Drawings[0].Lines[0].Points
	if !slices.Equal(outer, []float64{5.5, 4.5, 13.5, 4.5, 13.5, 20.5, 5.5, 20.5}) {
		t.Errorf("the block is outlined by %v", outer)
	}
	if len(g.Drawings[0].Lines) != 2 || len(g.Drawings[0].Lines[1].Points) != 8 {
		t.Errorf("the hole: %+v", g.Drawings[0].Lines)
	}
	if _, err := Read(dicom.NewFile(segmented("1.2.8"), dicom.ExplicitVRLittleEndian), scanned()); !errors.Is(err, ErrObject) {
		t.Errorf("of another frame of reference: %v", err)
	}
}

// TestOutlinesEncloseTheMask: by the shoelace formula all outlines together enclose as many pixels as the mask has, whatever it looks like.
func TestOutlinesEncloseTheMask(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := mask{columns: rapid.IntRange(1, 12).Draw(t, "columns"), rows: rapid.IntRange(1, 12).Draw(t, "rows")}
		m.bits = rapid.SliceOfN(rapid.Bool(), m.columns*m.rows, m.columns*m.rows).Draw(t, "bits")
		want, got := 0, 0.0
		for _, b := range m.bits {
			if b {
				want++
			}
		}
		for _, l := range m.outlines() {
			p := l.Points
			for i := 0; i < len(p); i += 2 {
				k := (i + 2) % len(p)
				got += (p[i]*p[k+1] - p[k]*p[i+1]) / 2
			}
		}
		if math.Abs(got-float64(want)) > 1e-9 {
			t.Errorf("%v pixels are enclosed, not %d", got, want)
		}
	})
}

// FuzzRead gives the reader objects that say anything: it refuses or reads, within its bounds.
func FuzzRead(f *testing.F) {
	for _, d := range Objects(Source{Header: segmented("1.2.9"), Image: scanned().Series[0].Instances[0].Image}, drawn, made()) {
		f.Add(encoded(f, d))
	}
	f.Add(encoded(f, segmented("1.2.9")))
	study := scanned()
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := readBytes(raw)
		if err != nil {
			return
		}
		g, err := Read(file, study)
		if err == nil && (len(g.Drawings) == 0 || len(g.Drawings) > mostDrawings) {
			t.Errorf("%d drawings", len(g.Drawings))
		}
	})
}
