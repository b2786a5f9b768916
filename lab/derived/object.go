package derived

import (
	"errors"
	"time"

	"consilium/imaging/dicom"
	"consilium/lab/scan"
)

// ErrObject says that a file is not the object that was looked for, or not one that is understood.
var ErrObject = errors.New("derived: not such an object")

// ErrNoOrigin says that a scan was not DICOM: nothing says to which patient and study an object would belong.
var ErrNoOrigin = errors.New("derived: the scan was not read from DICOM, so that an object made from it would belong to nobody")

// Made says by what, when and under which title an object was made.
type Made struct {
	Title    string // shown by viewers: what it is, never a name
	Software string // version of this program
	Time     time.Time
}

// tag finds an attribute by its keyword. TestKeywords proves that all are known.
func tag(keyword string) dicom.Tag {
	t, _ := dicom.ByKeyword(keyword)
	return t
}

// patientAndStudy are what every object of one study has in common.
var patientAndStudy = []string{
	"SpecificCharacterSet", "PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex", "PatientAge", "PatientIdentityRemoved", "DeidentificationMethod",
	"StudyInstanceUID", "StudyDate", "StudyTime", "ReferringPhysicianName", "StudyID", "AccessionNumber", "StudyDescription", "FrameOfReferenceUID", "PositionReferenceIndicator",
}

// newObject has what all objects have: patient and study of the scan, a series of its own, who made it, and which images it was made from.
func newObject(o *scan.Origin, class, modality string, m Made) (*dicom.Dataset, error) {
	if o == nil {
		return nil, ErrNoOrigin
	}
	d := &dicom.Dataset{}
	for _, keyword := range patientAndStudy {
		if e := o.Header.Find(tag(keyword)); e != nil {
			d.Set(*e)
		} else if keyword != "IssuerOfPatientID" && keyword != "PatientAge" && keyword != "PatientIdentityRemoved" && keyword != "DeidentificationMethod" && keyword != "StudyDescription" && keyword != "SpecificCharacterSet" {
			d.SetString(tag(keyword), "") // type 2: there, and empty where the scan does not say
		}
	}
	set := func(keyword, value string) { d.SetString(tag(keyword), value) }
	set("SOPClassUID", class)
	set("SOPInstanceUID", dicom.NewUID())
	set("SeriesInstanceUID", dicom.NewUID())
	set("Modality", modality)
	set("SeriesDescription", m.Title)
	set("Manufacturer", "Consilium")
	set("ManufacturerModelName", "Consilium lab")
	set("DeviceSerialNumber", "0")
	set("SoftwareVersions", m.Software)
	for _, what := range []string{"Series", "Content", "Instance"} {
		date, clock := what+"Date", what+"Time"
		if what == "Instance" {
			date, clock = "InstanceCreationDate", "InstanceCreationTime"
		}
		set(date, m.Time.Format("20060102"))
		set(clock, m.Time.Format("150405"))
	}
	d.SetInt(tag("SeriesNumber"), 9000)
	d.SetInt(tag("InstanceNumber"), 1)
	d.SetItems(tag("ReferencedSeriesSequence"), references(o))
	return d, nil
}

// references names the images of the scan (common instance reference, C.12.2).
func references(o *scan.Origin) *dicom.Dataset {
	var items []*dicom.Dataset
	for _, uid := range o.Instances {
		d := &dicom.Dataset{}
		d.SetString(tag("ReferencedSOPClassUID"), o.SOPClass)
		d.SetString(tag("ReferencedSOPInstanceUID"), uid)
		items = append(items, d)
	}
	d := &dicom.Dataset{}
	d.SetString(tag("SeriesInstanceUID"), o.Header.String(tag("SeriesInstanceUID")))
	d.SetItems(tag("ReferencedInstanceSequence"), items...)
	return d
}

// code is a coded concept (PS3.3 8.1).
func code(value, scheme, meaning string) *dicom.Dataset {
	d := &dicom.Dataset{}
	d.SetString(tag("CodeValue"), value)
	d.SetString(tag("CodingSchemeDesignator"), scheme)
	d.SetString(tag("CodeMeaning"), meaning)
	return d
}
