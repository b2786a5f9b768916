package deid

import (
	"slices"
	"strings"

	"consilium/imaging/dicom"
)

// drawn are modalities whose images have text in them more often than not.
var drawn = map[string]string{
	"US": "ultrasound", "IVUS": "intravascular ultrasound", "ES": "endoscopy", "XC": "photography", "GM": "microscopy with a camera", "OP": "ophthalmic photography",
	"OT": "of another kind", "SC": "secondary capture", "DOC": "a document", "ECG": "an electrocardiogram", "HD": "hemodynamic curves", "EPS": "curves",
	"LP": "laparoscopy", "CF": "cinefluorography", "VF": "videofluorography", "DM": "digital microscopy", "TG": "thermography", "SMR": "stereometry",
	"RG": "a scanned film", "HC": "a hard copy", "BDUS": "ultrasound of bone", "BMD": "bone densitometry",
}

// digital are modalities whose pixels come from a detector in shades of gray; color or a second hand in one of them means that somebody drew.
var digital = []string{"CT", "MR", "PT", "NM", "CR", "DX", "MG", "IO", "PX", "RF", "XA", "RTIMAGE"}

// Screen gives the reasons to think that an object's pixels may show who the patient is, none if there are none. It reads what the header says
// about how the image came to be; it does not read pixels, so a name that was burned into a plain CT slice passes.
func Screen(f *dicom.File) (reasons []string) {
	d := f.Dataset
	if d.Find(dicom.PixelData) == nil {
		return nil
	}
	hold := func(when bool, why string) {
		if when {
			reasons = append(reasons, why)
		}
	}
	modality := strings.ToUpper(d.String(dicom.Modality))
	kind := drawn[modality]
	types := strings.ToUpper(strings.Join(d.Strings(dicom.ImageType), " "))
	color := d.String(dicom.PhotometricInterpretation)
	class := d.String(dicom.SOPClassUID)
	burned := strings.ToUpper(strings.TrimSpace(d.String(0x00280301)))
	hold(burned != "" && burned != "NO", "it says that it has annotation burned in")
	hold(kind != "", "it is "+kind)
	hold(modality == "", "it has no modality")
	hold(slices.ContainsFunc(captured, func(c string) bool { return class == c || strings.HasPrefix(class, c+".") }), "its class is for captured or photographed images")
	hold(d.Has(0x00080064), "it was converted from something else")
	hold(d.Has(0x00181012) || d.Has(0x00181010) || d.Has(0x00181016), "it is a secondary capture")
	hold(slices.ContainsFunc(screenshots, func(w string) bool { return strings.Contains(types, w) }), "its image type is one of screens and reports")
	hold(overlaid(d), "it has an overlay inside of its pixels")
	hold(slices.Contains(digital, modality) && color != "" && !strings.HasPrefix(color, "MONOCHROME"), "it is in color, which "+modality+" is not")
	hold(slices.ContainsFunc(reports, func(w string) bool {
		return strings.Contains(strings.ToLower(d.String(dicom.SeriesDescription)), w)
	}), "its description is that of a report or a screenshot")
	return reasons
}

// overlaid says whether the unused bits of pixels hold an overlay (PS3.5 section 8.1.2, retired), which removing the overlay's attributes leaves there.
func overlaid(d *dicom.Dataset) bool {
	for g := dicom.Tag(0x60000000); g <= 0x60FE0000; g += 0x00020000 {
		if d.Find(g|0x0010) != nil && d.Find(g|0x3000) == nil {
			return true
		}
	}
	return false
}

// captured are classes of images that were not made by a detector: secondary capture, ultrasound, visible light, video.
var captured = []string{
	"1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.5.1.4.1.1.6", "1.2.840.10008.5.1.4.1.1.6.1", "1.2.840.10008.5.1.4.1.1.6.2", "1.2.840.10008.5.1.4.1.1.3",
	"1.2.840.10008.5.1.4.1.1.3.1", "1.2.840.10008.5.1.4.1.1.77.1", "1.2.840.10008.5.1.1.29", "1.2.840.10008.5.1.1.30",
}

var screenshots = []string{"SCREEN", "SCRSHT", "CAPTURE", "REPORT", "DOSE", "SUMMARY", "RESULT", "PASTED", "PATIENT PROTOCOL", "PROT"}

var reports = []string{"dose report", "dose info", "patient protocol", "screen save", "screenshot", "screen shot", "screen capture", "key image", "报告", "截图", "剂量"}

// unfit says why an object cannot be de-identified at all: its content is a document that this program cannot look into.
func unfit(d *dicom.Dataset) string {
	class := d.String(dicom.SOPClassUID)
	switch {
	case strings.HasPrefix(class, "1.2.840.10008.5.1.4.1.1.104.") || d.Has(0x00420011):
		return "it is an encapsulated document, which is not de-identified"
	case class == "1.2.840.10008.1.3.10":
		return "it is a directory of media, which names patients; make a new one of the de-identified files"
	}
	return ""
}
