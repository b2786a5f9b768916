package manifest

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"consilium/imaging/dicom"
)

// stacked builds a study of objects and reads it back.
func stacked(t *testing.T, objects ...*dicom.Dataset) *Study {
	t.Helper()
	var b Builder
	for i, d := range objects {
		open := func(context.Context) (*dicom.File, func() error, error) {
			return dicom.NewFile(d, dicom.ExplicitVRLittleEndian), func() error { return nil }, nil
		}
		if err := b.Look(d, 1<<20, Source{File: fmt.Sprint(i), Open: open}); err != nil {
			t.Fatal(err)
		}
	}
	s, err := b.Pack(t.Context(), kept{}.put, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if s, err = Decode(text); err != nil {
		t.Fatal(err)
	}
	return s
}

// twice are two images at each of ten places, numbered as change says.
func twice(change func(d *dicom.Dataset, place, which int)) (list []*dicom.Dataset) {
	for which := range 2 {
		for place := range 10 {
			d := slice(place, 10*which+place+1)
			d.SetString(dicom.SOPInstanceUID, fmt.Sprintf("1.2.3.%d.%d", which, place))
			change(d, place, which)
			list = append(list, d)
		}
	}
	return list
}

// TestImagesAtTheSamePlaceAreStacks: what was taken twice at each place is two stacks, by what sets them apart or by their numbers, each with every place once.
func TestImagesAtTheSamePlaceAreStacks(t *testing.T) {
	for name, row := range map[string]struct {
		change func(d *dicom.Dataset, place, which int)
		want   []string
	}{
		"diffusion": {func(d *dicom.Dataset, _, which int) { d.SetFloat(0x00189087, float64(1000*which)) }, []string{"b 0", "b 1000"}},
		"echoes":    {func(d *dicom.Dataset, _, which int) { d.SetFloat(0x00180081, float64(20+60*which)) }, []string{"TE 20 ms", "TE 80 ms"}},
		"pictures": {func(d *dicom.Dataset, _, which int) {
			d.SetString(dicom.ImageType, "DERIVED", "PRIMARY", []string{"WATER", "FAT"}[which])
		}, []string{"FAT", "WATER"}},
		"nothing said":                {func(*dicom.Dataset, int, int) {}, []string{"1/2", "2/2"}},
		"numbered by place":           {func(d *dicom.Dataset, place, which int) { d.SetInt(dicom.InstanceNumber, 2*place+which) }, []string{"1/2", "2/2"}},
		"a value that is not of both": {func(d *dicom.Dataset, place, _ int) { d.SetFloat(0x00180081, float64(place%2)) }, []string{"1/2", "2/2"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := stacked(t, twice(row.change)...)
			var labels []string
			for _, series := range s.Series {
				labels = append(labels, series.Stack)
				for k, i := range series.Instances {
					if z := i.Image.Frames[0].Position[2]; z != float64(k) {
						t.Errorf("%s: image %d stands at %v", series.Stack, k, z)
					}
				}
			}
			if !slices.Equal(labels, row.want) || s.Images() != 20 {
				t.Errorf("%q, %d images", labels, s.Images())
			}
		})
	}
}

// TestAFilmOfEachPlaceStaysTogether: twenty images at a place are looked at one after the other there.
func TestAFilmOfEachPlaceStaysTogether(t *testing.T) {
	var list []*dicom.Dataset
	for n := range 20 {
		for place := range 3 {
			d := slice(place, 1+n)
			d.SetString(dicom.SOPInstanceUID, fmt.Sprintf("1.2.3.%d.%d", n, place))
			list = append(list, d)
		}
	}
	if s := stacked(t, list...); len(s.Series) != 1 || s.Series[0].Stack != "" {
		t.Errorf("%d series", len(s.Series))
	}
}

// TestLengthsSayWhatTheyAreTrueOf: the spacing of a detector is not the patient's (PS3.3 section 10.7.1.3), unless it was brought there.
func TestLengthsSayWhatTheyAreTrueOf(t *testing.T) {
	const cr, dx, ct = "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1", "1.2.840.10008.5.1.4.1.1.2"
	for name, row := range map[string]struct {
		class         string
		pixel, imager []float64
		factor        float64
		kind          string
		want          []float64
		calibration   string
	}{
		"a slice":                       {ct, []float64{0.8, 0.5}, nil, 0, "", []float64{0.8, 0.5}, ""},
		"a detector":                    {cr, nil, []float64{0.2, 0.1}, 0, "", []float64{0.2, 0.1}, "detector"},
		"a magnified detector":          {cr, nil, []float64{0.2, 0.1}, 2, "", []float64{0.1, 0.05}, "magnification"},
		"the detector's twice":          {dx, []float64{0.2, 0.2}, []float64{0.2, 0.2}, 0, "", []float64{0.2, 0.2}, "detector"},
		"the detector's, and magnified": {dx, []float64{0.2, 0.2}, []float64{0.2, 0.2}, 1.25, "", []float64{0.16, 0.16}, "magnification"},
		"with a ball of known size":     {dx, []float64{0.15, 0.15}, []float64{0.2, 0.2}, 1.5, "FIDUCIAL", []float64{0.15, 0.15}, "fiducial"},
		"by geometry":                   {dx, []float64{0.15, 0.15}, []float64{0.2, 0.2}, 0, "GEOMETRY", []float64{0.15, 0.15}, "geometry"},
		"in a way that is not said":     {dx, []float64{0.15, 0.15}, []float64{0.2, 0.2}, 0, "", []float64{0.15, 0.15}, "calibrated"},
		"of old radiography":            {cr, []float64{0.2, 0.2}, nil, 0, "", []float64{0.2, 0.2}, "detector"},
		"without any":                   {cr, nil, nil, 2, "", nil, ""},
	} {
		d := slice(0, 1)
		d.SetString(dicom.SOPClassUID, row.class)
		if row.pixel != nil {
			d.SetFloat(pixelSpacing, row.pixel...)
		}
		if row.imager != nil {
			d.SetFloat(imagerSpacing, row.imager...)
		}
		if row.factor > 0 {
			d.SetFloat(magnification, row.factor)
		}
		d.SetString(calibrationType, row.kind)
		m := Describe(d)
		if !slices.Equal(m.Frames[0].Spacing, row.want) || m.Calibration != row.calibration {
			t.Errorf("%s: %v %q", name, m.Frames[0].Spacing, m.Calibration)
		}
	}
}

// TestWindowsAreWhatTheObjectSays: their function, those of single frames, and what is no part of the image.
func TestWindowsAreWhatTheObjectSays(t *testing.T) {
	d := slice(0, 1)
	d.SetFloat(0x00281050, 100)
	d.SetFloat(0x00281051, 200)
	d.SetString(0x00281056, "SIGMOID")
	d.Set(dicom.Element{Tag: paddingValue, VR: dicom.US, Value: []byte{0x30, 0xF8}}) // -2000, as an unsigned number
	m := Describe(d)
	if m.Function != "SIGMOID" || !slices.Equal(m.Padding, []int{-2000, -2000}) || m.Frames[0].Windows != nil || len(m.Windows) != 1 {
		t.Errorf("%+v", m)
	}
	many := slice(0, 1)
	many.SetPixelFormat(dicom.PixelFormat{Rows: 2, Columns: 1, Samples: 1, Photometric: "MONOCHROME2", Allocated: 16, Stored: 16, HighBit: 15, Frames: 2})
	var frames []*dicom.Dataset
	for _, width := range []float64{200, 300} {
		frame, voi := &dicom.Dataset{}, &dicom.Dataset{}
		voi.SetFloat(0x00281050, 100)
		voi.SetFloat(0x00281051, width)
		frame.SetItems(0x00289132, voi)
		frames = append(frames, frame)
	}
	many.SetItems(perFrameGroups, frames...)
	if m := Describe(many); m.Frames[0].Windows != nil || len(m.Frames[1].Windows) != 1 || m.Frames[1].Windows[0].Width != 300 {
		t.Errorf("%+v", m)
	}
}

// TestRegionsOfUltrasound: a plane has the size of its pixels in millimeters, a spectrum has none, and the image says where both stand.
func TestRegionsOfUltrasound(t *testing.T) {
	d := &dicom.Dataset{}
	d.SetPixelFormat(dicom.PixelFormat{Rows: 100, Columns: 200, Samples: 1, Photometric: "MONOCHROME2", Allocated: 8, Stored: 8, HighBit: 7, Frames: 1})
	d.SetBytes(dicom.PixelData, dicom.OB, make([]byte, 20000))
	region := func(format, unit, from, to int, delta float64) *dicom.Dataset {
		r := &dicom.Dataset{}
		r.SetInt(0x00186012, format)
		for tag, v := range map[dicom.Tag]int{0x00186018: from, 0x0018601A: 10, 0x0018601C: to, 0x0018601E: 90} {
			r.SetInt(tag, v)
		}
		r.SetInt(0x00186024, unit)
		r.SetInt(0x00186026, 3)
		r.SetFloat(0x0018602C, delta)
		r.SetFloat(0x0018602E, -0.03)
		return r
	}
	d.SetItems(0x00186011, region(1, 3, 0, 99, 0.02), region(3, 4, 100, 199, 0.01), region(1, 4, 100, 199, 0.01))
	want := []Region{{From: [2]int{0, 10}, To: [2]int{99, 90}, Width: 0.2, Height: 0.3}, {From: [2]int{100, 10}, To: [2]int{199, 90}}, {From: [2]int{100, 10}, To: [2]int{199, 90}}}
	if got := Describe(d).Regions; !slices.EqualFunc(got, want, func(a, b Region) bool {
		return a.From == b.From && a.To == b.To && math.Abs(a.Width-b.Width) < 1e-12 && math.Abs(a.Height-b.Height) < 1e-12
	}) {
		t.Errorf("%+v", got)
	}
}
