package deid

import (
	"slices"
	"strings"

	"consilium/imaging/dicom"
	"consilium/lang"
)

// Reason is why an image is held back until somebody has looked: a code, of which people read [Reason.Tell]. "drawn:US" and "color:CT" name the modality as well.
type Reason string

// The reasons.
const (
	Burned     Reason = "burned"    // the header says that text is burned in
	NoModality Reason = "unsaid"    // nothing says how the image was made
	Captured   Reason = "captured"  // its class is for captured or photographed images
	Converted  Reason = "converted" // from something else
	Secondary  Reason = "secondary" // capture
	Screened   Reason = "screened"  // its image type is one of screens and reports
	Overlaid   Reason = "overlaid"  // unused bits of its pixels hold something
	Described  Reason = "described" // as a report or a screenshot
	Document   Reason = "document"  // it cannot be de-identified at all
	Directory  Reason = "directory" // of media, which names patients
	drawnOf           = "drawn:"    // a modality whose images have text in them more often than not
	colorOf           = "color:"    // a modality that has none: somebody drew
)

// Tell is the reason as people read it.
func (r Reason) Tell() lang.Text {
	code, modality, _ := strings.Cut(string(r), ":")
	what := lang.Same(modality)
	if key := "images.reason.of." + strings.ToLower(modality); lang.Has(key) {
		what = lang.Phrase(key, nil)
	}
	return lang.Phrase("images.reason."+code, map[string]any{"modality": what})
}

// drawn are modalities whose images have text in them more often than not.
var drawn = []string{"US", "IVUS", "ES", "XC", "GM", "OP", "OT", "SC", "DOC", "ECG", "HD", "EPS", "LP", "CF", "VF", "DM", "TG", "SMR", "RG", "HC", "BDUS", "BMD"}

// digital are modalities whose pixels come from a detector in shades of gray; color or a second hand in one of them means that somebody drew.
var digital = []string{"CT", "MR", "PT", "NM", "CR", "DX", "MG", "IO", "PX", "RF", "XA", "RTIMAGE"}

// Screen gives the reasons to think that an object's pixels may show who the patient is, none if there are none. It reads what the header says
// about how the image came to be; it does not read pixels, so a name that was burned into a plain CT slice passes.
func Screen(f *dicom.File) (reasons []Reason) {
	d := f.Dataset
	if d.Find(dicom.PixelData) == nil {
		return nil
	}
	hold := func(when bool, why Reason) {
		if when {
			reasons = append(reasons, why)
		}
	}
	modality := strings.ToUpper(d.String(dicom.Modality))
	types := strings.ToUpper(strings.Join(d.Strings(dicom.ImageType), " "))
	color := d.String(dicom.PhotometricInterpretation)
	class := d.String(dicom.SOPClassUID)
	burned := strings.ToUpper(strings.TrimSpace(d.String(0x00280301)))
	hold(burned != "" && burned != "NO", Burned)
	hold(slices.Contains(drawn, modality), Reason(drawnOf+modality))
	hold(modality == "", NoModality)
	hold(slices.ContainsFunc(captured, func(c string) bool { return class == c || strings.HasPrefix(class, c+".") }), Captured)
	hold(d.Has(0x00080064), Converted)
	hold(d.Has(0x00181012) || d.Has(0x00181010) || d.Has(0x00181016), Secondary)
	hold(slices.ContainsFunc(screenshots, func(w string) bool { return strings.Contains(types, w) }), Screened)
	hold(overlaid(d), Overlaid)
	hold(slices.Contains(digital, modality) && color != "" && !strings.HasPrefix(color, "MONOCHROME"), Reason(colorOf+modality))
	hold(slices.ContainsFunc(reports, func(w string) bool {
		return strings.Contains(strings.ToLower(d.String(dicom.SeriesDescription)), w)
	}), Described)
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
func unfit(d *dicom.Dataset) Reason {
	class := d.String(dicom.SOPClassUID)
	switch {
	case strings.HasPrefix(class, "1.2.840.10008.5.1.4.1.1.104.") || d.Has(0x00420011):
		return Document
	case class == "1.2.840.10008.1.3.10":
		return Directory
	}
	return ""
}
