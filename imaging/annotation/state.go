package annotation

import (
	"strings"
	"unicode"

	"consilium/imaging/dicom"
)

const layer = "MARKS"

// presentation is a softcopy presentation state of one frame and the marks on it: of a grayscale image with the window in which it was looked at, of one in color with what its colors mean.
func presentation(from Source, k KeyImage, m Made) *dicom.Dataset {
	class := stateClass
	if from.Image.Color {
		class = colorStateClass
	}
	d := m.object(from.Header, class, "PR", State)
	if d.Find(tag("Laterality")) == nil {
		d.SetString(tag("Laterality"), "")
	}
	d.SetString(tag("ContentLabel"), "KEY_IMAGE")
	d.SetString(tag("ContentDescription"), cut(oneLine(k.Note), 64))
	d.SetString(tag("ContentCreatorName"), personName(m.Name))
	d.SetString(tag("PresentationCreationDate"), m.Time.Format("20060102"))
	d.SetString(tag("PresentationCreationTime"), m.Time.Format("150405"))
	series := &dicom.Dataset{}
	series.SetString(dicom.SeriesInstanceUID, from.Header.String(dicom.SeriesInstanceUID))
	series.SetItems(tag("ReferencedImageSequence"), from.instance())
	d.SetItems(tag("ReferencedSeriesSequence"), series)
	d.SetItems(tag("DisplayedAreaSelectionSequence"), displayed(from))
	if from.Image.Color {
		colors(d, from)
	} else {
		grays(d, from, k)
	}
	if annotated := annotations(k); annotated != nil {
		d.SetItems(tag("GraphicAnnotationSequence"), annotated)
		l := &dicom.Dataset{}
		l.SetString(tag("GraphicLayer"), layer)
		l.SetInt(tag("GraphicLayerOrder"), 1)
		d.SetItems(tag("GraphicLayerSequence"), l)
	}
	return d
}

// displayed says that the whole image is shown, in its true proportions (PS3.3 section C.10.4).
func displayed(from Source) *dicom.Dataset {
	d := &dicom.Dataset{}
	d.SetInt(tag("DisplayedAreaTopLeftHandCorner"), 1, 1)
	d.SetInt(tag("DisplayedAreaBottomRightHandCorner"), from.Image.Columns, from.Image.Rows)
	d.SetString(tag("PresentationSizeMode"), "SCALE TO FIT")
	switch aspect := from.Header.Ints(tag("PixelAspectRatio")); {
	case from.Image.Frames[from.Frame].Spacing != nil:
		d.SetFloat(tag("PresentationPixelSpacing"), from.Image.Frames[from.Frame].Spacing...)
	case len(aspect) == 2:
		d.SetInt(tag("PresentationPixelAspectRatio"), aspect...)
	default:
		d.SetInt(tag("PresentationPixelAspectRatio"), 1, 1)
	}
	return d
}

// mostProfile bounds the profile of an image; those of cameras and scanners have some kilobytes.
const mostProfile = 1 << 20

// colors says what colors mean: as the image says, else as sRGB (PS3.3 sections A.33.2 and C.11.15).
func colors(d *dicom.Dataset, from Source) {
	if e := from.Header.Find(tag("ICCProfile")); e != nil {
		if own, err := e.Data().Load(mostProfile); err == nil && len(own) > 0 {
			d.SetBytes(tag("ICCProfile"), dicom.OB, own)
			return
		}
	}
	d.SetBytes(tag("ICCProfile"), dicom.OB, profile())
	d.SetString(tag("ColorSpace"), "SRGB")
}

// grays says how stored values become shades: those of the modality as the image has them, the window, and which end is light (PS3.4 section N.2). What a state does
// not say counts as the identity, not as what the image says.
func grays(d *dicom.Dataset, from Source, k KeyImage) {
	frame := from.Image.Frames[from.Frame]
	if frame.Slope != 1 || frame.Intercept != 0 {
		unit := "US" // unspecified
		if from.Header.String(dicom.Modality) == "CT" {
			unit = "HU"
		}
		d.SetFloat(tag("RescaleIntercept"), frame.Intercept)
		d.SetFloat(tag("RescaleSlope"), frame.Slope)
		d.SetString(tag("RescaleType"), unit)
	}
	window := k.Window
	switch {
	case window != nil:
	case len(frame.Windows) > 0:
		window = &frame.Windows[0]
	case len(from.Image.Windows) > 0:
		window = &from.Image.Windows[0]
	}
	if window != nil {
		w := &dicom.Dataset{}
		w.SetFloat(tag("WindowCenter"), window.Center)
		w.SetFloat(tag("WindowWidth"), window.Width)
		d.SetItems(tag("SoftcopyVOILUTSequence"), w)
	}
	shape := "IDENTITY"
	if from.Image.Inverse {
		shape = "INVERSE"
	}
	d.SetString(tag("PresentationLUTShape"), shape)
}

// annotations are the marks and what is written beside them; nil where there is nothing.
func annotations(k KeyImage) *dicom.Dataset {
	var graphics, texts []*dicom.Dataset
	for _, m := range k.Marks {
		for _, line := range m.outline() {
			graphics = append(graphics, graphic("POLYLINE", line))
		}
		if m.Sort == Ellipse {
			graphics = append(graphics, graphic("ELLIPSE", m.axes()))
		}
		if m.Label != "" {
			texts = append(texts, beside(m.Label, m.Points[len(m.Points)-1]))
		}
	}
	if k.Note != "" {
		texts = append(texts, below(k.Note))
	}
	if len(graphics)+len(texts) == 0 {
		return nil
	}
	d := &dicom.Dataset{}
	d.SetString(tag("GraphicLayer"), layer)
	if len(graphics) > 0 {
		d.SetItems(tag("GraphicObjectSequence"), graphics...)
	}
	if len(texts) > 0 {
		d.SetItems(tag("TextObjectSequence"), texts...)
	}
	return d
}

func graphic(kind string, points [][2]float64) *dicom.Dataset {
	if len(points) == 1 {
		kind = "POINT"
	}
	d := &dicom.Dataset{}
	d.SetString(tag("GraphicAnnotationUnits"), "PIXEL")
	d.SetInt(tag("GraphicDimensions"), 2)
	d.SetInt(tag("NumberOfGraphicPoints"), len(points))
	d.SetFloat(tag("GraphicData"), flat(points)...)
	d.SetString(tag("GraphicType"), kind)
	if kind == "ELLIPSE" || len(points) > 2 && points[0] == points[len(points)-1] {
		d.SetString(tag("GraphicFilled"), "N")
	}
	return d
}

// mostText is how much a short text holds.
const mostText = 1024

// beside is a text at a place of the image.
func beside(text string, at [2]float64) *dicom.Dataset {
	d := &dicom.Dataset{}
	d.SetString(tag("UnformattedTextValue"), cut(text, mostText))
	d.SetString(tag("AnchorPointAnnotationUnits"), "PIXEL")
	d.SetFloat(tag("AnchorPoint"), at[0], at[1])
	d.SetString(tag("AnchorPointVisibility"), "N")
	return d
}

// below is a text at the foot of what is displayed.
func below(text string) *dicom.Dataset {
	d := &dicom.Dataset{}
	d.SetString(tag("UnformattedTextValue"), cut(text, mostText))
	d.SetString(tag("BoundingBoxAnnotationUnits"), "DISPLAY")
	d.SetFloat(tag("BoundingBoxTopLeftHandCorner"), 0.02, 0.9)
	d.SetFloat(tag("BoundingBoxBottomRightHandCorner"), 0.98, 0.98)
	d.SetString(tag("BoundingBoxTextHorizontalJustification"), "LEFT")
	return d
}

// oneLine is a text without breaks, and without the sign that separates values.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\\' || unicode.IsSpace(r) }), " ")
}
