package dicomdir

import (
	"fmt"
	"strings"

	"consilium/imaging/dicom"
)

// Builder makes the directory of a medium from its files, one by one, and names the files.
type Builder struct {
	dir      Directory
	patients map[string]*Record
	studies  map[string]*Record
	series   map[string]*Record
}

// NewBuilder begins a directory. id names the file set: at most 16 capital letters, digits, spaces and underscores.
func NewBuilder(id string) *Builder {
	return &Builder{Directory{ID: id}, map[string]*Record{}, map[string]*Record{}, map[string]*Record{}}
}

// Directory is what was built.
func (b *Builder) Directory() *Directory { return &b.dir }

// keys are the attributes of each type of record: those that PS3.3 section F.5 requires, and of the optional ones those that people choose by.
var keys = map[string][]dicom.Tag{
	"PATIENT": {dicom.PatientName, dicom.PatientID, dicom.PatientBirthDate, dicom.PatientSex},
	"STUDY":   {dicom.StudyDate, dicom.StudyTime, dicom.StudyDescription, dicom.StudyInstanceUID, dicom.StudyID, dicom.AccessionNumber},
	"SERIES":  {dicom.Modality, dicom.SeriesInstanceUID, dicom.SeriesNumber, dicom.SeriesDescription, dicom.BodyPartExamined},
}

// instanceKeys are those of all types of instances, as far as an object has them.
var instanceKeys = []dicom.Tag{
	dicom.InstanceNumber, dicom.ImageType, dicom.NumberOfFrames, 0x00080023, 0x00080033, 0x0040A491, 0x0040A493, 0x0040A030, 0x0040A043, 0x00700080, 0x00700081,
	0x00700082, 0x00700083, 0x00700084, 0x30060002, 0x30060008, 0x30060009, 0x300A0002, 0x300A0006, 0x300A0007, 0x3004000A, 0x00420010, 0x0040E001,
}

// required are attributes that a record must have, even if they are empty.
var required = map[dicom.Tag]bool{dicom.PatientName: true, dicom.PatientID: true, dicom.StudyDate: true, dicom.StudyTime: true, dicom.StudyDescription: true,
	dicom.StudyID: true, dicom.AccessionNumber: true, dicom.SeriesNumber: true, dicom.InstanceNumber: true}

// Add puts an object into the directory and gives the path that its file must get: components of at most eight capital letters and digits, as
// media require (PS3.10 section 8.2).
func (b *Builder) Add(d *dicom.Dataset, s dicom.TransferSyntax) string {
	patient := child(&b.dir.Records, b.patients, d.String(dicom.PatientID), "PATIENT", d)
	study := child(&patient.Children, b.studies, d.String(dicom.PatientID)+"\x00"+d.String(dicom.StudyInstanceUID), "STUDY", d)
	series := child(&study.Children, b.series, d.String(dicom.StudyInstanceUID)+"\x00"+d.String(dicom.SeriesInstanceUID), "SERIES", d)
	r := &Record{Type: kindOf(d.String(dicom.SOPClassUID)), Keys: chosen(d, instanceKeys)}
	series.Children = append(series.Children, r)
	id := []string{"DICOM", number('P', place(b.dir.Records, patient)), number('S', place(patient.Children, study)),
		number('R', place(study.Children, series)), number('I', len(series.Children))}
	r.File = strings.Join(id, "/")
	r.Keys.SetString(fileID, id...)
	r.Keys.SetString(classInFile, d.String(dicom.SOPClassUID))
	r.Keys.SetString(instanceInFile, d.String(dicom.SOPInstanceUID))
	r.Keys.SetString(syntaxInFile, string(s))
	return r.File
}

func number(letter byte, n int) string { return fmt.Sprintf("%c%07d", letter, n) }

func place(rs []*Record, r *Record) int {
	for i := range rs {
		if rs[i] == r {
			return i + 1
		}
	}
	return 0
}

// child finds the record of a key, or begins it.
func child(list *[]*Record, known map[string]*Record, key, kind string, d *dicom.Dataset) *Record {
	if r := known[key]; r != nil {
		return r
	}
	r := &Record{Type: kind, Keys: chosen(d, keys[kind])}
	if kind == "PATIENT" && r.Keys.String(dicom.PatientID) == "" {
		r.Keys.SetString(dicom.PatientID, "UNKNOWN") // must not be empty
	}
	known[key] = r
	*list = append(*list, r)
	return r
}

// chosen copies attributes with their character set.
func chosen(d *dicom.Dataset, tags []dicom.Tag) *dicom.Dataset {
	k := &dicom.Dataset{}
	for _, t := range append([]dicom.Tag{dicom.SpecificCharacterSet}, tags...) {
		switch e := d.Find(t); {
		case e != nil && e.Bulk == nil:
			k.Set(*e)
		case required[t]:
			k.SetString(t)
		}
	}
	return k.Clone() // items of the object's sequences stay the object's
}

// kinds are the record types of classes of objects that are no images (PS3.3 section F.4).
var kinds = map[string]string{
	"1.2.840.10008.5.1.4.1.1.88": "SR DOCUMENT", "1.2.840.10008.5.1.4.1.1.11": "PRESENTATION", "1.2.840.10008.5.1.4.1.1.9": "WAVEFORM",
	"1.2.840.10008.5.1.4.1.1.481.2": "RT DOSE", "1.2.840.10008.5.1.4.1.1.481.3": "RT STRUCTURE SET", "1.2.840.10008.5.1.4.1.1.481.5": "RT PLAN",
	"1.2.840.10008.5.1.4.1.1.88.59": "KEY OBJECT DOC", "1.2.840.10008.5.1.4.1.1.104": "ENCAP DOC", "1.2.840.10008.5.1.4.1.1.66": "RAW DATA",
	"1.2.840.10008.5.1.4.1.1.66.1": "REGISTRATION", "1.2.840.10008.5.1.4.1.1.66.2": "FIDUCIAL", "1.2.840.10008.5.1.4.1.1.66.4": "IMAGE",
	"1.2.840.10008.5.1.4.1.1.66.5": "SURFACE", "1.2.840.10008.5.1.4.1.1.67": "VALUE MAP", "1.2.840.10008.5.1.4.1.1.4.2": "SPECTROSCOPY",
}

func kindOf(class string) string {
	if k := kinds[class]; k != "" {
		return k
	}
	if i := strings.LastIndexByte(class, '.'); i > 0 {
		if k := kinds[class[:i]]; k != "" && k != "RAW DATA" {
			return k
		}
	}
	return "IMAGE"
}
