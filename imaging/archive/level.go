package archive

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"consilium/imaging/dicom"

	"golang.org/x/text/unicode/norm"
)

// Level is a level of the hierarchy that searches and retrievals speak of (PS3.4 section C.6).
type Level int

// The levels, from above. A patient's attributes are kept with the studies.
const (
	Patients Level = iota
	Studies
	Series
	Instances
)

// Tags that searches compare or answer with and that the reader has no name for.
const (
	ReferringPhysicianName       dicom.Tag = 0x00080090
	ModalitiesInStudy            dicom.Tag = 0x00080061
	PerformedProcedureStepDate   dicom.Tag = 0x00400244
	PerformedProcedureStepTime   dicom.Tag = 0x00400245
	NumberOfStudyRelatedSeries   dicom.Tag = 0x00201206
	NumberOfStudyRelatedInstance dicom.Tag = 0x00201208
	NumberOfSeriesRelated        dicom.Tag = 0x00201209
	InstanceAvailability         dicom.Tag = 0x00080056
	RetrieveURL                  dicom.Tag = 0x00081190
	RetrieveAETitle              dicom.Tag = 0x00080054
	QueryRetrieveLevel           dicom.Tag = 0x00080052
	NumberOfPatientStudies       dicom.Tag = 0x00201200
	AvailableTransferSyntaxUID   dicom.Tag = 0x00083002
)

// patientTags are the attributes of a patient that a search can answer with.
var patientTags = []dicom.Tag{dicom.PatientName, dicom.PatientID, 0x00100021, 0x00100022, dicom.PatientBirthDate, 0x00100032, dicom.PatientSex,
	0x00101000, 0x00101001, 0x00102160, 0x001021B0, 0x00104000}

// levelTags are what is kept of each level for answering searches.
var levelTags = map[Level][]dicom.Tag{
	Studies: append(slices.Clone(patientTags), dicom.StudyDate, dicom.StudyTime, dicom.AccessionNumber, ReferringPhysicianName, dicom.StudyDescription,
		0x00080051, 0x00080080, 0x00081032, 0x00081048, 0x00081060, 0x00081080, 0x00101010, 0x00101020, 0x00101030, dicom.StudyInstanceUID, dicom.StudyID),
	Series: {dicom.SeriesDate, 0x00080031, dicom.Modality, 0x00080068, 0x00080070, 0x00081010, dicom.SeriesDescription, 0x00081040, 0x00081050, 0x00081070,
		0x00081090, dicom.BodyPartExamined, 0x00181000, 0x00181020, 0x00181030, 0x00185100, dicom.SeriesInstanceUID, dicom.SeriesNumber, 0x00200052,
		0x00200060, PerformedProcedureStepDate, PerformedProcedureStepTime, 0x00400253, 0x00400254, 0x00400275},
	Instances: {dicom.ImageType, dicom.SOPClassUID, dicom.SOPInstanceUID, 0x00080022, 0x00080023, 0x0008002A, 0x00080032, 0x00080033, 0x00181310,
		0x00180050, 0x00200012, dicom.InstanceNumber, 0x00200032, 0x00200037, 0x00201041, dicom.SamplesPerPixel, dicom.PhotometricInterpretation,
		dicom.NumberOfFrames, dicom.Rows, dicom.Columns, 0x00280030, dicom.BitsAllocated, dicom.BitsStored, 0x00281050, 0x00281051,
		0x0040A043, 0x0040A491, 0x0040A493, 0x00420010, 0x00700080, 0x00700081, 0x00700082, 0x00700083, 0x00700084},
}

// mostOfAttribute is the longest value that the index keeps, items not counted.
const mostOfAttribute = 4 << 10

// attributes gives the elements of a level as bytes: a data set of its own, in UTF-8.
func attributes(d *dicom.Dataset, level Level) ([]byte, error) {
	part := &dicom.Dataset{}
	for _, tag := range levelTags[level] {
		if e := d.Find(tag); e != nil && e.Bulk == nil && len(e.Value) <= mostOfAttribute {
			part.Set(*e)
		}
	}
	part = part.Clone()
	if set := d.Find(dicom.SpecificCharacterSet); set != nil {
		part.Set(*set)
	}
	part.ToUTF8()
	var b bytes.Buffer
	if err := part.Write(&b, dicom.ExplicitVRLittleEndian); err != nil {
		return nil, fmt.Errorf("writing the attributes of the index: %w", err)
	}
	return b.Bytes(), nil
}

// readAttributes is the way back.
func readAttributes(b []byte) (*dicom.Dataset, error) {
	d, err := dicom.ReadDataset(bytes.NewReader(b), dicom.ExplicitVRLittleEndian, dicom.Options{Memory: 8 << 20})
	if err != nil {
		return nil, fmt.Errorf("reading the attributes of the index: %w", err)
	}
	return d, nil
}

// foldName is a person's name as searches compare it: composed, in small letters, each group of it between equals signs and without the
// carets that only end it.
func foldName(name string) string {
	groups := strings.Split(strings.ToLower(norm.NFC.String(name)), "=")
	for i, g := range groups {
		groups[i] = strings.TrimRight(strings.TrimSpace(g), "^ ")
	}
	return "=" + strings.Join(groups, "=") + "="
}

// plainDate is a date as searches compare it; the form of ACR-NEMA with dots is taken too.
func plainDate(s string) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), ".", "")
	if len(s) != 8 || strings.Trim(s, "0123456789") != "" {
		return ""
	}
	return s
}

// plainTime is a time as searches compare it: without the colons of ACR-NEMA.
func plainTime(s string) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), ":", "")
	if strings.Trim(s, "0123456789.") != "" || len(s) > 16 {
		return ""
	}
	return s
}
