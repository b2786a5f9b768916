package manifest

import (
	"slices"
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
	calibrationType, magnification, paddingValue, paddingLimit            = dicom.Tag(0x00280A02), dicom.Tag(0x00181114), dicom.Tag(0x00280120), dicom.Tag(0x00280121)
	segmentationClass, surfaceSegmentation, presentationClasses           = "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.5", "1.2.840.10008.5.1.4.1.1.11."
)

// Describe says what a viewer needs of an object's pixels. It is nil for objects that are not looked at by themselves: without pixels, or segmentations.
func Describe(d *dicom.Dataset) *Image {
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
	m.Windows = windows(d, 0)
	if f := render.Function(d, 0); f != "LINEAR" {
		m.Function = f
	}
	m.Padding = padding(d, p.Signed)
	m.Regions = regions(d)
	for i := range p.Frames {
		f := frameOf(d, i)
		f.Spacing, m.Calibration = calibrated(d, f.Spacing)
		if w := windows(d, i); !slices.Equal(w, m.Windows) {
			f.Windows = w
		}
		m.Frames = append(m.Frames, f)
	}
	return m
}

func windows(d *dicom.Dataset, frame int) (list []Window) {
	for _, w := range render.Presets(d, frame) {
		list = append(list, Window{w.Center, w.Width, w.Name})
	}
	return list
}

// padding gives the stored values between which nothing is the image's (PS3.3 section C.7.5.1.1.2), nil where none are said.
func padding(d *dicom.Dataset, signed bool) []int {
	from, ok := d.Int(paddingValue)
	if !ok {
		return nil
	}
	to, ok := d.Int(paddingLimit)
	if !ok {
		to = from
	}
	if signed { // a value that came with the other representation
		from, to = int(int16(from)), int(int16(to))
	}
	return []int{min(from, to), max(from, to)}
}

// calibrated gives the spacing of an image's pixels, and for projections what lengths by it are true of (PS3.3 sections 10.7.1.3 and C.8.11.7): "detector", or how
// they were brought into the patient, "magnification" (estimated), "geometry", "fiducial", or "calibrated" where the object does not say how. Slices have none.
func calibrated(d *dicom.Dataset, spacing []float64) ([]float64, string) {
	imager := numbers(d, imagerSpacing, 2)
	if imager == nil && !projection(d.String(dicom.SOPClassUID)) {
		return spacing, ""
	}
	kind := strings.ToLower(d.String(calibrationType))
	switch {
	case spacing != nil && (kind == "geometry" || kind == "fiducial"):
		return spacing, kind
	case spacing != nil && imager != nil && !slices.Equal(spacing, imager):
		return spacing, "calibrated"
	case spacing == nil:
		spacing = imager
	}
	if spacing == nil {
		return nil, ""
	}
	if factor, _ := d.Float(magnification); factor > 0 {
		return []float64{spacing[0] / factor, spacing[1] / factor}, "magnification"
	}
	return spacing, "detector"
}

// projections are classes of images that x-rays throw onto a detector: those of radiography, angiography and fluoroscopy.
var projections = []string{"1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.12.1", "1.2.840.10008.5.1.4.1.1.12.2"}

func projection(class string) bool {
	const digital = "1.2.840.10008.5.1.4.1.1.1."
	return strings.HasPrefix(class, digital) || slices.ContainsFunc(projections, func(p string) bool { return class == p || strings.HasPrefix(class, p+".") && p != projections[0] })
}

func frameOf(d *dicom.Dataset, i int) Frame {
	f := Frame{Slope: 1}
	f.Position = numbers(group(d, i, planePosition, imagePosition), imagePosition, 3)
	f.Orientation = numbers(group(d, i, planeOrientation, imageOrientation), imageOrientation, 6)
	measures := group(d, i, pixelMeasures, pixelSpacing)
	f.Spacing = numbers(measures, pixelSpacing, 2)
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
