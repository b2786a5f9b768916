package manifest

import (
	"strings"

	"consilium/imaging/dicom"
	"consilium/imaging/render"
)

// Attributes that say where an image stands, and the functional groups in which newer objects keep them (PS3.3 section C.7.6.16).
const (
	perFrameGroups, sharedGroups                                dicom.Tag = 0x52009230, 0x52009229
	planePosition, planeOrientation, pixelMeasures              dicom.Tag = 0x00209113, 0x00209116, 0x00289110
	imagePosition, imageOrientation, pixelSpacing               dicom.Tag = 0x00200032, 0x00200037, 0x00280030
	imagerSpacing, sliceThickness, frameOfReference             dicom.Tag = 0x00181164, 0x00180050, 0x00200052
	valueTransformation, rescaleSlope, rescaleIntercept         dicom.Tag = 0x00289145, 0x00281053, 0x00281052
	segmentationClass, surfaceSegmentation, presentationClasses           = "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.5", "1.2.840.10008.5.1.4.1.1.11."
)

// describe says what a viewer needs of an object's pixels. It is nil for objects that are not looked at by themselves: without pixels, or segmentations.
func describe(d *dicom.Dataset) *Image {
	class := d.String(dicom.SOPClassUID)
	if d.Find(dicom.PixelData) == nil || class == segmentationClass {
		return nil
	}
	p, err := d.PixelFormat()
	if err != nil {
		return nil
	}
	m := &Image{Rows: p.Rows, Columns: p.Columns, Bits: p.Stored, Signed: p.Signed, FrameOf: d.String(frameOfReference),
		Color: p.Samples > 1 || p.Photometric == "PALETTE COLOR", Inverse: p.Photometric == "MONOCHROME1"}
	if types := d.Strings(dicom.ImageType); len(types) > 2 {
		m.Orientation = strings.ToUpper(types[2])
	}
	for _, w := range render.Presets(d, 0) {
		m.Windows = append(m.Windows, Window{w.Center, w.Width, w.Name})
	}
	for i := range p.Frames {
		m.Frames = append(m.Frames, frameOf(d, i))
	}
	return m
}

func frameOf(d *dicom.Dataset, i int) Frame {
	f := Frame{Slope: 1}
	f.Position = numbers(group(d, i, planePosition, imagePosition), imagePosition, 3)
	f.Orientation = numbers(group(d, i, planeOrientation, imageOrientation), imageOrientation, 6)
	measures := group(d, i, pixelMeasures, pixelSpacing)
	f.Spacing = numbers(measures, pixelSpacing, 2)
	if f.Spacing == nil {
		f.Spacing = numbers(d, imagerSpacing, 2)
	}
	f.Thickness, _ = measures.Float(sliceThickness)
	values := group(d, i, valueTransformation, rescaleSlope)
	if slope, ok := values.Float(rescaleSlope); ok && slope != 0 {
		f.Slope = slope
	}
	f.Intercept, _ = values.Float(rescaleIntercept)
	return f
}

// group finds the data set that holds an attribute of a frame: that of the frame, of all frames, or the object itself.
func group(d *dicom.Dataset, i int, sequence, want dicom.Tag) *dicom.Dataset {
	if frames := d.Items(perFrameGroups); i < len(frames) {
		if m := frames[i].Items(sequence); len(m) > 0 && m[0].Has(want) {
			return m[0]
		}
	}
	if s := d.Items(sharedGroups); len(s) > 0 {
		if m := s[0].Items(sequence); len(m) > 0 && m[0].Has(want) {
			return m[0]
		}
	}
	return d
}

// numbers are an attribute's values where there are as many as it should have.
func numbers(d *dicom.Dataset, t dicom.Tag, n int) []float64 {
	if v := d.Floats(t); len(v) == n {
		return v
	}
	return nil
}
