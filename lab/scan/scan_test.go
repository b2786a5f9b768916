package scan

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consilium/imaging/dicom"
	"consilium/lab/space"
	"consilium/lab/volume"
)

const skullFile = "/usr/share/doc/invesalius-examples/examples/Cranium.inv3"

// ctSlice is a CT image with 12 stored bits of 16 and the usual rescale.
func ctSlice(series string, n int, v *volume.Volume) *dicom.Dataset {
	d := &dicom.Dataset{}
	d.SetString(tagSOPClass, "1.2.840.10008.5.1.4.1.1.2")
	d.SetString(tagSOPInstance, fmt.Sprintf("%s.%d", series, n+1))
	d.SetString(tagStudyUID, "2.25.77")
	d.SetString(tagSeriesUID, series)
	d.SetString(tagFrameOfReference, "2.25.78")
	d.SetString(tagModality, "CT")
	d.SetString(tagPatientID, "P1")
	p := v.Point(space.Vec{0, 0, float64(n)})
	d.SetFloat(tagPosition, p[:]...)
	row, column := v.Direction.Column(0), v.Direction.Column(1)
	d.SetFloat(tagOrientation, row[0], row[1], row[2], column[0], column[1], column[2])
	d.SetFloat(tagPixelSpacing, v.Spacing[1], v.Spacing[0])
	d.SetFloat(tagSlope, 1)
	d.SetFloat(tagIntercept, -1024)
	d.SetPixelFormat(dicom.PixelFormat{Rows: v.Size[1], Columns: v.Size[0], Samples: 1, Photometric: "MONOCHROME2", Allocated: 16, Stored: 12, HighBit: 11, Frames: 1})
	raw := make([]byte, 2*v.Size[0]*v.Size[1])
	for i := range v.Size[0] * v.Size[1] {
		binary.LittleEndian.PutUint16(raw[2*i:], uint16(v.Int16[n*v.Size[0]*v.Size[1]+i]+1024))
	}
	ow, _ := dicom.ParseVR("OW")
	d.SetBytes(dicom.PixelData, ow, raw)
	return d
}

func write(t testing.TB, name string, d *dicom.Dataset) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(dicom.NewFile(d, dicom.ExplicitVRLittleEndian).Write(f), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// head is a piece of the real skull, laid askew in the patient.
func head(t testing.TB) *volume.Volume {
	t.Helper()
	v, err := volume.ReadInVesalius(skullFile)
	if err != nil {
		t.Fatalf("the tests need Debian's invesalius-examples: %v", err)
	}
	if v, err = v.Crop([3]int{60, 30, 20}, [3]int{50, 40, 12}); err != nil {
		t.Fatal(err)
	}
	v.Origin, v.Direction = space.Vec{-101.5, -33.25, 900}, space.Rotation(space.Vec{0, 0.2, 1}, 15)
	return v
}

// folder writes the slices under names whose order says nothing.
func folder(t testing.TB, v *volume.Volume) string {
	t.Helper()
	dir := t.TempDir()
	for n := range v.Size[2] {
		write(t, filepath.Join(dir, fmt.Sprintf("IM%02d", n*7%v.Size[2])), ctSlice("2.25.1000", n, v))
	}
	return dir
}

func TestDICOMSeries(t *testing.T) {
	v := head(t)
	dir := folder(t, v)
	if err := os.WriteFile(filepath.Join(dir, "README.txt"), []byte("not DICOM"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(context.Background(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Report.Slices != 12 || s.Report.Tilt != 0 || s.Report.Missing != nil || s.Report.Float || len(s.Origin.Instances) != 12 {
		t.Errorf("%+v", s.Report)
	}
	if s.Volume.Size != v.Size {
		t.Fatalf("size %v, not %v", s.Volume.Size, v.Size)
	}
	for i := range v.Int16 {
		if s.Volume.Int16[i] != v.Int16[i] {
			t.Fatalf("voxel %d: %d, not %d", i, s.Volume.Int16[i], v.Int16[i])
		}
	}
	corner := space.Vec{49, 39, 11}
	if far := s.Volume.Point(corner).Sub(v.Point(corner)).Norm(); far > 1e-4 { // decimal strings have 16 characters
		t.Errorf("the far corner is off by %g mm", far)
	}
}

func TestTwoSeriesInAFolder(t *testing.T) {
	v := head(t)
	dir := folder(t, v)
	write(t, filepath.Join(dir, "other"), ctSlice("2.25.2000", 0, v))
	_, err := Open(context.Background(), dir, Options{})
	if !errors.Is(err, volume.ErrMixed) || !strings.Contains(err.Error(), "2.25.2000") {
		t.Errorf("two series: %v", err)
	}
	if _, err := Open(context.Background(), dir, Options{Series: "2.25.1000"}); err != nil {
		t.Errorf("one of them by name: %v", err)
	}
	if _, err := Open(context.Background(), dir, Options{Series: "2.25.2000"}); !errors.Is(err, volume.ErrOneSlice) {
		t.Errorf("a series of one slice: %v", err)
	}
	if _, err := Open(context.Background(), dir, Options{Series: "2.25.3"}); !errors.Is(err, ErrNoImages) {
		t.Errorf("a series that is not there: %v", err)
	}
}

// A multi-frame image has places and rescale in functional groups, shared and for each frame.
func TestMultiFrame(t *testing.T) {
	v := head(t)
	d := ctSlice("2.25.1000", 0, v)
	d.Delete(tagPosition)
	d.Delete(tagOrientation)
	d.Delete(tagPixelSpacing)
	d.Delete(tagSlope)
	d.Delete(tagIntercept)
	group := func(tag dicom.Tag, fill func(*dicom.Dataset)) *dicom.Dataset {
		inner, outer := &dicom.Dataset{}, &dicom.Dataset{}
		fill(inner)
		outer.SetItems(tag, inner)
		return outer
	}
	row, column := v.Direction.Column(0), v.Direction.Column(1)
	shared := group(tagPlaneOrientation, func(d *dicom.Dataset) {
		d.SetFloat(tagOrientation, row[0], row[1], row[2], column[0], column[1], column[2])
	})
	measures, values := &dicom.Dataset{}, &dicom.Dataset{}
	measures.SetFloat(tagPixelSpacing, v.Spacing[1], v.Spacing[0])
	values.SetFloat(tagSlope, 1)
	values.SetFloat(tagIntercept, -1024)
	shared.SetItems(tagPixelMeasures, measures)
	shared.SetItems(tagPixelValues, values)
	d.SetItems(tagSharedGroups, shared)
	var frames []*dicom.Dataset
	var raw []byte
	for n := range v.Size[2] {
		n = v.Size[2] - 1 - n // from the top down
		frames = append(frames, group(tagPlanePosition, func(d *dicom.Dataset) {
			p := v.Point(space.Vec{0, 0, float64(n)})
			d.SetFloat(tagPosition, p[:]...)
		}))
		data := ctSlice("2.25.1000", n, v).Find(dicom.PixelData).Data()
		b, err := data.Load(1 << 20)
		if err != nil {
			t.Fatal(err)
		}
		raw = append(raw, b...)
	}
	d.SetItems(tagFrameGroups, frames...)
	d.SetPixelFormat(dicom.PixelFormat{Rows: v.Size[1], Columns: v.Size[0], Samples: 1, Photometric: "MONOCHROME2", Allocated: 16, Stored: 12, HighBit: 11, Frames: v.Size[2]})
	ow, _ := dicom.ParseVR("OW")
	d.SetBytes(dicom.PixelData, ow, raw)
	name := filepath.Join(t.TempDir(), "multi.dcm")
	write(t, name, d)
	s, err := Open(context.Background(), name, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Volume.Size != v.Size || !s.Report.Reordered {
		t.Fatalf("size %v, %+v", s.Volume.Size, s.Report)
	}
	for i := range v.Int16 {
		if s.Volume.Int16[i] != v.Int16[i] {
			t.Fatalf("voxel %d: %d, not %d", i, s.Volume.Int16[i], v.Int16[i])
		}
	}
}

func TestOtherFiles(t *testing.T) {
	v := head(t)
	name := filepath.Join(t.TempDir(), "head.nii")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(v.WriteNIfTI(f), f.Close()); err != nil {
		t.Fatal(err)
	}
	s, err := Open(context.Background(), name, Options{})
	if err != nil || s.Volume.Size != v.Size || math.Abs(s.Report.Anisotropy-1.5/0.9570312) > 1e-4 {
		t.Errorf("NIfTI: %+v %v", s, err)
	}
	if s, err := Open(context.Background(), skullFile, Options{}); err != nil || s.Report.Slices != 108 {
		t.Errorf("InVesalius: %v", err)
	}
	if _, err := Open(context.Background(), t.TempDir(), Options{}); !errors.Is(err, ErrNoImages) {
		t.Errorf("an empty folder: %v", err)
	}
	if _, err := Open(context.Background(), filepath.Join(t.TempDir(), "none"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such file: %v", err)
	}
}

func TestStoredBits(t *testing.T) { // by hand: 12 bits of 16, and 8 bits, with and without sign
	for _, c := range []struct {
		raw  []byte
		p    dicom.PixelFormat
		want uint16
	}{
		{[]byte{0xff, 0xff}, dicom.PixelFormat{Allocated: 16, Stored: 12, HighBit: 11}, 0x0fff},
		{[]byte{0xff, 0x0f}, dicom.PixelFormat{Allocated: 16, Stored: 12, HighBit: 11, Signed: true}, 0xffff},
		{[]byte{0xff, 0x07}, dicom.PixelFormat{Allocated: 16, Stored: 12, HighBit: 11, Signed: true}, 0x07ff},
		{[]byte{0xf0, 0xff}, dicom.PixelFormat{Allocated: 16, Stored: 12, HighBit: 15, Signed: true}, 0xffff},
		{[]byte{0x80}, dicom.PixelFormat{Allocated: 8, Stored: 8, HighBit: 7, Signed: true}, 0xff80},
		{[]byte{0x80}, dicom.PixelFormat{Allocated: 8, Stored: 8, HighBit: 7}, 0x80},
	} {
		c.p.Rows, c.p.Columns, c.p.Samples = 1, 1, 1
		if got, err := stored(c.raw, c.p); err != nil || got[0] != c.want {
			t.Errorf("%x of %+v: %x, not %x (%v)", c.raw, c.p, got, c.want, err)
		}
	}
	if _, err := stored([]byte{1, 2, 3}, dicom.PixelFormat{Rows: 1, Columns: 1, Samples: 3, Allocated: 8, Stored: 8, HighBit: 7}); err == nil {
		t.Error("colors were taken for a slice")
	}
}
