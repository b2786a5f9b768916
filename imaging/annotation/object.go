package annotation

import (
	"strings"

	"consilium/imaging/dicom"
)

// The classes of the objects.
const (
	stateClass        = "1.2.840.10008.5.1.4.1.1.11.1"
	reportClass       = "1.2.840.10008.5.1.4.1.1.88.33" // Comprehensive SR
	spaceClass        = "1.2.840.10008.5.1.4.1.1.88.34" // Comprehensive 3D SR
	selectionClass    = "1.2.840.10008.5.1.4.1.1.88.59"
	segmentationClass = "1.2.840.10008.5.1.4.1.1.66.4"
)

// tag finds an attribute by its keyword. TestKeywords proves that all are known.
func tag(keyword string) dicom.Tag {
	t, _ := dicom.ByKeyword(keyword)
	return t
}

// needed are attributes of patient and study that an object has even where the image does not say them (type 2), and told those that it has where it does: also the
// part of the body, by which archives show what belongs together.
var (
	needed = []string{"PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName", "StudyID", "StudyInstanceUID"}
	told   = []string{"IssuerOfPatientID", "OtherPatientIDsSequence", "PatientAge", "PatientIdentityRemoved", "DeidentificationMethod", "DeidentificationMethodCodeSequence",
		"StudyDescription", "BodyPartExamined", "Laterality", "LongitudinalTemporalInformationModified"}
)

// utf8 is a copy of a header of which parts can be set into objects that are written in UTF-8.
func utf8(d *dicom.Dataset) *dicom.Dataset {
	c := d.Clone()
	c.ToUTF8()
	return c
}

// object begins an object in the study of an image: patient, study, a series of its own, what made it and when.
func (m Made) object(image *dicom.Dataset, class, modality, what string) *dicom.Dataset {
	d := &dicom.Dataset{}
	d.SetString(dicom.SpecificCharacterSet, "ISO_IR 192")
	for _, keyword := range append(needed, told...) {
		if e := image.Find(tag(keyword)); e != nil {
			d.Set(*e)
		}
	}
	for _, keyword := range needed {
		if d.Find(tag(keyword)) == nil {
			d.SetString(tag(keyword), "")
		}
	}
	words := map[string]string{"Manufacturer": "Consilium", "ManufacturerModelName": model, "DeviceSerialNumber": "0", "SoftwareVersions": m.Software,
		"SOPClassUID": class, "Modality": modality, "SOPInstanceUID": m.UID(what), "SeriesInstanceUID": m.UID("series of " + what), "SeriesDescription": titles[what],
		"SeriesDate": m.Time.Format("20060102"), "SeriesTime": m.Time.Format("150405"), "InstanceCreationDate": m.Time.Format("20060102"), "InstanceCreationTime": m.Time.Format("150405")}
	for keyword, value := range words {
		d.SetString(tag(keyword), value)
	}
	d.SetInt(dicom.SeriesNumber, numbers[what])
	d.SetInt(dicom.InstanceNumber, 1)
	return d
}

// titles and numbers are those of the series: behind all that scanners count.
var (
	titles  = map[string]string{State: "Marks", Report: "Measurements", Selection: "Key images"}
	numbers = map[string]int{State: 9101, Report: 9102, Selection: 9103}
)

// instance names the image: its class, its UID and, where it has several, the frame.
func (s Source) instance() *dicom.Dataset {
	d := &dicom.Dataset{}
	d.SetString(tag("ReferencedSOPClassUID"), s.Header.String(dicom.SOPClassUID))
	d.SetString(tag("ReferencedSOPInstanceUID"), s.Header.String(dicom.SOPInstanceUID))
	if len(s.Image.Frames) > 1 {
		d.SetInt(tag("ReferencedFrameNumber"), s.Frame+1)
	}
	return d
}

// evidence names what an object refers to, by study and series (PS3.3 section C.17.2.1): the image, and perhaps a state made of it.
func (s Source) evidence(state *dicom.Dataset) *dicom.Dataset {
	series := func(uid string, object *dicom.Dataset) *dicom.Dataset {
		object.Delete(tag("ReferencedFrameNumber"))
		d := &dicom.Dataset{}
		d.SetString(dicom.SeriesInstanceUID, uid)
		d.SetItems(tag("ReferencedSOPSequence"), object)
		return d
	}
	all := []*dicom.Dataset{series(s.Header.String(dicom.SeriesInstanceUID), s.instance())}
	if state != nil {
		all = append(all, series(state.String(dicom.SeriesInstanceUID), named(state)))
	}
	d := &dicom.Dataset{}
	d.SetString(dicom.StudyInstanceUID, s.Header.String(dicom.StudyInstanceUID))
	d.SetItems(tag("ReferencedSeriesSequence"), all...)
	return d
}

// named names an object by class and UID.
func named(object *dicom.Dataset) *dicom.Dataset {
	d := &dicom.Dataset{}
	d.SetString(tag("ReferencedSOPClassUID"), object.String(dicom.SOPClassUID))
	d.SetString(tag("ReferencedSOPInstanceUID"), object.String(dicom.SOPInstanceUID))
	return d
}

// personName writes a name in the one component that is known of it, of at most 64 characters (PS3.5 section 6.2).
func personName(name string) string {
	return cut(strings.NewReplacer("^", " ", "=", " ", `\`, " ").Replace(name), 64)
}

// cut is a text of at most n characters.
func cut(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return text
}
